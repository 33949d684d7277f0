"""Files of mixed formats: each goes to the reader that takes what it is, whatever it is called."""

from __future__ import annotations

from sources.document import Document
from sources.spec import SourceSpec

SUFFIXES: dict[str, str] = {}


def read(data: bytes, uri: str, spec: SourceSpec) -> list[Document]:
    """The items of a file, by its content and its suffix."""
    from sources.opening import open_bytes  # it needs the readers, of which this is one

    return open_bytes(data, uri, spec)
