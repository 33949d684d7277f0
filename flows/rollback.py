"""Goes back to an earlier release, in one rename that no reader notices, and leaves a record of it.

The earlier file stays published until the next good publication, which is never skipped as unchanged: see
flows/run_flow.py.
"""

from __future__ import annotations

from typing import Any

import duckdb

from flows.errors import InputError, NothingPublishedError, WarehouseError
from flows.notices import ROLLED_BACK, clear_notices, rolled_back, tell_rolled_back
from flows.releases import find_release, linked_file, point_link, read_manifest, release_before, releases, run_of
from flows.runs import recorded_run
from flows.settings import Settings
from flows.warehouse import hold_warehouse, open_published


def roll_back(settings: Settings, name: str | None = None) -> dict[str, Any]:
    """Publish the named kept release again, or the one before the present one."""
    with hold_warehouse(settings, purpose="rollback"):
        before = linked_file(settings)
        if before is None:
            raise NothingPublishedError(f"there is no published file at {settings.marts_link} to go back from")
        target = find_release(settings, name) if name else release_before(settings, before)
        if target == before:
            raise InputError(f"release {run_of(target)} is what is published already")
        if target not in [path.resolve() for path in releases(settings)]:
            raise InputError(f"{target} is no release of {settings.releases_dir}; `comity releases` lists them")
        with recorded_run(settings, "rollback") as run, run.stage("rollback") as record:
            record.update({"from": run_of(before), "to": run_of(target)})
            _verify(settings, target)
            held = rolled_back(settings)
            newest = held["instead_of"] if held else run_of(before)
            # The notice first: a kill in between leaves one that names another file, which counts for nothing.
            if run_of(target) != newest:
                tell_rolled_back(settings, run.run_id, target, newest)
            point_link(settings, target)
            if run_of(target) == newest:
                clear_notices(settings, ROLLED_BACK)
            run.outcome = "rolled_back"
    return {"run_id": run.run_id, "from": run_of(before), "to": run_of(target), "newest": newest}


def list_releases(settings: Settings) -> list[dict[str, Any]]:
    """Every kept release, newest first, and which one analysts read."""
    linked = linked_file(settings)
    found = []
    for path in reversed(releases(settings)):
        manifest = read_manifest(path)
        counts = manifest.row_counts if manifest else {}
        checks = manifest.checks if manifest else {}
        found.append(
            {
                "run_id": run_of(path),
                "is_published": path.resolve() == linked,
                "released_at": manifest.released_at if manifest else None,
                "data_until": manifest.data_until if manifest else None,
                "documents": counts.get("documents"),
                "events": counts.get("events"),
                "warnings": sum(outcome != "passed" for outcome in checks.values()) if manifest else None,
                "size": path.stat().st_size,
                "file": str(path),
            }
        )
    return found


def _verify(settings: Settings, target: Any) -> None:
    """Open the file as a reader would and count: what cannot be read is never linked again."""
    manifest = read_manifest(target)
    try:
        with open_published(settings, target) as con:
            for table, count in (manifest.row_counts if manifest else {"publication": 1}).items():
                row = con.execute(f'select count(*) from "{table}"').fetchone()
                if row is None or row[0] != count:
                    raise WarehouseError(f"{target} has not the {count} rows of {table} any more; choose another")
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise WarehouseError(f"{target} cannot be read ({reason}); choose another release") from error
