"""gzip and ZIP: each member goes to the reader that takes it, as `file.zip!/name`; one bad member costs itself.

Bytes are unpacked in memory under one budget (sources/unpacking.py). A `.meta.yml` beside a member describes it.
"""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from pathlib import PurePosixPath

from sources.document import Document, Problem
from sources.errors import ReadError
from sources.metadata import SIDECAR_SUFFIX, load_metadata, with_metadata
from sources.spec import SourceSpec
from sources.unpacking import MARK, RATIO, RATIO_FROM, Budget, budget, gathered, safe_name

SUFFIXES = {".gz": "application/gzip", ".zip": "application/zip"}
_CHUNK = 1 << 20
_KINDS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}  # others need memory that their header names


def read(data: bytes, uri: str, spec: SourceSpec) -> list[Document]:
    """The documents of all members."""
    if not data:
        raise ReadError("empty", "the archive has no bytes; fetch it again")
    with budget(uri, spec) as left:
        if data.startswith(b"\x1f\x8b"):
            return _opened(_inner_name(uri), _gunzip(data, spec, left), uri, spec)
        archive = _archive(data)
        infos = {info.filename: info for info in archive.infolist() if _is_file(info)}
        documents: list[Document] = []
        problems: list[Problem] = []
        for name, info in infos.items():
            if name.endswith(SIDECAR_SUFFIX) and name.removesuffix(SIDECAR_SUFFIX) in infos:
                continue
            left.member()
            try:
                found = _opened(name, _unzipped(archive, info, spec, left), uri, spec)
                if (sidecar := infos.get(name + SIDECAR_SUFFIX)) is not None:
                    found = with_metadata(
                        found, load_metadata(_unzipped(archive, sidecar, spec, left), sidecar.filename)
                    )
                documents += found
            except ReadError as error:
                problems.append(Problem(uri + MARK + name, error.reason, error.detail))
        return gathered(documents, problems, "the archive has no members that are files; fetch it again")


def _opened(name: str, data: bytes, uri: str, spec: SourceSpec) -> list[Document]:
    from sources.opening import open_bytes  # it needs the readers, of which this is one

    return open_bytes(data, uri + MARK + name, spec)


def _inner_name(uri: str) -> str:
    name = PurePosixPath(uri.split("?")[0]).name
    return name[:-3] if name.lower().endswith(".gz") else name or "data"


def _gunzip(data: bytes, spec: SourceSpec, left: Budget) -> bytes:
    """All members of a gzip file, one after the other, as the format has it."""
    left.member()
    parts: list[bytes] = []
    size = taken = 0
    while data:
        unpacker = zlib.decompressobj(wbits=31)
        try:
            while not unpacker.eof:
                part = unpacker.decompress(data, _CHUNK)
                taken += len(data) - len(unpacker.unconsumed_tail)
                data = unpacker.unconsumed_tail
                if not part and not data and not unpacker.eof:
                    raise ReadError("damaged", "the gzip file ends too early; fetch it again")
                size += len(part)
                _check(size, taken, spec)
                left.take(len(part))
                parts.append(part)
        except zlib.error as error:
            raise ReadError("damaged", f"the gzip file is broken ({error}); fetch it again") from error
        data = unpacker.unused_data.lstrip(b"\0")  # tapes and some servers fill up with zeros
        if not data.startswith(b"\x1f\x8b"):
            break
    return b"".join(parts)


def _archive(data: bytes) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except Exception as error:  # its directory can be broken in more ways than the library has names for
        raise ReadError("damaged", f"the ZIP archive is broken ({error}); fetch it again") from error


def _is_file(info: zipfile.ZipInfo) -> bool:
    """Neither a folder nor what systems hide in archives; hidden files of a folder are not read either."""
    parts = [part for part in info.filename.replace("\\", "/").split("/") if part]
    hidden = any(part.startswith(".") and part != ".." for part in parts)
    return not (info.is_dir() or hidden or parts[:1] == ["__MACOSX"])


def _unzipped(archive: zipfile.ZipFile, info: zipfile.ZipInfo, spec: SourceSpec, left: Budget) -> bytes:
    if not safe_name(info.filename):
        raise ReadError("unsafe", "its name leads out of the archive; pack it again with plain names")
    if stat.S_ISLNK(info.external_attr >> 16):
        raise ReadError("unsafe", "it is a link and no file; pack the file itself")
    if info.flag_bits & 1:
        raise ReadError("encrypted", "the member asks for a password; pack it without one")
    if info.compress_type not in _KINDS:
        raise ReadError("unsupported", "it is packed by a method other than deflate; pack it again")
    _check(info.file_size, info.compress_size, spec)
    left.take(info.file_size)
    try:
        with archive.open(info) as file:
            return file.read(info.file_size)  # no more comes out, whatever the data hold
    except Exception as error:  # as for the directory
        raise ReadError("damaged", f"the member is broken ({error}); fetch the archive again") from error


def _check(size: int, packed: int, spec: SourceSpec) -> None:
    if size > RATIO_FROM and size > RATIO * packed:
        raise ReadError("unsafe", f"it unpacks to over {RATIO} times its size, as bombs do; it was not read")
    if size > spec.max_bytes:
        raise ReadError("too_large", f"it unpacks to over max_bytes {spec.max_bytes}; split it or raise the limit")
