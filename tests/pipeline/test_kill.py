"""Killed at any moment and run again: the same tables as of a run that nobody disturbed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.site import Reply, Site

ROOT = Path(__file__).resolve().parents[2]
PAGES = 40
SENTENCES = (
    "Ministers of China and Russia met in the capital on Tuesday.",
    "They agreed on the price of grain for another year.",
    "India protested against the closing of the border.",
    "The president of Kenya will visit Norway in spring.",
    "A court fined the company for what it had spilt.",
    "Fishermen of both shores asked for calm and fuel.",
    "The port was opened again after nine weeks of strike.",
    "Observers counted fewer votes than the party had claimed.",
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder of texts and a feed, of which each tells a part of what the other has, and declarations of both."""
    folder = tmp_path_factory.mktemp("world")
    (folder / "texts").mkdir()
    chance = random.Random(2)
    stories = [" ".join(chance.choices(SENTENCES, k=14)) for _ in range(PAGES)]
    for number, story in enumerate(stories):
        (folder / "texts" / f"{number:02}.txt").write_text(f"Report {number}\n\n{story}\n" * (1 + number % 3))
    (folder / "texts" / "empty.txt").write_bytes(b"")
    (folder / "texts" / "odd.txt").write_bytes(bytes(range(256)))
    site = Site()
    links = ""
    for number, story in enumerate(stories):
        site.pages[f"/{number}"] = Reply(f"Agency copy {number}. {story}", "text/plain; charset=utf-8")
        links += f"<item><title>Page {number}</title><link>/{number}</link></item>"
    links += "<item><title>Gone</title><link>/gone</link></item>"
    site.pages["/feed"] = Reply(f'<rss version="2.0"><channel><title>Post</title>{links}</channel></rss>', "text/xml")
    with site.serving():
        common = "licence: own\nlanguage: en\nfloor: 0\nceiling: 999\n"
        (folder / "files.yml").write_text(f"path: texts\n{common}")
        (folder / "post.yml").write_text(
            f"reader: rss\nurl: {site.url('/feed')}\n{common}"
            "fetch: {allow_private: true, delay: 0, retries: 0, robots: false, concurrency: 4}\n"
        )
        yield folder


def environment(world: Path, home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COMITY_")}
    return kept | {"COMITY_HOME": str(home), "COMITY_SOURCES_DIR": str(world), "PYTHONPATH": str(ROOT)}


def start(world: Path, home: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "flows.cli", "ingest", "--json"],
        cwd=ROOT, env=environment(world, home), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip


def contents(home: Path) -> dict[str, Any]:
    """What the tables say, but for when and by which run."""
    questions = {
        "documents": "select * exclude (retrieved_at) from raw.documents",
        "issues": "select * exclude (first_seen_at, run_id) from ops.issues",
        "fetches": "select * exclude (fetched_at, checked_at, run_id, status) from ops.fetches",
        "duplicates": "select * exclude (compared_at, run_id) from ops.duplicates",
    }
    with duckdb.connect(str(home / "warehouse.duckdb")) as con:
        return {name: sorted(map(repr, con.execute(sql).fetchall())) for name, sql in questions.items()}


def undisturbed(world: Path, home: Path) -> tuple[dict[str, Any], float]:
    began = time.monotonic()
    process = start(world, home)
    _, error = process.communicate(timeout=120)
    assert process.returncode == 0, error.decode()
    return contents(home), time.monotonic() - began


def kill_often(world: Path, folder: Path, kills: int, seed: int) -> None:
    whole, seconds = undisturbed(world, folder / "whole")
    assert len(whole["documents"]) == 2 * PAGES and len(whole["issues"]) == 3
    assert sum("'near'" in row or "'exact'" in row for row in whole["duplicates"]) >= PAGES
    chance = random.Random(seed)
    killed = 0
    for number in range(kills):
        home = folder / f"home-{number % 3}"  # some homes are killed in again and again
        process = start(world, home)
        try:
            process.wait(timeout=seconds * chance.uniform(0.25, 1.0))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            killed += 1
        process.communicate()
    assert killed >= kills // 2
    for number in range(min(3, kills)):
        assert undisturbed(world, folder / f"home-{number}")[0] == whole


def test_killed_and_run_again_the_tables_are_the_same(world: Path, tmp_path: Path) -> None:
    kill_often(world, tmp_path, kills=10, seed=int(time.time()) // 60)


@pytest.mark.long
def test_killed_a_hundred_times(world: Path, tmp_path: Path) -> None:
    kill_often(world, tmp_path, kills=100, seed=1)
