"""What one file becomes: rows of `raw.documents`, or a row of `ops.issues` that says why it cannot be read.

Bytes are kept before they are read. A `uri` counts from the name of the folder that was given: no machine's
paths enter the data, and the same file has the same key wherever that folder lies.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from flows import snapshots
from flows.ids import content_id
from flows.settings import Settings
from sources.dates import date_in_name
from sources.document import Document
from sources.errors import ReadError
from sources.metadata import SIDECAR_SUFFIX, load_metadata, with_metadata
from sources.readers import load_reader
from sources.spec import SourceSpec

Row = dict[str, Any]


def land(
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
        return [], [issue_row(spec.source_id, uri, digests, "read", error.reason, error.detail, now, run_id)]
    rows = [_document_row(document, spec, file, digests[0], now) for document in documents]
    notes = [note for document in documents for note in document.notes]
    if not notes:
        return rows, []
    return rows, [issue_row(spec.source_id, uri, digests, "read", "metadata", "; ".join(notes), now, run_id)]


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


def _document_row(document: Document, spec: SourceSpec, file: Path, sha256: str, now: datetime) -> Row:
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


def issue_row(
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


def files_of(root: Path, spec: SourceSpec) -> Iterator[Path]:
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


def uri_of(file: Path, base: Path) -> str:
    path = "/".join(part for part in (base.name, file.relative_to(base).as_posix()) if part)
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")  # names need not be UTF-8


def normal(path: Path) -> Path:
    return Path(os.path.normpath(path.expanduser().absolute()))
