"""Event data of others beside our own, from landing to marts, and our events in the forms of others: what is written
can be read by our own readers, and says the same."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from flows.build import build
from flows.errors import InputError
from flows.event_data import land_events
from flows.export import export, read_dyad
from flows.publish import publish
from flows.settings import Settings
from flows.warehouse import open_published, open_warehouse
from tests import event_files as make
from tests.pipeline.test_event_data import ICEWS, source
from tests.world import land

PROTEST = {"EventCode": "145", "EventRootCode": "14", "QuadClass": "4"}


@pytest.fixture(scope="module")
def _world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our own small world and a few events of each data set, built and published."""
    folder = tmp_path_factory.mktemp("world")
    settings = Settings(home=folder / "home")
    land(settings)
    files = {
        "gdelt": make.gdelt(
            make.gdelt_row(1),
            make.gdelt_row(2, **PROTEST, Actor1CountryCode="ROM", Actor1Type1Code="INS", Actor2CountryCode="",
                           Actor2KnownGroupCode="UNO"),
            make.gdelt_row(3, EventCode="999"),
        ),
        "mentions": make.gdelt(make.mention_row(900000001, 40), make.mention_row(900000001, 70, "b")),
        "icews": make.icews_file(ICEWS | {"cameo_code": "57", "source_sectors": "Government,Military,Executive"}),
        "polecat": make.polecat_file(
            {"event_id": "P1", "event_date": "2021-06-28", "event_type": "AGREE", "actor_country": "CHN;USA",
             "recipient_country": "RUS", "primary_actor_sector": "GOV", "intensity": "2.5", "version": "NGEC-1",
             "publication_date": "2021-06-30"},
            {"event_id": "P2", "event_date": "2021-06-28", "event_type": "ASSAULT", "actor_country": "RUS",
             "recipient_country": "UKR"},
        ),
        "phoenix": make.phoenix_file(
            {"event_id": "7_v1", "date": "20210628", "source_root": "CHN", "source_agent": "MIL", "target_root": "RUS",
             "event_code": "062", "quad_class": "1", "sentence_ids": "a;b;c", "urls": "u1;u2", "sources": "s"},
        ),
        "plover": make.plover_file(
            {"id": "q1", "date": "2021-06-28", "actor": [{"code": "CHN"}], "recipient": [{"code": "RUS"}],
             "event": ["CONSULT"], "cameo": "042"},
        ),
    }  # fmt: skip
    for name, data in files.items():
        reader = "gdelt" if name == "mentions" else name
        path = folder / f"{name}.txt"
        path.write_bytes(data)
        with open_warehouse(settings) as con:
            report = land_events(settings, source(source_id=name, reader=reader, path=path), con, "run")
        assert report.rows_bad == 0, report
    built = build(settings)
    assert [node.name for node in built.warnings] == ["imported_codes_are_known"]  # 999 is no code
    publish(settings, "one")
    return settings.home


@pytest.fixture
def world(_world: Path, settings: Settings) -> Settings:
    shutil.copytree(_world, settings.home, symlinks=True)
    return settings


