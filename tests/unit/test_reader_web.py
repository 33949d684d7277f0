"""Pages by list, sitemap and index page, from a real server."""

from __future__ import annotations

import gzip
import hashlib
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest

from sources.client import Client
from sources.fetched import Fetched, FetchError, Missed, Outcome, Seen, Window
from sources.links import links_of
from sources.readers.web import fetch
from sources.sitemaps import parse_sitemap
from sources.spec import SourceSpec
from tests.site import Reply, Site, redirect

NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


@pytest.fixture
def site() -> Iterator[Site]:
    with Site({f"/news/{n}": Reply(f"<p>Page {n}</p>") for n in range(1, 9)}).serving() as served:
        yield served


def outcomes(
    site: Site, seen: Mapping[str, Seen] | None = None, window: Window | None = None, **keys: Any
) -> list[Outcome]:
    polite = {"delay": 0, "robots": False, "allow_private": True, "retries": 0, "timeout": 5}
    own = {"source_id": "s", "reader": "web", "licence": "own", "floor": 0, "ceiling": 99, "fetch": polite}
    spec = SourceSpec.model_validate(own | keys)
    with Client(spec.fetch, max_bytes=spec.max_bytes) as client:
        return list(fetch(spec, client, seen or {}, window or Window()))


def told(site: Site, found: list[Outcome]) -> list[str]:
    """Outcomes in a few words."""
    words = []
    for one in found:
        kind = "index" if isinstance(one, Fetched) and one.is_index else type(one).__name__.lower()
        path = one.uri.removeprefix(site.url(""))
        words.append(f"{kind} {path}" + (f" {one.reason}" if isinstance(one, Missed) else ""))
    return words


def sitemap(site: Site, *urls: tuple[str, str], kind: str = "url", more: str = "") -> Reply:
    entries = "".join(
        f"<{kind}><loc>{site.url(path)}</loc>{f'<lastmod>{last}</lastmod>' if last else ''}{more}</{kind}>"
        for path, last in urls
    )
    root = "urlset" if kind == "url" else "sitemapindex"
    return Reply(f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} {NAMESPACE}>{entries}</{root}>', "application/xml")


def index(*links: str) -> Reply:
    return Reply("<ul>" + "".join(f'<li><a href="{link}">x</a></li>' for link in links) + "</ul>")


# a list


def test_the_pages_of_a_list_each_once_in_its_order(site: Site) -> None:
    urls = [site.url(path) for path in ("/news/2", "/news/1", "/news/2#below", "/gone")]
    assert told(site, outcomes(site, urls=urls)) == ["fetched /news/2", "fetched /news/1", "missed /gone not_found"]
    assert site.count("/news/2") == 1


def test_a_url_without_link_pattern_is_a_page(site: Site) -> None:
    assert told(site, outcomes(site, url=site.url("/news/1"))) == ["fetched /news/1"]


def test_only_what_changed_is_fetched_again(site: Site) -> None:
    site.pages["/news/1"] = Reply("a", headers={"ETag": '"1"'})
    site.pages["/news/2"] = Reply("b", headers={"Last-Modified": "Sun, 01 Nov 2020 00:00:00 GMT"})
    site.pages["/news/3"] = Reply("c")
    urls = [site.url(f"/news/{n}") for n in (1, 2, 3)]
    seen = {
        one.uri: Seen(one.etag, one.last_modified, hashlib.sha256(one.data).hexdigest(), datetime.now(UTC))
        for one in outcomes(site, urls=urls)
        if isinstance(one, Fetched)
    }
    assert told(site, outcomes(site, seen, urls=urls)) == [f"unchanged /news/{n}" for n in (1, 2, 3)]
    site.pages["/news/1"] = Reply("new", headers={"ETag": '"2"'})
    assert told(site, outcomes(site, seen, urls=urls))[0] == "fetched /news/1"


def test_credentials_of_the_declaration_are_sent_and_not_stored(site: Site) -> None:
    found = outcomes(site, urls=[site.url("/news/1").replace("://", "://me:secret@")])
    assert "authorization" in site.asked[0].headers and "secret" not in repr(found)


