"""Markdown: as plain text, with the metadata of a front matter. Markup stays: spans count in it."""

from __future__ import annotations

from dataclasses import replace

from sources.document import Document
from sources.errors import ReadError
from sources.metadata import split_front_matter, with_metadata
from sources.readers.decoding import decode
from sources.readers.items import split_items
from sources.spec import SourceSpec

SUFFIXES = {".md": "text/markdown", ".markdown": "text/markdown"}


def read(data: bytes, uri: str, spec: SourceSpec) -> list[Document]:
    """The items of a Markdown file, less its front matter."""
    text = decode(data, spec.encoding)
    metadata, start, notes = split_front_matter(text)
    if not any(character.isalnum() for character in text[start:]):
        raise ReadError("empty", "the file has front matter and no text; fetch it again")
    documents = split_items(text, uri, "text/markdown", start=start, day_first=spec.day_first)
    documents = with_metadata(documents, metadata)
    return [replace(documents[0], notes=(*documents[0].notes, *notes)), *documents[1:]]
