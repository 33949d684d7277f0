"""The ways in which English says a date, as patterns: one for those that open with a figure, some for the
others.

Each way is one named alternative, and the name of the one that matched is how `coder.date_expressions`
knows what it has before it. The patterns are tried only where a word or figure stands that a date can begin
with.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from coder.calendar_words import CalendarWords, HashedTerms, Terms, alternation, calendar_words, hashed, is_short

SHIFTS = {
    "this": 0, "current": 0, "same": 0, "that": 0, "late": 0, "early": 0, "the": 0,
    "last": -1, "past": -1, "previous": -1, "preceding": -1, "prior": -1,
    "next": 1, "coming": 1, "following": 1, "ensuing": 1, "subsequent": 1, "upcoming": 1,
}  # fmt: skip
ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "last": 4, "final": 4,
    "1st": 1, "2nd": 2, "3rd": 3, "4th": 4,
}  # fmt: skip
_UNITS = "day|week|weekend|fortnight|month|quarter|year|decade"
_TRIGGERS = """
    day days eve week weeks weekend month months year years decade decades quarter half fortnight today tonight
    yesterday tomorrow morning afternoon evening night
"""
_OPENERS = """
    early mid late middle beginning start end close eve earlier later opening closing first second third
    fourth final few several some many couple day night week month year today tonight yesterday tomorrow q
