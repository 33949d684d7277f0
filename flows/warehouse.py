"""The only opener of DuckDB in Python: who writes, who reads, and how rows get in.

One process writes at a time. DuckDB locks its file only while it is open, and dbt opens and closes it on its
own, so the right to write is a lock of ours on a file beside it (`hold_warehouse`), which the system drops
when its holder dies. Readers never open the working file but the published one (`open_published`).
"""

from __future__ import annotations

import fcntl
import json
import math
import os
import re
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import duckdb

from flows.errors import NothingPublishedError, WarehouseBusyError, WarehouseError
from flows.migrations import prepare
from flows.settings import Settings

_CHUNK_ROWS = 5_000  # one statement's worth: large enough to be fast, small enough to stay out of the way
_CHUNK_CHARACTERS = 1_000_000  # of JSON: documents are long, and DuckDB takes sixteen times as much 20 times as slowly
_POLL_SECONDS = 0.1

_held: dict[Path, tuple[IO[str], int]] = {}  # lock file and depth, by path: one process may hold a lock twice
_held_guard = threading.Lock()


def utc_now() -> datetime:
    """The time as every `_at` column stores it: UTC, without a zone."""
    return datetime.now(UTC).replace(tzinfo=None)


@contextmanager
def hold_warehouse(
    settings: Settings, *, purpose: str = "comity", timeout: float | None = None
) -> Iterator[None]:
    """Keep other processes from writing until the block ends; within one process it can be nested."""
    path = settings.lock_path
    _make_home(settings)
    _acquire(path, purpose, settings.lock_timeout if timeout is None else timeout)
    try:
        yield
    finally:
        _release(path)


@contextmanager
def open_warehouse(
    settings: Settings, *, purpose: str = "comity", timeout: float | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The working file, to read and write, with all tables of `raw` and `ops` in place."""
    with hold_warehouse(settings, purpose=purpose, timeout=timeout):
        con = _connect_writable(settings, settings.lock_timeout if timeout is None else timeout)
        try:
            prepare(con, settings.warehouse_path)
            yield con
        finally:
            con.close()


@contextmanager
def open_published(
    settings: Settings, path: Path | None = None, *, earlier: Path | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The newest release (or the given one, and an `earlier` one), read-only. Open it per question and close it."""
    con = _connect_published(path or settings.marts_link)
    try:
        if earlier is not None:
            con.execute("attach '{}' as earlier (read_only)".format(str(earlier).replace("'", "''")))
        yield con
    finally:
        con.close()


@contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All of the block's statements or none."""
    con.begin()
    try:
        yield
    except BaseException:
        con.rollback()
        raise
    con.commit()


def insert_new(con: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Mapping[str, Any]]) -> int:
    """Add the rows whose key is not in `table` yet, and say how many they were.

    The first row names the columns. Rows travel as JSON that DuckDB reads with the table's own types: eight
    times as fast as lists of parameters, hundreds of times as fast as a statement for each row.
    """
    return _insert(con, table, rows, "insert or ignore into", "")


def insert_or_update(
    con: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Mapping[str, Any]], key: str, changes: Mapping[str, str]
) -> None:
    """Add the rows, or change those that have their key: `changes` says by column to what (`excluded` is the new).

    Only for tables of `ops` that say how things stand now, and with one row a key.
    """
    assignments = ", ".join(f'"{column}" = {value}' for column, value in changes.items())
    _insert(con, table, rows, "insert into", f" on conflict ({key}) do update set {assignments}")


def _insert(
    con: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Mapping[str, Any]], how: str, conflict: str
) -> int:
    if not rows:
        return 0
    columns = list(rows[0])
    types = _column_types(con, table)
    unknown = [column for column in columns if column not in types]
    if unknown:
        raise WarehouseError(f"{table} has no column {', '.join(unknown)}; compare flows/schema.sql")
    structure = json.dumps([{column: types[column] for column in columns}])
    names = ", ".join(f'"{column}"' for column in columns)
    statement = (
        f"{how} {table} ({names}) select {names} from "
        f"(select unnest(from_json_strict(?, ?), recursive := true)){conflict}"
    )
    added = 0
    for chunk in _chunks(rows, columns):
        result = con.execute(statement, [chunk, structure]).fetchone()
        added += int(result[0]) if result else 0
    return added


def connection_url(path: Path) -> str:
    """The SQLAlchemy URL of a DuckDB file, for tools that open it themselves."""
    return f"duckdb:///{Path(path).absolute()}"


def _connect_published(link: Path) -> duckdb.DuckDBPyConnection:
    real = os.path.realpath(link)  # DuckDB caches open files by path, and by its link would show the old file
    try:
        return duckdb.connect(real, read_only=True)
    except duckdb.Error as error:
        if real != os.path.realpath(link):
            return _connect_published(link)  # newer releases came between, and this one has gone
        if not Path(real).is_file():
            raise NothingPublishedError(f"there is no published file at {link}; `comity run` makes one") from error
        raise WarehouseError(f"{real} cannot be opened ({_first_line(error)}); publish again: `comity run`") from error


