"""Web pages: the main text by trafilatura, without menus, comments and neighbours; title and date by markup.

Nothing runs and nothing is fetched: the bytes are all there is. A page is one document, however many teasers it
shows, so it is never split. Its title stands first in the text, since headlines are coded as well.
"""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import replace
from html import unescape
from typing import TYPE_CHECKING, Any

from sources.dates import MONTHS, PartialDate
from sources.document import Document
from sources.errors import ReadError
from sources.isolation import isolated
from sources.page_metadata import PageMetadata, page_metadata, when
from sources.readers.decoding import clean, decode, text_encoding
from sources.readers.items import read_head
from sources.spec import SourceSpec

if TYPE_CHECKING:
    from lxml.html import HtmlElement

SUFFIXES = {".html": "text/html", ".htm": "text/html", ".xhtml": "text/html"}
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.I)
_WIDE = ("utf-16", "utf-32")
_SEVEN_BITS = ("iso2022", "hz")  # these look like UTF-8 to the last byte
# what browsers take for these names, since pages that use them hold the larger set
_MEANT = {"iso8859-1": "cp1252", "ascii": "cp1252", "gb2312": "gb18030", "gbk": "gb18030", "euc_kr": "cp949",
          "shift_jis": "cp932", "iso8859-9": "cp1254", "tis-620": "cp874"}  # fmt: skip
_SECONDS, _SECONDS_PER_MB = 20, 3  # of processor time; real pages take a tenth of one, lists of links their square
_BAD_SHARE = 0.001  # of the characters; a page with more of them is in another encoding
_LATEST = "2100-01-01"  # else htmldate takes the day it runs on for the last one, and would answer otherwise tomorrow
_TITLE_LINES = 3  # how far down the main text may say the title itself


def read(data: bytes, uri: str, spec: SourceSpec) -> list[Document]:
    """The page as one document."""
    if not data.strip():
        raise ReadError("empty", "the page has no bytes; fetch it again")
    return isolated(__name__, data, uri, spec, seconds=_SECONDS + _SECONDS_PER_MB * len(data) // 1_000_000)


def extract(data: bytes, uri: str, spec: SourceSpec) -> list[Document]:
    """As `read`, without bounds of time and memory."""
    source, notes = decode_page(data, spec.encoding)
    document = extract_page(source, uri, spec)
    return [replace(document, notes=(*notes, *document.notes))]


def extract_page(source: str, uri: str, spec: SourceSpec) -> Document:
    """The document of a page that is decoded already."""
    from trafilatura import load_html

    tree = load_html(source.lstrip())
    if tree is None:
        raise ReadError("empty", "the page has no elements that hold text; look at it in a browser")
    metadata = page_metadata(tree)
    for element in list(tree.iter("noscript")):  # what only a browser without scripts shows
        element.drop_tree()
    text = clean(_main_text(deepcopy(tree)) or _all_text(tree))
    if not any(character.isalnum() for character in text):
        raise ReadError(
            "empty", "the page shows no text of its own; it may be made by a script, so save it from a browser"
        )
    head = read_head(text, day_first=spec.day_first)
    published, basis, notes = _published(tree, metadata, head.published, head.notes)
    return Document(
        uri,
        1,
        "text/html",
        _headed(metadata.title, text),
        title=metadata.title or head.title,
        publisher=metadata.publisher,
        language=metadata.language,
        # a fetched page is known by where it was fetched
        url=None if uri.startswith(("http://", "https://")) else metadata.url,
        published_date=published.first if published else None,
        published_precision=published.precision if published else "unknown",
        published_basis=basis,
        notes=notes,
        author=metadata.author,
        found_in=tuple(metadata.found_in),
    )


def decode_page(data: bytes, declared: str) -> tuple[str, tuple[str, ...]]:
    """The characters of a page. Servers and pages name encodings wrongly, and valid UTF-8 is never there by chance.

    A page with a few broken characters is a page still; one with many is in another encoding, and refused.
    """
    named = _META_CHARSET.search(data[:4096])
    inside = text_encoding(named[1].decode("ascii")) if named else None
    told = [name for name in (declared, inside) if name is not None]
    if inside is not None and inside.startswith(_WIDE):
        told.remove(inside)  # read byte by byte to this point, it cannot be
    first = [name for name in told if name.startswith((*_WIDE, *_SEVEN_BITS))]
    failure: ReadError | None = None
    for name in dict.fromkeys([*first, "utf-8", *(_MEANT.get(name, name) for name in told), *told]):
        try:
            return decode(data, name), ()
        except ReadError as error:
            if error.reason != "encoding":
                raise
            failure = failure or error
    text = data.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    if failure is not None and bad > max(1, _BAD_SHARE * len(text)):
        raise failure
    note = f"the page is not UTF-8 in {bad} places, shown as \ufffd; name its encoding in the source's declaration"
    return text.replace("\r\n", "\n").replace("\r", "\n"), (note,)


def _main_text(tree: HtmlElement) -> str:
    from trafilatura import bare_extraction

    found: Any = bare_extraction(
        tree, include_comments=False, include_tables=True, with_metadata=False, date_extraction_params=_date_rules()
    )
    return _paragraphs(found.text or "") if found is not None else ""


def _all_text(tree: HtmlElement) -> str:
    """Of a page in which no main text stands out: all of it."""
    from trafilatura import html2txt

    return _paragraphs(html2txt(tree) or "")


def _paragraphs(text: str) -> str:
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n\n".join(line for line in lines if line)


def _headed(title: str | None, text: str) -> str:
    if title is None:
        return text
    plain = " ".join(title.split()).casefold()
    for line in text.split("\n\n")[:_TITLE_LINES]:
        if line.casefold().strip("#* ") == plain:
            return text
    return f"{title}\n\n{text}"


def _published(
    tree: HtmlElement, metadata: PageMetadata, printed: Any, notes: tuple[str, ...]
) -> tuple[Any, Any, tuple[str, ...]]:
    """By markup made for it, by the line under the headline, by a time element or the like in the page."""
    if metadata.published is not None:
        return metadata.published, "metadata", ()
    if printed is not None:
        metadata.found_in.append("published: date line of the text")
        return printed, "text", notes
    found = _shown_date(tree)
    if found is not None:
        metadata.found_in.append("published: date element of the page")
        return found, "text", notes
    return None, "unknown", notes


def _shown_date(tree: HtmlElement) -> PartialDate | None:
    """What htmldate finds in the page's own elements, where it is written so that it has one reading."""
    from htmldate import find_date
    from lxml.html import tostring

    body = deepcopy(tree)
    for element in [*body.iter("head"), *body.iter("script")]:  # these had their say, and may have said two things
        element.drop_tree()
    shown = unescape(tostring(body, encoding="unicode"))  # before htmldate cuts it up
    found = when(find_date(body, **_date_rules()))
    if found is None or found.first.day > 12 or found.first.day == found.first.month:
        return found
    day = found.first
    month = "|".join(name for name, number in MONTHS.items() if number == day.month)
    named = rf"\b(?:(?:{month})\.?\s+0?{day.day}\b|0?{day.day}(?:st|nd|rd|th)?\s+(?:of\s+)?(?:{month})\b)"
    sorted_first = rf"{day.year}(?P<mark>[-/.]?){day.month:02}(?P=mark){day.day:02}"
    return found if re.search(rf"{named}|{sorted_first}", shown, re.I) else None


def _date_rules() -> dict[str, Any]:
    return {"extensive_search": False, "original_date": True, "min_date": "1990-01-01", "max_date": _LATEST}
