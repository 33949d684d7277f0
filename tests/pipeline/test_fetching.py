"""Sources that are fetched, from a real server of this machine into a real warehouse."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from flows import snapshots
from flows.ingest import ingest_source, ingest_sources
from flows.settings import Settings, load_settings
from flows.warehouse import open_warehouse
from sources.fetched import Window
from sources.spec import SourceSpec
from tests.site import TEXT, Reply, Site

WORDS = "The ministers of China and Russia met in the capital on Tuesday and agreed on the price of grain for a year. "


@pytest.fixture
def site() -> Iterator[Site]:
    with Site(robots="User-agent: *\nAllow: /\n").serving() as served:
        yield served


def page(title: str, *, text: str = "") -> Reply:
    body = "".join(f"<p>{part}</p>" for part in (text or f"{title}. {WORDS}", WORDS, WORDS))
    return Reply(
        f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>{body}</article></body></html>"
    )


def declared(source_id: str, **keys: Any) -> SourceSpec:
    polite = {"allow_private": True, "delay": 0, "retries": 0, "timeout": 5, "robots": False}
    return SourceSpec.model_validate(
        {"source_id": source_id, "licence": "own", "floor": 0, "ceiling": 99, "language": "en"}
        | {"fetch": polite | keys.pop("fetch", {})}
        | keys
    )


def feed(site: Site, *names: str, etag: str = '"1"') -> Reply:
    items = "".join(
        f"<item><title>{name}</title><link>{site.url(f'/{name}')}</link>"
        f"<pubDate>Mon, 28 Jun 2021 1{number}:00:00 GMT</pubDate></item>"
        for number, name in enumerate(names)
    )
    return Reply(
        f'<rss version="2.0"><channel><title>Post</title>{items}</channel></rss>',
        "application/rss+xml",
        200,
        {"ETag": etag},
    )


def ask(settings: Settings, sql: str) -> list[tuple[Any, ...]]:
    with open_warehouse(settings) as con:
        return con.execute(sql).fetchall()


def test_a_feed_lands_its_pages_and_is_not_fetched_again(settings: Settings, site: Site) -> None:
    site.pages |= {"/a": page("Talks in Delhi"), "/b": page("Trade pact signed"), "/feed": feed(site, "a", "b")}
    spec = declared("post", reader="rss", url=site.url("/feed"))
    report = ingest_source(settings, spec, "r1")
    assert (report.files, report.documents_new, report.issues_new, report.is_whole) == (2, 2, 0, True)
    rows = ask(
        settings, "select uri, source_id, title, publisher, published_date::text, published_basis, language_basis "
        "from raw.documents order by uri",
    )  # fmt: skip
    assert rows == [
        (site.url("/a"), "post", "Talks in Delhi", "Post", "2021-06-28", "feed", "declared"),
        (site.url("/b"), "post", "Trade pact signed", "Post", "2021-06-28", "feed", "declared"),
    ]
    for (sha256,) in ask(settings, "select snapshot_sha256 from ops.fetches"):
        assert snapshots.load(settings.snapshots_dir, sha256)
    assert ask(settings, "select uri, status, is_index, etag from ops.fetches order by uri") == [
        (site.url("/a"), "fetched", False, None),
        (site.url("/b"), "fetched", False, None),
        (site.url("/feed"), "fetched", True, '"1"'),
    ]
    again = ingest_source(settings, spec, "r2")
    assert (again.documents_new, again.unchanged, again.is_whole) == (0, 1, False)
    assert (site.count("/feed"), site.count("/a")) == (2, 1)
    site.pages |= {"/feed": feed(site, "a", "b", "c", etag='"2"'), "/c": page("Third")}
    third = ingest_source(settings, spec, "r3")
    assert (third.documents_new, third.documents_known, site.count("/a")) == (1, 2, 1)


def test_a_failing_page_is_an_issue_and_is_asked_again(settings: Settings, site: Site) -> None:
    site.pages |= {"/a": page("Talks in Delhi"), "/b": Reply("busy", TEXT, 500), "/feed": feed(site, "a", "b")}
    spec = declared("post", reader="rss", url=site.url("/feed"))
    report = ingest_source(settings, spec, "r1")
    assert (report.documents_new, report.issues_new) == (1, 1)
    assert ask(settings, "select uri, stage, reason, resolved_at from ops.issues") == [
        (site.url("/b"), "fetch", "server_error", None)
    ]
    site.pages["/b"] = page("Trade pact signed")
    again = ingest_source(settings, spec, "r2")
    assert (again.documents_new, again.issues_settled) == (1, 1)
    assert ask(settings, "select resolution, resolved_at is not null from ops.issues") == [("landed", True)]


def test_bytes_that_no_reader_takes_are_kept(settings: Settings, site: Site) -> None:
    site.pages |= {"/a": Reply(b"%PDF-1.4\nbroken", "application/pdf"), "/e": Reply(b"", "text/html")}
    spec = declared("pages", reader="web", urls=[site.url("/a"), site.url("/e")])
    report = ingest_source(settings, spec, "r1")
    assert report.documents_new == 0
    rows = ask(settings, "select uri, stage, reason, snapshot_sha256 from ops.issues order by uri")
    assert [(uri, stage, reason) for uri, stage, reason, _ in rows] == [
        (site.url("/a"), "read", "damaged"),
        (site.url("/e"), "read", "empty"),
    ]
    assert snapshots.load(settings.snapshots_dir, rows[0][3]) == b"%PDF-1.4\nbroken"
    again = ingest_source(settings, spec, "r2")  # the same bytes: nothing to be read anew
    assert (again.unchanged, again.issues_new) == (2, 0)


def test_a_page_that_changes_lands_beside_its_former_self(settings: Settings, site: Site) -> None:
    site.pages["/a"] = [page("Talks", text="First version. " + WORDS * 3), page("Talks", text="Now more. " + WORDS * 3)]
    spec = declared("pages", reader="web", urls=[site.url("/a")])
    assert ingest_source(settings, spec, "r1").documents_new == 1
    assert ingest_source(settings, spec, "r2").documents_new == 1
    assert ask(settings, "select count(*), count(distinct uri) from raw.documents") == [(2, 1)]
    first = ask(settings, "select document_id from raw.documents where text like '%First version%'")
    assert ask(settings, "select duplicate_of, kind from ops.duplicates where duplicate_of is not null") == [
        (first[0][0], "near")
    ]


def test_a_source_that_hangs_or_breaks_holds_up_no_other(
    settings: Settings, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()

    def hang(exchange: Any) -> None:
        released.wait(30)
        exchange.reply(page("At last"))

    site.pages |= {"/slow": hang, "/a": page("Talks in Delhi")}
    import sources.readers.rss as rss

    def explode(*_: object) -> Iterator[Any]:
        raise RuntimeError("boom")
        yield

    monkeypatch.setattr(rss, "fetch", explode)
    specs = [
        declared("slow", reader="web", urls=[site.url("/slow")], fetch={"timeout": 60}),
        declared("broken", reader="rss", url=site.url("/feed")),
        declared("good", reader="web", urls=[site.url("/a")]),
    ]
    reports: list[Any] = []
    thread = threading.Thread(target=lambda: reports.extend(ingest_sources(settings, specs, "r1")))
    thread.start()
    deadline = time.monotonic() + 20
    landed: list[tuple[Any, ...]] = []
    while not landed and time.monotonic() < deadline:
        time.sleep(0.3)
        landed = ask(settings, "select source_id from raw.documents")
    assert landed == [("good",)] and thread.is_alive()  # written while the slow one still hangs
    released.set()
    thread.join(30)
    by_name = {report.source_id: report for report in reports}
    assert [report.source_id for report in reports] == ["slow", "broken", "good"]
    assert by_name["slow"].documents_new == 1
    assert "boom" in (by_name["broken"].error or "")
    assert ask(settings, "select source_id, reason from ops.issues") == [("broken", "failed")]
    assert ask(settings, "select source_id, outcome from ops.ingests order by source_id") == [
        ("broken", "failed"), ("good", "done"), ("slow", "done"),
    ]  # fmt: skip


def test_bounds_are_of_the_whole_and_settle_when_kept(settings: Settings, site: Site) -> None:
    site.pages |= {"/a": page("Talks in Delhi"), "/feed": feed(site, "a")}
    spec = declared("post", reader="rss", url=site.url("/feed"), floor=2)
    report = ingest_source(settings, spec, "r1")
    assert report.out_of_bounds == "1 documents, below its floor 2"
    window = Window(since=datetime(2021, 6, 1, tzinfo=UTC))
    assert ingest_source(settings, spec, "r2", window=window).out_of_bounds is None  # a window is no whole
    site.pages |= {"/feed": feed(site, "a", "b", etag='"2"'), "/b": page("Trade pact signed")}
    assert ingest_source(settings, spec, "r3").out_of_bounds is None
    assert ask(settings, "select reason, resolution from ops.issues") == [("volume", "within_bounds")]


def test_a_foreign_text_is_landed_and_marked(home: Path, settings: Settings, site: Site) -> None:
    text = "Министры иностранных дел России и Китая встретились в столице и договорились о цене зерна на год. " * 4
    site.pages["/ru"] = Reply(text, TEXT)
    spec = declared("pages", reader="web", urls=[site.url("/ru")], language=None)
    assert ingest_source(load_settings(), spec, "r1").documents_new == 1
    assert ask(settings, "select language, language_basis from raw.documents") == [("ru", "detected")]
