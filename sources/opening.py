"""Bytes of an unknown format to documents: the reader is chosen by what they are, then what was said of them is added.

Files of a folder, fetched pages, members of an archive and attachments of a mail all come through here.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from sources.document import Document
from sources.errors import ReadError
from sources.fetched import Fetched, Hints
from sources.media_types import choose, suffix_of
from sources.metadata import on_date
from sources.readers import load_reader, suffixes
from sources.readers.decoding import decode, text_encoding
from sources.spec import SourceSpec

_DATE_IN_PATH = re.compile(r"/(?P<year>(?:19|20)\d\d)[/-](?P<month>\d\d)[/-](?P<day>\d\d)(?=[/_-]|$)")


def open_bytes(data: bytes, uri: str, spec: SourceSpec, media_type: str = "") -> list[Document]:
    """The documents of some bytes, by the reader that fits them; ReadError where none does."""
    choice = choose(data, uri, media_type, suffixes())
    if choice is None:
        decode(data, spec.encoding)  # an empty or binary file has a better reason than its suffix
        known = ", ".join(sorted(suffixes()))
        suffix = suffix_of(uri) or "a file without suffix"
        raise ReadError("unsupported", f"no reader takes {suffix}; readable: {known}")
    documents = load_reader(choice.key).read(data, uri, spec)
    if choice.note is None or not documents:
        return documents
    return [replace(documents[0], notes=(*documents[0].notes, choice.note)), *documents[1:]]


def open_fetched(fetched: Fetched, spec: SourceSpec) -> list[Document]:
    """The documents of what was fetched, with address and hints; an index has none."""
    if fetched.is_index:
        return []
    if (encoding := text_encoding(fetched.charset)) is not None:
        spec = spec.model_copy(update={"encoding": encoding})
    documents = open_bytes(fetched.data, fetched.uri, spec, fetched.media_type)
    url = fetched.url or (fetched.uri if fetched.uri.startswith(("http://", "https://")) else None)
    several = len(documents) > 1
    return [_with_hints(document, fetched.hints, url, several=several) for document in documents]


def _with_hints(document: Document, hints: Hints, url: str | None, *, several: bool) -> Document:
    """What the document does not say itself. Of several documents a feed's title is nobody's."""
    changes: dict[str, Any] = {}
    if document.url is None:
        changes["url"] = url
    if document.title is None and not several:
        changes["title"] = hints.title
    changes["publisher"] = document.publisher or hints.publisher
    changes["language"] = document.language or hints.language
    doubted = document.published_date is None or any(on_date(note) for note in document.notes)
    if doubted:
        if hints.published_date is not None:
            changes |= {
                "notes": tuple(note for note in document.notes if not on_date(note)),
                "published_date": hints.published_date,
                "published_precision": hints.published_precision,
                "published_basis": "feed",
            }
        elif document.published_date is None and url is not None and (day := _date_in_path(url)) is not None:
            changes |= {"published_date": day, "published_precision": "day", "published_basis": "filename"}
    return replace(document, **changes)


def _date_in_path(url: str) -> date | None:
    """The day in an address such as https://example.org/news/2021/06/28/treaty, where it names just one."""
    found = set()
    for match in _DATE_IN_PATH.finditer(urlsplit(url).path):
        try:
            found.add(date(int(match["year"]), int(match["month"]), int(match["day"])))
        except ValueError:
            continue
    return found.pop() if len(found) == 1 else None
