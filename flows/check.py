"""Asks whether the built marts look as the world usually does, and stores each answer.

The checks run in a process of their own, which can be started early: Great Expectations takes seconds to
import, and a check that takes the process down with it is then an outcome like any other: could_not_run.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from expectations.errors import SpecError
from expectations.spec import SuiteSpec, load_suites
from expectations.suite import CheckResult, could_not_run
from flows.errors import ComityError
from flows.ids import content_id
from flows.published_months import recall_published_months
from flows.quality_page import write_page
from flows.settings import Settings, load_settings
from flows.warehouse import hold_warehouse, insert_new, open_warehouse, utc_now

if TYPE_CHECKING:
    from prefect.flows import Flow

_RUN_SECONDS = 900.0  # a check that hangs must end as could_not_run, not hold up the night


@dataclass
class CheckReport:
    """The outcome of every check of one run."""

    results: list[CheckResult] = field(default_factory=list)

    @property
    def stopping(self) -> list[CheckResult]:
        """What withholds publication: a stop check that failed, or that told nothing."""
        return [item for item in self.results if item.severity == "stop" and item.outcome != "passed"]

    @property
    def warnings(self) -> list[CheckResult]:
        return [item for item in self.results if item.severity == "warn" and item.outcome != "passed"]

    @property
    def may_publish(self) -> bool:
        return not self.stopping

    def counts(self) -> dict[str, int]:
        """How many checks had each outcome; every outcome is named."""
        found = dict.fromkeys(("passed", "failed", "could_not_run"), 0)
        for item in self.results:
            found[item.outcome] += 1
        return found

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "may_publish": self.may_publish,
            **self.counts(),
            "results": [asdict(item) for item in self.results],
        }


class Checker:
    """The process that checks: started early, asked once."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.suites = load_declared(settings)
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "expectations.suite"),
                *(str(settings.warehouse_path), str(settings.expectations_dir)),
            ],
            cwd=Path(__file__).resolve().parents[1],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self) -> list[CheckResult]:
        """Check the warehouse as it is now."""
        try:
            out, err = self._process.communicate("go\n", timeout=_RUN_SECONDS)
        except subprocess.TimeoutExpired:
            self.close()
            return could_not_run(self.suites, f"the checks did not end within {_RUN_SECONDS:.0f} s")
        answer = out.strip().splitlines()[-1] if out.strip() else ""
        if self._process.returncode != 0 or not answer.startswith("["):
            last = err.strip().splitlines()[-1] if err.strip() else "it said nothing"
            return could_not_run(
                self.suites, f"the checking process ended with exit {self._process.returncode}: {last}"
            )
        return [
            CheckResult(
                **{**item, "failing_sample": tuple(item["failing_sample"]), "measures": tuple(item["measures"])}
            )
            for item in json.loads(answer)
        ]

    def close(self) -> None:
        """End the process if it was never asked."""
        if self._process.poll() is None:
            self._process.kill()
        with contextlib.suppress(OSError, ValueError):
            self._process.communicate()


def load_declared(settings: Settings) -> list[SuiteSpec]:
    """The declared suites, or one error with all complaints about them."""
    try:
        return load_suites(settings.expectations_dir)
    except SpecError as error:
        raise ComityError("; ".join(error.problems)) from error


def check(settings: Settings, run_id: str, *, checker: Checker | None = None) -> CheckReport:
    """Run all suites on the warehouse and store their outcomes under the run."""
    if not settings.warehouse_path.is_file():
        raise ComityError(f"there is no warehouse in {settings.home}; run `comity build` first")
    own = checker or Checker(settings)
    try:
        with hold_warehouse(settings, purpose="check"):
            recall_published_months(settings)
            results = own.run()
    finally:
        own.close()
    keep_results(settings, run_id, results)
    return CheckReport([*results, *_unwritten_page(settings, run_id)])


def keep_results(settings: Settings, run_id: str, results: Sequence[CheckResult]) -> None:
    """Outcomes, with keys of failing rows, go to `ops.check_results`; what was measured to `ops.check_measures`."""
    with open_warehouse(settings, purpose="check") as con:
        insert_new(con, "ops.check_results", [_row(run_id, result) for result in results])
        insert_new(con, "ops.check_measures", [row for result in results for row in _measures(run_id, result)])


def _unwritten_page(settings: Settings, run_id: str) -> list[CheckResult]:
    """Write the quality page; nothing, or the outcome that there is none: a stale page would tell of another run."""
    try:
        write_page(settings, run_id)
    except OSError as error:
        reason = "Whoever opens the quality page sees an older run."
        text = f"the quality page could not be written ({error.strerror or error}); make room or check the rights on it"
        result = CheckResult("quality", "page_is_written", "warn", "could_not_run", reason, error=text)
        keep_results(settings, run_id, [result])
        return [result]
    return []


@cache
def check_flow() -> Flow[..., dict[str, Any]]:
    """The Prefect flow of this stage, made when first asked for: importing Prefect takes seconds."""
    from prefect import flow

    @flow(name="comity-check")
    def comity_check(run_id: str) -> dict[str, Any]:
        return check(load_settings(), run_id).as_dict()

    return comity_check


def _row(run_id: str, result: CheckResult) -> dict[str, Any]:
    return {
        "check_result_id": content_id(run_id, result.check_id),
        "run_id": run_id,
        "check_id": result.check_id,
        "table_name": result.table,
        "severity": result.severity,
        "outcome": result.outcome,
        "reason": result.reason,
        "observed": result.observed,
        "failing_count": result.failing_count,
        "failing_sample": json.dumps(result.failing_sample, default=str) if result.failing_sample else None,
        "error": result.error,
        "checked_at": utc_now(),
    }


def _measures(run_id: str, result: CheckResult) -> list[dict[str, Any]]:
    return [
        {
            "check_measure_id": content_id(run_id, result.check_id, measure["group_key"]),
            "run_id": run_id,
            "check_id": result.check_id,
            **measure,
            "checked_at": utc_now(),
        }
        for measure in result.measures
        if measure["group_key"] is not None
    ]
