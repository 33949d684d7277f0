"""What a build adds to the marts is what a full build makes of the same: random days of event data, compared whole."""

from __future__ import annotations

import random
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows import increments
from flows.build import build
from flows.settings import PROJECT, Settings
from flows.warehouse import open_warehouse
from tests.world import MEETING, VISIT, land


def everything(settings: Settings) -> dict[str, list[str]]:
    """All rows of all marts, in an order of their own."""
    with duckdb.connect(str(settings.warehouse_path), read_only=True) as con:
        names = [
            name
            for (name,) in con.execute("select table_name from duckdb_tables() where schema_name = 'marts'").fetchall()
        ]
        return {name: sorted(map(repr, con.execute(f"from marts.{name}").fetchall())) for name in names}


def anew(settings: Settings, folder: Path) -> dict[str, list[str]]:
    """What a full build of the same warehouse says."""
    other = settings.model_copy(update={"home": folder})
    folder.mkdir()
    shutil.copy(settings.warehouse_path, other.warehouse_path)
    shutil.copytree(settings.build_dir, other.build_dir)
    with open_warehouse(other) as con:
        con.execute("delete from ops.built_from")
    build(other)
    return everything(other)


def is_next_full(settings: Settings) -> bool:
    """What the next build would do; the question itself is taken back."""
    with open_warehouse(settings) as con:
        con.begin()
        is_full = increments.begin(con, settings)
        con.rollback()
    return is_full


def deliver(settings: Settings, dice: random.Random, day: int) -> None:
    """A day's deliveries: new events, events of earlier days again with other cells, and mentions of both."""
    now = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None) + timedelta(days=day)
    file = {"source_id": "tests", "uri": f"{day}.csv", "snapshot_sha256": f"{day:064x}", "landed_at": now}
    events: list[dict[str, Any]] = []
    mentions: list[dict[str, Any]] = []
    icews: list[dict[str, Any]] = []
    plover: list[dict[str, Any]] = []
    for line in range(60):
        key = {**file, "row_id": f"{day}.{line}", "line_no": line}
        at = date(2021, 6, 20) + timedelta(days=dice.randrange(30))
        events.append({
            **key, "GLOBALEVENTID": dice.randrange(40 * (day + 1)),
            "SQLDATE": f"{at:%Y%m%d}", "DATEADDED": int(f"{at:%Y%m%d}120000"),
            "Actor1CountryCode": dice.choice(["CHN", "RUS", "IND", "XXX", None]),
            "Actor2CountryCode": dice.choice(["CHN", "USA", None]),
            "Actor1Type1Code": dice.choice(["GOV", "MIL", None]), "Actor1Type2Code": dice.choice(["BUS", None]),
            "EventCode": dice.choice(["010", "057", "190", "40", "999"]), "NumMentions": dice.randrange(1, 9),
            "NumArticles": 1, "NumSources": 1,
        })  # fmt: skip
        number, confidence = dice.randrange(40 * (day + 1)), dice.randrange(10, 101, 10)
        mentions.append({**key, "GLOBALEVENTID": number, "Confidence": confidence})
        icews.append({
            **key, "event_id": dice.randrange(30 * (day + 1)), "event_date": f"{at}", "source_country": "China",
            "source_sectors": dice.choice(["Government,Military", "Business", None]),
            "target_country": dice.choice(["Russia", "India"]), "cameo_code": dice.choice(["057", "57", "111", "999"]),
        })  # fmt: skip
        recipient = dice.choice(['[{"code": "RUS"}, {"code": "IND"}]', '[{"code": "RUS"}]'])
        plover.append({
            **key, "id": f"p{dice.randrange(30 * (day + 1))}", "date": f"{at}", "event": '["AGREE"]',
            "actor": '[{"code": "CHN", "sector": "GOV"}]', "recipient": recipient,
        })  # fmt: skip
    rows = {"gdelt_events": events, "gdelt_mentions": mentions, "icews_events": icews, "plover_events": plover}
    with open_warehouse(settings) as con:
        for table, found in rows.items():
            names, marks = ", ".join(found[0]), ", ".join("?" * len(found[0]))
            con.executemany(
                f"insert into raw.{table} ({names}) values ({marks})", [list(row.values()) for row in found]
            )


def test_adding_days_says_what_building_anew_says(settings: Settings, tmp_path: Path) -> None:
    dice = random.Random(5)
    deliver(settings, dice, 0)
    assert is_next_full(settings)
    build(settings)
    land(settings, "first.txt")
    for day in (1, 2):
        deliver(settings, dice, day)
        if day == 2:  # a document of our own, whose time settles events of all data sets
            land(settings, "second.txt", (MEETING, VISIT))
        assert not is_next_full(settings)
        build(settings)
    found = everything(settings)
    assert found == anew(settings, tmp_path / "anew")
    assert len(found["events"]) > 100 and len(found["origin_months"]) > 5


@pytest.mark.parametrize(
    "change",
    [
        "delete from raw.gdelt_events where GLOBALEVENTID < 10",
        "delete from raw.gdelt_events",
        "update raw.icews_events set landed_at = '2020-01-01'",
        "insert into raw.icews_events select * replace (timestamp '2025-01-01' as landed_at) from raw.icews_events",
        "delete from ops.built_from",
    ],
)
def test_what_was_built_and_changed_is_built_anew(tmp_path_factory: pytest.TempPathFactory, change: str) -> None:
    settings = Settings(home=tmp_path_factory.mktemp("changed") / "home")
    settings.home.mkdir()
    deliver(settings, random.Random(6), 0)
    with open_warehouse(settings) as con:
        increments.begin(con, settings)
        increments.end(con, settings)
    assert not is_next_full(settings)
    with open_warehouse(settings) as con:
        con.execute(change)
    assert is_next_full(settings)


@pytest.mark.parametrize(
    "file", ["seeds/scales.csv", "macros/measures.sql", "dbt_project.yml", "models/marts/events.yml"]
)
def test_another_project_builds_all_anew(settings: Settings, tmp_path: Path, file: str) -> None:
    project = shutil.copytree(PROJECT / "dbt_project", tmp_path / "project")
    settings = settings.model_copy(update={"dbt_project_dir": project})
    deliver(settings, random.Random(6), 0)
    with open_warehouse(settings) as con:
        increments.begin(con, settings)
        increments.end(con, settings)
    assert not is_next_full(settings)
    with (project / file).open("a", encoding="utf-8") as edited:
        edited.write("\n")
    assert is_next_full(settings)


def test_a_build_that_broke_is_followed_by_a_full_one(settings: Settings) -> None:
    deliver(settings, random.Random(6), 0)
    with open_warehouse(settings) as con:
        increments.begin(con, settings)
        increments.end(con, settings)
        assert not increments.begin(con, settings)  # and the build that follows never ends
    assert is_next_full(settings)
