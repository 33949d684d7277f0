"""How fast documents are landed: files snapshotted, read, written to `raw.documents` and compared with all others.

The yardstick is what no landing can do without: read each file, hash it, and write its bytes elsewhere. Many documents
are landed in a process of their own, `python -m tests.bench.landing FOLDER`, whose memory must not grow with them.
"""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
import time
from pathlib import Path

from tests.bench.corpora import PROJECT, documents
from tests.bench.figures import Figure, at_least, in_turn, middle, ratio, under
from tests.bench.homes import environment, fresh_home, use
from tests.bench.memory import peak_megabytes

_FILES = 1000
_ROUNDS = 3
_FEW, _MANY, _WORDS = 2000, 10_000, 500
_LEAST_RATE = 300.0  # documents a second on two cores
_MOST_GROWTH = 1.5  # of the peak of memory, for five times as many documents


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
    return figures + _many()


def land_many(folder: Path, count: int) -> dict[str, float]:
    """Seconds and peak of memory of landing that many documents of 500 words in a process of their own."""
    texts = folder / f"texts-{count}"
    texts.mkdir()
    chance = random.Random(count)
    stock = [word for document in documents().documents[:40] for word in document.text.split()]
    for number in range(count):
        places = (chance.randrange(len(stock) - 50) for _ in range(_WORDS // 50))
        body = "\n".join(" ".join(stock[place : place + 50]) for place in places)
        (texts / f"{number:06}.txt").write_text(f"Report number {number}\n\n{body}\n", "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.landing", str(texts)],
        cwd=PROJECT, env=environment(folder / f"home-{count}"), capture_output=True, text=True, check=True,
    )  # fmt: skip
    found: dict[str, float] = json.loads(done.stdout)
    assert found["documents"] == count, found
    return found


def _many() -> list[Figure]:
    with fresh_home() as home:
        few, many = land_many(home, _FEW), land_many(home, _MANY)
    rate = _MANY / many["seconds"]
    growth = many["megabytes"] / few["megabytes"]
    return [
        Figure(
            "landing", "landing 10,000 documents of 500 words, documents a second", "a second", rate,
            f"{many['seconds']:.1f} s", *at_least(rate, _LEAST_RATE),
        ),
        Figure(
            "landing", "peak of memory for them", "peak for 2,000 of them", growth,
            f"{many['megabytes']:,.0f} MB; {few['megabytes']:,.0f} MB", *under(growth, _MOST_GROWTH, "times"),
        ),
    ]  # fmt: skip


def main() -> None:
    """Land a folder and tell how it went."""
    from flows.ingest import ingest_path
    from flows.settings import load_settings

    began = time.perf_counter()
    report = ingest_path(load_settings(), Path(sys.argv[1]))
    seconds = time.perf_counter() - began
    print(json.dumps({"documents": report.documents_new, "seconds": seconds, "megabytes": peak_megabytes()}))


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


if __name__ == "__main__":
    main()
