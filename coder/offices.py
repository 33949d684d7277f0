"""Whose offices a document speaks of, and whose office speaks in it.

A readout, a transcript or an embassy's notes name their country once ("Embassy of Japan in the Philippines") and
then say "the Ambassador", "our minister", "we". An office that the document gives to one country only is that
country's wherever it stands alone; and "we" outside quotation marks is whoever issued the document.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

from coder.gazetteer import Hit

Key = tuple[str, str]
_OF = re.compile(r"\s(?:of|for)\s(?:the\s)?$")
_OWNS = re.compile(r"(?:[’']s)?\s$")
_HEADING = 2  # sentences in which a document says who issues it
_LONGEST_LABEL = 40
# Who holds the office that another is named for.
_SAME_HOUSE = {"ambassador": "embassy", "minister": "ministry", "spokesperson": "ministry"}


class Offices:
    """The offices of one document that belong to one country each, and the office that issues it."""

    def __init__(self, readings: Sequence[str], hits: Sequence[Sequence[Hit]]) -> None:
        owners: dict[str, set[str]] = defaultdict(set)
        self.house: Key | None = None
        for no, (reading, found) in enumerate(zip(readings, hits, strict=True)):
            for hit in found:
                if hit.kind == "body" and hit.aliases[0].role == "GOV" and no < _HEADING:
                    self.house = self.house or (hit.aliases[0].code, "GOV")
            for first, second in pairwise(found):
                owned = _office_and_owner(reading, first, second)
                if owned is not None:
                    noun, code, role = owned
                    owners[noun].add(code)
                    if no < _HEADING and role == "GOV":
                        self.house = self.house or (code, "GOV")
        self._owners = {noun: next(iter(codes)) for noun, codes in owners.items() if len(codes) == 1}
        for noun, like in _SAME_HOUSE.items():
            if noun not in owners and like in self._owners:
                self._owners[noun] = self._owners[like]

    def owner(self, office: str) -> str | None:
        """The one country whose office it is in this document."""
        return next((self._owners[word] for word in office.lower().split() if word in self._owners), None)


def _office_and_owner(reading: str, first: Hit, second: Hit) -> tuple[str, str, str] | None:
    """ "Embassy of Japan", "the Polish ministry", "India's spokesperson": the noun, the country, the role."""
    between = reading[first.end : second.start]
    for office, owner, link in ((first, second, _OF), (second, first, _OWNS)):
        if office.kind == "agent" and owner.kind in ("state", "adjective") and link.fullmatch(between):
            words = reading[office.start : office.end].lower().split()
            noun = words[0] if "of" in words or "for" in words else words[-1]
            return noun, owner.aliases[0].code, office.aliases[0].role
    return None


def label(reading: str, asks: frozenset[str], answers: frozenset[str]) -> tuple[int, str]:
    """How much of a transcript's line only says who speaks, and whether that one asks or answers ("", no label)."""
    at = reading.find(":", 0, _LONGEST_LABEL)
    if at < 0 or reading[at + 1 : at + 2] != " ":
        return 0, ""
    words = reading[:at].lower().split()
    if not words or len(words) > 4:
        return 0, ""
    for way, known in (("asks", asks), ("answers", answers)):
        if words[0] in known or words[-1] in known:
            return at + 2, way
    return 0, ""
