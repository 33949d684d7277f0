"""Whom an answer is meant for, where its sentence names only who answers: "Lima condemned the decision."

Newspapers tell a move in one sentence and the reaction in the next. The reaction is aimed at the other side of what
was just told, if that other side is one alone and the reaction points back ("this", "the decision", no object).
"""

from __future__ import annotations

from dataclasses import replace

from coder.actors import NOWHERE, Actor, ActorMap
from coder.acts import Act
from coder.references import Discourse
from coder.syntax import Tree

_REACTIONS = ("011", "016", "051", "11", "12", "130")
_POINTERS = frozenset(("the", "this", "that", "these", "those", "such", "any", "all"))
_PRONOUNS = frozenset(("this", "that", "it", "them", "these", "so"))


def with_answered(act: Act, tree: Tree, actors: ActorMap, discourse: Discourse) -> Act:
    """The act, aimed at whom the text has just paired with its source, if it is a reaction without a target."""
    who = {a.code for a in act.sources}
    if act.targets or len(who) != 1 or NOWHERE in who or not act.code.startswith(_REACTIONS):
        return act
    node = act.match.node
    if not tree.is_verb(node) or tree.is_passive(node) or not _points_back(tree, node):
        return act
    if any(a.code not in who for token in tree.domain(node) for a in actors.at(token)):
        return act
    other = discourse.counterpart(who.pop())
    if other is None:
        return act
    start = tree.parse.starts[node]
    target = Actor(other, "", node, start, start + len(tree.words[node]), "reference", inferred=True)
    return replace(act, targets=(target,), certainty=act.certainty * 0.8)


def _points_back(tree: Tree, verb: int) -> bool:
    objects = [*tree.objects(verb), *(noun for _, noun in tree.prepositions(verb))]
    if tree.lemmas[verb] != "deny" and tree.kids(verb, "ccomp"):
        return False  # it says what it is about
    return all(
        tree.words[o].lower() in _PRONOUNS
        or tree.tags[o] == "NNP"  # a day, a spokesman's name: nobody that is known
        or any(tree.deps[c] == "det" and tree.words[c].lower() in _POINTERS for c in tree.children[o])
        for o in objects
    )
