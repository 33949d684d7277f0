"""Open issues tried again, after a reader, a declaration or a server was repaired.

What arrived is read again from its snapshot, so it does not matter whether the page or file is still there. What never
arrived is asked for again. An issue that does not come back is settled; one that does stays open, with one more
attempt. Lists of addresses (feeds, sitemaps) are not tried here: every ingest asks them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from flows import snapshots
from flows.duplicates import compare_new
from flows.errors import ComityError, InputError
from flows.fetching import make_client, received, remember
from flows.landing import Landing, Piece, Row, kept_fetched
from flows.settings import Settings
from flows.warehouse import open_warehouse, utc_now
from flows.writing import IngestReport, Writer, settle
from sources.errors import SourceError
from sources.readers import kind_of
from sources.spec import SourceSpec, adhoc_spec, load_spec

if TYPE_CHECKING:
    import duckdb

    from sources.hosts import Hosts

_BATCH = 100
_IMPORT = "import"  # the stage of event data

_DELIVERY = re.compile(r".*?\.zip(?=/|#|$)|[^#]*")  # a file's name in that of its member or line

Progress = Callable[[int, int], None]  # issues tried, issues in all


@dataclass(frozen=True, slots=True)
class _Issue:
    issue_id: str
    source_id: str
    uri: str
    stage: str
    sha256: str | None
    reading: Row = field(default_factory=dict)

    @property
    def file_uri(self) -> str:
        """Of the file whose bytes were kept: a member of an archive is not kept alone."""
        return str(self.reading.get("of") or self.uri)


def retry_issues(
    settings: Settings, names: Sequence[str] = (), run_id: str | None = None, *, progress: Progress | None = None
) -> list[IngestReport]:
    """Try the open issues of these sources, or of all; a report for each source that has any."""
    from sources.hosts import Hosts

    hosts = Hosts()
    with open_warehouse(settings, purpose="retry issues") as con:
        issues = _open(con, names)
    by_source: dict[str, list[_Issue]] = {}
    for issue in issues:
        by_source.setdefault(issue.source_id, []).append(issue)
    reports, done = [], 0
    for source_id, its_issues in by_source.items():
        reports.append(_retry(settings, source_id, its_issues, run_id, hosts))
        done += len(its_issues)
        if progress is not None:
            progress(done, len(issues))
    with open_warehouse(settings, purpose="compare documents") as con:
        compare_new(con, run_id)
    return reports


def _open(con: duckdb.DuckDBPyConnection, names: Sequence[str]) -> list[_Issue]:
    rows = con.execute(
        """
        select issue_id, source_id, uri, stage, snapshot_sha256, reading from ops.issues
        where resolved_at is null and source_id is not null and uri is not null and reason <> 'volume'
            and stage in ('fetch', 'read', 'import') and (len($names) = 0 or source_id in (select unnest($names)))
        order by source_id, uri, issue_id
        """,
        {"names": list(names)},
    ).fetchall()
    return [
        _Issue(issue_id, source_id, uri, stage, sha256, json.loads(reading) if reading else {})
        for issue_id, source_id, uri, stage, sha256, reading in rows
    ]


def _retry(settings: Settings, source_id: str, issues: list[_Issue], run_id: str | None, hosts: Hosts) -> IngestReport:
    try:
        spec = _spec(settings, source_id)
    except ComityError as error:
        return IngestReport(source_id, is_whole=False, error=str(error))
    if kind_of(spec.reader) == "event_data":
        return _import_again(settings, spec, issues, run_id)
    writer = Writer(Landing(settings, spec, run_id))
    writer.report.is_whole = False
    tried: list[str] = []
    kept = {(issue.sha256, issue.file_uri): issue for issue in issues if issue.sha256 and not _is_index(issue)}
    for issue in kept.values():
        tried += [
            other.issue_id for other in issues if (other.sha256, other.file_uri) == (issue.sha256, issue.file_uri)
        ]
        try:
            writer.add(_read_again(writer.landing, issue))
        except ComityError as error:  # its bytes are gone; the issue stays
            writer.report.problems.append(f"{issue.uri}: {error}")
        if len(writer.pieces) >= _BATCH:
            _flush(settings, writer, tried)
    _flush(settings, writer, tried)
    absent = [issue for issue in issues if issue.sha256 is None and not _is_index(issue)]
    if spec.is_fetched and spec.follow:
        _ask_again(
            settings, writer, [issue for issue in absent if issue.uri.startswith(("http://", "https://"))], hosts
        )
    return writer.report


def _read_again(landing: Landing, issue: _Issue) -> Piece:
    folder, now = landing.settings.snapshots_dir, utc_now()
    assert issue.sha256 is not None
    data = snapshots.load(folder, issue.sha256)
    if landing.spec.is_fetched:
        piece = landing.fetched(kept_fetched(data, issue.file_uri, issue.reading), now)
        piece.fetch = None  # what its server last said is known already
    else:
        digests = [issue.sha256, *([issue.reading["sidecar"]] if issue.reading.get("sidecar") else [])]
        beside = snapshots.load(folder, digests[1]) if len(digests) > 1 else None
        reading = {key: value for key, value in issue.reading.items() if key.startswith("sidecar")}
        piece = landing.file_bytes(data, beside, issue.file_uri, digests, reading, now)
    piece.sha256 = issue.sha256
    return piece


def _ask_again(settings: Settings, writer: Writer, issues: list[_Issue], hosts: Hosts) -> None:
    from sources.fetch_many import Target, fetch_documents

    if not issues:
        return
    landing = writer.landing
    with open_warehouse(settings, purpose="retry issues") as con:
        memory = remember(con, landing.spec.source_id)
    tried: list[str] = []
    targets = [Target(issue.uri) for issue in issues]
    with make_client(settings, landing.spec, hosts) as client:
        outcomes = fetch_documents(client, targets, memory.seen)
        for issue, outcome in zip(issues, outcomes, strict=True):
            writer.add(received(landing, memory, outcome).piece)
            writer.report.files += 1
            tried.append(issue.issue_id)
            if len(writer.pieces) >= _BATCH:
                _flush(settings, writer, tried)
    _flush(settings, writer, tried)


def _flush(settings: Settings, writer: Writer, tried: list[str]) -> None:
    with open_warehouse(settings, purpose="retry issues") as con:
        _note_attempts(con, tried)
        writer.flush(con)
    tried.clear()


def _import_again(settings: Settings, spec: SourceSpec, issues: list[_Issue], run_id: str | None) -> IngestReport:
    """Event data: files that were kept are landed again. Slots that never came are asked for by every ingest."""
    from flows.event_data import Landing as EventLanding

    report = IngestReport(spec.source_id, is_whole=False)
    with open_warehouse(settings, purpose="retry issues") as con:
        landing = EventLanding(settings, spec, con, run_id)
        # bytes that are not what their list says, and lists themselves, are kept as evidence and never landed
        imports = [issue for issue in issues if issue.stage == "import"]
        for sha256, file_uri in dict.fromkeys((i.sha256, _delivery(i.uri)) for i in imports if i.sha256):
            mine = [issue.issue_id for issue in imports if issue.sha256 == sha256]
            row = con.execute(
                "select slot from ops.slots where source_id = ? and snapshot_sha256 = ?", [spec.source_id, sha256]
            ).fetchone()
            _note_attempts(con, mine)
            settle(con, mine, "landed")  # those that come back are opened again
            landing.file(file_uri, sha256, slot=row[0] if row else file_uri)
            report.issues_settled += _count_settled(con, mine)
    report.rows_new, report.rows_known = landing.report.rows_new, landing.report.rows_known
    report.problems, report.files = landing.report.problems, landing.report.files
    return report


def _note_attempts(con: duckdb.DuckDBPyConnection, issue_ids: Iterable[str]) -> None:
    con.execute(
        "update ops.issues set attempts = coalesce(attempts, 0) + 1, last_tried_at = ?::timestamp "
        "where issue_id in (select unnest(?::text[]))",
        [str(utc_now()), list(issue_ids)],
    )


def _count_settled(con: duckdb.DuckDBPyConnection, issue_ids: list[str]) -> int:
    row = con.execute(
        "select count(*) from ops.issues where resolved_at is not null and issue_id in (select unnest(?::text[]))",
        [issue_ids],
    ).fetchone()
    return int(row[0]) if row else 0


def _delivery(uri: str) -> str:
    found = _DELIVERY.match(uri)
    return found[0] if found else uri


def _is_index(issue: _Issue) -> bool:
    return bool(issue.reading.get("is_index"))


def _spec(settings: Settings, source_id: str) -> SourceSpec:
    """The declaration of a source, or what stood in for one when its files were given by path."""
    file = settings.sources_dir / f"{source_id}.yml"
    if not file.is_file():
        return adhoc_spec(Path(), source_id)
    try:
        return load_spec(file)
    except SourceError as error:
        raise InputError("; ".join(error.problems)) from error
