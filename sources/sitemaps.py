"""Sitemaps, and indexes of sitemaps: plain or gzip, XML or one address a line, whole or broken off."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from xml.etree.ElementTree import ParseError, iterparse  # safe here: what declares entities does not come so far

from sources.bodies import BrokenBodyError, TooLargeError, gunzip
from sources.feeds import language_code, written_day
from sources.fetched import FetchError, Hints
from sources.markup import declares_entities

_PARENTS = {  # which elements count, and in what: pictures and videos have a loc and a title of their own
    "loc": ("url", "sitemap"),
    "lastmod": ("url", "sitemap"),
    "title": ("news",),
    "publication_date": ("news",),
    "name": ("publication",),
    "language": ("publication",),
}


@dataclass(frozen=True, slots=True)
class Listed:
    """One address of a sitemap, and between which moments it was changed last, if it says."""

    address: str
    changed: tuple[datetime, datetime] | None = None  # UTC, both ends included; a mere day is that whole day
    hints: Hints = field(default_factory=Hints)


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What one file lists; `fault` says why there may be more."""

    pages: list[Listed] = field(default_factory=list)
    sitemaps: list[Listed] = field(default_factory=list)
    fault: str | None = None


def parse_sitemap(data: bytes, uri: str, most: int) -> Sitemap:
    """The addresses of a sitemap; FetchError where it is none."""
    if data.startswith(b"\x1f\x8b"):
        try:
            data = gunzip(data, most)
        except TooLargeError:
            raise FetchError(
                "too_large", f"unpacked it has over max_bytes {most}; raise the limit or leave it out", uri
            ) from None
        except BrokenBodyError as error:
            raise FetchError("corrupt", f"the gzip file is broken: {error}; ask its owner", uri) from error
    start = data[:1000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith((b"http://", b"https://")):
        lines = data.decode("utf-8-sig", "replace").split("\n")
        return Sitemap([Listed(line.strip()) for line in lines if line.strip()])
    if declares_entities(data):
        raise FetchError("unsafe", "the sitemap declares entities of its own, which none needs; ask its owner", uri)
    return _parse_xml(data, uri)


def _parse_xml(data: bytes, uri: str) -> Sitemap:
    found = Sitemap()
    kind = ""
    try:
        path: list[str] = []
        values: dict[str, str] = {}
        for event, element in iterparse(io.BytesIO(data), events=("start", "end")):
            name = element.tag.rpartition("}")[2]
            if event == "start":
                path.append(name)
                kind = kind or name
                continue
            path.pop()
            if len(path) == 1:
                if values.get("loc"):
                    (found.sitemaps if name == "sitemap" else found.pages).append(_listed(values))
                values = {}
                element.clear()  # a sitemap of 50,000 pages is not held as a tree
            elif element.text and path[-1] in _PARENTS.get(name, ()):
                values.setdefault(name, element.text.strip())
    except (ParseError, ValueError, LookupError) as error:  # LookupError: an encoding that nobody knows
        if kind in ("urlset", "sitemapindex"):
            return Sitemap(found.pages, found.sitemaps, f"{type(error).__name__}: {error}")
        raise FetchError("wrong_type", f"this is no sitemap ({error}); look at it and correct it", uri) from error
    if kind not in ("urlset", "sitemapindex"):
        raise FetchError("wrong_type", f"this is no sitemap, but XML of <{kind}>; look at it and correct it", uri)
    return found


def _listed(values: dict[str, str]) -> Listed:
    published = written_day(values.get("publication_date"))  # of news sitemaps
    hints = Hints(
        title=values.get("title"),
        publisher=values.get("name"),
        language=language_code(values.get("language")),
        published_date=published,
        published_precision="day" if published else "unknown",
    )
    return Listed(values["loc"], _changed(values.get("lastmod") or values.get("publication_date")), hints)


def _changed(value: str | None) -> tuple[datetime, datetime] | None:
    """The moments that a W3C date can mean: a second, a day, a month or a year."""
    if not value:
        return None
    for form, days in (("%Y-%m-%d", 1), ("%Y-%m", 28), ("%Y", 365)):
        try:
            first = datetime.strptime(value, form).date()
        except ValueError:
            continue
        return _span(first, days)
    try:
        moment = datetime.fromisoformat(value)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment, moment


def _span(first: date, days: int) -> tuple[datetime, datetime] | None:
    start = datetime.combine(first, time(), tzinfo=UTC)
    try:
        if days == 28:
            after = (start + timedelta(days=32)).replace(day=1)
        else:
            after = start.replace(year=start.year + 1) if days == 365 else start + timedelta(days=1)
    except (OverflowError, ValueError):
        return None
    return start, after - timedelta(microseconds=1)


def newest_first(listed: list[Listed]) -> Iterator[Listed]:
    """Those changed last first; those that do not say stay in their order, at the front: they may be new."""
    yield from (one for one in listed if one.changed is None)
    yield from sorted((one for one in listed if one.changed), key=lambda one: one.changed or (), reverse=True)