def ask(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    with open_published(settings) as con:
        return con.execute(query).fetchall()


def test_events_of_all_data_sets_stand_in_one_table(world: Settings) -> None:
    assert ask(
        world,
        "select origin, delivered_id, source_actor, source_role, target_actor, event_code, quad_class, goldstein,"
        " plover_type, mention_count, document_count, round(confidence, 3) from events where origin <> 'comity'"
        " order by origin, delivered_id, source_actor",
    ) == [
        ("gdelt", "900000001", "CHN", "GOV", "RUS", "057", 1, 8.0, "SUPPORT", 4, 3, 0.7),
        ("gdelt", "900000002", "ROU", "REB", "IGOUN", "145", 4, -7.5, "PROTEST", 4, 3, None),
        ("icews", "22201111 2021-06-28", "CHN", "MIL", "IGOUN", "057", 1, 8.0, "SUPPORT", 1, 1, None),
        ("phoenix", "7_v1 20210628", "CHN", "MIL", "RUS", "062", 2, 7.4, "COOPERATE", 3, 2, None),
        ("plover", "q1", "CHN", None, "RUS", "042", 1, 1.9, "CONSULT", 1, 1, None),
        ("polecat", "P1", "CHN", "GOV", "RUS", "03", 1, None, "AGREE", 1, 1, None),
        ("polecat", "P1", "USA", "GOV", "RUS", "03", 1, None, "AGREE", 1, 1, None),
        ("polecat", "P2", "RUS", None, "UKR", None, 4, None, "ASSAULT", 1, 1, None),
    ]


def test_an_imported_event_leads_back_to_its_line(world: Settings) -> None:
    [(uri, line, digest)] = ask(
        world, "select uri, line_no, snapshot_sha256 from events where delivered_id = '900000002'"
    )
    assert (uri, line) == (f"{_folder(world)}gdelt.txt", 2)
    kept = (world.snapshots_dir / digest[:2] / digest).read_bytes()
    assert kept.splitlines()[line - 1].startswith(b"900000002\t")


def _folder(settings: Settings) -> str:
    return ask(settings, "select min(uri) from events where origin = 'gdelt'")[0][0].removesuffix("gdelt.txt")


def test_one_dyads_lines_lie_side_by_side_and_intensity_is_our_own(world: Settings) -> None:
    lines = "select origin, month::text, event_count from origin_months where actor_a = 'CHN' and actor_b = 'RUS'"
    assert ask(world, f"{lines} and direction = 'both' order by origin") == [
        ("comity", "2021-06-01", 1),
        ("gdelt", "2021-06-01", 1),
        ("phoenix", "2021-06-01", 1),
        ("plover", "2021-06-01", 1),
        ("polecat", "2021-06-01", 1),
    ]
    assert ask(
        world,
        "select event_count, goldstein_sum from dyad_months where actor_a = 'CHN' and actor_b = 'RUS'"
        " and direction = 'both'",
    ) == [(1, 1.0)]


OURS = (
    "select source_actor, source_role, target_actor, target_role, event_code, event_root, quad_class, goldstein,"
    " event_date, plover_type, mention_count, document_count from events where origin = {origin}"
    " and date_precision = 'day' order by all"
)


@pytest.mark.parametrize("form", ["gdelt", "phoenix", "plover"])
def test_what_is_written_is_read_again_with_equal_content(world: Settings, tmp_path: Path, form: str) -> None:
    path = tmp_path / f"{form}.txt"
    done = export(world, str(path), format=form)
    assert (done.rows, done.left_out) == (3, 1)  # one is undated
    expected = ask(world, OURS.format(origin="'comity'"))
    again = Settings(home=tmp_path / "again")
    with open_warehouse(again) as con:
        report = land_events(again, source(source_id=form, reader=form, path=path), con, "run")
    assert (report.rows_new, report.rows_bad, report.problems) == (3, 0, [])
    shutil.copytree(world.build_dir, again.build_dir, dirs_exist_ok=True)
    build(again)
    publish(again, "two")
    assert ask(again, OURS.format(origin=f"'{form}'")) == expected
    assert len(expected) == 3
    # and what is written of a second world with the same events is the same, byte for byte
    other = tmp_path / "twice.txt"
    export(world, str(other), format=form)
    assert other.read_bytes() == path.read_bytes()


def test_plover_lines_say_all_that_its_form_asks(world: Settings, tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    export(world, str(path), format="plover", dyad=("IND", "RUS"))
    [line] = path.read_text("utf-8").splitlines()
    record = json.loads(line)
    [(key,)] = ask(world, "select event_id from events where event_code = '042' and origin = 'comity'")
    assert record.pop("id") == key
    assert record == {
        "date": "2021-07-01", "enddate": "2021-07-01",
        "actor": [{"code": "RUS", "sector": None, "entity text": "Russia"}],
        "recipient": [{"code": "IND", "sector": None, "entity text": "India"}],
        "event": ["CONSULT"], "mode": ["visit"], "context": [], "quad code": 1, "cameo": "042", "coder": "comity test",
    }  # fmt: skip


def test_any_mart_as_parquet_and_csv_for_a_time_and_a_dyad(world: Settings, tmp_path: Path) -> None:
    import duckdb

    parquet = tmp_path / "all.parquet"
    assert export(world, str(parquet)).rows == 12
    rows = duckdb.execute(f"select * from '{parquet}' order by event_id").fetchall()
    assert rows == ask(world, "select * from events order by event_id")
    table = tmp_path / "months.csv"
    done = export(world, str(table), format="csv", mart="origin_months", since=date(2021, 7, 1), dyad=("RUS", "IND"))
    read = list(csv.DictReader(io.StringIO(table.read_text("utf-8"))))
    assert done.rows == len(read) == 2
    assert {(row["origin"], row["direction"], row["actor_a"]) for row in read} == {
        ("comity", "b_to_a", "IND"), ("comity", "both", "IND")
    }  # fmt: skip


WRONG = [
    ({"mart": "nothing"}, "there is no mart nothing"),
    ({"format": "xml"}, "xml is no format of ours"),
    ({"format": "gdelt", "mart": "documents"}, "gdelt is a form for events"),
    ({"mart": "documents", "dyad": ("CHN", "RUS")}, "documents has no dyads"),
    ({"mart": "actors", "since": date(2021, 1, 1)}, "actors has no dates"),
    ({"to": "/nowhere/at/all.csv"}, "cannot be written"),
]


@pytest.mark.parametrize(("keys", "said"), WRONG, ids=[said for _, said in WRONG])
def test_what_cannot_be_written_is_said(world: Settings, tmp_path: Path, keys: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        export(world, **({"to": str(tmp_path / "out")} | keys))
    assert list(tmp_path.glob("out*")) + list(tmp_path.glob(".out*")) == []


def test_a_dyad_is_two_codes() -> None:
    assert read_dyad("chn-IGOSCO") == ("CHN", "IGOSCO")
    for text in ("CHN", "CHN-CHN", "CHN-RUS-IND", "CHN–RUS"):
        with pytest.raises(InputError):
            read_dyad(text)


def test_the_command_streams_to_standard_output(world: Settings, project: Path) -> None:
    command = [sys.executable, "-m", "flows.cli", "export", "--to", "-", "--format", "csv", "--mart", "event_codes"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=True)
    assert len(list(csv.reader(io.StringIO(done.stdout)))) == 1 + ask(world, "select count(*) from event_codes")[0][0]
    assert done.stderr == f"{ask(world, 'select count(*) from event_codes')[0][0]} rows of event_codes as csv\n"
    piped = subprocess.run(
        f"{' '.join(command)} | head -n 1", shell=True, cwd=project, capture_output=True, text=True, check=True
    )
    assert piped.stdout.startswith("event_code,")
    assert "Traceback" not in piped.stderr
