"""The other side of an act that no frame found: the nearest actor around it.

Grammar names a place for source and target, and prose puts them elsewhere too: "put its army on alert because of
Belarus", "examined the strike that hit an Afghan family". Where an act has one side only, the nearest other actor
below its verb is the other one, unless it stands where a place or a witness does. Such a link is less certain.
"""

from __future__ import annotations

from coder.actors import NOWHERE, OWN_PEOPLE, Actor
from coder.home import is_dyad
from coder.links import Link, Phrases
from coder.nominals import light_verb
from coder.targets import ON_PEOPLE, is_anybody

CERTAINTY = 0.5
_APART = frozenset("nsubj nsubjpass csubj csubjpass expl parataxis punct cc mark aux auxpass det neg prt".split())
_WITNESS = frozenset("according like unlike including".split())
_PLACES = frozenset("in at near off through".split())
_DEPTH = 7
# Meetings and treaties are only with those that a preposition joins to them.
_NO_CLAUSES = frozenset(("04", "05", "06"))
_CLAUSES = frozenset("advcl ccomp xcomp relcl acl pcomp".split())
# Acts of people against their own rulers, before anybody else.
_UNREST = frozenset(("10", "14"))
_HARM = frozenset(("18", "19", "20"))
# Acts of which the place is the other side.
_PLACED = frozenset(("07", "08", "09", "10", "14", "15", "16", "17", "18", "19", "20"))


def complete(phrases: Phrases, node: int, root: str, link: Link, light: frozenset[str]) -> Link:
    """`link` with its missing target, if anybody stands near enough."""
    tree = phrases.tree
    if not link.sources or link.mutual or any(a.code == NOWHERE for a in link.sources):
        return link
    if _is_aimed_elsewhere(phrases, node):
        return link
    found = nearest(phrases, node, root, link.sources)
    if not found and not tree.is_verb(node):
        verb = light_verb(tree, node, light)
        if verb is None and root in _HARM and tree.deps[node] == "nsubj":
            verb = tree.heads[node]  # "an air strike by Israel brought down a tower in Gaza"
        found = nearest(phrases, verb, root, link.sources) if verb is not None else []
    if not found:
        return link
    return Link(link.sources, found, link.mutual, link.certainty * CERTAINTY)


def _is_aimed_elsewhere(phrases: Phrases, node: int) -> bool:
    """ "Accused the West", "urged all states": the act has an object of its own, which is no actor."""
    tree = phrases.tree
    objects = tree.kids(node, "dobj") if tree.is_verb(node) else []
    return any(tree.tags[o] in ("NNP", "NNPS") or is_anybody(phrases, o) for o in objects)


def nearest(phrases: Phrases, node: int, root: str, sources: list[Actor]) -> list[Actor]:
    """The first other actors below a token, level by level; in the end also people and rulers of one country."""
    tree, actors = phrases.tree, phrases.actors
    mine = {a.code for a in sources}
    at_home: list[Actor] = []
    level = [node]
    for _ in range(_DEPTH):
        level = [c for n in level for c in tree.children[n] if _leads_on(phrases, c, root)]
        for c in level:
            here = actors.all_at(c) or tuple(actors.modifiers(c))
            if root not in _PLACED and tree.words[tree.heads[c]].lower() in _PLACES and tree.deps[c] == "pobj":
                here = ()  # where it was done
            found = [a for a in here if a.code not in mine and a.code != NOWHERE]
            if found:
                return found
            at_home = at_home or [a for a in here if root in ON_PEOPLE and any(_are_at_odds(a, s) for s in sources)]
        if at_home and root in _UNREST:
            break
    return at_home


def _are_at_odds(one: Actor, other: Actor) -> bool:
    return is_dyad(one, other) and not OWN_PEOPLE.isdisjoint((one.role, other.role))


def _leads_on(phrases: Phrases, child: int, root: str) -> bool:
    tree = phrases.tree
    dep = tree.deps[child]
    if dep in _APART:
        return dep in ("nsubj", "nsubjpass") and tree.deps[tree.heads[child]] in _CLAUSES
    if dep == "conj":
        return not tree.is_verb(child)
    if dep == "prep":
        return tree.words[child].lower() not in _WITNESS
    return not (dep in _CLAUSES and root in _NO_CLAUSES)
