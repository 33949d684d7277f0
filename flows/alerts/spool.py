"""Where alerts stand while the warehouse is busy, gone or broken: one small file for each cause beside it.

The next run that can write the warehouse takes them over. Who was told, and when, stands in the file too, so
that a watcher which looks every few minutes keeps the quiet time.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flows.alerts.causes import RANK, Cause
from flows.alerts.redact import Redactor
from flows.ids import content_id
from flows.settings import Settings
from flows.warehouse import utc_now

_FOLDER = "alerts"
_unwritten: dict[Path, Entry] = {}  # where the disk is full or gone, this process still tells


@dataclass
class Entry:
    """A cause that no table knows yet, and who has heard of it."""

    cause: Cause
    run_id: str
    seen_at: datetime
    told: dict[str, tuple[str, str]] = field(default_factory=dict)  # group -> severity, time

    def is_due(self, group: str, now: datetime, quiet: timedelta) -> bool:
        """Whether the group has not heard of it, or of something less bad, or long ago."""
        if group not in self.told:
            return True
        severity, at = self.told[group]
        if RANK.get(self.cause.severity, 0) > RANK.get(severity, 0):
            return True
        return now - datetime.fromisoformat(at) >= quiet


def entries(settings: Settings) -> list[Entry]:
    """What waits, oldest first; a file that cannot be read is left for a person."""
    found = [entry for path, entry in _unwritten.items() if path.parent == _folder(settings)]
    for path in _folder(settings).glob("*.json"):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            found.append(_entry(json.loads(path.read_text(encoding="utf-8"))))
    return sorted(found, key=lambda entry: entry.seen_at)


def add(settings: Settings, causes: Sequence[Cause], run_id: str, redactor: Redactor) -> list[dict[str, Any]]:
    """Keep the causes, each with what an earlier file knows of who was told; returns them as rows for a message."""
    now = utc_now()
    known = {entry.cause.cause: entry for entry in entries(settings)}
    merged = []
    for cause in causes:
        before = known.get(cause.cause)
        seen, told = (before.seen_at, before.told) if before else (now, {})
        told_cause = replace(
            cause,
            message=redactor.message(cause.message),
            since=cause.since or seen,
            look=cause.look or f"comity status --run {run_id}",
        )
        merged.append(Entry(told_cause, run_id, seen, told))
    keep(settings, merged)
    return [row(entry) for entry in merged]


def row(entry: Entry) -> dict[str, Any]:
    """An entry as the message wants it."""
    cause = entry.cause
    return {
        "cause": cause.cause,
        "kind": cause.kind,
        "severity": cause.severity,
        "message": cause.message,
        "look": cause.look,
        "since_at": cause.since,
        "first_seen_at": cause.since,
        "run_id": entry.run_id,
        "seen_count": 1,
    }


def keep(settings: Settings, found: Sequence[Entry]) -> None:
    """Write the entries, or have this process remember them."""
    for entry in found:
        path = _path(settings, entry)
        try:
            _write(path, json.dumps(_as_dict(entry), ensure_ascii=False))
            _unwritten.pop(path, None)
        except OSError:
            _unwritten[path] = entry


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with draft.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def drop(settings: Settings, found: Sequence[Entry]) -> None:
    """Take away what the tables know now."""
    for entry in found:
        path = _path(settings, entry)
        _unwritten.pop(path, None)
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


def _folder(settings: Settings) -> Path:
    return settings.home / _FOLDER


def _path(settings: Settings, entry: Entry) -> Path:
    return _folder(settings) / f"{content_id(entry.cause.cause)}.json"


def _as_dict(entry: Entry) -> dict[str, Any]:
    cause = entry.cause
    return {
        "cause": cause.cause,
        "severity": cause.severity,
        "message": cause.message,
        "kind": cause.kind,
        "since": str(cause.since or entry.seen_at),
        "look": cause.look,
        "run_id": entry.run_id,
        "seen_at": str(entry.seen_at),
        "told": entry.told,
    }


def _entry(found: dict[str, Any]) -> Entry:
    since = datetime.fromisoformat(found["since"])
    cause = Cause(found["cause"], found["severity"], found["message"], found["kind"], since, found["look"])
    told = {group: (severity, at) for group, (severity, at) in found["told"].items()}
    return Entry(cause, found["run_id"], datetime.fromisoformat(found["seen_at"]), told)
