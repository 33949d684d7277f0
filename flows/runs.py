"""The row that every run leaves in `ops.runs`: what was asked, when, how it ended, what each stage did."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flows.settings import Settings
from flows.warehouse import open_warehouse, utc_now

GOOD = ("published", "unchanged")  # the outcomes after which what is published is up to date
_LAST_GOOD = "last-good.json"

# Times are handed to DuckDB as text: for a datetime it imports pandas, which costs each verb half a second.


def new_run_id() -> str:
    """A name that sorts by time and that two runs of the same second do not share."""
    return f"{utc_now():%Y%m%dT%H%M%S}-{secrets.token_hex(2)}"


@dataclass
class Run:
    """A run under way; whoever leads it sets `outcome` and adds to `stages`."""

    run_id: str
    verb: str
    outcome: str = "done"
    stages: dict[str, dict[str, Any]] = field(default_factory=dict)
    _began: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        return round(time.monotonic() - self._began, 2)

    @contextmanager
    def stage(self, name: str) -> Iterator[dict[str, Any]]:
        """Time a stage; what the block puts into the record is kept, also when the stage fails."""
        began = time.monotonic()
        record: dict[str, Any] = {}
        self.stages[name] = record
        try:
            yield record
        finally:
            record["seconds"] = round(time.monotonic() - began, 2)


@contextmanager
def recorded_run(settings: Settings, verb: str) -> Iterator[Run]:
    """A run with a row in `ops.runs`, which tells of its failure too.

    A row without an end belongs to a run that is under way or was killed; its process tells which.
    """
    run = Run(new_run_id(), verb)
    with open_warehouse(settings, purpose=verb) as con:
        con.execute(
            "insert into ops.runs (run_id, verb, started_at, detail) values (?, ?, ?, ?)",
            [run.run_id, verb, str(utc_now()), json.dumps({"pid": os.getpid(), "host": socket.gethostname()})],
        )
    try:
        yield run
    except BaseException as error:
        run.outcome = "failed"
        _finish(settings, run, str(error) or type(error).__name__)
        raise
    _finish(settings, run, None)


def is_alive(detail: dict[str, Any] | None) -> bool:
    """Whether a run without an end is still under way, by the process that its row names."""
    if not detail or "pid" not in detail or detail.get("host") != socket.gethostname():
        return False
    try:
        os.kill(detail["pid"], 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # somebody else's, but there
    return True


def last_good(settings: Settings) -> list[str]:
    """When a run last ended well, as told beside the warehouse, which may be busy, gone or broken; or nothing."""
    try:
        return [json.loads((settings.home / _LAST_GOOD).read_text(encoding="utf-8"))["at"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _note_good(settings: Settings, run: Run) -> None:
    draft = settings.home / f".{_LAST_GOOD}.{run.run_id}.tmp"
    with contextlib.suppress(OSError):  # the table has it too
        draft.write_text(json.dumps({"run_id": run.run_id, "at": f"{utc_now():%Y-%m-%dT%H:%M:%S}"}), encoding="utf-8")
        draft.replace(settings.home / _LAST_GOOD)


def _finish(settings: Settings, run: Run, error: str | None) -> None:
    detail: dict[str, Any] = {"stages": run.stages, "seconds": run.seconds}
    if error:
        detail["error"] = error
    with open_warehouse(settings, purpose=run.verb) as con:
        con.execute(
            "update ops.runs set ended_at = ?, outcome = ?, detail = ? where run_id = ?",
            [str(utc_now()), run.outcome, json.dumps(detail, default=str), run.run_id],
        )
    if run.outcome in GOOD:
        _note_good(settings, run)
