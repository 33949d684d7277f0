"""GDELT: events and mentions of version 2.0 each quarter of an hour, events of version 1.0 each day.

Which files there should be is known from the calendar, which there are from the feed's own list; the difference is
what nobody notices otherwise. A file is taken only if size and checksum are what the list says. Files are fetched
from the folder their list lies in, so that a mirror with the original's list serves as well as the original.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from sources.errors import SourceError
from sources.fetched import Fetched, FetchError, Missed, Outcome, Seen, Unchanged, Window
from sources.gdelt_tables import EVENTS, MENTIONS

if TYPE_CHECKING:
    from sources.client import Client
    from sources.spec import SourceSpec

SUFFIXES: dict[str, str] = {}  # its files are named .CSV and hold tabs
TABLE = EVENTS
TABLES = (EVENTS, MENTIONS)

NEWEST, ALL, CHECKSUMS = "lastupdate.txt", "masterfilelist.txt", "md5sums"
STEP = timedelta(minutes=15)
BEGIN = datetime(2015, 2, 18, 23)  # of version 2.0
BEGIN_DAILY = datetime(1979, 1, 1)
_DAYS_BEGIN = datetime(2013, 4, 1)  # the daily feed had a file a month before, and a file a year before 2006
_MONTHS_BEGIN = datetime(2006, 1, 1)
_DAY_COMES = timedelta(days=1, hours=12)  # after the day began, UTC
_NAME = re.compile(r"(?P<time>\d{14})(?P<kind>(?:\.translation)?\.(?:export\.CSV|mentions\.CSV|gkg\.csv))\.zip")
_KINDS = (".export.CSV", ".mentions.CSV")
_LINES_TOLD = 5


@dataclass(frozen=True, slots=True)
class Slot:
    """One file that should be there; `listed` says whether the feed's list has it."""

    name: str
    uri: str
    due: datetime  # UTC: when it should have come
    size: int | None = None
    md5: str | None = None
    listed: bool = True


@dataclass(frozen=True, slots=True)
class Plan:
    """What should be there in a window, oldest first; the list as served; and its lines that are none."""

    slots: tuple[Slot, ...]
    listing: Fetched | None = None
    odd_count: int = 0
    odd_lines: tuple[str, ...] = ()  # the first few: number and text


def plan(spec: SourceSpec, client: Client, window: Window, now: datetime) -> Plan:
    """The files of a window, or the newest where both its ends are open; FetchError if the list cannot be had."""
    if spec.url is None:
        raise SourceError(f"{spec.source_id}: url: is missing; give the folder of the feed, such as .../gdeltv2/")
    if spec.version == "1.0":
        return _plan_daily(spec, spec.url, client, window, now)
    newest = window.since is None and window.until is None
    listing = client.get(_list_url(spec.url, newest), accept="text/plain, */*;q=0.5")
    if not isinstance(listing, Fetched):
        raise FetchError("wrong_type", "the server says that its list is unchanged, unasked; ask again", spec.url)
    listed, odd_count, odd_lines = read_list(listing.data, listing.url or listing.uri, window)
    listed = [slot for slot in listed if spec.wants(slot.name)]
    if not newest:
        listed = _with_gaps(spec, listed, window, now, listing.url or listing.uri)
    return Plan(tuple(sorted(listed, key=lambda slot: (slot.due, slot.name))), listing, odd_count, odd_lines)


def fetch_slot(slot: Slot, client: Client) -> Fetched | Missed:
    """The verified bytes of one file, or why there are none."""
    if not slot.listed:
        return Missed(slot.uri, "not_found", f"the feed's list does not have {slot.name}; ask again later", slot.name)
    try:
        found = client.get(slot.uri, accept="application/zip, */*;q=0.5")
    except FetchError as error:
        return Missed(slot.uri, error.reason, error.detail, slot.name)
    if isinstance(found, Unchanged):
        return Missed(slot.uri, "wrong_type", "the server says that nothing changed, unasked; ask again", slot.name)
    if fault := _fault(slot, found.data):
        return Missed(slot.uri, "corrupt", fault, slot.name, found.data)
    return Fetched(
        found.uri, found.data, found.media_type, url=found.url, etag=found.etag, last_modified=found.last_modified,
        slot=slot.name,
    )  # fmt: skip


def fetch(spec: SourceSpec, client: Client, seen: Mapping[str, Seen], window: Window) -> Iterator[Outcome]:
    """Every file of the window that was not seen; files never change once they are there."""
    for slot in plan(spec, client, window, datetime.now(UTC).replace(tzinfo=None)).slots:
        if slot.uri in seen:
            yield Unchanged(slot.uri, slot.name)
        else:
            yield fetch_slot(slot, client)


