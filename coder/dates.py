"""When the acts of each sentence were: chronology heads, dates in the sentence, and what the document itself tells.

A document's own time is its publication date unless its text contradicts it. Extracted files often carry the date of
a scan, an upload or a volume: where five or more full dates of a text crowd into one year that ended nine months or
more before the stated publication, and next to none is nearer to it, the crowd is the document's time and the stated
date is not used to complete anything. A document without a publication date has the time of its dateline, else of the
crowd of its full dates, else of the latest plain year it speaks of; that much and no more (a year is no day).

An act without a date of its own has, in this order: the date of the chronology head above it; the first date in its
sentence that is not ahead of the document; the date that the narrative reached before it, as long as that is near; the
document's time; else nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from coder.calendar_words import Terms
from coder.date_expressions import Found, find_dates
from coder.date_resolution import Frame, month_end, resolve
from coder.records import UNDATED, DateExpression, Dating, Precision, Sentence, SentenceDates

ASIDE = 3
RECENT = 400
NEAR_DAYS = 14
_SPANS = frozenset("since until till by throughout during over within".split())
HORIZON = 10  # sentences for which a date said in the text holds for what follows it
BACKGROUND_YEARS = 10  # an own date that far before the document's time is history

_AHEAD = re.compile(r"\b(?:will|shall|plans? to|planned|due to|scheduled|expected to|is to|are to|upcoming|set to|going to)\b")
_SUBORDINATE = re.compile(r"\b(?:which|who|whose|where|since|when|that)\b[^,;:—]*$")
_CROWD = 5
_NINE_MONTHS = timedelta(days=270)


def date_sentences(
    sentences: Sequence[Sentence], published: date | None, published_precision: Precision, terms: Terms
) -> tuple[tuple[Sentence, ...], tuple[SentenceDates, ...]]:
    """The sentences with their anchors resolved, and the dates of each, in order."""
    found = [find_dates(sentence.reading, terms) for sentence in sentences]
    heads = {s.anchor.text: None for s in sentences if s.anchor is not None}
    for text in heads:
        said = find_dates(text, terms)
        heads[text] = said[0] if said else None
    day_first = _is_day_first(found, list(heads.values()))
    stated = _stated(published, published_precision)
    now = _document_time(sentences, found, heads, stated, day_first)
    return _walk(sentences, found, heads, now, day_first)


def _stated(published: date | None, precision: Precision) -> Dating | None:
    """The publication date as a dating that covers what its precision says."""
    if published is None:
        return None
    if precision == "month":
        start, end = published.replace(day=1), month_end(published.year, published.month)
    elif precision == "quarter":
        first = (published.month - 1) // 3 * 3 + 1
        start, end = date(published.year, first, 1), month_end(published.year, first + 2)
    elif precision == "year":
        start, end = date(published.year, 1, 1), date(published.year, 12, 31)
    else:
        start = end = published
    return Dating(start, end, "day" if precision == "unknown" else precision, "published")


def _is_day_first(found: list[list[Found]], heads: list[Found | None]) -> bool:
    """The order of 11/09/2020: what the document's unambiguous ones use; else day first, as most of the world."""
    votes = 0
    for date_said in (*(f for some in found for f in some), *(h for h in heads if h)):
        if date_said.shape == "numeric" and date_said.month and date_said.day:
            votes += (date_said.month > 12) - (date_said.day > 12)
    return votes >= 0


