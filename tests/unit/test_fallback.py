"""The model behind the patterns: what it reads, when it may speak, and where its weights come from."""

from __future__ import annotations

import math
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from coder.confidence import load_calibration
from coder.dictionaries import load_dictionaries
from coder.errors import DictionaryError
from coder.fallback import NONE, WEIGHTS, Fallback, load_fallback
from coder.fallback_features import Sides, features, make_lexicon
from coder.pairs import code_pair
from coder.records import Mention
from coder.syntax import Tree
from tests.coding import SEEDS, WHEN, dictionaries, parser
from tests.golden import corpus

SMALL = Fallback(
    roots=(NONE, "05", "17"),
    codes={"05": "051", "17": "173"},
    weights={"w=praise.V": ((1, 2.0),), "w=jail.V": ((2, 2.0),), "bias": ((0, 1.0),)},
    margins={"4": 3.0, "0": 0.5},
)


def pair(text: str, source: str, target: str, *, model: bool = True) -> Mention | None:
    words = dictionaries() if model else replace(dictionaries(), fallback=None)
    return code_pair(text, source, target, WHEN, words, parser().parse)


def test_probabilities_are_a_softmax() -> None:
    odds = SMALL.log_odds({"bias": 1.0, "w=jail.V": 1.0, "w=unheard.V": 1.0})
    assert math.isclose(sum(math.exp(o) for o in odds), 1.0)
    assert math.isclose(odds[2] - odds[1], 2.0)


@pytest.mark.parametrize(
    ("found", "heard", "kind", "root"),
    [
        ({"bias": 1.0}, "", "", NONE),
        ({"bias": 1.0, "w=jail.V": 1.0}, "", "", "17"),
        ({"bias": 1.0, "w=jail.V": 1.0}, "05", "0", "17"),  # beats the small margin
        ({"bias": 1.0, "w=jail.V": 1.0}, "05", "4", "05"),  # an act that joins the two has the larger one
        ({"bias": 1.0, "w=jail.V": 1.0}, "05", "2+*", "05"),  # a kind that training hardly saw
        ({"bias": 1.0, "w=jail.V": 1.0}, "19", "0", "19"),  # a root it does not know
        ({"bias": 1.0}, "05", "0", "05"),  # with an act there is an event
    ],
)
def test_patterns_stay_in_front(found: dict[str, float], heard: str, kind: str, root: str) -> None:
    assert SMALL.choose(SMALL.log_odds(found), heard, kind).root == root


def test_a_verb_that_no_pattern_knows_is_placed() -> None:
    text = "Peru mothballed its consulate in Chile."
    assert pair(text, "Peru", "Chile", model=False) is None
    mention = pair(text, "Peru", "Chile")
    assert mention is not None
    assert (mention.decided_by, mention.pattern_id, mention.event_code[:2]) == ("model", "model-16", "16")


def test_it_says_that_it_decided_and_by_which_word() -> None:
    decided = [
        mention
        for case in corpus.sentences()[::40]
        if (mention := pair(case.reading, case.source_text, case.target_text)) is not None
        and mention.decided_by == "model"
    ]
    assert decided
    for mention in decided:
        assert mention.pattern_id in (f"model-{mention.event_code[:2]}", *dictionaries().patterns.by_id)
        assert mention.verb_text and mention.verb_text not in (mention.source_text, mention.target_text)
        assert 0 < mention.confidence < 1


def test_a_plain_act_is_left_to_its_pattern() -> None:
    mention = pair("Peru condemned Chile.", "Peru", "Chile")
    assert mention is not None
    assert (mention.event_code, mention.decided_by) == ("111", "pattern")


def test_who_the_actors_are_does_not_enter() -> None:
    lexicon = make_lexicon(dictionaries().patterns.by_id, dictionaries().classes)
    seen = []
    for text in ("Peru shelled Chile.", "Kenya shelled Oman."):
        tree = Tree(parser().parse([text])[0])
        seen.append(features(tree, Sides(frozenset([0]), frozenset([2])), lexicon))
    assert seen[0] == seen[1]
    assert "w=shell.V" in seen[0] and not any("peru" in name.lower() for name in seen[0])


def test_the_weights_come_from_the_present_sentences() -> None:
    trained = (WEIGHTS / "corpus_digest.txt").read_text("utf-8").strip()
    assert trained == corpus.digest(), (
        "the labelled sentences changed since the model was trained; run python -m tests.golden.train_fallback"
    )


def test_the_tables_are_sound_and_small() -> None:
    problems: list[str] = []
    model = load_fallback(WEIGHTS, problems)
    load_calibration(WEIGHTS, problems)
    assert problems == []
    assert set(model.codes.values()) - {""} <= dictionaries().codes
    assert all(model.codes[root].startswith(root) for root in model.roots if root != NONE)
    assert sum(path.stat().st_size for path in WEIGHTS.glob("*.csv")) < 1_000_000


def test_damaged_weights_are_named(tmp_path: Path) -> None:
    shutil.copytree(WEIGHTS, tmp_path / "weights")
    (tmp_path / "weights" / "fallback_margins.csv").write_text("kind,margin\n4,much\n", "utf-8")
    with pytest.raises(DictionaryError, match=r"fallback_margins\.csv:2"):
        load_dictionaries(SEEDS, weights=tmp_path / "weights")


def test_the_split_keeps_three_tenths_for_testing() -> None:
    labels = corpus.sentences()
    share = sum(label.is_test for label in labels) / len(labels)
    assert len(labels) >= 3000 and 0.27 < share < 0.33
