"""The cases of the test site: what is served, and what must become of it. docs/fetching.md holds them as a table.

`python -m tests.site_cases` writes that table; tests/pipeline/test_site.py runs every case through the ingest flow and
compares the table.
"""

from __future__ import annotations

import gzip
import io
import textwrap
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests import formats
from tests.site import HTML, TEXT, Page, Reply, Site, drip, endless, hang_up, redirect

DOCUMENT = Path(__file__).parents[1] / "docs" / "fetching.md"
BEGIN, END = "<!-- cases: written by python -m tests.site_cases -->\n", "<!-- end of cases -->\n"
RSS = "application/rss+xml"
WORDS = (
    "The foreign ministers of China and Russia met in Moscow on Tuesday and agreed to widen their cooperation in "
    "trade, energy and space. They spoke for three hours about the situation in Afghanistan and about talks with Iran. "
    "Both sides called the meeting useful. A joint statement said that they would hold further consultations before "
    "the summit in September, and that working groups on transport and agriculture would meet every month until then."
)


def article(title: str, text: str = WORDS) -> Reply:
    """A page as newspapers have them."""
    return Reply(
        f"<!doctype html><html lang=en><head><title>{title}</title></head><body><nav><a href=/>Home</a></nav>"
        f"<article><h1>{title}</h1><p>{text}</p></article></body></html>",
        HTML,
    )


def feed(site: Site, *paths: str, **more: str) -> Reply:
    """A feed with a link to each path."""
    items = "".join(f"<item><title>Of {path}</title><link>{site.url(path)}</link></item>" for path in paths)
    return Reply(f"<rss version='2.0'><channel><title>P</title>{items}</channel></rss>", RSS, headers=more)


def bomb() -> bytes:
    """A zip of 200 kilobytes that unpacks to 200 megabytes."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for n in range(4):
            archive.writestr(f"{n}.txt", bytes(50_000_000))
    return data.getvalue()


@dataclass(frozen=True)
class Case:
    """One thing that servers do."""

    name: str
    served: str
    pages: Callable[[Site], Mapping[str, Page]]
    declared: Callable[[Site], Mapping[str, Any]]
    documents: int = 0
    issues: Mapping[str, str] = field(default_factory=dict)  # path: stage/reason
    asked: Mapping[str, int] = field(default_factory=dict)  # path: requests, over all runs
    runs: int = 1
    remark: str = ""  # what the numbers do not say
    is_public: bool = False  # 127.0.0.1 counts as a public address, and the declaration allows no private one

    @property
    def outcome(self) -> str:
        """What becomes of it, for the table."""
        words = [f"{self.documents} document{'s' * (self.documents != 1)}"] if self.documents else []
        words += [f"issue `{reason}`" for reason in dict.fromkeys(self.issues.values())]
        words += [
            f"`{path}` asked for {count} times" if count else f"`{path}` not asked for"
            for path, count in self.asked.items()
            if count != 1
        ]
        return "; ".join([*words, *([self.remark] if self.remark else [])])


def pages(*paths: str, **keys: Any) -> Callable[[Site], Mapping[str, Any]]:
    """A declaration of pages by their addresses."""
    return lambda site: {"reader": "web", "urls": [site.url(path) for path in paths]} | keys


def of_feed(**keys: Any) -> Callable[[Site], Mapping[str, Any]]:
    """A declaration of the site's feed."""
    return lambda site: {"reader": "rss", "url": site.url("/feed")} | keys


def serving(**named: Page) -> Callable[[Site], Mapping[str, Page]]:
    """Pages that need not know where they are served; `robots` stands for /robots.txt."""
    return lambda _: {("/robots.txt" if name == "robots" else f"/{name}"): page for name, page in named.items()}


def fetched(**keys: Any) -> dict[str, Any]:
    """A declaration's `fetch:`, for keys that differ from the tests' own."""
    return {"fetch": keys}


def _sitemaps(site: Site) -> Mapping[str, Page]:
    def urls(*paths: str) -> str:
        return "".join(f"<url><loc>{site.url(path)}</loc></url>" for path in paths)

    index = f"<sitemapindex><sitemap><loc>{site.url('/s.xml.gz')}</loc></sitemap></sitemapindex>"
    return {
        "/sitemap.xml": Reply(index, "application/xml"),
        "/s.xml.gz": Reply(gzip.compress(f"<urlset>{urls('/news/1', '/news/2', '/tag/x')}</urlset>".encode())),
        "/news/1": article("One"),
        "/news/2": article("Two", WORDS[60:]),
    }


