"""The measures, on cases counted by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from flows.errors import InputError
from flows.evaluate import evaluate, kind_of, read_jsonl
from flows.scoring import plover_root, quad_of, score_classes, score_documents, score_sentences
from flows.settings import Settings


def act(source: str, target: str, code: str, **more: Any) -> dict[str, Any]:
    return {"source": source, "target": target, "code": code, **more}


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_each_level_forgives_what_it_says() -> None:
    gold = {
        1: [act("CHN", "RUS", "0311")],
        2: [act("USA", "IRN", "163")],
        3: [],
        4: [act("IND", "PAK", "112")],
    }
    given = {
        1: [act("CHN", "RUS", "0312"), act("CHN", "RUS", "0312")],  # right root, said twice
        2: [act("IRN", "USA", "172")],  # only the pair is right
        3: [act("FRA", "DEU", "040")],  # an event where there is none
    }
    levels, by_root = score_sentences(gold, given)
    counted = {name: (score.right, score.given, score.gold) for name, score in levels.items()}
    assert counted == {
        "exact": (0, 3, 3),
        "code": (0, 3, 3),
        "root": (1, 3, 3),
        "quad": (1, 3, 3),
        "dyad": (2, 3, 3),
        "any": (2, 3, 3),
    }
    assert (levels["root"].precision, levels["root"].recall) == (1 / 3, 1 / 3)
    assert {root: (score.right, score.given, score.gold) for root, score in by_root.items()} == {
        "03": (1, 1, 1),
        "04": (0, 1, 0),
        "11": (0, 0, 1),
        "16": (0, 0, 1),
        "17": (0, 1, 0),
    }


def test_a_symmetric_act_is_met_by_either_direction() -> None:
    gold = {1: [act("CHN", "RUS", "040", symmetric=True), act("RUS", "CHN", "040", symmetric=True)]}
    levels, _ = score_sentences(gold, {1: [act("RUS", "CHN", "040")]})
    assert (levels["root"].right, levels["root"].gold, levels["root"].given) == (1, 1, 1)


def test_roles_count_only_in_the_exact_level() -> None:
    levels, _ = score_sentences({1: [act("USAMIL", "CHN", "150")]}, {1: [act("USA", "CHN", "150")]})
    assert levels["exact"].right == 0
    assert levels["code"].f1 == 1.0


def test_nothing_given_and_nothing_wanted_do_not_divide_by_zero() -> None:
    levels, by_root = score_sentences({1: []}, {})
    assert levels["root"].f1 == 0.0
    assert by_root == {}


def unit(id_: str, text: str, *events: dict[str, Any]) -> dict[str, Any]:
    return {"id": id_, "doc": "007", "text": text, "events": list(events)}


def told(source: str, target: str, codes: list[str], *, agreed: bool = True) -> dict[str, Any]:
    return {
        "source": source,
        "target": target,
        "root": codes[0][:2],
        "codes": codes,
        "dates": ["2020-12-22"],
        "agreed": agreed,
    }


def said(text: str, source: str, target: str, code: str, date: str | None, precision: str = "day") -> dict[str, Any]:
    return {
        "doc": "reports/007_x.txt",
        "text": text,
        **act(source, target, code),
        "date": date,
        "date_precision": precision,
    }


def test_recall_asks_for_what_two_found_and_precision_accepts_what_one_found() -> None:
    text = "China and Russia held a joint air patrol over the sea on 22 December"
    gold = [
        unit(
            "a",
            text,
            told("CHN", "RUS", ["062", "0612"]),
            told("CHN", "JPN", ["150"], agreed=False),
        ),
        unit("b", "Nothing of the kind was said by anybody at the meeting today"),
    ]
    given = [
        said(f"{text}, the ministry said.", "CHN", "RUS", "0612", "2020-12-22"),
        said(text, "CHN", "JPN", "150", "2020-12-01", "month"),
        said("A sentence that nobody has annotated at all, of many other words", "CHN", "RUS", "040", None),
    ]
    levels, by_root, dates = score_documents(gold, given)
    assert (levels["code"].hits, levels["code"].gold) == (1, 1)
    assert (levels["code"].right, levels["code"].given) == (2, 2)
    assert by_root["15"].gold == 0 and by_root["15"].right == 1
    assert dates == {"accuracy": 0.75, "matched": 2}  # one to the day, one to a month that holds it


def test_plover_roots_come_from_the_most_specific_row() -> None:
    table = {"03": "AGREE", "0356": "CONCEDE", "01": ""}
    assert plover_root("0356", table) == "YIELD"
    assert plover_root("0311", table) == "AGREE"
    assert plover_root("010", table) == "-"
    assert plover_root("fight", table) == "ASSAULT"


@pytest.mark.parametrize(("code", "quad"), [("057", 1), ("061", 2), ("0841", 2), ("090", 3), ("139", 3), ("145", 4)])
def test_quad_classes(code: str, quad: int) -> None:
    assert quad_of(code) == quad


def test_macro_f1_is_over_gold_classes_and_silence_is_wrong() -> None:
    by_class, overall = score_classes(["AID", "AID", "AGREE"], ["AID", None, "AID"])
    assert by_class["AID"].precision == 0.5 and by_class["AID"].recall == 0.5
    assert by_class["AGREE"].f1 == 0.0
    assert overall == {"macro_f1": 0.25, "accuracy": 0.3333, "answered": 2, "count": 3}


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ({"id": 1, "text": "x", "events": [act("CHN", "RUS", "040")]}, "sentences"),
        ({"id": 1, "text": "x", "events": []}, "sentences"),
        ({"id": 1, **act("CHN", "RUS", "040")}, "sentences"),
        ({"id": 1, "sentence": "x", "source_text": "a", "target_text": "b", "root": "AID"}, "pairs"),
        ({"id": 1, "text": "x", **act("China", "Russia", "040")}, "pairs"),
        ({"id": 1, "doc": "0", "text": "x", "events": [told("A", "B", ["040"])]}, "documents"),
    ],
)
def test_the_fields_of_a_line_tell_its_kind(row: dict[str, Any], kind: str) -> None:
    assert kind_of([row], Path("gold.jsonl")) == kind


def test_predictions_in_a_file_are_scored_without_coding(settings: Settings, tmp_path: Path) -> None:
    gold = write(
        tmp_path / "gold.jsonl",
        [
            {
                "id": "s1",
                "text": "x",
                "events": [act("CHN", "RUS", "040"), act("CHN", "IND", "112", status="negated")],
            },
            {"id": "s2", "text": "y", "events": []},
        ],
    )
    predictions = write(
        tmp_path / "given.jsonl",
        [{"id": "s1", **act("CHN", "RUS", "042")}, {"id": "s2", **act("CHN", "RUS", "042", status="future")}],
    )
    result = evaluate(settings, gold, predictions).as_dict()
    assert result["levels"]["root"] == {
        "precision": 1.0,
        "recall": 1.0,
        "f1": 1.0,
        "gold": 1,
        "given": 1,
        "right": 1,
    }
    assert result["count"] == 2


def test_pairs_by_plover_root_and_by_code(settings: Settings, tmp_path: Path) -> None:
    gold = write(
        tmp_path / "gold.jsonl",
        [{"id": n, "sentence": "x", "source_text": "a", "target_text": "b", "root": "AID"} for n in (1, 2)],
    )
    predictions = write(tmp_path / "given.jsonl", [{"id": 1, "code": "071"}, {"id": 1, "code": "190"}])
    overall = evaluate(settings, gold, predictions).as_dict()["overall"]
    assert overall["root"] == {"macro_f1": 0.6667, "accuracy": 0.5, "answered": 1, "count": 2}
    assert overall["quad"]["accuracy"] == 0.5


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "has no lines"),
        ("{", "line 1: no JSON"),
        ("[]", "line 1: must be an object"),
        ('{"id": 1, "text": "x"}', "is no gold file"),
        ('{"id": 1, "events": [{"source": "CHN", "code": "040"}], "text": "x"}', "has no 'target'"),
    ],
)
def test_a_file_that_is_no_gold_is_refused(settings: Settings, tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text(text)
    given = write(tmp_path / "given.jsonl", [{"id": 1, **act("CHN", "RUS", "040")}])
    with pytest.raises(InputError, match=complaint):
        evaluate(settings, path, given)


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_jsonl(tmp_path / "nothing.jsonl")
