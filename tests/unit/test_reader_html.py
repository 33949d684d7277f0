"""Web pages: main text only, metadata with where it stood, encodings, and nothing that runs or fetches."""

from __future__ import annotations

import threading
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from sources.document import Document
from sources.errors import ReadError
from sources.fetched import Fetched, Hints
from sources.readers import load_reader, read_fetched
from sources.spec import adhoc_spec
from tests.formats import PROSE, page, pdf

SPEC = adhoc_spec(Path("texts"))
ARTICLE = f"<article><p>{PROSE * 2}</p><p>{PROSE}</p></article>"
TEXT = f"{(PROSE * 2).strip()}\n\n{PROSE.strip()}"


def read(data: bytes, name: str = "a.html") -> Document:
    (document,) = load_reader("folder").read(data, name, SPEC)
    return document


def test_the_main_text_without_what_stands_around_it() -> None:
    around = (
        "<nav><ul><li><a href=/>Home</a><li><a href=/world>World</a></ul></nav><h1>Ministers talk</h1>"
        f"{ARTICLE}<script>document.write('scripted')</script><style>p {{}}</style><noscript>No script</noscript>"
        "<aside><h3>Read also</h3><a href=/2>Another story</a></aside><footer>Copyright The Post</footer>"
    )
    assert read(page(around)).text == f"Ministers talk\n\n{TEXT}"


def test_metadata_and_where_they_stood() -> None:
    head = (
        "<title>Ministers talk - The Post</title><meta property=og:site_name content='The Post'>"
        "<meta property=og:title content='Ministers talk about a river'>"
        "<meta property=article:published_time content='2021-05-04T23:30:00-05:00'>"
        "<meta name=author content='Ana Example'><link rel=canonical href=https://post.example/1>"
    )
    document = read(page(ARTICLE, head, " lang=en-GB"))
    assert document == Document(
        "a.html", 1, "text/html", f"Ministers talk about a river\n\n{TEXT}", title="Ministers talk about a river",
        publisher="The Post", language="en", url="https://post.example/1", published_date=date(2021, 5, 4),
        published_precision="day", published_basis="metadata", author="Ana Example",
        found_in=("published: meta article:published_time", "title: meta og:title", "author: meta author",
                  "publisher: meta og:site_name", "language: html lang", "url: link canonical"),
    )  # fmt: skip


LD = '<script type="application/ld+json">{}</script>'
ONE = '{"@type":"NewsArticle","headline":"Talks","datePublished":"2021-05-04","author":[{"name":"Ana"},{"name":"Ben"}],'
ONE += '"publisher":{"@type":"Organization","name":"The Post"}}'


@pytest.mark.parametrize(
    ("body", "head", "day", "basis", "place"),
    [
        (ARTICLE, LD.format(ONE), "2021-05-04", "metadata", "JSON-LD datePublished"),
        (ARTICLE, LD.format(f'{{"@graph":[{ONE}]}}'), "2021-05-04", "metadata", "JSON-LD datePublished"),
        (ARTICLE, "<meta name=DC.date.issued content=2021-05-04>", "2021-05-04", "metadata", "meta dc.date.issued"),
        (ARTICLE, "<meta name=pubdate content=20210504103000>", "2021-05-04", "metadata", "meta pubdate"),
        (f"<span itemprop=datePublished content=2021-05-04>x</span>{ARTICLE}", "", "2021-05-04", "metadata",
         "itemprop datePublished"),
        (f"<time pubdate datetime=2021-05-04T10:00>May</time>{ARTICLE}", "", "2021-05-04", "metadata", "time pubdate"),
        (f"<article><h1>Ministers talk of rivers</h1><p>4 May 2021</p><p>{PROSE * 3}</p></article>", "", "2021-05-04",
         "text", "date line of the text"),
        (f"<time datetime=2021-05-04>yesterday</time>{ARTICLE}", "", "2021-05-04", "text", "date element of the page"),
        (f"<p class=date>May 4, 2021</p>{ARTICLE}", "", "2021-05-04", "text", "date element of the page"),
        (f"<p class=date>04/05/2021</p>{ARTICLE}", "", "None", "unknown", None),  # two readings are none
        (ARTICLE, "<meta name=date content=04/05/2021>", "None", "unknown", None),
        (ARTICLE, LD.format("{broken"), "None", "unknown", None),
        (f"{ARTICLE}<p>Copyright 2020</p>", "", "None", "unknown", None),
        (f"<article><p>{PROSE * 2}</p><p>They met on 12 May 2021 in Delhi.</p></article>", "", "None", "unknown", None),
    ],
)  # fmt: skip
def test_dates(body: str, head: str, day: str, basis: str, place: str | None) -> None:
    document = read(page(body, head))
    assert (str(document.published_date), document.published_basis) == (day, basis)
    assert [f for f in document.found_in if f.startswith("published")] == ([f"published: {place}"] if place else [])


