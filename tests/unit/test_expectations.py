"""The declared checks: read strictly, run honestly, and each of them catches the fault it is there for."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from expectations.errors import SpecError
from expectations.spec import load_suites
from expectations.suite import CheckResult, could_not_run, run_suites

SUITES = Path(__file__).resolve().parents[2] / "expectations"

GOOD = """
key: [event_id]
checks:
  - name: on_scale
    expectation: expect_column_values_to_be_between
    kwargs: {column: goldstein, min_value: -10, max_value: 10}
    severity: stop
    reason: A score beyond the scale distorts every sum.
"""


def write(folder: Path, text: str, name: str = "events.yml") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text)
    return folder


def test_a_suite_is_read_whole(tmp_path: Path) -> None:
    (suite,) = load_suites(write(tmp_path, GOOD))
    assert (suite.table, suite.db_schema, suite.key) == ("events", "marts", ("event_id",))
    assert suite.checks[0].severity == "stop"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("severity: stop", "severity: fatal"), r"events.yml: checks.0.severity \(on_scale\).*write one of"),
        (("severity: stop\n", "\n"), r"checks.0.severity \(on_scale\): field required; add it"),
        (("name: on_scale", "name: On Scale"), r"checks.0.name.*lower case"),
        (("kwargs:", "kwarg:"), r"checks.0.kwarg \(on_scale\).*no such key"),
        (("reason: A score beyond the scale distorts every sum.", "reason: why"), "say in a sentence"),
        (("key: [event_id]", "key: []"), "key"),
        (("key:", "table: x\nkey:"), "the file's name is the table"),
        (("checks:", "checks"), "cannot be read as YAML"),
        ((GOOD, "- a list"), "must be a mapping"),
        (
            ("expect_column_values_to_be_between", "unexpected_rows_expectation"),
            "must be SQL that reads from {batch}",
        ),
    ],
)
def test_a_wrong_suite_is_refused_by_file_key_and_repair(
    tmp_path: Path, change: tuple[str, str], complaint: str
) -> None:
    assert change[0] in GOOD
    with pytest.raises(SpecError, match=complaint):
        load_suites(write(tmp_path, GOOD.replace(*change)))


def test_all_complaints_come_at_once(tmp_path: Path) -> None:
    write(tmp_path, GOOD.replace("stop", "fatal"))
    write(tmp_path, GOOD.replace("stop", "bad"), "documents.yml")
    with pytest.raises(SpecError) as caught:
        load_suites(tmp_path)
    files = sorted({problem.split(":")[0] for problem in caught.value.problems})
    assert files == ["documents.yml", "events.yml"]


def test_two_checks_may_not_share_a_name_and_a_folder_may_not_be_empty(tmp_path: Path) -> None:
    entry = GOOD[GOOD.index("  - name") :]
    with pytest.raises(SpecError, match="two checks have the name on_scale"):
        load_suites(write(tmp_path / "double", GOOD + entry))
    with pytest.raises(SpecError, match="COMITY_EXPECTATIONS_DIR"):
        load_suites(tmp_path)


def test_every_check_id_is_unique_and_every_reason_is_a_sentence() -> None:
    checks = [(suite.table, check) for suite in load_suites(SUITES) for check in suite.checks]
    assert len({(table, check.name) for table, check in checks}) == len(checks) >= 15
    for table, check in checks:
        assert check.reason.endswith("."), f"{table}.{check.name}"


# A healthy world, large enough that the bands which need a hundred rows are in force.
WORLD = """
create schema marts;
create table marts.documents as
    select 'd' || i as document_id, 'src' as source_id, 'u' as uri, 't' as title, 'p' as publisher,
        date '2021-07-01' as published_date, 'day' as published_precision, repeat('word ', 20) as text,
        true as is_codable, true as is_coded, 20 as sentence_count, 6::bigint as mention_count,
        6::bigint as event_count,
        null::text as duplicate_of, now()::timestamp as retrieved_at
    from range(40) t(i);
