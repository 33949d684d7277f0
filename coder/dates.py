"""When the acts of each sentence were: chronology heads, dates in the sentence, and how far the story has
come.

An act without a date of its own has, in this order: a day of its sentence that counts from the chronology
head above it ("the next day") or names its year first; the date of that head; the first date in its
sentence that is not ahead of the document; the date that the narrative reached before it, as long as that
is near; the document's time (see `coder.document_time`); else nothing. A month without a year is of the
head's year, or of an aside's that has just been opened ("In 1991, ..."), or the last such month before the
document's time.

Basis "text" means that the date is said or was reached in the text, also where publication completed it;
"published" stands only where the publication date itself is all there is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from coder.calendar_words import Terms
from coder.date_expressions import find_dates
from coder.date_found import Found
from coder.date_grammar import date_grammar
from coder.date_resolution import Frame, resolve
from coder.document_time import AHEAD, document_time, latest_told, stated_time, undated_time
from coder.records import DateExpression, Dating, Precision, Sentence, SentenceDates

# How long a date holds for what follows it, in sentences. Measured on annotated documents: shorter loses
# the dates of a told meeting, longer carries them into other matters.
HORIZON = 10
ASIDE = 3
RECENT = 400  # days before the document's time that its own story may reach back
# History is what lies a lifetime of politics back. Facts of twenty and of forty years before a document are
# told in it as events with their dates; those of the world wars are not.
BACKGROUND_YEARS = 50

_LOOSE_WEEKS = (0, -1, 1, -2, 2)
_STRETCHES = frozenset({"since", "until", "till", "by", "throughout", "during", "over", "within"})
_SUBORDINATE = re.compile(
    r"\b(?:which|who|whose|where|since|when|that)\b[^,;:—]*$|"
    r",\s(?:\w+ly\s|first\s)?[a-z]+(?:ed|en|wn|de|ght|ld)\s(?:\w+\s){0,4}?(?:in|on|by|at)\s(?:the\s)?$"  # ", signed in Oslo in"
)


def date_sentences(
    sentences: Sequence[Sentence], published: date | None, published_precision: Precision, terms: Terms
) -> tuple[tuple[Sentence, ...], tuple[SentenceDates, ...]]:
    """The sentences with their anchors resolved, and the dates of each, in order."""
    grammar = date_grammar(terms)
    found = [find_dates(sentence.reading, grammar) for sentence in sentences]
    heads: dict[str, Found | None] = {}
    for sentence in sentences:
        if sentence.anchor is not None and sentence.anchor.text not in heads:
            heads[sentence.anchor.text] = next(iter(find_dates(sentence.anchor.text, grammar)), None)
    said = [one for dates in found for one in dates]
    said += [head for s in sentences if s.anchor is not None and (head := heads[s.anchor.text]) is not None]
    day_first = _is_day_first(said)
    now = document_time(sentences, found, heads, stated_time(published, published_precision), day_first)
    named = Counter(
        date(one.year, one.month, one.day)
        for one in said
        if one.shape == "day" and one.year and one.month and one.day and one.month <= 12 and one.day <= 28
    )
    latest = latest_told(now, sentences, found) if now is not None and now.precision == "year" else None
    return _walk(sentences, found, heads, _Document(now, undated_time(now, found), day_first, latest, named))


@dataclass(frozen=True, slots=True)
class _Document:
    """What holds for all sentences, or from a dateline on."""

    now: Dating | None
    undated: Dating
    day_first: bool
    latest: date | None  # the last month it tells of, where its own time is no finer than a year
    named: Mapping[date, int]  # how often the document names each day in full


def _is_day_first(said: Sequence[Found]) -> bool:
    """The order of 11/09/2020: that of the document's unambiguous ones; else day first, as in most places."""
    votes = 0
    for one in said:
        if one.shape == "numeric" and one.month is not None and one.day is not None:
            votes += (one.month > 12) - (one.day > 12)
    return votes >= 0


def _walk(
    sentences: Sequence[Sentence],
    found: Sequence[Sequence[Found]],
    heads: Mapping[str, Found | None],
    document: _Document,
) -> tuple[tuple[Sentence, ...], tuple[SentenceDates, ...]]:
    """Follow the narrative: resolve each sentence's dates against what was said before it."""
    anchored: list[Sentence] = []
    answers: list[SentenceDates] = []
    story = _Story()
    last: Dating | None = None
    for sentence, dates in zip(sentences, found, strict=True):
        anchor: Dating | None = None
        if sentence.anchor is not None:
            head = heads[sentence.anchor.text]
            # Heads often name their year once; the next ones count from the one before.
            frame = Frame(document.now, last, None, document.day_first, story_rules_years=last is not None)
            when = resolve(head, frame) if head is not None else None
            if when is None:
                pass
            elif sentence.anchor.basis == "anchor":
                anchor = last = replace(when, basis="anchor", text=sentence.anchor.text)
            elif when.precision == "day":
                now = replace(when, basis="published", text="")
                document = replace(document, now=now, undated=undated_time(now, found[sentence.no :]))
                story = _Story()
            sentence = replace(sentence, anchor=anchor)
        story.move_to(sentence, anchor, document.undated.precision == "day")
        if dates:
            answers.append(_own_dates(sentence, dates, story, document))
        else:
            default = anchor or story.inherited(sentence.no) or document.undated
            answers.append(SentenceDates((), default, None, _is_background(default, document.now, anchor)))
        anchored.append(sentence)
    return tuple(anchored), tuple(answers)


