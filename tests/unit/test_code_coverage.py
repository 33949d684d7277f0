"""Which CAMEO codes no row of the tables can give, and why."""

from __future__ import annotations

import csv

from tests.coding import SEEDS

# Two digits name a family of acts; a row always knows at least which general act of it was done (010, 030, ...).
FAMILIES = {f"{root:02}": "a family, not an act" for root in range(1, 21)}


def column(table: str, name: str) -> set[str]:
    with (SEEDS / table).open(encoding="utf-8", newline="") as handle:
        return {row[name] for row in csv.DictReader(handle) if row.get("is_current", "1") == "1"}


def test_every_code_is_reached_or_has_its_reason() -> None:
    by_frame = {"042", "043", "044"}  # a visit's other side, and a meeting in a third country
    reached = column("verb_patterns.csv", "event_code") | column("compositions.csv", "result") | by_frame
    assert column("cameo_codes.csv", "event_code") - reached == set(FAMILIES)
