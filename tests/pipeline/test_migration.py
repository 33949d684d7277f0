"""A warehouse of an older version becomes one of this, once, in place, with its former self beside it."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest

from flows.errors import WarehouseError
from flows.ingest import ingest_path
from flows.migrations import SCHEMA_VERSION, backup_path
from flows.settings import Settings
from flows.warehouse import open_warehouse

VERSION_2 = Path(__file__).parents[1] / "fixtures" / "schema_version_2.sql"  # the statements as they were then
LANDED = """
insert into ops.schema_version values (2, now());
insert into raw.documents values
    ('d1', 'files', 'texts/a.txt', null, 1, 'Talks', 'The Post', 'en', '2021-06-28', 'day', 'text',
     now(), 'abc', 'text/plain', 'Ministers of China and Russia met in Delhi.', null),
    ('d2', 'files', 'texts/b.txt', null, 1, 'Talks', null, null, null, 'unknown', 'unknown',
     now(), 'abd', 'text/plain', 'Ministers of China and Russia met in Delhi.', null);
insert into ops.issues values ('i1', 'files', 'texts/c.txt', 'read', 'empty', 'no bytes', 'e3b0', now(), 'r');
insert into ops.slots values ('s1', 'gdelt', '20210628', 'landed', 7, now(), now(), 'r');
"""


@pytest.fixture
def old(settings: Settings) -> Settings:
    settings.home.mkdir(parents=True)
    with duckdb.connect(str(settings.warehouse_path)) as con:
        con.execute(VERSION_2.read_text("utf-8"))
        con.execute(LANDED)
    return settings


def tables(con: duckdb.DuckDBPyConnection) -> dict[str, set[tuple[str, str]]]:
    """Name and type of every column."""
    found: dict[str, set[tuple[str, str]]] = {}
    for schema, table, column, kind in con.execute(
        "select schema_name, table_name, column_name, data_type from duckdb_columns() "
        "where schema_name in ('raw', 'ops')"
    ).fetchall():
        found.setdefault(f"{schema}.{table}", set()).add((column, kind))
    return found


def test_a_version_2_file_becomes_one_of_this_version(old: Settings, tmp_path: Path) -> None:
    with open_warehouse(old) as con:
        assert con.execute("select max(version) from ops.schema_version").fetchone() == (SCHEMA_VERSION,)
        migrated = tables(con)
        assert con.execute(
            "select document_id, publisher, language, language_basis, author from raw.documents order by 1"
        ).fetchall() == [("d1", "The Post", "en", None, None), ("d2", None, None, None, None)]
        assert con.execute("select issue_id, attempts, resolved_at from ops.issues").fetchall() == [("i1", 0, None)]
        assert con.execute("select slot, document_count, snapshot_sha256 from ops.slots").fetchall() == [
            ("20210628", 7, None)
        ]
    with open_warehouse(Settings(home=tmp_path / "new")) as con:
        assert migrated == tables(con)
    backup = backup_path(old.warehouse_path, 2)
    with duckdb.connect(str(backup), read_only=True) as con:
        assert con.execute("select count(duplicate_of), count(*) from raw.documents").fetchone() == (0, 2)
        assert con.execute("select max(version) from ops.schema_version").fetchone() == (2,)
    written = backup.stat().st_mtime_ns
    with open_warehouse(old):
        pass
    assert backup.stat().st_mtime_ns == written, "a file of this version is left alone"


def test_what_was_landed_before_is_compared_by_the_next_ingest(old: Settings, tmp_path: Path) -> None:
    (tmp_path / "new.txt").write_text("Envoys of India and Nepal met in Delhi.\n")
    ingest_path(old, tmp_path / "new.txt")
    with open_warehouse(old) as con:
        copies = "select document_id, duplicate_of from ops.duplicates where duplicate_of is not null"
        assert con.execute(copies).fetchall() == [("d2", "d1")]
        assert con.execute("select count(*) from ops.duplicates").fetchone() == (3,)


def test_a_copy_that_cannot_be_written_leaves_the_file_as_it_was(
    old: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "copyfile", full)
        with pytest.raises(WarehouseError, match="No space left on device"), open_warehouse(old):
            pass
    with duckdb.connect(str(old.warehouse_path), read_only=True) as con:
        assert con.execute("select max(version) from ops.schema_version").fetchone() == (2,)
    with open_warehouse(old) as con:
        assert con.execute("select count(*) from raw.documents").fetchone() == (2,)
