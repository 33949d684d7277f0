"""Many queries rest on the code tables: their keys, parents, ranges and documented quirks must hold.

Run as a script, this module writes the list of disagreements in docs/scales.md anew.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SEEDS = ROOT / "dbt_project" / "seeds"
SCALES_PAGE = ROOT / "docs" / "scales.md"
BEGIN, END = "<!-- disagreements: begin -->\n", "<!-- disagreements: end -->"
GOLDSTEIN = ("goldstein_gdelt", "goldstein_icews", "goldstein_phoenix", "goldstein_gdeltpyr")
OBSOLETE = {"0110", "0357", "109", "1641", "1642", "1643"}


def rows(name: str) -> list[dict[str, str]]:
    with (SEEDS / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


CODES = {row["event_code"]: row for row in rows("cameo_codes.csv")}
SCALES = rows("scales.csv")
PLOVER = {row["event_code"]: row for row in rows("plover_map.csv")}
SCORES = {(row["scale_id"], row["event_code"]): float(row["score"]) for row in SCALES}


def disagreements() -> str:
    """A Markdown table of the codes on which the printed Goldstein numbers differ."""
    printed: dict[str, dict[str, str]] = {}
    for row in SCALES:
        if row["scale_id"] in GOLDSTEIN and "inherited" not in row["source"]:
            printed.setdefault(row["event_code"], {})[row["scale_id"]] = row["score"]
    lines = ["| code | name | " + " | ".join(GOLDSTEIN) + " |", "|---|---|" + "---|" * len(GOLDSTEIN)]
    for code in sorted(printed):
        if len(set(printed[code].values())) > 1:
            cells = [printed[code].get(scale, "") for scale in GOLDSTEIN]
            lines.append(f"| {code} | {CODES[code]['name']} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def quad_of(root: str) -> str:
    number = int(root)
    return "1" if number <= 5 else "2" if number <= 8 else "3" if number <= 13 else "4"


@pytest.mark.parametrize("name", ["cameo_codes.csv", "plover_map.csv", "scales.csv"])
def test_files_are_plain_sorted_csv_with_unique_keys(name: str) -> None:
    raw = (SEEDS / name).read_bytes()
    assert b"\r" not in raw and not raw.startswith(b"\xef\xbb\xbf") and raw.endswith(b"\n")
    keys = [(row.get("scale_id", ""), row["event_code"]) for row in rows(name)]
    assert keys == sorted(set(keys))


def test_every_code_hangs_under_its_root_and_parent() -> None:
    roots = {code for code in CODES if len(code) == 2}
    assert roots == {f"{number:02d}" for number in range(1, 21)}
    for code, row in CODES.items():
        assert row["event_root"] == code[:2]
        assert int(row["level"]) == len(code) - 1
        assert row["quad_class"] == quad_of(row["event_root"])
        if len(code) == 4 and code not in OBSOLETE:
            assert code[:3] in CODES


def test_every_code_is_named_and_described_in_a_sentence() -> None:
    for code, row in CODES.items():
        assert row["name"] and not row["name"].isupper(), code
        assert row["description"].endswith(".") and 20 < len(row["description"]) < 160, code
    current = [row["description"] for row in CODES.values() if row["is_current"] == "1"]
    assert len(current) == len(set(current))


def test_obsolete_codes_are_marked_and_no_others() -> None:
    assert {code for code, row in CODES.items() if row["is_current"] == "0"} == OBSOLETE


def test_scales_score_known_codes_within_bounds() -> None:
    assert {row["scale_id"] for row in SCALES} == {*GOLDSTEIN, "plover_2021"}
    for row in SCALES:
        assert row["event_code"] in CODES
        assert -10 <= float(row["score"]) <= 10
        assert row["source"] and row["ontology_version"]


def test_the_scale_of_the_marts_covers_every_current_code() -> None:
    current = {code for code, row in CODES.items() if row["is_current"] == "1"}
    assert current <= {code for scale, code in SCORES if scale == "goldstein_gdelt"}


def test_plover_maps_every_code_and_leaves_roots_01_and_02_empty() -> None:
    assert PLOVER.keys() == CODES.keys()
    for code, row in PLOVER.items():
        assert bool(row["plover_type"]) is (code[:2] not in {"01", "02"}), code
        assert (("plover_2021", code) in SCORES) is (bool(row["plover_type"]) and code not in OBSOLETE)


@pytest.mark.parametrize(
    ("scale", "code", "score"),
    [
        ("goldstein_gdelt", "043", 2.8),
        ("goldstein_gdelt", "057", 8.0),
        ("goldstein_gdelt", "190", -10.0),
        ("goldstein_icews", "016", -5.0),
        ("goldstein_phoenix", "163", -6.5),
        ("plover_2021", "041", 1.5),
        ("plover_2021", "112", -2.0),
        ("plover_2021", "11", -3.0),
        ("plover_2021", "087", 10.0),
    ],
)
def test_known_weights(scale: str, code: str, score: float) -> None:
    assert SCORES[scale, code] == score


def test_the_page_on_scales_lists_the_disagreements_as_they_are() -> None:
    page = SCALES_PAGE.read_text(encoding="utf-8")
    listed = page.partition(BEGIN)[2].partition(END)[0]
    assert listed == disagreements(), "run: python tests/contract/test_code_tables.py"


if __name__ == "__main__":
    before, _, rest = SCALES_PAGE.read_text(encoding="utf-8").partition(BEGIN)
    SCALES_PAGE.write_text(before + BEGIN + disagreements() + END + rest.partition(END)[2], encoding="utf-8")
