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
_NO_TEXTS = {"utf-7", "idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem"}
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
    except UnicodeError as error:  # a codec's own complaint need not name a place
        where = ""
        if isinstance(error, UnicodeDecodeError):
            where = f" (byte {data[error.start : error.start + 1].hex().upper()} at position {error.start})"
        raise ReadError(
            "encoding",
            f"the file is not {marked or encoding}{where}; "
            "save it as UTF-8, or name its encoding in the source's declaration",
        ) from error
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if not any(character.isalnum() for character in text):
        raise ReadError("empty", "the file has no letters or digits; fetch it again")
    return text


def text_encoding(name: str | None) -> str | None:
    """What Python calls the encoding that a server or a page names; None where it is none that texts come in."""
    try:
        found = codecs.lookup((name or "").strip("\"' ")).name
    except (LookupError, UnicodeError, ValueError):
        return None
    if found in _NO_TEXTS or not getattr(codecs.lookup(found), "_is_text_encoding", True):
        return None
    return found


def clean(text: str) -> str:
    """Extracted text that can be stored: lone surrogates and zero bytes replaced, line ends as decoding leaves them."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "\ufffd")
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
