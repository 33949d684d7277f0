"""Dates said in a text, resolved against its own time and story."""

from __future__ import annotations

import random
from datetime import date
from typing import cast

import pytest

from coder.dates import date_sentences
from coder.records import Dating, Precision, Sentence, SentenceDates
from coder.segment import segment
from tests.unit.test_segment import TERMS, cases


def dated(
    text: str, published: date | None = None, precision: str = "day"
) -> tuple[tuple[Sentence, ...], tuple[SentenceDates, ...]]:
    return date_sentences(segment(text, TERMS), published, cast(Precision, precision), TERMS)


def shown(dating: Dating) -> str:
    span = f"{dating.start}" if dating.start == dating.end else f"{dating.start}..{dating.end}"
    return f"{span} {dating.precision}"


@pytest.mark.parametrize(
    ("case", "text", "expected"), cases("dates.txt"), ids=lambda v: v if isinstance(v, str) else ""
)
def test_fixture(case: str, text: str, expected: list[str]) -> None:
    published, precision = None, "unknown"
    if text.startswith("published: "):
        head, _, text = text.partition("\n")
        day, precision = head.removeprefix("published: ").split()
        published = date.fromisoformat(day)
    _, dates = dated(text, published, precision)
    for line in expected:
        left, _, value = line.partition(" = ")
        number, _, said = left.partition(":")
        if said:
            found = {e.dating.text: shown(e.dating) for e in dates[int(number)].expressions}
            assert found.get(said.strip()) == value, (line, found)
            continue
        number, word = left.split()
        sentence = dates[int(number)]
        if word == "default":
            assert f"{shown(sentence.default)} {sentence.default.basis}" == value, line
        elif word == "none":
            assert sentence.default.precision == "unknown", line
        elif word == "none-said":
            assert sentence.expressions == (), line
        else:
            assert sentence.is_background == (word == "background"), line


def test_anchors_are_resolved_and_datelines_leave_none() -> None:
    sentences, _ = dated("DAKAR, Sept. 4 (AFP) -- Mali spoke.\n\nMay 2, 2018: Mali left.\n\nMay 5: Mali came.")
    anchors = [s.anchor and (s.anchor.start, s.anchor.basis) for s in sentences]
    assert anchors == [None, (date(2018, 5, 2), "anchor"), (date(2018, 5, 5), "anchor")]


def test_expressions_point_at_what_they_read() -> None:
    sentences, dates = dated("On [Sept. 4](#), 2020, Mali spoke; on May 3 it left.", date(2020, 10, 1))
    said = [sentences[0].reading[e.start : e.end] for e in dates[0].expressions]
    assert said == ["Sept. 4, 2020", "May 3"]


def test_weeks_are_loose_where_the_document_names_the_day() -> None:
    text = (
        "Mali hosted Niger on June 4. A week later, Chad hosted both.\n\n"
        "June 10, 2020: Chad meets Niger.\n\nJune 10, 2020: Chad meets Mali.\n\n"
        "June 30, 2020: Mali thanks Chad."
    )
    _, dates = dated(text, date(2020, 7, 1))
    assert dates[1].default.start == date(2020, 6, 10)


NONSENSE = """
Sept. 4 2020 May in on of the last next week year month day ago later earlier 31 June 99 0000 9999 2999 1000
Feb 30 30/02/2020 11-09-2020 13/13/2020 00-00-0000 today Monday next Tuesday 999 decades from to - – , . ( )
Q3 third quarter half summer 1970s New Year's Eve end of said 9999-12-31 300 following same that will by since
first late
"""


@pytest.mark.parametrize("published", [None, date.min, date.max, date(2024, 2, 29)])
@pytest.mark.parametrize("precision", ["day", "month", "quarter", "year", "unknown"])
def test_nonsense_never_raises(published: date | None, precision: str) -> None:
    words = NONSENSE.split()
    rng = random.Random(f"{published}{precision}")
    for _ in range(150):
        lines = []
        for _ in range(4):
            head = f"Sept. {rng.randint(0, 40)}, 2020: " if rng.random() < 0.3 else ""
            lines.append(head + " ".join(rng.choice(words) for _ in range(rng.randint(1, 25))) + ".")
        sentences, dates = dated("\n\n".join(lines), published, precision)
        assert len(sentences) == len(dates)
        for sentence, found in zip(sentences, dates, strict=True):
            for expression in found.expressions:
                assert 0 <= expression.start < expression.end <= len(sentence.reading)
                assert expression.dating.precision != "unknown"
            for dating in (found.default, *(e.dating for e in found.expressions)):
                if dating.start is None or dating.end is None:
                    assert dating.precision == "unknown"
                else:
                    assert dating.start <= dating.end
