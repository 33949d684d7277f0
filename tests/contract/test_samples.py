"""The samples are demo and yardstick at once: files, metadata and gold annotations must fit together."""

from __future__ import annotations

import csv
import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "sources" / "samples"
SEEDS = ROOT / "dbt_project" / "seeds"
FILES = sorted(path for path in SAMPLES.rglob("*") if path.suffix in {".txt", ".md"})
PRECISIONS = {"day", "month", "year", "unknown"}
STATUSES = {"occurred", "background", "future"}


def column(name: str, key: str) -> set[str]:
    with (SEEDS / name).open(encoding="utf-8", newline="") as handle:
        return {row[key] for row in csv.DictReader(handle)}


def gold() -> list[dict[str, Any]]:
    lines = (ROOT / "tests" / "golden" / "samples.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_there_are_enough_samples_in_both_formats() -> None:
    assert len(FILES) >= 12
    assert {path.suffix for path in FILES} == {".txt", ".md"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_each_sample_is_short_clean_and_described(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert 120 <= len(text.split()) <= 350
    assert "\r" not in text and text.endswith("\n")
    meta = yaml.safe_load(path.with_name(path.name + ".meta.yml").read_text(encoding="utf-8"))
    assert set(meta) == {"title", "publisher", "published", "language", "url"}
    assert isinstance(meta["published"], date)
    assert meta["publisher"].startswith("Comity Samples ")
    assert meta["url"].startswith("https://example.org/")


def test_no_metadata_without_a_document() -> None:
    assert {path.name for path in SAMPLES.rglob("*.meta.yml")} == {path.name + ".meta.yml" for path in FILES}


def test_gold_sentences_stand_in_their_documents() -> None:
    texts = {path.name: path.read_text(encoding="utf-8") for path in FILES}
    units = gold()
    assert len(units) >= 150
    assert max(Counter(unit["id"] for unit in units).values()) == 1
    for unit in units:
        assert unit["text"] in texts[unit["doc"]], unit["id"]
        assert unit["date"] == str(
            yaml.safe_load((SAMPLES / (unit["doc"] + ".meta.yml")).read_text(encoding="utf-8"))["published"]
        )


def test_gold_events_use_known_codes_and_sound_dates() -> None:
    codes = column("cameo_codes.csv", "event_code")
    actors = column("actors.csv", "actor_code") | column("organisations.csv", "actor_code")
    for unit in gold():
        seen = set()
        for event in unit["events"]:
            assert event["code"] in codes, unit["id"]
            assert {event["source"], event["target"]} <= actors, unit["id"]
            assert event["date_precision"] in PRECISIONS and event["status"] in STATUSES
            assert (event["date"] is None) is (event["date_precision"] == "unknown")
            if event["date"]:
                when = date.fromisoformat(event["date"])
                assert event["status"] == "future" or when <= date.fromisoformat(unit["date"]), unit["id"]
                assert when.day == 1 or event["date_precision"] == "day", unit["id"]
            key = (event["source"], event["target"], event["code"], event["date"])
            assert key not in seen, unit["id"]
            seen.add(key)


def test_gold_has_event_free_sentences_and_many_dyads() -> None:
    units = gold()
    silent = sum(not unit["events"] for unit in units)
    assert silent >= len(units) // 6
    dyads = {frozenset((e["source"], e["target"])) for unit in units for e in unit["events"]}
    assert len(dyads) >= 40
