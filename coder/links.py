"""What a filled frame is, and the questions about noun phrases that verbs and nouns both ask to fill one."""

from __future__ import annotations

from dataclasses import dataclass, field

from coder.actors import NOWHERE, Actor, ActorMap
from coder.home import is_dyad
from coder.syntax import Tree

_AMONG = ("between", "among", "amongst", "of", "by", "to")
# Whose object is what was talked of, not who was talked with.
_ABOUT = frozenset(("discuss", "debate", "review", "address"))
_PHRASE = frozenset(("prep", "pobj", "compound", "amod", "poss", "nmod", "conj", "acl", "appos", "pcomp", "dobj"))

Pairs = list[tuple[str, int]]  # (preposition, head of its noun phrase)


@dataclass(slots=True)
class Link:
    """The filled frame: who acts, on whom, and whether everyone acts on everyone."""

    sources: list[Actor] = field(default_factory=list)
    targets: list[Actor] = field(default_factory=list)
    mutual: bool = False
    certainty: float = 1.0


class Phrases:
    """Who the noun phrases of one sentence stand for."""

    def __init__(self, tree: Tree, actors: ActorMap) -> None:
        self.tree, self.actors = tree, actors

    def denote(self, node: int) -> list[Actor]:
        """Actors of a noun phrase and its conjuncts: itself, or else who owns it, or else who is named in it."""
        found = list(self.actors.all_at(node))
        if found:
            return found
        owned = [a for n in self.tree.conjuncts(node) for a in self.actors.owners(n)]
        return owned or [a for a in self.within(node) if a.code != NOWHERE]  # "a government website" is nobody

    def denote_all(self, nodes: list[int]) -> list[Actor]:
        return [a for n in nodes for a in self.denote(n)]

    def behind(self, pairs: Pairs, *words: str) -> list[Actor]:
        """Actors of the phrases behind these prepositions."""
        return [a for word, p in pairs if word in words for a in self.denote(p)]

    def within(self, node: int) -> list[Actor]:
        """The nearest actors inside a phrase, level by level; clauses of their own are not entered."""
        level, tree = [node], self.tree
        for _ in range(6):
            following = [c for n in level for c in tree.children[n] if tree.deps[c] in _PHRASE]
            found = [a for c in following for a in self.actors.all_at(c) or self.actors.owners(c)]
            if found or not following:
                return found
            level = following
        return []

    def wielders(self, node: int) -> list[Actor]:
        """Who used a thing: "a bomb planted by rebels", "a missile believed to be fired by Iran"."""
        tree = self.tree
        level = tree.kids(node, "acl")
        for _ in range(3):
            found = [
                a for v in level if tree.is_passive(v) or tree.tags[v] == "VBN" for a in self.denote_all(tree.agents(v))
            ]
            if found or not level:
                return found
            level = [c for v in level for c in tree.kids(v, "xcomp")]
        return []

    def throughout(self, node: int, but: set[str]) -> list[Actor]:
        """The first actor named anywhere under `node`, clauses included, who is not of the countries `but`."""
        for n in self.tree.subtree(node, 60):
            found = [a for a in self.actors.at(n) if a.code not in but]
            if found:
                return found
        return []

    def group(self, first: list[Actor], objects: list[int], pairs: Pairs, node: int) -> Link:
        """Everyone who takes part in a mutual act: those who hold it, and those they hold it with."""
        partners: list[Actor] = []
        for o in objects if self.tree.lemmas[node] not in _ABOUT else ():
            partners += self.actors.all_at(o) if self.tree.is_verb(node) else self.denote(o)
        hosts = list(first)
        for word, p in pairs:
            if word in ("with", "alongside"):
                partners += self.denote(p)
            elif word in _AMONG and (word not in ("of", "to") or len({a.code for a in (*hosts, *partners)}) < 2):
                hosts += self.denote(p)
        hosts, partners = distinct(hosts), distinct(partners)
        partners = [a for a in partners if all(a.key != h.key for h in hosts)]
        if not hosts or not partners:
            everyone = hosts or partners
            return Link(everyone, everyone, mutual=True)
        return Link(hosts, partners, mutual=True)


def distinct(actors: list[Actor]) -> list[Actor]:
    """Each actor once; the same country named twice takes part once, with the role that says more."""
    unique: dict[tuple[str, str], Actor] = {}
    for actor in actors:
        known = next(
            (k for k in unique if k[0] == actor.code and (k[1] == actor.role or not k[1] or not actor.role)),
            None,
        )
        if known is None:
            unique[actor.key] = actor
        elif actor.role and not known[1]:
            unique.pop(known)
            unique[actor.key] = actor
    return list(unique.values())


def is_two_sided(link: Link) -> bool:
    """Does anybody stand on either side, and not one and the same?"""
    return len({a.key for a in (*link.sources, *link.targets)}) > 1 and bool(link.sources) and bool(link.targets)


def is_complete(link: Link) -> bool:
    """Does any pair of its sides make a dyad? "Kuwait put its army on alert" names nobody else."""
    return any(is_dyad(s, t) or NOWHERE in (s.code, t.code) for s in link.sources for t in link.targets)


def by_code(actors: list[Actor]) -> list[Actor]:
    """Each country once, in the role that says more."""
    out: dict[str, Actor] = {}
    for actor in actors:
        known = out.get(actor.code)
        if known is None or (actor.role and not known.role):
            out[actor.code] = actor
    return list(out.values())
