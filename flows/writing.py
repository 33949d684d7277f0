"""Rows of one source into the warehouse, some pieces at a time, each time in one transaction; and what they settle.

Documents, the reasons for those there are none of, and the memory of what was fetched go in together: a kill leaves
either all of a piece or nothing, and what was not written is asked for again.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flows import cadence
from flows.ids import content_id
from flows.landing import Landing, Piece, Row, issue_row
from flows.runs import new_run_id
from flows.warehouse import insert_new, insert_or_update, transaction, utc_now

if TYPE_CHECKING:
    import duckdb

    from sources.spec import SourceSpec

_METADATA = ("title", "publisher", "language", "url", "published_date", "published_precision")
_OPEN = "stage in ('fetch', 'read') and reason <> 'volume' and resolved_at is null"


@dataclass(slots=True)
class IngestReport:
    """What one ingest of one source did."""

    source_id: str
    files: int = 0  # files, pages or slots that were looked at
    documents_new: int = 0
    documents_known: int = 0
    rows_new: int = 0  # of event data
    rows_known: int = 0
    issues_new: int = 0
    issues_settled: int = 0
    unchanged: int = 0  # addresses whose server, feed or checksum said so
    is_now: bool = True  # what the source has now was asked for, neither a part of it nor a period
    is_whole: bool = True  # all that the source has now was looked at, so that its bounds apply
    out_of_bounds: str | None = None
    error: str | None = None  # why the source as a whole could not be read
    problems: list[str] = field(default_factory=list)  # `uri: sentence` of every issue met, new or known
    seconds: float = 0.0

    @property
    def count(self) -> int:
        """What floor and ceiling are about."""
        return self.documents_new + self.documents_known + self.rows_new + self.rows_known

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


class Writer:
    """Gathers the pieces of one source; `flush` writes them."""

    def __init__(self, landing: Landing) -> None:
        self.landing = landing
        self.report = IngestReport(landing.spec.source_id)
        self.pieces: list[Piece] = []
        self.characters = 0
        self.began = utc_now()
        self._clock = time.monotonic()
        self._open: dict[str, tuple[str, str | None]] | None = None  # issue: uri and bytes
        self._complained: set[str] = set()

    def add(self, piece: Piece) -> None:
        self.pieces.append(piece)
        self.characters += sum(len(row["text"]) for row in piece.documents)

    def flush(self, con: duckdb.DuckDBPyConnection) -> None:
        """Write what was gathered."""
        pieces, self.pieces, self.characters = self.pieces, [], 0
        if not pieces:
            return
        documents = [row for piece in pieces for row in piece.documents]
        issues = [row for piece in pieces for row in piece.issues]
        issues += self._changed_metadata(con, documents)
        fetches = _newest(row for piece in pieces if (row := piece.fetch) is not None)
        if self._open is None:
            self._open = _open_issues(con, self.landing.spec.source_id)
        settled = self._settled(pieces, issues)
        with transaction(con):
            added = insert_new(con, "raw.documents", documents)
            self.report.issues_new += write_issues(con, issues)
            insert_or_update(con, "ops.fetches", fetches, "fetch_id", _FETCH_CHANGES)
            for resolution, issue_ids in settled.items():
                settle(con, issue_ids, resolution)
        self.report.documents_new += added
        self.report.documents_known += len(documents) - added
        self.report.issues_settled += sum(map(len, settled.values()))
        self.report.problems += [f"{row['uri']}: {row['detail']}" for row in issues]

    def finish(self, con: duckdb.DuckDBPyConnection) -> IngestReport:
        """Judge the volume and note that the source was read."""
        self.report.seconds = round(time.monotonic() - self._clock, 3)
        finish(con, self.landing.spec, self.report, self.began, self.landing.run_id)
        return self.report

    def _settled(self, pieces: list[Piece], issues: list[Row]) -> dict[str, list[str]]:
        """The open issues that these pieces answer, by how: of the same bytes, or of an address that had given none.

        A file that was repaired answers for what it was. A page that changed does not: the bytes of then are still
        unread, and to be tried again.
        """
        assert self._open is not None
        again = {row["issue_id"] for row in issues}
        self._complained |= {row["uri"] for row in issues}
        if not self._open:
            return {}
        is_file = not self.landing.spec.is_fetched
        fine = {piece.uri for piece in pieces if piece.sha256 is not None and piece.uri not in self._complained}
        read = {piece.sha256: bool(piece.documents) for piece in pieces if piece.sha256 is not None}
        found: dict[str, list[str]] = {}
        for issue_id, (uri, sha256) in self._open.items():
            if issue_id not in again and (sha256 in read or (uri in fine and (is_file or sha256 is None))):
                # bytes that failed for one reason and now fail for another have a new issue, which replaces the old
                landed = sha256 is None or read.get(sha256, True)
                found.setdefault("landed" if landed else "replaced", []).append(issue_id)
        for issue_id in (one for some in found.values() for one in some):
            del self._open[issue_id]
        return found

    def _changed_metadata(self, con: duckdb.DuckDBPyConnection, documents: list[Row]) -> list[Row]:
        """Landed rows never change, so metadata that did since then are an issue for a person to see."""
        by_id = {row["document_id"]: row for row in documents}
        landed = con.execute(
            f"select document_id, language_basis, {', '.join(_METADATA)} from raw.documents "
            "where document_id in (select unnest(?::text[]))",
            [list(by_id)],
        ).fetchall()
        issues = []
        for document_id, language_basis, *values in landed:
            row = by_id[document_id]
            changed = [name for name, old in zip(_METADATA, values, strict=True) if row[name] != old]
            if row["language_basis"] == "detected" and language_basis in (None, "unknown"):
                changed = [name for name in changed if name != "language"]  # told by a newer Comity, not by its source
            if changed:
                digests = [row["snapshot_sha256"], *(str(row[name]) for name in _METADATA)]
                detail = (
                    f"{', '.join(changed)} changed after the file was landed, and landed rows stay; "
                    "give the file a new name to land it again"
                )
                issues.append(self.landing.issue(row["uri"], digests, "read", "metadata", detail, utc_now()))
        return issues


def finish(
    con: duckdb.DuckDBPyConnection, spec: SourceSpec, report: IngestReport, began: datetime, run_id: str | None
) -> None:
    """Judge a source's volume by its bounds, and note in `ops.ingests` how it went."""
    run_id = run_id or new_run_id()
    report.out_of_bounds = _out_of_bounds(spec, report)
    now = utc_now()
    issues = []
    if report.out_of_bounds:
        detail = f"source {spec.source_id} gave {report.out_of_bounds}; look at the feed or correct the bound"
        issues = [issue_row(spec.source_id, f"{now:%Y-%m-%d}", [], "fetch", "volume", detail, now, run_id)]
        report.problems += [f"{row['uri']}: {row['detail']}" for row in issues]
    with transaction(con):
        report.issues_new += write_issues(con, issues)
        if report.is_whole and not issues and report.error is None:
            con.execute(
                "update ops.issues set resolved_at = ?::timestamp, resolution = 'within_bounds' "
                "where source_id = ? and reason = 'volume' and resolved_at is null",
                [str(now), spec.source_id],
            )
        if report.is_now:
            cadence.note(con, spec, began, report.documents_new, report.error is not None, run_id)
        insert_new(
            con,
            "ops.ingests",
            [
                {
                    "ingest_id": content_id(run_id, spec.source_id, began),
                    "run_id": run_id,
                    "source_id": spec.source_id,
                    "began_at": began,
                    "ended_at": now,
                    "outcome": "failed" if report.error else "done",
                    "file_count": report.files,
                    "new_count": report.documents_new + report.rows_new,
                    "known_count": report.documents_known + report.rows_known,
                    "issue_count": report.issues_new,
                    "is_whole": report.is_whole,
                    "error": report.error,
                }
            ],
        )


