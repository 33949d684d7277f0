"""Finding dates in a sentence's reading: what is said, not yet when that was.

One pattern with an alternative for each way of saying a date; the alternative that matched names the shape of the
result. Most sentences hold no calendar word and no figure and are not searched at all. `coder.dates` resolves what is
found here against the document.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from coder.calendar_words import CalendarWords, Terms, alternation, calendar_words

Shape = Literal[
    "day", "numeric", "month", "quarter", "half", "season", "year", "decade", "year part", "weekday", "unit", "offset",
    "same", "end",
]
Unit = Literal["day", "week", "month", "quarter", "year", "decade"]


@dataclass(frozen=True, slots=True)
class Found:
    """A date as said. `frame` tells what an incomplete one counts from: the document's day or the story's last date."""

    start: int
    end: int
    text: str
    shape: Shape
    cue: str = ""  # the word before it: since, by, until ...
    year: int | None = None
    month: int | None = None
    day: int | None = None
    end_year: int | None = None
    end_month: int | None = None
    end_day: int | None = None
    shift: int = 0  # of years ("last year"), units ("two weeks ago") or weekdays; 0 is "this"
    unit: Unit = "day"
    frame: Literal["document", "story"] = "document"
    is_vague: bool = False  # "a few", "several"
    is_attributive: bool = False  # stands before a noun: "the 2015 accord"


_UNITS = "day|week|weekend|fortnight|month|quarter|year|decade"
_SHIFTS = {
    "this": 0, "current": 0, "same": 0, "that": 0, "last": -1, "past": -1, "previous": -1, "preceding": -1, "prior": -1,
    "next": 1, "coming": 1, "following": 1, "ensuing": 1, "subsequent": 1, "upcoming": 1, "on": 0, "late": 0, "early": 0,
}
_STORY = frozenset("that same previous preceding prior following ensuing subsequent".split())
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": 4, "final": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}
_CUES = re.compile(
    r"(?i:\b(since|until|till|by|before|after|from|for|as of|to|ahead of|in|on|of|at|during|throughout|between|through|"
    r"around|within|over|late|early|mid|begin(?:s|ning)?|starting))[\s-](?:the\s|about\s|as\searly\sas\s)?[(“\"]?$"
)
_NOUN_AFTER = re.compile(r"\s(?!the\b|an?\b|and\b|or\b|but\b|in\b|on\b|at\b|to\b|by\b|with\b|when\b|as\b|that\b|which\b|"
                         r"after\b|before\b|while\b|for\b|from\b|of\b|is\b|was\b|were\b|are\b|has\b|had\b|will\b|amid\b|"
                         r"where\b|who\b|during\b|until\b|through\b|under\b|between\b|over\b|about\b|this\b|their\b|its\b|"
                         r"his\b|her\b|alone\b|onwards?\b|saw\b|did\b|would\b|also\b|not\b|than\b|if\b|because\b|since\b|"
                         r"\w+ly\b|\w+ed\b)[A-Za-z“\"]")
_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"[a-z]+")
_COUNTED = re.compile(
    r"\s?(?:percent|per cent|%|people|troops|soldiers|men|women|civilians|km|kilomet|mile|met(?:er|re)s?\b|tons?\b|tonnes|"
    r"dollars|euros|yuan|rubles|roubles|personnel|workers|students|refugees|protesters|hectares|others|cases|deaths|"
    r"prisoners|migrants|members|jobs|years|days|hours|GMT|hrs|local time|UTC|copies|vehicles|homes|houses|families)"
)
_QUANTIFIED = re.compile(r"(?:\b(?:some|about|nearly|almost|over|around|than|least|roughly|approximately|another|up to)"
                         r"|[$€£¥#]|\bNo\.|\bResolution|[,.]\d*)\s?$")


@dataclass(frozen=True, slots=True)
class _Grammar:
    words: CalendarWords
    pattern: re.Pattern[str]
    triggers: frozenset[str]
    doubtful: frozenset[str]  # months that are words or names besides


@lru_cache(maxsize=8)
def _compiled(items: frozenset[tuple[str, frozenset[str]]]) -> _Grammar:
    words = calendar_words(dict(items))
    month, weekday, number = words.month, words.weekday, words.number
    figure = r"\d{1,2}(?:st|nd|rd|th)?(?![\d%]|[,.]\d|:\d|\s?(?:percent|per\scent))"
    year = r"(?:1\d|20|21)\d\d(?!\d|,\d{3}|\.\d|%)"
    to = r"\s?(?:[-–—‑/]|to|and|until|till|through|or)\s?"
    which = r"(?:,?\s(?i:(?:of\s)?(?P<{0}>this|last|next|that|the\sfollowing|the\sprevious|the\ssame)\syear)\b)"
    part = r"(?:(?i:early|mid|late|middle\sof|beginning\sof|start\sof|end\sof)(?:\s|-)(?:the\s)?)?"
    named = alternation([*words.seasons])
    shift = "this|current|last|past|previous|preceding|prior|next|coming|following|ensuing|same|that|upcoming|subsequent"
    alternatives = rf"""
      (?P<iso>(?P<iy>(?:1\d|20)\d\d)-(?P<im>\d\d)-(?P<id>\d\d)(?!\d))
    | (?P<num>(?P<na>\d{{1,2}})(?P<ns>[./-])(?P<nb>\d{{1,2}})(?P=ns)(?P<ny>(?:19|20)\d\d)(?!\d))
    | (?P<mdy>(?:{weekday},?\s)?{part}(?P<m1>{month})\s{{0,2}}(?P<d1>{figure})
        (?:{to}(?:(?P<m2>{month})\s)?(?P<d2>{figure}))?(?:(?:,\s?|\s)(?P<y1>{year})|{which.format("w1")})?)
    | (?P<dmy>(?:{weekday},?\s(?:the\s)?)?(?P<d3>{figure})(?:{to}(?P<d4>{figure}))?\s(?:(?:day\s)?of\s)?(?P<m3>{month})
        (?:{to}(?P<d5>{figure})\s(?:of\s)?(?P<m4>{month}))?(?:(?:,\s?|\s)(?P<y2>{year})|{which.format("w2")})?)
    | (?P<my>{part}(?P<m5>{month})(?:(?:\s(?P<y5>{year}))?{to}(?P<m6>{month}))?
        (?:(?:,\s?|\s(?:of\s)?)(?P<y3>{year})|{which.format("w3")})?)
    | (?P<named>(?P<nd>{words.named_day})(?:,?\s(?:of\s)?(?P<y4>{year}))?)
    | (?P<quarter>(?i:(?P<qo>first|second|third|fourth|last|final|1st|2nd|3rd|4th)[\s-](?P<qu>quarter|half))
        (?:\s(?:of|in)\s(?:(?P<y6>{year})|(?i:(?P<w6>this|last|next|the))\syear))?)
    | (?P<q>Q(?P<qn>[1-4])(?:,?\s(?:of\s)?(?P<y7>{year}))?|(?P<qm>[1-4])Q\s?(?P<y8>{year}))
    | (?P<season>(?i:(?P<sw>this|last|next|that|the\sfollowing|the\sprevious)\s|(?:early\s|late\s|mid-?\s?)?)
        (?P<sn>{words.season})\s(?:of\s)?(?P<y9>{year})|(?i:(?P<sx>this|last|next|late|early))\s(?P<so>(?i:{named}))\b)
    | (?P<months>(?i:(?P<mo>last|final|closing|first|opening|early)\s(?:(?:few|several|two|three|four|couple\sof)\s)?
        (?:months|weeks|days)\sof)\s(?:(?P<ya>{year})|the\syear\b|(?i:(?P<wa>this|last))\syear\b))
    | (?P<decade>(?:(?i:early|mid|late)[\s-](?:the\s)?)?(?P<dy>(?:1\d|20)\d0)['’]?s\b)
    | (?P<ypart>(?i:(?P<yp>early|mid|late|(?:the\s)?(?:end|close|beginning|start|middle|eve)\sof))[\s-](?P<yb>{year}))
    | (?P<years>(?P<yc>{year})\s?(?:[-–—/]|\band\b|\bto\b)\s?(?P<yd>{year}|\d\d(?![\d\w])))
    | (?P<year>(?P<ye>{year}))
    | (?P<ago>(?i:(?:(?P<ov>(?:a\s)?(?:few|couple\sof)|several|some|many)|(?P<on>(?:a\s)?couple|{number}))
        (?:\sand\sa\shalf)?(?:\s(?:full|short|more))?[\s-](?P<ou>hour|{_UNITS})s?\s
        (?P<od>ago|earlier|later|before|after|previously|afterwards?|prior|on)\b(?!\sthan)))
    | (?P<daybefore>(?i:(?:on\s)?the\s(?P<db>day|night|week|month|year)\s(?P<dd>before|after|earlier|later)\b))
    | (?P<inday>(?i:(?:(?:earlier|later)\s)(?:in\sthe|on\sthe\ssame|the\ssame|that|this|on\sthat)\s(?P<iu>day|week|month|year)\b))
    | (?P<unit>(?i:(?P<us>{shift})\s(?:(?:calendar|working|business)\s)?(?P<uu>{_UNITS}|morning|afternoon|evening|night)\b
        (?!\s(?:of|and|or)\s(?:the\s)?(?:{year}|{month}))(?!['’]?-)))
    | (?P<weekday>(?i:(?P<ws>last|next|this|on|late|early|past|coming|following)\s(?:late\s|early\s)?)?(?P<wd>{weekday})(?!\w))
    | (?P<today>(?i:(?P<tw>today|tonight|yesterday|tomorrow)\b(?!['’]s\s(?:world|youth|generation)|-)))
    | (?P<end>(?i:(?:(?:the\s)?(?P<ez>end|close)\sof\s(?P<ew>the|this|last|next)\s(?P<eu>year|month)|year[’']?s?[\s-]end)\b))
    """
    units = "day days week weeks weekend month months year years decade decades quarter half fortnight hour hours "
    triggers = frozenset([*(units + "today tonight yesterday tomorrow morning afternoon evening night").split()])
    calendar = [*words.months, *words.weekdays, *words.seasons, *(w.split()[-1] for w in words.days)]
    return _Grammar(
        words=words,
        pattern=re.compile(rf"(?<![\w$€£¥/])(?<!\d[.,])(?:{alternatives})", re.VERBOSE),
        triggers=triggers | frozenset(calendar),
        doubtful=frozenset("march may april august mar".split()),
    )


def find_dates(reading: str, terms: Terms) -> list[Found]:
    """The dates said in a reading, in order."""
    grammar = _compiled(frozenset(terms.items()))
    if _DIGIT.search(reading) is None and grammar.triggers.isdisjoint(_WORD.findall(reading.lower())):
        return []
    found = []
    for match in grammar.pattern.finditer(reading):
        date = _read(match, reading, grammar)
        if date is not None:
            found.append(date)
    return found


def _number(value: str | None) -> int | None:
    return int("".join(c for c in value if c.isdigit())) if value else None


def _which(word: str | None) -> tuple[int, Literal["document", "story"]] | None:
    """The year that "this year", "the following year" point at, as a shift and what it counts from."""
    if word is None:
        return None
    last = word.lower().split()[-1]
    return _SHIFTS.get(last, 0), "story" if last in _STORY else "document"


def _read(match: re.Match[str], reading: str, grammar: _Grammar) -> Found | None:
    """What one match says; None where it is no date after all."""
    kind, group, words = match.lastgroup, match.group, grammar.words
    start, end = match.span()
    before = reading[max(0, start - 24) : start]
    cue_match = _CUES.search(before)
    cue = cue_match[1].lower() if cue_match else ""
    fields: dict[str, object] = {}
    shape: Shape = "day"

    def month_number(name: str) -> int | None:
        text = group(name)
        return words.months[text.rstrip(".").lower()] if text else None

    def pointed(name: str) -> None:
        which = _which(group(name))
        if which is not None:
            fields["shift"], fields["frame"] = which
            fields["unit"] = "year"

    if kind == "iso":
        fields |= {"year": int(group("iy")), "month": int(group("im")), "day": int(group("id"))}
    elif kind == "num":
        shape = "numeric"
        fields |= {"month": int(group("na")), "day": int(group("nb")), "year": int(group("ny"))}
    elif kind in ("mdy", "dmy"):
        first = kind == "mdy"
        fields["month"] = month_number("m1" if first else "m3")
        fields["day"] = _number(group("d1" if first else "d3"))
        fields["end_month"] = month_number("m2" if first else "m4")
        fields["end_day"] = _number(group("d2") if first else group("d5") or group("d4"))
        fields["year"] = _number(group("y1" if first else "y2"))
        if not first and fields["end_month"]:
            fields["month"], fields["end_month"] = fields["month"], fields["end_month"]
        pointed("w1" if first else "w2")
    elif kind == "my":
        shape = "month"
        name = group("m5").rstrip(".").lower()
        year = _number(group("y3"))
        has_part = not match[0].startswith(group("m5"))
        pointed("w3")
        if name in grammar.doubtful and not (cue or year or fields or has_part or _is_cued(before)):
            return None
        if group("m5")[-1:] != "." and name in ("sep", "dec", "jan", "mar", "oct", "nov", "feb", "jun", "jul", "apr", "aug"):
            if not (year or cue):
                return None
        fields |= {"month": words.months[name], "year": _number(group("y5")) or year}
        if group("m6"):
            fields |= {"end_month": month_number("m6"), "end_year": year}
    elif kind == "named":
        name = group("nd").replace("’", "'").lower()
        fields["month"], fields["day"] = words.days[name]
        fields["year"] = _number(group("y4"))
    elif kind == "quarter":
        shape = "quarter" if group("qu").lower() == "quarter" else "half"
        ordinal = _ORDINALS[group("qo").lower()]
        if shape == "half":
            ordinal = min(ordinal, 2)
        elif shape == "quarter" and not match[0][len(group("qo")) + 8 :] and cue not in ("in", "during", "since", "by", "for"):
            return None
        fields |= {"month": (ordinal - 1) * (3 if shape == "quarter" else 6) + 1, "year": _number(group("y6"))}
        pointed("w6")
    elif kind == "q":
        shape = "quarter"
        fields |= {"month": int(group("qn") or group("qm")) * 3 - 2, "year": _number(group("y7") or group("y8"))}
    elif kind == "season":
        shape = "season"
        fields |= {"month": words.seasons[(group("sn") or group("so")).lower()], "year": _number(group("y9"))}
        if fields["year"] is None:
            fields["shift"] = _SHIFTS.get(group("sx").lower(), 0)
    elif kind == "months":
        shape = "quarter"
        fields |= {"month": 1 if group("mo").lower() in ("first", "opening", "early") else 10, "year": _number(group("ya"))}
        pointed("wa")
    elif kind == "decade":
        shape = "decade"
        fields["year"] = int(group("dy"))
    elif kind == "ypart":
        shape = "year part"
        fields["year"] = int(group("yb"))
        word = group("yp").lower()
        if "end" in word or "close" in word or "eve" in word:
            fields["month"] = 12
        elif "begin" in word or "start" in word:
            fields["month"] = 1
        elif word in ("early", "late"):
            shape = "quarter"
            fields["month"] = 1 if word == "early" else 10
        else:
            shape = "year"
    elif kind in ("years", "year"):
        shape = "year"
        fields["year"] = _number(group("yc") or group("ye"))
        if group("yd"):
            last = int(group("yd"))
            fields["end_year"] = last if last > 99 else fields["year"] // 100 * 100 + last  # type: ignore[operator]
        elif _COUNTED.match(reading, end) or _QUANTIFIED.search(before):
            return None
        if fields["year"] < 1900 and not cue and not group("yd"):  # type: ignore[operator]
            return None
    elif kind == "ago":
        shape = "offset"
        unit, direction = group("ou").lower(), group("od").lower()
        if unit == "hour":
            return None
        count = 1 if group("on") is None else (_count(group("on"), words))
        if group("ov"):
            count = 2 if "couple" in group("ov").lower() else 3
            fields["is_vague"] = True
        if unit == "fortnight":
            unit, count = "week", 2 * count
        backwards = direction in ("ago", "earlier", "before", "previously", "prior")
        if direction == "on" and not unit.startswith(("year", "decade", "month")):
            return None
        fields |= {"unit": "day" if unit == "weekend" else unit, "shift": -count if backwards else count}
        fields["frame"] = "document" if direction == "ago" else "story"
        # "two weeks after the talks" counts from the talks, of which the story's last date is only a guess.
        fields["is_attributive"] = direction in ("after", "before") and end < len(reading) and reading[end] == " "
    elif kind == "daybefore":
        shape = "offset"
        unit = group("db").lower().replace("night", "day")
        fields |= {"unit": unit, "shift": -1 if group("dd").lower() in ("before", "earlier") else 1, "frame": "story"}
    elif kind == "inday":
        shape = "same"
        fields |= {"unit": group("iu").lower(), "frame": "document" if " this " in match[0].lower() else "story"}
    elif kind == "unit":
        shape = "unit"
        word, unit = group("us").lower(), group("uu").lower()
        if unit in ("morning", "afternoon", "evening", "night"):
            unit = "day"
            fields["shift"] = -1 if word == "last" else _SHIFTS[word]
        else:
            fields["shift"] = _SHIFTS[word]
        next_day = word == "next" and (unit == "day" or before.lower().endswith("the "))
        story = word in _STORY or next_day
        if word == "past" or (word == "last" and unit == "decade") or (word in ("that", "past") and unit == "weekend"):
            return None
        fields |= {"unit": {"weekend": "week", "fortnight": "week"}.get(unit, unit), "frame": "story" if story else "document"}
    elif kind == "weekday":
        shape = "weekday"
        word = (group("ws") or "").lower()
        fields |= {"day": words.weekdays[group("wd").rstrip(".").lower()], "shift": _SHIFTS.get(word, 0)}
        if len(group("wd").rstrip(".")) < 6 and not group("ws"):
            return None
    elif kind == "today":
        shape = "unit"
        fields |= {"unit": "day", "shift": {"yesterday": -1, "tomorrow": 1}.get(group("tw").lower(), 0)}
    elif kind == "end":
        shape = "end"
        fields |= {"unit": (group("eu") or "year").lower(), "shift": _SHIFTS.get((group("ew") or "").lower(), 0)}
    if not fields.get("is_attributive"):
        fields["is_attributive"] = shape in ("year", "month", "day") and _NOUN_AFTER.match(reading, end) is not None
    return Found(start, end, match[0], shape, cue, **fields)  # type: ignore[arg-type]


def _is_cued(before: str) -> bool:
    return before.lower().endswith((" and ", " last ", " next ", " this ", "’s ", "'s ", " their ", " its ", " ("))


def _count(said: str, words: CalendarWords) -> int:
    said = said.lower()
    return int(said) if said.isdigit() else words.numbers.get(said.removeprefix("a "), 2)
