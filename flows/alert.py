"""One message per run for what failed: what, how bad, which rows, and the command to look further.

The message goes to the log (standard error) and stands as rows in `ops.alerts`, one for each cause;
transports to people's desks are added here and nowhere else.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from expectations.suite import CheckResult
from flows.ids import content_id
from flows.settings import Settings
from flows.warehouse import insert_new, open_warehouse, utc_now

logger = logging.getLogger("comity.alert")

_SAMPLE_KEYS = 3  # in a message; ops.check_results keeps more


@dataclass(frozen=True)
class Cause:
    """One thing that went wrong; `cause` names it in the same way in every run."""

    cause: str
    severity: str
    message: str


def of_check(result: CheckResult) -> Cause:
    """What a check that did not pass says to people."""
    if result.outcome == "could_not_run":
        text = f"{result.check_id} could not run: {result.error}"
    else:
        found = f" ({result.observed})" if result.observed and result.failing_count is None else ""
        count = f": {result.failing_count} rows" if result.failing_count else ""
        sample = json.dumps(result.failing_sample[:_SAMPLE_KEYS], default=str, ensure_ascii=False)
        text = f"{result.check_id} failed{count}{found}" + (f", such as {sample}" if result.failing_sample else "")
    return Cause(f"check:{result.check_id}", result.severity, f"{text}. {result.reason}")


def raise_alert(settings: Settings, run_id: str, headline: str, causes: Sequence[Cause], *, speak: bool = True) -> int:
    """Tell of the causes once, and keep them; says how many there were.

    Without `speak` the rows are kept and nothing is logged: for a caller that shows the error itself.
    """
    if not causes:
        return 0
    message = compose(run_id, headline, causes)
    worst = logging.ERROR if any(cause.severity == "stop" for cause in causes) else logging.WARNING
    if speak:
        logger.log(worst, message)
    now = utc_now()
    rows: list[dict[str, Any]] = [
        {
            "alert_id": content_id(run_id, cause.cause),
            "run_id": run_id,
            "cause": cause.cause,
            "severity": cause.severity,
            "message": cause.message,
            "transport": "log",
            "state": "delivered",
            "created_at": now,
            "delivered_at": now,
        }
        for cause in causes
    ]
    with open_warehouse(settings, purpose="alert") as con:
        return insert_new(con, "ops.alerts", rows)


def compose(run_id: str, headline: str, causes: Sequence[Cause]) -> str:
    """The message, the worst first."""
    ranked = sorted(causes, key=lambda cause: (cause.severity != "stop", cause.cause))
    lines = [f"{headline} (run {run_id})", *(f"  {cause.severity}: {cause.message}" for cause in ranked)]
    return "\n".join([*lines, f"  look further: comity status --run {run_id}"])
