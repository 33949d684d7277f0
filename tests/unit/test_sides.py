"""Who acts on whom where grammar does not say it outright: near others, people at home, answers, mended parses."""

from __future__ import annotations

import pytest

from coder.records import Parse
from coder.repairs import repaired
from tests.coding import briefly, code_sentences, dictionaries, parser

NOBODY: set[str] = set()


def found(text: str) -> set[str]:
    return {briefly(m) for m in code_sentences([text])[0] if m.status == "occurred"}


@pytest.mark.parametrize(
    ("text", "dyads"),
    [
        # the nearest other side
        ("Latvia alerted its army when drones from Belarus crossed the river.", {"LVA>BLR:152"}),
        ("Rwanda moved artillery to the hills to impress Burundi.", {"RWA>BDI:154"}),
        ("Portugal sent its best wines to the fair after Spain had left early.", NOBODY),
        # but not past an object of its own
        ("Lavrov urged all countries to be patient while Armenia mourned.", NOBODY),
        # people at home
        ("Belarus jailed two opposition leaders.", {"BLR>BLR:173"}),
        ("Police beat protesters in Lima.", {"PER>PER:175"}),
        ("Rebels attacked a convoy from Chile.", {"CHL>CHL:190"}),
        ("Eritrean soldiers massacred civilians in Axum.", {"ERI>ETH:202"}),
        ("Villagers in Bhutan harvest rice for the market.", NOBODY),
        ("South Korea scrambled fighters.", NOBODY),
        # each other
        ("Algeria and Morocco accused each other of spying.", {"DZA>MAR:1125", "MAR>DZA:1125"}),
        ("Oman and Qatar discussed Lebanon.", {"OMN>QAT:046", "QAT>OMN:046"}),
        ("Talks took place between Chile and Bolivia.", {"CHL>BOL:046", "BOL>CHL:046"}),
        # doers far from their passive
        ("United Nations inspectors were refused entry by Syria.", {"SYR>IGOUN:1245"}),
        ("Rifles from Bulgaria were sent to the Georgian army.", {"BGR>GEO:072"}),
        # firms are their state's
        ("Siemens sold turbines to Iraq.", {"DEU>IRQ:061"}),
    ],
)
def test_sides(text: str, dyads: set[str]) -> None:
    assert found(text) == dyads


def test_people_are_of_the_only_state_that_is_named() -> None:
    """With a second state in the sentence nobody can tell whose rebels they are."""
    assert found("The army of Chad shelled the rebels.") == {"TCD>TCD:194"}
    assert found("Chad shelled the rebels on Tuesday.") == {"TCD>TCD:194"}
    assert "TCD>TCD:194" not in found("Chad shelled the rebels, as Libya had asked.")


def test_an_answer_is_to_whom_spoke_last() -> None:
    first, second, third = code_sentences(
        ["Georgia accused Serbia of spying.", "Serbia denied this.", "Peru denied this."], connected=True
    )
    assert {briefly(m) for m in first} == {"GEO>SRB:1125"}
    assert {briefly(m) for m in second} == {"SRB>GEO:016"}
    assert third == []


def test_they_are_the_people_just_named() -> None:
    mentions = code_sentences(
        ["The Belgian police found a list, and they passed the names of ten suspects to France."]
    )[0]
    assert {briefly(m) for m in mentions} == {"BEL>FRA:064"}


def _parse(text: str) -> Parse:
    return parser().parse([text])[0]


def _mended(text: str) -> Parse:
    patterns = dictionaries().patterns
    return repaired(_parse(text), patterns.verbs, patterns.nouns)


@pytest.mark.parametrize(
    ("text", "verb", "subject"),
    [
        ("India hosts teleconference for the committee", "hosts", "India"),
        ("Egypt brokers truce between Israel and Hamas", "brokers", "Egypt"),
        ("Ecuador, whose own fleet is small, lent two frigates to Peru.", "lent", "Ecuador"),
        ("The Jordanians arrested in May were freed by Iraq.", "freed", "Jordanians"),
    ],
)
def test_the_verb_gets_its_subject(text: str, verb: str, subject: str) -> None:
    parse = _mended(text)
    at, who = parse.words.index(verb), parse.words.index(subject)
    assert parse.heads[who] == at and parse.deps[who].startswith("nsubj")


@pytest.mark.parametrize(
    "text",
    ["Yemen rebels attack Saudi oil site", "Taiwan jets shadow Chinese bombers", "Chile and Peru signed a treaty."],
)
def test_what_is_sound_stays(text: str) -> None:
    assert _mended(text) == _parse(text)


def test_repairs_keep_a_tree() -> None:
    """Every token still hangs on a token, and its way up ends."""
    for text in (
        "",
        ".",
        "A, whose b c, d.",
        "Arms arms arms.",
        "Loans worth much were given to Mali.",
    ):
        parse = _mended(text or " ")
        for token in range(len(parse.words)):
            steps = 0
            while parse.heads[token] != token:
                token, steps = parse.heads[token], steps + 1
                assert steps <= len(parse.words)