# sitemaps


def test_a_sitemap_within_patterns_and_period(site: Site) -> None:
    site.pages["/sitemap.xml"] = sitemap(
        site, ("/news/1", "2021-05-01"), ("/news/2", "2021-05-02T10:00:00+02:00"), ("/news/3", ""), ("/about", ""),
        ("/news/4", "2021-05"), ("/news/5", "2021"), ("/news/6", "nonsense"), ("/news/1", "2021-05-01"),
    )  # fmt: skip
    address = site.url("/sitemap.xml")
    every = told(site, outcomes(site, sitemap=address, include=["news/*"], exclude=["*/3"]))
    assert every == ["index /sitemap.xml", *(f"fetched /news/{n}" for n in (1, 2, 4, 5, 6))]
    may = Window(datetime(2021, 5, 2, 9, tzinfo=UTC), datetime(2021, 5, 2, 23, tzinfo=UTC))
    found = told(site, outcomes(site, None, may, sitemap=address, link_pattern="/news/[0-9]$"))
    assert found == ["index /sitemap.xml", *(f"fetched /news/{n}" for n in (3, 4, 5, 6))]


def test_pages_that_did_not_change_since_are_not_asked_for(site: Site) -> None:
    site.pages["/sitemap.xml"] = sitemap(site, ("/news/1", "2021-05-01"), ("/news/2", "2021-05-02"))
    seen = {site.url(f"/news/{n}"): Seen(fetched_at=datetime(2021, 5, 2, 12, tzinfo=UTC)) for n in (1, 2)}
    found = told(site, outcomes(site, seen, sitemap=site.url("/sitemap.xml")))
    assert found == ["index /sitemap.xml", "unchanged /news/1", "fetched /news/2"]  # of that day: it may be later
    assert site.count("/news/1") == 0


def test_an_index_of_sitemaps_newest_first_and_no_circles(site: Site) -> None:
    site.pages |= {
        "/index.xml": sitemap(site, ("/old.xml", "2020-01-01"), ("/new.xml.gz", "2021-05-01"), ("/index.xml", ""),
                              ("/ancient.xml", "2001-01-01"), kind="sitemap"),
        "/new.xml.gz": Reply(gzip.compress(sitemap(site, ("/news/1", "")).body.encode()), "application/gzip"),  # type: ignore[union-attr]
        "/old.xml": sitemap(site, ("/news/2", ""), ("/news/1", "")),
        "/ancient.xml": redirect("/index.xml"),
    }  # fmt: skip
    address = site.url("/index.xml")
    assert told(site, outcomes(site, sitemap=address)) == [
        "index /index.xml", "index /new.xml.gz", "fetched /news/1", "index /old.xml", "fetched /news/2",
        "index /ancient.xml",
    ]  # fmt: skip
    assert site.count("/news/1") == 1
    short = outcomes(site, sitemap=address, max_pages=2)
    assert told(site, short) == [
        "index /index.xml", "index /new.xml.gz", "fetched /news/1", "missed /old.xml too_large",
        "missed /ancient.xml too_large",
    ]  # fmt: skip
    assert isinstance(short[-1], Missed) and "raise max_pages" in short[-1].detail
    recent = Window(since=datetime(2021, 1, 1, tzinfo=UTC))
    assert told(site, outcomes(site, None, recent, sitemap=address)) == [
        "index /index.xml", "index /new.xml.gz", "fetched /news/1",
    ]  # fmt: skip


