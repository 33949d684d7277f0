"""Tells of what failed, became stale or recovered: wiring only; the ideas are in flows/alerts.

`raise_alert` keeps and logs, `send_alerts` delivers what is kept. A run does the first while it works and the
second when all else is done: no server that is slow or dead can hold up a publication or change its outcome.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import duckdb

from flows.alerts import ledger, spool
from flows.alerts.causes import Cause, Findings, of_check, of_status
from flows.alerts.message import compose as compose_message
from flows.alerts.outbox import Sent, send_pending, send_spooled, send_test
from flows.alerts.redact import clean
from flows.alerts.transports import Routes, no_routes, routes
from flows.errors import ComityError, WarehouseError
from flows.settings import Settings
from flows.warehouse import open_warehouse, utc_now

if TYPE_CHECKING:
    from flows.status import Status

__all__ = ["Cause", "Findings", "compose", "of_check", "of_status", "raise_alert", "send_alerts", "standing"]

logger = logging.getLogger("comity.alert")
_PATIENCE = 0.5  # seconds a watcher waits for the warehouse: a long run must not keep it from telling
_TROUBLE = (ComityError, duckdb.Error, OSError)  # of a warehouse, a disk or a setting


def raise_alert(
    settings: Settings,
    run_id: str,
    headline: str,
    causes: Sequence[Cause] | Findings,
    *,
    covered: Collection[str] = (),
    speak: bool = True,
    timeout: float | None = None,
) -> int:
    """Keep what was found, close what was looked at and is over, and log both; says how many there were.

    Where the warehouse cannot be written the causes are kept in files beside it. Without `speak` nothing is
    logged: for a caller that shows the error itself.
    """
    found = causes if isinstance(causes, Findings) else Findings(list(causes), set(covered))
    known = _routes(settings)
    try:
        with _warehouse(settings, timeout) as con:
            _take_over(con, settings, known)
            fresh = ledger.record(con, run_id, found, known)
    except _TROUBLE as error:
        logger.warning("alerts are kept beside the warehouse, which cannot be written: %s", clean(str(error)))
        fresh = spool.add(settings, found.causes, run_id, known.redactor)
    if fresh and speak:
        is_bad = any(row["severity"] == "stop" and row["kind"] != "recovered" for row in fresh)
        all_over = all(row["kind"] == "recovered" for row in fresh)
        text = compose_message(run_id, "recovered" if all_over else known.redactor.message(headline), fresh).body
        logger.log(logging.ERROR if is_bad else logging.WARNING, text)
    return len(fresh)


def send_alerts(settings: Settings, run_id: str = "", headline: str = "", *, timeout: float | None = None) -> Sent:
    """Deliver what is kept; whatever goes wrong becomes a warning, never an error."""
    try:
        sent = _send(settings, routes(settings), run_id, headline, timeout)
    except _TROUBLE as error:
        sent = Sent(warnings=[f"alerts could not be delivered and will be tried again: {clean(str(error))}"])
    except Exception as error:  # a fault of ours in telling must not undo what was to be told of
        sent = Sent(warnings=[f"alerts could not be delivered: unexpected {type(error).__name__}"])
    for warning in sent.warnings:
        logger.warning(warning)
    return sent


def met_before(settings: Settings) -> Findings:
    """What a run finds when it begins: that nobody ran for too long, or that the last one was killed."""
    from flows.status import look

    try:
        status = look(settings)
    except _TROUBLE:
        return Findings()  # the run itself will meet it
    found = of_status(status)
    if status.last_good_at is None and status.last_run is None:
        return Findings(covered=found.covered)  # a new home is not late
    return Findings([cause for cause in found.causes if cause.kind == "stale" or cause.cause == "run"], found.covered)


def watch(settings: Settings, status: Status) -> Sent:
    """Tell of what a look from outside finds: silence most of all, also where the warehouse is busy or gone."""
    headline = "Comity needs a person"
    run_id = f"status-{utc_now():%Y%m%dT%H%M%S}"
    raise_alert(settings, run_id, headline, of_status(status), speak=False, timeout=_PATIENCE)
    return send_alerts(settings, run_id, headline, timeout=_PATIENCE)


def try_transports(settings: Settings) -> Iterator[tuple[str, str, str | None]]:
    """Send a test through every transport, one after the other."""
    return send_test(settings, routes(settings))


def standing(settings: Settings) -> dict[str, Any]:
    """What is open, what was sent last, and by which ways; for `comity alerts`."""
    known = routes(settings)
    opened: list[dict[str, Any]] = []
    sent: list[dict[str, Any]] = []
    if settings.warehouse_path.is_file():
        with open_warehouse(settings, purpose="alert") as con:
            opened, sent = ledger.open_causes(con), ledger.deliveries(con)
    names = {row["cause"] for row in opened}
    opened += [spool.row(entry) for entry in spool.entries(settings) if entry.cause.cause not in names]
    groups = [
        {
            "group": group.name,
            "severities": sorted(group.severities),
            "transports": [transport.name for transport in group.transports],
        }
        for group in known.groups
    ]
    return {"open": opened, "deliveries": sent, "groups": groups, "quiet_hours": known.quiet.total_seconds() / 3600}


def compose(run_id: str, headline: str, causes: Sequence[Cause]) -> str:
    """The message of these causes, as a person reads it."""
    rows = [
        {
            **{"cause": cause.cause, "kind": cause.kind, "severity": cause.severity, "message": cause.message},
            **{"since_at": cause.since, "look": cause.look or f"comity status --run {run_id}"},
        }
        for cause in causes
    ]
    return compose_message(run_id, headline, rows).body


def _send(settings: Settings, known: Routes, run_id: str, headline: str, timeout: float | None) -> Sent:
    deadline = time.monotonic() + settings.alerts_budget
    try:
        if spool.entries(settings):
            with _warehouse(settings, timeout) as con:
                _take_over(con, settings, known)
        return send_pending(settings, known, run_id, headline, deadline)
    except _TROUBLE as error:
        sent = send_spooled(settings, known, headline or "What Comity has to tell", deadline)
        sent.warnings.append(f"the outbox cannot be read and is tried again: {clean(str(error))}")
        return sent


@contextmanager
def _warehouse(settings: Settings, timeout: float | None) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse where there is one: telling that it is gone must not make an empty one."""
    if not settings.warehouse_path.is_file():
        raise WarehouseError(f"there is no warehouse in {settings.home}")
    with open_warehouse(settings, purpose="alert", timeout=timeout) as con:
        yield con


def _take_over(con: duckdb.DuckDBPyConnection, settings: Settings, known: Routes) -> None:
    """Bring into the tables what stood beside the warehouse while it could not be written."""
    waiting = spool.entries(settings)
    for entry in waiting:
        ledger.adopt(con, entry.run_id, entry.cause, entry.told, known)
    spool.drop(settings, waiting)


def _routes(settings: Settings) -> Routes:
    """The groups; where they are set wrongly a run goes on with its log, and `send_alerts` says what is wrong."""
    try:
        return routes(settings)
    except ComityError:
        return no_routes(settings)
