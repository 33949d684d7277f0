"""From documents to published marts in one flow, again without effect, and stopped where a check says so."""

from __future__ import annotations

import json
import sqlite3
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

import flows.run_flow as run_flow
from flows.build import BuildError, build
from flows.errors import ComityError
from flows.notices import rolled_back, withheld
from flows.prefect_server import prefect_settings, start_server
from flows.publish import current_release, publish
from flows.rollback import roll_back
from flows.run import run_all
from flows.serve import deployments
from flows.settings import Settings, load_settings, prefect_home
from flows.status import look, run_detail
from flows.warehouse import open_published, open_warehouse

MARTS = ("actors", "documents", "dyad_days", "dyad_months", "event_codes", "event_mentions", "events")
TABLES = ("raw.documents", "raw.sentences", "raw.event_mentions", "ops.codings", "ops.issues")
NEWS = {
    "talks.txt": "Chinese and Russian ministers held talks in Beijing on 28 June 2021.\n",
    "aid.txt": "India sent medicines to Nepal on 1 July 2021. Nepal thanked India.\n",
}


@pytest.fixture
def news(tmp_path: Path) -> Path:
    folder = tmp_path / "news"
    folder.mkdir()
    for name, text in NEWS.items():
        (folder / name).write_text(text)
        (folder / f"{name}.meta.yml").write_text("title: News\npublisher: Ours\npublished: 2021-07-02\nlanguage: en\n")
    return folder


def contents(settings: Settings) -> dict[str, list[Any]]:
    with open_published(settings) as con:
        return {table: con.execute(f"select * from {table} order by all").fetchall() for table in MARTS}


def landed(settings: Settings) -> dict[str, Any]:
    with open_warehouse(settings) as con:
        return {table: con.execute(f"select count(*) from {table}").fetchone() for table in TABLES}