def test_a_news_sitemap_says_title_and_date(site: Site) -> None:
    news = (
        '<news:news xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><news:publication><news:name>The Post'
        "</news:name><news:language>en</news:language></news:publication><news:publication_date>2021-05-05T23:30:00-05:00"
        "</news:publication_date><news:title>Talks held</news:title></news:news>"
        '<image:image xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"><image:loc>http://x/a.png</image:loc>'
        "<image:title>A picture</image:title></image:image>"
    )
    site.pages["/sitemap.xml"] = sitemap(site, ("/news/1", ""), more=news)
    page = outcomes(site, sitemap=site.url("/sitemap.xml"))[1]
    assert isinstance(page, Fetched) and page.uri == site.url("/news/1")
    hints = page.hints
    assert (hints.title, hints.publisher, hints.language) == ("Talks held", "The Post", "en")
    assert (hints.published_date, hints.published_precision) == (date(2021, 5, 5), "day")


def test_a_sitemap_of_lines(site: Site) -> None:
    lines = f"\ufeff{site.url('/news/1')}\r\n\r\n{site.url('/news/2')}\nmailto:a@b\n"
    site.pages["/sitemap.txt"] = Reply(lines, "text/plain")
    assert told(site, outcomes(site, sitemap=site.url("/sitemap.txt"))) == [
        "index /sitemap.txt", "missed mailto:a@b unsupported_scheme", "fetched /news/1", "fetched /news/2",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<!doctype html><html><body><p>Gone<br></html>", "wrong_type"),
        (b"<rss><channel/></rss>", "wrong_type"),
        (b"just words", "wrong_type"),
        (b"", "wrong_type"),
        (b"\x89PNG" + bytes(range(256)), "wrong_type"),
        (b'<!DOCTYPE a [<!ENTITY b "x">]><urlset><url><loc>&b;</loc></url></urlset>', "unsafe"),
        (gzip.compress(b" " * 30_000_000, mtime=0), "too_large"),
        (gzip.compress(b"<urlset/>" * 99, mtime=0)[:-12], "corrupt"),
    ],
)
def test_what_is_no_sitemap_is_told_with_its_bytes(site: Site, body: bytes, reason: str) -> None:
    site.pages["/sitemap.xml"] = Reply(body, "application/xml")
    (found,) = outcomes(site, sitemap=site.url("/sitemap.xml"))
    assert isinstance(found, Missed) and (found.reason, found.data) == (reason, body) and ";" in found.detail


def test_a_sitemap_that_breaks_off_gives_what_it_has_and_is_told(site: Site) -> None:
    whole = sitemap(site, ("/news/1", ""), ("/news/2", ""), ("/news/3", "")).body
    assert isinstance(whole, str)
    site.pages["/sitemap.xml"] = Reply(whole[: whole.index("/news/3")], "application/xml")
    assert told(site, outcomes(site, sitemap=site.url("/sitemap.xml"))) == [
        "index /sitemap.xml", "missed /sitemap.xml corrupt", "fetched /news/1", "fetched /news/2",
    ]  # fmt: skip


def test_a_sitemap_of_the_largest_size_is_read_quickly() -> None:
    urls = "".join(f"<url><loc>https://example.org/{n}</loc><lastmod>2021-05-01</lastmod></url>" for n in range(50_000))
    began = time.monotonic()
    found = parse_sitemap(f"<urlset {NAMESPACE}>{urls}</urlset>".encode(), "u", 10**8)
    assert len(found.pages) == 50_000 and time.monotonic() - began < 15


# index pages


def test_the_links_of_an_index_page_and_of_those_after_it(site: Site) -> None:
    site.pages |= {
        "/list": index("/news/1", "/news/2", "/about", "mailto:a@b", "/list?page=2", "/list"),
        "/list?page=2": index("/news/2", "/news/3", "/list", "/list?page=2", "/list?page=3"),
        "/list?page=3": index("/news/4", "/list?page=4"),
        "/list?page=4": index("/news/5"),
    }
    asked = {"url": site.url("/list"), "link_pattern": "/news/[0-9]+$"}
    assert told(site, outcomes(site, **asked)) == ["index /list", "fetched /news/1", "fetched /news/2"]
    paged = outcomes(site, **asked, next_pattern=r"/list\?page=[0-9]+$", max_pages=3)
    assert told(site, paged) == [
        "index /list", "fetched /news/1", "fetched /news/2", "index /list?page=2", "fetched /news/3",
        "index /list?page=3", "fetched /news/4",
    ]  # fmt: skip


