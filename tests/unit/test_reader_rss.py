"""Feeds of every kind from a real server: what is fetched, what is handed over, and what is told."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any

import pytest

from sources.client import Client
from sources.feeds import parse_feed, written_day
from sources.fetched import Fetched, FetchError, Missed, Outcome, Seen, Unchanged, Window
from sources.readers.rss import fetch
from sources.spec import SourceSpec
from tests.site import HTML, Reply, Site, slow

RSS = "application/rss+xml"
ATOM = "application/atom+xml"


@pytest.fixture
def site() -> Iterator[Site]:
    with Site({f"/{n}": Reply(f"<p>Page {n}</p>") for n in range(1, 5)}).serving() as served:
        yield served


def declared(site: Site, **keys: Any) -> SourceSpec:
    polite = {"delay": 0, "robots": False, "allow_private": True, "retries": 0, "timeout": 5}
    own = {"source_id": "s", "reader": "rss", "url": site.url("/feed"), "licence": "own", "floor": 0, "ceiling": 99}
    return SourceSpec.model_validate(own | {"fetch": polite} | keys)


def outcomes(
    site: Site, seen: Mapping[str, Seen] | None = None, window: Window | None = None, **keys: Any
) -> list[Outcome]:
    spec = declared(site, **keys)
    with Client(spec.fetch, max_bytes=spec.max_bytes) as client:
        return list(fetch(spec, client, seen or {}, window or Window()))


def told(site: Site, found: list[Outcome]) -> list[str]:
    """Outcomes in a few words."""
    words = []
    for one in found:
        path = one.uri.removeprefix(site.url(""))
        kind = "index" if isinstance(one, Fetched) and one.is_index else type(one).__name__.lower()
        words.append(f"{kind} {path}" + (f" {one.reason}" if isinstance(one, Missed) else ""))
    return words


def rss(*items: str, head: str = "<title>The Post</title><language>en-gb</language>") -> Reply:
    body = "".join(f"<item>{item}</item>" for item in items)
    return Reply(f'<?xml version="1.0"?><rss version="2.0"><channel>{head}{body}</channel></rss>', RSS)


def test_the_linked_pages_come_with_what_the_feed_says_of_them(site: Site) -> None:
    site.pages["/feed"] = rss(
        f"<title>Talks &amp;amp; &lt;b&gt;tea&lt;/b&gt;</title><link>{site.url('/1#top')}</link>"
        "<pubDate>Wed, 05 May 2021 23:30:00 -0500</pubDate>",
        f"<title>Second</title><link>{site.url('/2')}</link><source url='http://x'>The Gazette</source>",
    )
    first, second, feed = outcomes(site)
    assert isinstance(first, Fetched) and isinstance(second, Fetched) and isinstance(feed, Fetched)
    assert (first.uri, first.data, first.media_type) == (site.url("/1"), b"<p>Page 1</p>", "text/html")
    hints = first.hints
    assert (hints.title, hints.publisher, hints.language) == ("Talks & tea", "The Post", "en")
    assert (hints.published_date, hints.published_precision) == (date(2021, 5, 5), "day")  # the writer's own day
    assert (second.hints.publisher, second.hints.published_date) == ("The Gazette", None)
    assert feed.is_index and feed.uri == site.url("/feed") and feed.data == site.pages["/feed"].body.encode()  # type: ignore[union-attr]


def test_a_declared_publisher_is_better_than_the_feeds_title(site: Site) -> None:
    site.pages["/feed"] = rss(f"<link>{site.url('/1')}</link>")
    found = outcomes(site, publisher="The Morning Post")[0]
    assert isinstance(found, Fetched) and found.hints.publisher is None


ITEM = "<title>A</title><link>{}</link>"
KINDS = {
    "rss 0.90": '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
    'xmlns="http://my.netscape.com/rdf/simple/0.9/">'
    f"<channel><title>P</title></channel><item>{ITEM}</item></rdf:RDF>",
    "rss 0.91": '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" '
    '"http://my.netscape.com/publish/formats/rss-0.91.dtd"><rss version="0.91"><channel><title>P</title>'
    f"<item>{ITEM}</item></channel></rss>",
    "rss 1.0": '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>P</title></channel>'
    f"<item>{ITEM}<dc:date>2021-05-05T10:00:00Z</dc:date></item></rdf:RDF>",
    "rss 2.0": '<rss version="2.0"><channel><title>P</title>'
    f"<item>{ITEM}<pubDate>Wed, 5 May 2021 10:00:00 GMT</pubDate></item></channel></rss>",
    "rss 2.0, link in the guid": '<rss version="2.0"><channel><title>P</title>'
    "<item><title>A</title><guid>{}</guid></item></channel></rss>",
    "atom": '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr"><title>P</title><entry><title>A</title><id>x</id>'
    '<link rel="enclosure" href="http://x/y.mp3"/><link href="{}"/>'
    "<updated>2021-05-05T10:00:00Z</updated></entry></feed>",
    "json feed": '{{"version": "https://jsonfeed.org/version/1.1", "title": "P", "language": "fr", "items": ['
    '{{"id": 7, "url": "{}", "title": "A", "date_published": "2021-05-05T23:00:00-05:00"}}]}}',
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_feed_is_read(site: Site, kind: str) -> None:
    site.pages["/feed"] = Reply(KINDS[kind].format(site.url("/1")), "text/xml")
    found, feed = outcomes(site)
    assert isinstance(found, Fetched) and isinstance(feed, Fetched) and feed.is_index
    assert (found.uri, found.hints.title, found.hints.publisher) == (site.url("/1"), "A", "P")
    dated = kind in ("rss 1.0", "rss 2.0", "atom", "json feed")
    assert found.hints.published_date == (date(2021, 5, 5) if dated else None)
    assert found.hints.language == ("fr" if kind in ("atom", "json feed") else None)


def test_the_feeds_own_text_is_the_document_where_no_link_is_followed(site: Site) -> None:
    site.pages["/feed"] = rss(
        f"<title>A &amp; B</title><link>{site.url('/1')}</link><description>short</description>"
        "<content:encoded xmlns:content='http://purl.org/rss/1.0/modules/content/'>"
        "<![CDATA[<p>Zoë met <a href='/x'>Çelik</a>.</p><script>alert(1)</script>]]></content:encoded>",
        f"<link>{site.url('/2')}</link><description>Only words here.</description>",
        f"<link>{site.url('/3')}</link><title>No text</title>",
    )
    found = outcomes(site, follow=False)
    assert told(site, found) == ["missed /3 not_found", "fetched /1", "fetched /2", "index /feed"]
    page, plain = found[1], found[2]
    assert isinstance(page, Fetched) and isinstance(plain, Fetched)
    text = page.data.decode()
    assert page.media_type == "text/html" and "<h1>A &amp; B</h1>" in text and "Zoë met" in text
    assert "alert" not in text
    assert (plain.media_type, plain.data) == ("text/plain", b"Only words here.") or b"Only words here." in plain.data
    assert site.count("/1") == 0


def test_entries_without_a_link_are_parts_of_their_feed(site: Site) -> None:
    site.pages["/feed"] = rss(
        "<title>A</title><guid isPermaLink='false'>tag:x,1</guid><description>First text</description>",
        "<title>B</title><description>Second text</description>",
        "<title>C</title>",
    )
    found = outcomes(site)
    digest = hashlib.sha256(b"B\nSecond text").hexdigest()[:16]
    empty = hashlib.sha256(b"C\nNone").hexdigest()[:16]
    assert told(site, found) == [
        f"missed /feed#{empty} not_found", "fetched /feed#tag:x,1", f"fetched /feed#{digest}", "index /feed",
    ]  # fmt: skip
    assert isinstance(found[0], Missed) and "entry 3 (C) has neither a link nor a text" in found[0].detail


def test_many_entries_of_one_address_are_one_page_but_many_texts(site: Site) -> None:
    link = f"<link>{site.url('/1')}</link>"
    site.pages["/feed"] = rss(
        f"<guid>a</guid>{link}<description>one</description>",
        f"<guid>b</guid>{link}<description>two</description>",
        f"<guid>b</guid>{link}<description>two</description>",
    )
    assert told(site, outcomes(site)) == ["fetched /1", "index /feed"]
    assert site.count("/1") == 1
    assert told(site, outcomes(site, follow=False)) == ["fetched /1", "fetched /feed#b", "index /feed"]


def test_links_are_resolved_and_those_to_nowhere_told(site: Site) -> None:
    site.pages["/feed"] = rss("<link>/1?a=1&amp;b=2#c</link>", "<link>2</link>", "<link>javascript:alert(1)</link>",
                              "<link>file:///etc/passwd</link>")  # fmt: skip
    site.pages |= {"/1?a=1&b=2": Reply("a")}
    found = told(site, outcomes(site))
    assert found[2:] == ["fetched /1?a=1&b=2", "fetched /2", "index /feed"]
    assert found[:2] == ["missed javascript:alert(1) unsupported_scheme", "missed file://etc/passwd unsupported_scheme"]


def test_one_page_that_fails_costs_itself(site: Site) -> None:
    site.pages["/feed"] = rss(*(f"<link>{site.url(path)}</link>" for path in ("/1", "/gone", "/2")))
    assert told(site, outcomes(site)) == ["fetched /1", "missed /gone not_found", "fetched /2", "index /feed"]


def test_a_broken_feed_gives_what_it_has_and_is_told(site: Site) -> None:
    whole = rss(*(f"<title>T</title><link>{site.url(f'/{n}')}</link>" for n in (1, 2, 3))).body
    assert isinstance(whole, str)
    site.pages["/feed"] = Reply(whole[: whole.index("/3<")], RSS)
    missed, *found = told(site, outcomes(site))
    assert missed.endswith(" not_found")  # the third one, whose link is cut off
    assert found == ["fetched /1", "fetched /2", "missed /feed corrupt", "index /feed"]
    site.pages["/feed"] = Reply(whole.replace("<title>T", "<title>T & <b>T", 1), RSS)
    found = told(site, outcomes(site))
    assert found == ["fetched /1", "fetched /2", "fetched /3", "missed /feed corrupt", "index /feed"]


@pytest.mark.parametrize(
    ("body", "media_type", "reason"),
    [
        ("<!doctype html><html><body>Gone</body></html>", HTML, "wrong_type"),
        ("just words", "text/plain", "wrong_type"),
        ("", RSS, "wrong_type"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "image/png", "wrong_type"),
        ('{"a": 1}', "application/json", "wrong_type"),
        ('{"items": [', "application/json", "corrupt"),
        ('{"items": ' + "[" * 100_000, "application/json", "corrupt"),
        ('<!DOCTYPE a [<!ENTITY b "x"><!ENTITY c "&b;&b;">]><rss><channel>&c;</channel></rss>', RSS, "unsafe"),
        ('<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><rss><channel>&b;</channel></rss>', RSS, "unsafe"),
        ('<!DOCTYPE a [<!ENTITY b "x">]><rss/>'.encode("utf-16"), RSS, "unsafe"),
        ("<!DOCTYPE a SYSTEM '<!--' [<!ENTITY b 'x'> <!-- -->]><rss/>", RSS, "unsafe"),
        ("<?x <!-- ?><!DOCTYPE a [<!ENTITY b 'x'>]><?y --> ?><rss/>", RSS, "unsafe"),
        (" <!DOCTYPE a [<!ENTITY % b 'x'> %b;]><rss/>", RSS, "unsafe"),
        (" \n<?xml version='1.0'?><!DOCTYPE a [<!entity b 'x'>]><rss/>", RSS, "unsafe"),
    ],
)
def test_what_is_no_feed_is_told_with_its_bytes(site: Site, body: str | bytes, media_type: str, reason: str) -> None:
    site.pages["/feed"] = Reply(body, media_type)
    (found,) = outcomes(site)
    assert isinstance(found, Missed) and found.reason == reason
    assert found.data == (body.encode() if isinstance(body, str) else body) and ";" in found.detail


def test_talk_of_entities_in_a_text_is_no_entity(site: Site) -> None:
    site.pages["/feed"] = rss("<description><![CDATA[Write <!ENTITY x 'y'> in a DTD]]></description><guid>1</guid>")
    assert told(site, outcomes(site)) == ["fetched /feed#1", "index /feed"]


def test_a_million_openers_do_not_hold_the_reader() -> None:
    for piece in (b"<!--", b"<![CDATA[", b"<?", b"<a", b"<!--<?", b"&lt;"):
        began = time.monotonic()
        with suppress(FetchError):
            parse_feed(b"<rss><channel><item><title>" + piece * 20_000, "http://x/")
        assert time.monotonic() - began < 8, piece


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b'<?xml version="1.0"?>{}', RSS),
        (b'<?xml version="1.0" encoding="utf-8"?>{}', "text/xml; charset=iso-8859-1"),  # the header is wrong
        ('<?xml version="1.0" encoding="windows-1252"?>{}'.encode("cp1252"), RSS),
        (b"{}", "application/xml; charset=iso-8859-1"),
        ('<?xml version="1.0" encoding="utf-16"?>{}'.encode("utf-16"), RSS),
    ],
)
def test_letters_survive_whatever_the_encoding(site: Site, body: bytes, media_type: str) -> None:
    encoding = "utf-16" if body[:1] == b"\xff" else "cp1252" if b"1252" in body or body == b"{}" else "utf-8"
    item = f"<item><title>Zoë – Çelik</title><link>{site.url('/1')}</link></item>"
    feed = f'<rss version="2.0"><channel><title>P</title>{item}</channel></rss>'
    if body == b"{}":
        feed = feed.replace("–", "-")
    site.pages["/feed"] = Reply(body.decode(encoding).replace("{}", feed).encode(encoding), media_type)
    found = outcomes(site)
    assert isinstance(found[0], Fetched)
    assert found[0].hints.title == ("Zoë - Çelik" if body == b"{}" else "Zoë – Çelik")
    assert told(site, found) == ["fetched /1", "index /feed"]


# again


def test_a_feed_that_has_not_changed_costs_one_request(site: Site) -> None:
    site.pages["/feed"] = Reply(rss(f"<link>{site.url('/1')}</link>").body, RSS, headers={"ETag": '"1"'})
    feed = outcomes(site)[-1]
    assert isinstance(feed, Fetched) and feed.etag == '"1"'
    site.asked.clear()
    seen = {feed.uri: Seen(feed.etag, None, hashlib.sha256(feed.data).hexdigest(), datetime.now(UTC))}
    assert told(site, outcomes(site, seen)) == ["unchanged /feed"]
    assert [asked.path for asked in site.asked] == ["/feed"]


@pytest.mark.parametrize("why", ["a page failed", "a period was asked for"])
def test_a_feed_with_something_left_is_asked_for_whole_next_time(site: Site, why: str) -> None:
    """Else the page that failed today would never be asked for again: its feed says that nothing has changed."""
    path = "/gone" if why == "a page failed" else "/1"
    feed_xml = rss(f"<link>{site.url(path)}</link>").body
    site.pages["/feed"] = Reply(feed_xml, RSS, headers={"ETag": '"1"', "Last-Modified": "x"})
    window = Window(since=datetime(2020, 1, 1, tzinfo=UTC)) if why == "a period was asked for" else None
    feed = outcomes(site, None, window)[-1]
    assert isinstance(feed, Fetched) and feed.is_index and (feed.etag, feed.last_modified) == (None, None)
    seen = {feed.uri: Seen(None, None, hashlib.sha256(feed.data).hexdigest(), datetime.now(UTC))}
    site.pages["/gone"] = Reply("a")
    assert told(site, outcomes(site, seen)) == [f"fetched {path}", "index /feed"]


def test_entries_that_were_fetched_since_they_changed_are_not_asked_for(site: Site) -> None:
    site.pages["/feed"] = rss(
        *(f"<link>{site.url(f'/{n}')}</link><pubDate>Wed, {n:02} May 2021 10:00:00 GMT</pubDate>" for n in (1, 2)),
        f"<link>{site.url('/3')}</link>",
    )
    fetched_at = datetime(2021, 5, 1, 12, tzinfo=UTC)
    same = hashlib.sha256(b"<p>Page 3</p>").hexdigest()
    seen = {site.url(f"/{n}"): Seen(sha256=same, fetched_at=fetched_at) for n in (1, 2, 3)}
    assert told(site, outcomes(site, seen)) == ["unchanged /1", "fetched /2", "unchanged /3", "index /feed"]
    assert [site.count(f"/{n}") for n in (1, 2, 3)] == [0, 1, 1]


def test_a_text_that_has_not_changed_is_not_handed_over_again(site: Site) -> None:
    one, two, new = (f"<guid>{key}</guid><description>{text}</description>" for key, text in ("a1", "b2", "b3"))
    site.pages["/feed"] = rss(one, two)
    first = [one for one in outcomes(site, follow=False) if isinstance(one, Fetched) and not one.is_index]
    seen = {one.uri: Seen(sha256=hashlib.sha256(one.data).hexdigest()) for one in first}
    site.pages["/feed"] = rss(one, new)
    assert told(site, outcomes(site, seen, follow=False)) == ["unchanged /feed#a", "fetched /feed#b", "index /feed"]


def test_a_period_leaves_out_what_is_dated_elsewhere(site: Site) -> None:
    site.pages["/feed"] = rss(
        *(f"<link>{site.url(f'/{n}')}</link><pubDate>Wed, {n:02} May 2021 10:00:00 GMT</pubDate>" for n in (1, 2, 3)),
        f"<link>{site.url('/4')}</link>",
    )
    window = Window(datetime(2021, 5, 2, tzinfo=UTC), datetime(2021, 5, 2, 23, tzinfo=UTC))
    assert told(site, outcomes(site, None, window)) == ["fetched /2", "fetched /4", "index /feed"]


def test_older_pages_of_a_feed_are_read_back_to_the_beginning_asked_for(site: Site) -> None:
    def page(n: int) -> Reply:
        updated = f"<updated>2021-05-0{9 - n}T10:00:00Z</updated>"
        entry = f"<entry><id>{n}</id><link href='{site.url(f'/{n}')}'/>{updated}</entry>"
        older = f"<link rel='next' href='/feed?page={n + 1}'/>"
        return Reply(f"<feed xmlns='http://www.w3.org/2005/Atom'><title>P</title>{older}{entry}</feed>", ATOM)

    site.pages |= {"/feed": page(1)} | {f"/feed?page={n}": page(n) for n in (2, 3, 4)}
    assert told(site, outcomes(site)) == ["fetched /1", "index /feed"]
    since = Window(since=datetime(2021, 5, 7, tzinfo=UTC))
    assert told(site, outcomes(site, None, since)) == [
        "fetched /1", "index /feed", "fetched /2", "index /feed?page=2", "index /feed?page=3",
    ]  # fmt: skip
    site.pages["/feed?page=2"] = Reply(page(2).body.replace("page=3", "page=2"), RSS)  # type: ignore[arg-type]
    assert told(site, outcomes(site, None, since))[-1] == "index /feed?page=2"  # a circle ends
    assert told(site, outcomes(site, None, since, max_pages=1)) == ["fetched /1", "index /feed"]


def test_a_feed_that_cannot_be_had_is_told(site: Site) -> None:
    assert told(site, outcomes(site)) == ["missed /feed not_found"]


def test_many_entries_keep_their_order_while_some_are_fetched_at_once(site: Site) -> None:
    for n in range(120):
        site.pages[f"/n{n}"] = slow(Reply(str(n)), 0.01)
    site.pages["/feed"] = rss(*(f"<link>{site.url(f'/n{n}')}</link>" for n in range(120)))
    polite = {"delay": 0, "robots": False, "allow_private": True, "concurrency": 4}
    assert told(site, outcomes(site, fetch=polite)) == [f"fetched /n{n}" for n in range(120)] + ["index /feed"]
    assert 1 < site.most_at_once <= 4


def test_days_as_they_are_written() -> None:
    days = {
        "2021-05-05T23:30:00-05:00": date(2021, 5, 5), "Wed, 05 May 2021 23:30:00 -0500": date(2021, 5, 5),
        "5 May 2021": date(2021, 5, 5), "1970-01-01T00:00:00Z": None, "2021-13-45": None, "soon": None, "": None,
        "2021": None,
    }  # fmt: skip
    assert {text: written_day(text) for text in days} == days
    assert written_day(None) is None and written_day(20210505) is None


def test_json_feeds_with_odd_members(site: Site) -> None:
    items: list[Any] = [1, None, {"id": "x", "content_text": "A text", "date_published": 7, "title": ["t"]},
                        {"external_url": site.url("/1"), "date_published": "never"}, {"id": {}}]  # fmt: skip
    site.pages["/feed"] = Reply(json.dumps({"items": items, "title": 3, "next_url": {}}), "application/feed+json")
    found = told(site, outcomes(site))
    assert found[1:] == ["fetched /feed#x", "fetched /1", "missed /feed corrupt", "index /feed"]
    assert found[0].endswith("not_found") and isinstance(found[0], str)


def test_unchanged_is_what_the_server_says(site: Site) -> None:
    site.pages["/1"] = Reply("a", headers={"ETag": '"p"'})
    site.pages["/feed"] = rss(f"<link>{site.url('/1')}</link>")
    assert outcomes(site, {site.url("/1"): Seen(etag='"p"')})[0] == Unchanged(site.url("/1"))