def strict(settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The same settings with one suite that today's events cannot pass."""
    folder.mkdir()
    (folder / "events.yml").write_text(
        "key: [event_id]\nchecks:\n"
        "  - {name: none_at_all, expectation: expect_table_row_count_to_be_between, kwargs: {max_value: 0},"
        " severity: stop, reason: This suite expects that nothing ever happens.}\n"
    )
    monkeypatch.setenv("COMITY_EXPECTATIONS_DIR", str(folder))
    return load_settings()


def test_documents_go_in_and_marts_come_out_with_no_server(
    fresh: Settings, news: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    report = run_all(fresh, [news])
    assert (report.outcome, report.exit_code) == ("published", 0)
    assert {"CHN-RUS", "IND-NPL"} <= {row["dyad"] for row in report.dyads}
    first, rows = contents(fresh), landed(fresh)
    assert first["events"] and first["dyad_months"]

    again = run_all(fresh, [news])
    assert again.outcome == "unchanged"
    assert again.release == report.release
    assert (contents(fresh), landed(fresh)) == (first, rows)

    with sqlite3.connect(prefect_home() / "prefect.db") as con:  # it was a Prefect flow, with its tasks and log
        tasks = {row[0] for row in con.execute("select name from task_run where state_type = 'COMPLETED'")}
        logs = con.execute("select count(*) from log").fetchone()
    assert {"ingest news", "code new documents", "build marts", "check marts"} <= tasks
    assert any(name.startswith("publish marts-") for name in tasks)
    assert logs[0] > 0


def test_a_rebuild_of_the_same_input_publishes_identical_marts(api: str, built: Settings) -> None:
    publish(built, "20200101T000000-0000")
    before = contents(built)
    build(built)
    publish(built, "20200101T000001-0000")
    assert contents(built) == before


def test_a_failed_check_withholds_and_readers_keep_the_last_good_file(
    api: str, fresh: Settings, news: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = run_all(fresh, [news])
    link = fresh.marts_link.readlink()
    (news / "more.txt").write_text("France and Germany signed an agreement on 1 July 2021.\n")

    report = run_all(strict(fresh, tmp_path / "strict", monkeypatch), [news])
    assert (report.outcome, report.exit_code) == ("withheld", 1)
    assert "events.none_at_all" in report.problems[0]
    assert fresh.marts_link.readlink() == link
    assert good.release is not None
    assert current_release(fresh) is not None
    notice = withheld(fresh)
    assert notice is not None and (notice["run_id"], notice["outcome"]) == (report.run_id, "withheld")

    status = look(fresh)
    assert any("withheld" in trouble for trouble in status.troubles)
    detail = run_detail(fresh, "last")
    assert detail["outcome"] == "withheld"
    assert [alert["cause"] for alert in detail["alerts"]] == ["check:events.none_at_all"]

    # the check is repaired: the same input publishes after all
    assert run_all(fresh, [news]).outcome == "published"
    assert look(fresh).troubles == []
    assert withheld(fresh) is None


def test_after_a_rollback_the_next_run_publishes_even_if_nothing_changed(api: str, fresh: Settings, news: Path) -> None:
    first = run_all(fresh, [news]).release
    assert first is not None
    publish(fresh, "99990101T000000-0000", fingerprint=first["fingerprint"])  # the same state once more
    roll_back(fresh)
    assert run_all(fresh, [news]).outcome == "published"
    assert rolled_back(fresh) is None
    assert run_all(fresh, [news]).outcome == "unchanged"


def test_a_crash_is_told_recorded_and_harmless(
    api: str, fresh: Settings, news: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object, **__: object) -> None:
        raise BuildError("dbt stopped at model events: out of ideas", [])

    with monkeypatch.context() as patched:
        patched.setattr(run_flow, "build", crash)
        with pytest.raises(BuildError, match="out of ideas"):
            run_all(fresh, [news])
    detail = run_detail(fresh, "last")
    assert detail["outcome"] == "failed"
    assert "out of ideas" in detail["detail"]["error"]
    assert [alert["cause"] for alert in detail["alerts"]] == ["build"]
    assert any("failed" in trouble for trouble in look(fresh).troubles)

    assert run_all(fresh, [news]).outcome == "published"


def test_one_bad_source_does_not_keep_the_others_back(
    api: str, fresh: Settings, news: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "sources"
    folder.mkdir()
    common = "licence: own\nfloor: 1\nceiling: 9\n"
    (folder / "good.yml").write_text(f"path: {news}\n{common}")
    (folder / "gone.yml").write_text(f"path: {tmp_path / 'gone'}\n{common}")
    monkeypatch.setenv("COMITY_SOURCES_DIR", str(folder))
    report = run_all(load_settings())
    assert report.outcome == "published"
    assert any("gone" in problem for problem in report.problems)

    with open_warehouse(fresh) as con:
        row = con.execute("select verb, outcome, detail from ops.runs where run_id = ?", [report.run_id]).fetchone()
    assert row is not None
    assert row[:2] == ("run", "published")
    stages = json.loads(row[2])["stages"]
    assert list(stages) == ["ingest gone", "ingest good", "code", "build", "check", "publish"]
    assert stages["ingest good"]["documents_new"] == 2


def test_nothing_to_read_is_said_before_a_server_starts(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(ComityError, match="check the path"):
        run_all(settings, [tmp_path / "nowhere"])


def test_an_own_server_ends_with_its_run_and_leaves_no_process(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    server = start_server(settings)
    server.wait()
    assert server.process is not None
    server.stop()
    assert server.process.poll() is not None


def test_a_named_server_is_used(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    server = start_server(settings)
    assert (server.process, server.url) == (None, "http://127.0.0.1:9/api")


def test_a_cadence_becomes_scheduled_runs(news: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "hourly.yml").write_text(f'path: {news}\nlicence: own\nfloor: 1\nceiling: 9\ncadence: "5 * * * *"\n')
    monkeypatch.setenv("COMITY_SOURCES_DIR", str(folder))
    settings = load_settings()
    server = start_server(settings, lasting=True)
    try:
        server.wait()
        with prefect_settings(server):
            (deployment,) = deployments(settings)
            deployment.apply()
            query = {"deployments": {"name": {"any_": ["hourly"]}}}
            request = urllib.request.Request(
                f"{server.url}/flow_runs/filter",
                json.dumps(query).encode(),
                {"Content-Type": "application/json"},
            )
            planned: list[Any] = []
            for _ in range(100):  # the scheduler looks every five seconds
                planned = json.load(urllib.request.urlopen(request, timeout=5))
                if planned:
                    break
                time.sleep(0.2)
    finally:
        server.stop()
    assert planned
    assert all(run["parameters"] == {"source_ids": ["hourly"]} for run in planned)
    assert {run["expected_start_time"][14:16] for run in planned} == {"05"}
