"""One document as a reader hands it over: the columns of `raw.documents` that can be known from its bytes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from sources.dates import Precision
from sources.errors import Reason

PublishedBasis = Literal["text", "metadata", "filename", "feed", "unknown"]


@dataclass(frozen=True, slots=True)
class Problem:
    """A part of a file that gave no document while others did: a member of an archive, a row, an attachment."""

    uri: str
    reason: Reason
    detail: str


@dataclass(frozen=True, slots=True)
class Document:
    """One item of one file. The coder's spans count in `text`, so the same bytes must give the same text.

    Of plain text and Markdown it is the decoded slice to the letter: a byte order mark is dropped and CRLF is
    LF, nothing else is changed, and the parts of a file, put one after the other, are its whole text (less a
    Markdown front matter). Of other formats it is what their reader extracts.
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
    author: str | None = None
    found_in: tuple[str, ...] = ()  # where metadata stood, such as "published: JSON-LD datePublished"
    problems: tuple[Problem, ...] = ()  # what else of its file could not be read; on the first document only
