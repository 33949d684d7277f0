"""One document as a reader hands it over: the columns of `raw.documents` that can be known from its bytes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from sources.dates import Precision

PublishedBasis = Literal["text", "metadata", "filename", "unknown"]


@dataclass(frozen=True, slots=True)
class Document:
    """One item of one file. `text` is the decoded slice to the letter; the coder's spans count in it.

    Decoding drops a byte order mark and turns CRLF into LF; nothing else is changed, and the parts of a file,
    put one after the other, are its whole text (less a Markdown front matter).
    """

    uri: str
    part_no: int  # 1.. in the order of the file
    media_type: str
    text: str
    title: str | None = None
    publisher: str | None = None
    language: str | None = None  # ISO 639-1
    url: str | None = None
    published_date: date | None = None
    published_precision: Precision = "unknown"
    published_basis: PublishedBasis = "unknown"
    notes: tuple[str, ...] = ()  # what a person should settle, one sentence each with the repair
