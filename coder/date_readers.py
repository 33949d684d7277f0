"""One reader for each way of saying a date: what its match means, or None where it is no date after all."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from coder.date_found import Base, Found, Unit
from coder.date_grammar import ORDINALS, SHIFTS, DateGrammar

_UNITS: dict[str, Unit] = {
    "day": "day",
    "morning": "day",
    "afternoon": "day",
    "evening": "day",
    "night": "day",
    "week": "week",
    "weekend": "week",
    "fortnight": "week",
    "month": "month",
    "quarter": "quarter",
    "year": "year",
    "decade": "decade",
}
_STORY = frozenset({"that", "same", "previous", "preceding", "prior", "following", "ensuing", "subsequent"})
_WIDE_CUE = re.compile(r"(?:\b(?:and|last|next|this|their|its|his|her)\s|[’']s\s|\()$", re.IGNORECASE)
_COUNTED = re.compile(
    r"\s?(?:percent|per cent|%|people|troops|soldiers|men|women|civilians|km|kilomet|mile|met(?:er|re)s?\b|"
    r"tons?\b|tonnes|dollars|euros|yuan|rubles|roubles|personnel|workers|students|refugees|protesters|hectares|others|cases|"
    r"deaths|prisoners|migrants|members|jobs|years|days|hours|GMT|hrs|local time|UTC|copies|vehicles|homes|"
    r"houses|families)"
)
_QUANTITY = re.compile(
    r"(?:\b(?:some|about|nearly|almost|over|around|than|least|roughly|approximately|another|up to)|[$€£¥#]|"
    r"\bNo\.|\bResolution|[,.]\d*)\s?$"
)
# A year behind a capitalised word belongs to a name: "the exercise Vostok 2018", "Vision 2030".
_NAME = re.compile(
    r"(?:^|[\s“\"‘'(–-])(?!(?:Early|Mid|Late|Year|Fiscal|And|Or|Around|About|Circa|Spring|Summer|Autumn|Fall|Winter|"
    r"FY|As|While|Since|If|Though|Although|Before|After|Unlike|Only|Not|Even|The|This|That|When)\b)[A-Z][\w.’'-]+[\s-]$"
)
# Months that are words or names besides, and so need a sign that a date is meant.
_DOUBTFUL = frozenset({"march", "may", "april", "august"})


def _figure(text: str | None) -> int | None:
    return int("".join(c for c in text if c.isdigit())) if text else None


def _month(text: str | None, grammar: DateGrammar) -> int | None:
    return grammar.words.months[text.rstrip(".").lower()] if text else None


def _pointed(said: Found, word: str | None) -> Found:
    """With the year that "this year", "the following year" point at."""
    if word is None:
        return said
    last = word.lower().split()[-1]
    return replace(said, unit="year", shift=SHIFTS[last], base="story" if last in _STORY else "document")


def _iso(match: re.Match[str], said: Found, before: str, grammar: DateGrammar) -> Found | None:
    return replace(said, year=int(match["iy"]), month=int(match["im"]), day=int(match["id"]))


def _numeric(match: re.Match[str], said: Found, before: str, grammar: DateGrammar) -> Found | None:
    """Month and day in the order of the text: which is which is for the document to say."""
    return replace(said, shape="numeric", year=int(match["ny"]), month=int(match["na"]), day=int(match["nb"]))


def _month_day(match: re.Match[str], said: Found, before: str, grammar: DateGrammar) -> Found | None:
    said = replace(
        said,
        year=_figure(match["y1"]),
        month=_month(match["m1"], grammar),
        day=_figure(match["d1"]),
        end_month=_month(match["m2"], grammar),
        end_day=_figure(match["d2"]),
    )
    return _pointed(said, match["w1"])


def _day_month(match: re.Match[str], said: Found, before: str, grammar: DateGrammar) -> Found | None:
    group = match.groupdict()
    if group.get("m3"):  # "Monday, the 4th of May": the weekday adds nothing
        said = replace(said, year=_figure(group["y2"]), month=_month(group["m3"], grammar), day=_figure(group["d3"]))
        return _pointed(said, group["w2"])
    said = replace(
        said,
        year=_figure(group["y1"]),
        month=_month(group["m1"], grammar),
        day=_figure(group["d1"]),
        end_month=_month(group["m2"], grammar),
        end_day=_figure(group["d3"] or group["d2"]),
    )
    return _pointed(said, group["w1"])


def _month_year(match: re.Match[str], said: Found, before: str, grammar: DateGrammar) -> Found | None:
    name = match["m5"].rstrip(".").lower()
    year = _figure(match["y3"])
    is_sure = bool(year or match["w3"] or said.cue or match["mp"])
    if not is_sure and name in _DOUBTFUL and not _WIDE_CUE.search(before):
        return None
    if not is_sure and name in grammar.short_months and not match["m5"].endswith("."):
        return None
    said = replace(said, shape="month", month=grammar.words.months[name], year=_figure(match["y5"]) or year)
    if match["m6"]:
        said = replace(said, end_month=_month(match["m6"], grammar), end_year=year)
    return _pointed(said, match["w3"])


def _named_day(match: re.Match[str], said: Found, before: str, grammar: DateGrammar) -> Found | None:
    month, day = grammar.words.days[match["nd"].replace("’", "'").lower()]
    return replace(said, month=month, day=day, year=_figure(match["y4"]))


def _ordinal(match: re.Match[str], said: Found, before: str, grammar: DateGrammar) -> Found | None:
    """The third quarter, the first half. Without a year it is a date only where something says so."""
    number, year = ORDINALS[match["qo"].lower()], _figure(match["qy"])
    if match["qu"].lower() == "half":
        said = replace(said, shape="half", month=1 if number == 1 else 7, year=year)
    else:
        said = replace(said, shape="quarter", month=number * 3 - 2, year=year)
    if not (year or match["qw"]) and said.cue not in ("in", "during", "since", "by", "for", "throughout"):
        return None
    return _pointed(said, match["qw"])


def _short_quarter(match: re.Match[str], said: Found, before: str, grammar: DateGrammar) -> Found | None:
    group = match.groupdict()
    number = int(group.get("qn") or group.get("qm") or 1)
    return replace(said, shape="quarter", month=number * 3 - 2, year=_figure(group["qz"]))


def _season(match: re.Match[str], said: Found, before: str, grammar: DateGrammar) -> Found | None:
    return replace(said, shape="season", month=grammar.words.seasons[match["sn"].lower()], year=_figure(match["sy"]))


def _pointed_season(match: re.Match[str], said: Found, before: str, grammar: DateGrammar) -> Found | None:
    season = grammar.words.seasons[match["so"].lower()]
    return replace(said, shape="season", month=season, shift=SHIFTS[match["sx"].lower()])


def _months_of(match: re.Match[str], said: Found, before: str, grammar: DateGrammar) -> Found | None:
    """ "The last few months of 2020": its last quarter."""
    first = match["mo"].lower() in ("first", "opening", "early")
    return _pointed(replace(said, shape="quarter", month=1 if first else 10, year=_figure(match["mz"])), match["mw"])


def _decade(match: re.Match[str], said: Found, before: str, grammar: DateGrammar) -> Found | None:
    return replace(said, shape="decade", year=int(match["dy"]))


def _year_part(match: re.Match[str], said: Found, before: str, grammar: DateGrammar) -> Found | None:
    """Early and late in a year are its outer quarters, its end its last month, its middle the year."""
    said, word = replace(said, year=int(match["yd"])), match["yp"].lower().split()[0]
    if word in ("early", "late"):
        return replace(said, shape="quarter", month=1 if word == "early" else 10)
    if word in ("mid", "middle"):
        return replace(said, shape="year")
    return replace(said, shape="month", month=1 if word in ("beginning", "start") else 12)


def _years(match: re.Match[str], said: Found, before: str, grammar: DateGrammar) -> Found | None:
    first, last = int(match["ya"]), int(match["yb"])
    return replace(said, shape="year", year=first, end_year=last if last > 99 else first // 100 * 100 + last)


def _year(match: re.Match[str], said: Found, before: str, grammar: DateGrammar) -> Found | None:
    year = int(match["yc"])
    if not said.cue and _NAME.search(before):
        return None
    if (year < 1900 and not said.cue) or _COUNTED.match(match.string, match.end()) or _QUANTITY.search(before):
        return None
    return replace(said, shape="year", year=year)


def _ago(match: re.Match[str], said: Found, before: str, grammar: DateGrammar) -> Found | None:
    """So many units from somewhere.

    "Two weeks after the talks" counts from the talks, of which the story's last date is only a guess:
    such a one is marked attributive.
    """
    name, way = match["ou"].lower(), match["od"].lower()
    unit = _UNITS[name]
    count = 3
    if match["on"]:
        count_text = match["on"].lower()
        count = int(count_text) if count_text.isdigit() else grammar.words.numbers.get(count_text, 2)
    if name == "fortnight":
        count *= 2
    if way == "on" and unit in ("day", "week", "quarter"):
        return None
    return replace(
        said,
        shape="offset",
        unit=unit,
        shift=-count if way in ("ago", "earlier", "before", "previously", "prior") else count,
        base="document" if way == "ago" else "story",
        is_vague=match["ov"] is not None,
        is_attributive=way in ("after", "before") and match.string[match.end() : match.end() + 1] == " ",
    )


def _eve(match: re.Match[str], said: Found, before: str, grammar: DateGrammar) -> Found | None:
    """ "On the eve of the summit": the day before what the story tells."""
    return replace(said, shape="offset", shift=-1, base="story", is_attributive=True)


def _beside(match: re.Match[str], said: Found, before: str, grammar: DateGrammar) -> Found | None:
    """ "The day before", "the month after"."""
    shift = -1 if match["bd"].lower() in ("before", "earlier") else 1
    return replace(said, shape="offset", unit=_UNITS[match["bu"].lower()], shift=shift, base="story")


def _within(match: re.Match[str], said: Found, before: str, grammar: DateGrammar) -> Found | None:
    """ "Earlier in the day", "later this month"."""
    base: Base = "document" if " this " in match[0].lower() else "story"
    return replace(said, shape="unit", unit=_UNITS[match["iu"].lower()], base=base)


def _unit(match: re.Match[str], said: Found, before: str, grammar: DateGrammar) -> Found | None:
    """This, last, next, the following day, week, month. "The next day" is the story's, "next week" is not."""
    word, unit = match["us"].lower(), match["uu"].lower()
    if word == "past" or (word == "last" and unit == "decade"):
        return None  # a stretch that ends now
    is_story = word in _STORY or (word == "next" and (_UNITS[unit] == "day" or before.lower().endswith("the ")))
    base: Base = "story" if is_story else "document"
    return replace(said, shape="unit", unit=_UNITS[unit], shift=SHIFTS[word], base=base)


