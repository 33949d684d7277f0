"""Runs the suites with Great Expectations, and is its only importer.

Three outcomes: passed, failed, could_not_run. A check whose query breaks, whose table is missing or whose
expectation does not exist has told nothing about the data; it must never read as a pass.

Run as `python -m expectations.suite WAREHOUSE FOLDER` the module imports what it needs, says `ready`, and
checks when it is told `go`: that import takes seconds, and this way it happens while something else is
done.
"""

from __future__ import annotations

import difflib
import json
import logging
import re
import sys
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from expectations.baselines import in_words, judged_rows, rows_outside
from expectations.errors import ExpectationError
from expectations.spec import ROWS_QUERY, CheckSpec, Severity, SuiteSpec, load_suites

Outcome = Literal["passed", "failed", "could_not_run"]

SAMPLE_SIZE = 20  # keys of failing rows that are kept: enough to look further, few enough to read
_ERROR_CHARACTERS = 500
_GROUPED = re.compile(r"\s+")


@dataclass(frozen=True)
class CheckResult:
    """What one check found."""

    table: str
    name: str
    severity: Severity
    outcome: Outcome
    reason: str
    observed: str | None = None
    failing_count: int | None = None
    failing_sample: tuple[dict[str, Any], ...] = ()
    error: str | None = None
    measures: tuple[dict[str, Any], ...] = ()  # what a measuring check found, by group, with its bounds

    @property
    def check_id(self) -> str:
        return f"{self.table}.{self.name}"


def run_suites(warehouse_path: Path, suites: Sequence[SuiteSpec]) -> list[CheckResult]:
    """Run every check of every suite on the warehouse file; one result for each, in their order."""
    try:
        context, source = _connect(warehouse_path)
    except Exception as error:  # whatever keeps it from starting, no check has run
        return [_broken(suite, check, error) for suite in suites for check in suite.checks]
    results: list[CheckResult] = []
    for suite in suites:
        results.extend(_run_suite(context, source, suite))
    return results


def could_not_run(suites: Sequence[SuiteSpec], error: str) -> list[CheckResult]:
    """The results of suites that never got to run."""
    return [_broken(suite, check, error) for suite in suites for check in suite.checks]


def _connect(warehouse_path: Path) -> tuple[Any, Any]:
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    source = context.data_sources.add_or_update_sql(
        "warehouse",
        connection_string=f"duckdb:///{warehouse_path.absolute()}",
        kwargs={
            "connect_args": {"read_only": True},
            # DuckDB answers a rollback outside a transaction with an error, and a pool would send one
            "isolation_level": "AUTOCOMMIT",
            "pool_reset_on_return": None,
            "skip_autocommit_rollback": True,
        },
    )
    return context, source


def _run_suite(context: Any, source: Any, suite: SuiteSpec) -> list[CheckResult]:
    try:
        with warnings.catch_warnings():
            # the successor of `schema_name` is a schema for the whole connection, which our URL cannot name
            warnings.simplefilter("ignore", DeprecationWarning)
            asset = source.add_table_asset(
                f"{suite.db_schema}.{suite.table}", table_name=suite.table, schema_name=suite.db_schema
            )
        batch = asset.add_batch_definition_whole_table("all").get_batch()
    except Exception as error:
        return [_broken(suite, check, error) for check in suite.checks]
    return [_run_check(source, batch, suite, check) for check in suite.checks]


def _run_check(source: Any, batch: Any, suite: SuiteSpec, check: CheckSpec) -> CheckResult:
    try:
        measures = _measures(source, suite, check)
        expectation = _expectation(check)
        found = batch.validate(
            expectation,
            result_format={
                "result_format": "COMPLETE",
                "unexpected_index_column_names": list(suite.key),
            },
        )
    except Exception as error:  # a wrong keyword, a column that is gone: the check is broken, not the data
        return _broken(suite, check, error)
    raised = _raised(found.exception_info)
    if raised:
        return _broken(suite, check, raised)
    result = dict(found.result or {})
    if not found.success and not result:
        return _broken(suite, check, "the expectation failed without saying why")
    count, sample = (None, ()) if found.success else _failing(check, suite, result)
    return CheckResult(
        suite.table,
        check.name,
        check.severity,
        "passed" if found.success else "failed",
        check.reason,
        _observed(result) if check.measure is None else _measured(measures),
        count,
        sample,
        measures=measures,
    )


