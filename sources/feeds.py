"""Feeds of all kinds as one list of entries: RSS 0.9 to 2.0, RDF, Atom, JSON Feed, whole or broken.

A feed that is not well formed is read as far as it goes and its fault is told: half of the world's feeds are slightly
broken, and their entries are news all the same.
"""

from __future__ import annotations

import codecs
import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from email.utils import parsedate_tz
from typing import TYPE_CHECKING, Any

from sources.dates import parse_loose
from sources.fetched import FetchError, FetchReason
from sources.markup import declares_entities

if TYPE_CHECKING:
    from sources.spec import SourceSpec

_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]+)", re.I)
_HTML = re.compile(rb"<\s*(?:!doctype\s+html|html)\b", re.I)
_TAG = re.compile(r"<[A-Za-z/!][^<>]*>")  # without < inside: a million of them must not cost a million searches
_ISO_DAY = re.compile(r"\s*(\d{4})-(\d\d)-(\d\d)")
_EPOCH = date(1970, 1, 1)  # what programs write that do not know the date


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a feed, as far as it says."""

    link: str | None = None  # absolute, or relative to the feed
    key: str | None = None  # its id within the feed
    title: str | None = None
    text: str | None = None  # the longest of its own texts
    is_html: bool = True
    publisher: str | None = None  # where the feed only passes it on
    language: str | None = None
    published: date | None = None  # the day as it is written, in the writer's own zone
    published_at: datetime | None = None  # UTC
    updated_at: datetime | None = None  # UTC


@dataclass(frozen=True, slots=True)
class Feed:
    """A whole feed; `fault` says what is broken in it, `refused` why it is none."""

    entries: list[Entry] = field(default_factory=list)
    title: str | None = None
    language: str | None = None
    next_link: str | None = None  # older entries
    fault: str | None = None
    refused: tuple[FetchReason, str] | None = None

    @property
    def text(self) -> str:
        """All its texts, by which a reader's process bounds what it hands over."""
        return "".join(entry.text or "" for entry in self.entries)


def extract(data: bytes, uri: str, spec: SourceSpec) -> list[Feed]:
    """One feed, for a process of its own (sources/isolation.py): a hostile one can hold its parser for minutes."""
    try:
        return [parse_feed(data, uri, spec.encoding)]
    except FetchError as error:
        return [Feed(refused=(error.reason, error.detail))]


