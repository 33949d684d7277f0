"""Where an act's target stands: from the likeliest place to the least, the first that names another actor.

The order is the module's knowledge. What judges or addresses looks at owners first ("condemned Russia's attack on
Ukraine" is about Russia), what is handed over at the receiver; what is done to a place may take the place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from coder.actors import NOWHERE, Actor
from coder.links import Pairs, Phrases

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
    for found, certainty in _places(phrases, search):
        if not found:
            continue
        named = [a for a in found if a.code not in mine and a.code != NOWHERE]
        if named:
            return named, certainty
        # the same country in two different roles, or somebody of no country, if nobody else is there
        domestic = domestic or [
            a for a in found if a.code in mine and a.role and all(a.key != s.key for s in search.sources)
        ]
        nameless = nameless or [a for a in found if a.code == NOWHERE]
    return domestic or nameless, 0.7


def _places(phrases: Phrases, search: Search) -> Iterator[tuple[list[Actor], float]]:
    tree, actors = phrases.tree, phrases.actors
    objects, pairs, root = search.objects, search.pairs, search.root
    if root in _HANDED_ROOTS:
        yield [a for word, p in pairs if word == "to" for a in actors.all_at(p)], 1.0
    if objects:
        yield [a for o in objects for a in actors.all_at(o)], 1.0
    if objects and root in _OWNER_FIRST:
        yield [a for o in objects for c in tree.conjuncts(o) for a in actors.owners(c, of=False)], 0.9
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
