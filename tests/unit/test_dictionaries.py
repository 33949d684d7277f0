"""A wrong cell in any table is refused with file, row and column; the order of rows means nothing."""

from __future__ import annotations

import csv
import random
import shutil
from pathlib import Path

import pytest

from coder.dictionaries import load_dictionaries
from coder.errors import DictionaryError
from tests.coding import SEEDS, dictionaries


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    folder = tmp_path / "seeds"
    folder.mkdir()
    for path in SEEDS.glob("*.csv"):
        shutil.copy(path, folder)
    return folder


def change(path: Path, row: int, column: str, value: str) -> None:
    """Set one cell; rows count from 2, as a spreadsheet shows them."""
    with path.open(encoding="utf-8", newline="") as handle:
        table = list(csv.DictReader(handle))
    table[row - 2][column] = value
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(table[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)


@pytest.mark.parametrize(
    ("table", "column", "value", "says"),
    [
        ("verb_patterns.csv", "event_code", "0999", "not one of the allowed values"),
        ("verb_patterns.csv", "frame", "mutuall", "did you mean 'mutual'?"),
        ("verb_patterns.csv", "context", "objj:arms", "is not a slot"),
        ("verb_patterns.csv", "context", "obj:@nothing", "not a class"),
        ("verb_patterns.csv", "pattern_id", "Bad Id", "is not an id"),
        ("verb_patterns.csv", "trigger", "", "is empty"),
        ("actors.csv", "actor_code", "russia", "is not an ISO"),
        ("actors.csv", "start_date", "1991", "is not a date"),
        ("people.csv", "role", "KING", "not one of the allowed values"),
        ("organisations.csv", "kind", "club", "not one of the allowed values"),
        ("compositions.csv", "result", "99", "neither a CAMEO code"),
        ("governors.csv", "operator", "agre", "did you mean 'agree'?"),
    ],
)
def test_a_wrong_cell_names_its_place(seeds: Path, table: str, column: str, value: str, says: str) -> None:
    change(seeds / table, 3, column, value)
    with pytest.raises(DictionaryError) as caught:
        load_dictionaries(seeds)
    assert any(p.startswith(f"{table}:3:{column}: ") and says in p for p in caught.value.problems), (
        caught.value.problems
    )


def test_all_problems_are_reported_at_once(seeds: Path) -> None:
    change(seeds / "verb_patterns.csv", 2, "event_code", "0999")
    change(seeds / "actors.csv", 4, "end_date", "soon")
    (seeds / "roles.csv").unlink()
    with pytest.raises(DictionaryError) as caught:
        load_dictionaries(seeds)
    files = {p.split(":")[0] for p in caught.value.problems}
    assert {"verb_patterns.csv", "actors.csv", "roles.csv"} <= files


def test_row_order_changes_nothing(seeds: Path) -> None:
    for path in seeds.glob("*.csv"):
        lines = list(csv.reader(path.open(encoding="utf-8", newline="")))
        body = lines[1:]
        random.Random(7).shuffle(body)
        with path.open("w", encoding="utf-8", newline="") as handle:
            csv.writer(handle, lineterminator="\n").writerows([lines[0], *body])
    shuffled = load_dictionaries(seeds)
    assert shuffled.hash == dictionaries().hash
    text = "The U.S. president met Georgian and Turkish foreign ministers and NATO's Jens Stoltenberg in Washington."
    assert shuffled.gazetteer.find(text) == dictionaries().gazetteer.find(text)


def test_an_edited_cell_changes_the_hash(seeds: Path) -> None:
    change(seeds / "verb_patterns.csv", 2, "note", "seen again")
    assert load_dictionaries(seeds).hash != dictionaries().hash
