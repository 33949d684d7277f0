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
from coder.document_time import AHEAD, document_time, stated_time, undated_time
from coder.records import DateExpression, Dating, Precision, Sentence, SentenceDates
from coder.story import Story

# History is what lies a lifetime of politics back. Facts of twenty and of forty years before a document are
# told in it as events with their dates; those of the world wars are not.
BACKGROUND_YEARS = 50

_LEAD = 3  # sentences below a headline in which the day that it is about may be told
_NEWS_DAYS = 21  # a headline's news is no older

_TOLD = re.compile(r"\b(?:said|met|told|held|spoke|went|came|left|and|but|after|who|which)\b|[;—]|,\s\w+ed\b")
_ANNIVERSARY = re.compile(r"\banniversary\sof\b[^.;:]*$")
_FIRST = re.compile(r"\b(?:first|last|only|highest|lowest|largest|biggest|worst|best|most|unprecedented)\b[^.;:]*$")
_LOOSE_WEEKS = (0, -1, 1, -2, 2)


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
    frame = Frame(now, None, None, day_first)
    full = (resolve(one, frame) for one in said if one.shape in ("day", "numeric") and one.month and one.day)
    named = Counter(when.start for when in full if when is not None and when.start is not None)
    return _walk(sentences, found, heads, _Document(now, undated_time(now, found), day_first, named))


@dataclass(frozen=True, slots=True)
class _Document:
    """What holds for all sentences, or from a dateline on."""

    now: Dating | None
    undated: Dating
    day_first: bool
    named: Mapping[date, int]  # how often the document names each day in full

    @property
    def is_news(self) -> bool:
        """Whether the document reports on the days before it was published."""
        return self.undated.basis == "published" and self.undated.precision == "day"


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
    story = Story(document.is_news)
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
                story = Story(document.is_news)
            sentence = replace(sentence, anchor=anchor)
        story.move_to(sentence, anchor)
        if dates:
            answers.append(_own_dates(sentence, dates, story, document))
        else:
            default = anchor or story.inherited(sentence.no, sentence.kind == "caption") or document.undated
            answers.append(SentenceDates((), default, None, _is_background(default, document.now, anchor)))
        anchored.append(sentence)
    return tuple(anchored), tuple(_with_headlines(anchored, answers, document.now))


def _with_headlines(
    sentences: Sequence[Sentence], answers: list[SentenceDates], now: Dating | None
) -> list[SentenceDates]:
    """An undated headline tells what the story below it tells, and so has the day of its lead."""
    for no, sentence in enumerate(sentences):
        if sentence.kind != "headline" or sentence.anchor is not None or answers[no].expressions:
            continue
        for below in range(no + 1, min(no + 1 + _LEAD, len(sentences))):
            when = answers[below].default
            if sentences[below].kind == "headline" or sentences[below].anchor is not None:
                break
            if not answers[below].expressions:
                continue
            if when.precision == "day" and when.basis == "text" and when.start is not None:
                is_near = now is None or now.end is None or 0 <= (now.end - when.start).days <= _NEWS_DAYS
                if is_near:
                    answers[no] = replace(answers[no], default=replace(when, text=""), context=None)
            break
    return answers


def _own_dates(sentence: Sentence, dates: Sequence[Found], story: Story, document: _Document) -> SentenceDates:
    """The dates of a sentence that names some."""
    now, anchor = document.now, sentence.anchor
    context = anchor or story.inherited(sentence.no) or document.undated
    ahead = [match.end() for match in AHEAD.finditer(sentence.reading)]
    expressions: list[DateExpression] = []
    own: Dating | None = None
    passing: Dating | None = None
    outranks_head = False
    for said in dates:
        if said.base == "document" and said.shape in ("weekday", "unit"):
            story.resume()
        counts_days = said.shape in ("unit", "offset") and said.unit in ("day", "week")
        current = story.current_day() if counts_days else story.current()
        looks_ahead = any(_reaches(sentence.reading, end, said.start) for end in ahead)
        base = now
        if said.shape in ("unit", "offset") and _is_coarse(now) and story.main and story.main.precision == "day":
            base = story.main  # a text without a date counts "next month" from where its story stands
        frame = Frame(base, current, anchor, document.day_first, looks_ahead, story.rules_years(sentence.no))
        when = resolve(said, frame)
        if when is not None and said.shape == "weekday" and when.precision != "day":
            when = _weekday_of_story(said, when, story.main, document.named)
        if when is None or when.start is None:
            continue
        if said.shape == "offset" and said.unit == "week" and not said.is_vague:
            when = _loosely(when, current, said, document.named)
        is_ahead = when.start is not None and _is_ahead(said, when.start, base)
        is_apart = said.shape == "offset" and said.is_attributive and said.start > 4
        if (is_apart and (anchor or own)) or _is_of_another_time(sentence.reading, said):
            expressions.append(DateExpression(said.start, said.end, when, is_of_act=False))
            continue
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


def _is_ahead(said: Found, start: date, now: Dating | None) -> bool:
    """Whether a date is no date of an act that is told: later than the document.

    What the story counts from itself was told, where the document's time is only the latest it speaks of.
    """
    if now is None or now.end is None or (said.base == "story" and now.basis != "published"):
        return False
    return start > now.end


def _reaches(reading: str, will: int, said: int) -> bool:
    """Whether a word that looks ahead still governs a date behind it: no told act stands between the two."""
    return will <= said and _TOLD.search(reading, will, said) is None


def _is_coarse(now: Dating | None) -> bool:
    return now is None or now.precision in ("year", "quarter", "unknown")


def _is_of_another_time(reading: str, said: Found) -> bool:
    """Whether a year only measures: "the 70th anniversary of the 1950 treaty", "the first visit since 1979"."""
    before = reading[max(0, said.start - 60) : said.start]
    if _ANNIVERSARY.search(before) is not None:
        return said.shape != "day" or said.year is not None
    return said.cue == "since" and _FIRST.search(before) is not None


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


def _weekday_of_story(said: Found, when: Dating, day: Dating | None, named: Mapping[date, int]) -> Dating:
    """ "On Monday" in a text without a date: the Monday that it names by its date, else the first after its story."""
    assert when.start is not None and when.end is not None
    fits = [d for d in named if d.weekday() == said.day and when.start <= d <= when.end]
    if day is not None and day.precision == "day" and day.end is not None:
        near = [d for d in fits if abs((d - day.end).days) < 7]
        ahead = day.end + timedelta(days=((said.day or 0) - day.end.weekday()) % 7)
        best = near[0] if near else ahead if said.shift >= 0 else ahead - timedelta(days=7)
        return Dating(best, best, "day", "text", when.text)
    return Dating(fits[0], fits[0], "day", "text", when.text) if len(fits) == 1 else when


def _is_background(default: Dating, now: Dating | None, anchor: Dating | None) -> bool:
    """Whether a sentence tells history: never under a chronology head, where each date was put on purpose."""
    if anchor is not None or default.end is None or now is None or now.start is None:
        return False
    return default.end.year < now.start.year - BACKGROUND_YEARS