def _document_time(
    sentences: Sequence[Sentence],
    found: list[list[Found]],
    heads: dict[str, Found | None],
    stated: Dating | None,
    day_first: bool,
) -> Dating | None:
    """The stated publication, unless the text has none or another."""
    bare = Frame(None, None, None, day_first)
    full: list[date] = []
    years: list[int] = []
    for sentence, dates in zip(sentences, found, strict=True):
        anchor = sentence.anchor and heads.get(sentence.anchor.text)
        if sentence.anchor and sentence.anchor.basis == "anchor" and anchor and anchor.year:
            when = resolve(anchor, bare)
            if when and when.end:
                full.append(when.end)
        ahead = _AHEAD.search(sentence.reading) is not None
        for said in dates:
            if said.year is None or said.cue in ("by", "until", "till", "from", "to", "before", "after") or ahead:
                continue
            if said.shape in ("day", "numeric", "month"):
                when = resolve(said, bare)
                if when and when.end:
                    full.append(when.end)
            if not said.is_attributive and said.cue != "since" and said.shape != "decade":
                years.append(said.end_year or said.year)
    crowd = _crowd(full, stated)
    if stated is not None:
        assert stated.start
        if crowd and crowd[1] < stated.start - _NINE_MONTHS:
            return Dating(crowd[0], crowd[1], "quarter" if (crowd[1] - crowd[0]).days < 190 else "year", "text")
        return stated
    if crowd:
        return Dating(crowd[0], crowd[1], "quarter" if (crowd[1] - crowd[0]).days < 190 else "year", "text")
    if years:
        latest = max(years)
        if 1 <= latest <= 9998:
            return Dating(date(latest, 1, 1), date(latest, 12, 31), "year", "text")
    return None


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
    later = len(dates) - 1 - high
    if count < 0.6 * len(dates) or later > 0.1 * len(dates):
        return None
    return dates[low], dates[high]


def _walk(
    sentences: Sequence[Sentence],
    found: list[list[Found]],
    heads: dict[str, Found | None],
    now: Dating | None,
    day_first: bool,
) -> tuple[tuple[Sentence, ...], tuple[SentenceDates, ...]]:
    """Follow the narrative: resolve each sentence's dates against what was said before it."""
    anchored: list[Sentence] = []
    answers: list[SentenceDates] = []
    story = _Story()
    last_anchor: Dating | None = None
    undated = _fallback(now, found)
    named = Counter(
        date(said.year, said.month, said.day)
        for said in (*(heads.get(s.anchor.text) for s in sentences if s.anchor), *(f for some in found for f in some))
        if said and said.shape == "day" and said.year and said.month and said.day and said.day < 29
    )
    for sentence, dates in zip(sentences, found, strict=True):
        anchor: Dating | None = None
        if sentence.anchor is not None:
            head = heads.get(sentence.anchor.text)
            # Heads often name their year once; the next ones count from the one before.
            frame = Frame(now, last_anchor, None, day_first, story_rules_years=last_anchor is not None)
            when = resolve(head, frame) if head else None
            if sentence.anchor.basis == "published":
                if when is not None and when.precision == "day":
                    now, story = replace(when, basis="published", text=sentence.anchor.text), _Story()
                    undated = _fallback(now, found[sentence.no :])
            elif when is not None:
                anchor = last_anchor = replace(when, basis="anchor", text=sentence.anchor.text)
            sentence = replace(sentence, anchor=anchor)
        story.move_to(sentence, anchor)
        if not dates:
            default = anchor or story.inherited(sentence.no) or undated
            answers.append(SentenceDates((), default))
        else:
            answers.append(_own_dates(sentence, dates, story, now, anchor, undated, day_first, named))
        anchored.append(sentence)
    return tuple(anchored), tuple(answers)


def _fallback(now: Dating | None, found: Sequence[list[Found]]) -> Dating:
    """What remains for an act without any date: the document's time, no finer than the document speaks.

    A text that counts in days (weekdays, "yesterday", dates of the days before it) reports, and its undated acts are of
    its day. A comment that never does so puts them no nearer than its year.
    """
    if now is None or now.start is None or now.end is None:
        return UNDATED
    if now.basis == "published" and (now.precision != "day" or _counts_days(now, found)):
        return replace(now, text="")
    year = now.end.year
    return Dating(date(year, 1, 1), date(year, 12, 31), "year", now.basis)


def _counts_days(now: Dating, found: Sequence[list[Found]]) -> bool:
    frame = Frame(now, None, None)
    for said in (date_said for some in found for date_said in some):
        if said.shape == "weekday" or (said.shape == "unit" and said.unit == "day" and said.frame == "document"):
            return True
        if said.shape in ("day", "numeric"):
            when = resolve(said, frame)
            if when and when.start and now.start and abs((now.start - when.start).days) <= NEAR_DAYS:
                return True
    return False


