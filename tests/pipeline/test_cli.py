"""The verbs as a person or a program calls them: output, exit codes, one sentence for every mistake."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from flows import cli
from flows.publish import publish
from flows.settings import Settings
from flows.status import is_overdue
from tests.world import MEETING

ROOT = Path(__file__).resolve().parents[2]


def call(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["comity", *arguments])
    code = cli._call()
    out, err = capfd.readouterr()
    return code, out, err


@pytest.fixture
def published(built: Settings) -> Settings:
    publish(built, "r1", checks={"events.a": "passed"})
    return built


@pytest.fixture
def comity(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    return lambda *arguments: call(capfd, monkeypatch, *arguments)


def test_query_prints_for_people_and_for_programs(published: Settings, comity) -> None:  # type: ignore[no-untyped-def]
    columns = "event_code, event_date, 1.5::decimal(4,1) as d, [1, 2] as l"
    sql = f"select {columns} from events where event_code = '040'"
    code, out, _ = comity("query", sql)
    assert code == 0
    assert out.split("\n")[0].split() == ["event_code", "event_date", "d", "l"]
    row = {"event_code": "040", "event_date": "2021-06-28", "d": 1.5, "l": [1, 2]}
    assert json.loads(comity("query", sql, "--json")[1]) == [row]
    assert json.loads(comity("query", sql, "--jsonl")[1]) == row
    assert list(csv.reader(io.StringIO(comity("query", sql, "--csv")[1])))[1] == [
        "040",
        "2021-06-28",
        "1.5",
        "[1, 2]",
    ]
    assert json.loads(comity("query", "select 1 where false", "--json")[1]) == []
    assert json.loads(comity("query", "select 'nan'::double as x", "--json")[1]) == [{"x": None}]


@pytest.mark.parametrize(
    "sql",
    [
        "copy events to '{home}/out.csv'",
        "select * from read_csv('{home}/secret.csv')",
        "select * from '{home}/secret.csv'",
        "attach '{home}/other.duckdb' as other",
        "export database '{home}/out'",
        "set enable_external_access = true",
        "install httpfs",
        "load httpfs",
        "delete from events",
        "create table t as select 1",
        "drop table events",
        "update events set goldstein = 0",
        "select * from secret",
    ],
)
def test_query_cannot_leave_or_change_the_published_file(
    published: Settings,
    comity,  # type: ignore[no-untyped-def]
    sql: str,
) -> None:
    (published.home / "secret.csv").write_text("a\n1\n")
    before = sorted(path.name for path in published.home.iterdir())
    code, out, err = comity("query", sql.format(home=published.home))
    assert (code, out) == (2, "")
    assert err.startswith("comity: ") and "Traceback" not in err and err.count("\n") == 1
    assert sorted(path.name for path in published.home.iterdir()) == before
    assert comity("query", "select count(*) as n from events", "--csv")[1] == "n\n4\n"


def test_query_mistakes_are_one_sentence(published: Settings, settings: Settings, comity) -> None:  # type: ignore[no-untyped-def]
    code, _, err = comity("query", "select evnt_id from events")
    assert code == 2 and "evnt_id" in err
    assert comity("query", " ")[0] == 2
    assert "only one of" in comity("query", "select 1", "--json", "--csv")[2]


def test_nothing_published_yet(settings: Settings, comity) -> None:  # type: ignore[no-untyped-def]
    code, _, err = comity("query", "select 1")
    assert code == 2 and "comity run" in err
    code, out, _ = comity("status")
    assert code == 1 and "nothing is published yet" in out
    assert not settings.warehouse_path.exists(), "looking creates nothing"


def test_explain_walks_from_the_event_to_the_bytes(published: Settings, comity) -> None:  # type: ignore[no-untyped-def]
    event_id = comity("query", "select event_id from events where event_code = '040'", "--csv")[1].split()[1]
    found = json.loads(comity("explain", event_id, "--json")[1])
    (told,) = found["mentions"]
    assert told["marked"] == "[source: China] [act: met with] [target: Russia]."
    assert told["snapshot"]["is_there"]
    assert told["document"]["uri"] == "news.txt"
    assert told["patterns"][0]["pattern_id"] == told["mention"]["pattern_id"] == MEETING.pattern_id
    assert found["event_code"]["event_code"] == "040"
    assert found["actors"]["source"][0]["file"] == "actors.csv"

    code, out, _ = comity("explain", event_id[:8])
    assert code == 0
    assert "[source: China]" in out and "snapshot" in out and "actors.csv:" in out
    assert comity("explain", "no-id")[0] == 2
    assert comity("explain", "ffffffffffffffff")[0] == 2


def test_status_lists_settings(settings: Settings, comity) -> None:  # type: ignore[no-untyped-def]
    code, out, _ = comity("status", "--settings")
    assert code == 0 and f"COMITY_HOME={settings.home}" in out
    rows = json.loads(comity("status", "--settings", "--json")[1])
    assert {"COMITY_HOME", "COMITY_WORKERS", "COMITY_MODEL"} <= {row["variable"] for row in rows}


@pytest.mark.parametrize(
    ("last_good", "overdue"),
    [
        (None, True),
        ("2026-03-10 06:10", False),  # today's run was done
        ("2026-03-09 06:10", True),  # today's was due four hours ago
        ("2026-03-07 06:10", True),
    ],
)
def test_silence_is_no_health(last_good: str | None, overdue: bool) -> None:
    now = datetime(2026, 3, 10, 10, 0)
    assert is_overdue("0 6 * * *", datetime.fromisoformat(last_good) if last_good else None, now) is overdue
    just_due = datetime(2026, 3, 10, 6, 30)  # half an hour late is not overdue yet
    assert is_overdue("0 6 * * *", datetime(2026, 3, 9, 6, 10), just_due) is False


def test_verbs_work_alone_and_in_order(built: Settings, comity) -> None:  # type: ignore[no-untyped-def]
    code, out, _ = comity("check", "--json")
    assert code == 0 and json.loads(out)["may_publish"] is True
    code, out, _ = comity("publish")
    assert code == 0 and out.startswith("published marts-")
    code, out, _ = comity("status", "--json")
    assert code == 0 and json.loads(out)["released"]["row_counts"]["events"] == 4
    assert comity("status", "--run", "last")[0] == 0
    assert comity("status", "--run", "nope")[0] == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("run", "--path", "no/such/place"), "check the path"),
        (("ingest", "--path", "no/such/place"), "check the path"),
        (("ingest", "no_such_source"), "no source no_such_source is declared"),
        (("code", "--input", "in.jsonl"), "belong together"),
        (("code", "--input", "in.jsonl", "--output", "out.jsonl"), "cannot be read"),
        (("evaluate", "no/such/gold.jsonl"), "cannot be read"),
        (("query",), "Missing"),
        (("walk",), "No such command"),
        (("run", "--fast"), "No such option"),
    ],
)
def test_misuse_is_one_sentence_with_the_repair_and_exit_2(
    settings: Settings,
    comity,  # type: ignore[no-untyped-def]
    arguments: tuple[str, ...],
    says: str,
) -> None:
    code, out, err = comity(*arguments)
    assert (code, out) == (2, "")
    assert says in err and "Traceback" not in err


def test_a_wrong_setting_is_one_sentence(home: Path, comity, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("COMITY_WORKERS", "many")
    code, _, err = comity("status")
    assert code == 2 and err.startswith("comity: COMITY_WORKERS=many cannot be used")


def test_a_crash_shows_no_traceback_unless_asked(
    published: Settings,
    comity,  # type: ignore[no-untyped-def]
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import flows.status

    def broken(*_: object) -> None:
        raise ZeroDivisionError("by design")

    monkeypatch.setattr(flows.status, "look", broken)
    code, _, err = comity("status")
    assert code == 2
    assert err == "comity: unexpected ZeroDivisionError: by design; COMITY_DEBUG=1 shows where\n"
    monkeypatch.setenv("COMITY_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        comity("status")


def test_a_reader_that_leaves_early_is_no_error(published: Settings) -> None:
    command = f"{sys.executable} -m flows.cli query 'select * from range(200000)' --csv | head -1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=ROOT,
        env={**os.environ},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "range\n", "")


def test_serve_without_a_cadence_says_what_to_do(settings: Settings, comity) -> None:  # type: ignore[no-untyped-def]
    code, out, _ = comity("serve", "--list")
    assert (code, out) == (0, "")
    code, _, err = comity("serve")
    assert code == 2 and "cadence: 0 6 * * *" in err
