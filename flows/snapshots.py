"""Landed bytes, kept by their SHA-256 before anything tries to read them: a reader's fault loses nothing.

A file appears under its name only by rename, so a name that exists holds whole content. There is no fsync:
after a power cut a snapshot may be short; `load` would say so, and the next ingest writes it again.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from flows.errors import ComityError


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
        unfinished = path.with_name(f".{sha256}.{os.getpid()}")
        unfinished.write_bytes(data)
        unfinished.replace(path)
    except OSError as error:
        raise ComityError(
            f"the snapshot {path} cannot be written ({error.strerror}); "
            "free space, or set COMITY_HOME elsewhere"
        ) from error
    return sha256


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
