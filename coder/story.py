"""How far a document's narrative has come: the date that its next undated sentence is about.

A story has a lasting date of the document's own time, and asides from it ("in 2013, ...", "last year") that
hold for a few sentences before it resumes. News is told from its lead: what its lead dates is what it comes
back to, and earlier days are asides. What is told in passing moves nothing: a relative clause, a stretch of
time, "the coup of 1 February", and a look back in the past perfect ("had promised it on 8 May"), which only
"the next day" may still count from.
"""

from __future__ import annotations

import re

from coder.date_found import Found
from coder.records import Dating, Sentence

# How long a date holds for what follows it, in sentences. Measured on annotated documents: shorter loses
# the dates of a told meeting, longer carries them into other matters.
HORIZON = 10
ASIDE = 3
RECENT = 400  # days before the document's time that its own story may reach back
_LEAD = 14  # days before publication that news may speak of in its lead

_STRETCHES = frozenset({"since", "until", "till", "by", "throughout", "during", "over", "within"})
_SUBORDINATE = re.compile(r"\b(?:which|who|whose|where|since|when|that)\b[^,;:—]*$")
_LOOKS_BACK = re.compile(r"\bhad\s(?:(?!to\b|a\b|an\b|no\b|the\b)\w+\s){1,3}")
_BACK_TO_MAIN = re.compile(
    r"(?:During|At|After|Before|Following|Ahead of|In)\s(?:the|their|both|his|her)\s(?:\w+\s)?"
    r"(?:summit|meeting|ceremony|talks|visit|call|conference|session|negotiations|conversation|signing)\b"
)


class Story:
    """The date that the narrative has reached."""

    def __init__(self, is_news: bool = False) -> None:
        self.is_news = is_news
        self.main: Dating | None = None
        self.main_no = 0
        self.aside: Dating | None = None
        self.aside_no = 0
        self.aside_opens = False  # it opened its sentence, and so may complete the dates of the next
        self.aside_looks_back = False  # undated sentences after it are not of its time
        self.has_lead = False

    def move_to(self, sentence: Sentence, anchor: Dating | None) -> None:
        """Begin the next sentence: under a chronology head, or with what it resumes."""
        if anchor is not None:
            if self.main is None or self.main.text != anchor.text:
                self.main, self.main_no, self.aside = anchor, sentence.no, None
        elif sentence.no - self.aside_no > ASIDE or (self.has_lead and _BACK_TO_MAIN.match(sentence.reading)):
            self.aside = None

    def resume(self) -> None:
        """Leave an aside: "on Monday" and "next month" speak of the document's own time."""
        self.aside = None

    def current(self) -> Dating | None:
        """Where the story stands."""
        return self.aside or self.main

    def current_day(self) -> Dating | None:
        """The last day it named: "a day later" does not count from an aside that names a year."""
        held = [d for d in (self.aside, self.main) if d is not None]
        return next((d for d in held if d.precision == "day"), held[0] if held else None)

    def rules_years(self, no: int) -> bool:
        return self.aside is not None and (no == self.aside_no or (self.aside_opens and no == self.aside_no + 1))

    def inherited(self, no: int, is_caption: bool = False) -> Dating | None:
        """What an undated sentence takes over; a caption illustrates the passage that it stands in."""
        aside = self.aside if not self.aside_looks_back or no == self.aside_no else None
        held = aside or (self.main if self.has_lead or is_caption or no - self.main_no <= HORIZON else None)
        return _bare(held) if held else None

    def tell(self, when: Dating, said: Found, sentence: Sentence, now: Dating | None) -> None:
        """Take a date as where the story now stands; not one told in passing, or as a stretch of time."""
        assert when.start is not None and when.end is not None
        before = sentence.reading[: said.start]
        looks_back = said.base == "story" and said.shift < 0
        in_passing = looks_back or before.count("(") > before.count(")") or _SUBORDINATE.search(before) is not None
        if in_passing or said.cue in _STRETCHES or said.shape in ("decade", "season"):
            return
        if said.is_attributive and (said.shape == "year" or said.cue == "of"):
            return
        if when.precision == "quarter" and self.main is not None:
            return
        held = self.main or (now if now is not None and now.precision == "day" else None)
        if when.precision != "day" and held is not None and covers(when, held):
            if held is self.main:
                self.aside, self.main_no = None, sentence.no
            return  # "2020 was a hard year" does not move a story that stands in December 2020
        if self._is_own(when, now):
            if self.is_news and self.main is None and when.precision == "day":
                self.has_lead = now is not None and now.end is not None and (now.end - when.start).days <= _LEAD
            self.main, self.main_no, self.aside = when, sentence.no, None
        else:
            self.aside, self.aside_no, self.aside_opens = when, sentence.no, said.start <= 12
            self.aside_looks_back = self.has_lead and _LOOKS_BACK.search(sentence.reading) is not None

    def _is_own(self, when: Dating, now: Dating | None) -> bool:
        """Whether a date is of the document's own story: recent, and in news not before its lead."""
        assert when.start is not None
        if when.precision not in ("day", "month"):
            return False
        if self.has_lead and self.main is not None and self.main.start is not None and when.start < self.main.start:
            return False
        if now is None or now.start is None or now.end is None:
            return True
        return (now.start - when.start).days <= RECENT and when.start <= now.end


def covers(wide: Dating, narrow: Dating) -> bool:
    """Whether one span of days lies within another."""
    if wide.start is None or wide.end is None or narrow.start is None or narrow.end is None:
        return False
    return wide.start <= narrow.start and narrow.end <= wide.end


def _bare(held: Dating) -> Dating:
    """A date as taken over from another sentence."""
    return Dating(held.start, held.end, held.precision, "text")