create table marts.events as
    select 'e' || i as event_id, date '2021-06-01' + (i % 28)::integer as event_date, 'day' as date_precision,
        'CHN' as source_actor, 'RUS' as target_actor, printf('%02d0', 1 + i % 10) as event_code,
        printf('%02d', 1 + i % 10) as event_root, 1 as quad_class, 1.0::double as goldstein,
        1::bigint as mention_count
    from range(240) t(i);
create table marts.event_mentions as
    select 'm' || i as mention_id, 'd' || (i % 40) as document_id, date '2021-06-01' as event_date,
        'day' as date_precision, 'text' as date_basis, 'occurred' as event_status,
        'p' || (i % 9) as pattern_id,
        0.7::double as confidence, 'China met Russia on Monday.' as sentence_text,
        date '2021-07-01' as published_date, '' as date_text
    from range(240) t(i);
create table marts.dyad_months as
    select 'CHN' as actor_a, 'RUS' as actor_b, 'both' as direction,
        (date '2020-01-01' + to_months(i::integer))::date as month,
        9::bigint as event_count, 2.0::double as goldstein_mean
    from range(18) t(i)
    union all select 'IND', 'RUS', 'both', date '2021-06-01', 80, 1.0;
"""

# What to set in the check's own table to break just this; none: its rows are deleted.
FAULTS = {
    "documents.something_was_landed": "",
    "documents.most_documents_were_read": "is_coded = false",
    "documents.most_documents_can_be_read": "is_codable = false",
    "documents.reading_finds_events": "event_count = 0",
    "documents.few_documents_are_silent": "mention_count = 0",
    "documents.events_per_document_in_band": "event_count = 90 where document_id = 'd3'",
    "documents.read_documents_have_sentences": "sentence_count = 0",
    "documents.texts_are_more_than_a_line": "text = 'Subscribe'",
    "documents.nothing_is_published_tomorrow": "published_date = current_date + 9 where document_id = 'd3'",
    "documents.publication_dates_are_known": "published_precision = 'unknown'",
    "documents.copies_are_the_exception": "duplicate_of = 'd0'",
    "documents.something_new_arrived_lately": "retrieved_at = retrieved_at - interval 30 day",
    "dyad_months.means_stay_on_their_scale": "goldstein_mean = -10.5 where actor_a = 'IND'",
    "dyad_months.no_month_lies_ahead": ("month = (current_date + interval 3 month)::date where actor_a = 'IND'"),
    "dyad_months.no_dyad_is_everything": "event_count = if(actor_a = 'IND', 1, 90)",
    "dyad_months.months_do_not_explode": "event_count = 999 where month = date '2020-05-01'",
    "event_mentions.acts_precede_their_report": "event_date = date '2021-08-01'",
    "event_mentions.few_acts_follow_their_report": "event_date = date '2021-08-01' where mention_id = 'm3'",
    "event_mentions.history_is_marked_as_background": "event_date = date '1999-05-08'",
    "event_mentions.dates_are_read_not_inferred": "date_basis = 'published'",
    "event_mentions.the_coder_is_mostly_sure": "confidence = 0.2",
    "event_mentions.no_pattern_fires_on_anything": "pattern_id = 'say'",
    "event_mentions.most_told_acts_occurred": "event_status = 'future'",
    "event_mentions.sentences_are_of_readable_length": "sentence_text = repeat('and so on ', 400)",
    "events.goldstein_stays_on_its_scale": "goldstein = 83 where event_id = 'e3'",
    "events.no_event_lies_ahead": "event_date = current_date + 9 where event_id = 'e3'",
    "events.dates_are_of_living_memory": "event_date = date '0201-01-01' where event_id = 'e3'",
    "events.no_code_swallows_the_rest": "event_code = '040'",
    "events.statements_do_not_surge": "event_code = '010' where event_root < '05'",
    "events.roots_are_many": "event_root = '04'",
    "events.most_events_have_a_day_or_month": "date_precision = 'year'",
    "events.actors_are_known": "target_actor = '---'",
    "events.no_event_is_told_without_end": "mention_count = 9999",
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("world") / "warehouse.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute(WORLD)
    return path


@pytest.fixture
def faulty(world: Path, tmp_path: Path) -> Iterator[Path]:
    yield Path(shutil.copy(world, tmp_path / "warehouse.duckdb"))


def run_one(warehouse: Path, check_id: str) -> CheckResult:
    table, name = check_id.split(".")
    (suite,) = [suite for suite in load_suites(SUITES) if suite.table == table]
    only = suite.model_copy(update={"checks": tuple(check for check in suite.checks if check.name == name)})
    (result,) = run_suites(warehouse, [only])
    return result


def test_a_healthy_world_passes_every_check(world: Path) -> None:
    results = run_suites(world, load_suites(SUITES))
    assert {result.check_id: result.error for result in results if result.outcome != "passed"} == {}
    assert {result.check_id for result in results} == set(FAULTS)


@pytest.mark.parametrize("check_id", sorted(FAULTS))
def test_every_planted_fault_is_caught(faulty: Path, check_id: str) -> None:
    with duckdb.connect(str(faulty)) as con:
        table = f"marts.{check_id.split('.')[0]}"
        con.execute(f"update {table} set {FAULTS[check_id]}" if FAULTS[check_id] else f"delete from {table}")
    result = run_one(faulty, check_id)
    assert result.outcome == "failed", result.error
    assert result.observed is not None


def test_a_failed_check_names_the_rows(faulty: Path) -> None:
    with duckdb.connect(str(faulty)) as con:
        con.execute("update marts.events set goldstein = 83 where event_id in ('e3', 'e7')")
    result = run_one(faulty, "events.goldstein_stays_on_its_scale")
    assert result.failing_count == 2
    assert {row["event_id"] for row in result.failing_sample} == {"e3", "e7"}
    result = run_one(faulty, "documents.something_was_landed")
    assert (result.outcome, result.failing_sample) == ("passed", ())


@pytest.mark.parametrize(
    "change",
    [
        ("column: goldstein", "column: no_such_column"),
        ("expect_column_values_to_be_between", "expect_column_values_to_be_betwixt"),
        ("min_value: -10", "lowest: -10"),
        ("min_value: -10, max_value: 10", "min_value: low, max_value: high"),
    ],
)
def test_a_broken_check_could_not_run_and_never_passes(world: Path, tmp_path: Path, change: tuple[str, str]) -> None:
    (result,) = run_suites(world, load_suites(write(tmp_path, GOOD.replace(*change))))
    assert result.outcome == "could_not_run"
    assert result.error


def test_a_misspelt_expectation_is_corrected(world: Path, tmp_path: Path) -> None:
    text = GOOD.replace("expect_column_values_to_be_between", "expect_column_value_to_be_between")
    (result,) = run_suites(world, load_suites(write(tmp_path, text)))
    assert "did you mean expect_column_values_to_be_between?" in str(result.error)


def test_a_missing_table_or_file_could_not_be_checked(world: Path, tmp_path: Path) -> None:
    suites = load_suites(write(tmp_path, GOOD, "no_such_table.yml"))
    (result,) = run_suites(world, suites)
    assert result.outcome == "could_not_run"
    (result,) = run_suites(tmp_path / "nothing.duckdb", suites)
    assert result.outcome == "could_not_run"
    (result,) = could_not_run(suites, "the process died")
    assert (result.outcome, result.error) == ("could_not_run", "the process died")


def test_a_query_that_breaks_could_not_run(world: Path, tmp_path: Path) -> None:
    text = GOOD.replace("expect_column_values_to_be_between", "unexpected_rows_expectation").replace(
        "{column: goldstein, min_value: -10, max_value: 10}",
        "{unexpected_rows_query: 'select no_such_function(goldstein) from {batch}'}",
    )
    (result,) = run_suites(world, load_suites(write(tmp_path, text)))
    assert result.outcome == "could_not_run"
    assert "no_such_function" in str(result.error)
