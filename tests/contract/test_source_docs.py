"""docs/sources.md has every key of a declaration, with its default, and its examples can be loaded."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from sources.spec import FetchSpec, SourceSpec, load_spec

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "sources.md").read_text("utf-8")
KEYS, FETCH_KEYS = TEXT.split("## Every key")[1].split("Under `fetch`")
ROW = re.compile(r"^\| `(\w+)` \|([^|]*)\|", re.M)
EXAMPLES = re.findall(r"```yaml\n# sources/(\w+)\.yml\n(.*?)```", TEXT, re.S)


@pytest.mark.parametrize(("table", "model"), [(KEYS, SourceSpec), (FETCH_KEYS, FetchSpec)])
def test_the_tables_are_the_model(table: str, model: type[SourceSpec] | type[FetchSpec]) -> None:
    rows = {key: told.strip() for key, told in ROW.findall(table)}
    assert list(rows) == list(model.model_fields)
    for key, told in rows.items():
        field = model.model_fields[key]
        if told == "required":
            assert field.is_required(), key
        elif told and told != "below":
            assert yaml.safe_load(told.strip("`")) == field.default, key
        elif not told and key != "source_id":
            assert field.default is None, key


@pytest.mark.parametrize(("name", "text"), EXAMPLES, ids=[name for name, _ in EXAMPLES])
def test_the_examples_can_be_loaded(tmp_path: Path, name: str, text: str) -> None:
    file = tmp_path / f"{name}.yml"
    file.write_text(text, "utf-8")
    assert load_spec(file).source_id == name


def test_there_is_an_example_of_each_kind() -> None:
    assert {yaml.safe_load(text)["reader"] for _, text in EXAMPLES} == {"folder", "rss", "web", "gdelt"}
