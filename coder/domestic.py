"""The unnamed side of an act at home: the crowd in a city, the state that it turns against, those whom police beat.

"Farmers blocked roads around Sofia", "Colombian police clubbed students", "Gunmen in Cameroon seized teachers":
one side, or both, is only a common noun, and belongs where the act took place or to the country of the other side.
Only for protest, coercion and violence; elsewhere a side without a country is no actor. A show of force or an alert
that names nobody faces whoever its cause names: "put its army on alert as Russian columns approached".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from coder.actors import NOWHERE, Actor, ActorMap
from coder.acts import Act
from coder.syntax import Tree

_PROTEST = frozenset(("14",))
_HARM = frozenset(("17", "18", "19", "20"))
_LOCATING = ("in", "across", "around", "near", "outside", "at", "through", "of")
_PLACES = ("state", "capital", "seat", "adjective")
_TOWARDS = frozenset(("against", "with", "at", "on", "outside", "of", "by"))
_OUTSIDERS = frozenset(("OPP", "REB", "UAF", "CVL", "CRM", "EDU", "LAB"))
_CERTAINTY = 0.7


def scene(tree: Tree, actors: ActorMap, clause: int) -> str:
    """The country in which an act took place, if its clause says so: "in Minsk", "outside parliament in Peru"."""
    found: list[tuple[int, str]] = []
    for node in tree.domain(clause):
        if tree.deps[node] == "prep" and (word := tree.words[node].lower()) in _LOCATING[:-1]:
            for noun in tree.kids(node, "pobj"):
                for actor in (*actors.at(noun), *actors.owners(noun)):
                    if actor.kind in _PLACES and len(actor.code) == 3 and actor.code != NOWHERE:
                        found.append((_LOCATING.index(word), actor.code))
    return min(found)[1] if found else ""


def with_home_sides(act: Act, tree: Tree, actors: ActorMap, classes: Mapping[str, frozenset[str]], clause: int) -> Act:
    """The act with its unnamed domestic sides put where they belong, or as it was."""
    root = act.code[:2]
    if root == "15" and not act.mutual:
        return _facing(act, tree, actors, clause)
    if act.mutual or root not in _PROTEST | _HARM or (root in _HARM and not tree.is_verb(act.match.node)):
        return act
    place = scene(tree, actors, clause)
    people = classes.get("crowd", frozenset()) | classes.get("person", frozenset())
    passive = tree.is_verb(clause) and tree.is_passive(clause)
    doers = (tree.agents(clause) if passive else tree.subjects(clause)) if tree.is_verb(clause) else []
    objects = tree.objects(clause) if tree.is_verb(clause) else []
    if not tree.is_verb(act.match.node):
        objects = objects + [p for word, p in tree.prepositions(act.match.node) if word in _TOWARDS]
    sources = [a for a in act.sources if a.code != NOWHERE]
    targets = [a for a in act.targets if a.code != NOWHERE]
    nameless = [a for a in act.targets if a.code == NOWHERE]
    for thing in objects:
        nameless += [a for a in actors.all_at(thing) if a.code == NOWHERE]
    if root in _HARM and nameless and targets and all(a.code == place and not a.role for a in targets):
        targets = []  # "beat a protester in Paris": not Paris was beaten
    if not sources:
        home = place or _only(a.code for a in targets if a.role)
        unnamed = [a for a in act.sources if a.code == NOWHERE]
        if home and unnamed:
            sources = [replace(a, code=home, inferred=True) for a in unnamed]
        elif home:
            role = "OPP" if root in _PROTEST else "CVL"
            sources = [_side(tree, d, home, role) for d in doers if _is_common(tree, d, people)][:1]
    if root in _PROTEST and sources and all(a.code == place and not a.role for a in targets):
        targets = _denounced(tree, actors, clause) or targets
    home = _only(a.code for a in sources) or ""
    if len(home) == 3 and (not targets or (root in _PROTEST and all(a.code == home and not a.role for a in targets))):
        if root in _PROTEST:
            if all(a.role != "GOV" for a in sources):
                facing = [p for word, p in tree.prepositions(clause) if word in _TOWARDS]
                targets = [_side(tree, (facing or [act.match.node])[0], home, "GOV")]
        elif nameless:
            targets = [replace(a, code=place or home, inferred=True) for a in nameless[:1]]
        else:
            hit = [o for o in objects if _is_common(tree, o, people)]
            targets = [_side(tree, o, place or home, "CVL") for o in hit[:1]]
    if not sources or not targets:
        return act
    own = {a.code for a in targets}
    sources = [replace(a, role="GOV") if not a.role and a.code in own else a for a in sources]
    sources = [replace(a, role="OPP") if root in _PROTEST and a.role == "GOV" and a.inferred else a for a in sources]
    if tuple(sources) == act.sources and tuple(targets) == act.targets:
        return act
    return replace(act, sources=tuple(sources), targets=tuple(targets), certainty=min(act.certainty, _CERTAINTY))


def _facing(act: Act, tree: Tree, actors: ActorMap, clause: int) -> Act:
    """An alert or deployment with its other side taken from the rest of its sentence, where it names none itself."""
    mine = {a.code for a in act.sources if a.code != NOWHERE}
    if len(mine) != 1 or any(a.code not in mine and a.code != NOWHERE for a in act.targets):
        return act
    for node in sorted(tree.subtree(clause)):
        if node > act.match.node and tree.tags[node].startswith(("NN", "JJ")):
            other = [a for a in actors.at(node) or actors.owners(node) if a.code not in mine and a.code != NOWHERE]
            if other:
                return replace(act, targets=tuple(other[:1]), certainty=min(act.certainty, _CERTAINTY))
    nameless = [
        replace(a, code=next(iter(mine)), inferred=True)
        for node in sorted(tree.subtree(clause))
        if node > act.match.node
        for a in actors.at(node)
        if a.code == NOWHERE and a.role in _OUTSIDERS
    ]
    if not nameless:
        return act
    state = tuple(a if a.role else replace(a, role="GOV") for a in act.sources)
    return replace(act, sources=state, targets=tuple(nameless[:1]), certainty=min(act.certainty, _CERTAINTY))


def _denounced(tree: Tree, actors: ActorMap, clause: int) -> list[Actor]:
    """Whom a protest is meant for, by its purpose: "marched to condemn Turkey"."""
    for purpose in tree.kids(clause, "xcomp", "advcl"):
        if any(tree.tags[c] == "TO" for c in tree.kids(purpose, "aux")):
            for thing in tree.objects(purpose):
                named = [a for a in (*actors.all_at(thing), *actors.owners(thing)) if a.code != NOWHERE]
                if named:
                    return named
    return []


def _only(codes: Iterable[str]) -> str:
    """The one code among several, or nothing."""
    found = set(codes)
    return found.pop() if len(found) == 1 else ""


def _is_common(tree: Tree, node: int, people: frozenset[str]) -> bool:
    """Whether a noun phrase names people by a common noun only."""
    return tree.tags[node] in ("NN", "NNS") and tree.lemmas[node] in people


def _side(tree: Tree, node: int, code: str, role: str) -> Actor:
    start = tree.parse.starts[node]
    return Actor(code, role, node, start, start + len(tree.words[node]), "agent", inferred=True)
