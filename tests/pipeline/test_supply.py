"""How sources stand: slots of a cadence, bounds, failures; as `comity ingest` and `comity sources` tell it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows import cadence, slots
from flows.settings import Settings, load_settings
from flows.supply import supplies
from flows.warehouse import open_warehouse, utc_now
from sources.spec import load_spec


@pytest.fixture
def declared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "sources"
    (folder / "texts").mkdir(parents=True)
    (folder / "texts" / "a.txt").write_text("Ministers of China and Russia met in Delhi.\n")
    (folder / "good.yml").write_text("path: texts\nlicence: own\nlanguage: en\nfloor: 1\nceiling: 9\n")
    monkeypatch.setenv("COMITY_SOURCES_DIR", str(folder))
    return folder


def test_the_states_of_sources(declared: Path, comity: Any) -> None:
    code, out, _ = comity("sources")
    assert code == 0 and "good" in out and " new" in out
    assert comity("ingest", "good")[:2] == (0, "good: 1 new documents, 0 known, from 1 files\n")
    (found,) = json.loads(comity("sources", "--json")[1])
    assert (found["state"], found["new_count"], found["last_volume"], found["open_issues"]) == ("ok", 1, 1, 0)

    (declared / "few.yml").write_text("path: texts\nlicence: own\nfloor: 5\nceiling: 9\n")
    (declared / "gone.yml").write_text("path: nowhere\nlicence: own\nfloor: 0\nceiling: 9\ncadence: 0 6 * * *\n")
    code, _, err = comity("ingest")
    assert code == 1 and "below its floor 5" in err and "has nothing at" in err
    code, out, err = comity("sources")
    states = {line.split()[0]: line for line in out.splitlines()[2:]}
    assert code == 1 and "has nothing at" in err
    assert "below floor" in states["few"] and "failed" in states["gone"] and " ok " in states["good"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("ingest", "good", "--since", "2021-06-01"), "read from files, which have no period"),
        (("ingest", "--since", "yesterday"), "--since yesterday is no date"),
        (("ingest", "--since", "2021-06-02", "--until", "2021-06-01"), "swap them"),
        (("ingest", "good", "--path", "."), "not both"),
        (("ingest", "--retry-issues", "--path", "."), "leave out --path"),
    ],
)
def test_misuse_is_one_sentence(declared: Path, comity: Any, arguments: tuple[str, ...], expected: str) -> None:
    code, _, err = comity(*arguments)
    assert code == 2 and expected in err and err.count("\n") == 1


def test_retrying_says_what_is_still_open(declared: Path, comity: Any) -> None:
    (declared / "texts" / "b.txt").write_bytes(b"")
    assert comity("ingest", "good")[0] == 0
    code, out, err = comity("ingest", "--retry-issues")
    assert (code, out) == (1, "good: 0 issues settled, 1 still open; 0 new documents\n") and "b.txt" in err
    (declared / "texts" / "b.txt").write_text("Envoys of India met.\n")
    assert "1 issues settled" in comity("ingest", "good")[1]
    assert comity("ingest", "--retry-issues")[:2] == (0, "no open issues\n")


def test_a_cadence_has_a_slot_for_each_time(settings: Settings, declared: Path) -> None:
    file = declared / "daily.yml"
    file.write_text("path: texts\nlicence: own\nfloor: 0\nceiling: 9\ncadence: 0 6 * * *\ngrace: 60\n")
    spec = load_spec(file)
    days = [datetime(2021, 6, day, 7) for day in (1, 2, 5)]
    with open_warehouse(settings) as con:
        cadence.note(con, spec, days[0], 3, False, "r1")
        cadence.note(con, spec, days[0] + timedelta(minutes=5), 2, False, "r1")  # the same slot again
        cadence.note(con, spec, days[1], 0, False, "r2")
        cadence.note(con, spec, days[2], 1, True, "r3")
        found = {name: (row.state, row.row_count) for name, row in slots.known(con, "daily").items()}
        assert found == {
            "2021-06-01 06:00": ("landed", 5),
            "2021-06-02 06:00": ("empty", 0),
            "2021-06-03 06:00": ("missing", None),
            "2021-06-04 06:00": ("missing", None),
            "2021-06-05 06:00": ("missing", None),
        }
        cadence.note(con, spec, days[2] + timedelta(hours=1), 4, False, "r4")
        assert slots.known(con, "daily")["2021-06-05 06:00"].state == "landed"


def test_a_silent_source_is_overdue(declared: Path, comity: Any) -> None:
    (declared / "good.yml").write_text("path: texts\nlicence: own\nfloor: 0\nceiling: 9\ncadence: 0 * * * *\n")
    assert comity("ingest", "good")[0] == 0
    (now,) = supplies(load_settings())
    (later,) = supplies(load_settings(), utc_now() + timedelta(days=1))
    assert (now.state, later.state) == ("ok", "overdue")
    assert now.slots == {"landed": 1}