def _lists(site: Site) -> Mapping[str, Page]:
    return {
        "/list": Reply("<a href=/news/1>1</a> <a href=/about>a</a> <a href='/list?page=2'>older</a>"),
        "/list?page=2": Reply("<a href=/news/2>2</a> <a href=/list>newer</a> <a href='/list?page=2'>this</a>"),
        "/news/1": article("One"),
        "/news/2": article("Two", WORDS[60:]),
    }


ENTITIES = '<!DOCTYPE rss [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefghi", "bcdefghij", strict=True)
)
CHANGED = WORDS.replace("Tuesday", "Wednesday").replace("three hours", "two hours").replace("useful", "fruitful")
OLD = "Sun, 01 Nov 2020 00:00:00 GMT"

CASES = [
    Case("feed with linked pages", "RSS with two links", lambda s: {"/feed": feed(s, "/1", "/2"), "/1": article("One"),
         "/2": article("Two", WORDS[60:])}, of_feed(), 2, asked={"/1": 1, "/2": 1}),
    Case("feed as text", "a feed whose entries have no link, and one of them a text",
         serving(feed=Reply(f"<rss version='2.0'><channel><item><guid>a1</guid><description>{WORDS}</description>"
                            "</item><item><title>Empty</title></item></channel></rss>", RSS)),
         of_feed(follow=False), 1, {"/feed#9790e3d40288ec4f": "fetch/not_found"}),
    Case("broken feed", "RSS that is not well formed",
         lambda s: {"/feed": Reply(feed(s, "/1").body.replace("Of /1", "A & <b>B"), RSS), "/1": article("One")},
         of_feed(), 1, {"/feed": "fetch/corrupt"}),
    Case("no feed", "a page where the feed was", serving(feed=article("Moved")), of_feed(), 0,
         {"/feed": "fetch/wrong_type"}),
    Case("entity bomb", "a feed whose ten nested entities stand for ten gigabytes",
         serving(feed=Reply(ENTITIES + "]><rss><channel><title>&j;</title></channel></rss>", RSS)), of_feed(), 0,
         {"/feed": "fetch/unsafe"}),
    Case("feed that has not changed", "a feed with an ETag, asked for in two runs",
         lambda s: {"/feed": feed(s, "/1", ETag='"1"'), "/1": article("One")}, of_feed(), 1,
         asked={"/feed": 2, "/1": 1}, runs=2, remark="the second run gets 304 and asks for nothing else"),
    Case("page that fails once", "the same feed, whose page answers 404 in the first run",
         lambda s: {"/feed": feed(s, "/1", ETag='"1"'), "/1": [Reply("", None, 404), article("One")]}, of_feed(), 1,
         {"/1": "fetch/not_found"}, asked={"/feed": 2, "/1": 2}, runs=2,
         remark="the second run asks for the feed whole, so for the page again, and settles the issue"),
    Case("sitemap", "an index of sitemaps, one of them gzip; `include: [news/*]`", _sitemaps,
         lambda s: {"reader": "web", "sitemap": s.url("/sitemap.xml"), "include": ["news/*"]}, 2, asked={"/tag/x": 0}),
    Case("index page", "links to articles, and to an older page that links back", _lists,
         lambda s: {"reader": "web", "url": s.url("/list"), "link_pattern": "/news/", "next_pattern": "page="}, 2,
         asked={"/about": 0, "/list": 1, "/list?page=2": 1}),
    Case("PDF", "a PDF", serving(a=Reply(formats.pdf([formats.column(textwrap.wrap(WORDS, 80))]), "application/pdf")),
         pages("/a"), 1),
    Case("redirect", "302 to a page", serving(a=redirect("/b"), b=article("One")), pages("/a"), 1),
    Case("redirect loop", "302 to itself by way of another", serving(a=redirect("/b"), b=redirect("/a")), pages("/a"),
         0, {"/a": "fetch/bad_redirect"}, {"/a": 1, "/b": 1}),
    Case("redirect to a file", "302 to file:///etc/passwd", serving(a=redirect("file:///etc/passwd")), pages("/a"), 0,
         {"/a": "fetch/bad_redirect"}),
    Case("redirect to a private address", "302 from a public address to 169.254.169.254",
         serving(a=redirect("http://169.254.169.254/latest/meta-data/")), pages("/a"), 0,
         {"/a": "fetch/private_address"}, is_public=True),
    Case("private address", "a page, asked for without `allow_private`", serving(a=article("One")),
         pages("/a", **fetched(allow_private=False)), 0, {"/a": "fetch/private_address"}, {"/a": 0}),
    Case("404", "404", serving(), pages("/a"), 0, {"/a": "fetch/not_found"}, {"/a": 1}),
    Case("403", "403", serving(a=Reply("", None, 403)), pages("/a"), 0, {"/a": "fetch/refused"}, {"/a": 1}),
    Case("429, then success", "429 with `Retry-After: 1`, then the page",
         serving(a=[Reply("", None, 429, {"Retry-After": "1"}), article("One")]), pages("/a"), 1, asked={"/a": 2},
         remark="a second later"),
    Case("503 for ever", "503", serving(a=Reply("", None, 503)), pages("/a"), 0, {"/a": "fetch/rate_limited"},
         {"/a": 3}, remark="with `retries: 2`"),
    Case("500 for ever", "500", serving(a=Reply("", None, 500)), pages("/a"), 0, {"/a": "fetch/server_error"},
         {"/a": 3}, remark="with `retries: 2`"),
    Case("hang-up", "a connection that ends without an answer", serving(a=hang_up), pages("/a"), 0,
         {"/a": "fetch/network"}, {"/a": 3}, remark="with `retries: 2`"),
    Case("slow page", "a byte every tenth of a second; `timeout: 0.5`", serving(a=drip(b"x" * 999, 0.1)),
         pages("/a", **fetched(timeout=0.5, retries=0)), 0, {"/a": "fetch/timeout"}),
    Case("50 MB page", "50 MB without a length; `max_bytes: 1000000`", serving(a=endless(50_000_000)),
         pages("/a", max_bytes=1_000_000), 0, {"/a": "fetch/too_large"}, remark="left after the first megabytes"),
    Case("exploding gzip", "a gzip body of 50 KB that unpacks to 50 MB; `max_bytes: 1000000`",
         lambda _: {"/a": Reply(gzip.compress(bytes(50_000_000)), HTML, headers={"Content-Encoding": "gzip"})},
         pages("/a", max_bytes=1_000_000), 0, {"/a": "fetch/too_large"}),
    Case("zip bomb", "a zip of 200 KB that unpacks to 200 MB", lambda _: {"/a": Reply(bomb(), "application/zip")},
         pages("/a"), 0, {"/a": "read/unsafe"}),
    Case("picture as a page", "a PNG called text/html",
         serving(a=Reply(b"\x89PNG\r\n\x1a\n" + bytes(range(256)), HTML)), pages("/a"), 0, {"/a": "read/binary"}),
    Case("page as a picture", "a page called image/png", serving(a=Reply(article("One").body, "image/png")),
         pages("/a"), 1, remark="it is read as what it is"),
    Case("page as a PDF", "a page called application/pdf", serving(a=Reply(article("One").body, "application/pdf")),
         pages("/a"), 1, {"/a": "read/metadata"}, remark="it is read as what it is"),
    Case("empty page", "200 and no bytes", serving(a=Reply("", HTML)), pages("/a"), 0, {"/a": "read/empty"}),
    Case("broken UTF-8", "text called UTF-8 that is not", serving(a=Reply(b"Z\xfcrich: talks \xff\xfe held", TEXT)),
         pages("/a"), 0, {"/a": "read/encoding"}),
    Case("re-post", "two pages, the second with three words changed",
         serving(a=article("One"), b=article("One", CHANGED)), pages("/a", "/b"), 2,
         remark="the second is a `duplicate_of` the first"),
    Case("ETag", "a page with an ETag, in two runs",
         serving(a=Reply(article("One").body, HTML, headers={"ETag": '"7"'})), pages("/a"), 1, asked={"/a": 2},
         runs=2, remark="the second time it answers 304"),
    Case("Last-Modified", "a page with a date, in two runs",
         serving(a=Reply(article("One").body, HTML, headers={"Last-Modified": OLD})), pages("/a"), 1, asked={"/a": 2},
         runs=2, remark="the second time it answers 304"),
    Case("robots.txt", "a robots.txt that forbids one of two pages",
         serving(robots=Reply("User-agent: *\nDisallow: /b\n", TEXT), a=article("One"), b=article("Two")),
         pages("/a", "/b"), 1, {"/b": "fetch/refused"}, {"/robots.txt": 1, "/b": 0}),
    Case("robots.txt that fails", "503 for robots.txt", serving(robots=Reply("", None, 503), a=article("One")),
         pages("/a"), 0, {"/a": "fetch/rate_limited"}, {"/a": 0}),
]  # fmt: skip


def table() -> str:
    """The cases as a Markdown table."""
    rows = [f"| {case.name} | {case.served} | {case.outcome} |" for case in CASES]
    return "\n".join(["| Case | What is served | What becomes of it |", "|---|---|---|", *rows, ""])


def written(document: str) -> str:
    """The document with the table of now."""
    head, rest = document.split(BEGIN)
    return head + BEGIN + table() + END + rest.split(END)[1]


if __name__ == "__main__":
    DOCUMENT.write_text(written(DOCUMENT.read_text("utf-8")), "utf-8")
