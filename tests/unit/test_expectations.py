"""The declared checks: read strictly, run honestly, and each of them catches the fault it is there for."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from expectations.errors import SpecError
from expectations.spec import load_suites
from expectations.suite import could_not_run, run_suites

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


# The faults that the declared checks must see are planted by tests/pipeline/test_faults.py; here is what holds of any.
WORLD = """
create schema marts;
create table marts.events as
    select 'e' || i as event_id, 1.0::double as goldstein, date '2026-01-01' + (i // 3)::integer as day
    from range(240) t(i);
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("world") / "warehouse.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute(WORLD)
    return path


@pytest.fixture
def faulty(world: Path, tmp_path: Path) -> Iterator[Path]:
    yield Path(shutil.copy(world, tmp_path / "warehouse.duckdb"))


def test_a_failed_check_names_the_rows(faulty: Path, tmp_path: Path) -> None:
    with duckdb.connect(str(faulty)) as con:
        con.execute("update marts.events set goldstein = 83 where event_id in ('e3', 'e7')")
    (result,) = run_suites(faulty, load_suites(write(tmp_path / "good", GOOD)))
    assert (result.outcome, result.failing_count) == ("failed", 2)
    assert sorted(row["event_id"] for row in result.failing_sample) == ["e3", "e7"]
    assert {row["goldstein"] for row in result.failing_sample} == {83.0}


def test_a_check_that_passes_shows_no_rows(world: Path, tmp_path: Path) -> None:
    (result,) = run_suites(world, load_suites(write(tmp_path, GOOD)))
    assert (result.outcome, result.failing_count, result.failing_sample) == ("passed", None, ())


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
