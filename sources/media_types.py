"""Which format some bytes are: what they begin with wins over what a server or a file name calls them.

Names lie: an error page is saved as report.pdf, a server calls everything text/plain. Where content shows its
format, that format is read and the wrong name is noted; where it shows a format that holds no text, it is refused.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from sources.errors import ReadError

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
BY_MEDIA_TYPE = {
    "text/markdown": "markdown",
    "text/html": "html",
    "application/xhtml+xml": "html",
    "application/pdf": "pdf",
    "application/x-pdf": "pdf",
    DOCX: "docx",
    "message/rfc822": "eml",
    "application/jsonl": "jsonl",
    "application/x-ndjson": "jsonl",
    "application/jsonlines": "jsonl",
    "application/json": "jsonl",
    "text/csv": "csv",
    "application/csv": "csv",
    "text/tab-separated-values": "csv",
    "application/vnd.apache.parquet": "parquet",
    "application/gzip": "archive",
    "application/x-gzip": "archive",
    "application/zip": "archive",
    "application/x-zip-compressed": "archive",
}
_PICTURES_AND_THE_LIKE = ("image/", "audio/", "video/", "font/")
_REFUSED = [
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"RIFF", "a picture, sound or film"),
    (b"II*\x00", "a TIFF picture"),
    (b"MM\x00*", "a TIFF picture"),
    (b"\xd0\xcf\x11\xe0", "an old or an encrypted office document"),
    (b"{\\rtf", "an RTF document"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90\x00", "a program"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
]
_OFFICE = {
    "xl/workbook.xml": "an Excel workbook",
    "ppt/presentation.xml": "a PowerPoint presentation",
    "META-INF/container.xml": "an EPUB book",
    "content.xml": "an OpenDocument file",
    "META-INF/MANIFEST.MF": "a Java archive",
}
_TAR_MARK = slice(257, 262)
_HTML = re.compile(
    rb"(?:\xef\xbb\xbf|\s|<\?xml[^>]{0,200}\?>|<!--.{0,2000}?-->)*+<(?:!doctype\s+html|html[\s>]|head[\s>])",
    re.I | re.S,
)
_TAG = re.compile(rb"<[a-z!/][^<>]*>", re.I)
_MAIL = re.compile(rb"(?:[A-Za-z][\w-]{1,60}:[^\n]*\n(?:[ \t][^\n]*\n)*){2,}\r?\n")
_MAIL_HEADER = re.compile(rb"^(?:Message-ID|Received|Return-Path|MIME-Version|From):", re.I | re.M)
_NAMES = {"html": "HTML", "pdf": "PDF", "docx": "Word", "eml": "a mail", "parquet": "Parquet", "archive": "an archive"}


@dataclass(frozen=True, slots=True)
class Choice:
    """The reader that takes some bytes, and a note where their name called them something else."""

    key: str
    note: str | None = None


def choose(data: bytes, uri: str, media_type: str, by_suffix: dict[str, str]) -> Choice | None:
    """The reader by content, else media type, else suffix, else by looks; None where nothing tells."""
    suffix = suffix_of(uri)
    by_name = BY_MEDIA_TYPE.get(media_type) or by_suffix.get(suffix)
    shown = sniff(data)
    if shown is not None:
        if by_name is None or by_name == shown:
            return Choice(shown)
        called = media_type if media_type in BY_MEDIA_TYPE else suffix
        return Choice(shown, f"it is called {called}, but its bytes are {_NAMES[shown]} and were read so; rename it")
    if media_type.startswith(_PICTURES_AND_THE_LIKE):
        raise ReadError("binary", f"the server calls it {media_type}, which holds no text; leave it out")
    if by_name == "html" and media_type in BY_MEDIA_TYPE and _TAG.search(data[:65_536]) is None:
        return Choice(by_suffix.get(suffix, "text"))  # servers call any text a page
    if by_name is not None:
        return Choice(by_name)
    if _MAIL.match(data[:16_384].replace(b"\r\n", b"\n")) and _MAIL_HEADER.search(data[:16_384]):
        return Choice("eml")
    return Choice("text") if media_type.startswith("text/") else None


def sniff(data: bytes) -> str | None:
    """The format that bytes show by how they begin; ReadError where it is one that holds no text."""
    if data.startswith(b"PK\x03\x04") or data.startswith(b"PK\x05\x06"):
        return _zipped(data)
    if data.startswith(b"\x1f\x8b"):
        return "archive"
    if data.startswith(b"PAR1"):
        return "parquet"
    for signature, name in _REFUSED:
        if data.startswith(signature):
            raise ReadError("binary", f"the file is {name}, not text; save its text")
    if data[_TAR_MARK] == b"ustar":
        raise ReadError("unsupported", "the file is a tar archive; unpack it, or pack it as zip")
    if b"%PDF-" in data[:1024]:  # some writers put a few bytes before it, and every viewer allows that
        return "pdf"
    return "html" if _HTML.match(data[:8192]) else None


def suffix_of(uri: str) -> str:
    """The suffix of a path or of an address without its query, in small letters."""
    path = urlsplit(uri).path if re.match(r"https?://", uri) else uri
    return PurePosixPath(path).suffix.lower()


def _zipped(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = {info.filename for info in archive.infolist()}
    except Exception:  # the archive reader says what is wrong with it
        return "archive"
    if "word/document.xml" in names:
        return "docx"
    for name, what in _OFFICE.items():
        if name in names:
            raise ReadError("binary", f"the file is {what}; save its text, or its table as CSV")
    return "archive"
