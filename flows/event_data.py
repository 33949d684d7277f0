"""Event data of others: deliveries in, rows of `raw.gdelt_events` and its like out, as they were delivered.

Bytes are kept before they are read. A file is one transaction: all its whole lines, an issue for each broken one, and
its slot. So a run that is killed leaves no half file, and the next goes on with what is not here.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows import slots, snapshots
from flows.errors import InputError
from flows.event_rows import Landed, Origin, insert_batch
from flows.landing import Row, files_of, issue_row, normal, uri_of
from flows.settings import Settings
from flows.warehouse import transaction, utc_now
from flows.writing import write_issues
from sources.errors import ReadError
from sources.event_files import members
from sources.event_lines import BadLine, Batch, read_lines
from sources.event_tables import EventTable
from sources.fetched import Fetched, Window
from sources.readers import load_reader
from sources.spec import SourceSpec

if TYPE_CHECKING:
    import duckdb

    from sources.client import Client

Progress = Callable[[int, int], None]  # files done, files in all

_MOST_ISSUES = 100  # broken lines of a file that are issues each; the rest is one more, with their count
_STAGE = "import"


@dataclass(slots=True)
class EventReport:
    """What one landing of event data did."""

    source_id: str
    files: int = 0  # looked at, those known already too
    rows_new: int = 0
    rows_known: int = 0
    rows_bad: int = 0
    slots: dict[str, int] = field(default_factory=dict)  # state -> how many of this run's slots ended in it
    issues_new: int = 0
    problems: list[str] = field(default_factory=list)  # `uri: sentence` of every issue met, new or known
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def tables_of(spec: SourceSpec) -> tuple[EventTable, ...]:
    """The tables that a declaration's deliveries can be of; none if it brings documents."""
    reader = load_reader(spec.reader)
    table = getattr(reader, "TABLE", None)
    return getattr(reader, "TABLES", (table,) if table is not None else ())


def land_events(
    settings: Settings,
    spec: SourceSpec,
    con: duckdb.DuckDBPyConnection,
    run_id: str | None,
    client: Client | None = None,
    window: Window | None = None,
    progress: Progress | None = None,
) -> EventReport:
    """Land what a declared source of event data has: a folder's files, or what its feed promises for the window."""
    began = time.monotonic()
    landing = Landing(settings, spec, con, run_id)
    if spec.path is not None:
        landing.folder(normal(spec.path), progress)
    elif client is None:
        raise InputError(f"source {spec.source_id} is fetched from {spec.url}; give a client to fetch it with")
    else:
        from flows.event_feeds import land_feed

        land_feed(landing, client, window or Window(), progress)
    landing.report.seconds = round(time.monotonic() - began, 3)
    return landing.report


