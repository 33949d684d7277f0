"""Readers, one module per format or protocol; a module of this folder is found by its name, the `reader:` key.

A format reader makes documents of bytes (`read(data, uri, spec)`, or ReadError with a reason); its SUFFIXES say which
files of a folder it takes, with their media types. A protocol reader finds and fetches the bytes that format readers
then get (`fetch`, see sources/fetched.py). A reader of event data has a TABLE, into which its rows are landed as they
were delivered.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from sources.document import Document
from sources.spec import SourceSpec

if TYPE_CHECKING:
    from sources.fetched import Fetched

Kind = Literal["format", "protocol", "event_data"]

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


def kind_of(key: str) -> Kind:
    """What its module shows: event data come as rows of a TABLE, a protocol `fetch`es, all others read bytes."""
    reader = load_reader(key)
    if hasattr(reader, "TABLE"):
        return "event_data"
    return "protocol" if fetches(key) else "format"


def fetches(key: str) -> bool:
    """Whether the reader can fetch from an address."""
    return hasattr(load_reader(key), "fetch")


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
