"""Declarations: what is right loads, what is wrong is refused with file, key and repair."""

from __future__ import annotations

from pathlib import Path

import pytest

from sources.errors import SourceError
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
        ({"colour": "red"}, "the keys are"),
        ({"licence": None}, "licence: is missing"),
        ({"floor": None}, "floor: is missing"),
        ({"floor": "20"}, "above the ceiling"),
        ({"floor": "few"}, "floor: 'few'"),
        ({"reader": "telepathy"}, "the readers are"),
        ({"cadence": "daily"}, "five cron fields"),
        ({"path": None}, "exactly one of path and url"),
        ({"url": "https://example.org/feed"}, "exactly one of path and url"),
        ({"path": None, "url": "https://example.org/feed"}, "no reader of this version fetches"),
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
