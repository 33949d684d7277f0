"""The dbt project on a small warehouse made by hand (tests/fixtures/small_warehouse.sql): what its marts say,
that a rebuild says it again, and that each broken row of tests/fixtures/planted_faults.txt meets its test."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb
import pytest

from tests.faults import PAGE, WARNING_TESTS, broken_rows, broken_table, in_page

ROOT = Path(__file__).resolve().parents[2]
PROJECT = ROOT / "dbt_project"
MARTS = ("actors", "documents", "dyad_days", "dyad_month_scores", "dyad_months", "dyad_years")
MARTS += ("event_codes", "event_mentions", "events", "origin_months", "publisher_months")

# What other people's queries rely on: these columns, first and in this order.
PROMISED = {
    "events": "event_id event_date event_date_end date_precision source_actor target_actor event_code"
    " event_root quad_class goldstein mention_count document_count confidence origin",
    "event_mentions": "mention_id event_id document_id sentence_text char_start char_end source_actor"
    " source_role target_actor target_role event_code event_date date_precision date_basis event_status"
    " pattern_id confidence",
    "documents": "document_id source_id uri title publisher published_date text",
    "dyad_months": "actor_a actor_b direction month event_count mention_count document_count coop_verbal"
    " coop_material conf_verbal conf_material goldstein_sum goldstein_mean net_ratio",
}


def dbt(warehouse: Path, *arguments: str, project: Path = PROJECT) -> Any:
    """Run dbt in this process, as the build flow does; what it writes stays beside the warehouse."""
    from dbt.cli.main import dbtRunner

    call = [
        *arguments,
        *(
            "--project-dir",
            str(project),
            "--profiles-dir",
            str(project),
            "--quiet",
            "--log-level-file",
            "none",
        ),
        *("--target-path", str(warehouse.parent / "target"), "--log-path", str(warehouse.parent / "logs")),
    ]
    with patch.dict(os.environ, COMITY_WAREHOUSE=str(warehouse)):
        result = dbtRunner().invoke(call)
    assert result.exception is None, result.exception
    return result.result


def ask(warehouse: Path, query: str) -> list[tuple[Any, ...]]:
    """Rows of the built file."""
    with duckdb.connect(str(warehouse), read_only=True) as con:
        return con.execute(query).fetchall()


def contents(warehouse: Path) -> dict[str, list[str]]:
    """All rows of all marts, in an order of their own."""
    return {mart: sorted(map(repr, ask(warehouse, f"from marts.{mart}"))) for mart in MARTS}


def complaints(result: Any, warehouse: Path) -> dict[str, str]:
    """What went wrong in a build, with the first rows that a failed test found."""
    found = {}
    for item in result:
        if item.status in ("fail", "warn"):
            found[item.node.name] = str(ask(warehouse, f"from ({item.node.compiled_code}) limit 5"))
        elif item.status not in ("success", "pass"):
            found[item.node.name] = f"{item.status} {item.message}"
    return found


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The built warehouse, and the nodes that built it by their name."""
    path = tmp_path_factory.mktemp("built") / "warehouse.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute((ROOT / "flows" / "schema.sql").read_text(encoding="utf-8"))
        con.execute((ROOT / "tests" / "fixtures" / "small_warehouse.sql").read_text(encoding="utf-8"))
    before = set(PROJECT.rglob("*"))
    result = dbt(path, "build")
    assert complaints(result, path) == {}
    assert set(PROJECT.rglob("*")) == before, "dbt wrote into the project"
    return path, {item.node.name: item.node for item in result}


@pytest.fixture(scope="module")
def warehouse(built: tuple[Path, dict[str, Any]]) -> Path:
    return built[0]


def test_marts_have_the_promised_columns_first(warehouse: Path) -> None:
    tables = ask(
        warehouse, "select table_name, table_type from information_schema.tables where table_schema = 'marts'"
    )
    assert sorted(tables) == [(mart, "BASE TABLE") for mart in MARTS]
    for mart, columns in PROMISED.items():
        found = [row[0] for row in ask(warehouse, f"select column_name from (describe marts.{mart})")]
        assert found[: len(columns.split())] == columns.split()


