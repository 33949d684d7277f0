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
SLOTS = frozenset(("any", "obj", "subj", "mod", "part", "comp", "said", "prep")) | PREPOSITIONS


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


class PatternIndex:
    """Patterns by the first word of their triggers."""

    def __init__(self, patterns: Iterable[Pattern], classes: Mapping[str, frozenset[str]]) -> None:
        self.by_id: dict[str, Pattern] = {}
        index: dict[
            str,
            list[tuple[int, int, str, tuple[str, ...], tuple[tuple[str, frozenset[str], bool], ...], Pattern]],
        ] = {}
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
            weight = sum(not c.negated for c in pattern.conditions)
            for trigger in pattern.triggers:
                row = (-weight, -len(trigger), pattern.pattern_id, trigger[1:], conditions, pattern)
                index.setdefault(trigger[0], []).append(row)
        self._index = {word: tuple(sorted(rows, key=lambda r: r[:4])) for word, rows in index.items()}
        self.words = frozenset(self._index)

    def match(self, tree: Tree, node: int) -> Match | None:
        """The best pattern whose trigger is headed by token `node`."""
        rows = self._index.get(tree.lemmas[node])
        tag = tree.tags[node]
        if rows is None:
            # A headline's capital letters make proper nouns of "Talks" and "Sanctions"
            if tag in ("NNP", "NNPS") and tree.lemmas[node].endswith("s"):
                rows = self._index.get(tree.lemmas[node][:-1])
            if rows is None:
                return None
        for _, _, _, rest, conditions, pattern in rows:
            if not _pos_fits(pattern.pos, tag):
                continue
            tokens = _trigger_tokens(tree, node, rest)
            if tokens is None:
                continue
            for slot, words, negated in conditions:
                if words.isdisjoint(tree.slot(node, slot)) is not negated:
                    break
            else:
                return Match(pattern, node, tokens)
        return None


def _pos_fits(pos: str, tag: str) -> bool:
    if pos == "V":
        return tag[:2] == "VB"
    if pos == "N":
        return tag[:2] == "NN" or tag == "VBG"
    return tag[:2] == "JJ" or tag in ("VBN", "VBG")


def _trigger_tokens(tree: Tree, node: int, rest: tuple[str, ...]) -> tuple[int, ...] | None:
    """Tokens of the trigger's further words: particles, prepositions or objects of the head, or right beside it."""
    if not rest:
        return (node,)
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