"""


@dataclass(frozen=True, slots=True)
class DateGrammar:
    """Compiled ways of saying a date."""

    words: CalendarWords
    at_figure: re.Pattern[str]
    openers: Mapping[str, re.Pattern[str]]  # words that a date can begin with, and the ways that begin so
    opening: re.Pattern[str]  # a figure or an opener
    triggers: frozenset[str]  # without a figure or one of these words, a text says no date
    short_months: frozenset[str]  # abbreviations: doubtful when written without their point


@lru_cache(maxsize=8)
def _compiled(terms: HashedTerms) -> DateGrammar:
    words = calendar_words(terms)
    month, weekday, number = words.month, words.weekday, words.number
    figure = r"\d{1,2}(?:st|nd|rd|th)?(?![\d%]|[,.]\d|:\d|\s?(?:percent|per\scent))"
    year = r"(?:1\d|20|21)\d\d(?!\d|,\d{3}|\.\d|%)"
    to = r"\s?(?:[-–—‑/]|to|and|until|till|through|or)\s?"
    which = r"(?:,?\s(?i:(?:of\s)?(?P<{}>this|last|next|that|the\s(?:following|previous|same))\syear)\b)"
    part = r"(?i:(?:early|mid|late|middle\sof|beginning\sof|start\sof|end\sof)[\s-](?:the\s)?)"
    season = rf"(?i:{alternation(words.seasons)})\b"
    # "two weeks ago" opens with a figure as often as with a word.
    ago = rf"""(?P<ago>(?i:(?:(?P<ov>(?:a\s)?few|several|some|many)|(?P<on>(?:a\s)?couple(?:\sof)?|{number}))
        (?:\sand\sa\shalf)?(?:\s(?:full|short|more))?[\s-](?P<ou>{_UNITS})s?\s
        (?P<od>ago|earlier|later|before|after|previously|afterwards?|prior|on)\b(?!\sthan)))"""
    at_figure = rf"""
      (?P<iso>(?P<iy>(?:1\d|20)\d\d)-(?P<im>\d\d)-(?P<id>\d\d)(?!\d))
    | (?P<num>(?P<na>\d{{1,2}})(?P<ns>[./-])(?P<nb>\d{{1,2}})(?P=ns)(?P<ny>(?:19|20)\d\d)(?!\d))
    | (?P<dmy>(?P<d1>{figure})(?:{to}(?P<d2>{figure}))?\s(?:(?:day\s)?of\s)?(?P<m1>{month})
        (?:{to}(?P<d3>{figure})\s(?:of\s)?(?P<m2>{month}))?(?:(?:,\s?|\s)(?P<y1>{year})|{which.format("w1")})?)
    | {ago}
    | (?P<ordinal>(?i:(?P<qo>[1-4](?:st|nd|rd|th))[\s-](?P<qu>quarter|half))
        (?:\s(?:of|in)\s(?:(?P<qy>{year})|(?i:(?P<qw>this|last|next|the)\syear)))?)
    | (?P<q>(?P<qm>[1-4])Q\s?(?P<qz>{year}))
    | (?P<decade>(?P<dy>(?:1\d|20)\d0)['’]?s\b)
    | (?P<years>(?P<ya>{year})\s?(?:[-–—/]|\band\b|\bto\b)\s?(?P<yb>{year}|\d\d(?![\d\w])))
    | (?P<year>(?P<yc>{year}))
    """
    shift = "|".join(word for word in SHIFTS if word not in ("late", "early", "the"))
    ways = {
        "mdy": rf"""(?P<mdy>(?:{weekday},?\s)?{part}?(?P<m1>{month})\s{{0,2}}(?P<d1>{figure})
        (?:{to}(?:(?P<m2>{month})\s)?(?P<d2>{figure}))?(?:(?:,\s?|\s)(?P<y1>{year})|{which.format("w1")})?)""",
        "dmy": rf"""(?P<dmy>{weekday},?\s(?:the\s)?(?P<d3>{figure})\s(?:of\s)?(?P<m3>{month})
        (?:(?:,\s?|\s)(?P<y2>{year})|{which.format("w2")})?)""",
        "my": rf"""(?P<my>(?P<mp>{part})?(?P<m5>{month})(?:(?:\s(?P<y5>{year}))?{to}(?P<m6>{month}))?
        (?:(?:,\s?|\s(?:of\s)?)(?P<y3>{year})|{which.format("w3")})?)""",
        "named": rf"""(?P<named>(?P<nd>{words.named_day})(?:,?\s(?:of\s)?(?P<y4>{year}))?)""",
        "ordinal": rf"""(?P<ordinal>(?i:(?P<qo>first|second|third|fourth|last|final)[\s-](?P<qu>quarter|half))
        (?:\s(?:of|in)\s(?:(?P<qy>{year})|(?i:(?P<qw>this|last|next|the)\syear)))?)""",
        "q": rf"""(?P<q>Q(?P<qn>[1-4])(?:,?\s(?:of\s)?(?P<qz>{year}))?)""",
        "season": rf"""(?P<season>(?i:(?:this|last|next|that|early|late|mid)[\s-])?(?P<sn>{season})
        \s(?:of\s)?(?P<sy>{year}))""",
        "pointedseason": rf"""(?P<pointedseason>(?i:(?P<sx>this|last|next))\s(?P<so>{season}))""",
        "months": rf"""(?P<months>(?i:(?P<mo>last|final|closing|first|opening|early)\s
        (?:(?:few|several|two|three|four|couple\sof)\s)?(?:months|weeks|days)\sof)\s
        (?:(?P<mz>{year})|the\syear\b|(?i:(?P<mw>this|last))\syear\b))""",
        "decade": r"""(?P<decade>(?i:early|mid|late)[\s-](?:the\s)?(?P<dy>(?:1\d|20)\d0)['’]?s\b)""",
        "yearpart": rf"""(?P<yearpart>(?i:(?P<yp>early|mid|late|(?:end|close|beginning|start|middle|eve)\sof))
        [\s-](?P<yd>{year}))""",
        "ago": ago,
        "beside": r"""(?P<beside>(?i:(?<=\bthe\s)(?P<bu>day|night|week|month|year)\s
        (?P<bd>before|after|earlier|later)\b))""",
        "eve": r"""(?P<eve>(?i:eve\sof\s(?:the|their|his|her|its|a|this)\s(?:[\w’'-]+\s){0,3}?
        (?:summit|meeting|talks|visit|trip|conference|session|forum|negotiations|ceremony)\b))""",
        "within": r"""(?P<within>(?i:(?:earlier|later)\s
        (?:in\sthe|on\sthe\ssame|the\ssame|that|this|on\sthat)\s(?P<iu>day|week|month|year)\b))""",
        "weekday": rf"""(?P<weekday>(?i:(?P<ws>last|next|this|late|early|past|coming|following)\s
        (?:late\s|early\s)?)?(?P<wd>{weekday})(?!\w))""",
        "unit": rf"""(?P<unit>(?i:(?P<us>{shift})\s(?P<uu>{_UNITS}|morning|afternoon|evening|night)\b
        (?!\s(?:of|and|or)\s(?:the\s)?(?:{year}|{month}))(?!['’]?-)))""",
        "today": r"""(?P<today>(?i:(?P<tw>today|tonight|yesterday|tomorrow)\b
        (?!['’]s\s(?:world|youth|generation)|-)))""",
        "end": r"""(?P<end>(?i:(?:(?:end|close)\sof\s(?P<ew>the|this|last|next)\s(?P<eu>year|month)
        |year[’']?s?[\s-]end)\b))""",
    }
    free = r"(?<![\w$€£¥/])(?<!\d[.,])"

    def pattern(*names: str) -> re.Pattern[str]:
        return re.compile(rf"{free}(?:{'|'.join(ways[name] for name in names)})", re.VERBOSE)

    at_month, at_weekday = pattern("named", "mdy", "my"), pattern("mdy", "dmy", "weekday")
    at_shift = pattern("season", "pointedseason", "months", "ordinal", "weekday", "unit")
    at_other, at_number, at_unit = pattern(*ways), pattern("ago"), pattern("beside", "end")
    openers = dict.fromkeys(_OPENERS.split(), at_other)
    openers |= dict.fromkeys(words.seasons, pattern("season"))
    openers |= dict.fromkeys((word.split()[0] for word in words.days), pattern("named"))
    openers |= dict.fromkeys((word for word in SHIFTS if word not in ("late", "early", "the")), at_shift)
    openers |= dict.fromkeys((word for word in words.numbers if " " not in word), at_number)
    openers |= dict.fromkeys(("day", "night", "week", "month", "year"), at_unit)
    openers |= dict.fromkeys(words.months, at_month)
    openers |= dict.fromkeys(words.weekdays, at_weekday)
    triggers = {*_TRIGGERS.split(), *words.months, *words.weekdays, *words.seasons}
    triggers |= {word.split()[-1] for word in words.days}
    return DateGrammar(
        words=words,
        at_figure=re.compile(rf"{free}(?:{at_figure})", re.VERBOSE),
        openers=openers,
        opening=re.compile(rf"\b(?:\d|q(?=[1-4])|{_branching(openers)}\b)", re.IGNORECASE),
        triggers=frozenset(word + stop for word in triggers for stop in ("", *',.;:!?)”"')),
        short_months=frozenset(word for word in words.months if is_short(word, words.months)),
    )


def _branching(words: Iterable[str]) -> str:
    """The words as one alternation, branched by first letter: the engine skips all branches but one."""
    by_letter: dict[str, list[str]] = {}
    for word in sorted(words, key=lambda word: (-len(word), word)):
        by_letter.setdefault(word[0], []).append(re.escape(word[1:]))
    return "(?:" + "|".join(f"{letter}(?:{'|'.join(rest)})" for letter, rest in sorted(by_letter.items())) + ")"


def date_grammar(terms: Terms) -> DateGrammar:
    """The grammar for a dictionary's terms."""
    return _compiled(hashed(terms))
