"""What people read: one message per run, the worst first, each with since when and the command to look further."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flows.alerts.causes import RANK

_SHOWN = 20  # causes in one message; `comity alerts` has them all
_LONGEST = 700  # characters of one cause
Row = dict[str, Any]


@dataclass(frozen=True)
class Message:
    """What is sent; `tone` is Apprise's word for how bad it is."""

    title: str
    body: str
    tone: str  # failure, warning, success, info


def compose(run_id: str, headline: str, rows: Sequence[Row], home: str = "") -> Message:
    """One message of all the rows of `ops.alerts` that an audience has not been told yet."""
    ranked = sorted(rows, key=lambda row: (row["kind"] == "recovered", -RANK.get(row["severity"], 0), row["cause"]))
    lines = [f"{headline} (run {run_id})" if run_id else headline, ""]
    looks = []
    for row in ranked[:_SHOWN]:
        lines += [f"  {told(row)}", f"    {when(row)}"]
        looks += [row["look"]] if row.get("look") and row["look"] not in looks else []
    if len(ranked) > _SHOWN:
        lines.append(f"  and {len(ranked) - _SHOWN} more")
    lines += ["", *(f"look further: {look}" for look in looks[:3]), "all that is open: comity alerts"]
    return Message(title(ranked), "\n".join([*lines, f"home: {home}"] if home else lines), tone(ranked))


def title(rows: Sequence[Row]) -> str:
    """How many of each kind: Comity: 1 failed (stop), 2 recovered."""
    counts = {kind: sum(row["kind"] == kind for row in rows) for kind in ("failed", "stale", "recovered")}
    open_rows = [row for row in rows if row["kind"] != "recovered"]
    worst = max((row["severity"] for row in open_rows), key=lambda name: RANK.get(name, 0), default="")
    text = ", ".join(f"{count} {kind}" for kind, count in counts.items() if count)
    return f"Comity: {text}" + (f" (worst: {worst})" if worst else "")


def tone(rows: Sequence[Row]) -> str:
    """stop is a failure, warn a warning, only recoveries a success."""
    found = {row["severity"] for row in rows if row["kind"] != "recovered"}
    return "failure" if "stop" in found else "warning" if found else "success"


def told(row: Row) -> str:
    """A cause in a line: how bad, what."""
    label = "recovered" if row["kind"] == "recovered" else row["severity"]
    text = f"{label}: {' '.join(str(row['message']).split())}"
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def when(row: Row) -> str:
    """Since when, or how long it had lasted; and since when it is known at all, if it came back."""
    since, first, until = row.get("since_at"), row.get("first_seen_at"), row.get("recovered_at")
    if since is None:
        return "since now"
    text = f"from {_at(since)} to {_at(until)}, {lasting(until - since)}" if until else f"since {_at(since)}"
    return text + (f", first met {_at(first)}" if first and since - first > timedelta(minutes=1) else "")


def lasting(span: timedelta) -> str:
    """A length of time in the unit that suits it."""
    seconds = span.total_seconds()
    for size, unit in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(seconds, 0):.0f} seconds"


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
