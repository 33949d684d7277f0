"""Where an act's target stands: from the likeliest place to the least, the first that names another actor.

The order is the module's knowledge. What judges or addresses looks at owners first ("condemned Russia's attack on
Ukraine" is about Russia), what is handed over at the receiver; what is done to a place may take the place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from coder.actors import NOWHERE, OWN_PEOPLE, Actor
from coder.home import is_branch_of, people
from coder.links import Pairs, Phrases
from coder.syntax import Tree

_TOWARDS = tuple(
    "with against on upon to toward towards at from over for about into of regarding concerning between among "
    "within behind alongside by before".split()
)
_TOWARDS_FIRST_OF = tuple(dict.fromkeys(("of", "from", *_TOWARDS)))
_PLACES = tuple("in across near inside off through outside around along past opposite".split())
# Acts that are done to a place: only for these roots is "in Iraq" a target.
_PLACED_ROOTS = frozenset(("02", "06", "07", "08", "10", "11", "14", "15", "16", "17", "18", "19", "20"))
# What is given or sold: "sent Syrians home" is not aimed at Syria, "sent them to Turkey" is at Turkey.
_HANDED_ROOTS = frozenset(("06", "07"))
# Acts whose other side may stand only in the clause they govern: "refused to talk to Peru".
_INNER_ROOTS = frozenset(("02", "03", "10", "12", "13"))
_OWNER_FIRST = frozenset(("01", "02", "05", "09", "10", "11", "12"))


_SENDING_ROOTS = frozenset(("06", "07", "08", "15"))
# Acts that a state does to its own people, or people to each other.
ON_PEOPLE = frozenset(("08", "09", "10", "11", "12", "13", "14", "15", "17", "18", "19", "20"))
_SPOKEN_ROOTS = frozenset(("02", "10", "11", "12", "13"))
_AT_HAND_ROOTS = frozenset(("02", *(ON_PEOPLE - {"15"})))
_ADDRESSING_ROOTS = frozenset(("02", "10"))
_BRANCHES = frozenset(("LEG", "JUD", "MIL", "COP"))
_ANYBODY = frozenset("state country nation government power community world everyone everybody party".split())


_CAUSES = frozenset(("at", "over", "about", "for"))
_LOOSE = 0.7  # how sure a place or a clause makes its actor


@dataclass(frozen=True, slots=True)
class Search:
    """One act whose target is sought: its token, objects, prepositional phrases, sources, CAMEO root and frame."""

    node: int
    objects: list[int]
    pairs: Pairs
    sources: list[Actor]
    root: str
    frame: str


def find_targets(phrases: Phrases, search: Search) -> tuple[list[Actor], float]:
    """The targets, and how sure their place makes them; an actor without a country only where no other stands."""
    mine = {a.code for a in search.sources}
    domestic: list[Actor] = []
    nameless: list[Actor] = []
    at_hand = [a for o in search.objects for a in phrases.actors.all_at(o)]
    if search.root in _AT_HAND_ROOTS and at_hand and all(_is_own(a, search) for a in at_hand):
        return at_hand, 0.9  # "beat protesters in Paris": whoever they are, they were beaten
    if search.root in _SPOKEN_ROOTS and any(is_anybody(phrases, o) for o in search.objects):
        return [], 0.0  # "urged all states": whom is not said
    for found, certainty in _places(phrases, search):
        if certainty <= _LOOSE and search.root in ON_PEOPLE:
            close = [a for a in domestic or nameless if a.role in OWN_PEOPLE] or _people(phrases, search)
            if close:  # "fired on miners near Lima" is aimed at the miners
                return close, _LOOSE
        if not found:
            continue
        if search.root in _ADDRESSING_ROOTS and search.sources and _is_branch(found, search.sources):
            return found, certainty  # "lawmakers demanded that the cabinet expel the Peruvian envoy"
        named = [a for a in found if a.code not in mine and a.code != NOWHERE]
        if named:
            return named, certainty
        # the same country in two different roles, or somebody of no country, if nobody else is there
        domestic = domestic or [
            a for a in found if a.code in mine and a.role and all(a.key != s.key for s in search.sources)
        ]
        nameless = nameless or [a for a in found if a.code == NOWHERE and not _is_sent(a, search)]
    return domestic or nameless or _people(phrases, search), _LOOSE


def _is_branch(found: list[Actor], sources: list[Actor]) -> bool:
    return all(is_branch_of(a, s) for a in found for s in sources)


def is_anybody(phrases: Phrases, noun: int) -> bool:
    """ "All states", "other parties": of no country."""
    if phrases.tree.lemmas[noun] not in _ANYBODY:
        return False
    return not phrases.actors.all_at(noun) and not phrases.actors.owners(noun)


def _is_sent(actor: Actor, search: Search) -> bool:
    """ "Sent two hundred soldiers": forces of no named country are the source's own."""
    return search.root in _SENDING_ROOTS and actor.role in ("MIL", "COP") and actor.node in search.objects


def _is_own(actor: Actor, search: Search) -> bool:
    """People of the source's own country, or of one that is not said."""
    if any(actor.key == s.key for s in search.sources):
        return False
    if actor.role not in OWN_PEOPLE:  # "the Senate asked its government": two branches of one state
        both_said = actor.role and all(s.role in _BRANCHES and s.code == actor.code for s in search.sources)
        return bool(both_said) and search.root in _SPOKEN_ROOTS
    return actor.code == NOWHERE or any(actor.code == s.code for s in search.sources)


