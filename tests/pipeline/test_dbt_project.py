"""The dbt project on a small warehouse made by hand: what the marts say, that a rebuild says it again, and that each
kind of broken row is caught by the test that is there for it."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = ROOT / "dbt_project"
MARTS = (
    "actors", "documents", "dyad_days", "dyad_months", "event_codes", "event_mentions", "events", "publisher_months"
)  # fmt: skip

# What other people's queries rely on: these columns, first and in this order.
PROMISED = {
    "events": "event_id event_date event_date_end date_precision source_actor target_actor event_code event_root"
    " quad_class goldstein mention_count document_count confidence origin",
    "event_mentions": "mention_id event_id document_id sentence_text char_start char_end source_actor source_role"
    " target_actor target_role event_code event_date date_precision date_basis event_status pattern_id confidence",
    "documents": "document_id source_id uri title publisher published_date text",
    "dyad_months": "actor_a actor_b direction month event_count mention_count document_count coop_verbal"
    " coop_material conf_verbal conf_material goldstein_sum goldstein_mean net_ratio",
}

SIGNED = "China and Russia signed the “Amur” bridge accord on 28 June 2021 — naïve cafés aside."
PLANNED = "Beijing will receive the Russian minister next month 🇨🇳."
FOUGHT = "In June 2021 Russia protested against Chinese fishing."
TEXTS = {
    "d1": (SIGNED, PLANNED, FOUGHT),
    "d2": ("Agencies say:", SIGNED, "The two have met before."),
    "d3": ("Agencies say:", SIGNED, "The two have met before."),
    "d4": ("Russia helped an unnamed neighbour on 3 July 2021.", "Moscow arrested Russians.", "China aided Russia in 2019."),
    "d5": ("Nobody has read this.",),
}  # fmt: skip
DOCUMENTS = {  # publisher, published, precision, original
    "d1": ("Harbour Post", "2021-06-29", "day", None),
    "d2": ("Second Wire", "2021-06-30", "day", None),
    "d3": ("Third Daily", "2021-06-30", "day", "d2"),
    "d4": ("Harbour Post", None, "unknown", None),
    "d5": (None, "2021-07-01", "month", None),
}
MENTIONS = [  # id, coding, sentence, source, target, code, first day, precision, status
    ("m01", "c1", "d1.0", "CHN", "RUS", "057", "2021-06-28", "day", "occurred"),
    ("m02", "c1", "d1.0", "RUS", "CHN", "057", "2021-06-28", "day", "occurred"),
    ("m03", "c1", "d1.1", "CHN", "RUS", "043", "2021-07-01", "month", "future"),
    ("m04", "c1", "d1.2", "RUS", "CHN", "140", "2021-06-01", "month", "occurred"),
    ("m05", "c2", "d2.1", "CHN", "RUS", "057", "2021-06-28", "day", "occurred"),
    ("m06", "c2", "d2.2", "CHN", "RUS", "040", None, "unknown", "occurred"),
    ("m07", "c3", "d3.1", "CHN", "RUS", "057", "2021-06-28", "day", "occurred"),
    ("m08", "c3", "d3.2", "CHN", "RUS", "040", None, "unknown", "occurred"),
    ("m09", "c4", "d4.0", "RUS", "---", "070", "2021-07-03", "day", "occurred"),
    ("m10", "c4", "d4.1", "RUS", "RUS", "173", None, "unknown", "occurred"),
    ("m11", "c4", "d4.2", "CHN", "RUS", "070", "2019-01-01", "year", "occurred"),
    (
        "m12",
        "c0",
        "d1.0",
        "CHN",
        "RUS",
        "190",
        "2021-06-28",
        "day",
        "occurred",
    ),  # of a coding that was replaced
]


def dbt(warehouse: Path, *arguments: str, project: Path = PROJECT, target: Path | None = None) -> Any:
    """Run dbt in this process, as the build flow does; what it writes stays beside the warehouse."""
    from dbt.cli.main import dbtRunner

    os.environ["COMITY_WAREHOUSE"] = str(warehouse)
    call = [
        *arguments,
        *("--project-dir", str(project), "--profiles-dir", str(project), "--quiet"),
        *(
            "--target-path",
            str(target or warehouse.parent / "target"),
            "--log-path",
            str(warehouse.parent / "logs"),
        ),
    ]
    return dbtRunner().invoke(call)


def statuses(result: Any) -> dict[str, str]:
    """How each node went, by its name."""
    assert result.exception is None, result.exception
    return {item.node.name: str(item.status) for item in result.result}


def complaints(result: Any, warehouse: Path) -> dict[str, str]:
    """What went wrong, with the first rows that a failed test found."""
    found = {}
    for item in result.result:
        if item.status in ("fail", "warn"):
            found[item.node.name] = str(ask(warehouse, f"from ({item.node.compiled_code}) limit 5"))
        elif item.status not in ("success", "pass"):
            found[item.node.name] = f"{item.status} {item.message}"
    return found


def ask(warehouse: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(warehouse), read_only=True) as con:
        return con.execute(query).fetchall()


def land(path: Path) -> None:
    """The warehouse as ingesting and coding would leave it."""
    with duckdb.connect(str(path)) as con:
        con.execute((ROOT / "flows" / "schema.sql").read_text(encoding="utf-8"))
        for key, sentences in TEXTS.items():
            publisher, published, precision, original = DOCUMENTS[key]
            basis = "unknown" if published is None else "metadata"
            con.execute(
                "insert into raw.documents (document_id, source_id, uri, part_no, title, publisher, language,"
                " published_date, published_precision, published_basis, retrieved_at, snapshot_sha256, media_type,"
                " text, duplicate_of) values (?, 'tests', ?, 1, null, ?, 'en', ?, ?, ?, timestamp '2026-01-01',"
                " 'abc', 'text/plain', ?, ?)",
                [key, f"{key}.txt", publisher, published, precision, basis, "\n".join(sentences), original],
            )
            start = 0
            for number, sentence in enumerate(sentences):
                con.execute(
                    "insert into raw.sentences values (?, ?, ?, ?, ?, 'body', null, null, ?)",
                    [f"{key}.{number}", key, number, start, start + len(sentence), sentence],
                )
                start += len(sentence) + 1
        for coding, document, day in (
            ("c0", "d1", 1),
            ("c1", "d1", 2),
            ("c2", "d2", 2),
            ("c3", "d3", 2),
            ("c4", "d4", 2),
        ):
            con.execute(
                "insert into ops.codings (coding_id, document_id, coder_version, dictionary_hash, model_id,"
                " sentence_count, parsed_count, mention_count, coded_at, run_id)"
                " values (?, ?, '1', 'hash', 'model', 3, 3, 3, ?, 'run')",
                [coding, document, f"2026-01-0{day}"],
            )
        for key, coding, sentence, source, target, code, first, precision, status in MENTIONS:
            con.execute(
                "insert into raw.event_mentions (mention_id, coding_id, sentence_id, document_id, source_actor,"
                " source_role, target_actor, target_role, event_code, pattern_id, decided_by, event_date_start,"
                " event_date_end, date_precision, date_basis, event_status, confidence, coder_version,"
                " dictionary_hash, coded_at) values (?, ?, ?, ?, ?, 'GOV', ?, '', ?, 'p', 'pattern', ?, ?, ?, ?, ?,"
                " 0.8, '1', 'hash', timestamp '2026-01-02')",
                [key, coding, sentence, sentence[:2], source, target, code, first, first, precision,
                 "unknown" if first is None else "text", status],
            )  # fmt: skip


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("built") / "warehouse.duckdb"
    land(path)
    before = {file.relative_to(PROJECT) for file in PROJECT.rglob("*")}
    result = dbt(path, "build")
    assert result.exception is None, result.exception
    assert complaints(result, path) == {}
    assert {file.relative_to(PROJECT) for file in PROJECT.rglob("*")} == before, "dbt wrote into the project"
    yield path


def test_marts_have_the_promised_columns_first(warehouse: Path) -> None:
    tables = ask(
        warehouse, "select table_name, table_type from information_schema.tables where table_schema = 'marts'"
    )
    assert sorted(tables) == [(mart, "BASE TABLE") for mart in MARTS]
    for mart, columns in PROMISED.items():
        found = [row[0] for row in ask(warehouse, f"select column_name from (describe marts.{mart})")]
        assert found[: len(columns.split())] == columns.split()


def test_dbt_writes_its_own_schemas_only(warehouse: Path) -> None:
    schemas = ask(warehouse, "select distinct schema_name from duckdb_tables() union select distinct schema_name"
                             " from duckdb_views() where not internal")  # fmt: skip
    assert {row[0] for row in schemas} <= {"raw", "ops", "staging", "intermediate", "marts"}


def test_every_published_column_is_described_in_the_file(warehouse: Path) -> None:
    bare = ask(warehouse, "select table_name, column_name from duckdb_columns()"
                          " where schema_name = 'marts' and comment is null")  # fmt: skip
    assert bare == []


def test_dictionaries_keep_their_leading_zeros_and_types(warehouse: Path) -> None:
    assert ask(warehouse, "select event_code from staging.cameo_codes where event_code in ('1', '01')") == [
        ("01",)
    ]
    assert ask(warehouse, "select typeof(any_value(start_date)) from staging.people") == [("DATE",)]


def test_one_act_told_three_times_is_one_event(warehouse: Path) -> None:
    rows = ask(warehouse, "select event_id, mention_count, document_count, publisher_count, goldstein, quad_class, origin"
                          " from marts.events where source_actor = 'CHN' and event_code = '057'")  # fmt: skip
    assert [row[1:] for row in rows] == [(3, 2, 3, 8.0, 1, "comity")]  # d3 is a copy of d2
    mentions = ask(
        warehouse, f"select mention_id from marts.event_mentions where event_id = '{rows[0][0]}' order by 1"
    )
    assert mentions == [("m01",), ("m05",), ("m07",)]


def test_undated_acts_are_one_event_per_original_document(warehouse: Path) -> None:
    rows = ask(
        warehouse,
        "select event_date, mention_count, document_count from marts.events where event_code = '040'",
    )
    assert rows == [(None, 2, 1)]


def test_what_did_not_occur_is_kept_and_not_counted(warehouse: Path) -> None:
    assert ask(
        warehouse, "select event_id, event_status from marts.event_mentions where mention_id = 'm03'"
    ) == [(None, "future")]
    assert ask(warehouse, "select count(*) from marts.events where event_code = '043'") == [(0,)]


def test_only_the_current_coding_counts(warehouse: Path) -> None:
    assert ask(warehouse, "select count(*) from marts.event_mentions where mention_id = 'm12'") == [(0,)]


def test_months_and_days_of_a_dyad(warehouse: Path) -> None:
    months = "direction, month::text, event_count, mention_count, document_count, coop_verbal, conf_material"
    assert ask(warehouse, f"select {months}, goldstein_sum, net_ratio from marts.dyad_months order by month, direction") == [
        ("a_to_b", "2021-06-01", 1, 3, 2, 1, 0, 8.0, 1.0),
        ("b_to_a", "2021-06-01", 2, 2, 1, 1, 1, 1.5, 0.0),
        ("both", "2021-06-01", 3, 5, 2, 2, 1, 9.5, pytest.approx(1 / 3)),
    ]  # fmt: skip
    assert ask(warehouse, "select direction, day::text, event_count from marts.dyad_days order by day, direction") == [
        ("a_to_b", "2021-06-28", 1), ("b_to_a", "2021-06-28", 1), ("both", "2021-06-28", 2),
    ]  # fmt: skip
    assert ask(warehouse, "select distinct actor_a, actor_b, docs_processed from marts.dyad_months") == [
        ("CHN", "RUS", 2)
    ]


def test_sentences_stand_in_their_documents(warehouse: Path) -> None:
    rows = ask(warehouse, "select text, char_start, char_end, sentence_text from marts.event_mentions"
                          " join marts.documents using (document_id)")  # fmt: skip
    assert len(rows) == 11
    assert all(text[start:end] == sentence for text, start, end, sentence in rows)


def test_documents_and_publishers(warehouse: Path) -> None:
    assert ask(warehouse, "select document_id, is_coded, mention_count, event_count from marts.documents order by 1") == [
        ("d1", True, 4, 3), ("d2", True, 2, 2), ("d3", True, 2, 2), ("d4", True, 3, 3), ("d5", False, None, None)
    ]  # fmt: skip
    assert ask(warehouse, "select publisher, month::text, document_count, coded_count from marts.publisher_months"
                          " order by 1") == [
        ("Harbour Post", "2021-06-01", 1, 1), ("Second Wire", "2021-06-01", 1, 1), ("Third Daily", "2021-06-01", 1, 1),
        ("unknown", "2021-07-01", 1, 0),
    ]  # fmt: skip


def test_actors_are_states_and_organisations(warehouse: Path) -> None:
    kinds = ask(
        warehouse,
        "select actor_code, kind from marts.actors where actor_code in ('CHN', 'SUN', 'IGOSCO') order by 1",
    )
    assert kinds == [("CHN", "state"), ("IGOSCO", "organisation"), ("SUN", "state")]


def test_a_rebuild_says_the_same(warehouse: Path) -> None:
    before = {mart: sorted(map(repr, ask(warehouse, f"from marts.{mart}"))) for mart in MARTS}
    outcome = statuses(dbt(warehouse, "build", "--exclude-resource-type", "unit_test"))
    assert set(outcome.values()) <= {"success", "pass"}
    assert {mart: sorted(map(repr, ask(warehouse, f"from marts.{mart}"))) for mart in MARTS} == before


MENTION = "update raw.event_mentions set {} where mention_id = 'm01'"
FAULTS = [  # what breaks, the test that must see it, and how it reads
    (MENTION.format("event_code = '999'"), "event_mentions_hold", "fail"),
    (MENTION.format("event_status = 'maybe'"), "event_mentions_hold", "fail"),
    (MENTION.format("confidence = 1.5"), "event_mentions_hold", "fail"),
    (MENTION.format("event_date_end = '2021-06-01'"), "event_mentions_hold", "fail"),
    (MENTION.format("document_id = 'd9'"), "event_mentions_hold", "fail"),
    (MENTION.format("sentence_id = 'nowhere'"), "mentions_stand_in_their_documents", "fail"),
    (MENTION.format("verb_start = 5, verb_end = 5000"), "mentions_stand_in_their_documents", "fail"),
    ("update raw.sentences set char_start = 1 where sentence_id = 'd1.0'", "mentions_stand_in_their_documents", "fail"),
    ("update raw.documents set published_precision = 'unknown' where document_id = 'd1'", "documents_hold", "fail"),
    ("update marts.event_mentions set source_actor = 'XYZ' where mention_id = 'm01'", "actors_of_mentions_are_known", "warn"),
    ("delete from marts.event_mentions where mention_id = 'm07'", "events_are_the_counted_mentions", "fail"),
    ("update marts.event_mentions set event_id = null where mention_id = 'm04'", "events_are_the_counted_mentions", "fail"),
    ("insert into marts.events from marts.events limit 1", "events_hold", "fail"),
    ("update marts.events set source_actor = 'CHN', target_actor = 'RUS', event_code = '057', event_date = '2021-06-28'",
     "events_stand_once", "fail"),
    ("delete from marts.events where event_code = '140'", "dyad_months_match_events", "fail"),
    ("update marts.dyad_days set goldstein_sum = goldstein_sum + 1", "dyad_days_match_events", "fail"),
    ("update marts.dyad_months set actor_a = 'RUS', actor_b = 'CHN'", "dyad_months_hold", "fail"),
    ("insert into marts.dyad_months from marts.dyad_months limit 1", "dyad_months_hold", "fail"),
    ("update marts.dyad_months set coop_verbal = coop_verbal + 1", "dyad_months_hold", "fail"),
    ("update marts.dyad_days set net_ratio = null", "dyad_days_hold", "fail"),
    ("update marts.publisher_months set coded_count = document_count + 1", "publisher_months_hold", "fail"),
    ("update marts.event_codes set goldstein = null where event_code = '040'", "current_codes_have_scores", "fail"),
    ("update staging.people set role = 'XXX' where person_id = 'vladimir-putin'", "dictionaries_link_up", "fail"),
    ("update staging.cameo_codes set quad_class = 4 where event_code = '040'", "cameo_codes_dictionary_holds", "fail"),
    ("update staging.scales set score = 11", "scales_dictionary_holds", "fail"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("fault", "test", "status"), FAULTS, ids=[f"{test}-{n}" for n, (_, test, _) in enumerate(FAULTS)]
)
def test_planted_faults_are_caught(
    warehouse: Path, tmp_path: Path, fault: str, test: str, status: str
) -> None:
    broken = shutil.copy(warehouse, tmp_path / "warehouse.duckdb")
    with duckdb.connect(str(broken)) as con:
        changed = con.execute(fault).fetchone()
        assert changed and changed[0] > 0, "the fault was not planted"
    # the warehouse's path is part of dbt's parse, so the copy takes the original's place for the moment
    kept = warehouse.rename(warehouse.with_suffix(".kept"))
    try:
        shutil.copy(broken, warehouse)
        assert statuses(dbt(warehouse, "test", "--select", test)) == {test: status}
    finally:
        kept.replace(warehouse)


def test_a_broken_mention_leaves_the_marts_as_they_were(warehouse: Path, tmp_path: Path) -> None:
    broken = Path(shutil.copy(warehouse, tmp_path / "warehouse.duckdb"))
    before = ask(broken, "from marts.events order by event_id")
    with duckdb.connect(str(broken)) as con:
        con.execute("update raw.event_mentions set event_code = '999'")
    outcome = statuses(dbt(broken, "build", "--exclude-resource-type", "unit_test", "seed"))
    assert outcome["event_mentions_hold"] == "fail"
    assert outcome["events"] == outcome["dyad_months"] == "skipped"
    assert ask(broken, "from marts.events order by event_id") == before


def test_a_new_period_and_a_new_dictionary_are_one_file_each(warehouse: Path, tmp_path: Path) -> None:
    project = shutil.copytree(PROJECT, tmp_path / "project")
    (project / "models" / "marts" / "dyad_years.sql").write_text(
        "{{ config(contract={'enforced': false}) }} {{ dyad_periods('year') }}"
    )
    (project / "seeds" / "plain.csv").write_text("code,flag\n01,true\n")
    copy = Path(shutil.copy(warehouse, tmp_path / "warehouse.duckdb"))
    statuses(dbt(copy, "build", "--select", "dyad_years", "plain", project=project))
    assert ask(copy, "select year::text, event_count from marts.dyad_years where direction = 'both' order by 1") == [
        ("2019-01-01", 1), ("2021-01-01", 3),
    ]  # fmt: skip
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
    assert result.success, result.exception
    compiled = result.result.results[0].node.compiled_code
    found = [
        "null" if value is None else f"{value:.4f}" for value in duckdb.execute(compiled).fetchone() or ()
    ]
    assert found == [value for _, value in asked]
    undocumented = [name for name in macros if name != "share" and f"`{name}`" not in page]
    assert undocumented == []


def test_every_model_and_dictionary_has_its_yml() -> None:
    for file in [*PROJECT.glob("models/*/*.sql"), *PROJECT.glob("seeds/*.csv")]:
        twin = file.with_suffix(".yml")
        assert twin.is_file(), f"{file.name} has no {twin.name} beside it"
        assert re.search(r"description: ?(>\n *)?\"?One row per ", twin.read_text(encoding="utf-8")), twin
