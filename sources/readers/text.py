"""Plain text: one item, or several that announce themselves."""

from __future__ import annotations

from sources.document import Document
from sources.readers.decoding import decode
from sources.readers.items import split_items
from sources.spec import SourceSpec

SUFFIXES = {".txt": "text/plain", ".text": "text/plain"}


def read(data: bytes, uri: str, spec: SourceSpec) -> list[Document]:
    """The items of a text file."""
    return split_items(decode(data, spec.encoding), uri, "text/plain", day_first=spec.day_first)
