"""Every case of the test site goes through the ingest flow and ends as docs/fetching.md says."""

from __future__ import annotations

import time
from typing import Any

import pytest

import sources.connections
from flows import snapshots
from flows.ingest import ingest_source, ingest_sources
from flows.settings import Settings
from flows.warehouse import open_warehouse
from sources.addresses import why_private
from sources.spec import SourceSpec
from tests.site import Reply, Site, kept, slow
from tests.site_cases import CASES, DOCUMENT, Case, article, feed, table

POLITE = {"delay": 0, "allow_private": True, "retries": 2, "timeout": 10}


def declared(source_id: str, keys: dict[str, Any]) -> SourceSpec:
    own = {"source_id": source_id, "licence": "own", "floor": 0, "ceiling": 999, "language": "en"}
    return SourceSpec.model_validate(own | keys | {"fetch": POLITE | keys.get("fetch", {})})


def ask(settings: Settings, sql: str) -> list[tuple[Any, ...]]:
    with open_warehouse(settings) as con:
        return con.execute(sql).fetchall()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_case_ends_as_declared(settings: Settings, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site()
    with site.serving():
        site.pages = dict(case.pages(site))
        keys = dict(case.declared(site))
        if case.is_public:  # the site stands in for a public one; all other addresses are what they are
            keys["fetch"] = {"allow_private": False}
            monkeypatch.setattr(
                sources.connections, "why_private", lambda ip: None if ip == "127.0.0.1" else why_private(ip)
            )
        spec = declared("site", keys)
        began = time.monotonic()
        for n in range(case.runs):
            ingest_source(settings, spec, run_id=f"r{n}")
        seconds = time.monotonic() - began
        root = site.url("")
    documents = ask(settings, "select uri, text, snapshot_sha256 from raw.documents order by retrieved_at, uri")
    issues = ask(settings, "select uri, stage, reason, detail, snapshot_sha256 from ops.issues")
    told = {uri.removeprefix(root): f"{stage}/{reason}" for uri, stage, reason, *_ in issues}
    assert (len(documents), told) == (case.documents, dict(case.issues)), [detail for *_, detail, _ in issues]
    assert {path: site.count(path) for path in case.asked} == dict(case.asked)
    assert all(";" in detail for *_, detail, _ in issues)  # a repair
    for *_, sha256 in [*documents, *issues]:
        assert sha256 is None or snapshots.load(settings.snapshots_dir, sha256) is not None
    _remarked(case, site, settings, seconds)


def _remarked(case: Case, site: Site, settings: Settings, seconds: float) -> None:
    """What a case's remark says."""
    if case.name == "429, then success":
        assert kept(site.times("/a"), 1)
    if case.name == "50 MB page":
        assert site.bytes_sent < 10_000_000
    if case.name == "slow page":
        assert seconds < 8
    if case.remark.endswith("settles the issue"):
        assert ask(settings, "select resolution from ops.issues") == [("landed",)]
    if case.name == "re-post":
        copies = ask(
            settings,
            "select d.uri, o.uri from raw.documents d join ops.duplicates using (document_id) "
            "join raw.documents o on duplicate_of = o.document_id",
        )
        assert copies == [(site.url("/b"), site.url("/a"))]
    if case.runs == 2 and case.remark.endswith("304"):
        sent = [asked.headers for asked in site.asked if asked.path == "/a"]
        assert [bool({"if-none-match", "if-modified-since"} & set(headers)) for headers in sent] == [False, True]
        assert ask(settings, "select status from ops.fetches") == [("unchanged",)]


def test_the_table_of_the_docs_is_that_of_the_tests() -> None:
    assert table() in DOCUMENT.read_text("utf-8"), "run python -m tests.site_cases"


def test_cases_have_names_of_their_own() -> None:
    assert len({case.name for case in CASES}) == len(CASES)


def test_sources_of_one_host_share_its_delay_and_its_robots(settings: Settings) -> None:
    with Site(robots="User-agent: *\nCrawl-delay: 0.1").serving() as site:
        for n in range(3):
            site.pages |= {f"/feed{n}": feed(site, f"/{n}/1", f"/{n}/2")}
            site.pages |= {f"/{n}/{m}": article(f"Page {n} {m}", f"Text {n} {m}. " * 20) for m in (1, 2)}
        specs = [
            declared(f"s{n}", {"reader": "rss", "url": site.url(f"/feed{n}"), "fetch": {"delay": 0.05}})
            for n in range(3)
        ]
        reports = ingest_sources(settings, specs)
    assert [report.documents_new for report in reports] == [2, 2, 2]
    times = site.times()
    assert len(times) == 10 and site.count("/robots.txt") == 1  # each of nine pages once
    assert kept(times[1:], 0.1)


def test_sources_are_asked_side_by_side_within_each_hosts_limit(settings: Settings) -> None:
    with Site().serving() as site:
        for n in range(4):
            page = slow(Reply(article(f"Page {n}").body), 0.1)
            site.pages |= {f"/feed{n}": feed(site, *(f"/{n}/{m}" for m in range(3)))}
            site.pages |= {f"/{n}/{m}": page for m in range(3)}
        specs = [
            declared(f"s{n}", {"reader": "rss", "url": site.url(f"/feed{n}"), "fetch": {"concurrency": 3}})
            for n in range(4)
        ]
        ingest_sources(settings, specs)
        assert site.most_at_once == 3
