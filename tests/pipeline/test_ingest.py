"""Ingest against a real warehouse: what lands, what becomes an issue, and that nothing lands twice."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows import snapshots
from flows.errors import ComityError, InputError, NothingPublishedError, WarehouseBusyError, WarehouseError
from flows.ingest import declared_sources, ingest_path, ingest_source
from flows.settings import Settings, load_settings
from flows.warehouse import (
    hold_warehouse,
    insert_new,
    open_published,
    open_warehouse,
    transaction,
    utc_now,
)
from sources.spec import load_spec


def ask(settings: Settings, sql: str) -> list[tuple[Any, ...]]:
    with open_warehouse(settings) as con:
        return con.execute(sql).fetchall()


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    folder = tmp_path / "texts"
    (folder / "sub").mkdir(parents=True)
    (folder / "one.txt").write_text(
        "Ministers of China and Russia met\n\n5 May 2021\n\nThey spoke.\n", "utf-8"
    )
    (folder / "one.txt.meta.yml").write_text(
        "publisher: The Post\nlanguage: en\nurl: https://example.org/1\n"
    )
    (folder / "sub" / "2020-03-01_two.md").write_text("# A river\n\nThey met in Delhi.\n", "utf-8")
    return folder


def test_files_become_documents_with_their_metadata(settings: Settings, texts: Path) -> None:
    report = ingest_path(settings, texts, run_id="r1")
    assert (report.files, report.documents_new, report.issues_new) == (2, 2, 0)
    rows = ask(
        settings,
        "select uri, source_id, title, publisher, language, url, published_date, published_basis, "
        "media_type, part_no from raw.documents order by uri",
    )
    assert rows == [
        ("texts/one.txt", "files", "Ministers of China and Russia met", "The Post", "en", "https://example.org/1",
         date(2021, 5, 5), "text", "text/plain", 1),
        ("texts/sub/2020-03-01_two.md", "files", None, None, None, None,
         date(2020, 3, 1), "filename", "text/markdown", 1),
    ]  # fmt: skip


def test_twice_adds_nothing_from_folder_or_file(
    settings: Settings, texts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (texts / "bad.txt").write_bytes(b"")
    ingest_path(settings, texts)
    before = (
        ask(settings, "select * from raw.documents order by 1"),
        ask(settings, "select * from ops.issues"),
    )
    again = ingest_path(settings, texts)
    assert (again.documents_new, again.documents_known, again.issues_new) == (0, 2, 0)
    assert ingest_path(settings, texts / "one.txt").documents_known == 1
    monkeypatch.chdir(texts)
    assert ingest_path(settings, Path()).documents_new == 0
    assert before == (
        ask(settings, "select * from raw.documents order by 1"),
        ask(settings, "select * from ops.issues"),
    )


def test_snapshots_hold_the_bytes_of_every_document(settings: Settings, texts: Path) -> None:
    ingest_path(settings, texts)
    for uri, sha256 in ask(settings, "select uri, snapshot_sha256 from raw.documents"):
        data = snapshots.load(settings.snapshots_dir, sha256)
        assert data == (texts.parent / uri).read_bytes()
        assert hashlib.sha256(data).hexdigest() == sha256


def test_bad_files_become_issues_and_the_rest_goes_on(settings: Settings, texts: Path) -> None:
    (texts / "empty.txt").write_bytes(b"")
    (texts / "binary.txt").write_bytes(bytes(range(256)))
    (texts / "latin.txt").write_bytes("Müller met Çelik".encode("latin-1"))
    (texts / "paper.pdf").write_bytes(b"%PDF-1.4\n...")
    (texts / "table.csv").write_text("a,b\n")
    (texts / "told.txt").write_text("They met in Delhi.")
    (texts / "told.txt.meta.yml").write_text("publised: 2020\n")
    (texts / "gone.txt").symlink_to(texts / "nowhere")
    os.mkfifo(texts / "pipe.txt")
    report = ingest_path(settings, texts, run_id="r1")
    assert report.documents_new == 2 and report.issues_new == 8
    rows = ask(
        settings,
        "select uri, reason, stage, run_id, snapshot_sha256 is null, detail from ops.issues order by uri",
    )
    assert [(uri.removeprefix("texts/"), reason) for uri, reason, *_ in rows] == [
        ("binary.txt", "binary"),
        ("empty.txt", "empty"),
        ("gone.txt", "unreadable"),
        ("latin.txt", "encoding"),
        ("paper.pdf", "damaged"),
        ("pipe.txt", "unreadable"),
        ("table.csv", "columns"),
        ("told.txt", "metadata"),
    ]
    assert all(stage == "read" and run == "r1" for _, _, stage, run, _, _ in rows)
    assert all(";" in detail or "did you mean" in detail for *_, detail in rows)
    assert [uri for uri, _, _, _, no_bytes, _ in rows if no_bytes] == ["texts/gone.txt", "texts/pipe.txt"]


def test_a_repaired_sidecar_lands_its_file(settings: Settings, texts: Path) -> None:
    sidecar = texts / "one.txt.meta.yml"
    sidecar.write_text("langauge: en\n")
    assert ingest_path(settings, texts / "one.txt").documents_new == 0
    sidecar.write_text("language: en\n")
    assert ingest_path(settings, texts / "one.txt").documents_new == 1


def test_metadata_that_change_after_landing_are_an_issue(settings: Settings, texts: Path) -> None:
    ingest_path(settings, texts)
    (texts / "one.txt.meta.yml").write_text(
        "publisher: The Gazette\nlanguage: en\nurl: https://example.org/1\n"
    )
    report = ingest_path(settings, texts)
    assert report.issues_new == 1 and "publisher changed" in report.problems[0]
    assert ingest_path(settings, texts).issues_new == 0


def test_too_large_files_are_not_read(settings: Settings, texts: Path, tmp_path: Path) -> None:
    declaration = tmp_path / "small.yml"
    declaration.write_text(
        "path: texts\nlicence: own\nfloor: 0\nceiling: 9\nmax_bytes: 30\ninclude: ['*.txt']\n"
    )
    report = ingest_source(settings, load_spec(declaration))
    assert report.documents_new == 0 and "max_bytes" in report.problems[0]


def test_a_reader_that_breaks_costs_one_file(
    settings: Settings, texts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sources.readers.text as text

    def explode(*_: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(text, "read", explode)
    report = ingest_path(settings, texts)
    assert report.documents_new == 1 and "boom" in report.problems[0]


def test_a_declared_path_belongs_to_its_source_however_it_is_given(
    home: Path, texts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMITY_SOURCES_DIR", str(tmp_path))
    (tmp_path / "post.yml").write_text(
        "path: texts\npublisher: The Post\nlanguage: fr\nlicence: own\nfloor: 3\nceiling: 9\n"
    )
    (tmp_path / "broken.yml").write_text("nonsense")
    settings = load_settings()
    report = ingest_source(settings, load_spec(tmp_path / "post.yml"))
    assert report.documents_new == 2 and "below its floor 3" in report.problems[0]
    assert ingest_path(settings, texts / "sub" / "2020-03-01_two.md").documents_known == 1
    assert ask(settings, "select distinct source_id, publisher from raw.documents") == [("post", "The Post")]
    assert ask(settings, "select language from raw.documents order by uri") == [("en",), ("fr",)]
    with pytest.raises(InputError, match=r"broken\.yml"):
        declared_sources(settings)


@pytest.mark.parametrize(
    ("path", "source_id", "expected"),
    [
        ("nowhere", None, "check the path"),
        ("one.txt.meta.yml", None, "metadata"),
        ("one.txt", "Bad Name!", "small letters"),
    ],
)
def test_misuse_is_one_sentence(
    settings: Settings, texts: Path, path: str, source_id: str | None, expected: str
) -> None:
    with pytest.raises(InputError, match=expected) as caught:
        ingest_path(settings, texts / path, source_id)
    assert caught.value.exit_code == 2 and "\n" not in str(caught.value)


def test_thousands_of_documents_land_quickly(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for n in range(1000):
        (folder / f"{n:04}.txt").write_text(
            f"Report number {n}\n\n" + "The ministers met in Delhi and spoke. " * 80
        )
    report = ingest_path(settings, folder)
    assert report.documents_new == 1000
    assert report.seconds < 15  # a third of the speed asked for, so that a busy machine does not fail it


# the warehouse


def test_rows_keep_their_types_and_known_keys_are_left_alone(settings: Settings) -> None:
    now = utc_now()
    text = 'Zoë\x00 "quoted" back\\slash \u2028 北京\n'
    row = {"issue_id": "a", "source_id": None, "uri": "u", "stage": "read", "reason": "x", "detail": text,
           "first_seen_at": now}  # fmt: skip
    with open_warehouse(settings) as con:
        assert insert_new(con, "ops.issues", [row, row | {"issue_id": "b"}, row]) == 2
        assert insert_new(con, "ops.issues", [row | {"detail": "other"}]) == 0
        assert insert_new(con, "ops.issues", []) == 0
        found = con.execute(
            "select detail, first_seen_at, source_id from ops.issues where issue_id = 'a'"
        ).fetchone()
        assert found == (text, now, None)
        with pytest.raises(WarehouseError, match="no column colour"):
            insert_new(con, "ops.issues", [row | {"colour": 1}])
        with pytest.raises(WarehouseError, match="no table"):
            insert_new(con, "ops.nothing", [row])
        with pytest.raises(duckdb.Error), transaction(con):
            insert_new(con, "ops.issues", [row | {"issue_id": "c"}])
            insert_new(con, "ops.issues", [row | {"issue_id": "d", "stage": None}])
        assert con.execute("select count(*) from ops.issues").fetchone() == (2,)


def test_one_writer_at_a_time_and_a_dead_one_is_none(settings: Settings) -> None:
    code = (
        "import time\nfrom flows.settings import load_settings\nfrom flows.warehouse import open_warehouse\n"
        "with open_warehouse(load_settings(), purpose='test'):\n"
        "    print('held', flush=True)\n    time.sleep(60)\n"
    )
    holder = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        with pytest.raises(WarehouseBusyError) as caught, open_warehouse(settings, timeout=0.2):
            pass
        assert caught.value.holder_pid == holder.pid and "COMITY_LOCK_TIMEOUT" in str(caught.value)
    finally:
        holder.kill()
        holder.wait()
    with open_warehouse(settings, timeout=1):
        pass


def test_the_lock_nests_within_a_process(settings: Settings) -> None:
    with hold_warehouse(settings), open_warehouse(settings) as con, open_warehouse(settings) as other:
        con.execute("create table raw.t as select 1 as x")
        assert other.execute("select x from raw.t").fetchone() == (1,)


def test_a_foreign_open_file_is_named(settings: Settings) -> None:
    with open_warehouse(settings):
        pass
    path = str(settings.warehouse_path)
    code = f"import duckdb, time\nc = duckdb.connect({path!r})\nprint('open', flush=True)\ntime.sleep(60)"
    holder = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None and holder.stdout.readline() == "open\n"
        with pytest.raises(WarehouseBusyError, match=str(holder.pid)), open_warehouse(settings, timeout=0.2):
            pass
    finally:
        holder.kill()
        holder.wait()


def test_a_newer_or_damaged_warehouse_is_refused(settings: Settings) -> None:
    with open_warehouse(settings) as con:
        con.execute("insert into ops.schema_version values (99, ?)", [utc_now()])
    with pytest.raises(WarehouseError, match="newer Comity"), open_warehouse(settings):
        pass
    settings.warehouse_path.write_bytes(b"not a database " * 1000)
    with pytest.raises(WarehouseError, match="or restore it"), open_warehouse(settings):
        pass


def test_the_published_file_follows_its_link_and_is_read_only(settings: Settings) -> None:
    with pytest.raises(NothingPublishedError, match="comity run"), open_published(settings):
        pass
    settings.releases_dir.mkdir(parents=True)
    for n in (1, 2):
        with duckdb.connect(str(settings.releases_dir / f"marts-{n}.duckdb")) as con:
            con.execute(f"create table t as select {n} as x")
    settings.marts_link.symlink_to("releases/marts-1.duckdb")
    with open_published(settings) as old:
        settings.marts_link.unlink()
        settings.marts_link.symlink_to("releases/marts-2.duckdb")
        assert old.execute("select x from t").fetchone() == (1,)
        with open_published(settings) as new:
            assert new.execute("select x from t").fetchone() == (2,)
            with pytest.raises(duckdb.Error):
                new.execute("drop table t")


def test_a_home_that_cannot_be_written_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("COMITY_HOME", str(tmp_path / "file" / "home"))
    with pytest.raises(ComityError, match="COMITY_HOME"), open_warehouse(load_settings()):
        pass