ANSWERS = [  # what is asked, the query, its rows
    (
        "one act told three times, once in a copy, is one event",
        "select event_code, mention_count, document_count, publisher_count, goldstein, quad_class, origin"
        " from marts.events where event_code = '057' order by mention_count",
        [("057", 1, 1, 1, 8.0, 1, "comity"), ("057", 3, 2, 3, 8.0, 1, "comity")],
    ),
    (
        "every mention leads to its event",
        "select list(mention_id order by mention_id) as mentions from marts.event_mentions"
        " where event_id is not null group by event_id order by mentions",
        [
            (["m01", "m05", "m07"],),
            (["m02"],),
            (["m04"],),
            (["m06", "m08"],),
            (["m09"],),
            (["m10"],),
            (["m11"],),
        ],
    ),
    (
        "an undated act is one event per original document",
        "select event_date, mention_count, document_count from marts.events where event_code = '040'",
        [(None, 2, 1)],
    ),
    (
        "what did not occur is kept and not counted",
        "select event_status, event_id from marts.event_mentions where event_code = '043'",
        [("future", None)],
    ),
    (
        "only the current coding counts",
        "select count(*) from marts.event_mentions where mention_id = 'm12'",
        [(0,)],
    ),
    (
        "a month has what is dated to the month or better, between two known actors",
        "select direction, month::text, event_count, mention_count, document_count, coop_verbal,"
        " conf_material, goldstein_sum, net_ratio from marts.dyad_months order by month, direction",
        [
            ("a_to_b", "2021-06-01", 1, 3, 2, 1, 0, 8.0, 1.0),
            ("b_to_a", "2021-06-01", 2, 2, 1, 1, 1, 1.5, 0.0),
            ("both", "2021-06-01", 3, 5, 2, 2, 1, 9.5, pytest.approx(1 / 3)),
        ],
    ),
    (
        "a day has what is dated to the day",
        "select direction, day::text, event_count from marts.dyad_days order by day, direction",
        [("a_to_b", "2021-06-28", 1), ("b_to_a", "2021-06-28", 1), ("both", "2021-06-28", 2)],
    ),
    (
        "copies are not read twice",
        "select distinct actor_a, actor_b, docs_processed, insufficient_data from marts.dyad_months",
        [("CHN", "RUS", 2, True)],
    ),
    (
        "an unread document has no counts, a read one may have none",
        "select document_id, is_coded, mention_count, event_count from marts.documents order by document_id",
        [
            ("d1", True, 4, 3),
            ("d2", True, 2, 2),
            ("d3", True, 2, 2),
            ("d4", True, 3, 3),
            ("d5", False, None, None),
        ],
    ),
    (
        "publishers' months are months of publication",
        "select publisher, month::text, document_count, coded_count from marts.publisher_months order by all",
        [
            ("Harbour Post", "2021-06-01", 1, 1),
            ("Second Wire", "2021-06-01", 1, 1),
            ("Third Daily", "2021-06-01", 1, 1),
            ("unknown", "2021-07-01", 1, 0),
        ],
    ),
    (
        "actors are states, past ones too, and organisations",
        "select actor_code, kind from marts.actors where actor_code in ('CHN', 'SUN', 'IGOSCO') order by 1",
        [("CHN", "state"), ("IGOSCO", "organisation"), ("SUN", "state")],
    ),
    (
        "dictionaries keep leading zeros",
        "select event_code from staging.cameo_codes where event_code in ('1', '01')",
        [("01",)],
    ),
    (
        "dictionaries have dates where their yml says so",
        "select distinct typeof(start_date) from staging.people",
        [("DATE",)],
    ),
    (
        "every published column is described in the file itself",
        "select column_name from duckdb_columns() where schema_name = 'marts' and comment is null",
        [],
    ),
    (
        "dbt writes its own schemas",
        "select schema_name from duckdb_tables() union"
        " select schema_name from duckdb_views() where not internal order by all",
        [("intermediate",), ("marts",), ("ops",), ("raw",), ("staging",)],
    ),
]


@pytest.mark.parametrize(("query", "rows"), [answer[1:] for answer in ANSWERS], ids=[a[0] for a in ANSWERS])
def test_the_marts_answer(warehouse: Path, query: str, rows: list[tuple[Any, ...]]) -> None:
    assert ask(warehouse, query) == rows


def test_sentences_stand_in_their_documents(warehouse: Path) -> None:
    rows = ask(
        warehouse,
        "select text, char_start, char_end, sentence_text from marts.event_mentions"
        " join marts.documents using (document_id)",
    )
    assert len(rows) == 11
    assert all(text[start:end] == sentence for text, start, end, sentence in rows)


def test_a_broken_mention_stops_the_build_and_a_rebuild_says_the_same(warehouse: Path) -> None:
    before = contents(warehouse)
    with duckdb.connect(str(warehouse)) as con:
        con.execute("update raw.event_mentions set event_code = '999' where mention_id = 'm01'")
    outcome = {
        item.node.name: item.status for item in dbt(warehouse, "build", "--select", "stg_event_mentions+")
    }
    assert outcome["event_mentions_hold"] == "fail"
    assert outcome["events"] == outcome["dyad_months"] == "skipped"
    assert contents(warehouse) == before

    with duckdb.connect(str(warehouse)) as con:
        con.execute("update raw.event_mentions set event_code = '057' where mention_id = 'm01'")
    result = dbt(warehouse, "build", "--exclude-resource-type", "unit_test")
    assert complaints(result, warehouse) == {}
    assert contents(warehouse) == before


