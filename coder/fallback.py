"""The statistical model behind the patterns: which root two given actors' sentence tells, by all of its words.

Patterns stay in front. The model speaks where no act was found, and against an act only where its own odds beat a
margin that was learnt for acts of that kind: how well the act joins the two actors, and whether its pattern asked
for more than one word. It only reads weights; `python -m tests.golden.train_fallback` writes them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from coder.fallback_features import Sides, path_between, word_features
from coder.syntax import Tree
from coder.tables import Row, read_table

WEIGHTS = Path(__file__).parent / "weights"
_LIKELY = 0.5  # against an act the model must hold its root for more likely than all others together
NONE = "none"  # the class of sentences that tell no event


@dataclass(frozen=True, slots=True)
class Opinion:
    """The root that the model holds for likeliest once an act was heard, and how likely it holds it."""

    root: str
    code: str  # the root's most frequent code in training; empty for no event
    probability: float


@dataclass(frozen=True)
class Fallback:
    """Loaded weights. `margins` are in log odds, by kind of act."""

    roots: tuple[str, ...]
    codes: Mapping[str, str]
    weights: Mapping[str, tuple[tuple[int, float], ...]]  # feature -> (index of root, weight)
    margins: Mapping[str, float]

    def log_odds(self, found: Mapping[str, float]) -> list[float]:
        """Log probabilities of all roots, for the features of a sentence."""
        scores = [0.0] * len(self.roots)
        for name, value in found.items():
            for n, weight in self.weights.get(name, ()):
                scores[n] += weight * value
        top = max(scores)
        norm = top + math.log(sum(math.exp(s - top) for s in scores))
        return [s - norm for s in scores]

    def probability(self, odds: list[float], root: str) -> float:
        """What the features alone give a root; of one that training did not know, nothing can be said."""
        return math.exp(odds[self.roots.index(root)]) if root in self.roots else 0.5

    def choose(self, odds: list[float], heard: str, kind: str) -> Opinion:
        """The likeliest root, after the act that was heard (its root and kind) got the margin of its kind.

        With an act there is an event, so "none" is no answer; and an act of a root or kind that training did not
        see enough of stands.
        """
        scores = list(odds)
        if heard:
            if heard not in self.roots or kind not in self.margins:
                return Opinion(heard, "", 1.0)
            scores[self.roots.index(heard)] += self.margins[kind]
            scores[self.roots.index(NONE)] = -math.inf
        best = max(range(len(scores)), key=lambda n: (scores[n], self.roots[n]))
        probability = math.exp(scores[best]) / sum(math.exp(s) for s in scores)
        root = self.roots[best]
        if heard and root != heard and probability < _LIKELY:
            return Opinion(heard, "", 1.0)
        return Opinion(root, self.codes.get(root, ""), probability)

    def telling(self, tree: Tree, sides: Sides, root: str) -> int:
        """The word that speaks most for `root`: what the model's mention shows as its verb."""
        n = self.roots.index(root)
        inside, path = sides.source | sides.target, set(path_between(tree, sides))

        def voice(token: int) -> float:
            kinds = ("w=", "p=") if token in path else ("w=",)
            names = [kind + name for kind in kinds for name in word_features(tree, token)]
            return sum(weight for name in names for m, weight in self.weights.get(name, ()) if m == n)

        outside = [i for i in range(len(tree.lemmas)) if i not in inside and tree.tags[i][:1] in "NVJ"]
        return max(outside or [min(inside)], key=lambda i: (voice(i), -i))


def kind_of_act(joined: int, conditions: int, operators: int) -> str:
    """Acts that are trusted alike, by how well they join the two (see `pairs`) and how much of them was said.

    `+` marks a pattern that asked for more than its trigger, `*` an act under a governing verb or a negation.
    """
    return f"{joined}{'+' if conditions else ''}{'*' if operators else ''}"


def load_fallback(folder: Path, problems: list[str]) -> Fallback:
    """Read the model's three tables; what is wrong with them is added to `problems`."""
    roots: list[str] = []
    codes: dict[str, str] = {}
    for row in read_table(folder / "fallback_roots.csv", ("root", "event_code"), problems):
        root = row.text("root")
        roots.append(root)
        codes[root] = row.text("event_code", required=root != NONE)
    index = {root: n for n, root in enumerate(roots)}
    margins = {
        row.text("kind"): _number(row, row.text("margin"))
        for row in read_table(folder / "fallback_margins.csv", ("kind", "margin"), problems)
    }
    weights: dict[str, tuple[tuple[int, float], ...]] = {}
    for row in read_table(folder / "fallback_weights.csv", ("feature", "weights"), problems):
        cells = [item.partition(":") for item in row.items("weights", required=True)]
        weights[row.text("feature")] = tuple((index[r], _number(row, w) / 100) for r, _, w in cells if r in index)
    return Fallback(tuple(roots), codes, weights, margins)


def _number(row: Row, cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        row.complain("weights", f"{cell!r} is not a number; train again")
        return 0.0