def _measures(source: Any, suite: SuiteSpec, check: CheckSpec) -> tuple[dict[str, Any], ...]:
    """The values that a measuring check judges: its own answer names only those out of bounds."""
    if check.measure is None:
        return ()
    query = judged_rows(check.measure).format(batch=f'"{suite.db_schema}"."{suite.table}"')
    with source.get_engine().connect() as connection:
        rows = connection.exec_driver_sql(query).mappings().all()
    return tuple({key: _plain(value) for key, value in row.items()} for row in rows)


def _measured(measures: Sequence[dict[str, Any]]) -> str:
    """The worst group in words; groups out of bounds stand first."""
    if not measures:
        return "too little to measure"
    more = f" and {len(measures) - 1} more" if len(measures) > 1 else ""
    return f"{in_words(measures[0])}{more}"


def _expectation(check: CheckSpec) -> Any:
    import great_expectations.expectations as gxe

    if check.measure is not None:
        return gxe.UnexpectedRowsExpectation(unexpected_rows_query=rows_outside(check.measure))
    name = "".join(part.capitalize() for part in check.expectation.split("_"))
    known = {entry for entry in dir(gxe) if entry.startswith(("Expect", "Unexpected"))}
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"; did you mean {_snake(near[0])}?" if near else ""
        raise ExpectationError(f"Great Expectations has no {check.expectation}{hint}")
    return getattr(gxe, name)(**check.kwargs)


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _raised(info: Any) -> str | None:
    """The message of the exception a metric raised; GX nests one record per metric, or gives one alone."""
    if not isinstance(info, dict):
        return None
    if "raised_exception" in info:
        return str(info.get("exception_message") or "an exception") if info["raised_exception"] else None
    for nested in info.values():
        message = _raised(nested)
        if message:
            return message
    return None


def _failing(
    check: CheckSpec, suite: SuiteSpec, result: dict[str, Any]
) -> tuple[int | None, tuple[dict[str, Any], ...]]:
    if check.expectation == ROWS_QUERY:
        rows = (result.get("details") or {}).get("unexpected_rows") or []
        count = result.get("observed_value")
        return (int(count) if isinstance(count, int) else len(rows)), tuple(
            {key: _plain(value) for key, value in dict(row).items()} for row in rows[:SAMPLE_SIZE]
        )
    count = result.get("unexpected_count")
    rows = result.get("unexpected_index_list") or []
    return (int(count) if count is not None else None), tuple(
        {key: _plain(row[key]) for key in row if key in suite.key or key in check.kwargs.values()}
        for row in rows[:SAMPLE_SIZE]
    )


def _observed(result: dict[str, Any]) -> str | None:
    if result.get("observed_value") is not None:
        return str(_plain(result["observed_value"]))
    if result.get("unexpected_count") is not None:
        return f"{result['unexpected_count']} of {result.get('element_count', '?')} rows"
    return None


def _plain(value: Any) -> Any:
    """A value that JSON can hold."""
    return value if isinstance(value, str | int | float | bool | type(None)) else str(value)


def _broken(suite: SuiteSpec, check: CheckSpec, error: Exception | str) -> CheckResult:
    said = str(error).split("[SQL:")[0]  # the check's own SQL stands in its suite
    text = _GROUPED.sub(" ", said).strip() or type(error).__name__
    return CheckResult(
        suite.table, check.name, check.severity, "could_not_run", check.reason, error=text[:_ERROR_CHARACTERS]
    )


def main() -> None:
    """Import, say `ready`, wait for a line, check, print the results as JSON."""
    warehouse, folder = Path(sys.argv[1]), Path(sys.argv[2])
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    import great_expectations.expectations  # noqa: F401

    print("ready", flush=True)
    if sys.stdin.readline().strip() == "go":
        results = run_suites(warehouse, load_suites(folder))
        print(json.dumps([asdict(result) for result in results], default=str), flush=True)


if __name__ == "__main__":
    main()
