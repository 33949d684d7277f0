"""Ingest: files in, rows of `raw.documents` out, and a row of `ops.issues` for each that cannot be read.

Nothing is added twice, since keys are hashes of content, and one bad file never stops the others.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.errors import InputError
from flows.landing import Row, files_of, issue_row, land, normal, uri_of
from flows.settings import Settings, load_settings
from flows.warehouse import insert_new, open_warehouse, transaction, utc_now
from sources.errors import SourceError
from sources.metadata import SIDECAR_SUFFIX
from sources.spec import SourceSpec, adhoc_spec, load_spec, load_specs

if TYPE_CHECKING:
    import duckdb
    from prefect import Flow

_BATCH_FILES = 200  # one transaction's worth: what a kill can undo, and what memory holds
_BATCH_CHARACTERS = 8_000_000
_METADATA = ("title", "publisher", "language", "url", "published_date", "published_precision")

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
    """Land a file or a folder; its source is the one named, or the declared one that holds it, or `files`."""
    path = normal(path)
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
            f"source {spec.source_id} has nothing at {spec.path}; repair its `path:` or restore it"
        )
    return _ingest(settings, spec, normal(spec.path), run_id, progress)


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
    files = list(files_of(root, spec))
    base = normal(spec.path) if spec.path is not None and root.is_relative_to(normal(spec.path)) else root
    if not base.is_dir():
        base = base.parent
    with open_warehouse(settings, purpose="ingest") as con:
        documents: list[Row] = []
        issues: list[Row] = []
        characters = 0
        for number, file in enumerate(files, start=1):
            found, complaints = land(settings, spec, file, uri_of(file, base), utc_now(), run_id)
            documents += found
            issues += complaints
            characters += sum(len(row["text"]) for row in found)
            if number % _BATCH_FILES == 0 or characters > _BATCH_CHARACTERS:
                _write(con, report, documents, issues, run_id)
                documents, issues, characters = [], [], 0
            if progress is not None:
                progress(number, len(files))
        report.files = len(files)
        _write(con, report, documents, issues, run_id)
        if spec.path is not None and root == normal(spec.path):
            _write(con, report, [], _volume(spec, report, run_id), run_id)
    report.seconds = round(time.monotonic() - began, 3)
    return report


def _volume(spec: SourceSpec, report: IngestReport, run_id: str | None) -> list[Row]:
    """An issue, once a day, where a declared source gave fewer or more documents than it usually does."""
    count = report.documents_new + report.documents_known
    if spec.floor <= count <= spec.ceiling:
        return []
    bound = f"below its floor {spec.floor}" if count < spec.floor else f"above its ceiling {spec.ceiling}"
    now = utc_now()
    detail = f"source {spec.source_id} gave {count} documents, {bound}; look at the feed or correct the bound"
    return [issue_row(spec.source_id, f"{now:%Y-%m-%d}", [], "fetch", "volume", detail, now, run_id)]


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
            digests = [row["snapshot_sha256"], *(str(row[name]) for name in _METADATA)]
            detail = (
                f"{', '.join(changed)} changed after the file was landed, and landed rows stay; "
                "give the file a new name to land it again"
            )
            issues.append(
                issue_row(
                    row["source_id"], row["uri"], digests, "read", "metadata", detail, utc_now(), run_id
                )
            )
    return issues


def _spec_for(settings: Settings, path: Path, source_id: str | None) -> SourceSpec:
    """The declaration that applies to a path; a broken one elsewhere in the folder does not stop it."""
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
        holding = [s for s in declared if s.path is not None and path.is_relative_to(normal(s.path))]
        return max(holding, key=lambda s: len(str(s.path)), default=None) or adhoc_spec(path)
    if declared:
        return declared[0]
    try:
        return adhoc_spec(path, source_id)
    except ValueError as error:
        raise InputError(
            f"{source_id!r} cannot name a source; use small letters, digits and _, and start with a letter"
        ) from error
