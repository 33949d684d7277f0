"""Which texts a changed row touches: too many cost seconds, one too few keeps a coding that no longer holds."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import pytest

from coder.changes import SILENT, Change, TableRow, read_rows
from coder.dictionaries import TABLES, load_dictionaries
from coder.tables import Row


def row(table: str, **cells: str) -> TableRow:
    return TableRow(table, tuple(sorted(cells.items())))


IRAN = row("actors", actor_code="IRN", name="Iran", adjectives="Iranian|Iranians", capital="Tehran")
MEET = row("irregular_forms", lemma="meet", forms="met")


@pytest.mark.parametrize(
    ("changed", "touched", "untouched"),
    [
        (
            row("organisations", actor_code="IGOX", name="North Sea Forum", aliases="NSF"),
            ["the North\nSea Forum met", "NORTH SEA FORUM OPENS", "an NSF-led talk", "[North Sea](http://a.b) Forum"],
            ["the North Sea", "north sea forum", "a forum", "nsf"],
        ),
        (
            row("verb_patterns", pattern_id="p", trigger="meet up|re-arm", context="with:@ally", event_code="040"),
            ["They MET.", "no meeting", "it re-arms", "they _met_", "they m\u00adet", "meet-\ning"],
            ["metal", "a *met*aphor", "an ally", "arms", "up"],
        ),
        (row("agents", agent="sea captain", role="CVL"), ["Sea captains", "a sea captain"], ["captain", "the sea"]),
        (row("non_actors", phrase="china shop"), ["a China shop"], ["China", "a shop"]),
        (row("irregular_forms", lemma="draw", forms="drew|drawn"), ["drew", "withdrew"], ["a picture"]),
        # a name in capitals ends the reading of "IRAN" as Iran, and of a second word in capitals likewise
        (row("bodies", name="IRAN Air", actor_code="IRN"), ["IRAN said", "IRAN Air"], ["Iran said", "Air"]),
        (row("bodies", name="New YORK Times", actor_code="USA"), ["New YORK"], ["New York", "YORK"]),
    ],
    ids=lambda value: value.table if isinstance(value, TableRow) else "",
)
def test_a_row_touches_texts_with_its_words(changed: TableRow, touched: list[str], untouched: list[str]) -> None:
    for change in (Change([IRAN, MEET], [IRAN, MEET, changed]), Change([IRAN, MEET, changed], [MEET, IRAN])):
        assert [text for text in touched if not change.touches(text)] == []
        assert [text for text in untouched if change.touches(text)] == []
        assert change.rows == {changed.table: 1} and not change.everything


def test_of_an_edited_row_only_what_differs_counts() -> None:
    edited = row(
        "actors", actor_code="IRN", name="Iran", names="Persia", adjectives="Iranian|Iranians", capital="Tehran"
    )
    change = Change([IRAN], [edited])
    assert change.touches("Persia") and not change.touches("Iran, Iranians, Tehran")
    everywhere = Change([IRAN], [row(**{**dict(IRAN.cells), "table": "actors", "end_date": "2020-01-01"})])
    assert everywhere.touches("Tehran") and not everywhere.touches("Persia")


@pytest.mark.parametrize("table", sorted({*TABLES, "a_new_table"}))
def test_a_table_that_is_not_opened_touches_everything(table: str) -> None:
    change = Change([IRAN], [IRAN, row(table, lemma="x", name="x", phrase="x", agent="x", trigger="x")])
    opened = {"actors", "people", "organisations", "bodies", "places", "agents", "non_actors"}
    opened |= {"verb_patterns", "irregular_forms"}
    assert change.touches("nothing of this") is (table not in opened)


def test_nothing_changed_touches_nothing() -> None:
    change = Change([IRAN, MEET], [MEET, IRAN])
    assert change.is_silent and not change.touches("Iran met Iran")


def test_columns_called_silent_are_not_what_the_coder_reads(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Patterns carry their examples along, for those who explain them; nothing else may be read of these columns."""
    read: dict[str, set[str]] = defaultdict(set)
    real = Row.text

    def spy(self: Row, column: str, required: bool = True) -> str:
        read[self.where.partition(".csv")[0]].add(column)
        return real(self, column, required)

    monkeypatch.setattr(Row, "text", spy)
    load_dictionaries(project / "dbt_project" / "seeds", weights=None)
    read.pop("confidence")  # the coder's own, not a dictionary
    carried = {"verb_patterns": {"example", "expected", "counterexample"}}
    carried["governors"] = carried["verb_patterns"]
    assert read.keys() == set(TABLES)
    for table, columns in read.items():
        assert columns & set(SILENT.get(table, ())) <= carried.get(table, set()), table


def test_silent_columns_exist_and_rows_leave_them_out(project: Path) -> None:
    seeds = project / "dbt_project" / "seeds"
    for table, columns in SILENT.items():
        with (seeds / f"{table}.csv").open(encoding="utf-8", newline="") as handle:
            assert set(columns) <= set(next(csv.reader(handle))), table
    for found in read_rows(seeds):
        assert not {column for column, _ in found.cells} & set(SILENT.get(found.table, ()))
