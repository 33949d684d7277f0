"""What a release says about itself, what is said beside it, and going back to an earlier one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.notices import ROLLED_BACK, WITHHELD, rolled_back, tell_withheld, withheld
from flows.publish import current_release, publish
from flows.releases import linked_file, run_of
from flows.settings import Settings, load_settings
from flows.status import look
from flows.warehouse import insert_new, open_published, open_warehouse, utc_now

Call = Callable[..., tuple[int, str, str]]
R1, R2, R3 = (f"2026010{day}T000000-0000" for day in (1, 2, 3))


def rows(settings: Settings, sql: str) -> list[tuple[Any, ...]]:
    with open_published(settings) as con:
        return con.execute(sql).fetchall()


def declare(folder: Path, monkeypatch: pytest.MonkeyPatch, **cadences: str | None) -> Settings:
    folder.mkdir()
    (folder / "texts").mkdir()
    for source_id, cadence in cadences.items():
        text = "path: texts\nlicence: own\nfloor: 0\nceiling: 9\npublisher: Ours\n"
        (folder / f"{source_id}.yml").write_text(text + (f'cadence: "{cadence}"\n' if cadence else ""))
    monkeypatch.setenv("COMITY_SOURCES_DIR", str(folder))
    return load_settings()


def test_a_release_tells_how_each_source_stood(
    built: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = declare(tmp_path / "sources", monkeypatch, tests="0 6 * * *", fresh="0 6 * * *", unused=None)
    now = utc_now()
    with open_warehouse(settings) as con:
        con.execute(
            "insert into marts.documents select * replace ('d2' as document_id, 'fresh' as source_id, ?::timestamp as "
            "retrieved_at) from marts.documents",
            [str(now)],
        )
        con.execute(
            "insert into marts.documents select * replace ('d3' as document_id, 'folder' as source_id) "
            "from marts.documents where source_id = 'tests'"
        )
    publish(settings, R1)

    assert rows(settings, "select source_id, state, cadence, document_count from publication_sources") == [
        ("folder", "undeclared", None, 1),
        ("fresh", "current", "0 6 * * *", 1),
        ("tests", "stale", "0 6 * * *", 1),
        ("unused", "empty", None, 0),
    ]
    ((stale, due, released),) = rows(settings, "select stale_source_count, next_due_at, released_at from publication")
    assert stale == 2
    assert (due.hour, due.minute) == (6, 0) and timedelta(0) < due - released <= timedelta(days=1)


def test_a_release_tells_what_is_missing(built: Settings) -> None:
    now = utc_now()
    with open_warehouse(built) as con:
        insert_new(
            con,
            "ops.slots",
            [
                {
                    "slot_id": slot, "source_id": "tests", "slot": slot, "state": state,
                    "first_seen_at": now, "last_seen_at": now,
                }
                for slot, state in (("a", "missing"), ("b", "missing"), ("c", "corrupt"), ("d", "landed"))
            ],
        )  # fmt: skip
        insert_new(
            con,
            "ops.issues",
            [
                {
                    "issue_id": name, "source_id": "tests", "uri": name, "stage": "read", "reason": "empty",
                    "detail": "fill it", "first_seen_at": now,
                }
                for name in ("x.txt", "y.txt")
            ],
        )  # fmt: skip
        # the small world was published in July 2021; a second document makes September the last month
        con.execute(
            "insert into marts.documents select * replace ('d2' as document_id, date '2021-09-05' as published_date) "
            "from marts.documents"
        )
        con.execute(
            "insert into marts.documents select * replace ('d3' as document_id, null as published_date, "
            "'unknown' as published_precision, false as is_coded, 'fr' as language, 'lettre.txt' as uri) "
            "from marts.documents where document_id = 'd2'"
        )
    publish(built, R1)
    gaps = "select kind, source_id, subject, item_count, detail from publication_gaps"
    found = rows(built, f"{gaps} where kind <> 'undated events'")
    assert found == [
        ("issues", "tests", "empty", 2, "x.txt, y.txt"),
        ("slots", "tests", "corrupt", 1, "c"),
        ("slots", "tests", "missing", 2, "a, b"),
        ("uncoded documents", "tests", "fr", 1, "lettre.txt"),
        ("undated documents", "tests", "unknown", 1, "lettre.txt"),
        ("unread month", None, "2021-08", None, "no document published then and no act of it read"),
    ]
    assert [row[:4] for row in rows(built, f"{gaps} where kind = 'undated events'")] == [
        ("undated events", None, "05", 1)
    ]
    assert rows(built, "select gap_count from publication") == [(7,)]
    told = "select missing_slot_count, open_issue_count from publication_sources where state = 'undeclared'"
    assert rows(built, told) == [(3, 2)]

    with open_warehouse(built) as con:  # where resolved issues are kept, only open ones are gaps
        con.execute("alter table ops.issues add column if not exists resolved_at timestamp")
        con.execute("update ops.issues set resolved_at = ?::timestamp where uri = 'x.txt'", [str(now)])
    publish(built, R2)
    assert rows(built, f"{gaps} where kind = 'issues'") == [("issues", "tests", "empty", 1, "y.txt")]


def test_broken_declarations_hold_up_no_publication(
    built: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = declare(tmp_path / "sources", monkeypatch)
    (tmp_path / "sources" / "wrong.yml").write_text("path: texts\n")
    publish(settings, R1)
    ((detail,),) = rows(settings, "select detail from publication_gaps where kind = 'declarations'")
    assert "wrong.yml" in detail
    assert rows(settings, "select state from publication_sources") == [("undeclared",)]


def test_a_release_tells_its_checks_and_its_rows(built: Settings) -> None:
    with open_warehouse(built) as con:
        insert_new(
            con,
            "ops.check_results",
            [
                {
                    "check_result_id": "c", "run_id": R1, "check_id": "events.b", "table_name": "events",
                    "severity": "warn", "outcome": "failed", "reason": "Why.", "observed": "7", "failing_count": 2,
                    "checked_at": utc_now(),
                }
            ],
        )  # fmt: skip
    release = publish(built, R1, checks={"events.a": "passed", "events.b": "failed"})
    assert rows(built, "from publication_checks") == [
        ("events.a", None, "passed", None, None, None),
        ("events.b", "warn", "failed", "7", 2, "Why."),
    ]
    assert dict(rows(built, "from publication_tables")) == release.row_counts
    ((comment,),) = rows(built, "select comment from duckdb_columns() where column_name = 'next_due_at'")
    assert "look beside the file" in comment


def test_a_withheld_run_is_told_beside_the_file_which_stays_as_it_was(
    built: Settings, comity: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(built, R1)
    before = linked_file(built)
    assert before is not None
    bytes_before = hashlib.sha256(before.read_bytes()).hexdigest()
    folder = tmp_path / "strict"
    folder.mkdir()
    (folder / "events.yml").write_text(
        "key: [event_id]\nchecks:\n"
        "  - {name: none_at_all, expectation: expect_table_row_count_to_be_between, kwargs: {max_value: 0},"
        " severity: stop, reason: This suite expects that nothing ever happens.}\n"
    )
    monkeypatch.setenv("COMITY_EXPECTATIONS_DIR", str(folder))
    assert comity("publish")[0] == 1

    assert linked_file(built) == before
    assert hashlib.sha256(before.read_bytes()).hexdigest() == bytes_before
    notice = json.loads((built.home / WITHHELD).read_text())
    assert (notice["outcome"], notice["published"]["run_id"], notice["run_count"]) == ("withheld", R1, 1)
    assert "events.none_at_all failed" in notice["reasons"][0]
    assert notice["look_further"] == f"comity status --run {notice['run_id']}"
    code, out, err = comity("query", "select run_id from publication", "--csv")
    assert (code, out) == (0, f"run_id\n{R1}\n")
    assert err.startswith(f"note: a newer run {notice['run_id']} was withheld at ")
    code, out, _ = comity("status", "--json")
    assert code == 1 and any("was withheld at" in trouble for trouble in json.loads(out)["troubles"])

    tell_withheld(built, "r9", "failed", ["dbt stopped"])
    again = withheld(built)
    assert again is not None and (again["run_count"], again["since"]) == (2, notice["since"])

    publish(built, R2)
    assert not (built.home / WITHHELD).exists()
    assert comity("query", "select run_id from publication", "--csv")[1:] == (f"run_id\n{R2}\n", "")


def test_a_notice_older_than_the_file_counts_for_nothing(built: Settings) -> None:
    """As a publication that was killed right after its link had moved leaves it."""
    notice = tell_withheld(built, "r0", "withheld", ["x"])
    (built.home / WITHHELD).rename(built.home / "kept")
    publish(built, R1)
    notice["at"] = "2020-01-01T00:00:00"
    (built.home / WITHHELD).write_text(json.dumps(notice))
    assert withheld(built) is None
    assert look(built).notices == []


def test_rollback_and_back_again(built: Settings, comity: Call) -> None:
    for run_id in (R1, R2, R3):
        publish(built, run_id, fingerprint=run_id)

    code, out, _ = comity("rollback")
    assert code == 0 and out.startswith(f"published {R2} again instead of {R3}; the next good publication replaces it")
    release = current_release(built)
    assert release is not None and release.run_id == R2
    assert rows(built, "select run_id from publication") == [(R2,)]
    with open_warehouse(built) as con:
        recorded = con.execute("select outcome, detail from ops.runs where verb = 'rollback'").fetchall()
    assert [(outcome, json.loads(detail)["stages"]["rollback"]["to"]) for outcome, detail in recorded] == [
        ("rolled_back", R2)
    ]
    assert json.loads(comity("status", "--json")[1])["notices"][0].startswith(f"rolled back: this is release {R2}")
    code, out, err = comity("releases")
    assert [line.split()[0] for line in out.splitlines()[2:]] == [R3, "*", R1]
    assert "rolled back" in err

    assert json.loads(comity("rollback", "20260101", "--json")[1])["to"] == R1
    notice = rolled_back(built)
    assert notice is not None and (notice["published"], notice["instead_of"]) == (R1, R3)
    assert comity("rollback")[0] == 2, "nothing earlier is kept"
    assert comity("rollback", R1)[2] == f"comity: release {R1} is what is published already\n"
    assert "there is no release 2027" in comity("rollback", "2027")[2]

    assert comity("rollback", R3)[1].startswith(f"published {R3} again instead of {R1}; it is the newest")
    assert rolled_back(built) is None and not (built.home / ROLLED_BACK).exists()


def test_the_next_good_publication_ends_a_rollback(built: Settings, comity: Call) -> None:
    publish(built, R1)
    publish(built, R2)
    comity("rollback")
    assert rolled_back(built) is not None
    publish(built, R3)
    linked = linked_file(built)
    assert linked is not None and run_of(linked) == R3
    assert rolled_back(built) is None
    assert look(built).notices == []


def test_a_broken_release_is_not_put_back(built: Settings, comity: Call) -> None:
    publish(built, R1)
    publish(built, R2)
    (built.releases_dir / f"marts-{R1}.duckdb").write_bytes(b"no database")
    code, _, err = comity("rollback")
    assert code == 2 and "cannot be" in err
    linked = linked_file(built)
    assert linked is not None and run_of(linked) == R2
    assert rolled_back(built) is None
