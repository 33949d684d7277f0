"""The records that pass between the coder's modules. Plain frozen data: no behaviour beyond a derived property.

Two texts matter. A document's `text` is what was landed; every stored character span counts in it. A sentence's
`reading` is what a parser should see of it: Markdown links reduced to their labels, page breaks and hyphenation
undone, white space folded. `offsets` leads from the second back to the first, so no span is ever guessed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

Kind = Literal["headline", "caption", "body", "chronology"]
Precision = Literal["day", "month", "quarter", "year", "unknown"]
Basis = Literal["text", "anchor", "published", "unknown"]
Status = Literal["occurred", "future", "hypothetical", "negated", "background"]


@dataclass(frozen=True, slots=True)
class Dating:
    """When something was: first and last day, how exactly that is known, and from what.

    A month or year is stored as its first and last day with its precision; a range of days has precision day.
    """

    start: date | None
    end: date | None
    precision: Precision
    basis: Basis
    text: str = ""


UNDATED = Dating(None, None, "unknown", "unknown")


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """One document as the coder takes it. `published` may be None: many real files carry no date."""

    document_id: str
    text: str
    title: str | None = None
    published: date | None = None
    published_precision: Precision = "unknown"
    language: str | None = None
    publisher: str | None = None


@dataclass(frozen=True, slots=True)
class Sentence:
    """A unit of coding: a sentence, a headline, a caption or a chronology item."""

    no: int  # 0.. in reading order
    start: int  # characters in the document's text
    end: int  # exclusive
    kind: Kind
    text: str  # document.text[start:end], to the letter
    reading: str
    offsets: tuple[int, ...]  # document position of each character of `reading`; one more for its end
    anchor: Dating | None = None  # the date of the chronology head that the sentence stands under

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Characters start..end of `reading` as characters of the document."""
        return self.offsets[start], self.offsets[max(start, end - 1)] + 1 if end > start else self.offsets[start]


@dataclass(frozen=True, slots=True)
class DateExpression:
    """A date as it stands in a sentence, resolved: characters of `reading`, and what they mean."""

    start: int
    end: int
    dating: Dating
    is_of_act: bool = True  # false where it lies ahead of the document or only qualifies a noun ("the 2030 agenda")


@dataclass(frozen=True, slots=True)
class SentenceDates:
    """All dates of one sentence, and the date that holds for acts without one of their own."""

    expressions: tuple[DateExpression, ...]
    default: Dating
    context: Dating | None = None  # what would hold if the sentence had no date of its own; None: the default
    is_background: bool = False  # history told far from the document's own time


@dataclass(frozen=True, slots=True)
class Parse:
    """A dependency parse as parallel tuples over tokens; small, immutable, and cheap to store."""

    words: tuple[str, ...]
    lemmas: tuple[str, ...]
    tags: tuple[str, ...]  # Penn Treebank
    deps: tuple[str, ...]  # CLEAR labels, as spaCy's English models print them
    heads: tuple[int, ...]  # index of the governor; a root governs itself
    starts: tuple[int, ...]  # first character of each token in the parsed text


@dataclass(frozen=True, slots=True)
class Mention:
    """One coded event mention. Spans are characters of the document's text."""

    sentence_no: int
    source_actor: str
    source_role: str
    target_actor: str
    target_role: str
    event_code: str
    pattern_id: str
    decided_by: Literal["pattern", "model"]
    dating: Dating
    status: Status
    confidence: float
    source_span: tuple[int, int] | None
    target_span: tuple[int, int] | None
    verb_span: tuple[int, int] | None
    source_text: str
    target_text: str
    verb_text: str
    forum: str | None = None
    attribution: str | None = None
    symmetric_group: str | None = None


@dataclass(frozen=True, slots=True)
class Coding:
    """All that the coder found in one document."""

    document_id: str
    sentences: tuple[Sentence, ...]
    mentions: tuple[Mention, ...]
    parsed_count: int = 0  # sentences that were worth a parse
    notes: tuple[str, ...] = field(default=())
