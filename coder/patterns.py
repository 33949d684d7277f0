"""Patterns: rows that say which words make which act, compiled so that a token finds its rows at once.

A pattern is a trigger (verb, noun or adjective) and conditions on the words around it. Of the patterns that fit a
token the one with the most conditions decides, then the longer trigger, then the id: never the order of rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from coder.syntax import Tree

FRAMES = ("act", "mutual", "visit", "host", "receive", "speech", "third")
PREPOSITIONS = frozenset(
    "about above across after against along alongside amid among around as at before behind between beyond by "
    "despite below beside concerning during for from in inside into like near of off on onto out outside "
    "regarding since over through to toward towards under until upon via with within without".split()
)
# The kinds of trigger that a token of each tag may be; a participle may be all three.
_POS = {
    **dict.fromkeys(("VB", "VBD", "VBP", "VBZ"), "V"),
    **dict.fromkeys(("NN", "NNS", "NNP", "NNPS"), "N"),
    **dict.fromkeys(("JJ", "JJR", "JJS"), "A"),
    "VBN": "VA",
    "VBG": "VNA",
}
SLOTS = frozenset(("any", "obj", "subj", "mod", "part", "comp", "said", "prep", "neg")) | PREPOSITIONS


@dataclass(frozen=True, slots=True)
class Condition:
    """One word of `words` must (or, negated, must not) fill `slot`. `@name` stands for a class of words."""

    slot: str
    words: tuple[str, ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class Pattern:
    """One row: see docs/patterns.md for what each column means."""

    pattern_id: str
    triggers: tuple[tuple[str, ...], ...]
    pos: str  # V, N, A
    conditions: tuple[Condition, ...]
    code: str  # a CAMEO code; in governors.csv an operator
    frame: str
    example: str = ""
    expected: str = ""
    counterexample: str = ""

    @property
    def asks_for_negation(self) -> bool:
        """Does the row mean the negated word ("does not rule out")? Then its "not" is no longer read as a denial."""
        return any(c.slot == "neg" and not c.negated for c in self.conditions)


@dataclass(frozen=True, slots=True)
class Match:
    """A pattern that fits at a token; `tokens` are the trigger's own words."""

    pattern: Pattern
    node: int
    tokens: tuple[int, ...]


def parse_context(cell: str) -> tuple[Condition, ...]:
    """Read a context cell: terms split by spaces, each `[!][slot:]word|word|@class`. ValueError says what is wrong.

    >>> parse_context("obj:sanction|embargo !with:@partner")[1]
    Condition(slot='with', words=('@partner',), negated=True)
    """
    out = []
    for term in cell.split():
        negated, body = term.startswith("!"), term.removeprefix("!")
        slot, colon, words = body.rpartition(":")
        slot = slot if colon else "any"
        if slot not in SLOTS:
            raise ValueError(
                f"{slot!r} is not a slot; the slots are any, obj, subj, mod, part, comp, said, prep and prepositions"
            )
        chosen = tuple(word.lower() for word in words.split("|") if word)
        if not chosen:
            raise ValueError(f"{term!r} names no word")
        out.append(Condition(slot, chosen, negated))
    return tuple(out)


