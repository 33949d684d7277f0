"""Issues that were repaired are settled from the bytes that were kept; those that were not stay open."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flows.ingest import ingest_path, ingest_source
from flows.retry import retry_issues
from flows.settings import Settings, load_settings
from flows.warehouse import open_warehouse
from sources.spec import load_spec
from tests.site import TEXT, Reply, Site

LATIN = "Министры встретились в столице.".encode("cp1251")


@pytest.fixture
def site() -> Iterator[Site]:
    with Site().serving() as served:
        yield served


def ask(settings: Settings, sql: str) -> list[tuple[Any, ...]]:
    with open_warehouse(settings) as con:
        return con.execute(sql).fetchall()


OPEN = "select uri, reason, attempts from ops.issues where resolved_at is null order by uri"


def test_a_repaired_reader_reads_what_is_gone(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "a.txt").write_text("Ministers of China and Russia met in Delhi.\n")
    (folder / "a.txt.meta.yml").write_text("publisher: The Post\n")
    (folder / "b.txt").write_bytes(b"")
    import sources.readers.text as text

    with monkeypatch.context() as broken:
        broken.setattr(text, "read", lambda *_: 1 / 0)
        assert ingest_path(settings, folder, run_id="r1").issues_new == 2
    shutil.rmtree(folder)
    (report,) = retry_issues(settings, run_id="r2")
    assert (report.source_id, report.documents_new, report.issues_settled) == ("files", 1, 2)
    assert ask(settings, "select uri, publisher from raw.documents") == [("texts/a.txt", "The Post")]
    assert ask(settings, OPEN) == [("texts/b.txt", "empty", 0)]
    assert ask(
        settings, "select uri, attempts, resolution from ops.issues where reason = 'unreadable' order by uri"
    ) == [("texts/a.txt", 1, "landed"), ("texts/b.txt", 1, "replaced")]
    retry_issues(settings)
    assert ask(settings, OPEN) == [("texts/b.txt", "empty", 1)]
    assert ask(settings, "select count(*) from ops.duplicates") == [(1,)]


def test_a_repaired_declaration_reads_fetched_pages_again(
    home: Path, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMITY_SOURCES_DIR", str(tmp_path))
    settings = load_settings()
    site.pages["/ru"] = Reply(LATIN, "text/plain")
    file = tmp_path / "pages.yml"
    base = (
        f"reader: web\nurls: ['{site.url('/ru')}', '{site.url('/later')}']\nlicence: own\nfloor: 0\nceiling: 9\n"
        "language: ru\nfetch: {allow_private: true, delay: 0, retries: 0, robots: false}\n"
    )
    file.write_text(base)
    site.pages["/later"] = Reply("busy", TEXT, 503)
    ingest_source(settings, load_spec(file), "r1")
    assert ask(settings, OPEN) == [(site.url("/later"), "rate_limited", 0), (site.url("/ru"), "encoding", 0)]
    (still,) = retry_issues(settings, ["pages"])
    assert still.issues_settled == 0
    asked = site.count("/ru")
    file.write_text(base + "encoding: cp1251\n")
    site.pages["/later"] = Reply("Переговоры начались в понедельник.", TEXT)
    (report,) = retry_issues(settings, ["pages"], "r3")
    assert (report.documents_new, report.issues_settled) == (2, 2)
    assert site.count("/ru") == asked, "what arrived is not asked for again"
    assert ask(settings, "select text from raw.documents order by uri desc") == [
        ("Министры встретились в столице.",),
        ("Переговоры начались в понедельник.",),
    ]
    assert ask(settings, OPEN) == []
    assert retry_issues(settings) == []


def test_a_settled_issue_that_comes_back_is_open_again(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "texts"
    folder.mkdir()
    file = folder / "a.txt"
    for round_ in range(2):
        file.write_bytes(b"")
        assert ingest_path(settings, folder).issues_new == (1 if round_ == 0 else 0)
        assert len(ask(settings, OPEN)) == 1
        file.write_text("Ministers met in Delhi.\n")
        assert ingest_path(settings, folder).issues_settled == 1
        assert ask(settings, OPEN) == []


def test_a_snapshot_that_is_gone_leaves_its_issue_open(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\x00\x01\x02")
    ingest_path(settings, tmp_path / "a.txt")
    shutil.rmtree(settings.snapshots_dir)
    (report,) = retry_issues(settings)
    assert "ingest its source again" in report.problems[0]
    assert len(ask(settings, OPEN)) == 1
