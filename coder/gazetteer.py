"""Finding the names of the dictionaries in a text, before any parse.

A name is matched word by word (runs of letters and digits, accents folded), so "U.S.", "al-Qaeda" and "al Qaeda"
need no patterns of their own. The longest name wins. Names keep their case, so that "WHO" is not "who"; agent nouns
and references do not. What a name stands for may depend on the date of the event: a hit carries all its readings.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

_WORD = re.compile(r"\w+")
# A capitalised word right before an ambiguous name makes it a surname, unless it is one of these.
_NOT_A_FORENAME = frozenset(
    "a an the in on at to of for from with by and or but as after before since until while when where that if "
    "not near against between into over under about both former late meanwhile also today yesterday republic "
    "president monday tuesday wednesday thursday friday saturday sunday january february march april may june "
    "july august september october november december although because despite during north south east west "
    "northern southern eastern western central".split()
)


@dataclass(frozen=True, slots=True)
class Alias:
    """One name of one actor, as a row of a table gives it."""

    text: str
    kind: str  # state, adjective, capital, seat, place, person, organisation, body, agent, none
    code: str
    role: str
    start: date | None
    end: date | None
    not_near: frozenset[str] = frozenset()
    entity: str = ""  # person_id
    full_name: str = ""
    stands_alone: bool = False

    def holds_at(self, when: date | None) -> bool:
        if when is None:
            return self.end is None
        return (self.start is None or self.start <= when) and (self.end is None or when <= self.end)


def choose(aliases: Iterable[Alias], when: date | None) -> Alias:
    """The reading that holds at `when`; failing that, the one nearest in time."""
    rows = tuple(aliases)
    if len(rows) == 1:
        return rows[0]
    for alias in rows:
        if alias.holds_at(when):
            return alias
    if when is None:
        return max(rows, key=lambda a: a.start or date.min)

    def distance(alias: Alias) -> int:
        if alias.start and when < alias.start:
            return (alias.start - when).days
        return (when - alias.end).days if alias.end else 0

    return min(rows, key=distance)


@dataclass(frozen=True, slots=True)
class Hit:
    """A name found at characters start..end, with all that it may stand for."""

    start: int
    end: int
    kind: str
    aliases: tuple[Alias, ...]


class _Folding(dict[int, str]):
    """Character -> the same without its accent, one for one; learned as characters are met."""

    def __missing__(self, point: int) -> str:
        char = chr(point)
        self[point] = folded = char if point < 128 else unicodedata.normalize("NFKD", char)[0]
        return folded


_FOLDING = _Folding({ord(a): b for a, b in zip("ıŁłØøĐđ", "iLlOoDd", strict=True)})


def fold(text: str) -> str:
    """Letters without their accents; as many characters as before."""
    return text if text.isascii() else text.translate(_FOLDING)


def words_of(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(fold(text)))


def plural(noun: str) -> str:
    """The regular English plural of a noun phrase's last word; irregular ones are rows of their own."""
    head, _, last = noun.rpartition(" ")
    if last.endswith("man") and last not in ("human", "german", "talisman"):
        last = last[:-3] + "men"
    elif last.endswith(("s", "x", "ch", "sh")):
        last += "es"
    elif last.endswith("y") and last[-2:-1] not in "aeiou":
        last = last[:-1] + "ies"
    else:
        last += "s"
    return f"{head} {last}" if head else last


