"""Declarations: what is right loads, what is wrong is refused with file, key and repair."""

from __future__ import annotations

from pathlib import Path

import pytest

from sources.errors import SourceError
from sources.readers import fetches, kind_of, reader_keys
from sources.spec import adhoc_spec, load_spec, load_specs

RIGHT = {
    "reader": "folder", "path": "texts", "language": "en", "licence": "CC-BY-4.0",
    "cadence": "'0 6 * * *'", "floor": "1", "ceiling": "10",
}  # fmt: skip


def _write(folder: Path, name: str = "daily.yml", **changes: str | None) -> Path:
    lines = [f"{key}: {value}" for key, value in (RIGHT | changes).items() if value is not None]
    file = folder / name
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def test_a_declaration_takes_its_id_from_its_file_and_its_path_from_its_folder(tmp_path: Path) -> None:
    spec = load_spec(_write(tmp_path))
    assert spec.source_id == "daily"
    assert spec.path == tmp_path / "texts"
    assert spec.cadence == "0 6 * * *"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"langauge": "en"}, "did you mean language?"),
        ({"sky": "red"}, "the keys are"),
        ({"licence": None}, "licence: is missing"),
        ({"floor": None}, "floor: is missing"),
        ({"floor": "20"}, "above the ceiling"),
        ({"floor": "few"}, "floor: 'few'"),
        ({"reader": "telepathy"}, "the readers are"),
        ({"cadence": "daily"}, "five cron fields"),
        ({"path": None}, "path: is missing; reader folder reads a file or folder"),
        ({"cadence": "'61 * * * *'"}, "five cron fields"),
        ({"cadence": "'0 0 31 2 *'"}, "that can come true"),
        ({"fetch": "{delay: -1}"}, "fetch.delay: -1 cannot be used"),
        ({"fetch": "{dely: 1}"}, "fetch.dely: unknown key; did you mean delay?"),
        ({"url": "https://example.org/feed"}, "exactly one of path and url"),
        ({"path": None, "url": "https://example.org/feed"}, "url: reader folder reads files; give their path"),
        ({"encoding": "klingon"}, "name an encoding"),
        ({"language": "English"}, "language: 'English'"),
        ({"source_id": "other"}, "leave it out"),
    ],
)
def test_a_wrong_declaration_names_file_and_repair(
    tmp_path: Path, changes: dict[str, str | None], expected: str
) -> None:
    file = _write(tmp_path, **changes)
    with pytest.raises(SourceError) as caught:
        load_spec(file)
    assert "daily.yml" in str(caught.value) and expected in str(caught.value)


FETCHED = {"path": None, "reader": "web", "url": "https://example.org/news"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"reader": "rss", "url": None}, "url: is missing; reader rss needs url"),
        ({"url": None}, "url: is missing; reader web needs url, urls or sitemap"),
        ({"path": "texts", "url": None}, "path: reader web fetches; give a url"),
        ({"url": "ftp://example.org/a"}, "url: 'ftp://example.org/a' is no web address"),
        ({"url": None, "urls": "[example.org]"}, "urls: 'example.org' is no web address"),
        ({"url": None, "sitemap": "/sitemap.xml"}, "sitemap: '/sitemap.xml' is no web address"),
        ({"link_pattern": "'('"}, "link_pattern: '(' is no regular expression"),
        ({"next_pattern": "'page=2'"}, "next_pattern: leads from one index page to the next; give"),
        ({"url": None, "urls": "['https://a.example/']", "link_pattern": "x"}, "link_pattern: chooses links of a page"),
        ({"follow": "false"}, "follow: fits only reader rss, not web; leave it out"),
        ({"version": "'1.0'"}, "version: fits only reader gdelt, not web; leave it out"),
        ({"reader": "rss", "link_pattern": "x"}, "link_pattern: fits only reader web, not rss"),
        ({"reader": "rss", "exclude": "['*.pdf']"}, "include: fits no feed"),
        ({"reader": "folder", "path": "texts", "url": None, "fetch": "{delay: 2}"}, "fetch: fits only sources"),
        ({"reader": "text", "path": "texts", "url": None, "columns": "{text: body}"}, "columns: fits only reader"),
        ({"cadence": None, "grace": "5"}, "grace: says how late a slot of the cadence may be"),
    ],
)
def test_keys_that_do_not_fit_the_reader_are_refused(
    tmp_path: Path, changes: dict[str, str | None], expected: str
) -> None:
    with pytest.raises(SourceError) as caught:
        load_spec(_write(tmp_path, **(FETCHED | changes)))
    assert len(caught.value.problems) == 1
    assert caught.value.problems[0].startswith(f"daily.yml: {expected}")


