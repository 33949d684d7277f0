"""Bad input costs time in proportion to its length, whatever it is made of."""

from __future__ import annotations

import time

import pytest

from coder.pairs import code_pair
from coder.pipeline import code_documents
from coder.records import SourceDocument
from tests.coding import dictionaries, parser

_SHORT = 8_000  # characters
_TIMES = 4  # as long again: what is quadratic takes sixteen times as long
_MOST = 9.0
_SLACK = 0.3  # seconds that a busy machine may add

_UNITS = {
    "no full stop": "China and Peru met in Lima on Monday and signed an agreement and then ",
    "no space": "China",
    "one word": "a",
    "actors": "China, Peru, Russia, India, Chile, ",
    "joined actors": "China and Peru and ",
    "references": "they said that the two sides told him that it ",
    "capitals": "CHINA AND PERU MET IN LIMA ",
    "dates": "4 September 2020 to ",
    "days": "two weeks ago the next day before ",
    "figures": "1 2 3-4 5/6/2020 ",
    "stops": ". ",
    "right to left": "وقالت الصين إن بيرو وافقت على المحادثات يوم الاثنين. ",
    "no letters we know": "中国和秘鲁周一在利马会晤并签署协议",
    "their stops too": "中国和秘鲁周一在利马会晤并签署协议。",
    "control characters": "China\x00\x01\x02 met\x0c Peru\x1b[0m\u202e ",
    "half characters": "China \ud800 met Peru. ",
    "nothing to see": "\x00\x01\u200b",
    "opened quotes": "“China ‘said “Peru ‘met ",
    "opened brackets": "(China met (Peru ",
    "opened and opened": "(" * 1_200 + "China met Peru ",
    "clipped words": "'s" * 600 + " China met Peru ",
    "opened links": "[China](http://a",
    "emphasis": "* _ ` ** China ",
    "spaces": " ",
    "short lines": "China\n",
    "torn paragraphs": "China met Peru,\n\n",
    "hyphens at line ends": "coopera-\n",
    "chronology": "Sept. 4, 2020: China met Peru\n",
    "quotation marks of mail": "> | ",
}


def _seconds(unit: str, length: int) -> float:
    text = "China" + unit * (length // len(unit)) + " met Peru."
    parser().parse(["."])  # loaded once
    began = time.process_time()
    for _ in code_documents([SourceDocument("d", text)], dictionaries(), parser().parse):
        pass
    return time.process_time() - began


@pytest.mark.parametrize("name", _UNITS)
def test_twice_the_text_costs_twice_the_time(name: str) -> None:
    _seconds(_UNITS[name], 500)  # words are learned once
    short = _seconds(_UNITS[name], _SHORT)
    # the better of two: a collection of garbage may fall into either
    assert min(_seconds(_UNITS[name], _TIMES * _SHORT) for _ in range(2)) < _MOST * short + _SLACK


@pytest.mark.parametrize(
    "text",
    ["", "\x00", "China \ud800 met Peru", "(" * 5_000, "China " * 3_000 + "Peru", "China " + "a" * 1_100_000 + " Peru"],
)
def test_any_text_can_be_asked_for_a_pair(text: str) -> None:
    code_pair(text, "China", "Peru", None, dictionaries(), parser().parse)
