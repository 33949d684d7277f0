"""Checks are asked of the built marts, their outcomes stored; what told nothing withholds publication too."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import flows.check as checking
from flows.alert import compose, of_check, raise_alert
from flows.check import Checker, check
from flows.errors import ComityError
from flows.settings import Settings
from flows.warehouse import open_warehouse


def break_scale(settings: Settings) -> None:
    with open_warehouse(settings) as con:
        con.execute("update marts.events set goldstein = 83 where event_code = '040'")


def with_suites(settings: Settings, folder: Path, **files: str) -> Settings:
    folder.mkdir()
    for name, text in files.items():
        (folder / f"{name}.yml").write_text(text)
    return settings.model_copy(update={"expectations_dir": folder})


def suite(severity: str, column: str = "goldstein") -> str:
    return f"""
key: [event_id]
checks:
  - name: on_scale
    expectation: expect_column_values_to_be_between
    kwargs: {{column: {column}, min_value: -10, max_value: 10}}
    severity: {severity}
    reason: A score beyond the scale distorts every sum.
"""


def test_outcomes_are_stored_with_their_keys(built: Settings) -> None:
    break_scale(built)
    report = check(built, "r1")

    assert not report.may_publish
    assert [result.check_id for result in report.stopping] == ["events.goldstein_stays_on_its_scale"]
    with open_warehouse(built) as con:
        rows = con.execute(
            "select outcome, count(*) from ops.check_results where run_id = 'r1' group by all order by 1"
        ).fetchall()
        failed = con.execute(
            "select severity, failing_count, failing_sample, reason from ops.check_results "
            "where check_id = 'events.goldstein_stays_on_its_scale'"
        ).fetchone()
    assert dict(rows) == {name: count for name, count in report.counts().items() if count}
    assert failed is not None
    assert failed[:2] == ("stop", 1)
    assert list(json.loads(failed[2])[0]) == ["event_id", "goldstein"]
    assert "distort" in failed[3]


@pytest.mark.parametrize(
    ("severity", "column", "outcome", "may_publish"),
    [
        ("stop", "goldstein", "failed", False),
        ("warn", "goldstein", "failed", True),
        ("stop", "no_such_column", "could_not_run", False),
        ("warn", "no_such_column", "could_not_run", True),
    ],
)
def test_severity_decides_and_not_running_is_no_pass(
    built: Settings, tmp_path: Path, severity: str, column: str, outcome: str, may_publish: bool
) -> None:
    break_scale(built)
    report = check(with_suites(built, tmp_path / "suites", events=suite(severity, column)), "r1")
    assert [result.outcome for result in report.results] == [outcome]
    assert report.may_publish is may_publish
    assert len(report.stopping) + len(report.warnings) == 1


def test_a_process_that_dies_is_an_outcome(built: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    checker = Checker(built)
    checker._process.kill()
    report = check(built, "r1", checker=checker)
    assert report.counts()["passed"] == 0
    assert not report.may_publish
    assert "ended with exit" in str(report.results[0].error)

    monkeypatch.setattr(checking, "_RUN_SECONDS", 0.01)
    assert "did not end within" in str(check(built, "r2").results[0].error)


def test_a_wrong_suite_stops_before_anything_runs(built: Settings, tmp_path: Path) -> None:
    wrong = with_suites(built, tmp_path / "suites", events=suite("fatal"))
    with pytest.raises(ComityError, match=r"events.yml: checks.0.severity"):
        check(wrong, "r1")


def test_no_warehouse_no_check(settings: Settings) -> None:
    with pytest.raises(ComityError, match="comity build"):
        check(settings, "r1")


def test_an_alert_says_what_how_bad_which_rows_and_where_to_look(
    built: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    break_scale(built)
    report = check(with_suites(built, tmp_path / "suites", events=suite("stop")), "r1")
    causes = [of_check(result) for result in report.stopping]
    message = compose("r1", "publication withheld", causes)
    assert message.startswith("publication withheld (run r1)")
    assert "stop: events.on_scale failed: 1 rows" in message
    assert "event_id" in message and "distorts every sum" in message
    assert "comity status --run r1" in message

    assert raise_alert(built, "r1", "publication withheld", causes) == 1
    assert raise_alert(built, "r1", "publication withheld", causes) == 0  # the same cause of the same run is one row
    assert raise_alert(built, "r1", "nothing", []) == 0
    with open_warehouse(built) as con:
        rows = con.execute("select cause, severity, state from ops.alerts").fetchall()
    assert rows == [("check:events.on_scale", "stop", "delivered")]
