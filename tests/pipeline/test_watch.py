"""Silence never reads as health: what no run tells of, the next run and a watcher from outside do."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from pytest_httpserver import HTTPServer

import flows.alerts.delivery as delivery
from flows.alert import met_before, raise_alert, send_alerts, standing
from flows.publish import publish
from flows.run import run_all
from flows.runs import recorded_run
from flows.settings import PROJECT, Settings, load_settings
from flows.status import look
from flows.warehouse import open_warehouse, utc_now
from tests.receivers import free_port, silent_server

Call = Callable[..., tuple[int, str, str]]
RUN = "20260101T000000-0000"


@pytest.fixture
def hook(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> HTTPServer:
    """A web server that every alert of this test goes to."""
    httpserver.expect_request("/hook").respond_with_data("ok")
    monkeypatch.setenv("COMITY_ALERTS", f"json://127.0.0.1:{httpserver.port}/hook")
    monkeypatch.setattr(delivery, "_PAUSES", (0.1,))
    return httpserver


@pytest.fixture
def daily(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One declared source, due every day."""
    folder = tmp_path / "sources"
    texts = folder / "texts"
    texts.mkdir(parents=True)
    (texts / "talks.txt").write_text("Chinese and Russian ministers held talks in Beijing on 28 June 2021.\n")
    (folder / "daily.yml").write_text('path: texts\nlicence: own\nfloor: 0\nceiling: 9\ncadence: "0 6 * * *"\n')
    monkeypatch.setenv("COMITY_SOURCES_DIR", str(folder))
    return folder


def titles(server: HTTPServer) -> list[str]:
    return [request.get_json()["title"] for request, _ in server.log]


def last(server: HTTPServer) -> str:
    return str(server.log[-1][0].get_json()["message"])


def published(settings: Settings, days_ago: float) -> None:
    """A release of that age, by a run that ended well."""
    with recorded_run(settings, "run") as run:
        publish(settings, run.run_id)
        run.outcome = "published"
    ago = utc_now() - timedelta(days=days_ago)
    with open_warehouse(settings) as con:
        con.execute("update ops.runs set started_at = ?, ended_at = ?", [str(ago)] * 2)
    (settings.home / "last-good.json").write_text(json.dumps({"at": f"{ago:%Y-%m-%dT%H:%M:%S}"}))
    for manifest in settings.releases_dir.glob("*.json"):
        found = json.loads(manifest.read_text())
        manifest.write_text(json.dumps({**found, "released_at": f"{ago - timedelta(days=9):%Y-%m-%dT%H:%M:%S}"}))