def _weekday(match: re.Match[str], said: Found, before: str, grammar: DateGrammar) -> Found | None:
    name, word = match["wd"].rstrip("."), (match["ws"] or "").lower()
    if len(name) < 6 and not (word or said.cue):
        return None
    return replace(said, shape="weekday", day=grammar.words.weekdays[name.lower()], shift=SHIFTS.get(word, 0))


def _today(match: re.Match[str], said: Found, before: str, grammar: DateGrammar) -> Found | None:
    return replace(said, shape="unit", shift={"yesterday": -1, "tomorrow": 1}.get(match["tw"].lower(), 0))


def _end(match: re.Match[str], said: Found, before: str, grammar: DateGrammar) -> Found | None:
    unit: Unit = "month" if (match["eu"] or "").lower() == "month" else "year"
    return replace(said, shape="end", unit=unit, shift=SHIFTS.get((match["ew"] or "").lower(), 0))


READERS: dict[str, Callable[[re.Match[str], Found, str, DateGrammar], Found | None]] = {
    "iso": _iso,
    "num": _numeric,
    "mdy": _month_day,
    "dmy": _day_month,
    "my": _month_year,
    "named": _named_day,
    "ordinal": _ordinal,
    "q": _short_quarter,
    "season": _season,
    "pointedseason": _pointed_season,
    "months": _months_of,
    "decade": _decade,
    "yearpart": _year_part,
    "years": _years,
    "year": _year,
    "ago": _ago,
    "beside": _beside,
    "eve": _eve,
    "within": _within,
    "unit": _unit,
    "weekday": _weekday,
    "today": _today,
    "end": _end,
}
