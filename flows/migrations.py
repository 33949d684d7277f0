"""The tables of the warehouse, and what an older file needs to get them: steps by the version they start from.

A file is changed in place, in one transaction, after a copy of it was put beside it: whoever must go back to the
older Comity has the file as it was. The statements of flows/schema.sql follow the steps and make what is missing.
"""

from __future__ import annotations

import logging
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from flows.errors import WarehouseError

if TYPE_CHECKING:
    import duckdb

logger = logging.getLogger("comity.warehouse")

SCHEMA_VERSION = 4
SCHEMA = Path(__file__).with_name("schema.sql")

# From each version to the next. A step may only rely on what every file of its version has.
STEPS: dict[int, tuple[str, ...]] = {
    1: (),  # the columns that came with 2 are added by schema.sql
    2: (
        "alter table raw.documents drop column if exists duplicate_of",  # never filled; ops.duplicates has it now
        "alter table raw.documents add column if not exists author text",
        "alter table raw.documents add column if not exists language_basis text",
        "alter table raw.documents add column if not exists found_in text",
        "alter table ops.slots add column if not exists snapshot_sha256 text",
        "alter table ops.slots alter column document_count type bigint",
        "alter table ops.issues add column if not exists reading text",
        "alter table ops.issues add column if not exists attempts integer default 0",
        "alter table ops.issues add column if not exists last_tried_at timestamp",
        "alter table ops.issues add column if not exists resolved_at timestamp",
        "alter table ops.issues add column if not exists resolution text",
    ),
    3: (),  # the tables that came with 4 are made by schema.sql
}


def prepare(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Create what is missing, change what is older; refuse a file that a newer Comity wrote, before touching it."""
    version = _version(con)
    if version == SCHEMA_VERSION:
        return
    if version is not None and version > SCHEMA_VERSION:
        raise WarehouseError(
            f"{path} was written by a newer Comity (schema {version}, this one knows {SCHEMA_VERSION}); upgrade Comity"
        )
    if version is not None:
        copy = _keep_copy(con, path, version)
        logger.warning("%s now has schema %s; as it was it stands in %s", path.name, SCHEMA_VERSION, copy)
    con.begin()
    try:
        for number in range(version or SCHEMA_VERSION, SCHEMA_VERSION):
            for statement in STEPS[number]:
                con.execute(statement)
        con.execute(SCHEMA.read_text(encoding="utf-8"))
        # as text: for a datetime DuckDB imports pandas
        now = str(datetime.now(UTC).replace(tzinfo=None))
        con.execute("insert or ignore into ops.schema_version values (?, ?)", [SCHEMA_VERSION, now])
    except BaseException:
        con.rollback()
        raise
    con.commit()


def backup_path(path: Path, version: int) -> Path:
    """Where the file as it was in that version is kept."""
    return path.with_name(f"{path.stem}-schema{version}{path.suffix}")


def _version(con: duckdb.DuckDBPyConnection) -> int | None:
    """The version of the file's tables; None for a new file."""
    known = con.execute(
        "select count(*) from duckdb_tables() where schema_name = 'ops' and table_name = 'schema_version'"
    ).fetchone()
    if not known or not known[0]:
        return None
    row = con.execute("select max(version) from ops.schema_version").fetchone()
    return row[0] if row else None


def _keep_copy(con: duckdb.DuckDBPyConnection, path: Path, version: int) -> Path:
    """Put the file as it is beside itself; nothing may be under way in it."""
    copy = backup_path(path, version)
    unfinished = copy.with_name(f".{copy.name}")
    try:
        con.execute("checkpoint")  # the copy is one file, without its log
        shutil.copyfile(path, unfinished)
        unfinished.replace(copy)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise WarehouseError(
            f"{path} has schema {version} and must be changed to {SCHEMA_VERSION}, but its copy {copy.name} cannot be "
            f"written ({error.strerror}); free {path.stat().st_size // 1_000_000 + 1} MB beside it"
        ) from error
    return copy
