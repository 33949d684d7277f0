"""Broken bytes of every format: a reader gives documents that can be stored, or ReadError, in bounded time and memory.

The inputs are whole files with flipped bits, cut ends, doubled, lost and foreign stretches, and plain noise. They come
of a fixed seed, so that a failure can be had again by its number.
"""

from __future__ import annotations

import random
import resource
import time
from functools import cache
from pathlib import Path

import pytest

from sources.errors import ReadError
from sources.fetched import Fetched
from sources.readers import kind_of, load_reader, read_fetched, reader_keys
from sources.spec import adhoc_spec
from tests.formats import PROSE, column, docx, eml, gzipped, jsonl, page, parquet, pdf, zipped

SPEC = adhoc_spec(Path("texts"))
SECONDS = 30  # for one file, on a busy machine; the slowest of 5,000 take one
MEGABYTES = 700  # that this process may grow by over all files; a worker has its own limit


@cache
def seeds() -> dict[str, bytes]:
    """A whole file of each format, by a name with its suffix."""
    lines = column([PROSE[:90], PROSE[90:180], "They met in Delhi."])
    rows = [{"text": PROSE, "title": f"Round {n}", "published": "2021-05-04", "id": str(n)} for n in range(20)]
    listed = "text,title\n" + "".join(f'"{row["text"]}",{row["title"]}\n' for row in rows)
    web = page(f"<article><h1>Talks</h1><p>{PROSE * 3}</p><ul><li>One<li>Two</ul></article>", "<title>Talks</title>")
    word, book = docx(["# Talks of ministers", PROSE, "4 May 2021"]), pdf([lines, lines], {"Title": "Talks"})
    table = parquet({"text": [row["text"] for row in rows], "title": [row["title"] for row in rows]})
    mail = eml(PROSE, page=f"<p>{PROSE}</p>", attached={"a.docx": word, "b.pdf": book, "c.txt": PROSE.encode()})
    text = f"Talks of ministers\n\n4 May 2021\n\n{PROSE * 8}\n\nMore talks of them\n\n5 May 2021\n\n{PROSE * 8}"
    files = {
        "a.txt": text.encode(), "a.md": f"---\ntitle: Talks\ndate: 2021-05-04\n---\n# Talks\n\n{text}".encode(),
        "a.html": web, "a.pdf": book, "b.pdf": pdf([lines], packed=False), "a.docx": word, "a.eml": mail,
        "a.jsonl": jsonl(rows), "a.csv": listed.encode(), "a.parquet": table, "a.txt.gz": gzipped(text.encode()),
    }  # fmt: skip
    return files | {"a.zip": zipped(files), "a.json": b"[" + b",".join(jsonl(rows).splitlines()) + b"]"}


def broken(number: int) -> tuple[str, bytes]:
    """The input of that number: its name and its bytes."""
    chance = random.Random(number)
    name = chance.choice(sorted(seeds()))
    data = bytearray(seeds()[name])
    kind = number % 7
    if kind == 0:
        data = bytearray(chance.randbytes(chance.randrange(4_000)))
    elif kind == 1:
        del data[chance.randrange(len(data)) :]
    elif kind == 2:
        data[:] = data[:8] + chance.randbytes(chance.randrange(2_000))  # what shows its format, then noise
    elif kind == 3:
        at = chance.randrange(len(data))
        data[at : at + chance.randrange(1, 200)] = b""
    elif kind == 4:
        at, end = sorted(chance.randrange(len(data)) for _ in range(2))
        data[at:at] = data[at:end]
    for _ in range(chance.choice((1, 3, 30, 300)) if kind > 3 and data else 0):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    if chance.random() < 0.1:
        name = chance.choice(sorted(seeds()))  # called something else
    return name, bytes(data)


def check(number: int, how: str) -> float:
    """Read it as a folder, a fetch or its own reader does; how long that took."""
    name, data = broken(number)
    began = time.monotonic()
    try:
        if how == "fetched":
            types = ("", "text/html", "application/pdf", "text/plain", "application/zip")
            documents = read_fetched(
                Fetched(f"https://x.example/{name}", data, types[number % 5], charset=("utf-8", None)[number % 2]), SPEC
            )
        else:
            documents = load_reader(how).read(data, name, SPEC)
        assert documents, "no documents and no reason"
        for document in documents:
            for value in (
                document.text,
                document.title,
                document.author,
                document.publisher,
                document.uri,
                *document.notes,
            ):
                (value or "").encode("utf-8")
            assert any(character.isalnum() for character in document.text) and "\r" not in document.text
        for problem in documents[0].problems:
            assert problem.reason and problem.detail and problem.uri.encode("utf-8")
    except ReadError as error:
        assert error.reason and error.detail.encode("utf-8")
    return time.monotonic() - began


def sweep(numbers: range) -> None:
    formats = [key for key in reader_keys() if kind_of(key) == "format"]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    slowest = (0.0, -1)
    for number in numbers:
        how = ("folder", "fetched", formats[number // 3 % len(formats)])[number % 3]
        try:
            slowest = max(slowest, (check(number, how), number))
        except Exception as error:
            name, data = broken(number)
            raise AssertionError(f"input {number} ({name}, {len(data)} bytes) as {how}: {error!r}") from error
    assert slowest[0] < SECONDS, f"input {slowest[1]} took {slowest[0]:.1f} s"
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < MEGABYTES


def test_whole_files_are_read() -> None:
    for name, data in seeds().items():
        assert load_reader("folder").read(data, name, SPEC)


def test_two_hundred_broken_files() -> None:
    sweep(range(200))


@pytest.mark.long
def test_five_thousand_broken_files() -> None:
    sweep(range(200, 5_200))
