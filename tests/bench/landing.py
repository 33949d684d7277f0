"""How fast small documents are landed: 1,000 files snapshotted, read and written to `raw.documents`.

The yardstick is what no landing can do without: read each file, hash it, and write its bytes elsewhere.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from tests.bench.corpora import documents
from tests.bench.figures import Figure, in_turn, middle, ratio
from tests.bench.homes import fresh_home, use

_FILES = 1000
_ROUNDS = 3


def measure() -> list[Figure]:
    """A first landing, and one that finds everything known."""
    from flows.ingest import ingest_path
    from flows.settings import load_settings, quiet_telemetry

    with fresh_home() as home:
        use(home / "0")
        quiet_telemetry(load_settings())
        texts = home / "texts"
        _write(texts)
        rounds = iter(range(1, _ROUNDS + 1))

        def land() -> None:
            use(home / str(next(rounds)))
            report = ingest_path(load_settings(), texts)
            assert report.documents_new == _FILES, report

        def land_again() -> None:
            report = ingest_path(load_settings(), texts)
            assert report.documents_new == 0, report

        def copy() -> None:
            _copy(texts, home / "copies")

        seconds = in_turn({"landing": land, "landing again": land_again, "copying": copy}, _ROUNDS)
    figures = []
    for what, name in (("landing", "landing 1,000 files"), ("landing again", "landing them again, all known")):
        took = middle(seconds[what])
        times = ratio(seconds[what], seconds["copying"])
        rate = f"{_FILES / took:,.0f} files/s; copying {_FILES / middle(seconds['copying']):,.0f}"
        figures.append(Figure("landing", name, "reading, hashing and copying the files", times, rate))
    return figures


def _write(texts: Path) -> None:
    """Files of a few paragraphs, no two alike."""
    texts.mkdir()
    stock = [document.text[:1500] for document in documents().documents]
    for number in range(_FILES):
        day = f"2021-{1 + number % 12:02d}-{1 + number % 28:02d}"
        body = f"Report {number}\n\n{stock[number % len(stock)]}\n"
        (texts / f"{day}-report-{number:04d}.txt").write_text(body, "utf-8")


def _copy(texts: Path, copies: Path) -> None:
    copies.mkdir(exist_ok=True)
    for file in sorted(texts.iterdir()):
        data = file.read_bytes()
        (copies / hashlib.sha256(data).hexdigest()).write_bytes(data)
