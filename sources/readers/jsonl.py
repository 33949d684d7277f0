"""JSON Lines: an object a line, a document each; also a JSON file that is one list of objects, or one object.

A line that is no JSON costs itself; its number says where it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sources.document import Document
from sources.errors import ReadError
from sources.readers.decoding import decode
from sources.rows import Row, columns_of, documents_of
from sources.spec import SourceSpec

SUFFIXES = {".jsonl": "application/jsonl", ".ndjson": "application/jsonl", ".json": "application/json"}


def read(data: bytes, uri: str, spec: SourceSpec) -> list[Document]:
    """A document for each object, as `file.jsonl#12`."""
    text = decode(data, spec.encoding)
    whole = _whole(text)
    rows = _lines(text) if whole is None else _items(whole)
    media_type = "application/jsonl" if whole is None else "application/json"
    return documents_of(rows, columns_of(spec, None), uri, media_type, spec)


def _whole(text: str) -> list[Any] | None:
    """The objects of a file that is one JSON value over many lines; None where its lines are the objects."""
    first, _, _ = text.lstrip().partition("\n")
    if first.startswith("{") and _loaded(first) is not None:
        return None
    if not first.startswith(("[", "{")):
        return None
    try:
        value = json.loads(text)
    except RecursionError as error:
        raise ReadError("unsafe", "its objects are nested too deep; write one flat object a line") from error
    except ValueError as error:
        if first.startswith("["):
            raise ReadError("damaged", f"the file is no whole JSON ({error}); fetch it again") from error
        return None
    return value if isinstance(value, list) else [value]


def _lines(text: str) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        at = f"line {number}"
        value = _loaded(line)
        if isinstance(value, dict):
            yield Row(number, at, value)
        else:
            yield Row(number, at, fault="is no JSON object; repair the line, or fetch the file again")


def _items(values: list[Any]) -> Iterator[Row]:
    for number, value in enumerate(values, start=1):
        at = f"item {number}"
        if isinstance(value, dict):
            yield Row(number, at, value)
        else:
            yield Row(number, at, fault="is no JSON object; write one for each document")


def _loaded(line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None
