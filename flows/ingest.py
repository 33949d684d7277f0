"""Ingest: sources in, rows of `raw` out, and a row of `ops.issues` for each thing that cannot be read.

Nothing is added twice, since keys are hashes of content, and neither a bad file nor a bad source stops the others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from flows.duplicates import compare_new
from flows.errors import ComityError, InputError
from flows.fetching import fetch_sources, make_client
from flows.landing import Landing, files_of, normal, uri_of
from flows.settings import Settings
from flows.warehouse import open_warehouse, utc_now
from flows.writing import IngestReport, Writer, finish
from sources.errors import SourceError
from sources.fetched import Window
from sources.metadata import SIDECAR_SUFFIX
from sources.readers import kind_of
from sources.spec import SourceSpec, adhoc_spec, load_spec, load_specs

if TYPE_CHECKING:
    from sources.hosts import Hosts

__all__ = ["IngestReport", "declared_sources", "ingest_path", "ingest_source", "ingest_sources", "named_sources"]

_BATCH_FILES = 200  # one transaction's worth: what a kill can undo, and what memory holds
_BATCH_CHARACTERS = 8_000_000

Progress = Callable[[int, int], None]  # files or sources done, and in all


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
    spec = spec_for(settings, path, source_id)
    if kind_of(spec.reader) == "event_data":
        spec = spec.model_copy(update={"path": path})
        return _compared(settings, run_id, [_events(settings, spec, run_id, None, Window(), progress)])[0]
    return _compared(settings, run_id, [_files(settings, spec, path, run_id, progress)])[0]


def ingest_source(
    settings: Settings,
    spec: SourceSpec,
    run_id: str | None = None,
    *,
    window: Window | None = None,
    progress: Progress | None = None,
) -> IngestReport:
    """Land what a declared source holds now; an error if it holds nothing at all."""
    if spec.path is not None and not spec.path.exists():
        raise InputError(_nothing_at(spec))
    return ingest_sources(settings, [spec], run_id, window=window, progress=progress)[0]


def ingest_sources(
    settings: Settings,
    specs: Sequence[SourceSpec],
    run_id: str | None = None,
    *,
    window: Window | None = None,
    progress: Progress | None = None,
) -> list[IngestReport]:
    """Land what these sources hold now, in their order; one that fails has its reason in its report.

    What is fetched page by page is fetched side by side; files and event data come one source after the other.
    """
    from sources.hosts import Hosts

    window, hosts = window or Window(), Hosts()
    alone = len(specs) == 1
    pages = [spec for spec in specs if kind_of(spec.reader) == "protocol"]
    reports: dict[str, IngestReport] = {}
    for spec in specs:
        if spec in pages:
            continue
        try:
            reports[spec.source_id] = _one(settings, spec, run_id, hosts, window, progress if alone else None)
        except ComityError as error:
            reports[spec.source_id] = _failed(settings, spec, run_id, error)
        if progress is not None and not alone:
            progress(len(reports), len(specs))
    done = len(reports)

    def further(number: int, _: int) -> None:
        if progress is not None:
            progress(done + number, len(specs))

    for report in fetch_sources(settings, pages, run_id, hosts, window=window, progress=further):
        reports[report.source_id] = report
    return _compared(settings, run_id, [reports[spec.source_id] for spec in specs])


def declared_sources(settings: Settings) -> list[SourceSpec]:
    """All declarations, or one error that names every fault in them."""
    try:
        return load_specs(settings.sources_dir)
    except SourceError as error:
        raise InputError("; ".join(error.problems)) from error


def named_sources(settings: Settings, names: Sequence[str]) -> list[SourceSpec]:
    """The declared sources of these names, each once; all of them where none is named."""
    specs = {spec.source_id: spec for spec in declared_sources(settings)}
    unknown = [name for name in names if name not in specs]
    if unknown:
        raise InputError(
            f"no source {unknown[0]} is declared in {settings.sources_dir}; there are {', '.join(specs) or 'none'}"
        )
    return [specs[name] for name in dict.fromkeys(names or specs)]


def spec_for(settings: Settings, path: Path | None, source_id: str | None) -> SourceSpec:
    """The declaration that applies to a path or id; a broken one elsewhere in the folder does not stop it."""
    declared = []
    for file in sorted(settings.sources_dir.glob("*.yml")):
        if source_id is not None and file.stem != source_id:
            continue
        try:
            declared.append(load_spec(file))
        except SourceError as error:
            if source_id is not None:
                raise InputError("; ".join(error.problems)) from error
    path = path or Path()
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


def _one(
    settings: Settings, spec: SourceSpec, run_id: str | None, hosts: Hosts, window: Window, progress: Progress | None
) -> IngestReport:
    if spec.path is not None and not spec.path.exists():
        raise InputError(_nothing_at(spec))
    if kind_of(spec.reader) == "event_data":
        return _events(settings, spec, run_id, hosts, window, progress)
    assert spec.path is not None
    return _files(settings, spec, normal(spec.path), run_id, progress)


def _files(
    settings: Settings, spec: SourceSpec, root: Path, run_id: str | None, progress: Progress | None
) -> IngestReport:
    files = list(files_of(root, spec))
    base = normal(spec.path) if spec.path is not None and root.is_relative_to(normal(spec.path)) else root
    if not base.is_dir():
        base = base.parent
    landing = Landing(settings, spec, run_id)
    writer = Writer(landing)
    writer.report.files = len(files)
    writer.report.is_whole = writer.report.is_now = spec.path is not None and root == normal(spec.path)
    with open_warehouse(settings, purpose="ingest") as con:
        for number, file in enumerate(files, start=1):
            writer.add(landing.file(file, uri_of(file, base), utc_now()))
            if len(writer.pieces) >= _BATCH_FILES or writer.characters > _BATCH_CHARACTERS:
                writer.flush(con)
            if progress is not None:
                progress(number, len(files))
        writer.flush(con)
        return writer.finish(con)


def _events(
    settings: Settings,
    spec: SourceSpec,
    run_id: str | None,
    hosts: Hosts | None,
    window: Window,
    progress: Progress | None,
) -> IngestReport:
    """Event data of others, which land as rows and not as documents."""
    from flows.event_data import land_events

    began = utc_now()
    with open_warehouse(settings, purpose="ingest") as con:
        if hosts is None or spec.path is not None:
            made = land_events(settings, spec, con, run_id, None, window, progress)
        else:
            with make_client(settings, spec, hosts) as client:
                made = land_events(settings, spec, con, run_id, client, window, progress)
        report = IngestReport(spec.source_id)
        for name in {field.name for field in fields(report)} & {field.name for field in fields(made)}:
            setattr(report, name, getattr(made, name))
        report.is_whole = window == Window()
        finish(con, spec, report, began, run_id)
    return report


def _failed(settings: Settings, spec: SourceSpec, run_id: str | None, error: ComityError) -> IngestReport:
    report = IngestReport(spec.source_id, error=str(error))
    with open_warehouse(settings, purpose="ingest") as con:
        finish(con, spec, report, utc_now(), run_id)
    return report


def _compared(settings: Settings, run_id: str | None, reports: list[IngestReport]) -> list[IngestReport]:
    """The reports, once what is new was compared with all that is there."""
    with open_warehouse(settings, purpose="compare documents") as con:
        compare_new(con, run_id)
    return reports


def _nothing_at(spec: SourceSpec) -> str:
    return f"source {spec.source_id} has nothing at {spec.path}; repair its `path:` or restore it"