class Gazetteer:
    """All names, indexed by their first word."""

    def __init__(self, aliases: Iterable[Alias], references: Iterable[Any] = ()) -> None:
        names: dict[tuple[str, ...], dict[Alias, None]] = {}
        nouns: dict[tuple[str, ...], dict[Alias, None]] = {}
        for alias in aliases:
            if alias.kind == "agent":
                for form in (alias.text, plural(alias.text)):
                    nouns.setdefault(words_of(form.lower()), {})[alias] = None
            elif alias.kind == "none" and alias.text.islower():
                nouns.setdefault(words_of(alias.text), {})[alias] = None
            else:
                names.setdefault(words_of(alias.text), {})[alias] = None
        for reference in references:
            made = Alias(reference.phrase, "reference", reference.kind, reference.role, None, None)
            nouns.setdefault(words_of(reference.phrase), {})[made] = None
        self._names = _by_first_word(names)
        self._nouns = _by_first_word(nouns)
        self._starts = frozenset(self._names.keys() | self._nouns.keys())

    def find(self, reading: str, local: Mapping[str, tuple[Alias, ...]] | None = None) -> list[Hit]:
        """Names in the order of the text, none inside another. `local` holds single words this document explains."""
        folded = fold(reading)
        spans = [(m.group(), *m.span()) for m in _WORD.finditer(folded)]
        names, nouns = self._names, self._nouns
        hits: list[Hit] = []
        i, count = 0, len(spans)
        starts = self._starts
        while i < count:
            word, start, _ = spans[i]
            if word not in starts and word.islower() and not (local and word in local):
                i += 1  # most words begin no name
                continue
            best_length = 0
            best: tuple[Alias, ...] = ()
            found = names.get(word)
            if found is None and len(word) > 1 and word.isupper():
                found = names.get(word.capitalize())
            if found is not None:
                best_length, best = _longest(found, spans, i, exact=True)
            found = nouns.get(word if word.islower() else word.lower())
            if found is not None:
                length, aliases = _longest(found, spans, i, exact=False)
                if length > best_length:
                    best_length, best = length, aliases
            if (
                best_length > 1
                and best[0].kind == "reference"
                and i + best_length < count
                and spans[i + best_length][0] == "of"
            ):
                best_length = 0  # "the leaders of India": they are named, not referred to
            if not best_length and local and word in local:
                best_length, best = 1, local[word]
            if not best_length:
                i += 1
                continue
            end = spans[i + best_length - 1][2]
            kept = tuple(a for a in best if not a.not_near or not _refuted(a, folded, spans, i, best_length))
            if kept and kept[0].kind != "none":
                # "U.S." ends with its full stop, and "U.S" without one is still the state
                if end < len(folded) and folded[end] == "." and folded[end - 2 : end - 1] == ".":
                    end += 1
                hits.append(Hit(start, end, kept[0].kind, kept))
            i += best_length
        return hits


_Rows = tuple[tuple[tuple[str, ...], tuple[Alias, ...]], ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    """What may follow a first word: nothing (`alone`), or longer names by their second word, longest first."""

    alone: tuple[Alias, ...]
    longer: dict[str, _Rows]


def _by_first_word(table: dict[tuple[str, ...], dict[Alias, None]]) -> dict[str, _Entry]:
    """The names by first and second word; readings in an order that no row order can change."""
    alone: dict[str, tuple[Alias, ...]] = {}
    longer: dict[str, dict[str, list[tuple[tuple[str, ...], tuple[Alias, ...]]]]] = {}
    for words, aliases in table.items():
        ordered = tuple(sorted(aliases, key=_rank))
        if len(words) == 1:
            alone[words[0]] = ordered
        elif words:
            longer.setdefault(words[0], {}).setdefault(words[1], []).append((words, ordered))
    return {
        first: _Entry(
            alone.get(first, ()),
            {
                second: tuple(sorted(rows, key=lambda r: (-len(r[0]), r[0])))
                for second, rows in longer.get(first, {}).items()
            },
        )
        for first in alone.keys() | longer.keys()
    }


_KIND_ORDER = {
    k: n
    for n, k in enumerate("none state adjective organisation body seat person capital place agent reference".split())
}


def _rank(alias: Alias) -> tuple[int, str, str, str, str]:
    return _KIND_ORDER[alias.kind], alias.code, alias.role, str(alias.start or ""), alias.entity


def _longest(entry: _Entry, spans: list[tuple[str, int, int]], at: int, exact: bool) -> tuple[int, tuple[Alias, ...]]:
    if entry.longer and at + 1 < len(spans):
        second = spans[at + 1][0]
        if not exact:
            second = second.lower()
        elif second not in entry.longer and second.isupper():
            second = second.capitalize()
        for words, aliases in entry.longer.get(second, ()):
            length = len(words)
            if at + length > len(spans):
                continue
            for offset in range(2, length):
                seen, wanted = spans[at + offset][0], words[offset]
                if seen != wanted and (
                    seen.lower() != wanted if not exact else not seen.isupper() or seen.capitalize() != wanted
                ):
                    break
            else:
                return length, aliases
    return (1, entry.alone) if entry.alone else (0, ())


def _refuted(alias: Alias, text: str, spans: list[tuple[str, int, int]], at: int, length: int) -> bool:
    """An ambiguous name is another's where a refuting word stands in the sentence, or a forename right before it."""
    for word in alias.not_near:
        if word in text and re.search(rf"\b{re.escape(word)}\b", text):
            return True
    if alias.kind not in ("state", "place") or at == 0:
        return False
    before, _, before_end = spans[at - 1]
    return (
        before_end + 1 == spans[at][1]
        and text[before_end] == " "
        and before[0].isupper()
        and not before.isupper()
        and before.lower() not in _NOT_A_FORENAME
        and length == 1
    )