class _Story:
    """The date that the narrative has reached: a lasting one of the document's time, and asides to others.

    An aside ("in 2013, ...", "last year") holds for a few sentences; then the story resumes where it was.
    """

    def __init__(self) -> None:
        self.main: Dating | None = None
        self.main_no = 0
        self.aside: Dating | None = None
        self.aside_no = 0
        self.aside_opens = False  # it opened its sentence, and so may complete the dates of the next

    def move_to(self, sentence: Sentence, anchor: Dating | None, reports: bool) -> None:
        """Go on to a sentence. A report looks back within a sentence, a comment for a stretch."""
        if anchor is not None:
            if self.main is None or self.main.text != anchor.text:
                self.main, self.main_no, self.aside = anchor, sentence.no, None
        elif sentence.no - self.aside_no > (0 if reports and not self.aside_opens else ASIDE):
            self.aside = None

    def current(self) -> Dating | None:
        return self.aside or self.main

    def rules_years(self, no: int) -> bool:
        return self.aside is not None and (no == self.aside_no or (self.aside_opens and no == self.aside_no + 1))

    def inherited(self, no: int) -> Dating | None:
        held = self.aside or (self.main if no - self.main_no <= HORIZON else None)
        return replace(held, text="", basis="text") if held else None

    def tell(self, when: Dating, said: Found, sentence: Sentence, now: Dating | None) -> None:
        """Take a date as where the story now stands; not one told in passing, or as a stretch of time."""
        assert when.start is not None and when.end is not None
        before = sentence.reading[: said.start]
        looks_back = said.base == "story" and said.shift < 0
        in_passing = looks_back or before.count("(") > before.count(")") or _SUBORDINATE.search(before) is not None
        if in_passing or said.cue in _STRETCHES or said.shape in ("decade", "season"):
            return
        if (said.is_attributive and said.shape == "year") or (when.precision == "quarter" and self.main is not None):
            return
        held = self.main or (now if now is not None and now.precision == "day" else None)
        if when.precision != "day" and held is not None and _covers(when, held):
            if held is self.main:
                self.aside, self.main_no = None, sentence.no
            return  # "2020 was a hard year" does not move a story that stands in December 2020
        is_own = (
            now is None
            or now.start is None
            or now.end is None
            or ((now.start - when.start).days <= RECENT and when.start <= now.end)
        )
        if is_own and when.precision in ("day", "month"):
            self.main, self.main_no, self.aside = when, sentence.no, None
        else:
            self.aside, self.aside_no, self.aside_opens = when, sentence.no, said.start <= 12


def _covers(wide: Dating, narrow: Dating) -> bool:
    if wide.start is None or wide.end is None or narrow.start is None or narrow.end is None:
        return False
    return wide.start <= narrow.start and narrow.end <= wide.end


def _own_dates(sentence: Sentence, dates: Sequence[Found], story: _Story, document: _Document) -> SentenceDates:
    """The dates of a sentence that names some."""
    now, anchor = document.now, sentence.anchor
    context = anchor or story.inherited(sentence.no) or document.undated
    looks_ahead = AHEAD.search(sentence.reading) is not None
    expressions: list[DateExpression] = []
    own: Dating | None = None
    passing: Dating | None = None
    outranks_head = False
    for said in dates:
        current = story.current()
        frame = Frame(now, current, anchor, document.day_first, looks_ahead, story.rules_years(sentence.no), document.latest)
        when = resolve(said, frame)
        if when is None or when.start is None:
            continue
        if said.shape == "offset" and said.unit == "week" and not said.is_vague:
            when = _loosely(when, current, said, document.named)
        is_ahead = now is not None and now.end is not None and when.start is not None and when.start > now.end
        is_label = said.is_attributive and said.shape == "year"
        expressions.append(DateExpression(said.start, said.end, when, is_of_act=not (is_ahead or is_label)))
        if is_ahead:
            continue  # no date of an act that is told
        if is_label:
            passing = passing or when
            continue
        if own is None:
            own = when
            is_placed = said.base == "story" or said.year is not None
            outranks_head = said.start <= 4 and is_placed and when.precision == "day"
        story.tell(when, said, sentence, now)
    if anchor is not None:
        default = own if own is not None and outranks_head else anchor
    else:
        default = own or passing or story.inherited(sentence.no) or document.undated
    return SentenceDates(tuple(expressions), default, context, _is_background(default, now, anchor))


def _loosely(when: Dating, base: Dating | None, said: Found, named: Mapping[date, int]) -> Dating:
    """Weeks are counted loosely: of the days around, the one that the document itself names most."""
    if base is None or base.end is None or base.precision != "day":
        return when
    try:
        exact = base.end + timedelta(weeks=said.shift)
        best = max((exact + timedelta(days=n) for n in _LOOSE_WEEKS), key=lambda day: named.get(day, 0))
    except OverflowError:
        return when
    return Dating(best, best, "day", "text", when.text) if named.get(best, 0) > 1 else when


def _is_background(default: Dating, now: Dating | None, anchor: Dating | None) -> bool:
    """Whether a sentence tells history: never under a chronology head, where each date was put on purpose."""
    if anchor is not None or default.end is None or now is None or now.start is None:
        return False
    return default.end.year < now.start.year - BACKGROUND_YEARS
