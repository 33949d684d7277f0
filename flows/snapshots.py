"""Landed bytes, kept by their SHA-256 before anything tries to read them: a reader's fault loses nothing.

A file appears under its name only by rename, so a name that exists holds whole content. There is no fsync:
after a power cut a snapshot may be short; `load` would say so, and the next ingest writes it again.
"""

from __future__ import annotations

import hashlib
import os
import stat
import threading
from pathlib import Path
from uuid import uuid4

from flows.errors import ComityError
from sources.errors import ReadError

_BLOCK = 4 * 1024 * 1024


def path_of(folder: Path, sha256: str) -> Path:
    """Where the bytes of that hash are."""
    return folder / sha256[:2] / sha256


def store(folder: Path, data: bytes) -> str:
    """Keep the bytes and return their hash; bytes that are there already cost one look."""
    sha256 = hashlib.sha256(data).hexdigest()
    path = path_of(folder, sha256)
    try:
        if path.exists() and path.stat().st_size == len(data):
            return sha256
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f".{sha256}.{os.getpid()}.{threading.get_ident()}")
        unfinished.write_bytes(data)
        unfinished.replace(path)
    except OSError as error:
        raise ComityError(
            f"the snapshot {path} cannot be written ({error.strerror}); "
            "free space, or set COMITY_HOME elsewhere"
        ) from error
    return sha256


def store_file(folder: Path, file: Path, most: int) -> str:
    """Keep a file's bytes, however many, without holding them all; ReadError for what is no file or too large."""
    unfinished = folder / f".{os.getpid()}.{uuid4().hex}"
    digest = hashlib.sha256()
    count = 0
    try:
        if not stat.S_ISREG(file.stat().st_mode):  # reading a pipe would wait for ever
            raise ReadError("unreadable", "this is no regular file; remove it from the folder")
        reading = file.open("rb")
    except OSError as error:
        raise ReadError("unreadable", f"the file cannot be read ({error.strerror}); check its rights") from error
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with reading, unfinished.open("wb") as kept:
            while block := reading.read(_BLOCK):
                count += len(block)
                if count > most:
                    raise ReadError(
                        "too_large", f"the file has over {most} bytes; split it or raise max_bytes of its source"
                    )
                digest.update(block)
                kept.write(block)
        path = path_of(folder, digest.hexdigest())
        if not (path.exists() and path.stat().st_size == count):
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished.replace(path)
    except OSError as error:
        raise ComityError(
            f"a snapshot of {file.name} cannot be written to {folder} ({error.strerror}); "
            "free space, or set COMITY_HOME elsewhere"
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)
    return digest.hexdigest()


def load(folder: Path, sha256: str) -> bytes:
    """The bytes of that hash; an error if they are gone or are no longer what was landed."""
    path = path_of(folder, sha256)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ComityError(
            f"the snapshot {path} cannot be read ({error.strerror}); ingest its source again"
        ) from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ComityError(f"the snapshot {path} is damaged; delete it and ingest its source again")
    return data