def test_a_list_of_articles_does_not_date_its_page() -> None:
    other = ONE.replace("2021-05-04", "2020-01-01")
    assert read(page(ARTICLE, LD.format(f"[{ONE},{other}]"))).published_date is None


def test_several_authors_are_named() -> None:
    document = read(page(ARTICLE, LD.format(ONE)))
    assert (document.author, document.publisher, document.title) == ("Ana; Ben", "The Post", "Talks")


@pytest.mark.parametrize(
    ("encoding", "charset"),
    [("utf-8", "utf-8"), ("cp1251", "windows-1251"), ("gb18030", "gb2312"), ("cp1252", "iso-8859-1"),
     ("iso2022_jp", "iso-2022-jp"), ("utf-8", "iso-8859-1"), ("utf-16", "utf-16"), ("utf-8", "nonsense")],
)  # fmt: skip
def test_encodings_by_what_the_page_says_and_what_its_bytes_are(encoding: str, charset: str) -> None:
    words = {"cp1251": "Встреча", "gb18030": "北京", "iso2022_jp": "東京", "cp1252": "“Müller”"}.get(
        encoding, "Zoë – 北京"
    )
    html = f"<html><head><meta charset={charset}></head><body><p>{words} {PROSE}</p></body></html>"
    document = read(html.encode(encoding))
    assert document.text.startswith(words) and not document.notes


def test_a_few_broken_bytes_cost_no_page_but_many_do() -> None:
    few = page(f"<p>{PROSE * 5}</p>").replace(b"river", b"riv\xe9r", 1)
    document = read(few)
    assert "riv\ufffdr" in document.text and "in 1 places" in document.notes[0]
    with pytest.raises(ReadError) as caught:
        read(page(f"<p>{PROSE * 5}</p>").replace(b"e", b"\xe9"))
    assert caught.value.reason == "encoding"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"   ", "empty"),
        (page(""), "empty"),
        (page("<div id=root></div><noscript>Enable JavaScript</noscript><script>run()</script>"), "empty"),
        (b"<html>\x00\x00\x01</html>", "binary"),
    ],
)
def test_pages_without_text_have_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(ReadError) as caught:
        load_reader("html").read(data, "a.html", SPEC)
    assert caught.value.reason == reason and ";" in caught.value.detail


def test_short_pages_are_read_whole() -> None:
    assert read(page("<p>The ministers met in Delhi.</p>")).text == "The ministers met in Delhi."


def test_the_same_page_gives_the_same_text_however_often() -> None:
    data = page(f"<h1>Talks</h1>{ARTICLE}<ul><li>{PROSE}</ul>")
    assert len({read(data) for _ in range(5)}) == 1


def test_nothing_is_fetched() -> None:
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        at = f"http://127.0.0.1:{server.server_port}"
        head = (
            f"<base href={at}><link rel=stylesheet href=/a.css><script src=/a.js></script><link rel=canonical href=/c>"
        )
        body = f"<img src={at}/a.png><iframe src={at}/frame></iframe><object data={at}/o></object>{ARTICLE}"
        entity = f'<!DOCTYPE html [<!ENTITY x SYSTEM "{at}/entity">]>'.encode()
        assert read(page(body, head)).text == TEXT
        assert read(entity + page(f"{body}<p>&x;</p>", head)).text.startswith(TEXT)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert asked == []


