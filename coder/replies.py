"""Whom an answer answers: "Baku denied this", "Beijing condemned the order and threatened to retaliate".

An answer names what it answers by "this" or "the charge" and leaves out whose it was. That was said just before: the
other side of the last act that the answerer had a part in.
"""

from __future__ import annotations

from dataclasses import replace

from coder.actors import NOWHERE, Actor
from coder.acts import Act
from coder.references import Discourse
from coder.syntax import Tree

_ANSWERS = frozenset(("01", "05", "10", "11", "12", "13"))
_BARE = frozenset(("12", "13"))  # roots whose verbs answer without any object: "Tehran refused"
_POINTERS = frozenset("the this that these those such it".split())
_CERTAINTY = 0.5


def answered(tree: Tree, acts: list[Act], discourse: Discourse) -> list[Act]:
    """The acts, those without another side given the one that they answer."""
    known: list[tuple[str, str]] = []
    out = []
    for act in acts:
        if not act.targets and act.sources and not act.mutual and act.code[:2] in _ANSWERS and _points_back(tree, act):
            codes = {a.code for a in act.sources}
            other = discourse.partner(next(iter(codes)), known) if len(codes) == 1 and NOWHERE not in codes else None
            if other is not None:
                act = replace(act, targets=(_at(tree, act, other),), certainty=act.certainty * _CERTAINTY)
        known += [(s.code, t.code) for s in act.sources for t in act.targets if act.status == "occurred"]
        out.append(act)
    return out


def _points_back(tree: Tree, act: Act) -> bool:
    """Is its object something that was told before?"""
    node = act.match.node
    if not tree.is_verb(node) or tree.kids(node, "ccomp", "xcomp", "prep", "advcl"):
        return False
    objects = tree.objects(node)
    if not objects:
        return act.code[:2] in _BARE
    return all(
        tree.words[o].lower() in _POINTERS
        or any(tree.deps[c] == "det" and tree.words[c].lower() in _POINTERS for c in tree.children[o])
        for o in objects
    )


def _at(tree: Tree, act: Act, code: str) -> Actor:
    """The other side, standing where it is pointed to."""
    node = next(iter(tree.objects(act.match.node)), act.match.node)
    start = tree.parse.starts[node]
    return Actor(code, "", node, start, start + len(tree.words[node]), "reference", inferred=True)
