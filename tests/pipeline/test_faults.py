"""Every check sees the fault that it is there for, withholds or tells as it says, and is told of by an alert row."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

import duckdb
import pytest

from expectations.suite import run_suites
from flows.alert import of_check, raise_alert
from flows.check import CheckReport, keep_results
from flows.settings import Settings
from flows.warehouse import open_warehouse
from tests.faults import PAGE, Fault, Seen, crowd, declared, in_page, plant, surprise_table, surprises

FAULTS = surprises()
CHECKS = {f"{suite.table}.{check.name}": check for suite in declared() for check in suite.checks}


@pytest.fixture(scope="module")
def world(_built: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The crowded world, in which nothing is wrong."""
    return crowd(_built, tmp_path_factory.mktemp("crowded") / "home")


@pytest.fixture(scope="module")
def try_out(world: Settings, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Fault], Seen]:
    """Plants a fault and tells what came of it, once for each."""
    folder = tmp_path_factory.mktemp("faults")

    @cache
    def once(fault: Fault) -> Seen:
        return plant(world, fault, folder / str(FAULTS.index(fault)))

    return once


def test_a_healthy_world_passes_every_check(world: Settings) -> None:
    results = run_suites(world.warehouse_path, declared())
    assert {result.check_id: result.error or result.observed for result in results if result.outcome != "passed"} == {}
    assert {result.check_id for result in results} == set(CHECKS)
    learned = {measure["basis"] for result in results for measure in result.measures}
    assert learned == {"weekdays"}, "after ten weeks every band is learned from its own weekdays"


def test_every_check_has_a_planted_fault() -> None:
    assert {fault.check_id for fault in FAULTS} == set(CHECKS)


@pytest.mark.parametrize("fault", FAULTS, ids=[f"{fault.check_id}-{n}" for n, fault in enumerate(FAULTS)])
def test_every_planted_fault_is_seen_and_told(try_out: Callable[[Fault], Seen], fault: Fault) -> None:
    found = try_out(fault)
    severity = CHECKS[fault.check_id].severity
    assert found.result.outcome == "failed", found.result.error
    assert found.result.observed
    assert found.alerts == ((f"check:{fault.check_id}", severity),)
    assert found.may_publish is (severity == "warn")
    if CHECKS[fault.check_id].expectation == "expect_table_row_count_to_be_between":
        assert found.result.failing_sample == ()  # an empty table has no rows to show
    else:
        assert found.result.failing_sample, "a failed check shows rows"


def test_the_table_in_the_docs_is_what_was_seen(try_out: Callable[[Fault], Seen]) -> None:
    written = in_page(PAGE.read_text(encoding="utf-8"), "surprises")
    assert written == surprise_table([try_out(fault) for fault in FAULTS]), "run python -m tests.faults --write"


def test_a_check_without_its_table_tells_nothing_withholds_and_is_told_of(
    world: Settings, settings: Settings, tmp_path: Path
) -> None:
    empty = Path(shutil.copy(world.warehouse_path, tmp_path / "empty.duckdb"))
    suites = declared()
    with duckdb.connect(str(empty)) as con:
        for suite in suites:
            con.execute(f"drop table {suite.db_schema}.{suite.table}")
    results = run_suites(empty, suites)

    assert {result.check_id: result.outcome for result in results} == dict.fromkeys(CHECKS, "could_not_run")
    assert all(result.error for result in results)
    report = CheckReport(results)
    assert {result.check_id for result in report.stopping} == {
        check_id for check_id, check in CHECKS.items() if check.severity == "stop"
    }
    assert not report.may_publish
    keep_results(settings, "r1", results)
    raise_alert(settings, "r1", "nothing ran", [of_check(result) for result in results], speak=False)
    with open_warehouse(settings) as con:
        kept = con.execute("select distinct outcome from ops.check_results").fetchall()
        told = con.execute("select cause, severity from ops.alerts where message like '%could not run%'").fetchall()
    assert kept == [("could_not_run",)]
    assert dict(told) == {f"check:{check_id}": check.severity for check_id, check in CHECKS.items()}


def test_failing_rows_are_kept_with_their_keys_and_measures_with_their_bounds(world: Settings, tmp_path: Path) -> None:
    words = "event_mentions.statements_do_not_surge"
    (fault,) = [fault for fault in FAULTS if fault.check_id == words]
    found = plant(world, fault, tmp_path / "one")
    assert found.result.observed == "0.2, usual up to 0.1038 (9 weekdays)"
    (row,) = found.result.failing_sample
    assert {**row, "day": ""} == {
        "group_key": "all", "day": "", "value": 0.2, "low": None, "high": 0.103781, "history_days": 9,
        "basis": "weekdays",
    }  # fmt: skip
    with open_warehouse(Settings(home=tmp_path / "one" / "home")) as con:
        kept = con.execute(
            "select check_id, group_key, value, low, high, history_days, basis, is_outside from ops.check_measures"
        ).fetchall()
        sample = con.execute("select failing_sample from ops.check_results").fetchone()
    assert kept == [(words, "all", 0.2, None, 0.103781, 9, "weekdays", True)]
    assert sample is not None and '"group_key": "all"' in sample[0]

    many = Fault("events.goldstein_stays_on_its_scale", "all", "update marts.events set goldstein = 83")
    found = plant(world, many, tmp_path / "many")
    assert found.result.failing_count == 8400
    assert len(found.result.failing_sample) == 20
    assert all(row["goldstein"] == 83 and row["event_id"] for row in found.result.failing_sample)
