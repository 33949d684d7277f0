"""Dates as metadata, file names and mastheads write them. It reads a whole string or nothing.

It refuses to guess: 11/09/2020 has two readings, and both are handed back. Dates in prose are the coder's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

Precision = Literal["day", "month", "year", "unknown"]

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul",
            "august aug", "september sept sep", "october oct", "november nov", "december dec",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
MONTH_NAMES = [
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
]  # fmt: skip

_MONTH = "(?P<month>" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\.?"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+)?"
_ZONE = r"(?:\s*\(?(?:[A-Z]{2,4}|(?:UTC|GMT)\s*[+-]\d+(?::\d\d)?)\)?)?"
_CLOCK = rf"\d{{1,2}}[:.]\d\d(?::\d\d)?(?:\s*[ap]\.?m\.?)?{_ZONE}"
_NAMED = [
    re.compile(rf"{_DAY}[\s-]+(?:of\s+)?{_MONTH},?[\s-]+{_YEAR}", re.I),
    re.compile(rf"{_MONTH}\s+{_DAY},?\s+{_YEAR}", re.I),
]
_NAMED_MONTH = re.compile(rf"{_MONTH},?\s+{_YEAR}", re.I)
_ISO = re.compile(r"(?P<year>\d{4})([-/.])(?P<month>\d{1,2})\2(?P<day>\d{1,2})(?:[T ]\d\d:?\d\d\S*)?")
_COMPACT = re.compile(r"(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)")
_NUMERIC = re.compile(rf"(?P<a>\d{{1,2}})(?P<mark>[-/.])(?P<b>\d{{1,2}})(?P=mark){_YEAR}")
_IN_NAME = re.compile(r"(?<![0-9A-Za-z])(?:(?P<y1>(?:19|20)\d\d)[-_.](?P<m1>\d\d)[-_.](?P<d1>\d\d)"
                      r"|(?P<y2>(?:19|20)\d\d)(?P<m2>\d\d)(?P<d2>\d\d))(?![0-9A-Za-z])")  # fmt: skip
_LABEL = re.compile(
    r"(?:first\s+)?(?P<label>published|posted|issued|released|date|dated|updated|last updated|modified)"
    r"(?:\s+(?:on|at|in))?\s*:?\s+",
    re.I,
)
_PLACE = re.compile(r"(?P<place>[A-Z][\w'’.-]*(?:[ -][A-Z][\w'’.-]*){0,3})\s*(?:[,|·•–—-]|\s-)\s+")
_BYLINE = re.compile(
    r"[Bb][Yy]:?\s+(?P<name>[A-Z][\w.'’-]*(?:[ ,&]+(?:and|de|del|la|van|von|der|bin|al|[A-Z][\w.'’-]*)){1,7})"
    r"(?:\s*[|/,–—-]\s*(?P<rest>\S.*))?"
)


@dataclass(frozen=True, slots=True)
class PartialDate:
    """The first day of what was named, and whether a day, a month or a year was named."""

    first: date
    precision: Precision


@dataclass(frozen=True, slots=True)
class DateLine:
    """A line that says a date and nothing else: its readings (two where day and month may be swapped)."""

    readings: tuple[PartialDate, ...]
    label: str  # published, updated, ... or empty
    mark: str = ""  # between the numbers of an all-number date
    has_place: bool = False


def parse_whole(text: str) -> tuple[PartialDate, ...]:
    """All readings of a string that is a date: none, one, or two where day and month may be swapped."""
    return _readings(_undress(text))[0]


def parse_loose(text: str) -> tuple[PartialDate, ...]:
    """As `parse_whole`, and also a month ("2020-09", "September 2020") or a year ("2020")."""
    text = _undress(text)
    found = _readings(text)[0]
    if found:
        return found
    if match := re.fullmatch(r"(\d{4})[-/](\d{1,2})", text):
        return _one(int(match[1]), int(match[2]), 1, "month")
    if match := _NAMED_MONTH.fullmatch(text):
        return _one(int(match["year"]), MONTHS[match["month"].lower()], 1, "month")
    if re.fullmatch(r"(?:1[5-9]|20|21)\d\d", text):
        return _one(int(text), 1, 1, "year")
    return ()


def date_line(line: str) -> DateLine | None:
    """The date of a line such as `23/12/2021`, `Posted Sep 26, 2020` or `Moscow, 11 September 2020`.

    >>> date_line("Published 4 May 2021").readings[0].first.isoformat()
    '2021-05-04'
    """
    text = line.strip().strip("*_#()[] ").strip()
    if not text or len(text) > 90 or not any(character.isdigit() for character in text):
        return None
    if (byline := _BYLINE.fullmatch(text)) and byline["rest"]:
        text = byline["rest"]
    label = ""
    if match := _LABEL.match(text):
        label, text = match["label"].lower().removeprefix("last "), text[match.end() :]
    text = _undress(text)
    readings, mark = _readings(text)
    if readings:
        return DateLine(readings, label, mark)
    if label and (found := parse_loose(text)):  # a month or a year alone is a masthead only where it says so
        return DateLine(found, label)
    if (match := _PLACE.match(text)) and match["place"].split()[0].lower().rstrip(".") not in MONTHS:
        readings, mark = _readings(_undress(text[match.end() :]))
        if readings:
            return DateLine(readings, label, mark, has_place=True)
    return None


def is_byline(line: str) -> bool:
    """Whether a line is `By` and names, and nothing else but perhaps an outlet or a date."""
    text = line.strip().strip("*_ ")
    return len(text) <= 100 and _BYLINE.fullmatch(text) is not None


def date_in_name(name: str) -> PartialDate | None:
    """The one date that stands free in a file name, as in 2021-06-28_treaty.txt."""
    found = {
        _one(int(m["y1"] or m["y2"]), int(m["m1"] or m["m2"]), int(m["d1"] or m["d2"]), "day")
        for m in _IN_NAME.finditer(name)
    }
    found.discard(())
    return found.pop()[0] if len(found) == 1 else None


def _undress(text: str) -> str:
    """A date without its weekday and its time of day."""
    text = re.sub(r"\s+", " ", text).strip().rstrip(".")
    if re.fullmatch(r"[\d./-]+", text):
        return text
    text = re.sub(rf"^{_CLOCK}\s*[,|]?\s+", "", text, flags=re.I)
    text = re.sub(rf"(?<=\d{{4}})\s*[,|T-]?\s*(?:at\s+)?{_CLOCK}$", "", text, flags=re.I)
    return re.sub(rf"^{_WEEKDAY}", "", text, flags=re.I)


def _readings(text: str) -> tuple[tuple[PartialDate, ...], str]:
    for pattern in _NAMED:
        if match := pattern.fullmatch(text):
            return _one(int(match["year"]), MONTHS[match["month"].lower()], int(match["day"]), "day"), ""
    if match := _ISO.fullmatch(text) or _COMPACT.fullmatch(text):
        return _one(int(match["year"]), int(match["month"]), int(match["day"]), "day"), ""
    if match := _NUMERIC.fullmatch(text):
        year, a, b = int(match["year"]), int(match["a"]), int(match["b"])
        day_first, month_first = _one(year, b, a, "day"), _one(year, a, b, "day")
        return (day_first + month_first if day_first != month_first else day_first), match["mark"]
    return (), ""


def _one(year: int, month: int, day: int, precision: Precision) -> tuple[PartialDate, ...]:
    try:
        return (PartialDate(date(year, month, day), precision),)
    except ValueError:
        return ()