def write_issues(con: duckdb.DuckDBPyConnection, issues: list[Row]) -> int:
    """Add issues; one that was settled and is met again is open again. Says how many are new."""
    if not issues:
        return 0
    rows = [{"reading": None, **row} for row in issues]
    added = insert_new(con, "ops.issues", rows)
    con.execute(
        "update ops.issues set resolved_at = null, resolution = null "
        "where resolved_at is not null and issue_id in (select unnest(?::text[]))",
        [[row["issue_id"] for row in rows]],
    )
    return added


def settle(con: duckdb.DuckDBPyConnection, issue_ids: list[str], resolution: str) -> None:
    """Mark issues as answered; their rows stay."""
    if issue_ids:
        con.execute(
            "update ops.issues set resolved_at = ?::timestamp, resolution = ? "
            "where issue_id in (select unnest(?::text[]))",
            [str(utc_now()), resolution, issue_ids],
        )


def _out_of_bounds(spec: SourceSpec, report: IngestReport) -> str | None:
    if not report.is_whole or report.error is not None or spec.floor <= report.count <= spec.ceiling:
        return None
    what = "rows" if report.rows_new or report.rows_known else "documents"
    bound = f"below its floor {spec.floor}" if report.count < spec.floor else f"above its ceiling {spec.ceiling}"
    return f"{report.count} {what}, {bound}"


def _open_issues(con: duckdb.DuckDBPyConnection, source_id: str) -> dict[str, tuple[str, str | None]]:
    rows = con.execute(
        f"select issue_id, uri, snapshot_sha256 from ops.issues where source_id = ? and {_OPEN}", [source_id]
    ).fetchall()
    return {issue_id: (uri, sha256) for issue_id, uri, sha256 in rows}


# An answer without bytes leaves what is known of the last ones.
_FETCH_CHANGES = {
    "status": "excluded.status",
    "checked_at": "excluded.checked_at",
    "run_id": "excluded.run_id",
    **{
        name: f"if(excluded.snapshot_sha256 is null, {name}, excluded.{name})"
        for name in ("url", "etag", "last_modified", "media_type", "is_index", "fetched_at", "snapshot_sha256")
    },
}


def _newest(rows: Any) -> list[Row]:
    """One row an address: the last that brought bytes, with what the last answer was."""
    found: dict[str, Row] = {}
    for row in rows:
        before = found.get(row["fetch_id"])
        if before is not None and row["snapshot_sha256"] is None:
            row = before | {"status": row["status"], "checked_at": row["checked_at"]}
        found[row["fetch_id"]] = row
    return list(found.values())