def _make_home(settings: Settings) -> None:
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WarehouseError(
            f"the folder {settings.home} cannot be made ({error.strerror}); "
            "set COMITY_HOME to a place you can write to"
        ) from error


def _acquire(path: Path, purpose: str, timeout: float) -> None:
    deadline = time.monotonic() + timeout
    while True:
        with _held_guard:
            if path in _held:
                handle, depth = _held[path]
                _held[path] = (handle, depth + 1)
                return
            holder = _try_lock(path, purpose)
            if holder is None:
                return
        if time.monotonic() >= deadline:
            pid = holder.get("pid")
            who = (
                f"process {pid}, {holder.get('purpose')}, since {holder.get('since')}" if pid else "not named"
            )
            raise WarehouseBusyError(
                f"another run is writing to {path.parent} ({who}); "
                "wait for it, or set COMITY_LOCK_TIMEOUT to wait longer",
                pid if isinstance(pid, int) else None,
            )
        time.sleep(_POLL_SECONDS)


def _try_lock(path: Path, purpose: str) -> dict[str, Any] | None:
    """None when the lock is ours now, else what its holder wrote into it."""
    try:
        handle = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise WarehouseError(
            f"{path} cannot be written ({error.strerror}); check the rights on its folder"
        ) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        handle.seek(0)
        text = handle.read()
        handle.close()
        try:
            holder = json.loads(text)
        except ValueError:  # caught between truncation and writing
            holder = {}
        return holder if isinstance(holder, dict) else {}
    except OSError as error:
        handle.close()
        raise WarehouseError(
            f"{path} cannot be locked ({error.strerror}); keep COMITY_HOME on a local disk"
        ) from error
    handle.seek(0)
    handle.truncate()
    json.dump({"pid": os.getpid(), "purpose": purpose, "since": f"{utc_now():%Y-%m-%d %H:%M:%S} UTC"}, handle)
    handle.flush()
    _held[path] = (handle, 1)
    return None


def _release(path: Path) -> None:
    with _held_guard:
        handle, depth = _held[path]
        if depth > 1:
            _held[path] = (handle, depth - 1)
            return
        del _held[path]
        handle.seek(0)
        handle.truncate()  # an empty lock file names nobody
        handle.close()  # closing drops the lock


def _connect_writable(settings: Settings, timeout: float) -> duckdb.DuckDBPyConnection:
    path = settings.warehouse_path
    deadline = time.monotonic() + timeout
    while True:
        try:
            return duckdb.connect(str(path))
        except duckdb.IOException as error:
            # someone opened the working file without asking us, say with DuckDB's own shell
            found = re.search(r"\(PID (\d+)\)", str(error))
            if found is None:
                raise WarehouseError(
                    f"{path} cannot be opened ({_first_line(error)}); check its rights, or restore it"
                ) from error
            if time.monotonic() >= deadline:
                raise WarehouseBusyError(
                    f"process {found[1]} has {path} open; close it there "
                    f"(analysts open {settings.marts_link.name})",
                    int(found[1]),
                ) from error
        except duckdb.ConnectionException as error:
            raise WarehouseError(f"{path} is open read-only in this process: {_first_line(error)}") from error
        except duckdb.Error as error:
            raise WarehouseError(
                f"{path} is no file that DuckDB {duckdb.__version__} can read ({_first_line(error)}); "
                "move it away or restore it"
            ) from error
        time.sleep(_POLL_SECONDS)


def _column_types(con: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    schema, _, name = table.rpartition(".")
    found = con.execute(
        "select column_name, data_type from duckdb_columns() where schema_name = ? and table_name = ?",
        [schema or "main", name],
    ).fetchall()
    if not found:
        raise WarehouseError(f"the warehouse has no table {table}; compare flows/schema.sql")
    return dict(found)


def _chunks(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> Iterator[str]:
    parts: list[str] = []
    size = 0
    for row in rows:
        for value in row.values():
            if isinstance(value, float) and not math.isfinite(value):
                raise WarehouseError(
                    f"a row for the warehouse holds {value}, which is no number; drop it first"
                )
        part = json.dumps({column: row.get(column) for column in columns}, default=str, ensure_ascii=False)
        parts.append(part)
        size += len(part)
        if len(parts) >= _CHUNK_ROWS or size >= _CHUNK_CHARACTERS:
            yield f"[{','.join(parts)}]"
            parts, size = [], 0
    if parts:
        yield f"[{','.join(parts)}]"


def _first_line(error: BaseException) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
