"""Who "he", "it", "they" and "the two sides" are: a small memory of the actors a document has named so far.

English newspaper prose keeps its referents close: the last person for "he", the last state or organisation that was
a subject for "it", the last pair for "the two sides". Anything cleverer would need a model of its own.
"""

from __future__ import annotations

from collections import Counter

from coder.actors import NOWHERE, Actor

Key = tuple[str, str]
_THINGS = ("state", "organisation", "capital", "seat", "body", "reference")


class Discourse:
    """What one document has talked about, sentence by sentence."""

    def __init__(self, counts: Counter[str] | None = None) -> None:
        self._sentences: list[list[tuple[Actor, bool]]] = []
        self._counts: Counter[str] = Counter() if counts is None else counts
        self.speaker: Key | None = None  # who said the last thing that somebody said
        self.silence = 0  # sentences since then
        self._paired: set[frozenset[str]] = set()

    def pair(self, pairs: set[frozenset[str]]) -> None:
        """Remember which countries the sentence just told of together."""
        self._paired = pairs

    def counterpart(self, code: str) -> str | None:
        """The one country that the last sentence told of together with `code`."""
        others = {other for pair in self._paired if code in pair for other in pair if other != code}
        return others.pop() if len(others) == 1 else None

    def hear(self, speaker: Key) -> None:
        """Somebody says something."""
        self.speaker, self.silence = speaker, 0

    def note(self, actors: list[Actor], subjects: set[int]) -> None:
        """Remember a coded sentence: its actors in order, and the tokens that are subjects."""
        self._sentences.append([(a, a.node in subjects) for a in actors if a.code != NOWHERE])

    def resolve(self, kind: str, role: str, before: list[Actor]) -> tuple[Key, ...]:
        """The actors a reference of `kind` stands for; `before` are those named earlier in its own sentence."""
        if kind == "person":
            found = self._person(before)
            return (found,) if found else ()
        if kind == "it":
            found = self._thing(before)
            return (found,) if found else ()
        if kind == "office":
            found = self._office(role, before)
            return (found,) if found else ()
        if kind == "speaker":
            return (self.speaker,) if self.speaker else ()
        if kind == "alliance":
            found = self._organisation(before)
            return (found,) if found else ()
        if kind == "issuer":
            return self._issuers()
        if kind == "they":
            codes = self._group(before, 2, 3, 2)
            people = {a.key: a for a in before if a.kind == "agent" and a.code != NOWHERE}
            if len({a.code for a in before if a.code != NOWHERE}) == 1 and len(people) == 1:
                return tuple(people)  # "the Belgian police found the names, and they passed them on"
        elif kind == "three":
            codes = self._group(before, 3, 3, 6)
        else:
            codes = self._pair()
        return tuple((code, role) for code in codes)

    def _person(self, before: list[Actor]) -> Key | None:
        for actor in before:
            if actor.kind in ("person", "agent") and not actor.inferred and actor.code != NOWHERE:
                return actor.key
        for sentence in reversed(self._sentences[-4:]):
            people = [(a, s) for a, s in sentence if a.kind in ("person", "agent") or (a.inferred and a.role)]
            for actor, is_subject in people:
                if is_subject:
                    return actor.key
            if people:
                return people[0][0].key
        return None

    def _thing(self, before: list[Actor]) -> Key | None:
        for actor in before:
            if actor.kind in ("state", "organisation", "capital", "seat", "body", "agent"):
                return actor.key
        for sentence in reversed(self._sentences[-2:]):
            things = [(a, s) for a, s in sentence if a.kind in _THINGS]
            for actor, is_subject in things:
                if is_subject:
                    return actor.key
        return None

    def _issuers(self) -> tuple[Key, ...]:
        """Who speaks through "the communique": the organisation that the document is most about, else the two sides."""
        top = [code for code, _ in self._counts.most_common(2)]
        first = next((code for code in top if code.startswith("IGO")), None)
        return ((first, ""),) if first else tuple((code, "") for code in self._pair())

    def _office(self, role: str, before: list[Actor]) -> Key | None:
        """The country of "the ministry": of the last actor in that role, else of the only one named, or subject."""
        for sentence in ([(a, True) for a in before], *reversed(self._sentences[-3:])):
            for actor, _ in sentence:
                if actor.role == role and not actor.code.startswith(("IGO", "NGO", "MNC")):
                    return actor.key
        here = {a.code: a.key for a in reversed(before) if len(a.code) == 3 and a.code != NOWHERE}
        if len(here) == 1:
            return next(iter(here.values()))
        for sentence in reversed(self._sentences[-2:]):
            for actor, is_subject in sentence:
                if is_subject and actor.kind in ("state", "capital", "seat", "person"):
                    return actor.key
        return None

    def _organisation(self, before: list[Actor]) -> Key | None:
        for sentence in (
            [(a, False) for a in reversed(before)],
            *([*reversed(s)] for s in reversed(self._sentences[-5:])),
        ):
            for actor, _ in sentence:
                if actor.code.startswith("IGO"):
                    return actor.key
        return None

    def _group(self, before: list[Actor], least: int, most: int, reach: int) -> list[str]:
        here = list(dict.fromkeys(a.code for a in before if a.code != NOWHERE))
        if least <= len(here) <= most:
            return here
        for sentence in reversed(self._sentences[-reach:]):
            leading = list(dict.fromkeys(a.code for a, is_subject in sentence if is_subject))
            codes = list(dict.fromkeys(a.code for a, _ in sentence))
            for group in (leading, codes):
                if least <= len(group) <= most:
                    return group
        return []

    def _pair(self) -> list[str]:
        """The two of "the two sides": named together just before, or those the document is about."""
        top = self._counts.most_common(4)
        if len(top) >= 2 and top[1][1] >= 2 and (len(top) == 2 or top[1][1] >= 1.5 * top[2][1]):
            return [top[0][0], top[1][0]]
        leading = [code for code, _ in top]
        for sentence in reversed(self._sentences[-2:]):
            codes = list(dict.fromkeys(a.code for a, _ in sentence))
            if len(codes) == 2 and all(code in leading for code in codes):
                return codes
        return self._group([], 2, 2, 8)
