"""A changed dictionary: only what its words stand in is coded again, what changed is told, taking it back restores."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flows import coders
from flows.code import code_new
from flows.commands.changes import recoding_text
from flows.ingest import ingest_path
from flows.settings import Settings, load_settings
from flows.warehouse import open_warehouse

TEXTS = {
    "criticism": "5 May 2021\n\nJapan criticised Russia over the islands on Tuesday. China met with India on Monday.\n",
    "echo": "6 May 2021\n\nTokyo criticised Moscow on 4 May 2021, a newspaper wrote.\n",
    "visit": "7 May 2021\n\nFrench President Emmanuel Macron visited Germany on Thursday.\n",
    "quiet": "8 May 2021\n\nThe weather was fine, and the ships stayed in the harbour.\n",
}
CURRENT = """
    select document_id, coalesce(same_as, coding_id) as found_by, dictionary_hash from ops.codings
    qualify row_number() over (partition by document_id order by coding_no desc) = 1
"""
Cells = dict[str, str]


@pytest.fixture
def seeds(tmp_path: Path, coded: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the dictionaries that may be edited."""
    folder = tmp_path / "seeds"
    shutil.copytree(coded / "seeds", folder)
    monkeypatch.setenv("COMITY_DICTIONARIES_DIR", str(folder))
    return folder


@pytest.fixture(scope="module")
def coded(tmp_path_factory: pytest.TempPathFactory, project: Path) -> Path:
    """Four documents, coded; to be copied."""
    folder = tmp_path_factory.mktemp("coded")
    (folder / "texts").mkdir()
    for name, text in TEXTS.items():
        (folder / "texts" / f"{name}.txt").write_text(text, "utf-8")
    shutil.copytree(project / "dbt_project" / "seeds", folder / "seeds")
    settings = Settings(home=folder / "home", dictionaries_dir=folder / "seeds")
    ingest_path(settings, folder / "texts")
    assert code_new(settings, "r1").documents == len(TEXTS)
    return folder


@pytest.fixture
def world(seeds: Path, coded: Path, tmp_path: Path) -> Settings:
    """The settings of this test, whose home holds the four documents."""
    shutil.copytree(coded / "home", tmp_path / "home")
    shutil.copytree(coded / "texts", tmp_path / "texts")
    return load_settings()


def ask(settings: Settings, sql: str) -> list[tuple[Any, ...]]:
    with open_warehouse(settings) as con:
        return con.execute(sql).fetchall()


def standing(settings: Settings) -> list[tuple[Any, ...]]:
    """The mentions that hold now."""
    return ask(
        settings,
        f"select m.* from raw.event_mentions m join ({CURRENT}) c on c.found_by = m.coding_id order by mention_id",
    )


def coded_in(settings: Settings, run_id: str) -> set[str]:
    """The documents that were really coded in a run."""
    rows = ask(
        settings,
        "select uri from ops.codings join raw.documents using (document_id) "
        f"where run_id = '{run_id}' and same_as is null",
    )
    return {Path(uri).stem for (uri,) in rows}


def edit(folder: Path, table: str, change: Callable[[list[Cells]], list[Cells]]) -> None:
    path = folder / f"{table}.csv"
    with path.open(encoding="utf-8", newline="") as handle:
        reader = csv.DictReader(handle)
        header, rows = reader.fieldnames or [], list(reader)
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, header, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(change(rows))


def give(key: str, value: str, **cells: str) -> Callable[[list[Cells]], list[Cells]]:
    """An edit that sets cells of the rows with this key."""

    def change(rows: list[Cells]) -> list[Cells]:
        assert any(row[key] == value for row in rows)
        return [row | cells if row[key] == value else row for row in rows]

    return change


def recode_criticism(world: Settings, seeds: Path) -> str:
    """Edit the row that codes the criticism; gives its id."""
    (pattern, code) = ask(
        world,
        "select distinct pattern_id, event_code from raw.event_mentions where source_actor = 'JPN'",
    )[0]
    assert code.startswith("11")
    edit(seeds, "verb_patterns", give("pattern_id", pattern, event_code="160"))
    return str(code)


