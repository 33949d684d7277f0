"""A coder version that moves published months needs a note before its marts are published."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from coder import CODER_VERSION
from flows.publish import publish
from flows.published_months import recall_published_months
from flows.settings import Settings
from flows.warehouse import open_warehouse
from tests.faults import ask

CHECK = "dyad_months.a_new_coder_moves_little_unannounced"
NEXT = "9.9.9"


@pytest.fixture
def published(built: Settings) -> Settings:
    """A release of the present coder, and the warehouse that it was made of."""
    publish(built, "r1")
    return built


def test_months_are_recalled_only_while_the_coder_is_another(published: Settings) -> None:
    assert recall_published_months(published) == 0
    with open_warehouse(published) as con:
        row = con.execute("select count(*) from marts.dyad_months").fetchone()
    assert row is not None and row[0] > 0
    assert recall_published_months(published, NEXT) == row[0]
    assert recall_published_months(published, NEXT) == row[0], "and once, however often it is asked"
    with open_warehouse(published) as con:
        assert con.execute("select distinct coder_version from ops.published_months").fetchall() == [(CODER_VERSION,)]
    assert recall_published_months(published, CODER_VERSION) == 0


def test_without_a_release_there_is_nothing_to_compare(built: Settings) -> None:
    assert recall_published_months(built, NEXT) == 0


@pytest.mark.parametrize(
    ("moved_by", "documents", "note", "outcome"),
    [
        (0.6, 3, None, "failed"),
        (-0.6, 3, None, "failed"),
        (0.4, 3, None, "passed"),
        (0.6, 2, None, "passed"),
        (0.6, 3, NEXT, "passed"),
        (0.6, 3, "0.0.1", "failed"),
    ],
    ids=["up", "down", "a little", "too few documents", "with its note", "with the note of another"],
)
def test_a_move_needs_a_note(
    published: Settings, tmp_path: Path, moved_by: float, documents: int, note: str | None, outcome: str
) -> None:
    assert recall_published_months(published, NEXT)
    with open_warehouse(published) as con:
        con.execute("update ops.published_months set document_count = ?", [documents])
        con.execute(
            "update marts.dyad_months set coder_version = ?, document_count = ?, goldstein_mean = goldstein_mean + ?",
            [NEXT, documents, moved_by],
        )
        if note:
            con.execute("insert into staging.coder_versions values (?, 'It reads passives.')", [note])
        moved = con.execute(
            "select count(*) from marts.dyad_months where direction = 'both' and goldstein_mean is not null"
        ).fetchone()
    with duckdb.connect(str(tmp_path / "copy.duckdb")) as con:
        con.execute(f"attach '{published.warehouse_path}' as original (read_only)")
        for table in ("marts.dyad_months", "ops.published_months", "staging.coder_versions"):
            con.execute(f"create schema if not exists {table.split('.')[0]}")
            con.execute(f"create table {table} as from original.{table}")
    result = ask(tmp_path / "copy.duckdb", CHECK)
    assert (result.outcome, result.severity) == (outcome, "stop"), result.error
    if outcome == "failed":
        assert moved is not None and result.failing_count == moved[0]
        row = json.loads(json.dumps(result.failing_sample[0]))
        assert (row["coder_version_before"], row["coder_version"]) == (CODER_VERSION, NEXT)
        assert row["mean_after"] - row["mean_before"] == pytest.approx(moved_by)
