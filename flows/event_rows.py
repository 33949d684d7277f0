"""Whole lines into a table of `raw`, by DuckDB's own CSV reader; rows that are there already are not added again.

A row's key is the hash of its source and line. There is no index on it, which at hundreds of millions of rows would
not fit in memory: known rows are looked for among those of the same times (`EventTable.clock`).
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from flows.ids import SEPARATOR
from sources.event_lines import LONGEST, BadLine, Batch
from sources.event_tables import EventTable

if TYPE_CHECKING:
    import duckdb

_LONGEST = LONGEST + 1000  # with number and key before it
_BUFFER = 4 * 1024 * 1024  # what one thread reads at once; DuckDB's own 32 MB would give a whole batch to one


@dataclass(frozen=True, slots=True)
class Origin:
    """What is kept of where rows come from."""

    source_id: str
    uri: str
    snapshot_sha256: str
    landed_at: datetime


@dataclass(slots=True)
class Landed:
    """What became of a batch's lines."""

    new: int = 0
    known: int = 0
    bad: list[BadLine] = field(default_factory=list)


def row_ids(source_id: str, table: EventTable, lines: list[tuple[int, bytes]]) -> list[str]:
    """The key of each line, as `flows.ids.content_id` makes it of source, table and line."""
    start = f"{source_id}{SEPARATOR}{table.table}{SEPARATOR}".encode()
    sha256 = hashlib.sha256
    return [sha256(start + line).hexdigest()[:16] for _, line in lines]


def insert_batch(
    con: duckdb.DuckDBPyConnection, batch: Batch, origin: Origin, folder: Path, *, checked: bool = False
) -> Landed:
    """Add a batch's lines to its table, inside the caller's transaction.

    A cell that is not of its column's type is an error of DuckDB, after which the transaction is lost. With `checked`
    such cells are looked for first, and their lines told and left out; that takes twice as long.
    """
    if not batch.lines:
        return Landed()
    ids = row_ids(origin.source_id, batch.table, batch.lines)
    lines = [
        b"%d\t%s\t%s" % (number, row_id.encode(), line)
        for (number, line), row_id in zip(batch.lines, ids, strict=True)
    ]
    if len(set(ids)) < len(ids):
        lines = _once(ids, lines)
    handle, name = tempfile.mkstemp(dir=folder, suffix=".tsv")
    path = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(b"\n".join(lines))
        bad = _find_bad(con, batch, path) if checked else []
        added = _insert(con, batch, origin, path, checked=checked)
    finally:
        path.unlink(missing_ok=True)
    return Landed(added, len(ids) - added - len(bad), bad)


def _insert(con: duckdb.DuckDBPyConnection, batch: Batch, origin: Origin, path: Path, *, checked: bool = False) -> int:
    """The statement; with `checked` the numbers of bad lines stand in `bad_values`, and cells are cast one by one."""
    table = batch.table
    fields = _fields(batch)
    lowest, highest = _times(batch)
    known = f"select row_id from {table.table} where source_id = $source_id"
    parameters = {
        "source_id": origin.source_id, "uri": origin.uri, "sha256": origin.snapshot_sha256,
        "landed_at": str(origin.landed_at),
    }  # fmt: skip
    if lowest is not None and highest is not None:
        kind = next(column.type for column in table.columns if column.name == table.clock)
        known += f""" and ("{table.clock}" between $lowest::{kind} and $highest::{kind} or "{table.clock}" is null)"""
        parameters |= {"lowest": lowest, "highest": highest}
    names = ", ".join(f'"{name}"' for name, _ in fields)
    values = ", ".join(expression for _, expression in fields)
    row = con.execute(
        f"""
        insert into {table.table} (row_id, source_id, uri, snapshot_sha256, line_no, landed_at, {names})
        select row_id, $source_id, $uri, $sha256, line_no, $landed_at::timestamp, {values}
        from {_reading(batch, path, typed=not checked)} anti join ({known}) using (row_id)
        {"where line_no not in (select line_no from bad_values)" if checked else ""}
        """,
        parameters,
    ).fetchone()
    return int(row[0]) if row else 0


