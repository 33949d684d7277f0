"""Empties the outbox: what was not told yet goes out as one message to each group, whoever put it there.

Nothing here ends a run or holds the warehouse while a server thinks. What goes wrong is a warning in words, and
what could not be delivered stays for the next run or `comity alert`.
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import duckdb

from flows.alerts import ledger, spool
from flows.alerts.delivery import Delivery, Sender, deliver
from flows.alerts.message import Message, compose
from flows.alerts.transports import Group, Routes
from flows.settings import Settings
from flows.warehouse import open_warehouse, utc_now

_POLL_SECONDS = 0.1


@dataclass
class Sent:
    """What the emptying of the outbox came to."""

    delivered: int = 0
    kept: int = 0
    lines: list[str] = field(default_factory=list)  # one for each group that had something coming
    warnings: list[str] = field(default_factory=list)


def send_pending(settings: Settings, routes: Routes, run_id: str, headline: str, deadline: float) -> Sent:
    """Tell every group what stands in the outbox for it."""
    sent = Sent()
    if not routes.groups:
        return sent
    if not settings.warehouse_path.is_file():
        return send_spooled(settings, routes, headline, deadline)
    with _alone(settings, deadline) as is_alone, Sender(routes.redactor) as sender:
        if not is_alone:
            sent.warnings.append("another process is delivering alerts; what it leaves is sent next time")
            return sent
        with _outbox(settings, deadline) as con:
            waiting = [(group, ledger.pending(con, group.name)) for group in routes.groups]
        for group, rows in waiting:
            if not rows:
                continue
            is_own = bool(run_id) and all(row["run_id"] == run_id for row in rows)
            head = headline if is_own and headline else "What Comity has to tell"
            message = compose(run_id if is_own else "", routes.redactor.message(head), rows, str(settings.home))
            done = deliver(group, message, sender, settings.alerts_timeout, deadline)
            with _outbox(settings, deadline) as con:
                ledger.mark(con, rows, done.transport, done.tried, done.attempts, done.error)
            _note(sent, group, done, len(rows))
    return sent


def send_spooled(settings: Settings, routes: Routes, headline: str, deadline: float) -> Sent:
    """Tell the groups although the warehouse cannot be written; files stand in for its tables."""
    sent = Sent()
    found = spool.entries(settings)
    now = utc_now()
    with Sender(routes.redactor) as sender:
        for group in routes.groups:
            due = [
                entry
                for entry in found
                if entry.cause.severity in group.severities and entry.is_due(group.name, now, routes.quiet)
            ]
            if not due:
                continue
            rows = [spool.row(entry) for entry in due]
            message = compose("", routes.redactor.message(headline), rows, str(settings.home))
            done = deliver(group, message, sender, settings.alerts_timeout, deadline)
            if done.transport:
                for entry in due:
                    entry.told[group.name] = (entry.cause.severity, str(now))
                spool.keep(settings, found)
            _note(sent, group, done, len(due))
    return sent


def send_test(settings: Settings, routes: Routes) -> Iterator[tuple[str, str, str | None]]:
    """Send a test message through every transport; of each its group, its name and why it failed, if it did."""
    with Sender(routes.redactor) as sender:
        for group in routes.groups:
            severities = " and ".join(sorted(group.severities))
            asked = f"Asked for by `comity alert --test`. Group {group.name} is told of {severities}."
            message = Message("Comity: test of the alerts", f"{asked}\nhome: {settings.home}", "info")
            for transport in group.transports:
                yield group.name, transport.name, sender.attempt(transport, message, settings.alerts_timeout)


def _note(sent: Sent, group: Group, done: Delivery, count: int) -> None:
    what = f"{count} alert{'s' * (count != 1)} for {group.name}"
    if done.transport is None:
        sent.kept += count
        sent.warnings.append(f"{what} could not be delivered and will be tried again: {done.error}")
        return
    sent.delivered += count
    sent.lines.append(f"{what} delivered by {done.transport}")
    if done.error:
        sent.warnings.append(f"{what} delivered by {done.transport}, since others failed: {done.error}")


@contextmanager
def _outbox(settings: Settings, deadline: float) -> Iterator[duckdb.DuckDBPyConnection]:
    left = max(0.5, deadline - time.monotonic())
    with open_warehouse(settings, purpose="alert", timeout=min(left, settings.lock_timeout)) as con:
        yield con


@contextmanager
def _alone(settings: Settings, deadline: float) -> Iterator[bool]:
    """Keep two processes from sending the same rows; the system drops the lock when its holder dies."""
    with (settings.home / "alerts.lock").open("a") as handle:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    yield False
                    return
                time.sleep(_POLL_SECONDS)
            else:
                yield True  # closing the file drops the lock
                return
