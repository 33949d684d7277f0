"""The time that a document speaks from, against which "on Monday" and "in May" are read.

It is the publication date unless the text contradicts it. Extracted files often carry the date of a scan,
an upload or a volume: where at least five full dates of a text crowd into one year that ended nine months
or more before the stated publication, and hardly any is nearer to it, the crowd is the document's time. A
document without a publication date has the time of its dateline, else of the crowd of its full dates, else
of the latest plain year that it speaks of, and no finer than that: a year is not a day.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

from coder.date_found import Found
from coder.date_resolution import Frame, month_end, resolve
from coder.records import UNDATED, Dating, Precision, Sentence

AHEAD = re.compile(
    r"\b(?:will|shall|plans? to|planned|due|scheduled|expected to|is to|are to|upcoming|set to|going to|"
    r"(?:promised|agreed|pledged|vowed|offered|decided|intends?|hopes?|wants?|prepares?|preparing|accepted|invitation|"
    r"invited \w+(?: \w+)?) to|who (?:meet|visits?)|would)\b"
)
_CROWD = 5  # full dates
_CROWD_SHARE, _LATER_SHARE = 0.6, 0.1
_CONTRADICTED = 270  # days between the crowd's end and a publication date that it refutes
_NEAR = 14  # days before publication within which a full date shows that a text reports
_SHORT = 8  # sentences: an agency item or a single sentence
# Words before dates that the text may only look forward to.
_BOUNDS = frozenset({"by", "until", "till", "from", "to", "before", "after"})
_ANNIVERSARY = re.compile(r"\b(\d{1,3})(?:st|nd|rd|th)\sanniversary\b[^.;]{0,60}?\b(1[5-9]\d\d|20\d\d)\b")
_YEARS_AGO = re.compile(
    r"\b(\d{1,3})\syears\sago,?\s(?:on\s|in\s)(?:\w+\s\d{1,2},\s|\d{1,2}\s\w+\s)?(1[5-9]\d\d|20\d\d)\b"
)


def stated_time(published: date | None, precision: Precision) -> Dating | None:
    """The publication date as a dating that covers what its precision says."""
    if published is None:
        return None
    start = end = published
    if precision == "month":
        start, end = published.replace(day=1), month_end(published.year, published.month)
    elif precision == "quarter":
        first = (published.month - 1) // 3 * 3 + 1
        start, end = date(published.year, first, 1), month_end(published.year, first + 2)
    elif precision == "year":
        start, end = whole_year(published.year)
    return Dating(start, end, "day" if precision == "unknown" else precision, "published")


def whole_year(year: int) -> tuple[date, date]:
    return date(year, 1, 1), date(year, 12, 31)


def document_time(
    sentences: Sequence[Sentence],
    found: Sequence[Sequence[Found]],
    heads: Mapping[str, Found | None],
    stated: Dating | None,
    day_first: bool,
) -> Dating | None:
    """The stated publication, unless there is none or the text has another."""
    frame = Frame(None, None, None, day_first)
    full: list[date] = []
    years: list[int] = []
    for sentence, dates in zip(sentences, found, strict=True):
        if sentence.anchor is not None and sentence.anchor.basis == "anchor":
            head = heads.get(sentence.anchor.text)
            if head is not None and head.year is not None:
                _collect(head, frame, full)
                years.append(head.end_year or head.year)
        if not dates:
            continue
        if stated is None:
            years += _anniversaries(sentence.reading)
        if AHEAD.search(sentence.reading):
            continue
        for said in dates:
            if said.year is None or said.cue in _BOUNDS:
                continue
            if said.shape in ("day", "numeric", "month"):
                _collect(said, frame, full)
            if not said.is_attributive and said.cue != "since" and said.shape != "decade":
                years.append(said.end_year or said.year)
    crowd = _crowd(full, stated)
    if stated is not None and stated.start is not None:
        refuted = crowd is not None and (stated.start - crowd[1]).days >= _CONTRADICTED
        if not refuted:
            return stated
    if crowd is not None:
        return Dating(*crowd, "quarter" if (crowd[1] - crowd[0]).days < 190 else "year", "text")
    latest = max((year for year in years if 1 <= year <= 9998), default=None)
    return Dating(*whole_year(latest), "year", "text") if latest else None


def _anniversaries(reading: str) -> list[int]:
    """Years that an anniversary gives away: "the 20th anniversary of the 2001 treaty", "20 years ago, in 2001"."""
    return [int(found[1]) + int(found[2]) for found in _ANNIVERSARY.finditer(reading)] + [
        int(found[1]) + int(found[2]) for found in _YEARS_AGO.finditer(reading)
    ]


def _collect(said: Found, frame: Frame, full: list[date]) -> None:
    when = resolve(said, frame)
    if when is not None and when.end is not None:
        full.append(when.end)


def _crowd(full: list[date], stated: Dating | None) -> tuple[date, date] | None:
    """First and last of the year-long run that holds most of a text's full dates, if it is a crowd."""
    limit = stated.end if stated and stated.end else date.max
    dates = sorted(when for when in full if when <= limit)
    if len(dates) < _CROWD:
        return None
    best, low = (0, 0, 0), 0
    for high, when in enumerate(dates):
        while (when - dates[low]).days > 366:
            low += 1
        best = max(best, (high - low + 1, low, high))
    count, low, high = best
    if count < _CROWD_SHARE * len(dates) or len(dates) - 1 - high > _LATER_SHARE * len(dates):
        return None
    return dates[low], dates[high]


def undated_time(now: Dating | None, found: Sequence[Sequence[Found]]) -> Dating:
    """What remains for an act without any date: the document's time, no finer than the document speaks.

    A text that counts in days (weekdays, "yesterday", dates of the days around its own) reports, and its
    undated acts are of its day; so are those of an item too short to tell. A longer comment that never counts
    in days puts them no nearer than its year.
    """
    if now is None or now.end is None:
        return UNDATED
    if now.basis == "published" and (now.precision != "day" or len(found) <= _SHORT or _counts_days(now, found)):
        return Dating(now.start, now.end, now.precision, now.basis)
    return Dating(*whole_year(now.end.year), "year", now.basis)


def _counts_days(now: Dating, found: Sequence[Sequence[Found]]) -> bool:
    assert now.start is not None
    frame = Frame(now, None, None)
    for said in (one for dates in found for one in dates):
        if said.shape == "weekday" or (said.shape == "unit" and said.unit == "day" and said.base == "document"):
            return True
        if said.shape in ("day", "numeric"):
            when = resolve(said, frame)
            if when is not None and when.start is not None and abs((now.start - when.start).days) <= _NEAR:
                return True
    return False
