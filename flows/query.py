"""Questions to the published file: read-only, and unable to touch any other file or the network.

An analyst's SQL can come from anywhere; whatever it says, it can read the release and nothing else.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import IO, Any
from uuid import UUID

import duckdb

from flows.errors import InputError
from flows.settings import Settings
from flows.warehouse import open_published

_FETCH_ROWS = 2_000


class Answer:
    """Column names, and rows as they come."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._cursor = cursor
        self.columns = [column[0] for column in cursor.description or []]

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """All rows, fetched by and by."""
        while chunk := self._fetch():
            yield from chunk

    def _fetch(self) -> list[tuple[Any, ...]]:
        try:
            return self._cursor.fetchmany(_FETCH_ROWS)
        except duckdb.Error as error:
            raise InputError(_complaint(error)) from error


@contextmanager
def ask(settings: Settings, sql: str, path: Path | None = None) -> Iterator[Answer]:
    """The answer to one question, while the file is open."""
    if not sql.strip():
        raise InputError('the question is empty; write SQL, such as "select count(*) from events"')
    with open_published(settings, path) as con:
        lock(con)
        try:
            cursor = con.execute(sql)
        except duckdb.Error as error:
            raise InputError(_complaint(error)) from error
        yield Answer(cursor)


def lock(con: duckdb.DuckDBPyConnection) -> None:
    """Close every way out of the open file: other files, the network, extensions, our own variables."""
    for setting in (
        "set python_enable_replacements = false",
        "set autoinstall_known_extensions = false",
        "set autoload_known_extensions = false",
        "set enable_external_access = false",
        "set lock_configuration = true",
    ):
        con.execute(setting)


def write_jsonl(answer: Answer, out: IO[str]) -> None:
    """One object a line."""
    for row in answer.rows():
        out.write(json.dumps(_object(answer.columns, row), ensure_ascii=False) + "\n")


def write_json(answer: Answer, out: IO[str]) -> None:
    """One array of objects, a row each."""
    out.write("[")
    for number, row in enumerate(answer.rows()):
        out.write(("," if number else "") + "\n " + json.dumps(_object(answer.columns, row), ensure_ascii=False))
    out.write("\n]\n")


def write_csv(answer: Answer, out: IO[str]) -> None:
    """A header, then rows; nulls are empty, lists and structs are JSON."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(answer.columns)
    for row in answer.rows():
        writer.writerow([_csv_value(value) for value in row])


def plain(value: Any) -> Any:
    """A value as JSON can hold it: dates in ISO, exact decimals as numbers, what is no number as null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    if isinstance(value, timedelta | UUID):
        return str(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [plain(item) for item in value]
    return value


def _object(columns: list[str], row: tuple[Any, ...]) -> dict[str, Any]:
    return {name: plain(value) for name, value in zip(columns, row, strict=True)}


def _csv_value(value: Any) -> Any:
    value = plain(value)
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return "" if value is None else value


def _complaint(error: duckdb.Error) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    text = lines[0] if lines else type(error).__name__
    hint = next((line.strip() for line in lines[1:] if line.strip().startswith(("Did you mean", "Candidate"))), "")
    if isinstance(error, duckdb.PermissionException) or "disabled by configuration" in str(error):
        return f"the question reaches out of the published file, which is not allowed: {text}"
    return f"the question cannot be answered: {text}" + (f" {hint}" if hint else "")
