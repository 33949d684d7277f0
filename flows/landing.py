"""What one file or fetched page becomes: rows of `raw.documents`, or rows of `ops.issues` that say why there are none.

Bytes are kept before they are read. A `uri` counts from the name of the folder that was given: no machine's
paths enter the data, and the same file has the same key wherever that folder lies.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from flows import snapshots
from flows.ids import content_id
from flows.settings import Settings
from sources.dates import date_in_name
from sources.document import Document
from sources.errors import ReadError
from sources.fetched import Fetched, Hints
from sources.metadata import SIDECAR_SUFFIX, load_metadata, with_metadata
from sources.readers import load_reader, read_fetched
from sources.spec import SourceSpec

Row = dict[str, Any]


@dataclass(slots=True)
class Piece:
    """What one file or address came to; `fetch` is what the next run must know to ask for it again."""

    uri: str
    sha256: str | None = None
    documents: list[Row] = field(default_factory=list)
    issues: list[Row] = field(default_factory=list)
    fetch: Row | None = None


@dataclass(frozen=True, slots=True)
class Landing:
    """What all pieces of one source and run have in common."""

    settings: Settings
    spec: SourceSpec
    run_id: str | None

    def file(self, file: Path, uri: str, now: datetime) -> Piece:
        """The rows of one file, with what stands beside it."""
        piece = Piece(uri)
        digests: list[str] = []
        reading: Row = {}
        try:
            data = _read_bytes(file, self.spec.max_bytes)
            digests.append(snapshots.store(self.settings.snapshots_dir, data))
            sidecar = file.with_name(file.name + SIDECAR_SUFFIX)
            beside = _read_bytes(sidecar, self.spec.max_bytes) if sidecar.exists() else None
            if beside is not None:
                digests.append(snapshots.store(self.settings.snapshots_dir, beside))
                reading = {"sidecar": digests[1], "sidecar_name": sidecar.name}
        except ReadError as error:
            piece.issues.append(self.issue(uri, digests, "read", error.reason, error.detail, now))
            return piece
        return self.file_bytes(data, beside, uri, digests, reading, now)

    def file_bytes(
        self, data: bytes, beside: bytes | None, uri: str, digests: list[str], reading: Row, now: datetime
    ) -> Piece:
        """The rows of a file whose bytes are kept; also long after, when its reader was repaired."""

        def read() -> list[Document]:
            documents = load_reader(self.spec.reader).read(data, uri, self.spec)
            if beside is not None:
                documents = with_metadata(documents, load_metadata(beside, reading["sidecar_name"]))
            return documents

        return self._read(read, uri, PurePosixPath(uri).stem, digests, reading, now)

    def fetched(self, fetched: Fetched, now: datetime) -> Piece:
        """The rows of what was fetched; an index is kept and noted, and gives none."""
        sha256 = snapshots.store(self.settings.snapshots_dir, fetched.data)
        row = fetch_row(self.spec.source_id, fetched.uri, "fetched", now, self.run_id) | {
            "url": fetched.url,
            "etag": fetched.etag,
            "last_modified": fetched.last_modified,
            "snapshot_sha256": sha256,
            "media_type": fetched.media_type,
            "is_index": fetched.is_index,
            "fetched_at": now,
        }
        if fetched.is_index:
            return Piece(fetched.uri, sha256, fetch=row)
        reading = {
            "url": fetched.url,
            "media_type": fetched.media_type,
            "charset": fetched.charset,
            "hints": {key: value for key, value in asdict(fetched.hints).items() if value not in (None, "unknown")},
        }
        piece = self._read(lambda: read_fetched(fetched, self.spec), fetched.uri, "", [sha256], reading, now)
        piece.fetch = row
        return piece

    def issue(
        self,
        uri: str,
        digests: list[str],
        stage: str,
        reason: str,
        detail: str,
        now: datetime,
        reading: Row | None = None,
    ) -> Row:
        return issue_row(self.spec.source_id, uri, digests, stage, reason, detail, now, self.run_id, reading)

    def _read(
        self, read: Callable[[], list[Document]], uri: str, stem: str, digests: list[str], reading: Row, now: datetime
    ) -> Piece:
        piece = Piece(uri, digests[0])
        try:
            documents = read()
        except ReadError as error:
            piece.issues.append(self.issue(uri, digests, "read", error.reason, error.detail, now, reading))
            return piece
        except Exception as error:  # a reader's own fault must cost one file, not the run
            detail = f"the reader {self.spec.reader} failed ({type(error).__name__}: {error}); report it"
            piece.issues.append(self.issue(uri, digests, "read", "unreadable", detail, now, reading))
            return piece
        piece.documents = [_document_row(document, self.spec, stem, digests[0], now) for document in documents]
        if notes := [note for document in documents for note in document.notes]:
            piece.issues.append(self.issue(uri, digests, "read", "metadata", "; ".join(notes), now, reading))
        for problem in (problem for document in documents for problem in document.problems):
            piece.issues.append(
                self.issue(problem.uri, digests, "read", problem.reason, problem.detail, now, {**reading, "of": uri})
            )
        return piece


def kept_fetched(data: bytes, uri: str, reading: Row) -> Fetched:
    """What was fetched, as its issue remembers it."""
    hints = dict(reading.get("hints") or {})
    if hints.get("published_date"):
        hints["published_date"] = date.fromisoformat(hints["published_date"])
    return Fetched(
        uri, data, reading.get("media_type") or "", reading.get("url"), reading.get("charset"), hints=Hints(**hints)
    )


def fetch_row(source_id: str, uri: str, status: str, now: datetime, run_id: str | None) -> Row:
    """That an address was asked; what it gave is filled in where it gave bytes."""
    return {
        "fetch_id": content_id(source_id, uri), "source_id": source_id, "uri": uri, "url": None, "etag": None,
        "last_modified": None, "snapshot_sha256": None, "media_type": None, "is_index": False, "status": status,
        "fetched_at": None, "checked_at": now, "run_id": run_id,
    }  # fmt: skip


def issue_row(
    source_id: str, uri: str, digests: list[str], stage: str, reason: str, detail: str, now: datetime,
    run_id: str | None, reading: Row | None = None,
) -> Row:  # fmt: skip
    """Why something gave no document, or what a person should settle."""
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
        "reading": json.dumps(reading, default=str, ensure_ascii=False) if reading else None,
    }


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
        raise ReadError("unreadable", f"the file cannot be read ({error.strerror}); check its rights") from error


def _document_row(document: Document, spec: SourceSpec, stem: str, sha256: str, now: datetime) -> Row:
    published, precision, basis = (
        document.published_date,
        document.published_precision,
        document.published_basis,
    )
    if published is None and (named := date_in_name(stem)):
        published, precision, basis = named.first, named.precision, "filename"
    language, language_basis = _language(document, spec)
    return {
        "document_id": content_id(spec.source_id, document.uri, document.part_no, document.text),
        "source_id": spec.source_id,
        "uri": document.uri,
        "url": document.url,
        "part_no": document.part_no,
        "title": document.title,
        "author": document.author,
        "publisher": document.publisher or spec.publisher,
        "language": language,
        "language_basis": language_basis,
        "published_date": published,
        "published_precision": precision,
        "published_basis": basis,
        "found_in": "; ".join(document.found_in) or None,
        "retrieved_at": now,
        "snapshot_sha256": sha256,
        "media_type": document.media_type,
        "text": document.text,
    }


def _language(document: Document, spec: SourceSpec) -> tuple[str | None, str]:
    """The language of a document and who says so: itself, its declaration, or its words."""
    if document.language:
        return document.language, "metadata"
    if spec.language:
        return spec.language, "declared"
    from sources.language import detect  # its model takes a third of a second to load

    found = detect(document.text)
    return (found[0], "detected") if found else (None, "unknown")


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