class Landing:
    """One landing of one source: where its rows, slots and issues go."""

    def __init__(
        self, settings: Settings, spec: SourceSpec, con: duckdb.DuckDBPyConnection, run_id: str | None
    ) -> None:
        self.settings, self.spec, self.con, self.run_id = settings, spec, con, run_id
        self.tables = tables_of(spec)
        self.report = EventReport(spec.source_id)

    def folder(self, root: Path, progress: Progress | None = None) -> None:
        """Land the files of a folder, or one file; one whose bytes are landed already costs a look."""
        files = list(files_of(root, self.spec))
        base = root if root.is_dir() else root.parent
        known = slots.known(self.con, self.spec.source_id)
        for number, file in enumerate(files, start=1):
            uri = uri_of(file, base)
            try:
                sha256 = snapshots.store_file(self.settings.snapshots_dir, file, self.spec.max_bytes)
            except ReadError as error:
                self.failed(uri, uri, error.reason, error.detail)
            else:
                here = known.get(uri)
                if here is not None and here.state in slots.HERE and here.snapshot_sha256 == sha256:
                    self.report.rows_known += here.row_count or 0
                    self.count(here.state)
                else:
                    self.file(uri, sha256, slot=uri)
            self.report.files += 1
            if progress is not None:
                progress(number, len(files))

    def fetched(self, found: Fetched) -> None:
        """Land what was fetched: its bytes first, then their rows."""
        sha256 = snapshots.store(self.settings.snapshots_dir, found.data)
        self.file(found.uri, sha256, slot=found.slot or found.uri)
        self.report.files += 1

    def file(self, uri: str, sha256: str, slot: str) -> None:
        """Land kept bytes: whole lines as rows, broken ones as issues, and what became of their slot."""
        import duckdb

        for checked in (False, True):
            try:
                self._land(uri, sha256, slot, checked=checked)
            except ReadError as error:
                self.failed(uri, slot, error.reason, error.detail, sha256=sha256)
            except (duckdb.ConversionException, duckdb.InvalidInputException) as error:
                if not checked:
                    continue  # some cell is not of its column's type: again, looking at each
                detail = f"its lines cannot be landed ({str(error).splitlines()[0][:200]}); report it"
                self.failed(uri, slot, "unreadable", detail, sha256=sha256)
            return

    def _land(self, uri: str, sha256: str, slot: str, *, checked: bool) -> None:
        now = utc_now()
        new = known = bad_count = 0
        issues: list[Row] = []
        with transaction(self.con):
            for origin, batch, landed in self._batches(uri, sha256, now, checked):
                new, known = new + landed.new, known + landed.known
                bad = batch.bad + landed.bad
                room = max(0, _MOST_ISSUES - bad_count)
                bad_count += len(bad)
                issues += [self._line_issue(origin, line) for line in bad[:room]]
                issues += [self._issue(origin.uri, sha256, "schema", note, now) for note in batch.notes]
            if bad_count > _MOST_ISSUES:
                detail = (
                    f"{bad_count} lines cannot be landed, of which the first {_MOST_ISSUES} are told one by one; "
                    "see whether the feed changed its form"
                )
                issues.append(self._issue(uri, sha256, "many_lines", detail, now))
            state: slots.State = "landed" if new + known else "corrupt" if bad_count else "empty"
            if state in slots.HERE:
                self._settle(uri)
            added = write_issues(self.con, issues)  # what is met again is open again
            slots.record(
                self.con, self.spec.source_id, slot, state, now, row_count=new + known, snapshot_sha256=sha256,
                run_id=self.run_id,
            )  # fmt: skip
        self.report.rows_new += new
        self.report.rows_known += known
        self.report.rows_bad += bad_count
        self.report.issues_new += added
        self.report.problems += [f"{row['uri']}: {row['detail']}" for row in issues]
        self.count(state)

    def failed(
        self,
        uri: str,
        slot: str,
        reason: str,
        detail: str,
        *,
        state: slots.State = "corrupt",
        stage: str = _STAGE,
        sha256: str | None = None,
    ) -> None:
        """A file that gave no rows: an issue, and its slot's state."""
        now = utc_now()
        digests = [sha256] if sha256 else []
        issue = issue_row(self.spec.source_id, uri, digests, stage, reason, detail, now, self.run_id)
        with transaction(self.con):
            self.report.issues_new += write_issues(self.con, [issue])
            slots.record(
                self.con, self.spec.source_id, slot, state, now, snapshot_sha256=sha256, run_id=self.run_id
            )
        self.report.problems.append(f"{uri}: {detail}")
        self.count(state)

    def count(self, state: str) -> None:
        """One more slot of this run ended in that state."""
        self.report.slots[state] = self.report.slots.get(state, 0) + 1

    def _batches(
        self, uri: str, sha256: str, now: datetime, checked: bool
    ) -> Iterator[tuple[Origin, Batch, Landed]]:
        folder = self.settings.build_dir / _STAGE
        folder.mkdir(parents=True, exist_ok=True)
        path = snapshots.path_of(self.settings.snapshots_dir, sha256)
        encoding = self.spec.encoding if "encoding" in self.spec.model_fields_set else None
        with tempfile.TemporaryDirectory(dir=folder) as work:
            for name, blocks in members(path, uri, self.spec.max_bytes):
                origin = Origin(self.spec.source_id, name, sha256, now)
                for batch in read_lines(blocks, self.tables, encoding):
                    yield origin, batch, insert_batch(self.con, batch, origin, Path(work), checked=checked)

    def _settle(self, uri: str) -> None:
        """What was wrong with a file before it landed is answered."""
        self.con.execute(
            "update ops.issues set resolved_at = ?::timestamp, resolution = 'landed' where source_id = ? "
            "and stage in ('fetch', 'import') and resolved_at is null and (uri = ? or starts_with(uri, ?))",
            [str(utc_now()), self.spec.source_id, uri, f"{uri}#line="],
        )

    def _line_issue(self, origin: Origin, line: BadLine) -> Row:
        return self._issue(f"{origin.uri}#line={line.number}", origin.snapshot_sha256, line.reason, line.detail,
                           origin.landed_at)  # fmt: skip

    def _issue(self, uri: str, sha256: str, reason: str, detail: str, now: datetime) -> Row:
        return issue_row(self.spec.source_id, uri, [sha256], _STAGE, reason, detail, now, self.run_id)


