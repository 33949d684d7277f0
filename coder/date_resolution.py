"""What a date as said means, once it is known what it counts from. Plain calendar arithmetic; no document
here.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

from coder.date_found import Found
from coder.records import Basis, Dating, Precision

_STEPS = {"day": 1, "week": 7}
_HALF_YEAR, _MOST_OF_YEAR = 180, 300  # days
_FUTURE_CUES = frozenset(["by", "until", "till", "to", "ahead of"])


@dataclass(frozen=True, slots=True)
class Frame:
    """What incomplete dates of a sentence count from.

    `now` is the document's own time as a dating (its precision tells how far it may be trusted); `story` is
    the date that the narrative has reached; `anchor` the date of the chronology head above.
    """

    now: Dating | None
    story: Dating | None
    anchor: Dating | None
    day_first: bool = True
    looks_ahead: bool = False  # the sentence speaks of what is to come
    story_rules_years: bool = False  # a month without a year is of the story's year rather than the document's


def span(start: date, end: date, precision: Precision, text: str, basis: Basis = "text") -> Dating:
    return Dating(start, end, precision, basis, text)


def month_end(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def resolve(found: Found, frame: Frame) -> Dating | None:
    """The dating of one expression, or None where the document does not tell what it counts from."""
    try:
        return _SHAPES[found.shape](found, frame)
    except (ValueError, OverflowError):
        return None  # 31 June, year 0, a century of weeks: said, but no date


def _year_of(found: Found, frame: Frame, month: int | None, day: int | None = None) -> int | None:
    """The year of a date: as said, as pointed at ("last year"), or the likeliest one of a date without."""
    if found.year is not None:
        return found.year
    if found.unit == "year":
        base = frame.story if found.base == "story" else (frame.anchor or frame.now)
        return base.start.year + found.shift if base and base.start else None
    near = frame.anchor or (frame.story if frame.story_rules_years else None)
    if near is not None and near.start is not None:
        if near.precision == "year" or month is None:
            return near.start.year
        return _nearest_year(near.start, month, day) if frame.anchor else _year_onward(near.start, month, day)
    if frame.now is None or frame.now.end is None:
        story = frame.story
        return _nearest_year(story.start, month or 1, day) if story and story.start else None
    now = frame.now.end
    if month is None:
        return now.year
    if frame.now.precision == "year":
        return now.year
    first = date(now.year, month, min(day or 1, 28))
    if found.cue in _FUTURE_CUES or frame.looks_ahead:
        return now.year if (now - first).days < 150 else now.year + 1
    return now.year if first <= now else now.year - 1


def _nearest_year(near: date, month: int, day: int | None) -> int:
    years = (near.year, near.year - 1, near.year + 1)
    return min(years, key=lambda y: abs((date(y, month, min(day or 15, 28)) - near).days) if 0 < y < 9999 else 10**9)


def _year_onward(near: date, month: int, day: int | None) -> int:
    """The year of the next date in a row: the same, unless that leads back by half a year or on by nearly one."""
    gap = (date(near.year, month, min(day or 15, 28)) - near).days
    return near.year + (gap < -_HALF_YEAR) - (gap > _MOST_OF_YEAR)


def _day(found: Found, frame: Frame) -> Dating | None:
    assert found.month is not None and found.day is not None
    year = _year_of(found, frame, found.month, found.day)
    if year is None:
        return None
    end_month = found.end_month or found.month
    if end_month < found.month and found.year is not None:
        year -= 1  # "28 December to 3 January 2021": the year said is that of the end
    start = end = date(year, found.month, found.day)
    if found.end_day:
        try:
            end = max(start, date(year + (end_month < found.month), end_month, found.end_day))
        except ValueError:
            end = start
    return span(start, end, "day", found.text)


def _numeric(found: Found, frame: Frame) -> Dating | None:
    """The two orders of 11/09/2020: the one that is possible, else the one that the document uses."""
    assert found.year is not None and found.month is not None and found.day is not None
    first, second = found.month, found.day
    day_first = first > 12 or (second <= 12 and frame.day_first)
    day, month = (first, second) if day_first else (second, first)
    when = date(found.year, month, day)
    doubt = "" if first > 12 or second > 12 or first == second else f" [{'day' if day_first else 'month'} first]"
    return span(when, when, "day", found.text + doubt)


def _month(found: Found, frame: Frame) -> Dating | None:
    assert found.month is not None
    year = _year_of(found, frame, found.month)
    if year is None:
        return None
    end_month = found.end_month or found.month
    if found.end_month and found.year is None and found.end_year is None and end_month < found.month:
        return span(date(year, found.month, 1), month_end(year + 1, end_month), "month", found.text)
    end_year = found.end_year or year
    if found.end_month and end_month < found.month and end_year == year:
        year -= 1
    return span(date(year, found.month, 1), month_end(end_year, end_month), "month", found.text)


def _quarter(found: Found, frame: Frame) -> Dating | None:
    assert found.month is not None
    length = 6 if found.shape == "half" else 3
    year = _year_of(found, frame, found.month)
    if year is None:
        return None
    if found.shape == "season" and found.year is None and found.unit != "year" and found.shift:
        year += found.shift if frame.now and frame.now.start and frame.now.start.year == year else 0
    last = found.month + length - 1
    end = month_end(year + (last > 12), (last - 1) % 12 + 1)
    return span(date(year, found.month, 1), end, "quarter", found.text)


def _year(found: Found, frame: Frame) -> Dating | None:
    assert found.year is not None
    last = max(found.end_year or found.year, found.year)
    return span(date(found.year, 1, 1), date(last, 12, 31), "year", found.text)


def _decade(found: Found, frame: Frame) -> Dating | None:
    assert found.year is not None
    length = 100 if found.year % 100 == 0 and found.year < 2000 else 10
    return span(date(found.year, 1, 1), date(found.year + length - 1, 12, 31), "year", found.text)


def _weekday(found: Found, frame: Frame) -> Dating | None:
    """The nearest such day: backwards unless "next" or the sentence looks ahead."""
    assert found.day is not None
    base = frame.anchor if frame.anchor and frame.anchor.precision == "day" else frame.now
    if base is None or base.start is None or base.end is None:
        return None
    if base.precision != "day":
        return _at_best(base, found)
    gap = (base.end.weekday() - found.day) % 7
    if found.shift > 0 or (found.shift == 0 and frame.looks_ahead):
        when = base.end + timedelta(days=(7 - gap) % 7 or 7)
    else:
        when = base.end - timedelta(days=gap or (7 if found.shift < 0 else 0))
    return span(when, when, "day", found.text)


def _base(found: Found, frame: Frame) -> Dating | None:
    """What the expression counts from."""
    story = frame.story if found.base == "story" else None
    return story or frame.anchor or frame.now


def _at_best(base: Dating, found: Found) -> Dating | None:
    """A finer expression than its base can bear tells no more than the base does."""
    assert base.start and base.end
    return span(base.start, base.end, base.precision, found.text)


def _unit(found: Found, frame: Frame) -> Dating | None:
    """This, last and next day, week, month, year; "the following" ones count from the story."""
    base = _base(found, frame)
    if base is None or base.start is None or base.end is None:
        return None
    order = ("day", "month", "quarter", "year")
    needed = "day" if found.unit in ("day", "week") else found.unit
    if needed == "decade" or order.index(needed) < order.index(
        base.precision if base.precision != "unknown" else "year"
    ):
        if found.unit == "month" and base.precision == "quarter":
            return _at_best(base, found)
        return _at_best(base, found) if abs(found.shift) <= 1 and needed != "decade" else None
    when = base.start if found.base == "story" and found.shift <= 0 else base.end
    if found.unit == "day":
        when += timedelta(days=found.shift)
        return span(when, when, "day", found.text)
    if found.unit == "week":
        monday = when - timedelta(days=when.weekday()) + timedelta(weeks=found.shift)
        last = monday + timedelta(days=6)
        if found.base == "document" and found.shift == 0 and not frame.looks_ahead:
            last = max(monday, min(last, when))
        return span(monday, last, "day", found.text)
    if found.unit == "month":
        months = when.year * 12 + when.month - 1 + found.shift
        year, month = divmod(months, 12)
        return span(date(year, month + 1, 1), month_end(year, month + 1), "month", found.text)
    if found.unit == "quarter":
        quarters = when.year * 4 + (when.month - 1) // 3 + found.shift
        year, quarter = divmod(quarters, 4)
        return span(date(year, quarter * 3 + 1, 1), month_end(year, quarter * 3 + 3), "quarter", found.text)
    year = when.year + found.shift
    return span(date(year, 1, 1), date(year, 12, 31), "year", found.text)


def _offset(found: Found, frame: Frame) -> Dating | None:
    """So many days, weeks, months, years before or after.

    Days and weeks lead to a day, "a few" of them to a month; months to a month, years to a year.
    """
    base = _base(found, frame)
    if base is None or base.start is None or base.end is None:
        return None
    from_day = base.end if found.shift > 0 else base.start
    if found.unit in _STEPS:
        when = from_day + timedelta(days=found.shift * _STEPS[found.unit])
        if base.precision != "day":
            return _at_best(base, found) if abs(found.shift) * _STEPS[found.unit] <= 14 else None
        if found.is_vague or (found.is_attributive and found.unit == "week"):
            return span(date(when.year, when.month, 1), month_end(when.year, when.month), "month", found.text)
        return span(when, when, "day", found.text)
    if found.unit == "month":
        if base.precision in ("quarter", "year"):
            return _at_best(base, found) if abs(found.shift) <= 2 else None
        months = from_day.year * 12 + from_day.month - 1 + found.shift
        year, month = divmod(months, 12)
        if found.is_vague:
            return span(date(year, 1, 1), date(year, 12, 31), "year", found.text)
        return span(date(year, month + 1, 1), month_end(year, month + 1), "month", found.text)
    if found.is_vague or found.unit == "quarter":
        return None
    year = from_day.year + found.shift * (10 if found.unit == "decade" else 1)
    return span(date(year, 1, 1), date(year, 12, 31), "year", found.text)


def _end(found: Found, frame: Frame) -> Dating | None:
    """The last month of the year, or the month itself: no day is invented."""
    base = frame.anchor or frame.now or frame.story
    if base is None or base.end is None:
        return None
    if found.unit == "month":
        return span(base.end.replace(day=1), month_end(base.end.year, base.end.month), "month", found.text)
    year = base.end.year + found.shift
    return span(date(year, 12, 1), date(year, 12, 31), "month", found.text)


_SHAPES = {
    "day": _day,
    "numeric": _numeric,
    "month": _month,
    "quarter": _quarter,
    "half": _quarter,
    "season": _quarter,
    "year": _year,
    "decade": _decade,
    "weekday": _weekday,
    "unit": _unit,
    "offset": _offset,
    "end": _end,
}