def parse_feed(data: bytes, url: str, charset: str | None = None) -> Feed:
    """The entries of a feed; FetchError `unsafe` or `wrong_type` where it cannot be one."""
    start = data[:1000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start and len(data) < 1000:
        raise FetchError("wrong_type", "the feed is empty; look at the address or run again later", url)
    if start.startswith(b"{"):
        return _json_feed(data, url)
    if declares_entities(data):
        raise FetchError("unsafe", "the feed declares entities of its own, which none needs; ask its owner", url)
    return _xml_feed(data, url, charset)


def language_code(value: object) -> str | None:
    """ISO 639-1 of a language tag such as en-GB.

    >>> language_code("en-GB"), language_code("english"), language_code(None)
    ('en', None, None)
    """
    match = re.fullmatch(r"([A-Za-z]{2})(?:[-_].*)?", value.strip()) if isinstance(value, str) else None
    return match[1].lower() if match else None


def written_day(value: object) -> date | None:
    """The day of a timestamp as it is written: an evening in New York is not the next day because UTC says so."""
    if not isinstance(value, str):
        return None
    found = None
    if match := _ISO_DAY.match(value):
        found = _date(int(match[1]), int(match[2]), int(match[3]))
    elif parsed := parsedate_tz(value):
        found = _date(*parsed[:3])
    elif (readings := parse_loose(value)) and len(readings) == 1 and readings[0].precision == "day":
        found = readings[0].first
    return None if found == _EPOCH else found


def _xml_feed(data: bytes, url: str, charset: str | None) -> Feed:
    import io

    import feedparser

    headers = {"content-type": "application/xml"}  # its place is not told: relative links are the reader's to resolve
    if encoding := _encoding(data, charset):
        headers["content-type"] += f"; charset={encoding}"
    # a stream, since feedparser takes a string of bytes for an address or a file name
    try:
        parsed = feedparser.parse(io.BytesIO(data), response_headers=headers, sanitize_html=True)
    except Exception as error:  # it forgives much, and breaks on the rest in ways of its own
        detail = f"the feed cannot be read ({type(error).__name__}: {error}); tell its owner"
        raise FetchError("corrupt", detail, url) from error
    if not parsed.entries and (not parsed.version or _HTML.search(data[:2000])):
        raise FetchError("wrong_type", "this is no feed; look at the address and correct it", url)
    about = parsed.feed
    links = [link for link in about.get("links", []) if link.get("rel") in ("next", "prev-archive")]
    fault = None
    if parsed.bozo:
        fault = f"{type(parsed.bozo_exception).__name__}: {parsed.bozo_exception}"
    return Feed(
        [_entry(entry) for entry in parsed.entries],
        _text(about.get("title")),
        language_code(about.get("language")),
        next((link.get("href") for link in links), None),
        fault,
    )


def _entry(entry: Any) -> Entry:
    texts = [(part.get("value") or "", part.get("type") or "") for part in dict.get(entry, "content", [])]
    detail = dict.get(entry, "summary_detail") or {}
    texts.append((detail.get("value") or "", detail.get("type") or ""))
    text, kind = max(texts, key=lambda pair: len(pair[0]))
    # dict.get: feedparser's own takes one date for the other where one is lacking
    dates = {name: (dict.get(entry, name), dict.get(entry, f"{name}_parsed")) for name in ("published", "updated")}
    written, at = dates["published"] if dates["published"][1] else dates["updated"]
    title = dict.get(entry, "title_detail") or {}
    own = dict.get(entry, "source") or {}
    languages = (detail.get("language"), title.get("language"), dict.get(entry, "language"))
    moment = _moment(at)
    return Entry(
        link=_link(entry),
        key=_text(dict.get(entry, "id")),
        title=_text(title.get("value")),
        text=text.strip() or None,
        is_html=kind != "text/plain" or bool(_TAG.search(text)),
        publisher=_text(own.get("title")),
        language=next((code for value in languages if (code := language_code(value))), None),
        published=(written_day(written) or (moment.date() if moment else None)) if moment else None,
        published_at=moment,
        updated_at=_moment(dates["updated"][1]),
    )


def _link(entry: Any) -> str | None:
    """Its address; a guid counts only where it is one, whatever its feed says of it."""
    link = _text(dict.get(entry, "link"))
    if link is not None and link == _text(dict.get(entry, "id")) and "//" not in link and dict.get(entry, "guidislink"):
        return None
    return link


def _encoding(data: bytes, charset: str | None) -> str | None:
    """UTF-8 where the bytes are that and nothing in them says otherwise: headers name a wrong one often."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return None
    declared = _DECLARED.search(data[:400])
    if declared and declared[1].lower() not in (b"utf-8", b"utf8"):
        return None  # the document knows its own encoding best
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return charset
    return "utf-8"


def _json_feed(data: bytes, url: str) -> Feed:
    try:
        loaded = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise FetchError("corrupt", f"the feed is broken JSON ({error}); ask its owner", url) from error
    if not isinstance(loaded, dict) or not isinstance(loaded.get("items"), list):
        raise FetchError("wrong_type", "this is JSON, but no JSON Feed; look at the address and correct it", url)
    items = [item for item in loaded["items"] if isinstance(item, dict)]
    lost = len(loaded["items"]) - len(items)
    return Feed(
        [_item(item) for item in items],
        _text(loaded.get("title")),
        language_code(loaded.get("language")),
        _text(loaded.get("next_url")),
        f"{lost} of its items are no objects" if lost else None,
    )


def _item(item: Mapping[str, Any]) -> Entry:
    markup = _text(item.get("content_html"), plain=False)
    text = markup or _text(item.get("content_text"), plain=False) or _text(item.get("summary"), plain=False)
    published, updated = _iso(item.get("date_published")), _iso(item.get("date_modified"))
    key = item.get("id")
    return Entry(
        link=_text(item.get("url")) or _text(item.get("external_url")),
        key=str(key) if isinstance(key, str | int | float) and str(key) else None,
        title=_text(item.get("title")),
        text=text,
        is_html=markup is not None,
        language=language_code(item.get("language")),
        published=written_day(item.get("date_published")) if published else None,
        published_at=published,
        updated_at=updated,
    )


def _text(value: object, *, plain: bool = True) -> str | None:
    """A string with something in it; a plain one without tags, entities and line ends."""
    if not isinstance(value, str):
        return None
    if plain:
        value = " ".join(html.unescape(_TAG.sub("", value)).split())
    return value.strip() or None


def _moment(parsed: Any) -> datetime | None:
    if not parsed:
        return None
    try:
        year, month, day, hour, minute, second = parsed[:6]
        found = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)  # a leap second has no place
    except (ValueError, TypeError, OverflowError):
        return None
    return None if found.date() == _EPOCH else found


def _iso(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(value.strip()) if isinstance(value, str) else None
        if found is None or found.date() == _EPOCH:
            return None
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
