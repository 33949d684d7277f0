"""What is open and who was told: `ops.causes` and the outbox `ops.alerts`, in one transaction a run.

A row of the outbox stands before its message leaves, and is marked after: what ends the process in between makes
the message go out twice, never not at all. Times go to DuckDB as text: for a datetime it imports pandas.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import duckdb

from flows.alerts.causes import RANK, Cause, Findings
from flows.alerts.transports import LOG, Group, Routes
from flows.ids import content_id
from flows.warehouse import insert_new, transaction, utc_now

_GIVE_UP = timedelta(days=7)  # an undelivered alert; an open cause is then told anew
Row = dict[str, Any]

_ALERT = (
    "select a.*, c.look, case when a.kind = 'recovered' then c.recovered_at end as recovered_at "
    "from ops.alerts as a left join ops.causes as c using (cause)"
)


def record(con: duckdb.DuckDBPyConnection, run_id: str, found: Findings, routes: Routes) -> list[Row]:
    """Keep what a run found and put what is to be told into the outbox; returns what is new to the log."""
    now = utc_now()
    redact = routes.redactor.message
    with transaction(con):
        for cause in (*found.causes, *found.over):
            _meet(con, run_id, cause, redact(cause.message), now)
        met = {cause.cause for cause in found.causes}
        over = {cause.cause for cause in found.over}
        opened = _rows(con, "select * from ops.causes where recovered_at is null order by cause")
        closed = [
            row
            for row in opened
            if row["cause"] not in met and (row["cause"] in over or found.has_looked_at(row["cause"]))
        ]
        for row in closed:
            con.execute("update ops.causes set recovered_at = ? where cause = ?", [str(now), row["cause"]])
        still = [row for row in opened if row not in closed]
        fresh = [_alert(run_id, row, row["kind"], LOG, now) for row in still if row["cause"] in met]
        fresh += [_alert(run_id, row, "recovered", LOG, now) for row in closed]
        for group in routes.groups:
            _enqueue(con, run_id, group, still, closed, over, now, routes.quiet)
        added = insert_new(con, "ops.alerts", fresh)
        con.execute(
            "update ops.alerts set state = 'failed' where state = 'pending' and created_at < ?", [str(now - _GIVE_UP)]
        )
    looks = {row["cause"]: row["look"] for row in opened}
    until = {row["cause"]: now for row in closed}
    return [{**row, "look": looks[row["cause"]], "recovered_at": until.get(row["cause"])} for row in fresh if added]


def pending(con: duckdb.DuckDBPyConnection, audience: str) -> list[Row]:
    """What this audience has not been told yet, oldest first."""
    return _rows(con, f"{_ALERT} where a.state = 'pending' and a.audience = ? order by a.created_at", audience)


def mark(
    con: duckdb.DuckDBPyConnection,
    rows: Sequence[Row],
    transport: str | None,
    tried: str | None,
    attempts: int,
    error: str | None,
) -> None:
    """Write down what came of the rows; one that got worse while it was sent stays to be sent."""
    with transaction(con):
        for row in rows:
            con.execute(
                "update ops.alerts set attempts = coalesce(attempts, 0) + ?, transport = ?, error = ?, state = ?, "
                "delivered_at = ? where alert_id = ? and severity = ? and message = ? and state = 'pending'",
                [
                    attempts,
                    transport or tried,
                    error,
                    "delivered" if transport else "pending",
                    str(utc_now()) if transport else None,
                    row["alert_id"],
                    row["severity"],
                    row["message"],
                ],
            )


def adopt(
    con: duckdb.DuckDBPyConnection, run_id: str, cause: Cause, told: Mapping[str, tuple[str, str]], routes: Routes
) -> None:
    """Take over a cause that was met, and perhaps told, while the warehouse could not be written."""
    with transaction(con):
        _meet(con, run_id, cause, routes.redactor.message(cause.message), utc_now())
        (row,) = _rows(con, "select * from ops.causes where cause = ?", cause.cause)
        for audience, (severity, at) in told.items():
            alert = _alert(run_id, {**row, "severity": severity}, cause.kind, audience, datetime.fromisoformat(at))
            insert_new(con, "ops.alerts", [{**alert, "state": "delivered", "attempts": 1, "delivered_at": at}])
    record(con, run_id, Findings([cause]), routes)


def open_causes(con: duckdb.DuckDBPyConnection) -> list[Row]:
    """What has not recovered, the worst and oldest first."""
    found = _rows(con, "select * from ops.causes where recovered_at is null order by since_at, cause")
    return sorted(found, key=lambda row: -RANK.get(row["severity"], 0))


def deliveries(con: duckdb.DuckDBPyConnection, limit: int = 20) -> list[Row]:
    """The newest rows of the outbox; what only the log was told is left out."""
    return _rows(con, f"{_ALERT} where a.audience <> '{LOG}' order by a.created_at desc, a.cause limit {int(limit)}")


def _meet(con: duckdb.DuckDBPyConnection, run_id: str, cause: Cause, message: str, now: datetime) -> None:
    since = min(cause.since or now, now)
    con.execute(
        """
        insert into ops.causes
            (cause, kind, severity, message, look, first_seen_at, since_at, last_seen_at, seen_count, run_id)
        values (?, ?, ?, ?, ?, ?, ?, ?, 1, ?)
        on conflict (cause) do update set
            kind = excluded.kind, severity = excluded.severity, message = excluded.message, look = excluded.look,
            since_at = if(causes.recovered_at is null, causes.since_at, excluded.since_at),
            seen_count = case
                when causes.recovered_at is not null then 1
                when causes.run_id = excluded.run_id then causes.seen_count
                else causes.seen_count + 1
            end,
            last_seen_at = excluded.last_seen_at, run_id = excluded.run_id, recovered_at = null
        """,
        [
            *(cause.cause, cause.kind, cause.severity, message),
            *(cause.look or f"comity status --run {run_id}", str(since), str(since), str(now), run_id),
        ],
    )


def _enqueue(
    con: duckdb.DuckDBPyConnection,
    run_id: str,
    group: Group,
    still: Sequence[Row],
    closed: Sequence[Row],
    over: set[str],
    now: datetime,
    quiet: timedelta,
) -> None:
    """Put into the outbox what this group is to hear: what is new, worse, long unsaid, or over."""
    last = {
        row["cause"]: row
        for row in _rows(
            con,
            "select * from ops.alerts where audience = ? and state <> 'failed' "
            "qualify row_number() over (partition by cause order by created_at desc, kind = 'recovered' desc) = 1",
            group.name,
        )
    }
    new: list[Row] = []
    for row in still:
        before = last.get(row["cause"])
        if before is not None and before["state"] == "pending" and before["kind"] != "recovered":
            _renew(con, before, row, run_id)
        elif row["severity"] in group.severities and _is_due(before, row, now, quiet):
            new.append(_alert(run_id, row, row["kind"], group.name, now))
    for row in closed:
        before = last.get(row["cause"])
        was_told = before is not None and before["kind"] != "recovered"
        if was_told or (row["cause"] in over and row["severity"] in group.severities):  # then it is told only now
            new.append(_alert(run_id, row, "recovered", group.name, now))
    insert_new(con, "ops.alerts", new)


def _is_due(before: Row | None, row: Row, now: datetime, quiet: timedelta) -> bool:
    if before is None or before["kind"] == "recovered":
        return True
    worse = RANK.get(row["severity"], 0) > RANK.get(before["severity"], 0)
    return worse or now - (before["delivered_at"] or before["created_at"]) >= quiet


def _renew(con: duckdb.DuckDBPyConnection, before: Row, row: Row, run_id: str) -> None:
    """What was not delivered yet says how things stand now, at its worst."""
    severity = max(before["severity"], row["severity"], key=lambda name: RANK.get(name, 0))
    con.execute(
        "update ops.alerts set severity = ?, message = ?, run_id = ? where alert_id = ?",
        [severity, row["message"], run_id, before["alert_id"]],
    )


def _alert(run_id: str, row: Mapping[str, Any], kind: str, audience: str, now: datetime) -> Row:
    is_log = audience == LOG
    return {
        "alert_id": content_id(run_id, row["cause"], audience, kind),
        "run_id": run_id,
        "cause": row["cause"],
        "severity": row["severity"],
        "message": row["message"],
        "transport": LOG if is_log else None,
        "state": "delivered" if is_log else "pending",
        "created_at": now,
        "delivered_at": now if is_log else None,
        "audience": audience,
        "kind": kind,
        "first_seen_at": row["first_seen_at"],
        "since_at": row["since_at"],
        "attempts": int(is_log),
    }


def _rows(con: duckdb.DuckDBPyConnection, sql: str, *parameters: object) -> list[Row]:
    cursor = con.execute(sql, list(parameters))
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
