"""Readers, one module per format: `read(data, uri, spec) -> list[Document]`, or ReadError with a reason.

A module of this folder is a reader; its name is the `reader:` key of a declaration, and its SUFFIXES say
which files of a folder it takes, with their media types. There is no list to keep: its file is found.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sources.document import Document
from sources.spec import SourceSpec

if TYPE_CHECKING:
    from sources.fetched import Fetched

_HELPERS = {"__init__", "items", "decoding"}  # what readers share


class Reader(Protocol):
    """What a reader module looks like."""

    SUFFIXES: Mapping[str, str]

    def read(self, data: bytes, uri: str, spec: SourceSpec) -> list[Document]: ...


def reader_keys() -> list[str]:
    """The keys that a declaration can name."""
    return sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem not in _HELPERS)


@cache
def load_reader(key: str) -> Reader:
    """The reader of that key."""
    reader: Reader = import_module(f"sources.readers.{key}")
    return reader


@cache
def suffixes() -> dict[str, str]:
    """Which reader takes which file suffix."""
    return {
        suffix: key for key in reader_keys() for suffix in getattr(load_reader(key), "SUFFIXES", {})
    }


def read_fetched(fetched: Fetched, spec: SourceSpec) -> list[Document]:
    """The documents of bytes that were fetched; what the feed said fills what they do not say themselves."""
    from sources.opening import open_fetched  # it needs the readers, which are found here

    return open_fetched(fetched, spec)