FAULTS = broken_rows()


@pytest.mark.parametrize(("test", "fault"), FAULTS, ids=[f"{test}-{n}" for n, (test, _) in enumerate(FAULTS)])
def test_planted_faults_are_caught(built: tuple[Path, dict[str, Any]], test: str, fault: str) -> None:
    """The statement is the one that dbt ran in the build, where it found nothing."""
    path, nodes = built
    with duckdb.connect(str(path)) as con:
        con.begin()
        changed = con.execute(fault).fetchone()
        assert changed is not None and changed[0] > 0, "the fault was not planted"
        assert con.execute(nodes[test].compiled_code).fetchall() != []
        con.rollback()


def test_a_gap_in_the_dictionaries_warns_and_every_other_fault_stops(
    built: tuple[Path, dict[str, Any]],
) -> None:
    tests = [node for node in built[1].values() if node.resource_type == "test"]
    assert tuple(sorted(node.name for node in tests if node.config.severity.lower() != "error")) == WARNING_TESTS
    assert {node.name for node in tests} == {test for test, _ in FAULTS}, "a test without a planted fault"


def test_the_table_of_broken_rows_in_the_docs_is_of_these() -> None:
    written = in_page(PAGE.read_text(encoding="utf-8"), "broken rows")
    assert written == broken_table(), "run python -m tests.faults --write"


def test_a_new_period_is_two_lines_and_a_new_dictionary_one_file(warehouse: Path, tmp_path: Path) -> None:
    project = shutil.copytree(PROJECT, tmp_path / "project")
    (project / "models" / "intermediate" / "int_dyad_quarters.sql").write_text("{{ dyad_sums('quarter') }}")
    (project / "models" / "marts" / "dyad_quarters.sql").write_text(
        "{{ config(contract={'enforced': false}) }} {{ dyad_periods('quarter') }}"
    )
    (project / "seeds" / "plain.csv").write_text("code,flag\n01,true\n")
    copy = Path(shutil.copy(warehouse, tmp_path / "warehouse.duckdb"))
    wanted = ("int_dyad_quarters", "dyad_quarters", "plain")
    assert complaints(dbt(copy, "build", "--select", *wanted, project=project), copy) == {}
    quarters = ask(copy, "select quarter::text, event_count from marts.dyad_quarters where direction = 'both'")
    assert quarters == [("2021-04-01", 3)]
    assert ask(copy, "select code, flag from staging.plain") == [("01", "true")]


def test_measures_are_as_the_docs_work_them_out(warehouse: Path) -> None:
    page = (ROOT / "docs" / "measures.md").read_text(encoding="utf-8")
    macros = re.findall(r"{% macro (\w+)", (PROJECT / "macros" / "measures.sql").read_text(encoding="utf-8"))
    rows = []
    for cells in re.findall(r"^\| (-?[\d.]+(?: \| (?:-?[\d.]+|null))+) \|$", page, flags=re.MULTILINE):
        rows.append(cells.split(" | "))
    asked = []
    for row in rows:
        names = ("net_ratio", "net_ratio_smoothed", "log_balance") if len(row) == 5 else ("goldstein_mean",)
        for name, value in zip(names, row[2:], strict=True):
            asked.append((f"{{{{ {name}('{row[0]}', '{row[1]}') }}}}", value))
    assert len(asked) >= 20
    result = dbt(warehouse, "compile", "--inline", "select " + ", ".join(formula for formula, _ in asked))
    compiled = result.results[0].node.compiled_code
    found = [
        "null" if value is None else f"{value:.4f}" for value in duckdb.execute(compiled).fetchone() or ()
    ]
    assert found == [value for _, value in asked]
    undocumented = [name for name in macros if name not in ("share", "forum_weight") and f"`{name}`" not in page]
    assert undocumented == []


def test_every_model_and_dictionary_has_its_yml() -> None:
    for file in [*PROJECT.glob("models/*/*.sql"), *PROJECT.glob("seeds/*.csv")]:
        twin = file.with_suffix(".yml")
        assert twin.is_file(), f"{file.name} has no {twin.name} beside it"
        assert re.search(r"description: ?(>\n *)?\"?One row per ", twin.read_text(encoding="utf-8")), twin
