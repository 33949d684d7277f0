"""The links of an HTML page, in its order. The page is only read: nothing in it is run or fetched."""

from __future__ import annotations

import re
from contextlib import suppress

from sources.addresses import lasting_uri
from sources.fetched import FetchError

_META = re.compile(rb"<meta\b[^<>]{0,300}?charset\s*=\s*[\"']?\s*([\w.:-]+)", re.I)


def links_of(data: bytes, url: str, charset: str | None = None) -> list[str]:
    """The http(s) addresses that a page links to, each once, without those of other kinds (mailto:, javascript:)."""
    from lxml import etree
    from lxml import html as lxml_html

    parser = lxml_html.HTMLParser(encoding=_encoding(data, charset), no_network=True, recover=True)
    try:
        tree = lxml_html.document_fromstring(data, parser=parser)
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


def _encoding(data: bytes, charset: str | None) -> str | None:
    """What the header says, where Python knows it; else the page's own word; else UTF-8 where the bytes are that."""
    for name in (charset, (match[1].decode("ascii") if (match := _META.search(data[:4096])) else None)):
        try:
            if name:
                "".encode(name)
                return name
        except LookupError:
            continue
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return "utf-8"
