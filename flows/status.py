"""How things stand: what was published when, what the last run came to, which checks failed, what is overdue.

Silence never reads as health: nothing published, a last run that failed or was stopped, a warehouse that cannot be
read, and a publication that no run has confirmed within its source's cadence each make `comity status` exit 1.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from flows.alerts.causes import stale_sentence
from flows.errors import ComityError, InputError, WarehouseBusyError, WarehouseError
from flows.ingest import declared_sources
from flows.notices import sentences
from flows.releases import current_release, releases
from flows.runs import GOOD, is_alive, last_good
from flows.settings import Settings
from flows.standing import CODABLE
from flows.warehouse import open_warehouse, utc_now

_GRACE = timedelta(hours=1)  # a run takes its time; a faster cadence gets one interval


@dataclass
class Status:
    """The state of one home; `troubles` are what a person should look at."""

    home: str
    released: dict[str, Any] | None = None
    kept_releases: int = 0
    last_good_at: str | None = None
    last_run: dict[str, Any] | None = None
    counts: dict[str, int] = field(default_factory=dict)
    open_checks: list[dict[str, Any]] = field(default_factory=list)
    sources: list[dict[str, Any]] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)  # what analysts are told beside the published file
    busy: str | None = None
    broken: str | None = None  # why the warehouse cannot be read
    undeclared: str | None = None  # what is wrong with the declarations of the sources
    killed: str | None = None  # the last run, if it ended without a word
    troubles: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def look(settings: Settings, now: datetime | None = None) -> Status:
    """The state of the home, without creating or changing anything but the lock file."""
    now = now or utc_now()
    status = Status(str(settings.home))
    release = current_release(settings)
    if release is not None:
        status.released = {key: value for key, value in release.as_dict().items() if key != "checks"}
        status.kept_releases = len(releases(settings))
    elif Path(os.path.realpath(settings.marts_link)).is_file():
        status.troubles.append("the published file has no manifest; publish again with `comity run --rebuild`")
    else:
        status.troubles.append("nothing is published yet; `comity run` publishes")
    status.notices = sentences(settings)
    status.troubles += status.notices
    if settings.warehouse_path.is_file():
        try:
            with open_warehouse(settings, purpose="status", timeout=0.5) as con:
                _read(con, status)
        except WarehouseBusyError as error:
            status.busy = str(error)
        except WarehouseError as error:
            status.broken = str(error)
            status.troubles.append(status.broken)
    _judge(settings, status, now)
    return status


def run_detail(settings: Settings, run_id: str) -> dict[str, Any]:
    """One run with its checks and alerts; `last` is the newest."""
    if not settings.warehouse_path.is_file():
        raise InputError(f"nothing has run in {settings.home} yet; comity run begins")
    with open_warehouse(settings, purpose="status") as con:
        where = "order by started_at desc limit 1" if run_id == "last" else "where run_id = ?"
        found = _records(con, f"select * from ops.runs {where}", *([] if run_id == "last" else [run_id]))
        if not found:
            raise InputError(f"there is no run {run_id}; `comity status --json` names the last")
        run = found[0]
        run["detail"] = json.loads(run["detail"]) if run["detail"] else None
        run["checks"] = _records(
            con,
            "select check_id, severity, outcome, observed, failing_count, failing_sample, error, reason "
            "from ops.check_results where run_id = ? order by outcome, severity, check_id",
            run["run_id"],
        )
        run["alerts"] = _records(
            con,
            "select cause, kind, severity, message, state, created_at, audience, transport, attempts, error "
            "from ops.alerts where run_id = ? and coalesce(audience, 'log') = 'log' order by cause",
            run["run_id"],
        )
    return run


def is_overdue(cadence: str, last_good: datetime | None, now: datetime) -> bool:
    """Whether a run was due by the cron line, some grace ago, and none has ended well since it was."""
    from cronsim import CronSim

    due = CronSim(cadence, now.replace(tzinfo=UTC), reverse=True)
    newest, before = next(due), next(due)
    if now.replace(tzinfo=UTC) - newest < min(_GRACE, newest - before):
        newest = before  # the newest is not late yet
    return last_good is None or last_good.replace(tzinfo=UTC) < newest


def _read(con: duckdb.DuckDBPyConnection, status: Status) -> None:
    last = _records(con, "select * from ops.runs where verb in ('run', 'publish') order by started_at desc limit 1")
    if last:
        status.last_run = {**last[0], "detail": json.loads(last[0]["detail"]) if last[0]["detail"] else None}
    good = con.execute(f"select max(ended_at) from ops.runs where outcome in {GOOD}").fetchone()
    if good and good[0] is not None:
        status.last_good_at = good[0].isoformat(timespec="seconds")
    for table in ("documents", "sentences", "event_mentions"):
        row = con.execute(f"select count(*) from raw.{table}").fetchone()
        status.counts[table] = int(row[0]) if row else 0
    for name, what in (
        ("documents in other languages", f"raw.documents where not ({CODABLE})"),
        ("copies", "ops.duplicates where duplicate_of is not null"),
        ("open issues", "ops.issues where resolved_at is null"),
    ):
        row = con.execute(f"select count(*) from {what}").fetchone()
        status.counts[name.replace(" ", "_")] = int(row[0]) if row else 0
    status.open_checks = _records(
        con,
        """
        select check_id, severity, outcome, observed, failing_count, error from ops.check_results
        where outcome <> 'passed'
            and run_id = (select run_id from ops.check_results order by checked_at desc limit 1)
        order by severity, check_id
        """,
    )


def _judge(settings: Settings, status: Status, now: datetime) -> None:
    if status.last_run is not None and status.last_run["outcome"] not in GOOD:
        run_id, outcome = status.last_run["run_id"], status.last_run["outcome"]
        if not outcome and not status.busy and not is_alive(status.last_run["detail"]):
            status.killed = run_id
            outcome = "ended without a word (killed?)"
        if outcome:
            status.troubles.append(f"the last run {run_id}: {outcome}; see `comity status --run {run_id}`")
    if status.last_good_at is None:  # the warehouse is busy, gone or broken; others know when a run last ended well
        known = [status.released["released_at"]] if status.released else []
        status.last_good_at = max([*known, *last_good(settings)], default=None)
    good = datetime.fromisoformat(status.last_good_at) if status.last_good_at else None
    try:
        specs = declared_sources(settings)
    except ComityError as error:
        status.undeclared = str(error)
        status.troubles.append(status.undeclared)
        return
    for spec in specs:
        overdue = bool(spec.cadence) and is_overdue(spec.cadence or "", good, now)
        source = {"source_id": spec.source_id, "cadence": spec.cadence, "is_overdue": overdue}
        status.sources.append(source)
        if overdue:
            status.troubles.append(stale_sentence(source, status.last_good_at))


def _records(con: duckdb.DuckDBPyConnection, sql: str, *parameters: object) -> list[dict[str, Any]]:
    cursor = con.execute(sql, list(parameters))
    names = [column[0] for column in cursor.description or []]
    return [
        {
            name: value.isoformat(sep=" ", timespec="seconds") if isinstance(value, datetime) else value
            for name, value in zip(names, row, strict=True)
        }
        for row in cursor.fetchall()
    ]