def test_an_index_page_that_fails_does_not_end_the_others(site: Site) -> None:
    site.pages["/list"] = index("/list?page=2", "/list?page=3", "/news/1")
    site.pages["/list?page=3"] = index("/news/2")
    found = outcomes(site, url=site.url("/list"), link_pattern="/news/", next_pattern="page=")
    assert told(site, found) == [
        "index /list", "fetched /news/1", "missed /list?page=2 not_found", "index /list?page=3", "fetched /news/2",
    ]  # fmt: skip


def test_an_index_page_without_any_link_that_fits_is_told(site: Site) -> None:
    site.pages["/list"] = index("/other/1")
    found = outcomes(site, url=site.url("/list"), link_pattern="/news/")
    assert told(site, found) == ["index /list", "missed /list wrong_type"]
    assert isinstance(found[1], Missed) and "none of its 1 links" in found[1].detail


def test_links_that_are_the_index_page_itself_are_no_documents(site: Site) -> None:
    site.pages["/news/"] = index("/news/", "/news/1", "/news/?page=2")
    site.pages["/news/?page=2"] = index("/news/2", "/news/")
    found = outcomes(site, url=site.url("/news/"), link_pattern="/news/", next_pattern="page=")
    assert told(site, found) == ["index /news/", "fetched /news/1", "index /news/?page=2", "fetched /news/2"]


def test_all_three_ways_at_once_take_each_page_once(site: Site) -> None:
    site.pages["/sitemap.xml"] = sitemap(site, ("/news/1", ""), ("/news/2", ""))
    site.pages["/list"] = index("/news/2", "/news/3")
    found = outcomes(site, urls=[site.url("/news/1")], sitemap=site.url("/sitemap.xml"), url=site.url("/list"),
                     link_pattern="/news/")  # fmt: skip
    assert told(site, found) == [
        "fetched /news/1", "index /sitemap.xml", "fetched /news/2", "index /list", "fetched /news/3",
    ]  # fmt: skip


def test_links_count_from_where_the_page_was_served_or_says(site: Site) -> None:
    def links(markup: str, charset: str | None = None, encoding: str = "utf-8") -> list[str]:
        return links_of(markup.encode(encoding), "https://example.org/a/b", charset)

    assert links("<a href=c>1</a><A HREF='../d#e'>2</A><a href=' /f '>3</a><a>4</a><a href=''>5</a>") == [
        "https://example.org/a/c", "https://example.org/d", "https://example.org/f",
    ]  # fmt: skip
    assert links("<base href='/x/'><a href=c>1</a><a href=c>2</a>") == ["https://example.org/x/c"]
    assert links("<link rel=next href='?page=2'><link rel=icon href=i>") == ["https://example.org/a/b?page=2"]
    assert links("<a href='/café'>1</a>", "latin-1", "latin-1") == ["https://example.org/caf%C3%A9"]
    peace = "https://example.org/%D0%BC%D0%B8%D1%80"
    assert links("<meta charset=cp1251><a href='/мир'>1</a>", None, "cp1251") == [peace]
    for wrong in ("base64", "no-such-charset"):
        assert links("<a href='/café'>1</a>", wrong) == ["https://example.org/caf%C3%A9"]
    assert links("") == links("no markup") == links("<!-- <a href=x> -->") == links("\0\0") == []
    assert links("<script>document.write('<a href=x>')</script><a href='javascript:x()'>1</a>") == []


def test_a_hostile_page_does_not_hold_the_reader() -> None:
    for piece in (b"<div>", b"<a href='/x", b"<!--", b"<a href=/x><table>", b"&#x;", b"<meta "):
        began = time.monotonic()
        links_of(piece * 200_000, "https://example.org/")
        assert time.monotonic() - began < 10, piece


def test_a_sitemap_says_why_it_is_refused() -> None:
    with pytest.raises(FetchError, match="XML of <rss>"):
        parse_sitemap(b"<rss/>", "u", 99)