def test_faults_between_keys_come_all_at_once(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        load_spec(_write(tmp_path, **FETCHED, follow="false", link_pattern="'['", floor="20"))
    keys = [problem.split(": ")[1] for problem in caught.value.problems]
    assert keys == ["follow", "link_pattern", "floor"]


@pytest.mark.parametrize(
    "changes",
    [
        {"reader": "rss", "url": "https://example.org/feed", "follow": "false"},
        {"reader": "web", "urls": "['https://example.org/a', 'http://example.org/b']"},
        {"reader": "icews", "url": "https://example.org/events.2017.tab"},
        {"reader": "gdelt", "url": "https://example.org/gdeltv2/", "version": "'2.0'"},
        {"reader": "web", "sitemap": "https://example.org/sitemap.xml", "link_pattern": "'/news/'"},
        {"reader": "web", "url": "https://example.org/", "link_pattern": "'/n/'", "next_pattern": "'page='"},
    ],
)
def test_what_fits_is_taken(tmp_path: Path, changes: dict[str, str]) -> None:
    spec = load_spec(_write(tmp_path, **({"path": None} | changes)))
    assert spec.is_fetched and spec.path is None


def test_readers_are_told_apart_by_what_they_have() -> None:
    kinds = {key: kind_of(key) for key in reader_keys()}
    assert {kinds[key] for key in ("folder", "text", "markdown")} == {"format"}
    assert {kinds[key] for key in ("rss", "web")} == {"protocol"}
    assert kinds["icews"] == "event_data" and not fetches("icews")


@pytest.mark.parametrize("content", ["a: [1", "- just\n- a list\n", "", "\t:"])
def test_what_is_no_mapping_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "odd.yml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(SourceError, match=r"odd\.yml"):
        load_spec(file)


def test_all_faults_of_a_folder_come_at_once(tmp_path: Path) -> None:
    _write(tmp_path, "one.yml", licence=None, floor="x")
    _write(tmp_path, "Two.yml")
    _write(tmp_path, "three.yaml")
    with pytest.raises(SourceError) as caught:
        load_specs(tmp_path)
    text = "\n".join(caught.value.problems)
    assert len(caught.value.problems) == 4
    assert "one.yml: licence" in text and "one.yml: floor" in text and "Two.yml" in text and "three.yml" in text


def test_include_and_exclude(tmp_path: Path) -> None:
    spec = load_spec(_write(tmp_path, include="['*.txt']", exclude="['draft*', 'old/*']"))
    assert spec.wants("a.txt") and spec.wants("sub/a.txt")
    assert not spec.wants("a.md") and not spec.wants("sub/draft1.txt") and not spec.wants("old/a.txt")
    assert adhoc_spec(tmp_path).wants("anything.at.all")


def test_the_project_s_own_declarations_are_right(project: Path) -> None:
    specs = {spec.source_id: spec for spec in load_specs(project / "sources")}
    samples = specs["samples"]
    assert samples.path is not None and samples.path.is_dir()
    texts = [p for p in samples.path.iterdir() if p.suffix in (".txt", ".md")]
    assert samples.floor <= len(texts) <= samples.ceiling
