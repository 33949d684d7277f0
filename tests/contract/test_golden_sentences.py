"""The annotated sentences train and test the coder: a broken row would poison every figure made from them."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SEEDS = ROOT / "dbt_project" / "seeds"
GOLDEN = ROOT / "tests" / "golden"
FILES = sorted(GOLDEN.glob("sentences-[0-9][0-9].jsonl"))  # one for each root
MORE = sorted(set(GOLDEN.glob("sentences-*.jsonl")) - set(FILES))  # by construction, over all roots


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def column(name: str, key: str) -> set[str]:
    with (SEEDS / name).open(encoding="utf-8", newline="") as handle:
        return {row[key] for row in csv.DictReader(handle)}


def test_every_root_has_its_file() -> None:
    assert [path.stem for path in FILES] == [f"sentences-{number:02d}" for number in range(1, 21)]


def test_no_sentence_stands_twice() -> None:
    texts = [row["text"] for path in (*FILES, *MORE) for row in rows(path)]
    assert len(texts) == len(set(texts)) >= 1200


@pytest.mark.parametrize("path", (*FILES, *MORE), ids=lambda path: path.stem)
def test_rows_are_sound(path: Path) -> None:
    name = path.stem.removeprefix("sentences-")
    codes = column("cameo_codes.csv", "event_code")
    actors = column("actors.csv", "actor_code") | column("organisations.csv", "actor_code")
    units = rows(path)
    for number, unit in enumerate(units, 1):
        assert unit["id"] == f"s{name}-{number:03d}"
        date.fromisoformat(unit["date"])
        assert unit["source_text"] in unit["text"] and unit["target_text"] in unit["text"], unit["id"]
        assert unit["source_text"] != unit["target_text"], unit["id"]
        for event in unit["events"]:
            assert event["code"] in codes, unit["id"]
            assert {event["source"], event["target"]} <= actors, unit["id"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_root_has_many_sentences_and_some_without_events(path: Path) -> None:
    root, units = path.stem[-2:], rows(path)
    assert len(units) >= 60
    assert 0.15 <= sum(not unit["events"] for unit in units) / len(units) <= 0.25
    assert all(unit["events"][0]["code"].startswith(root) for unit in units if unit["events"])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_current_code_of_the_root_occurs(path: Path) -> None:
    root = path.stem[-2:]
    with (SEEDS / "cameo_codes.csv").open(encoding="utf-8", newline="") as handle:
        wanted = {
            row["event_code"]
            for row in csv.DictReader(handle)
            if row["event_root"] == root and row["is_current"] == "1" and row["level"] != "1"
        }
    assert wanted == {event["code"] for unit in rows(path) for event in unit["events"]} & wanted
