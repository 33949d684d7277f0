"""The links of an HTML page, in its order. The page is only read: nothing in it is run or fetched."""

from __future__ import annotations

import re
from contextlib import suppress

from sources.addresses import lasting_uri
from sources.fetched import FetchError
from sources.readers.decoding import text_encoding

_META = re.compile(rb"<meta\b[^<>]{0,300}?charset\s*=\s*[\"']?\s*([\w.:-]+)", re.I)


def links_of(data: bytes, url: str, charset: str | None = None) -> list[str]:
    """The http(s) addresses that a page links to, each once, without those of other kinds (mailto:, javascript:)."""
    from lxml import etree
    from lxml import html as lxml_html

    text = data.decode(_encoding(data, charset), "replace")  # by Python, which knows more names than the parser
    parser = lxml_html.HTMLParser(encoding="utf-8", no_network=True)
    try:
        tree = lxml_html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError):
        return []  # an empty page
    base = url
    for element in tree.iter("base"):
        if href := element.get("href"):
            with suppress(FetchError):
                base = lasting_uri(href, url)
            break
    found: dict[str, None] = {}
    for element in tree.iter("a", "area", "link"):
        href = element.get("href")
        if not href or (element.tag == "link" and (element.get("rel") or "").lower() != "next"):
            continue
        try:
            found.setdefault(lasting_uri(href.strip(), base))
        except FetchError:
            continue
    return list(found)


def _encoding(data: bytes, charset: str | None) -> str:
    """What the header says, where that is an encoding; else the page's own word; else UTF-8."""
    named = _META.search(data[:4096])
    own = named[1].decode("ascii") if named else None
    return text_encoding(charset) or text_encoding(own) or "utf-8"
