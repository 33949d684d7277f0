"""XML of strangers is looked over before any parser may read it: entities of its own are refused.

A dozen nested entities unfold to gigabytes, and an external one reads files of this machine. No feed or sitemap needs
either; a mere DOCTYPE line, as RSS 0.91 has it, is let pass and never looked up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from xml.parsers import expat

_OPENERS = {b"<!--": b"-->", b"<![CDATA[": b"]]>", b"<?": b"?>"}
_OPENER = re.compile(rb"<!--|<!\[CDATA\[|<\?")
_DECLARATION = re.compile(rb"<!\s*(?:ENTITY|ELEMENT|ATTLIST|NOTATION)\b", re.I)


def declares_entities(data: bytes) -> bool:
    """Whether XML declares entities (or elements, which only a DTD of its own does), in whatever encoding.

    >>> declares_entities(b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>")
    True
    >>> declares_entities(b"<a><![CDATA[<!ENTITY ]]></a>")
    False
    """
    plain = data.replace(b"\0", b"")  # UTF-16 and UTF-32 become readable enough
    return any(_DECLARATION.search(piece) for piece in _outside(plain)) or _expat_sees(data)


def _outside(data: bytes) -> Iterator[bytes]:
    """The stretches outside of comments, CDATA and processing instructions; an unclosed one hides nothing."""
    position = 0
    closed = dict.fromkeys(_OPENERS, True)
    for_search = position
    while match := _OPENER.search(data, for_search):
        opener = match[0]
        end = data.find(_OPENERS[opener], match.end()) if closed[opener] else -1
        if end < 0:
            closed[opener] = False  # searched once to the end: a million openers must not cost a million searches
            for_search = match.end()
            continue
        yield data[position : match.start()]
        position = for_search = end + len(_OPENERS[opener])
    yield data[position:]


def _expat_sees(data: bytes) -> bool:
    """What a real parser meets before it stops, for what tricks with quotes would hide from the search."""
    found = False

    def declared(*_: object) -> None:
        nonlocal found
        found = True
        raise _Enough

    def content(*_: object) -> None:
        raise _Enough  # declarations stand before the first element, and nowhere else

    parser = expat.ParserCreate()
    parser.EntityDeclHandler = declared
    parser.StartElementHandler = content
    with suppress(_Enough, expat.ExpatError, ValueError, LookupError):
        parser.Parse(data, True)
    return found


class _Enough(Exception):
    pass