def _people(phrases: Phrases, search: Search) -> list[Actor]:
    """ "Killed 160 villagers": people of a country that only the rest of the sentence may tell."""
    if search.root not in ON_PEOPLE:
        return []
    found = [a for o in search.objects for a in people(phrases.actors, o) if search.root not in _SENDING_ROOTS - {"08"}]
    return found or [a for word, p in search.pairs if word in (*_TOWARDS, "of") for a in people(phrases.actors, p)]


def _places(phrases: Phrases, search: Search) -> Iterator[tuple[list[Actor], float]]:
    tree, actors = phrases.tree, phrases.actors
    objects, pairs, root = search.objects, search.pairs, search.root
    if root in _HANDED_ROOTS:
        yield [a for word, p in pairs if word == "to" for a in actors.all_at(p)], 1.0
    if root == "11":  # "concern at the treatment of Kenyans by Peru": whose conduct it is
        conduct = [p for word, p in pairs if word in _CAUSES]
        yield [a for p in conduct for a in phrases.behind(tree.prepositions(p), "by")], 0.9
    if objects:
        yield [a for o in objects for a in actors.all_at(o)], 1.0
    if objects and root in _OWNER_FIRST:
        yield [a for o in objects for c in tree.conjuncts(o) for a in actors.owners(c, of=_has_two_sides(tree, c))], 0.9
    said = {word for word, _ in pairs}
    present = [word for word in (_TOWARDS_FIRST_OF if root == "12" else _TOWARDS) if word in said] if said else []
    for wanted in present:
        yield [a for word, p in pairs if word == wanted for a in actors.all_at(p)], 0.95
    if objects:
        yield [a for o in objects for c in tree.conjuncts(o) for a in actors.owners(c)], 0.85
    # "condemned the sanctions that Peru had imposed"
    clauses = [r for o in objects for r in tree.kids(o, "relcl", "acl")]
    if clauses:
        yield [a for r in clauses for a in phrases.denote_all([s for s in tree.subjects(r) if s not in objects])], 0.8
        yield [a for r in clauses for a in phrases.denote_all(tree.agents(r))], 0.8
    for wanted in present:
        yield phrases.behind(pairs, wanted), 0.8
    if said and (root in _PLACED_ROOTS or search.frame == "visit"):
        yield phrases.behind(pairs, *_PLACES), 0.7
    yield from _clauses(phrases, search)
    yield [a for o in objects for a in phrases.within(o)], 0.6
    if root == "13":
        yield list(_conditioned(phrases, search)), 0.6
    addressed = {a.code for o in objects for a in actors.all_at(o)}
    if root in ("05", "11") or (search.frame == "speech" and addressed.isdisjoint(a.code for a in search.sources)):
        mine = _not_others(search)
        for c in tree.kids(search.node, "ccomp", "oprd", "xcomp", "advcl"):
            yield phrases.throughout(c, mine), 0.5
    if search.frame == "speech" and root in ("01", "05", "11"):
        others = [a for a in actors.every() if a.code not in _not_others(search)]
        if len({a.code for a in others}) == 1:
            yield others[:1], 0.4  # of whom else the sentence speaks


def _not_others(search: Search) -> set[str]:
    return {a.code for a in search.sources} | {NOWHERE}


def _conditioned(phrases: Phrases, search: Search) -> Iterator[Actor]:
    """Whose conduct a threat hangs on: "will answer if Peru attacks", "unless Peru withdraws"."""
    tree = phrases.tree
    for verb in (search.node, *tree.kids(search.node, "ccomp", "xcomp")):
        for clause in tree.kids(verb, "advcl"):
            if any(tree.lemmas[m] in ("if", "unless", "until", "should") for m in tree.kids(clause, "mark", "aux")):
                yield from phrases.denote_all(tree.kids(clause, "nsubj", "nsubjpass"))


def _has_two_sides(tree: Tree, noun: int) -> bool:
    """ "The embargo of Chile against Peru": with its target named, "of" says whose it is."""
    words = {word for word, _ in tree.prepositions(noun)}
    return "of" in words and "against" in words


def _clauses(phrases: Phrases, search: Search) -> Iterator[tuple[list[Actor], float]]:
    """The subject of what is said or wanted, and for acts of speech whatever else the clause names."""
    tree = phrases.tree
    for c in tree.children[search.node]:
        if tree.deps[c] in ("ccomp", "xcomp", "acl"):
            clause = [c, *tree.kids(c, "conj")]
            yield [a for v in clause for a in phrases.denote_all(tree.kids(v, "nsubj", "nsubjpass"))], 0.75
            if search.frame == "speech" or search.root in _INNER_ROOTS:
                yield [a for v in clause for a in phrases.denote_all(tree.objects(v))], 0.6
                yield [a for v in clause for _, p in tree.prepositions(v) for a in phrases.denote(p)], 0.6
                told = [t for v in clause for t in tree.kids(v, "acomp", "attr")]
                yield [a for t in told for _, p in tree.prepositions(t) for a in phrases.denote(p)], 0.6
        elif tree.deps[c] == "prep":
            for v in tree.kids(c, "pcomp"):
                yield phrases.denote_all(tree.objects(v)), 0.6
                yield [a for _, p in tree.prepositions(v) for a in phrases.denote(p)], 0.6