def _find_bad(con: duckdb.DuckDBPyConnection, batch: Batch, path: Path) -> list[BadLine]:
    """The lines with a cell that is not of its column's type, each with its first; their numbers go to `bad_values`."""
    types = {column.name: column.type for column in batch.table.columns}
    faults = [
        f"when {value} is not null and try_cast({value} as {types[name]}) is null "
        f"then {{name: {_quoted(name)}, value: left({value}, 60), kind: {_quoted(types[name])}}}"
        for name, value in _fields(batch, cast=False)
        if types[name] not in ("text", "json")
    ]
    con.execute(
        f"create or replace temp table bad_values as select line_no, case {' '.join(faults)} end as fault "
        f"from {_reading(batch, path, typed=False)} where fault is not null"
    )
    rows = con.execute(
        "select line_no, fault.name, fault.value, fault.kind from bad_values order by line_no"
    ).fetchall()
    return [
        BadLine(number, "value", f"line {number}: {name} is {value!r}, which is no {kind}")
        for number, name, value, kind in rows
    ]


def _reading(batch: Batch, path: Path, *, typed: bool) -> str:
    """The lines as a relation. Their form is said and never guessed; quotation marks are characters like others."""
    types = {column.name: column.type for column in batch.table.columns} if typed else {}
    columns = {"line_no": "bigint", "row_id": "text"}
    if batch.table.content == "json":
        columns["record"] = "text"
    else:
        for position, name in enumerate(batch.names):
            columns[name or f"_surplus_{position}"] = types.get(name or "", "text")
    described = ", ".join(f"{_quoted(name)}: {_quoted(kind)}" for name, kind in columns.items())
    nulls = ", ".join(_quoted(text) for text in batch.table.nulls)
    return (
        f"read_csv({_quoted(str(path))}, delim = {_quoted(batch.table.delimiter)}, header = false, quote = '', "
        f"escape = '', comment = '', new_line = '\\n', auto_detect = false, nullstr = [{nulls}], "
        f"max_line_size = {_LONGEST}, buffer_size = {_BUFFER}, columns = {{{described}}})"
    )


def _fields(batch: Batch, *, cast: bool = True) -> list[tuple[str, str]]:
    """The columns that the lines fill, each with the expression that gives its value."""
    if batch.table.content == "cells":
        types = {column.name: column.type for column in batch.table.columns}
        return [
            (name, f'cast("{name}" as {types[name]})' if cast and types[name] != "text" else f'"{name}"')
            for name in batch.names
            if name
        ]
    fields = []
    for column in batch.table.columns:
        path = _quoted(f'$."{column.labels[0] if column.labels else column.name}"')
        if column.name == "record":
            value = "record::json" if cast else "record"
        elif column.type == "json":
            value = f"nullif(json_extract(record, {path})::text, 'null')::json"
        else:
            value = f"json_extract_string(record, {path})"
            value = f"cast({value} as {column.type})" if cast and column.type != "text" else value
        fields.append((column.name, value))
    return fields


def _times(batch: Batch) -> tuple[str | None, str | None]:
    """The least and greatest time in the lines, as their cells say it; None where that cannot be said."""
    table = batch.table
    if table.content == "json" or table.clock not in batch.names:
        return None, None
    tab, nulls = table.delimiter.encode(), {text.encode() for text in table.nulls}
    position = batch.names.index(table.clock)
    after = len(batch.names) - position
    if position < after:
        cells = {line.split(tab, position + 1)[position] for _, line in batch.lines}
    else:
        cells = {line.rsplit(tab, after)[-after] for _, line in batch.lines}
    cells -= nulls
    is_number = next(column.type for column in table.columns if column.name == table.clock) != "text"
    if not cells or (is_number and not all(cell.isdigit() for cell in cells)):
        return None, None
    lowest, highest = (min(cells, key=int), max(cells, key=int)) if is_number else (min(cells), max(cells))
    return lowest.decode(), highest.decode()


def _once(ids: list[str], lines: list[bytes]) -> list[bytes]:
    """Of lines that are alike to the letter, the first."""
    return list(dict(zip(reversed(ids), reversed(lines), strict=True)).values())[::-1]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
