"""Which texts a change of the dictionaries can change, so that only these are coded again.

A name or a trigger matters only where its words stand; whatever else a row says (a date of office, a condition, a
code) matters only there too. So a changed row is taken apart into its names or triggers, and a text is touched if it
holds one of those that differ. The other tables can change any text. What is not known here counts as if it could:
a column nobody has listed as silent, a table nobody has listed at all.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from coder.dictionaries import TABLES
from coder.gazetteer import plural, words_of
from coder.inflection import forms_of
from coder.reading import reading

# Columns that nothing is coded by: they document a row or serve the marts. A contract test holds the loader to it.
SILENT = {
    "actors": ("example", "counterexample"),
    "agents": ("example",),
    "bodies": ("example",),
    "cameo_codes": ("event_root", "level", "name", "description", "quad_class"),
    "compositions": ("note",),
    "governors": ("example", "expected", "counterexample", "note"),
    "non_actors": ("reason",),
    "organisations": ("members", "example", "counterexample"),
    "people": ("office", "example"),
    "places": ("example",),
    "references": ("note",),
    "roles": ("name", "description"),
    "segment_terms": ("note",),
    "verb_patterns": ("example", "expected", "counterexample", "note"),
    "word_classes": ("note",),
}
_NAMES = {
    "actors": ("name", "names", "adjectives", "capital", "seats"),
    "bodies": ("name", "aliases"),
    "non_actors": ("phrase",),
    "organisations": ("name", "aliases"),
    "people": ("name", "aliases"),
    "places": ("places", "peoples"),
}
_OPENED = {**_NAMES, "agents": ("agent",), "verb_patterns": ("trigger",), "irregular_forms": ("lemma",)}
_CONTEXT = {"people": ("name",)}  # a full name also teaches its surname, wherever an alias stands

# What lets a reading have other words than its text: marks, what is invisible, a word broken at a line end
_UNLIKE_READING = re.compile(
    r"[^\s!-)+-Z\]^a-z{|}\u2013\u2014\u2018\u2019\u201c\u201d\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff]|[-\u2010][\s>|]*\n"
)

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True, order=True)
class TableRow:
    """One row of a table: its cells that something is coded by, sorted by column."""

    table: str
    cells: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Part:
    """One name or trigger of a row, with all that the row says of it."""

    table: str
    column: str
    text: str
    rest: tuple[tuple[str, str], ...]


def read_rows(folder: Path) -> list[TableRow]:
    """All rows of tables that were found to be in order, sorted."""
    rows = []
    for table in TABLES:
        silent = SILENT.get(table, ())
        with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as handle:
            for cells in csv.DictReader(handle):
                kept = ((k, (v or "").strip()) for k, v in cells.items() if k and k not in silent)
                rows.append(TableRow(table, tuple(sorted((k, v) for k, v in kept if v))))
    return sorted(rows)


class Change:
    """What lies between two states of the dictionaries."""

    def __init__(self, old: Iterable[TableRow], new: Iterable[TableRow]) -> None:
        before, after = set(old), set(new)
        gone, come = before - after, after - before
        # An edited row is one that has gone and one that has come
        self.rows = Counter(row.table for row in gone) | Counter(row.table for row in come)
        # A word in capitals may stand for a name in small letters, until it is a name itself
        self._shadowed = {w[0] for row in before | after for _, text in _named(row) if (w := words_of(text))}
        self._irregular = _irregular(before | after)
        self._exact: dict[str, set[Words]] = {}  # names keep their case
        self._lower: dict[str, set[Words]] = {}  # triggers and nouns do not
        self.everything = tuple(table for table in sorted(self.rows) if table not in _OPENED)
        if self.everything:
            return
        for part in _parts(gone) ^ _parts(come):
            self._watch(part)

    @property
    def is_silent(self) -> bool:
        """Whether no text at all can be coded otherwise."""
        return not (self.everything or self._exact or self._lower)

    def touches(self, text: str) -> bool:
        """Whether a document with this text may be coded otherwise than before."""
        if self.everything:
            return True
        if _UNLIKE_READING.search(text):
            text = reading(text, 0, len(text))[0]
        words = list(words_of(text))
        return _stands(self._exact, words) or _stands(self._lower, [w.lower() for w in words])

    def _watch(self, part: _Part) -> None:
        if part.table in ("verb_patterns", "irregular_forms"):
            for form in _all_forms(part.text.split()[0].lower(), self._irregular):
                self._add(self._lower, words_of(form))
        elif part.table == "agents":
            for form in (part.text, plural(part.text)):
                self._add(self._lower, words_of(form.lower()))
        elif part.table == "non_actors" and part.text.islower():
            self._add(self._lower, words_of(part.text))
        else:
            self._watch_name(words_of(part.text))

    def _watch_name(self, words: Words) -> None:
        self._add(self._exact, words)
        if len(words) > 1 and _is_loud(words[0]) and words[0].capitalize() in self._shadowed:
            self._add(self._exact, words[:1])
        if len(words) > 2 and _is_loud(words[1]):
            self._add(self._exact, words[:2])

    def _add(self, index: dict[str, set[Words]], words: Words) -> None:
        if words:
            for first in {words[0], words[0].upper()} if index is self._exact else words[:1]:
                index.setdefault(first, set()).add(words)


def _named(row: TableRow) -> Iterator[tuple[str, str]]:
    """The names of a row, with their columns."""
    columns = _NAMES.get(row.table, ())
    return ((c, item) for c, cell in row.cells if c in columns for item in _items(cell))


def _irregular(rows: Iterable[TableRow]) -> dict[str, Words]:
    """The irregular forms of both states together."""
    out: dict[str, Words] = {}
    for row in rows:
        if row.table == "irregular_forms":
            cells = dict(row.cells)
            lemma = cells.get("lemma", "")
            out[lemma] = (*out.get(lemma, ()), *_items(cells.get("forms", "")))
    return out


def _parts(rows: Iterable[TableRow]) -> set[_Part]:
    out = set()
    for row in rows:
        opened = _OPENED[row.table]
        context = _CONTEXT.get(row.table, ())
        rest = tuple(cell for cell in row.cells if cell[0] not in opened or cell[0] in context)
        for column, cell in row.cells:
            if column in opened:
                out |= {_Part(row.table, column, item, rest) for item in _items(cell)}
    return out


def _items(cell: str) -> list[str]:
    return [item.strip() for item in cell.split("|") if item.strip()]


def _all_forms(lemma: str, irregular: dict[str, Words]) -> set[str]:
    """More forms than a screen needs: a text too many is coded again, a text too few would be wrong."""
    forms = forms_of(lemma, irregular)
    forms |= {lemma + ending for ending in ("r", "st", "er", "est")}
    for prefix in ("re", "over", "under", "out", "up", "with", "mis", "fore"):
        forms |= {prefix + form for form in irregular.get(lemma, ())}
    return forms


def _is_loud(word: str) -> bool:
    return len(word) > 1 and word.isupper()


def _stands(index: dict[str, set[Words]], words: list[str]) -> bool:
    """Whether one of the sequences stands in the text; in capitals it is the same."""
    if index.keys().isdisjoint(words):
        return False
    for at, word in enumerate(words):
        for sequence in index.get(word, ()):
            there = words[at + 1 : at + len(sequence)]
            if len(there) == len(sequence) - 1 and all(
                seen in (wanted, wanted.upper()) for seen, wanted in zip(there, sequence[1:], strict=True)
            ):
                return True
    return False
