"""The slots of a source that has a cadence: one for each time it was due, and whether anything came for it.

Event data have slots of their own, the files that their feed promises.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING

from flows import slots
from sources.readers import kind_of

if TYPE_CHECKING:
    import duckdb

    from sources.spec import SourceSpec

_LONGEST = timedelta(days=31)  # of a silence that is told slot by slot


def note(
    con: duckdb.DuckDBPyConnection, spec: SourceSpec, began: datetime, new: int, failed: bool, run_id: str | None
) -> None:
    """Fill the slot that this ingest is for, and mark those since the last one that nobody filled.

    Inside the caller's transaction. What came fills the newest slot: a feed brings what the ones before it missed.
    """
    if spec.cadence is None or kind_of(spec.reader) == "event_data":
        return
    due = next(_times(spec.cadence, began, reverse=True))
    slot = _name(due)
    before = slots.known(con, spec.source_id)
    if last := max((at for name in before if (at := _moment(name)) is not None), default=None):
        start = max(last, began - _LONGEST)
        between = {_name(at): at for at in takewhile(lambda at: at < due, _times(spec.cadence, start))}
        slots.expect(con, spec.source_id, between, began, run_id)
        slots.sweep(con, spec.source_id, between, began, spec.grace)
    here = before.get(slot)
    count = new + ((here.row_count or 0) if here is not None else 0)
    state: slots.State = slots.absent(due, began, spec.grace) if failed else "landed" if count else "empty"
    slots.record(con, spec.source_id, slot, state, began, row_count=None if failed else count, run_id=run_id)


def _times(cadence: str, start: datetime, *, reverse: bool = False) -> Iterator[datetime]:
    """When the cadence is due after a moment, or before it, the nearest first; UTC without a zone."""
    from cronsim import CronSim

    for at in CronSim(cadence, start.replace(tzinfo=UTC), reverse=reverse):
        yield at.replace(tzinfo=None)


def _moment(slot: str) -> datetime | None:
    """When a slot was due; None for one of another kind, from when the source had another reader."""
    try:
        return datetime.fromisoformat(slot)
    except ValueError:
        return None


def _name(due: datetime) -> str:
    return due.isoformat(sep=" ", timespec="minutes")