@dataclass(frozen=True, slots=True)
class _Row:
    """One trigger of a pattern, its word classes spelled out."""

    rest: tuple[str, ...]  # the trigger's words after the first
    needed: tuple[frozenset[str], ...]  # of each condition that is not negated
    conditions: tuple[tuple[str, frozenset[str], bool], ...]  # slot, words, negated
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of one word and kind of trigger, the most exact first.

    Where they are many, `by_word` leads from each word that one of their conditions needs to the rows that need it,
    so that a sentence is asked once which of them can fit; `unconditional` are those that need none.
    """

    rows: tuple[_Row, ...]
    by_word: Mapping[str, tuple[int, ...]]
    words: frozenset[str]  # of `by_word`
    unconditional: tuple[int, ...]

    def possible(self, vocabulary: frozenset[str]) -> Iterable[_Row]:
        """The rows, without many of those that need a word which the sentence lacks."""
        if not self.words:
            return self.rows
        found = set(self.unconditional)
        for word in self.words & vocabulary:
            found.update(self.by_word[word])
        rows = self.rows
        return [rows[i] for i in sorted(found)]


_MANY = 8


def _indexed(rows: tuple[_Row, ...]) -> _Rows:
    by_word: dict[str, list[int]] = {}
    unconditional: list[int] = []
    if len(rows) >= _MANY:
        for i, row in enumerate(rows):
            if not row.needed:
                unconditional.append(i)
            for word in min(row.needed, key=len, default=()):
                by_word.setdefault(word, []).append(i)
    return _Rows(
        rows, {word: tuple(found) for word, found in by_word.items()}, frozenset(by_word), tuple(unconditional)
    )


class PatternIndex:
    """Patterns by the first word of their triggers."""

    def __init__(self, patterns: Iterable[Pattern], classes: Mapping[str, frozenset[str]]) -> None:
        self.by_id: dict[str, Pattern] = {}
        index: dict[str, list[tuple[int, int, str, _Row]]] = {}
        for pattern in patterns:
            self.by_id[pattern.pattern_id] = pattern
            conditions = tuple(
                (
                    c.slot,
                    frozenset(w for word in c.words for w in (classes[word[1:]] if word[0] == "@" else (word,))),
                    c.negated,
                )
                for c in pattern.conditions
            )
            weight = sum(not c.negated for c in pattern.conditions) + 5 * pattern.asks_for_negation
            for trigger in pattern.triggers:
                rest = trigger[1:]
                row = _Row(
                    rest=rest,
                    needed=tuple(words for _, words, negated in conditions if not negated),
                    conditions=conditions,
                    pattern=pattern,
                )
                index.setdefault(trigger[0], []).append((-weight, -len(trigger), pattern.pattern_id, row))
        ordered = {
            word: tuple(r[3] for r in sorted(rows, key=lambda r: (*r[:3], r[3].rest))) for word, rows in index.items()
        }
        self.words = frozenset(ordered)
        words_of: dict[str, set[str]] = {}
        for word, rows in ordered.items():
            for row in rows:
                words_of.setdefault(row.pattern.code, set()).add(word)
        self.words_of = {code: frozenset(words) for code, words in words_of.items()}  # that its patterns begin with
        by_pos = {
            pos: {
                word: _indexed(fit)
                for word, rows in ordered.items()
                if (fit := tuple(row for row in rows if row.pattern.pos in pos))
            }
            for pos in set(_POS.values())
        }
        self.verbs, self.nouns = frozenset(by_pos["V"]), frozenset(by_pos["N"])
        self._by_tag = {tag: by_pos[pos] for tag, pos in _POS.items()}

    def matches(self, tree: Tree, skip: frozenset[int] = frozenset()) -> dict[int, Match]:
        """The best pattern of each token outside `skip` that has one, in the order of the sentence."""
        by_tag = self._by_tag
        found: dict[int, Match] = {}
        for node, (lemma, tag) in enumerate(zip(tree.lemmas, tree.tags, strict=True)):
            by_word = by_tag.get(tag)
            # most words begin no pattern: only what may is looked at closely
            if by_word is None or (lemma not in by_word and tag[:3] != "NNP") or node in skip:
                continue
            match = self.match(tree, node)
            if match is not None:
                found[node] = match
        return found

    def match(self, tree: Tree, node: int) -> Match | None:
        """The best pattern whose trigger is headed by token `node`."""
        tag = tree.tags[node]
        by_word = self._by_tag.get(tag)
        if by_word is None:
            return None
        lemma = tree.lemmas[node]
        rows = by_word.get(lemma)
        if rows is None:
            # A headline's capital letters make proper nouns of "Talks" and "Sanctions"
            if tag[:3] == "NNP" and lemma.endswith("s") and lemma not in self.words:
                rows = by_word.get(lemma[:-1])
            if rows is None:
                return None
        vocabulary = tree.vocabulary
        for row in rows.possible(vocabulary):
            # What stands nowhere in the sentence fills no slot: most rows end here, before a slot is filled
            for words in row.needed:
                if words.isdisjoint(vocabulary):
                    break
            else:
                tokens = _trigger_tokens(tree, node, row.rest) if row.rest else (node,)
                if tokens is None:
                    continue
                fillers = tree.fillers(node)
                for slot, words, negated in row.conditions:
                    found = fillers.get(slot)
                    if found is None:
                        found = tree.slot(node, slot)
                    if words.isdisjoint(found) is not negated:
                        break
                else:
                    return Match(row.pattern, node, tokens)
        return None


def _trigger_tokens(tree: Tree, node: int, rest: tuple[str, ...]) -> tuple[int, ...] | None:
    """Tokens of the trigger's further words: particles, prepositions or objects of the head, or right beside it."""
    if not tree.vocabulary.issuperset(rest):
        return None
    tokens = [node]
    last = node
    for word in rest:
        following = last + 1
        if following < len(tree.lemmas) and word in (tree.lemmas[following], tree.words[following].lower()):
            tokens.append(following)
            last = following
            continue
        for child in tree.children[node]:
            if tree.lemmas[child] == word and tree.deps[child] in (
                "prt",
                "prep",
                "advmod",
                "dobj",
                "acomp",
                "oprd",
                "attr",
            ):
                tokens.append(child)
                last = child
                break
        else:
            return None
    return tuple(tokens)
