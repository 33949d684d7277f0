"""What a web page's markup says of it: title, date, author, publisher, language, address, and where each stood.

Statements made for machines come first (JSON-LD, meta elements), then attributes in the page. A date found by its looks
alone is none here: a date of a neighbouring headline would move every event that the page tells of.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sources.dates import PartialDate, parse_loose

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_DEEPEST = 20  # of JSON-LD; real ones have five
_ARTICLE = re.compile(r"Article|Posting|Report|WebPage|CreativeWork")
_DATES = (
    "article:published_time", "og:published_time", "datepublished", "article.published", "published_time", "pubdate",
    "publishdate", "publish-date", "publication_date", "dc.date.issued", "dcterms.issued", "dcterms.created", "dc.date",
    "citation_publication_date", "sailthru.date", "parsely-pub-date", "date", "rnews:datepublished",
)  # fmt: skip
_TITLES = ("og:title", "citation_title", "dc.title", "twitter:title", "headline")
_AUTHORS = ("author", "article:author", "citation_author", "dc.creator", "parsely-author", "byl", "sailthru.author")
_PUBLISHERS = ("og:site_name", "citation_journal_title", "dc.publisher", "application-name")
_LANGUAGES = ("content-language", "og:locale", "dc.language", "language", "inlanguage")
_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(slots=True)
class PageMetadata:
    """What was found; `found_in` has one entry for each, such as "published: meta article:published_time"."""

    title: str | None = None
    published: PartialDate | None = None
    author: str | None = None
    publisher: str | None = None
    language: str | None = None
    url: str | None = None
    found_in: list[str] = field(default_factory=list)

    def take(self, name: str, value: Any, place: str) -> None:
        """The value, unless an earlier place gave one."""
        if value and getattr(self, name) is None:
            setattr(self, name, value)
            self.found_in.append(f"{name}: {place}")


def page_metadata(tree: HtmlElement) -> PageMetadata:
    """Everything the markup of a page says."""
    found = PageMetadata()
    _from_json_ld(tree, found)
    metas = _metas(tree)
    for name, keys, read in (
        ("published", _DATES, when),
        ("title", _TITLES, one_line),
        ("author", _AUTHORS, _person),
        ("publisher", _PUBLISHERS, one_line),
    ):
        for key in keys:
            found.take(name, read(metas.get(key)), f"meta {key}")
    for element in tree.iterfind(".//*[@itemprop='datePublished']"):
        value = element.get("content") or element.get("datetime") or element.text_content()
        found.take("published", when(value), "itemprop datePublished")
    for element in tree.iterfind(".//time[@pubdate]"):
        found.take("published", when(element.get("datetime")), "time pubdate")
    headings = [one_line(element.text_content()) for element in tree.iterfind(".//h1")]
    if len(headings) == 1:  # of several, one is the site's name and nobody says which
        found.take("title", headings[0], "h1")
    named = one_line(tree.findtext(".//head/title") or tree.findtext(".//title"))
    found.take("title", named, "title element")
    _shorten(found)
    found.take("language", _language(tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang")),
               "html lang")  # fmt: skip
    for key in _LANGUAGES:
        found.take("language", _language(metas.get(key)), f"meta {key}")
    for link in tree.iterfind(".//link[@rel='canonical']"):
        found.take("url", _address(link.get("href")), "link canonical")
    found.take("url", _address(metas.get("og:url")), "meta og:url")
    return found


def when(value: Any) -> PartialDate | None:
    """The one date of a machine's notation, in its own time zone; None where it has two readings or none."""
    if not isinstance(value, str):
        return None
    value = " ".join(value.split())
    if _ISO_DAY.match(value):
        value = value[:10]
    elif value.isdigit() and len(value) == 14:  # YYYYMMDDhhmmss
        value = value[:8]
    readings = parse_loose(value) if len(value) <= 60 else ()
    return readings[0] if len(readings) == 1 and readings[0].first >= date(1900, 1, 1) else None


def one_line(value: Any) -> str | None:
    """Words on one line, or None."""
    text = " ".join(value.split()) if isinstance(value, str) else ""
    return text if 0 < len(text) <= 500 else None


def _from_json_ld(tree: HtmlElement, found: PageMetadata) -> None:
    items: list[dict[str, Any]] = []
    for script in tree.iterfind(".//script[@type='application/ld+json']"):
        try:
            items += _objects(json.loads((script.text or "").strip().rstrip(";"), strict=False))
        except (ValueError, RecursionError):
            continue
    articles = [item for item in items if _ARTICLE.search(json.dumps(item.get("@type", "")))]
    # the page is said to be one article; where several are listed, it is an index and none of them is the page
    dated = {str(item.get("datePublished", ""))[:10] for item in articles} - {""}
    for item in articles:
        if len(dated) == 1:
            found.take("published", when(item.get("datePublished")), "JSON-LD datePublished")
        if len(articles) == 1 or "datePublished" in item:
            found.take("title", one_line(item.get("headline")), "JSON-LD headline")
            found.take("author", _names(item.get("author")), "JSON-LD author")
            found.take("publisher", _names(item.get("publisher")), "JSON-LD publisher")


def _objects(value: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        yield value
        for key, inner in value.items():
            if key in ("@graph", "mainEntity", "mainEntityOfPage"):
                yield from _objects(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _objects(inner, depth + 1)


def _names(value: Any) -> str | None:
    entries = value if isinstance(value, list) else [value]
    names = [one_line(entry.get("name") if isinstance(entry, dict) else entry) for entry in entries]
    return "; ".join(dict.fromkeys(name for name in names if name and not _address(name))) or None


def _person(value: Any) -> str | None:
    name = one_line(value)
    return None if name is None or _address(name) else name


def _metas(tree: HtmlElement) -> dict[str, str]:
    found: dict[str, str] = {}
    for meta in tree.iterfind(".//meta[@content]"):
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            if (key := meta.get(attribute)) and (content := (meta.get("content") or "").strip()):
                found.setdefault(key.strip().lower(), content)
    return found


def _shorten(found: PageMetadata) -> None:
    """A title without the name of the site that pages append to it."""
    if found.title is None or found.publisher is None:
        return
    pattern = rf"\s+[|–—·»:-]\s+{re.escape(found.publisher)}$"
    found.title = re.sub(pattern, "", found.title, flags=re.I) or found.title


def _language(value: str | None) -> str | None:
    code = re.split(r"[-_,;\s]", (value or "").strip().lower())[0]
    return code if re.fullmatch(r"[a-z]{2}", code) else None


def _address(value: str | None) -> str | None:
    try:
        parts = urlsplit((value or "").strip())
    except ValueError:
        return None
    return (value or "").strip() if parts.scheme in ("http", "https") and parts.netloc else None
