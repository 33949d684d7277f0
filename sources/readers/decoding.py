"""Bytes to text, or a reason why not. It guesses no encoding: a wrong guess corrupts names unnoticed."""

from __future__ import annotations

import codecs

from sources.errors import ReadError

_MARKS = [  # longest first: the UTF-32 mark begins like the UTF-16 one
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
]
_SIGNATURES = [
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive or office document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"PAR1", "a Parquet file"),
    (b"\xd0\xcf\x11\xe0", "an old office document"),
    (b"\x7fELF", "a program"),
]
_CONTROL = bytes(set(range(32)) - {9, 10, 11, 12, 13, 27})  # tab, line ends, page break occur in texts
_CONTROL_SHARE = 0.02  # real texts have next to none; stray ones must not cost a document


def decode(data: bytes, encoding: str = "utf-8") -> str:
    """The text of a file: byte order mark obeyed and dropped, CRLF and lone CR to LF, else as it is."""
    if not data:
        raise ReadError("empty", "the file has no bytes; fetch it again")
    for signature, name in _SIGNATURES:
        if data.startswith(signature):
            raise ReadError("binary", f"the file is {name}, not text; save its text")
    marked = next((name for mark, name in _MARKS if data.startswith(mark)), None)
    sample = data[:65_536]
    wide = encoding.startswith(("utf-16", "utf-32", "utf_16", "utf_32"))
    if marked in (None, "utf-8-sig") and not wide:
        controls = len(sample) - len(sample.translate(None, _CONTROL))
        if b"\0" in sample or controls > _CONTROL_SHARE * len(sample):
            raise ReadError("binary", "the file holds bytes that no text has; save it as UTF-8 text")
    try:
        text = data.decode(marked or encoding)
    except UnicodeDecodeError as error:
        bad = data[error.start : error.start + 1].hex().upper()
        raise ReadError(
            "encoding",
            f"the file is not {marked or encoding} (byte {bad} at position {error.start}); "
            "save it as UTF-8, or name its encoding in the source's declaration",
        ) from error
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if not any(character.isalnum() for character in text):
        raise ReadError("empty", "the file has no letters or digits; fetch it again")
    return text