class _Story:
    """The date that the narrative has reached: a lasting one of the document's own time, and asides to other times.

    An aside ("in 2013, ...", "last year") holds for the rest of its paragraph at most; then the story resumes.
    """

    def __init__(self) -> None:
        self.main: Dating | None = None
        self.main_no = 0
        self.aside: Dating | None = None
        self.aside_no = 0
        self.aside_leads = False  # opened its sentence, and so may complete the dates of the next

    def move_to(self, sentence: Sentence, anchor: Dating | None) -> None:
        if anchor is not None:
            if self.main is None or self.main.text != anchor.text:
                self.main, self.main_no, self.aside = anchor, sentence.no, None
        elif sentence.no - self.aside_no > ASIDE:
            self.aside = None

    def current(self) -> Dating | None:
        return self.aside or self.main

    def rules_years(self, no: int) -> bool:
        return self.aside is not None and (no == self.aside_no or (self.aside_leads and no == self.aside_no + 1))

    def inherited(self, no: int) -> Dating | None:
        held = self.aside or (self.main if no - self.main_no <= HORIZON else None)
        return replace(held, text="") if held else None

    def tell(self, when: Dating, said: Found, sentence: Sentence, now: Dating | None) -> None:
        """Take a date that was said as where the story stands, if it is one."""
        assert when.start and when.end
        no, before = sentence.no, sentence.reading[: said.start]
        if before.count("(") > before.count(")"):
            return
        if said.cue in _SPANS or said.shape in ("decade", "season") or said.is_attributive and said.shape == "year":
            return
        if said.frame == "story" and said.shift < 0:
            return  # a look back
        if _SUBORDINATE.search(before):
            return
        if when.precision == "quarter" and self.main is not None:
            return
        held = self.main or (now if now and now.precision == "day" else None)
        coarse = when.precision != "day"
        if coarse and held and held.start and held.end and when.start <= held.start and held.end <= when.end:
            if held is self.main:
                self.aside, self.main_no = None, no
            return  # "2020 was a hard year" does not move a story that stands in December 2020
        recent = now is None or now.start is None or now.end is None or (
            now.start - timedelta(days=RECENT) <= when.start <= now.end
        )
        if recent and when.precision in ("day", "month"):
            self.main, self.main_no, self.aside = when, no, None
        else:
            self.aside, self.aside_no, self.aside_leads = when, no, said.start <= 12


def _own_dates(
    sentence: Sentence,
    dates: list[Found],
    story: _Story,
    now: Dating | None,
    anchor: Dating | None,
    undated: Dating,
    day_first: bool,
    named: Mapping[date, int],
) -> SentenceDates:
    """The dates of a sentence that names some."""
    ahead = _AHEAD.search(sentence.reading) is not None
    expressions: list[DateExpression] = []
    own: Dating | None = None
    weak: Dating | None = None
    leads = False
    for said in dates:
        current = story.current()
        frame = Frame(now, current, anchor, day_first, ahead, story_rules_years=story.rules_years(sentence.no))
        when = resolve(said, frame)
        if when is None or when.start is None:
            continue
        if said.unit == "week" and said.shape == "offset":
            when = _loosely(when, current, said, named)
        expressions.append(DateExpression(said.start, said.end, when))
        if now is not None and now.end is not None and when.start > now.end:
            continue  # ahead of the document: no date of an act that is told
        if said.is_attributive and said.shape == "year":
            weak = weak or when
            continue
        if own is None:
            own = when
            leads = said.start <= 4 and (said.frame == "story" or said.year is not None) and when.precision == "day"
        story.tell(when, said, sentence, now)
    if anchor is not None:
        default = own if own is not None and leads else anchor
    else:
        default = own or weak or story.inherited(sentence.no) or undated
    return SentenceDates(tuple(expressions), default, _is_background(own, now, anchor))


def _loosely(when: Dating, base: Dating | None, said: Found, named: Mapping[date, int]) -> Dating:
    """Weeks are counted loosely: of the days around, the one that the document itself names most."""
    if base is None or base.precision != "day" or base.end is None or said.is_vague:
        return when
    exact = base.end + timedelta(weeks=said.shift)
    around = [exact + timedelta(days=n) for n in (0, -1, 1, -2, 2)]
    best = max(around, key=lambda day: named.get(day, 0))
    return Dating(best, best, "day", "text", when.text) if named.get(best, 0) > 1 else when


def _is_background(own: Dating | None, now: Dating | None, anchor: Dating | None) -> bool:
    if own is None or anchor is not None or own.end is None or now is None or now.start is None:
        return False
    return own.end.year < now.start.year - BACKGROUND_YEARS