def read_list(data: bytes, url: str, window: Window) -> tuple[list[Slot], int, tuple[str, ...]]:
    """The files of a list that lie in the window, how many of its lines are none, and the first of these.

    A line is `size md5 url`. The list of all files is long, so a line outside the window costs one look.
    """
    slots: list[Slot] = []
    odd: list[str] = []
    odd_count = 0
    since = _stamp(window.since, "0" * 14)
    until = _stamp(window.until, "9" * 14)
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), start=1):
        parts = line.split()
        found = _NAME.fullmatch(parts[2].rsplit("/", 1)[-1]) if len(parts) == 3 else None
        if found is None or not parts[0].isdigit() or not re.fullmatch(r"[0-9a-fA-F]{32}", parts[1]):
            if line.strip():
                odd_count += 1
                if len(odd) < _LINES_TOLD:
                    odd.append(f"line {number}: {line[:120]}")
            continue
        if not since <= found["time"] <= until or found["kind"].endswith("gkg.csv"):
            continue
        try:
            due = datetime.strptime(found["time"], "%Y%m%d%H%M%S")
        except ValueError:
            odd_count += 1
            continue
        slots.append(Slot(found[0], urljoin(url, found[0]), due, int(parts[0]), parts[1].lower()))
    return slots, odd_count, tuple(odd)


def names_between(first: datetime, last: datetime, kinds: tuple[str, ...] = _KINDS) -> Iterator[tuple[str, datetime]]:
    """The files of version 2.0 that the calendar promises from the first moment to the last."""
    first = max(first, BEGIN)
    at = first.replace(minute=first.minute // 15 * 15, second=0, microsecond=0)
    if at < first:
        at += STEP
    while at <= last:
        for kind in kinds:
            yield f"{at:%Y%m%d%H%M%S}{kind}.zip", at
        at += STEP


def kind_of(name: str) -> str | None:
    """`.export.CSV` and the like, of a file of version 2.0."""
    found = _NAME.fullmatch(name)
    return found["kind"] if found else None


def time_of(name: str) -> datetime | None:
    """The moment that a file of version 2.0 is of."""
    found = _NAME.fullmatch(name)
    try:
        return datetime.strptime(found["time"], "%Y%m%d%H%M%S") if found else None
    except ValueError:
        return None


def _list_url(url: str, newest: bool) -> str:
    """The list under a folder's address; an address of a list stands for its twin too."""
    if not url.endswith(".txt"):
        return urljoin(url if url.endswith("/") else f"{url}/", NEWEST if newest else ALL)
    given = url.rsplit("/", 1)[-1]
    wrong, right = ("masterfilelist", "lastupdate") if newest else ("lastupdate", "masterfilelist")
    return urljoin(url, given.replace(wrong, right))


def _with_gaps(spec: SourceSpec, listed: list[Slot], window: Window, now: datetime, url: str) -> list[Slot]:
    """What is listed, and what the calendar promises beside it."""
    there = {slot.name for slot in listed}
    kinds = tuple(sorted({kind for slot in listed if (kind := kind_of(slot.name))})) or tuple(_KINDS)
    missing = [
        Slot(name, urljoin(url, name), due, listed=False)
        for name, due in names_between(window.since or BEGIN, min(window.until or now, now), kinds)
        if name not in there and spec.wants(name)
    ]
    return listed + missing


def _plan_daily(spec: SourceSpec, url: str, client: Client, window: Window, now: datetime) -> Plan:
    base = url if url.endswith("/") else f"{url}/"
    listing, sums = None, {}
    try:
        found = client.get(urljoin(base, CHECKSUMS), accept="text/plain, */*;q=0.5")
        if isinstance(found, Fetched):
            listing = found
            pairs = (line.split() for line in found.data.decode("utf-8", "replace").splitlines())
            sums = {pair[1]: pair[0].lower() for pair in pairs if len(pair) == 2 and len(pair[0]) == 32}
    except FetchError as error:
        if error.reason != "not_found":  # a mirror need not have checksums; ZIP has its own
            raise
    slots = [
        Slot(name, urljoin(base, name), due, md5=sums.get(name))
        for name, due in _daily_names(window, now)
        if spec.wants(name)
    ]
    return Plan(tuple(slots), listing)


def _daily_names(window: Window, now: datetime) -> Iterator[tuple[str, datetime]]:
    newest = (now - _DAY_COMES).replace(hour=0, minute=0, second=0, microsecond=0)
    first = max(window.since or (newest if window.until is None else BEGIN_DAILY), BEGIN_DAILY)
    last = min(window.until or now, newest)
    day = first.replace(hour=0, minute=0, second=0, microsecond=0)
    named: set[str] = set()
    while day <= last:
        if day >= _DAYS_BEGIN:
            name = f"{day:%Y%m%d}.export.CSV.zip"
        else:
            name = f"{day:%Y%m}.zip" if day >= _MONTHS_BEGIN else f"{day:%Y}.zip"
        if name not in named:
            named.add(name)
            yield name, day + _DAY_COMES
        day += timedelta(days=1)


def _fault(slot: Slot, data: bytes) -> str:
    """What is wrong with the bytes by the feed's list; empty if nothing is."""
    if slot.size is not None and len(data) != slot.size:
        return f"{slot.name} has {len(data)} bytes where its list says {slot.size}; fetch it again"
    if slot.md5 is not None:
        md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
        if md5 != slot.md5:
            return f"{slot.name} has the checksum {md5} where its list says {slot.md5}; fetch it again"
    return ""


def _stamp(moment: datetime | None, otherwise: str) -> str:
    return otherwise if moment is None else f"{moment:%Y%m%d%H%M%S}"