@contextmanager
def busy(settings: Settings) -> Iterator[None]:
    """Another process holds the warehouse."""
    code = (
        "import sys; from flows.settings import load_settings; from flows.warehouse import hold_warehouse\n"
        "with hold_warehouse(load_settings(), purpose='run'): print('held', flush=True); sys.stdin.readline()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code], cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    try:
        yield
    finally:
        holder.communicate("\n")


def test_cron_tells_that_nothing_ran_once_and_that_it_is_over(
    built: Settings, daily: Path, hook: HTTPServer, comity: Call
) -> None:
    published(built, 3)
    code, out, _ = comity("status", "--alert")
    assert code == 1 and "source daily is stale" in out
    assert titles(hook) == ["Comity: 1 stale (worst: stop)"]
    assert "stop: source daily is stale: no run has ended well since" in last(hook)
    since = utc_now() - timedelta(days=3)
    assert f"since {since:%Y-%m-%d}" in last(hook)
    assert "look further: comity status\n" in last(hook)

    assert comity("status", "--alert")[0] == 1
    assert len(hook.log) == 1, "cron asks every few minutes"
    shown = json.loads(comity("alerts", "--json")[1])
    assert [(row["cause"], row["kind"]) for row in shown["open"]] == [("stale:daily", "stale")]

    published(built, 0)
    assert comity("status", "--alert")[0] == 0
    assert titles(hook)[1:] == ["Comity: 1 recovered"]
    assert "recovered: source daily is stale" in last(hook)
    assert "3 days" in last(hook)
    code, out, _ = comity("alerts")
    assert code == 0 and out.startswith("0 open: nothing is known to be wrong\n")
    assert "delivered by json 1 to all, 1 tries: stale:daily recovered" in out


def test_silence_is_told_while_the_warehouse_is_busy_and_kept_for_its_tables(
    built: Settings, daily: Path, hook: HTTPServer, comity: Call
) -> None:
    published(built, 3)
    with busy(built):
        assert [look(built).busy is None, look(built).last_good_at is None] == [False, False]
        code, out, _ = comity("status", "--alert")
        assert code == 1 and "busy" in out and "is stale" in out
        assert comity("status", "--alert")[0] == 1
        assert titles(hook) == ["Comity: 1 stale (worst: stop)"], "the quiet time holds without tables too"
    assert comity("status", "--alert")[0] == 1
    assert len(hook.log) == 1
    assert not list((built.home / "alerts").glob("*.json")), "the tables have it now"
    with open_warehouse(built) as con:
        found = con.execute("select cause, state, audience from ops.alerts where audience <> 'log'").fetchall()
    assert found == [("stale:daily", "delivered", "all")]


def test_a_run_under_way_is_no_silence(built: Settings, daily: Path, hook: HTTPServer, comity: Call) -> None:
    published(built, 0)  # confirmed today by a run, though the file itself is nine days old
    with busy(built):
        assert comity("status", "--alert")[0] == 0
    assert titles(hook) == []


@pytest.mark.parametrize("what", ["absent", "broken"])
def test_a_warehouse_that_is_gone_or_broken_is_told(
    built: Settings, daily: Path, hook: HTTPServer, comity: Call, what: str
) -> None:
    published(built, 3)
    built.warehouse_path.unlink()
    built.warehouse_path.with_name("warehouse.duckdb.wal").unlink(missing_ok=True)
    if what == "broken":
        built.warehouse_path.write_bytes(b"no database" * 1000)
    code, out, _ = comity("status", "--alert")
    assert code == 1 and "source daily is stale" in out
    assert comity("status", "--alert")[0] == 1
    assert titles(hook) == [
        {"absent": "Comity: 1 stale (worst: stop)", "broken": "Comity: 1 failed, 1 stale (worst: stop)"}[what]
    ]
    assert built.warehouse_path.exists() is (what == "broken"), "telling that it is gone makes no empty one"


def test_an_empty_home_is_not_well_and_looking_without_alerts_creates_nothing(
    settings: Settings, hook: HTTPServer, comity: Call
) -> None:
    assert comity("status")[0] == 1
    assert not settings.home.exists()
    assert comity("status", "--alert")[0] == 1
    assert comity("status", "--alert")[0] == 1
    assert titles(hook) == ["Comity: 1 stale (worst: stop)"]
    assert "no release is published" in last(hook)
    assert not settings.warehouse_path.exists()


def test_a_killed_run_is_told_and_one_under_way_is_not(built: Settings, hook: HTTPServer, comity: Call) -> None:
    published(built, 0)
    with recorded_run(built, "run") as run:
        assert look(built).killed is None, "its process is alive"
        gone = subprocess.Popen([sys.executable, "-c", ""])
        gone.wait()
        with open_warehouse(built) as con:
            con.execute(
                "update ops.runs set detail = json_object('pid', ?, 'host', detail ->> 'host') where run_id = ?",
                [gone.pid, run.run_id],
            )
        assert look(built).killed == run.run_id
        assert comity("status", "--alert")[0] == 1
        assert f"run {run.run_id} ended without a word" in last(hook)
        assert f"look further: comity status --run {run.run_id}" in last(hook)
        run.outcome = "unchanged"


def test_the_disk_is_full_and_it_is_told_all_the_same(
    settings: Settings, tmp_path: Path, hook: HTTPServer, comity: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("COMITY_HOME", str(tmp_path / "file" / "home"))  # nothing can be written there
    assert comity("status", "--alert")[0] == 1
    assert titles(hook) == ["Comity: 1 stale (worst: stop)"]


def test_a_test_message_goes_through_every_way(
    settings: Settings, hook: HTTPServer, comity: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _, err = comity("alert", "--test", "--json")
    assert code == 0
    assert titles(hook) == ["Comity: test of the alerts"]
    dead = f"json://127.0.0.1:{free_port()}/T0ken123"
    monkeypatch.setenv("COMITY_ALERTS", f"{dead} json://127.0.0.1:{hook.port}/hook nonsense://T0ken123")
    code, out, err = comity("alert", "--test")
    assert code == 1
    lines = out.splitlines()
    assert lines[0].startswith("all: json 1: failed: ") and "efused" in lines[0]
    assert lines[1] == "all: json 2: delivered"
    assert lines[2].startswith("all: nonsense 3: failed: ")
    assert "T0ken123" not in out + err
    assert not settings.warehouse_path.exists()

    monkeypatch.delenv("COMITY_ALERTS")
    code, _, err = comity("alert", "--test")
    assert code == 2 and "set COMITY_ALERTS or COMITY_ALERTS_FILE" in err


def test_what_waits_is_sent_by_the_verb(settings: Settings, hook: HTTPServer, comity: Call) -> None:
    from flows.alert import Cause

    with open_warehouse(settings):
        pass
    dead = load_settings().model_copy(update={"alerts": SecretStr(f"json://127.0.0.1:{free_port()}/x")})
    raise_alert(dead, "r1", "published, with warnings", [Cause("code", "warn", "2 documents could not be coded")])
    assert send_alerts(dead, "r1").kept == 1
    code, out, _ = comity("alert")
    assert (code, out) == (0, "1 alert for all delivered by json 1\n")
    assert comity("alert")[:2] == (0, "nothing was waiting\n")
    assert titles(hook) == ["Comity: 1 failed (worst: warn)"]


def test_the_next_run_tells_of_the_gap_and_no_server_changes_its_outcome(
    api: str, built: Settings, daily: Path, hook: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(built, 3)
    before = met_before(load_settings())
    assert [(cause.cause, cause.kind) for cause in before.causes] == [("stale:daily", "stale")]
    with silent_server() as port:
        monkeypatch.setenv("COMITY_ALERTS", f"json://127.0.0.1:{port}/x")
        monkeypatch.setenv("COMITY_ALERTS_BUDGET", "2")
        report = run_all(load_settings())
        assert (report.outcome, report.exit_code) == ("published", 0)
        assert any("could not be delivered and will be tried again" in problem for problem in report.problems)
        assert look(built).troubles == []
    found: dict[str, Any] = standing(load_settings())
    assert found["open"] == []
    assert {row["state"] for row in found["deliveries"]} == {"pending"}

    monkeypatch.setenv("COMITY_ALERTS", f"json://127.0.0.1:{hook.port}/hook")
    assert run_all(load_settings()).outcome == "unchanged"  # it has nothing to say itself, and empties the outbox
    assert len(hook.log) == 1
    assert "recovered: source daily is stale" in last(hook) and "3 days" in last(hook)
