"""How each declared source stands: when it last brought something, when it is due, whether that is as much as usual."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from flows.ingest import declared_sources
from flows.settings import Settings
from flows.status import is_overdue
from flows.warehouse import open_warehouse, utc_now
from sources.readers import kind_of

if TYPE_CHECKING:
    import duckdb

    from sources.spec import SourceSpec

_BAD = ("failed", "overdue", "below floor", "above ceiling")


@dataclass(slots=True)
class Supply:
    """One source as it stands. `state`: ok, new, or what a person should look at."""

    source_id: str
    title: str | None
    reader: str
    kind: str  # format, protocol, event_data
    where: str
    licence: str
    cadence: str | None
    floor: int
    ceiling: int
    next_due: str | None = None
    last_success: str | None = None
    last_error: str | None = None
    new_count: int | None = None  # of the last ingest that went well
    known_count: int | None = None
    last_volume: int | None = None  # of the last that looked at the whole: what the bounds are about
    landed_count: int = 0  # documents, of all times
    open_issues: int = 0
    slots: dict[str, int] = field(default_factory=dict)
    state: str = "new"

    @property
    def is_bad(self) -> bool:
        return self.state in _BAD

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def supplies(settings: Settings, now: datetime | None = None) -> list[Supply]:
    """Every declared source, by name; nothing is created by looking."""
    now = now or utc_now()
    found = {spec.source_id: (_declared(spec, now), spec) for spec in declared_sources(settings)}
    if settings.warehouse_path.is_file():
        with open_warehouse(settings, purpose="sources", timeout=1.0) as con:
            for supply, _ in found.values():
                _read(con, supply)
    for supply, spec in found.values():
        supply.state = _state(supply, spec, now)
    return [supply for supply, _ in found.values()]


def _declared(spec: SourceSpec, now: datetime) -> Supply:
    where = str(spec.path or spec.url or spec.sitemap or ", ".join(spec.urls))
    supply = Supply(
        spec.source_id, spec.title, spec.reader, kind_of(spec.reader), where, spec.licence, spec.cadence, spec.floor,
        spec.ceiling,
    )  # fmt: skip
    if spec.cadence:
        from cronsim import CronSim

        supply.next_due = _text(next(CronSim(spec.cadence, now.replace(tzinfo=UTC))).replace(tzinfo=None))
    return supply


def _read(con: duckdb.DuckDBPyConnection, supply: Supply) -> None:
    rows = con.execute(
        """
        select ended_at, outcome, error, new_count, known_count, is_whole from ops.ingests where source_id = ?
        qualify row_number() over (partition by outcome, is_whole order by ended_at desc) = 1 order by ended_at desc
        """,
        [supply.source_id],
    ).fetchall()
    good = [row for row in rows if row[1] == "done"]
    if rows and rows[0][1] == "failed":
        supply.last_error = rows[0][2]
    if good:
        supply.last_success = _text(good[0][0])
        supply.new_count, supply.known_count = good[0][3], good[0][4]
    whole = next((row for row in good if row[5]), None)
    if whole is not None:
        supply.last_volume = whole[3] + whole[4]
    supply.landed_count = _count(con, "raw.documents where source_id = ?", supply.source_id)
    supply.open_issues = _count(con, "ops.issues where resolved_at is null and source_id = ?", supply.source_id)
    supply.slots = dict(
        con.execute(
            "select state, count(*) from ops.slots where source_id = ? group by state order by state",
            [supply.source_id],
        ).fetchall()
    )


def _state(supply: Supply, spec: SourceSpec, now: datetime) -> str:
    if supply.last_error is not None:
        return "failed"
    last = datetime.fromisoformat(supply.last_success) if supply.last_success else None
    if last is not None and spec.cadence and is_overdue(spec.cadence, last, now):
        return "overdue"
    if supply.last_volume is not None and supply.last_volume < spec.floor:
        return "below floor"
    if supply.last_volume is not None and supply.last_volume > spec.ceiling:
        return "above ceiling"
    return "ok" if last is not None else "new"


def _count(con: duckdb.DuckDBPyConnection, what: str, parameter: str) -> int:
    row = con.execute(f"select count(*) from {what}", [parameter]).fetchone()
    return int(row[0]) if row else 0


def _text(moment: datetime) -> str:
    return moment.isoformat(sep=" ", timespec="seconds")