def test_only_documents_with_the_changed_word_are_coded_again(world: Settings, seeds: Path) -> None:
    code = recode_criticism(world, seeds)
    report = code_new(world, "r2", recode=True)
    assert coded_in(world, "r2") == {"criticism", "echo"}
    assert (report.documents, report.documents_again, report.documents_untouched) == (2, 2, 2)
    assert (report.documents_restored, report.parses_made) == (0, 0)
    assert (report.changed_rows, report.reasons) == ({"verb_patterns": 1}, [])
    changes = report.changes
    assert changes is not None
    assert (changes["gained"], changes["lost"], changes["changed"]) == (0, 0, 1)  # both texts tell of one event
    assert changes["mentions_before"] == changes["mentions_after"] >= 3
    assert changes["by_root"] == [
        {"event_root": "11", "gained": 0, "lost": 0, "changed_from": 1, "changed_to": 0},
        {"event_root": "16", "gained": 0, "lost": 0, "changed_from": 0, "changed_to": 1},
    ]
    assert changes["by_dyad_month"] == [
        {
            "source_actor": "JPN",
            "target_actor": "RUS",
            "month": "2021-05",
            "gained": 0,
            "lost": 0,
            "changed": 1,
        }
    ]
    (example,) = changes["examples"]
    assert (example["change"], example["code_before"], example["code_after"]) == ("changed", code, "160")
    assert "criticised" in example["sentence"]
    assert [row["event_code"] for row in example["before"]] == [code]
    assert [row["event_code"] for row in example["after"]] == ["160"]
    text = recoding_text(report.as_dict())
    assert "1 row of verb_patterns" in text and "1 with another code" in text and "JPN>RUS 160" in text
    # the untouched are marked, and their mentions are found through the mark
    assert len({row[2] for row in ask(world, CURRENT)}) == 1
    assert {("CHN", "IND"), ("FRA", "DEU"), ("JPN", "RUS")} <= {(row[4], row[6]) for row in standing(world)}


def test_a_second_recoding_adds_nothing_and_tells_of_nothing(world: Settings, seeds: Path) -> None:
    recode_criticism(world, seeds)
    code_new(world, "r2", recode=True)
    tables = ("raw.event_mentions", "raw.sentences", "ops.codings", "ops.dictionaries", "ops.dictionary_rows")
    before = [ask(world, f"select count(*), bit_xor(hash(t)) from {table} t") for table in tables]
    report = code_new(world, "r3", recode=True)
    assert (report.documents, report.documents_known, report.documents_untouched) == (0, len(TEXTS), 0)
    assert report.changes is not None
    assert (report.changes["gained"], report.changes["lost"], report.changes["changed"]) == (0, 0, 0)
    assert recoding_text(report.as_dict()).endswith("No event changed.")
    assert [ask(world, f"select count(*), bit_xor(hash(t)) from {table} t") for table in tables] == before


def test_taking_a_change_back_makes_the_first_coding_current_again(world: Settings, seeds: Path) -> None:
    first = standing(world)
    saved = (seeds / "verb_patterns.csv").read_bytes()
    recode_criticism(world, seeds)
    code_new(world, "r2")
    second = standing(world)
    assert second != first
    for run, rows in (("r3", first), ("r5", first)):
        changed = (seeds / "verb_patterns.csv").read_bytes()
        (seeds / "verb_patterns.csv").write_bytes(saved)
        report = code_new(world, run, recode=True)
        assert (report.documents, report.documents_restored) == (0, len(TEXTS))
        assert report.changes is not None and report.changes["changed"] == 1
        assert code_new(world, f"{run}-again").documents_restored == 0
        assert standing(world) == rows
        # and forth again: what was coded once is not coded twice
        (seeds / "verb_patterns.csv").write_bytes(changed)
        report = code_new(world, f"{run}-forth")
        assert (report.documents, report.documents_restored) == (0, len(TEXTS))
        assert standing(world) == second
    assert ask(world, "select count(*) = count(distinct coding_id) from ops.codings") == [(True,)]


def test_a_new_name_touches_only_the_texts_it_stands_in(world: Settings, seeds: Path) -> None:
    """Though the whole row of the state has changed, with names that stand elsewhere."""
    edit(
        seeds,
        "actors",
        lambda rows: [
            row | {"names": row["names"] + "|The weather"} if row["actor_code"] == "JPN" else row for row in rows
        ],
    )
    report = code_new(world, "r2", recode=True)
    assert coded_in(world, "r2") == {"quiet"}
    assert report.changes is not None and report.changes["mentions_before"] == 0


