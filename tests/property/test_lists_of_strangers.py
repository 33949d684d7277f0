"""Feeds, sitemaps and index pages are written by strangers: whatever their bytes, they are a list or one reason."""

from __future__ import annotations

import gzip

from hypothesis import example, given, settings
from hypothesis import strategies as st

from sources.bodies import BrokenBodyError, TooLargeError, read_body
from sources.feeds import Feed, parse_feed
from sources.fetched import FetchError
from sources.links import links_of
from sources.sitemaps import Sitemap, parse_sitemap

FEED = (
    "<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel><title>Zoë</title><link>http://x/</link>"
    "<item><title>A &amp; B</title><link>http://x/1</link><pubDate>Wed, 05 May 2021 10:00:00 GMT</pubDate>"
    "<description><![CDATA[<p>One</p>]]></description></item></channel></rss>"
).encode()
ATOM = (
    b"<feed xmlns='http://www.w3.org/2005/Atom' xml:base='http://x/'><title>P</title><link rel='next' href='?2'/>"
    b"<entry><id>a</id><link href='1'/><updated>2021-05-05T10:00:00Z</updated><content type='xhtml'><div>"
    b"<p>One</p></div></content></entry></feed>"
)
JSON = b'{"version": "1", "items": [{"id": "1", "url": "http://x/1", "date_published": "2021-05-05T10:00:00Z"}]}'
SITEMAP = b"<urlset><url><loc>http://x/1</loc><lastmod>2021-05-05T10:00:00Z</lastmod></url></urlset>"
PAGE = b"<html><head><base href='/a/'></head><body><a href='b?c=d#e'>x</a><area href='//y/'></body></html>"
SAMPLES = [FEED, ATOM, JSON, SITEMAP, PAGE, gzip.compress(SITEMAP, mtime=0), FEED.decode().encode("utf-16")]
PIECES = [b"<", b">", b"&", b"\x00", b"\xff", b"<!--", b"]]>", b"<![CDATA[", b"<!DOCTYPE x [", b"<!ENTITY a 'b'>",
          b"&a;", b"9999999999999", b"-1", b"http://[", b"//", b"%zz", b"<rss>", b"</item>", b'"', b"null",
          b"[[[["]  # fmt: skip


@st.composite
def spoiled(draw: st.DrawFn) -> bytes:
    """A sample with bytes put in, taken out or turned over."""
    data = draw(st.sampled_from(SAMPLES))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(data)))
        piece = draw(st.one_of(st.sampled_from(PIECES), st.binary(max_size=8)))
        data = data[:at] + piece + data[at + draw(st.integers(0, 20)) :]
    return data


@example(FEED.replace(b"utf-8", b"tf-8"), None)
@example(FEED.replace(b"utf-8", b"\xffutf-8"), None)
@given(spoiled(), st.sampled_from([None, "utf-8", "utf-16", "iso-8859-1", "nonsense"]))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_a_list_or_one_reason(data: bytes, charset: str | None) -> None:
    for parse in (lambda: parse_feed(data, "http://x/", charset), lambda: parse_sitemap(data, "http://x/", 10**6)):
        try:
            assert isinstance(parse(), Feed | Sitemap)
        except FetchError as error:
            assert error.reason in ("wrong_type", "unsafe", "corrupt", "too_large") and ";" in error.detail
    assert all(link.startswith(("http://", "https://")) for link in links_of(data, "http://x/", charset))


@given(st.binary(max_size=2000), st.lists(st.integers(1, 500)), st.integers(0, 3000))
@settings(deadline=None)
def test_unpacking_gives_back_what_was_packed_within_the_limit(data: bytes, cuts: list[int], most: int) -> None:
    packed, chunks = gzip.compress(data), []
    for cut in [*cuts, len(packed)]:
        chunks.append(packed[:cut])
        packed = packed[cut:]
    whole = b"".join(chunks)
    try:
        assert read_body(chunks, "gzip", most) == data
    except TooLargeError:
        assert len(data) > most or len(whole) > most


@given(st.binary(max_size=200), st.sampled_from(["gzip", "deflate", "identity", "br", ""]))
def test_any_body_is_bytes_or_told(data: bytes, encoding: str) -> None:
    try:
        assert isinstance(read_body([data], encoding, 10**6), bytes)
    except BrokenBodyError as error:
        assert str(error)
