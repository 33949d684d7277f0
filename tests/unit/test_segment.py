"""Sentences, headlines, captions and chronology items out of real layouts; and no input that hurts."""

from __future__ import annotations

import csv
import random
import re
import time
from collections import defaultdict
from pathlib import Path

import pytest

from coder.reading import reading
from coder.records import Sentence
from coder.segment import LONGEST, segment

ROOT = Path(__file__).resolve().parents[2]


def terms() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    with (ROOT / "dbt_project/seeds/segment_terms.csv").open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            found[row["kind"]].add(row["term"])
    return {kind: frozenset(words) for kind, words in found.items()}


TERMS = terms()


def cases(name: str) -> list[tuple[str, str, list[str]]]:
    """The cases of a fixture: id, text, expected lines."""
    text = (ROOT / "tests/fixtures" / name).read_text(encoding="utf-8")
    found = []
    for part in re.split(r"^### ", text, flags=re.MULTILINE)[1:]:
        head, expected = part.split("\n---\n")
        case, _, body = head.partition("\n")
        found.append((case, body, [line for line in expected.splitlines() if line.strip()]))
    return found


def shown(sentence: Sentence) -> str:
    head = f" [{sentence.anchor.text}]" if sentence.anchor else ""
    return f"{sentence.kind}{head}: {sentence.reading}"


def check_invariants(text: str, sentences: tuple[Sentence, ...]) -> None:
    last = 0
    for no, sentence in enumerate(sentences):
        assert sentence.no == no
        assert last <= sentence.start < sentence.end
        assert text[sentence.start : sentence.end] == sentence.text
        assert len(sentence.offsets) == len(sentence.reading) + 1
        assert list(sentence.offsets) == sorted(sentence.offsets)
        assert any(c.isalpha() for c in sentence.reading)
        for character, place in zip(sentence.reading, sentence.offsets, strict=False):
            assert sentence.start <= place < sentence.end
            assert character in (text[place], " ")
        last = sentence.end


@pytest.mark.parametrize(
    ("case", "text", "expected"), cases("segment.txt"), ids=lambda v: v if isinstance(v, str) else ""
)
def test_fixture(case: str, text: str, expected: list[str]) -> None:
    sentences = segment(text, TERMS)
    assert [shown(s) for s in sentences] == expected
    check_invariants(text, sentences)


@pytest.mark.parametrize(
    ("case", "text", "expected"), cases("segment.txt"), ids=lambda v: v if isinstance(v, str) else ""
)
def test_line_ends_do_not_matter(case: str, text: str, expected: list[str]) -> None:
    windows = text.replace("\n", "\r\n")
    sentences = segment(windows, TERMS)
    assert [shown(s) for s in sentences] == expected
    check_invariants(windows, sentences)


def test_a_given_title_is_a_headline_though_it_ends_in_a_stop() -> None:
    text = "Mali and Niger at war?\n\nMali denied it."
    assert [s.kind for s in segment(text, TERMS)] == ["body", "body"]
    assert [s.kind for s in segment(text, TERMS, title="Mali and  Niger at war?")] == ["headline", "body"]


def test_span_leads_back_through_links() -> None:
    text = "The [Polish minister](https://example.org/p) *warned* Minsk."
    (sentence,) = segment(text, TERMS)
    for word in ("Polish minister", "warned", "Minsk"):
        at = sentence.reading.index(word)
        start, end = sentence.span(at, at + len(word))
        assert text[start:end] == word


def test_a_head_stays_in_the_text_and_out_of_the_reading() -> None:
    text = "May 4, 2018: Mali frees a diplomat. France thanks it."
    first, second = segment(text, TERMS)
    assert first.text == "May 4, 2018: Mali frees a diplomat."
    assert first.reading == "Mali frees a diplomat."
    assert second.anchor == first.anchor


def test_an_empty_dictionary_still_segments() -> None:
    assert len(segment("One came. Two left.", {})) == 2


def test_overlong_sentences_are_cut_at_clauses() -> None:
    text = "Norway objected to the plan of its neighbours, " * 200
    sentences = segment(text, TERMS)
    assert all(len(s.text) <= LONGEST for s in sentences)
    assert all(s.text.endswith(",") for s in sentences)
    check_invariants(text, sentences)


HOSTILE = [
    "word " * 200_000,
    "." * 500_000,
    "[" * 500_000,
    "[a](" * 200_000,
    '."' * 300_000,
    "|" * 500_000,
    "\x00" * 500_000,
    "\ud800" * 500_000,
    "مرحبا " * 100_000,
    "北京" * 300_000,
    "a\n" * 100_000,
    "“”" * 300_000,
    " " * 1_000_000,
    "a,\n\n" * 50_000,
    "said.The" * 50_000,
    "Sept. 4, 2020: x\n" * 20_000,
    "Sept. " * 100_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:6]))
def test_hostile_input_costs_linear_time(text: str) -> None:
    began = time.perf_counter()
    sentences = segment(text, TERMS)
    assert time.perf_counter() - began < 20
    assert all(len(s.text) <= LONGEST for s in sentences)


def test_any_mixture_keeps_the_invariants() -> None:
    rng = random.Random(7)
    pieces = [
        *" \n\n\t\r.!?\"'“”’()[]*_#>-–—:;,0123abcABC\x00\ud800\u200b\xa0中。|",
        "Sept. ",
        "2020",
        "U.S.",
        " By ",
    ]
    pieces += [
        "Figure 1",
        "\r\n",
        "\f",
        "](#)",
        "May 4, 2020: ",
        "MOSCOW, May 4 (AP) -- ",
        "[12]",
        "\\$",
        "-\n",
    ]
    for _ in range(3000):
        text = "".join(rng.choice(pieces) for _ in range(rng.randint(0, 90)))
        check_invariants(text, segment(text, TERMS))
        read, offsets = reading(text, 0, len(text))
        assert len(offsets) == len(read) + 1
