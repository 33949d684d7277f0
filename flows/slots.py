"""The ledger of what should arrive: `ops.slots`, a row for each file, hour or page that a source promises.

Each slot has one state. `expected`: promised, and not asked for yet. `landed`, `empty`: here, with rows or without;
these are final. `late`: due and not here, but it may still come. `missing`: not there after its time. `corrupt`: it
came, and cannot be used. Whatever is not here is asked for again by the next run that looks at its time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from flows.ids import content_id
from flows.warehouse import insert_new

if TYPE_CHECKING:
    import duckdb

State = Literal["expected", "landed", "empty", "missing", "late", "corrupt"]
HERE = ("landed", "empty")
_MAY_COME = ("expected", "late")


@dataclass(frozen=True, slots=True)
class SlotRow:
    """One slot as it stands in the ledger."""

    slot: str
    state: State
    row_count: int | None  # documents, or rows of event data
    snapshot_sha256: str | None
    last_seen_at: datetime


def expect(
    con: duckdb.DuckDBPyConnection, source_id: str, slots: Iterable[str], now: datetime, run_id: str | None = None
) -> int:
    """Enter what is promised; what is in the ledger keeps its state. Says how many are new."""
    return insert_new(con, "ops.slots", [_row(source_id, slot, "expected", now, run_id) for slot in slots])


def record(
    con: duckdb.DuckDBPyConnection,
    source_id: str,
    slot: str,
    state: State,
    now: datetime,
    *,
    row_count: int | None = None,
    snapshot_sha256: str | None = None,
    run_id: str | None = None,
) -> None:
    """Say what became of a slot. What is here stays here: a later failure to fetch it again takes nothing away."""
    row = _row(source_id, slot, state, now, run_id) | {
        "document_count": row_count,
        "snapshot_sha256": snapshot_sha256,
    }
    if insert_new(con, "ops.slots", [row]):
        return
    con.execute(
        """
        update ops.slots set
            state = $state, document_count = $rows, snapshot_sha256 = $sha256, last_seen_at = $now::timestamp,
            run_id = $run_id
        where slot_id = $slot_id and ($state in ('landed', 'empty') or state not in ('landed', 'empty'))
        """,
        {
            "state": state, "rows": row_count, "sha256": snapshot_sha256, "now": str(now), "run_id": run_id,
            "slot_id": row["slot_id"],
        },
    )  # fmt: skip


def known(con: duckdb.DuckDBPyConnection, source_id: str, slots: Iterable[str] | None = None) -> dict[str, SlotRow]:
    """What the ledger has of a source, by slot; of these slots only, if some are named."""
    chosen = "" if slots is None else "and slot in (select unnest($slots::text[]))"
    parameters: dict[str, object] = {"source_id": source_id}
    if slots is not None:
        parameters["slots"] = list(slots)
    rows = con.execute(
        "select slot, state, document_count, snapshot_sha256, last_seen_at from ops.slots "
        f"where source_id = $source_id {chosen}",
        parameters,
    ).fetchall()
    return {row[0]: SlotRow(*row) for row in rows}


def lacking(con: duckdb.DuckDBPyConnection, source_id: str, slots: Iterable[str]) -> list[str]:
    """Those of the slots that are not here, in the order given."""
    slots = list(slots)
    here = {slot for slot, row in known(con, source_id, slots).items() if row.state in HERE}
    return [slot for slot in slots if slot not in here]


def absent(due: datetime, now: datetime, grace_minutes: int) -> State:
    """The state of a slot that was asked for and is not there: late within its grace, then missing."""
    return "late" if now < due + timedelta(minutes=grace_minutes) else "missing"


def sweep(
    con: duckdb.DuckDBPyConnection, source_id: str, due: Mapping[str, datetime], now: datetime, grace_minutes: int
) -> int:
    """Mark what has not come in its grace as missing, by the time each slot was due; says how many."""
    waiting = known(con, source_id, due)
    gone = [
        slot
        for slot, row in waiting.items()
        if row.state in _MAY_COME and absent(due[slot], now, grace_minutes) == "missing"
    ]
    if gone:
        con.execute(
            "update ops.slots set state = 'missing', last_seen_at = ?::timestamp "
            "where source_id = ? and slot in (select unnest(?::text[]))",
            [str(now), source_id, gone],
        )
    return len(gone)


def tally(con: duckdb.DuckDBPyConnection, source_id: str) -> dict[str, int]:
    """How many slots of a source are in which state."""
    rows = con.execute(
        "select state, count(*) from ops.slots where source_id = ? group by state order by state", [source_id]
    ).fetchall()
    return dict(rows)


def slot_id(source_id: str, slot: str) -> str:
    """The key of a slot."""
    return content_id(source_id, slot)


def _row(source_id: str, slot: str, state: State, now: datetime, run_id: str | None) -> dict[str, object]:
    return {
        "slot_id": slot_id(source_id, slot),
        "source_id": source_id,
        "slot": slot,
        "state": state,
        "document_count": None,
        "first_seen_at": now,
        "last_seen_at": now,
        "run_id": run_id,
        "snapshot_sha256": None,
    }
