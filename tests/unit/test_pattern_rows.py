"""Every pattern row is its own test: its example must code, its counterexample must not."""

from __future__ import annotations

import csv
from collections import Counter
from functools import cache

import pytest

from tests.coding import SEEDS, briefly, code_sentences


@cache
def rows(table: str) -> list[dict[str, str]]:
    with (SEEDS / table).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@cache
def coded() -> dict[str, list]:
    """All sentences of the table, parsed in one batch."""
    texts = list(dict.fromkeys(r[c] for r in rows("verb_patterns.csv") for c in ("example", "counterexample") if r[c]))
    return dict(zip(texts, code_sentences(texts), strict=True))


def test_every_row_has_an_example() -> None:
    assert [r["pattern_id"] for r in rows("verb_patterns.csv") if not (r["example"] and r["expected"])] == []


def test_examples_code_as_expected() -> None:
    wrong = []
    for row in rows("verb_patterns.csv"):
        found = {
            briefly(m) for m in coded()[row["example"]] if m.pattern_id == row["pattern_id"] and m.status == "occurred"
        }
        missing = [e for e in row["expected"].split("|") if e not in found]
        if missing:
            wrong.append(f"{row['pattern_id']}: {row['example']!r} lacks {missing}, has {sorted(found)}")
    assert wrong == []


def test_counterexamples_make_no_event_of_their_row() -> None:
    wrong = [
        f"{row['pattern_id']}: {row['counterexample']!r}"
        for row in rows("verb_patterns.csv")
        if row["counterexample"]
        and any(m.pattern_id == row["pattern_id"] and m.status == "occurred" for m in coded()[row["counterexample"]])
    ]
    assert wrong == []


@pytest.mark.parametrize("root", [f"{n:02}" for n in range(1, 21)])
def test_every_root_has_patterns(root: str) -> None:
    assert Counter(r["event_code"][:2] for r in rows("verb_patterns.csv"))[root] >= 5
