"""Bodies of responses, unpacked with a limit: no more than that is ever held, however small the bytes that came.

Only gzip and deflate are asked for, and unpacked here piece by piece, since a few kilobytes can stand for gigabytes.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

ENCODINGS = "gzip, deflate"
_PIECE = 65_536


class TooLargeError(Exception):
    """More than the limit, before or after unpacking."""


class BrokenBodyError(Exception):
    """The body is not in the encoding that it says, or ends too early."""


def read_body(chunks: Iterable[bytes], encoding: str, most: int, *, cut: bool = False) -> bytes:
    """The whole body; with `cut`, its first `most` bytes where it has more."""
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        unpacked: Iterable[bytes] = chunks
    elif encoding in ("gzip", "x-gzip", "deflate"):
        unpacked = _inflate(_counted(chunks, most), encoding == "deflate")
    else:
        raise BrokenBodyError(f"it came in the encoding {encoding!r}, which nobody asked for")
    body = bytearray()
    for piece in unpacked:
        body += piece
        if len(body) > most:
            if cut:
                return bytes(body[:most])
            raise TooLargeError
    return bytes(body)


def gunzip(data: bytes, most: int) -> bytes:
    """What a gzip file holds, all its members; TooLargeError over the limit, BrokenBodyError if it is none."""
    return read_body((data[n : n + _PIECE] for n in range(0, len(data), _PIECE)), "gzip", most)


def _counted(chunks: Iterable[bytes], most: int) -> Iterator[bytes]:
    total = 0
    for chunk in chunks:
        total += len(chunk)
        if total > most:
            raise TooLargeError
        yield chunk


def _inflate(chunks: Iterable[bytes], bare: bool) -> Iterator[bytes]:
    """Unpacked pieces of at most 64 KiB: nothing is inflated that was not asked for yet."""
    machine = None
    for chunk in chunks:
        while chunk:
            if machine is None:
                if bare and chunk[0] & 0x0F != 8:  # some servers send deflate without its two bytes of header
                    machine = zlib.decompressobj(-zlib.MAX_WBITS)
                else:
                    machine = zlib.decompressobj(zlib.MAX_WBITS | 32)
            elif machine.eof:
                if bare or not chunk.startswith(b"\x1f"):
                    chunk = b""  # padding behind the last member
                    continue
                machine = zlib.decompressobj(zlib.MAX_WBITS | 32)
            try:
                piece = machine.decompress(chunk, _PIECE)
            except zlib.error as error:
                raise BrokenBodyError(f"it cannot be unpacked ({error})") from error
            if piece:
                yield piece
            chunk = machine.unused_data if machine.eof else machine.unconsumed_tail
    if machine is not None and not machine.eof:
        while piece := machine.decompress(machine.unconsumed_tail, _PIECE):
            yield piece
        if not machine.eof:
            raise BrokenBodyError("it ends before its end")