def test_deep_and_endless_markup_ends() -> None:
    for data in (
        page("<div>" * 100_000 + PROSE),
        page("<p>" + "<b>" * 50_000 + PROSE),
        page("<table><tr><td>" * 5_000 + PROSE),
    ):
        try:
            assert read(data).text
        except ReadError as error:
            assert error.reason in ("empty", "unsafe", "damaged")


# what was fetched


def fetched(
    data: bytes, media_type: str = "text/html", uri: str = "https://post.example/a", **more: object
) -> list[Document]:
    return read_fetched(Fetched(uri, data, media_type, **more), SPEC)  # type: ignore[arg-type]


def test_hints_fill_what_the_page_does_not_say() -> None:
    hints = Hints("Told", "The Feed", "en", date(2021, 5, 3), "day")
    (document,) = fetched(page(ARTICLE), hints=hints)
    assert (document.title, document.publisher, document.language, document.url) == (
        "Told", "The Feed", "en", "https://post.example/a",
    )  # fmt: skip
    assert (document.published_date, document.published_basis) == (date(2021, 5, 3), "feed")
    said = page(ARTICLE, "<title>Said</title><meta name=date content=2021-05-04>", " lang=fr")
    (document,) = fetched(said, hints=hints)
    assert (document.title, document.language, document.published_basis) == ("Said", "fr", "metadata")


def test_a_feed_s_date_is_better_than_the_day_a_pdf_was_made() -> None:
    data = pdf([[(72, 700, 10, "They met in Delhi.")]], {"CreationDate": "D:20230105"})
    (document,) = fetched(
        data, "application/pdf", hints=Hints(published_date=date(2021, 5, 3), published_precision="day")
    )
    assert (document.published_date, document.published_basis, document.notes) == (date(2021, 5, 3), "feed", ())


def test_the_day_in_an_address_is_used_where_nothing_else_says_it() -> None:
    (document,) = fetched(page(ARTICLE), uri="https://post.example/world/2021/05/04/talks")
    assert (document.published_date, document.published_basis) == (date(2021, 5, 4), "filename")
    (document,) = fetched(page(ARTICLE), uri="https://post.example/2021/13/04/talks")
    assert document.published_date is None


@pytest.mark.parametrize(
    ("data", "media_type", "uri", "expected", "noted"),
    [
        (page(ARTICLE), "application/pdf", "https://a.example/x.pdf", "text/html", True),
        (page(ARTICLE), "", "https://a.example/x", "text/html", False),
        (page(ARTICLE), "application/octet-stream", "https://a.example/x.html?y=1.pdf", "text/html", False),
        (pdf([[(72, 700, 10, "They met.")]]), "text/html", "https://a.example/x", "application/pdf", True),
        (b"They met in Delhi.", "text/html", "https://a.example/x.txt", "text/plain", False),
        (b"They met in Delhi.", "text/plain", "https://a.example/x", "text/plain", False),
        (b"# They met\n\nin Delhi", "text/plain", "https://a.example/x.md", "text/markdown", False),
        (b'{"text": "They met."}', "application/json", "https://a.example/x", "application/jsonl", False),
        (b"From: a@b.c\nSubject: Talks\n\nThey met.", "", "https://a.example/x", "message/rfc822", False),
    ],
)
def test_content_wins_over_what_it_is_called(
    data: bytes, media_type: str, uri: str, expected: str, noted: bool
) -> None:
    (document,) = fetched(data, media_type, uri)
    assert document.media_type == expected
    assert any("it is called" in note for note in document.notes) == noted


def test_a_charset_of_the_header_is_used_and_a_mad_one_is_not() -> None:
    (document,) = fetched("Встреча в Москве".encode("cp1251"), "text/plain", charset="windows-1251")
    assert document.text == "Встреча в Москве"
    for charset in ("zlib", "idna", "no-such", "utf-7", "\x00"):
        assert fetched(b"They met.", "text/plain", charset=charset)[0].text == "They met."


@pytest.mark.parametrize("media_type", ["image/png", "video/mp4"])
def test_pictures_and_films_are_refused_by_their_name(media_type: str) -> None:
    with pytest.raises(ReadError) as caught:
        fetched(b"something", media_type)
    assert caught.value.reason == "binary"


def test_an_index_has_no_documents() -> None:
    assert fetched(page(ARTICLE), is_index=True) == []
