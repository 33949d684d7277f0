"""What changed between two releases, and whether new documents, a recode, a scale or a retraction did it."""

from __future__ import annotations

import json
import shutil
import sys
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows import cli
from flows.build import build
from flows.diff import diff
from flows.errors import InputError
from flows.publish import publish
from flows.settings import PROJECT, Settings
from flows.warehouse import open_warehouse
from tests.world import MEETING, VISIT, Act, land

OLD, NEW = "20260101T000000-0000", "20260102T000000-0000"
TALKS = Act("Russia", "praised", "China", "RUS", "CHN", "051", date(2021, 5, 3))
SCORES = {"042,1.9,": "042,3.0,", "051,3.4,": "051,5.0,"}


@pytest.fixture(scope="module")
def two(_built: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home with two releases, between which everything happened that can happen."""
    folder = tmp_path_factory.mktemp("two")
    shutil.copytree(_built, folder / "home")
    settings = Settings(home=folder / "home")
    publish(settings, OLD)

    more = land(settings, "more.txt", (MEETING, VISIT, TALKS))
    with open_warehouse(settings) as con:
        # the meeting began a day earlier, says the new report
        con.execute(
            "update raw.event_mentions set event_date_start = date '2021-06-27' "
            "where document_id = ? and event_code = '040'",
            [more],
        )
        recode(con, "news.txt", "111", "130")
    project = shutil.copytree(PROJECT / "dbt_project", folder / "project")
    scales = (project / "seeds" / "scales.csv").read_text("utf-8")
    for was, now in SCORES.items():
        assert scales.count(f"goldstein_gdelt,cameo-1.1b3,{was}") == 1
        scales = scales.replace(f"goldstein_gdelt,cameo-1.1b3,{was}", f"goldstein_gdelt,cameo-1.1b3,{now}")
    (project / "seeds" / "scales.csv").write_text(scales, "utf-8")
    build(settings.model_copy(update={"dbt_project_dir": project}))
    publish(settings, NEW)
    return settings


def recode(con: duckdb.DuckDBPyConnection, uri: str, was: str, now: str) -> None:
    """The document is coded again under other dictionaries, which give one of its acts another code."""
    (document_id,) = con.execute("select document_id from raw.documents where uri = ?", [uri]).fetchone() or ("",)
    for table, changes, where in (
        ("ops.codings", "'again' as coding_id, 'other' as dictionary_hash, 2 as coding_no", "document_id = ?"),
        (
            "raw.event_mentions",
            "'again' as coding_id, 'other' as dictionary_hash, reverse(mention_id) as mention_id, "
            f"if(event_code = '{was}', '{now}', event_code) as event_code",
            "document_id = ?",
        ),
    ):
        con.execute(f"insert into {table} select * replace ({changes}) from {table} where {where}", [document_id])


def told(found: dict[str, Any]) -> list[tuple[Any, ...]]:
    rows = [
        (row["source_actor"], row["target_actor"], row["event_root"], row["event_date"], row["change"], row["cause"])
        for row in found["events"]
    ]
    return sorted(rows, key=str)


def test_every_changed_event_has_its_cause(two: Settings) -> None:
    found = diff(two)

    assert (found["old"]["run_id"], found["new"]["run_id"]) == (OLD, NEW)
    assert found["documents"] == {"added": 1, "lost": 0, "recoded": 1}
    assert told(found) == [
        ("CHN", "RUS", "04", "2021-06-28", "added", "new documents"),
        # another report moved the event to its day, which gives it another id
        ("CHN", "RUS", "04", "2021-06-28", "lost", "new documents"),
        ("CHN", "RUS", "05", None, "changed", "scale"),
        ("IND", "CHN", "11", "2021-07-02", "lost", "recode"),
        ("IND", "CHN", "13", "2021-07-02", "added", "recode"),
        ("RUS", "CHN", "05", "2021-05-03", "added", "new documents"),
        ("RUS", "IND", "04", "2021-07-01", "changed", "new documents + scale"),
    ]
    by_key = {(row["source_actor"], row["event_root"], row["change"]): row for row in found["events"]}
    assert by_key["CHN", "04", "lost"]["became"] == [by_key["CHN", "04", "added"]["event_id"]]
    assert by_key["IND", "11", "lost"]["became"] == [by_key["IND", "13", "added"]["event_id"]]
    assert by_key["RUS", "05", "added"]["before"] is None
    praise, visit = by_key["CHN", "05", "changed"], by_key["RUS", "04", "changed"]
    assert (praise["before"], praise["after"]) == ({"goldstein": 3.4}, {"goldstein": 5.0})
    assert (visit["before"], visit["after"]) == (
        {"goldstein": 1.9, "mention_count": 1, "document_count": 1},
        {"goldstein": 3.0, "mention_count": 2, "document_count": 2},
    )
    assert found["by_cause"] == [
        {"cause": "new documents", "added": 2, "lost": 1, "changed": 0},
        {"cause": "new documents + scale", "added": 0, "lost": 0, "changed": 1},
        {"cause": "recode", "added": 1, "lost": 1, "changed": 0},
        {"cause": "scale", "added": 0, "lost": 0, "changed": 1},
    ]
    assert {"cause": "recode", "event_root": "11", "added": 0, "lost": 1, "changed": 0} in found["by_cause_and_root"]


@pytest.mark.parametrize(("old", "new"), [(OLD, NEW), (NEW, OLD)])
def test_a_month_changes_by_what_its_events_contribute(two: Settings, old: str, new: str) -> None:
    found = diff(two, old, new)
    values: dict[str, dict[tuple[str, ...], tuple[Any, ...]]] = {}
    for name in (old, new):
        with duckdb.connect(str(two.releases_dir / f"marts-{name}.duckdb"), read_only=True) as con:
            values[name] = {
                row[:4]: row[4:]
                for row in con.execute(
                    "select actor_a, actor_b, direction, month::text, coalesce(event_count, 0), "
                    "coalesce(weighted_goldstein_sum, 0) from dyad_months"
                ).fetchall()
            }
    changed = {
        (row["actor_a"], row["actor_b"], row["direction"], row["month"]): row["causes"] for row in found["dyad_months"]
    }
    for key in values[old].keys() | values[new].keys():
        before, after = values[old].get(key, (0, 0)), values[new].get(key, (0, 0))
        parts = changed.get(key, [])
        assert sum(part["event_count"] for part in parts) == after[0] - before[0], key
        assert sum(part["weighted_goldstein_sum"] for part in parts) == pytest.approx(after[1] - before[1], abs=1e-9), (
            key
        )


def test_every_changed_month_has_its_cause(two: Settings) -> None:
    found = {
        (row["actor_a"], row["actor_b"], row["month"][:7]): (row["change"], row["cause"])
        for row in diff(two)["dyad_months"]
        if row["direction"] == "both"
    }
    assert found == {
        ("CHN", "IND", "2021-07"): ("changed", "recode"),
        ("CHN", "RUS", "2021-05"): ("added", "new documents"),
        ("CHN", "RUS", "2021-06"): ("changed", "new documents"),
        ("IND", "RUS", "2021-07"): ("changed", "new documents + scale"),
    }


def test_backwards_what_came_is_taken_back(two: Settings) -> None:
    forwards, backwards = told(diff(two)), told(diff(two, NEW, OLD))
    turned = {"added": "lost", "lost": "added", "changed": "changed"}
    assert set(backwards) == {
        (*row[:4], turned[row[4]], row[5].replace("new documents", "retraction")) for row in forwards
    }
    assert len(backwards) == len(forwards)


def test_files_alone_are_enough(two: Settings, tmp_path: Path) -> None:
    paths = [shutil.copy(two.releases_dir / f"marts-{name}.duckdb", tmp_path / f"{name}.duckdb") for name in (OLD, NEW)]
    elsewhere = Settings(home=tmp_path / "empty")
    assert diff(elsewhere, str(paths[0]), str(paths[1]))["events"] == diff(two)["events"]
    assert not elsewhere.home.exists()


def test_a_release_of_an_older_comity_is_compared_as_far_as_it_goes(two: Settings, tmp_path: Path) -> None:
    old = tmp_path / "old.duckdb"
    shutil.copy(two.releases_dir / f"marts-{OLD}.duckdb", old)
    with duckdb.connect(str(old)) as con:
        for column in ("forum_weight", "forum_states", "scale_id", "ontology_version"):
            con.execute(f"alter table events drop column {column}")
    assert told(diff(two, str(old), NEW)) == told(diff(two))

    with duckdb.connect(str(old)) as con:
        con.execute("alter table event_mentions drop column sentence_id")
    with pytest.raises(InputError, match="another version of Comity"):
        diff(two, str(old), NEW)


def test_on_a_terminal_and_for_programs(
    two: Settings, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COMITY_HOME", str(two.home))
    monkeypatch.setattr(sys, "argv", ["comity", "diff", "--json"])
    assert cli._call() == 0
    assert json.loads(capfd.readouterr().out)["event_count"] == 7

    monkeypatch.setattr(sys, "argv", ["comity", "diff", OLD[:8], "--limit", "3"])
    assert cli._call() == 0
    out = capfd.readouterr().out
    assert "documents: 1 added, 0 lost, 1 coded again" in out
    assert "and 4 more events" in out
    assert "CHN-IND 2021-07 changed by recode" in out

    for arguments, says in ((("nope",), "there is no release nope"), ((NEW, NEW), "named twice")):
        monkeypatch.setattr(sys, "argv", ["comity", "diff", *arguments])
        assert cli._call() == 2
        assert says in capfd.readouterr().err
