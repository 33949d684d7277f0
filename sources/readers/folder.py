"""Files of mixed formats: each goes to the reader that takes its suffix."""

from __future__ import annotations

from pathlib import PurePosixPath

from sources.document import Document
from sources.errors import ReadError
from sources.readers import load_reader, suffixes
from sources.readers.decoding import decode
from sources.spec import SourceSpec

SUFFIXES: dict[str, str] = {}


def read(data: bytes, uri: str, spec: SourceSpec) -> list[Document]:
    """The items of a file, by its suffix."""
    suffix = PurePosixPath(uri).suffix.lower()
    key = suffixes().get(suffix)
    if key is None:
        decode(data, spec.encoding)  # an empty or binary file has a better reason than its suffix
        known = ", ".join(sorted(suffixes()))
        raise ReadError(
            "unsupported", f"no reader takes {suffix or 'a file without suffix'}; readable: {known}"
        )
    return load_reader(key).read(data, uri, spec)
