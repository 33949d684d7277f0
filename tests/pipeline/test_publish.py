"""A release appears whole or not at all, and readers never notice the moment."""

from __future__ import annotations

import json
import os
from pathlib import Path

import duckdb
import pytest

import flows.publish as publishing
from flows.errors import NothingPublishedError
from flows.publish import PublishError, current_release, publish, releases
from flows.settings import Settings
from flows.warehouse import open_published, open_warehouse

MARTS = {
    "actors",
    "documents",
    "dyad_days",
    "dyad_month_scores",
    "dyad_months",
    "dyad_years",
    "event_codes",
    "event_mentions",
    "events",
    "origin_months",
    "publisher_months",
    "publication",
    "publication_checks",
    "publication_gaps",
    "publication_sources",
    "publication_tables",
}


def linked(settings: Settings) -> Path:
    return Path(os.path.realpath(settings.marts_link))


def test_a_release_is_plain_tables_in_the_default_schema(built: Settings) -> None:
    release = publish(built, "r1", checks={"events.a": "passed", "events.b": "failed"}, fingerprint="f")

    with open_published(built) as con:
        tables = con.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        views = con.execute("select count(*) from duckdb_views() where not internal").fetchone()
        row = con.execute("select run_id, data_until, passed_count, warnings from publication").fetchone()
        comment = con.execute("select comment from duckdb_tables() where table_name = 'events'").fetchone()
        events = con.execute("select count(*) from events").fetchone()
    assert {schema for schema, _ in tables} == {"main"}
    assert {name for _, name in tables} == MARTS
    assert views == (0,)
    assert row is not None
    assert (row[0], row[2], row[3]) == ("r1", 1, ["events.b failed"])
    assert row[1] is not None
    assert comment is not None and comment[0].startswith("One row per")
    assert events == (4,) == (release.row_counts["events"],)


def test_the_manifest_says_what_was_published(built: Settings) -> None:
    publish(built, "r1", checks={"events.a": "passed"}, fingerprint="f")

    manifest = json.loads((built.releases_dir / "marts-r1.json").read_text())
    assert manifest["run_id"] == "r1"
    assert manifest["fingerprint"] == "f"
    assert manifest["checks"] == {"events.a": "passed"}
    assert manifest["versions"]["duckdb"] == duckdb.__version__
    assert manifest["row_counts"]["documents"] == 1
    release = current_release(built)
    assert release is not None and release.as_dict() == manifest


def test_the_link_is_relative_so_that_a_home_can_be_moved(built: Settings, tmp_path: Path) -> None:
    publish(built, "r1")
    moved = built.home.rename(tmp_path / "moved")
    with open_published(Settings(home=moved)) as con:
        assert con.execute("select count(*) from events").fetchone() == (4,)


def test_an_open_reader_goes_on_undisturbed(built: Settings) -> None:
    publish(built, "r1")
    reader = duckdb.connect(str(linked(built)), read_only=True)
    with open_warehouse(built) as con:
        con.execute("delete from marts.events where event_code = '040'")
    publish(built, "r2")

    assert reader.execute("select count(*) from events").fetchone() == (4,)
    with open_published(built) as con:
        assert con.execute("select count(*) from events").fetchone() == (3,)
    reader.close()


def test_the_last_five_are_kept_and_the_linked_one_always(built: Settings) -> None:
    for number in range(1, 8):
        publish(built, f"r{number}")
    assert [path.stem for path in releases(built)] == [f"marts-r{number}" for number in range(3, 8)]
    assert len(list(built.releases_dir.glob("*.json"))) == 5

    publishing.point_link(built, releases(built)[0])  # someone went back to an older one
    one = built.model_copy(update={"keep_releases": 1})
    publishing.prune(one)
    assert [path.stem for path in releases(built)] == ["marts-r3", "marts-r7"]


@pytest.mark.parametrize("step", ["write_publication", "_verify", "sync", "write_text", "point_link", "prune"])
def test_a_publication_that_dies_leaves_the_old_one(
    built: Settings, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    publish(built, "r1")

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(publishing, step, die)
        with pytest.raises(KeyboardInterrupt):
            publish(built, "r2")
    expected = "marts-r2" if step == "prune" else "marts-r1"  # by then the link has moved
    assert linked(built).stem == expected
    with open_published(built) as con:
        assert con.execute("select count(*) from events").fetchone() == (4,)

    publish(built, "r3")
    assert linked(built).stem == "marts-r3"
    assert not list(built.home.rglob("*.tmp*"))
    assert all(path.with_suffix(".duckdb").exists() for path in built.releases_dir.glob("*.json"))


def test_a_release_that_lost_rows_is_not_linked(built: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(built, "r1")
    write = publishing._write

    def lossy(settings: Settings, run_id: str, draft: Path, *rest: object) -> publishing.Release:
        release = write(settings, run_id, draft, *rest)  # type: ignore[arg-type]
        with duckdb.connect(str(draft)) as con:
            con.execute("delete from events")
        return release

    monkeypatch.setattr(publishing, "_write", lossy)
    with pytest.raises(PublishError, match="rows in events"):
        publish(built, "r2")
    assert linked(built).stem == "marts-r1"


def test_a_full_disk_is_one_sentence(built: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(publishing, "sync", full)
    with pytest.raises(PublishError, match=r"No space left on device.*make room"):
        publish(built, "r1")


def test_nothing_built_and_nothing_published(settings: Settings) -> None:
    with open_warehouse(settings):
        pass
    with pytest.raises(PublishError, match="comity build"):
        publish(settings, "r1")
    with pytest.raises(NothingPublishedError, match="comity run"), open_published(settings):
        pass


def test_one_run_publishes_once(built: Settings) -> None:
    publish(built, "r1")
    with pytest.raises(PublishError, match="has published already"):
        publish(built, "r1")
