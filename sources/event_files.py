"""Files of event data opened block by block: plain, gzip or zip, with an end to what they may expand to.

A yearly delivery does not fit in memory, and an archive may claim to be small; so nothing is read whole, and
reading stops where the text outgrows what its source may have.
"""

from __future__ import annotations

import gzip
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any

from sources.errors import ReadError

BLOCK = 16 * 1024 * 1024
MOST_EXPANSION = 40  # times max_bytes: tables shrink to a tenth, rarely to a twentieth; bombs to a thousandth
_MOST_MEMBERS = 1000
_BESIDE = {".pdf", ".doc", ".docx", ".md", ".html", ".htm", ".xml", ".r", ".py", ".do", ".xlsx", ".json"}  # papers

Member = tuple[str, Iterator[bytes]]


def members(path: Path, name: str, max_bytes: int) -> Iterator[Member]:
    """Name and blocks of each table in a file; ReadError, at once or while reading, where it is damaged."""
    try:
        with path.open("rb") as file:
            start = file.read(4)
            file.seek(0)
            if start in (b"PK\x03\x04", b"PK\x05\x06"):
                yield from _zipped(file, name, max_bytes)
            elif start[:2] == b"\x1f\x8b":
                with gzip.open(file) as unpacked:
                    yield name, _blocks(unpacked, name, max_bytes * MOST_EXPANSION)
            else:
                yield name, _blocks(file, name, max_bytes * MOST_EXPANSION)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        raise _unreadable(name, error) from error


def _zipped(file: IO[bytes], name: str, max_bytes: int) -> Iterator[Member]:
    with zipfile.ZipFile(file) as archive:
        tables = [info for info in archive.infolist() if not info.is_dir() and _is_table(info.filename)]
        if len(tables) > _MOST_MEMBERS:
            raise ReadError("too_large", f"the archive has {len(tables)} files, over {_MOST_MEMBERS}; split it")
        left = max_bytes * MOST_EXPANSION
        for info in tables:
            if info.flag_bits & 0x1:
                raise ReadError("unreadable", f"{info.filename} in the archive is encrypted; deliver it open")
            left -= info.file_size
            if left < 0:
                raise _too_large(name, max_bytes * MOST_EXPANSION)
            with archive.open(info) as member:
                inside = name if len(tables) == 1 else f"{name}/{info.filename}"
                yield inside, _blocks(member, inside, info.file_size)


def _blocks(file: Any, name: str, most: int) -> Iterator[bytes]:
    count = 0
    try:
        while block := file.read(BLOCK):
            count += len(block)
            if count > most:
                raise _too_large(name, most)
            yield block
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
        raise _unreadable(name, error) from error


def _is_table(filename: str) -> bool:
    path = PurePosixPath(filename)
    return not (
        path.name.startswith(".") or path.parts[:1] == ("__MACOSX",) or path.suffix.lower() in _BESIDE
    )


def _too_large(name: str, most: int) -> ReadError:
    return ReadError(
        "too_large",
        f"{name} expands to over {most} bytes, {MOST_EXPANSION} times max_bytes; raise max_bytes if it is sound",
    )


def _unreadable(name: str, error: BaseException) -> ReadError:
    return ReadError("unreadable", f"{name} cannot be unpacked ({type(error).__name__}: {error}); deliver it again")
