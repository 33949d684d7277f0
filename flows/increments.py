"""Whether a build may add what is new to the marts, or must make them anew.

Event data of others only ever grows, by files. So `events` takes in the deliveries landed since the last build that
ended well (dbt_project/macros/increments.sql). That holds only while nothing else changed that an old row is made of:
neither the project with its dictionaries and scales, nor a delivery that was built already. When in doubt all is built.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from flows.fingerprint import project_files, versions
from flows.settings import Settings

if TYPE_CHECKING:
    import duckdb


def begin(con: duckdb.DuckDBPyConnection, settings: Settings) -> bool:
    """Whether all must be built anew. Until `end` the marts count as half built.

    If that never comes, the next build is full.
    """
    row = con.execute("select max(fingerprint) from ops.built_from").fetchone()
    known = row is not None and row[0] == _project(settings)
    is_full = not (known and _only_grew(con))
    con.execute("delete from ops.built_from")
    if is_full:
        con.execute("delete from ops.built_deliveries")
    return is_full


def end(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """The marts have all that is landed now."""
    con.begin()
    con.execute("delete from ops.built_deliveries")
    con.execute(f"insert into ops.built_deliveries {_landed(con)}")
    con.execute("insert or ignore into ops.built_from values (?)", [_project(settings)])
    con.commit()


def _only_grew(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether all that was built is there as it was, and what is new was landed after it (a clock can be set back)."""
    row = con.execute(
        f"""
        select count(*)
        from ops.built_deliveries as built
        full join ({_landed(con)}) as landed using (table_name, landed_at)
        where landed.row_count is null
            or landed.row_count <> built.row_count
            or (built.row_count is null and landed_at <= (select max(landed_at) from ops.built_deliveries))
        """
    ).fetchone()
    return row is not None and row[0] == 0


def _landed(con: duckdb.DuckDBPyConnection) -> str:
    """A query for the rows of each delivery: what one transaction landed has one time."""
    tables = con.execute(
        """
        select table_name from duckdb_columns()
        where schema_name = 'raw' and column_name = 'row_id' order by table_name
        """
    ).fetchall()
    return " union all ".join(
        f"select '{table}' as table_name, landed_at, count(*) as row_count from raw.{table} group by landed_at"
        for (table,) in tables
    )


def _project(settings: Settings) -> str:
    """A hash over the models, macros, variables and dictionaries, and over the programs that read them."""
    digest = hashlib.sha256(repr(sorted(versions().items())).encode())
    for path in project_files(settings.dbt_project_dir):
        digest.update(str(path.relative_to(settings.dbt_project_dir)).encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
