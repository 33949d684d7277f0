"""Finding dates in a sentence's reading: what is said, not yet when that was.

Most sentences hold no calendar word and no figure and are not searched at all. What is found here,
`coder.dates` resolves against the document.
"""

from __future__ import annotations

import re
from dataclasses import replace

from coder.date_found import Found
from coder.date_grammar import DateGrammar
from coder.date_readers import READERS

_DIGIT = re.compile(r"\d")
_CUE = re.compile(
    r"\b(since|until|till|by|before|after|from|for|as of|to|ahead of|in|on|of|at|during|throughout|between|"
    r"through|around|within|over|late|early|mid|beginning|starting)"
    r"[\s-](?:the\s|about\s|as\searly\sas\s)?[(“\"]?$",
    re.IGNORECASE,
)
# A noun follows unless one of these does: "the 2015 accord", but "in 2015 the accord".
_NO_NOUN = re.compile(
    r"\s(?:the|an?|and|or|but|in|on|at|to|by|with|when|as|that|which|after|before|while|for|from|of|is|was|"
    r"were|are|has|had|have|will|amid|where|who|during|until|through|under|between|over|about|this|their|its|"
    r"his|her|they|he|she|it|we|alone|onwards?|saw|did|would|also|not|than|if|because|since|both|all|"
    r"\w+ly|\w+ed)\b"
)
_NOUN = re.compile(r"\s[A-Za-z“\"]")


def find_dates(reading: str, grammar: DateGrammar) -> list[Found]:
    """The dates said in a reading, in order."""
    if _DIGIT.search(reading) is None and grammar.triggers.isdisjoint(_words(reading)):
        return []
    found = []
    done = 0
    for opening in grammar.opening.finditer(reading):
        start = opening.start()
        if start < done:
            continue
        way = grammar.openers.get(opening[0].lower(), grammar.at_figure)
        match = way.match(reading, start)
        if match is not None:
            said = _read(match, reading, grammar)
            if said is not None:
                found.append(said)
                done = match.end()
    return found


def _words(reading: str) -> list[str]:
    """The words in lower case; a stop may cling to one, a hyphen, dash, bracket or possessive does not."""
    for mark in "-—–'’(“":
        reading = reading.replace(mark, " ")
    return reading.lower().split()


def _read(match: re.Match[str], reading: str, grammar: DateGrammar) -> Found | None:
    """What one match says; None where it is no date after all."""
    start, end = match.span()
    before = reading[max(0, start - 24) : start]
    cued = _CUE.search(before)
    plain = Found(start, end, match[0], "day", cued[1].lower() if cued else "")
    said = READERS[match.lastgroup or ""](match, plain, before, grammar)
    if said is None or said.is_attributive or said.shape not in ("year", "month", "day"):
        return said
    if said.cue == "in" and cued is not None and cued[0].rstrip('(“"').lower() == "in ":
        return said  # "in 1965 Pakistan attacked"; but "in the 1965 war"
    if _NOUN.match(reading, end) and not _NO_NOUN.match(reading, end):
        return replace(said, is_attributive=True)
    return said
