"""Readers under load: many processes ask without pause while releases come and old ones go."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from flows.publish import publish, releases
from flows.settings import Settings
from flows.warehouse import open_warehouse

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(("reader_count", "publication_count"), [(6, 6), pytest.param(20, 50, marks=pytest.mark.long)])
def test_no_query_fails_and_none_sees_a_half(built: Settings, reader_count: int, publication_count: int) -> None:
    publish(built, "r000")
    readers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.readers", str(built.home), ("link", "resolved")[number % 2], str(number)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(reader_count)
    ]
    try:
        began = time.monotonic()
        while len(list(built.home.glob("reading-*"))) < reader_count:
            assert time.monotonic() - began < 120, "the readers do not get going"
            time.sleep(0.05)
        for number in range(1, publication_count + 1):
            with open_warehouse(built) as con:  # what the next release shows differs in two tables
                for table, key in (("documents", "document_id"), ("events", "event_id")):
                    con.execute(
                        f"insert into marts.{table} select * replace ('n{number}' as {key}) from marts.{table} limit 1"
                    )
            publish(built, f"r{number:03}")
    finally:
        (built.home / "stop").touch()
        answers = [reader.communicate(timeout=120) for reader in readers]
    seen = [json.loads(out or '{"errors": ["it died"]}') | {"stderr": err} for out, err in answers]

    assert [error for answer in seen for error in answer["errors"]] == []
    assert all(answer["stderr"] == "" for answer in seen)
    assert all(answer["count"] > 0 for answer in seen)
    read = {run_id for answer in seen for run_id in answer["runs"]}
    assert read <= {f"r{number:03}" for number in range(publication_count + 1)}
    assert len(read) > publication_count / 2, "the readers read while releases came"
    assert [path.stem for path in releases(built)] == [
        f"marts-r{number:03}" for number in range(publication_count - 4, publication_count + 1)
    ]
