"""What analysts are told about the file they read, beside it: a newer run was withheld, or an older file is back.

A release never changes, so such news cannot stand in it. They are small JSON files next to the link, where whoever
lists the folder sees them; `comity query` and `comity status` repeat them, and the next good publication deletes them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flows.releases import Release, current_release, linked_file, run_of, write_text
from flows.settings import Settings
from flows.warehouse import utc_now

WITHHELD = "marts.withheld.json"
ROLLED_BACK = "marts.rolled-back.json"


def tell_withheld(settings: Settings, run_id: str, outcome: str, reasons: Sequence[str]) -> dict[str, Any]:
    """Say beside the published file that a newer run did not get there: `outcome` is withheld or failed."""
    now = f"{utc_now():%Y-%m-%dT%H:%M:%S}"
    before = withheld(settings)
    current = current_release(settings)
    notice = {
        "outcome": outcome,
        "run_id": run_id,
        "at": now,
        "since": before["since"] if before else now,
        "run_count": (before["run_count"] if before else 0) + 1,
        "reasons": list(reasons),
        "published": _brief(current) if current else None,
        "meaning": (
            "marts.duckdb shows the last good release, unchanged; newer data were not published for these reasons."
            if current
            else "Nothing is published yet, for these reasons."
        ),
        "look_further": f"comity status --run {run_id}",
    }
    _write(settings.home / WITHHELD, notice)
    return notice


def withheld(settings: Settings) -> dict[str, Any] | None:
    """The notice of a run that was withheld after the present file was released, if there is one."""
    notice = _read(settings.home / WITHHELD)
    current = current_release(settings)
    if notice is None or (current is not None and notice["at"] < current.released_at):
        return None  # of a publication that was killed before it could take the notice away
    return notice


def tell_rolled_back(settings: Settings, run_id: str, target: Path, newest: str) -> dict[str, Any]:
    """Say beside the published file that it is an earlier one again, until the next good publication."""
    notice = {
        "outcome": "rolled_back",
        "run_id": run_id,
        "at": f"{utc_now():%Y-%m-%dT%H:%M:%S}",
        "published": run_of(target),
        "instead_of": newest,
        "meaning": "marts.duckdb shows an earlier release, by decision; the next good publication replaces it.",
    }
    _write(settings.home / ROLLED_BACK, notice)
    return notice


def rolled_back(settings: Settings) -> dict[str, Any] | None:
    """The notice of a rollback that still holds, if there is one."""
    notice = _read(settings.home / ROLLED_BACK)
    linked = linked_file(settings)
    return notice if notice and linked and notice["published"] == run_of(linked) else None


def clear_notices(settings: Settings, *names: str) -> None:
    """Take the notices away (all, or the named): what is published now is the newest and good."""
    for name in names or (WITHHELD, ROLLED_BACK):
        (settings.home / name).unlink(missing_ok=True)


def sentences(settings: Settings) -> list[str]:
    """The notices that hold, in a sentence each."""
    found = []
    if notice := rolled_back(settings):
        found.append(
            f"rolled back: this is release {notice['published']} instead of {notice['instead_of']}, "
            f"since {notice['at']} UTC, until the next good publication"
        )
    if notice := withheld(settings):
        more = f" ({notice['run_count']} runs since {notice['since']} UTC)" if notice["run_count"] > 1 else ""
        stays = "; the last good file stays published" if notice["published"] else ""
        found.append(
            f"a newer run {notice['run_id']} {'was withheld' if notice['outcome'] == 'withheld' else 'failed'} "
            f"at {notice['at']} UTC{more}: {'; '.join(notice['reasons']) or 'no reason given'}{stays}"
        )
    return found


def _brief(release: Release) -> dict[str, Any]:
    return {
        "file": release.file,
        "run_id": release.run_id,
        "released_at": release.released_at,
        "data_until": release.data_until,
    }


def _write(path: Path, notice: dict[str, Any]) -> None:
    write_text(path, json.dumps(notice, indent=1, ensure_ascii=False) + "\n")


def _read(path: Path) -> dict[str, Any] | None:
    try:
        notice = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return notice if isinstance(notice, dict) else None
