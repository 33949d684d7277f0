"""The parse cache: same parses, asked for once, whatever happens to its file."""

from __future__ import annotations

import multiprocessing
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest

from coder.records import Parse
from flows.parses import CachedParser


class Counting:
    """A stand-in that parses by white space and remembers what it was asked."""

    def __init__(self, model_id: str = "stand/in-1") -> None:
        self.model_id = model_id
        self.asked: list[str] = []

    def parse(self, readings: Sequence[str]) -> list[Parse]:
        self.asked += readings
        return [_parse(reading) for reading in readings]


def _parse(reading: str) -> Parse:
    words = tuple(reading.split() or ["."])
    n = len(words)
    return Parse(words, words, ("NN",) * n, ("dep",) * n, tuple(range(n)), tuple(range(n)))


def test_each_reading_is_parsed_once_and_order_is_kept(tmp_path: Path) -> None:
    inner = Counting()
    cached = CachedParser(inner, tmp_path)
    assert cached.parse(["b a", "c", "b a"]) == [_parse("b a"), _parse("c"), _parse("b a")]
    assert inner.asked == ["b a", "c"]
    again = CachedParser(Counting(), tmp_path)
    assert again.parse(["c", "d", "b a"]) == [_parse("c"), _parse("d"), _parse("b a")]
    assert (again.hits, again.misses) == (2, 1)
    assert cached.parse([]) == []


def test_models_do_not_share_parses(tmp_path: Path) -> None:
    CachedParser(Counting("one-1"), tmp_path).parse(["a b"])
    other = CachedParser(Counting("one-2"), tmp_path)
    other.parse(["a b"])
    assert other.misses == 1
    assert len(list(tmp_path.glob("*.sqlite"))) == 2


def test_many_readings_and_odd_characters(tmp_path: Path) -> None:
    readings = [f"word{n} \x1f\x1e{n % 3} é 北\x00" for n in range(1500)]
    cached = CachedParser(Counting(), tmp_path)
    first = cached.parse(readings)
    assert cached.parse(readings) == first == [_parse(r) for r in readings]


def test_a_damaged_file_is_put_aside(tmp_path: Path) -> None:
    cached = CachedParser(Counting(), tmp_path)
    cached.parse(["a"])
    cached.close()
    cached.path.write_bytes(b"this is no database, and it is long enough to be looked at " * 100)
    again = CachedParser(Counting(), tmp_path)
    assert again.parse(["a"]) == [_parse("a")]
    assert again.problem is None and list(tmp_path.glob("*.damaged"))


def test_a_damaged_row_is_parsed_again(tmp_path: Path) -> None:
    cached = CachedParser(Counting(), tmp_path)
    cached.parse(["a b"])
    with sqlite3.connect(cached.path) as con:
        con.execute("update parses set parse = 'nonsense'")
    inner = Counting()
    again = CachedParser(inner, tmp_path)
    assert again.parse(["a b"]) == [_parse("a b")] and inner.asked == ["a b"]
    assert CachedParser(Counting(), tmp_path).parse(["a b"]) == [_parse("a b")]


def test_without_a_place_to_write_coding_goes_on(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("not a folder")
    cached = CachedParser(Counting(), file)
    assert cached.parse(["a"]) == [_parse("a")]
    assert cached.problem is not None and "goes on without it" in cached.problem


def _fill(folder: Path, offset: int) -> None:
    cached = CachedParser(Counting(), folder)
    for start in range(offset, offset + 200, 10):
        cached.parse([f"reading {n}" for n in range(start, start + 20)])


def test_processes_share_one_file(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_fill, args=(tmp_path, offset)) for offset in (0, 100, 50)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    cached = CachedParser(Counting(), tmp_path)
    cached.parse([f"reading {n}" for n in range(310)])
    assert cached.misses == 0


def test_a_real_parse_survives_the_cache(parser: CachedParser, tmp_path: Path) -> None:
    readings = [
        "China and Russia signed a treaty in Moscow on Monday.",
        "He didn't — “really” — say so…",
        "x",
    ]
    fresh = parser._parser.parse(readings)
    assert parser.parse(readings) == fresh
    assert parser.parse(readings) == fresh and parser.hits >= len(readings)


@pytest.mark.parametrize("model_id", ["../escape-1", "a b/c:d-1"])
def test_a_model_s_name_cannot_leave_the_folder(model_id: str, tmp_path: Path) -> None:
    assert CachedParser(Counting(model_id), tmp_path).path.parent == tmp_path
