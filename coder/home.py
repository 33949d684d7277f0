"""Whose people they are: a country for protesters, police, rebels and villagers that are named without one.

They belong where it happens ("fired on protesters in Minsk"), or else to the country that they deal with, if nobody
else is named who could be meant: "Belarus jailed two opposition leaders" tells of Belarus and its own opposition.
"""

from __future__ import annotations

from dataclasses import replace

from coder.actors import MODIFIER, NOWHERE, OWN_PEOPLE, Actor, ActorMap
from coder.syntax import Tree

_PEOPLE = frozenset(
    "OPP CVL EDU MED LAB BUS REL LEG JUD COP CRM HLH ELI PTY AGR HRI ENV REF RAD SET GOV REB UAF MIL SPY NGO".split()
)
# Who is in a country of their own when they meet people of no country.
AT_HOME = _PEOPLE - frozenset(("BUS", "REF", "NGO"))
# Whose rallies, marches and strikes are the people themselves.
_GATHERING = frozenset(("OPP", "EDU", "LAB"))
_IN_PLACE = ("in", "across", "near", "outside", "at", "around", "throughout")
_PLACE_KINDS = ("state", "capital", "seat", "adjective", "place")
# An embassy stands in another country than its own.
_ABROAD = frozenset(("embassy", "consulate", "mission", "ambassador", "consul"))


def people(actors: ActorMap, node: int) -> list[Actor]:
    """People of no named country ("three hundred villagers"), who only count where their country can be told."""
    found = []
    for n in actors.tree.conjuncts(node):
        for m in actors.tree.meant(n):
            alias, start, end = actors.agents.get(m, (None, 0, 0))
            if alias is None:  # "banned an opposition rally"
                m = next((c for c in actors.tree.kids(m, "compound", "amod") if _gathers(actors, c)), m)
                alias, start, end = actors.agents.get(m, (None, 0, 0))
            if alias is not None and alias.role in OWN_PEOPLE and not actors.at(m) and not _are_of_some(actors.tree, m):
                found.append(Actor(NOWHERE, alias.role, m, start, end, "people"))
    return found


def _gathers(actors: ActorMap, node: int) -> bool:
    return node in actors.agents and actors.agents[node][0].role in _GATHERING


def _are_of_some(tree: Tree, node: int) -> bool:
    """Are the people somebody's, though no table knows whose: "his men", "Ruritanian women", "men of Ruritania"?"""
    for c in tree.children[node]:
        named = tree.tags[c] in ("NNP", "NNPS") or (tree.tags[c] == "JJ" and c > 0 and tree.words[c][0].isupper())
        if tree.deps[c] == "poss" or (named and tree.deps[c] in MODIFIER):
            return True
    return any(w in ("of", "from") and tree.tags[p] in ("NNP", "NNPS") for w, p in tree.prepositions(node))


def at_home(tree: Tree, actors: ActorMap, source: Actor, target: Actor, node: int) -> tuple[Actor, Actor]:
    """The two sides of an act, each with the country that it lacked, where that can be told."""
    if NOWHERE not in (source.code, target.code):
        return source, target
    place = scene(tree, actors, node)
    return _settled(source, target, place, actors), _settled(target, source, place, actors)


def _settled(side: Actor, other: Actor, place: str, actors: ActorMap) -> Actor:
    if side.code != NOWHERE or side.role not in _PEOPLE:
        return side
    code = place or (other.code if _could_share(side, other, actors) else NOWHERE)
    return replace(side, code=code, inferred=True) if code != NOWHERE else side


def _could_share(side: Actor, other: Actor, actors: ActorMap) -> bool:
    """May people without a country be of the other side's?"""
    if len(other.code) != 3 or other.code == NOWHERE:
        return False
    if other.role:
        return other.role in AT_HOME
    return side.role in OWN_PEOPLE and _states(actors) == {other.code}


def _states(actors: ActorMap) -> set[str]:
    return {a.code for a in actors.every() if len(a.code) == 3 and a.code != NOWHERE}


def scene(tree: Tree, actors: ActorMap, node: int) -> str:
    """The country in which an act took place, if its clause says so: "in Minsk", "outside parliament in Peru"."""
    belongs = ""
    for i in tree.domain(tree.clause(node)):
        if tree.deps[i] != "prep" or tree.words[i].lower() not in _IN_PLACE:
            continue
        for noun in tree.kids(i, "pobj"):
            for actor in actors.at(noun):
                if actor.kind in _PLACE_KINDS and len(actor.code) == 3 and actor.code != NOWHERE:
                    return actor.code
            if tree.lemmas[noun] not in _ABROAD:
                for actor in actors.owners(noun):
                    if actor.kind in _PLACE_KINDS and len(actor.code) == 3 and actor.code != NOWHERE:
                        belongs = belongs or actor.code
    return belongs


def is_branch_of(one: Actor, other: Actor) -> bool:
    """Is `other` a branch or people of a state, and `one` another side of the same state that it may turn to?"""
    if NOWHERE in (one.code, other.code) or one.code != other.code or one.role == other.role:
        return False
    return bool(one.role) and other.role in OWN_PEOPLE | {"LEG", "JUD"}


def is_dyad(source: Actor, target: Actor) -> bool:
    """Two different actors; the same state in two roles is a domestic dyad. Villagers of nowhere are none."""
    if any(side.code == NOWHERE and side.kind == "people" for side in (source, target)):
        return False
    if source.code != target.code:
        return True
    if source.role == target.role:
        return False
    if source.code == NOWHERE:
        return False  # soldiers and rebels of nowhere: nobody could count them
    if {source.role, target.role} == {"ELI", "GOV"}:
        return False  # a former minister's advice to the next one is that state's own affair
    if source.role and target.role:
        return True
    return (source.role or target.role) in OWN_PEOPLE - {"MED"}  # its media speak for the state