def test_another_actor_gains_and_loses(world: Settings, seeds: Path) -> None:
    edit(seeds, "people", give("name", "Emmanuel Macron", actor_code="ITA"))
    report = code_new(world, "r2", recode=True)
    assert coded_in(world, "r2") == {"visit"}
    assert report.changes is not None
    assert report.changes["gained"] == report.changes["lost"] >= 1 and report.changes["changed"] == 0
    actors = {row["source_actor"] for row in report.changes["by_dyad_month"]}
    assert {"FRA", "ITA"} <= actors <= {"FRA", "ITA", "DEU"}  # a visit has its host


def test_what_documents_a_row_touches_nothing(world: Settings, seeds: Path) -> None:
    edit(seeds, "verb_patterns", lambda rows: [row | {"note": "seen"} for row in rows])
    edit(seeds, "cameo_codes", give("event_code", "01", description="Words that say more than nothing at all."))
    report = code_new(world, "r2", recode=True)
    assert (report.documents, report.documents_untouched, report.changed_rows) == (0, len(TEXTS), {})


def test_a_table_that_can_touch_anything_codes_everything_again(world: Settings, seeds: Path) -> None:
    edit(seeds, "references", lambda rows: [*rows, {"phrase": "these twain", "kind": "pair", "role": ""}])
    report = code_new(world, "r2", recode=True)
    assert (report.documents_again, report.parses_made) == (len(TEXTS), 0)
    assert report.reasons == ["any document may depend on references"]


def test_a_model_is_not_even_loaded(world: Settings, seeds: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(model: str) -> None:
        raise AssertionError("a recoding parses nothing")

    recode_criticism(world, seeds)
    monkeypatch.setattr(coders, "_parser", refuse)
    assert code_new(world, "r2").failed == 0


def test_a_sentence_that_only_the_new_word_makes_worth_a_parse_is_counted(
    world: Settings, seeds: Path, tmp_path: Path
) -> None:
    (tmp_path / "texts" / "new.txt").write_text("9 May 2021\n\nChile flummoxes Peru.\n", "utf-8")
    ingest_path(world, tmp_path / "texts")
    assert code_new(world, "r2").parsed == 0
    row = {"pattern_id": "zz-flummox", "trigger": "flummox", "pos": "V", "event_code": "111", "frame": "act"}
    edit(seeds, "verb_patterns", lambda rows: [*rows, row])
    report = code_new(world, "r3", recode=True)
    assert coded_in(world, "r3") == {"new"} and report.parses_made == 1
    assert report.changes is not None and (report.changes["gained"], report.changes["lost"]) == (1, 0)
    assert [row["pattern_id"] for row in report.changes["examples"][0]["after"]] == ["zz-flummox"]


def test_a_recoding_gives_the_rows_of_a_fresh_coding(
    world: Settings, seeds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recode_criticism(world, seeds)
    edit(seeds, "people", give("name", "Emmanuel Macron", actor_code="ITA"))
    code_new(world, "r2")
    monkeypatch.setenv("COMITY_HOME", str(tmp_path / "fresh"))
    fresh = load_settings()
    ingest_path(fresh, tmp_path / "texts")
    code_new(fresh, "r1")
    own = "mention_id, coding_id, document_id, sentence_id, dictionary_hash, coded_at"  # named by where and how
    sql = (
        f"select m.* exclude ({own}) from raw.event_mentions m "
        f"join ({CURRENT}) c on c.found_by = m.coding_id order by all"
    )
    assert ask(world, sql) == ask(fresh, sql) != []


def test_a_clock_that_was_set_back_does_not_bring_back_the_old_coding(world: Settings, seeds: Path) -> None:
    with open_warehouse(world) as con:
        con.execute("update ops.codings set coded_at = '2999-01-01'")
    recode_criticism(world, seeds)
    assert code_new(world, "r2").documents == 2
    assert code_new(world, "r3").documents == 0


def test_the_verb_prints_the_changes_for_people_and_programs(
    world: Settings, seeds: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from flows.commands.running import code

    recode_criticism(world, seeds)
    code(recode=True, examples=0, as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert (found["changes"]["changed"], found["changes"]["examples"]) == (1, [])
    code(recode=True, examples=1)
    assert "No event changed." in capsys.readouterr().out
