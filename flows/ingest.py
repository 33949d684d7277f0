"""Ingest: files in, rows of `raw.documents` out, and a row of `ops.issues` for every file that cannot be read.

Nothing is lost and nothing is added twice: bytes are kept before they are read, keys are hashes of content, and one
bad file never stops the others. A `uri` counts from the given folder's name, so no machine's paths enter the data.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows import snapshots
from flows.errors import InputError
from flows.ids import content_id
from flows.settings import Settings, load_settings
from flows.warehouse import insert_new, open_warehouse, transaction, utc_now
from sources.dates import date_in_name
from sources.document import Document
from sources.errors import ReadError, SourceError
from sources.metadata import SIDECAR_SUFFIX, load_metadata, with_metadata
from sources.readers import load_reader
from sources.spec import SourceSpec, adhoc_spec, load_spec, load_specs

if TYPE_CHECKING:
    import duckdb
    from prefect import Flow

_BATCH_FILES = 200  # one transaction's worth: what a kill can undo, and what memory holds
_BATCH_CHARACTERS = 8_000_000
_METADATA = ("title", "publisher", "language", "url", "published_date", "published_precision")

Row = dict[str, Any]
Progress = Callable[[int, int], None]  # files done, files in all


@dataclass(slots=True)
class IngestReport:
    """What one ingest did."""

    source_id: str
    files: int = 0
    documents_new: int = 0
    documents_known: int = 0
    issues_new: int = 0
    problems: list[str] = field(default_factory=list)  # `uri: sentence` of every issue met, new or known
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def ingest_path(
    settings: Settings,
    path: Path,
    source_id: str | None = None,
    run_id: str | None = None,
    *,
    progress: Progress | None = None,
) -> IngestReport:
    """Land a file or a folder. Without a source named, the declared source that holds the path, else `files`."""
    path = _normal(path)
    if not path.exists():
        raise InputError(f"there is no file or folder at {path}; check the path")
    if path.name.endswith(SIDECAR_SUFFIX):
        raise InputError(f"{path.name} holds metadata; give the path of the file it describes")
    return _ingest(settings, _spec_for(settings, path, source_id), path, run_id, progress)


def ingest_source(
    settings: Settings, spec: SourceSpec, run_id: str | None = None, *, progress: Progress | None = None
) -> IngestReport:
    """Land what a declared source holds now."""
    if spec.path is None:
        raise InputError(f"source {spec.source_id} has no path; no reader of this version fetches")
    if not spec.path.exists():
        raise InputError(
            f"source {spec.source_id}: there is nothing at {spec.path}; repair `path:` or restore it"
        )
    return _ingest(settings, spec, _normal(spec.path), run_id, progress)


def declared_sources(settings: Settings) -> list[SourceSpec]:
    """All declarations, or one error that names every fault in them."""
    try:
        return load_specs(settings.sources_dir)
    except SourceError as error:
        raise InputError("; ".join(error.problems)) from error


@cache
def ingest_flow() -> Flow[..., dict[str, Any]]:
    """The Prefect flow of this stage, made when first asked for: importing Prefect takes seconds."""
    from prefect import flow

    @flow(name="comity-ingest", flow_run_name="ingest {path}")
    def comity_ingest(path: str, source_id: str | None = None, run_id: str | None = None) -> dict[str, Any]:
        return ingest_path(load_settings(), Path(path), source_id, run_id).as_dict()

    return comity_ingest


def _ingest(
    settings: Settings, spec: SourceSpec, root: Path, run_id: str | None, progress: Progress | None
) -> IngestReport:
    began = time.monotonic()
    report = IngestReport(spec.source_id)
    files = list(_files(root, spec))
    base = _normal(spec.path) if spec.path is not None and root.is_relative_to(_normal(spec.path)) else root
    if not base.is_dir():
        base = base.parent
    with open_warehouse(settings, purpose="ingest") as con:
        documents: list[Row] = []
        issues: list[Row] = []
        for number, file in enumerate(files, start=1):
            found, complaints = _land(settings, spec, file, _uri(file, base), utc_now(), run_id)
            documents += found
            issues += complaints
            characters = sum(len(row["text"]) for row in documents)
            if number % _BATCH_FILES == 0 or characters > _BATCH_CHARACTERS:
                _write(con, report, documents, issues, run_id)
                documents, issues = [], []
            if progress is not None:
                progress(number, len(files))
        report.files = len(files)
        _write(con, report, documents, issues, run_id)
        if spec.path is not None and root == _normal(spec.path):
            _write(con, report, [], _volume(spec, report, run_id), run_id)
    report.seconds = round(time.monotonic() - began, 3)
    return report


def _land(
    settings: Settings, spec: SourceSpec, file: Path, uri: str, now: datetime, run_id: str | None
) -> tuple[list[Row], list[Row]]:
    """The rows of one file: its documents, or the reason why there are none."""
    digests: list[str] = []
    try:
        data = _read_bytes(file, spec.max_bytes)
        digests.append(snapshots.store(settings.snapshots_dir, data))
        sidecar = file.with_name(file.name + SIDECAR_SUFFIX)
        beside = _read_bytes(sidecar, spec.max_bytes) if sidecar.exists() else None
        if beside is not None:
            digests.append(snapshots.store(settings.snapshots_dir, beside))
        documents = _read(data, uri, spec)
        if beside is not None:
            documents = with_metadata(documents, load_metadata(beside, sidecar.name))
    except ReadError as error:
        return [], [_issue(spec.source_id, uri, digests, "read", error.reason, error.detail, now, run_id)]
    rows = [_document(document, spec, file, digests[0], now) for document in documents]
    notes = [note for document in documents for note in document.notes]
    if not notes:
        return rows, []
    return rows, [_issue(spec.source_id, uri, digests, "read", "metadata", "; ".join(notes), now, run_id)]


def _read(data: bytes, uri: str, spec: SourceSpec) -> list[Document]:
    try:
        return load_reader(spec.reader).read(data, uri, spec)
    except ReadError:
        raise
    except Exception as error:  # a reader's own fault must cost one file, not the run
        raise ReadError(
            "unreadable", f"the reader {spec.reader} failed ({type(error).__name__}: {error}); report it"
        ) from error


def _read_bytes(file: Path, most: int) -> bytes:
    try:
        status = file.stat()
        if not stat.S_ISREG(status.st_mode):  # reading a pipe would wait for ever
            raise ReadError("unreadable", "this is no regular file; remove it from the folder")
        if status.st_size > most:
            raise ReadError(
                "too_large",
                f"the file has {status.st_size} bytes, over max_bytes {most}; split it or raise the limit",
            )
        return file.read_bytes()
    except OSError as error:
        raise ReadError(
            "unreadable", f"the file cannot be read ({error.strerror}); check its rights"
        ) from error


def _document(document: Document, spec: SourceSpec, file: Path, sha256: str, now: datetime) -> Row:
    published, precision, basis = (
        document.published_date,
        document.published_precision,
        document.published_basis,
    )
    if published is None and (named := date_in_name(file.stem)):
        published, precision, basis = named.first, named.precision, "filename"
    return {
        "document_id": content_id(spec.source_id, document.uri, document.part_no, document.text),
        "source_id": spec.source_id,
        "uri": document.uri,
        "url": document.url,
        "part_no": document.part_no,
        "title": document.title,
        "publisher": document.publisher or spec.publisher,
        "language": document.language or spec.language,
        "published_date": published,
        "published_precision": precision,
        "published_basis": basis,
        "retrieved_at": now,
        "snapshot_sha256": sha256,
        "media_type": document.media_type,
        "text": document.text,
    }


def _issue(
    source_id: str, uri: str, digests: list[str], stage: str, reason: str, detail: str, now: datetime,
    run_id: str | None,
) -> Row:  # fmt: skip
    return {
        "issue_id": content_id(source_id, uri, *digests, stage, reason),
        "source_id": source_id,
        "uri": uri,
        "stage": stage,
        "reason": reason,
        "detail": detail,
        "snapshot_sha256": digests[0] if digests else None,
        "first_seen_at": now,
        "run_id": run_id,
    }


def _volume(spec: SourceSpec, report: IngestReport, run_id: str | None) -> list[Row]:
    """An issue, once a day, where a declared source gave fewer or more documents than it usually does."""
    count = report.documents_new + report.documents_known
    if spec.floor <= count <= spec.ceiling:
        return []
    bound = f"below its floor {spec.floor}" if count < spec.floor else f"above its ceiling {spec.ceiling}"
    now = utc_now()
    row = _issue(
        spec.source_id, f"{now:%Y-%m-%d}", [], "fetch", "volume",
        f"source {spec.source_id} gave {count} documents, {bound}; look at the feed or correct the bound", now, run_id,
    )  # fmt: skip
    return [row]


def _write(
    con: duckdb.DuckDBPyConnection,
    report: IngestReport,
    documents: list[Row],
    issues: list[Row],
    run_id: str | None,
) -> None:
    if not documents and not issues:
        return
    issues = issues + _changed_metadata(con, documents, run_id)
    with transaction(con):
        added = insert_new(con, "raw.documents", documents)
        report.issues_new += insert_new(con, "ops.issues", issues)
    report.documents_new += added
    report.documents_known += len(documents) - added
    report.problems += [f"{row['uri']}: {row['detail']}" for row in issues]


def _changed_metadata(con: duckdb.DuckDBPyConnection, documents: list[Row], run_id: str | None) -> list[Row]:
    """Landed rows never change, so metadata that did since then are an issue for a person to see."""
    by_id = {row["document_id"]: row for row in documents}
    landed = con.execute(
        f"select document_id, {', '.join(_METADATA)} from raw.documents "
        "where document_id in (select unnest(?::text[]))",
        [list(by_id)],
    ).fetchall()
    issues = []
    for document_id, *values in landed:
        row = by_id[document_id]
        changed = [name for name, old in zip(_METADATA, values, strict=True) if row[name] != old]
        if changed:
            issues.append(
                _issue(
                    row["source_id"], row["uri"], [row["snapshot_sha256"], *(str(row[name]) for name in _METADATA)],
                    "read", "metadata",
                    f"{', '.join(changed)} changed after the file was landed, and landed rows stay; "
                    "give the file a new name to land it again", utc_now(), run_id,
                )
            )  # fmt: skip
    return issues


def _spec_for(settings: Settings, path: Path, source_id: str | None) -> SourceSpec:
    """The declaration that applies to a path. A broken one elsewhere in the folder must not stop this path."""
    declared = []
    for file in sorted(settings.sources_dir.glob("*.yml")):
        if source_id is not None and file.stem != source_id:
            continue
        try:
            declared.append(load_spec(file))
        except SourceError as error:
            if source_id is not None:
                raise InputError("; ".join(error.problems)) from error
    if source_id is None:
        holding = [s for s in declared if s.path is not None and path.is_relative_to(_normal(s.path))]
        return max(holding, key=lambda s: len(str(s.path)), default=None) or adhoc_spec(path)
    if declared:
        return declared[0]
    try:
        return adhoc_spec(path, source_id)
    except ValueError as error:
        raise InputError(
            f"{source_id!r} cannot name a source; use small letters, digits and _, and start with a letter"
        ) from error


def _files(root: Path, spec: SourceSpec) -> Iterator[Path]:
    """What is to be read, in the order of names; hidden files and sidecars are not documents."""
    if not root.is_dir():
        yield root
        return
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            file = Path(folder) / name
            if name.startswith(".") or name.endswith(SIDECAR_SUFFIX):
                continue
            if spec.wants(file.relative_to(root).as_posix()):
                yield file


def _uri(file: Path, base: Path) -> str:
    path = "/".join(part for part in (base.name, file.relative_to(base).as_posix()) if part)
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")  # names need not be UTF-8


def _normal(path: Path) -> Path:
    return Path(os.path.normpath(path.expanduser().absolute()))
