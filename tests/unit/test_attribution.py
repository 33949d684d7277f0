"""Who speaks: in front, behind, in between, in a prepositional phrase, one sentence earlier; and who is answered."""

from __future__ import annotations

from datetime import date

import pytest

from coder.attribution import under_speaker, with_speakers
from coder.pipeline import code_documents
from coder.quotations import Quotations
from coder.records import Parse, SourceDocument
from coder.syntax import Tree
from tests.coding import dictionaries, parser

EVERY_WAY = [
    "The Peruvian minister said that Chile was a reliable partner.",
    '"Chile is a reliable partner," said the Peruvian minister.',
    '"Chile," the Peruvian minister said, "is a reliable partner."',
    "Chile is a reliable partner, according to the Peruvian minister.",
    "According to the Peruvian minister, Chile is a reliable partner.",
    '"We have few complaints," the Peruvian minister said. "Chile is a reliable partner."',
]


def coded(text: str) -> set[str]:
    document = SourceDocument("d", text, None, date(2021, 6, 15), "day")
    return {
        f"{m.source_actor}>{m.target_actor}:{m.event_code}"
        for coding in code_documents([document], dictionaries(), parser().parse)
        for m in coding.mentions
        if m.status == "occurred" and "---" not in (m.source_actor, m.target_actor)
    }


@pytest.mark.parametrize("text", EVERY_WAY)
def test_the_speaker_is_found_wherever_he_stands(text: str) -> None:
    assert coded(text) == {"PER>CHL:051"}


@pytest.mark.parametrize(
    "text",
    [
        "Chile is a reliable partner, according to the data of the Peruvian press.",
        "Peru and Chile helped the poor according to their means.",
        'He wrote a book. "Chile is a reliable partner."',
    ],
)
def test_nobody_in_particular_says_nothing(text: str) -> None:
    assert coded(text) & {"PER>CHL:051", "CHL>PER:051"} == set()


def test_should_is_an_appeal_and_must_a_demand() -> None:
    assert coded("Peru should open its ports, said the Chilean minister.") == {"CHL>PER:0251"}
    assert coded("Peru must open its ports, said the Chilean minister.") == {"CHL>PER:1051"}


def test_a_reaction_is_aimed_at_whom_it_answers() -> None:
    assert coded("Chile accused Peru of forging a map. Lima denied this.") == {"CHL>PER:112", "PER>CHL:016"}
    assert coded("Peru met with Chile and Bolivia. Lima condemned the decision.") & {"PER>CHL:111"} == set()


def test_what_a_charge_alleges_is_no_event() -> None:
    assert coded("Chile said that Peruvian ships had violated its waters.") == {"CHL>PER:112"}


def test_quotations_run_on_until_they_close() -> None:
    marks = Quotations()
    assert marks.spans("He said: “It is late.") == ((10, 21),)
    assert marks.spans("We must go.” Nobody did.") == ((0, 11),)
    assert marks.spans("Nothing more.") == ()
    assert marks.spans("“Open") and marks.spans("still open")
    marks.close()
    assert marks.spans("no longer open") == ()


def test_a_mark_that_never_closes_is_given_up() -> None:
    marks = Quotations()
    assert [bool(marks.spans(text)) for text in ["“a", *"bcdefghij"]] == [True] * 7 + [False] * 3


def test_every_token_still_leads_to_a_root() -> None:
    classes = dictionaries().classes
    texts = [*EVERY_WAY, "Odd, said.", "Go, said Chile, said Peru, said Bolivia.", '", said Peru', "According to"]
    for parse in parser().parse(texts):
        for tree in (with_speakers(parse, classes["attributing"], classes["hearsay"]), under_speaker(parse)):
            for node in range(len(tree.heads)):
                for _ in tree.heads:
                    node = tree.heads[node]
                assert tree.heads[node] == node
            assert len(tree.heads) == len(tree.words) == len(tree.starts)
            assert list(tree.starts) == sorted(tree.starts)


def test_the_implied_speaker_stands_inside_the_text() -> None:
    parse = Parse(("Go", '."'), ("go", '."'), ("VB", "."), ("ROOT", "punct"), (0, 0), (0, 2))
    tree = Tree(under_speaker(parse))
    assert tree.parse.starts[-1] == 3 and tree.subjects(2) == [3]
