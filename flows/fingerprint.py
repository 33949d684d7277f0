"""Knows whether anything changed that a publication depends on, so that an unchanged run can stop early.

What depends on the clock alone, such as a feed gone silent, is not asked here but by `comity status`.
"""

from __future__ import annotations

import hashlib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import duckdb

from coder import CODER_VERSION
from flows.settings import Settings
from flows.warehouse import open_warehouse

_PROJECT_FILES = (
    "*.sql",
    "*.yml",
    "*.csv",
    "*.md",
)  # of the dbt project and the suites: what decides a build


def state_fingerprint(settings: Settings) -> str:
    """A hash over all that decides what would be published now: landed and coded keys, project, checks.

    Row order and clock do not enter, so two runs on the same input have the same one.
    """
    digest = hashlib.sha256()
    for name, number in sorted(versions().items()):
        digest.update(f"{name}={number}\n".encode())
    for folder in (settings.dbt_project_dir, settings.expectations_dir):
        for path in project_files(folder):
            digest.update(str(path.relative_to(folder)).encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    with open_warehouse(settings, purpose="compare") as con:
        for table, keys in _keyed_tables(con):
            row = con.execute(f"select count(*), bit_xor(hash({keys})) from {table}").fetchone()
            digest.update(f"{table}:{row}".encode())
    return digest.hexdigest()


def versions() -> dict[str, str]:
    """The versions that a release was made with."""
    found = {"coder": CODER_VERSION, "duckdb": duckdb.__version__}
    for name in ("comity", "dbt-core", "dbt-duckdb"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "source"
    return found


def project_files(folder: Path) -> list[Path]:
    """The files of the dbt project or the suites that decide a build, in an order of their own."""
    return sorted({path for pattern in _PROJECT_FILES for path in folder.rglob(pattern)})


def _keyed_tables(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Every table of `raw`, the codings and the comparisons, by their keys; those of imported rows have no index."""
    rows = con.execute(
        """
        select schema_name, table_name, constraint_column_names from duckdb_constraints()
        where constraint_type = 'PRIMARY KEY'
            and (schema_name = 'raw' or (schema_name = 'ops' and table_name in ('codings', 'duplicates')))
        order by 1, 2
        """
    ).fetchall()
    imported = con.execute(
        "select table_name from duckdb_columns() where schema_name = 'raw' and column_name = 'row_id' order by 1"
    ).fetchall()
    return [(f"{schema}.{table}", ", ".join(columns)) for schema, table, columns in rows] + [
        (f"raw.{table}", "row_id") for (table,) in imported
    ]
