"""Who did it, and to whom: a pattern's frame filled from the parse.

A frame says where the two sides of an act stand; the parse says what stands there, through passives, relative
clauses, light verbs ("held talks with"), nominalisations ("Russia's recognition of"), shared subjects and objects.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from coder.actors import NOWHERE, Actor, ActorMap
from coder.patterns import Match
from coder.syntax import Tree

# Where an act's target stands behind its object, the likelier first.
_TOWARDS = tuple(
    "with against on upon to toward towards at from over for about into of regarding concerning between among within "
    "behind alongside by before".split()
)
_DURING = frozenset("in during at on after before following amid through via".split())
_STAGED = frozenset("chair host lead attend convene organise organize moderate join head preside".split())
_PLACES = (
    "in",
    "across",
    "near",
    "inside",
    "off",
    "through",
    "outside",
    "around",
    "along",
    "past",
    "opposite",
)
# Acts that are done to a place: only for these roots is "in Iraq" a target.
_PLACED_ROOTS = frozenset(("06", "07", "14", "15", "17", "18", "19", "20"))
_AMONG = ("between", "among", "amongst", "of", "by", "to")
# Of "the pledge of Chile to Peru", Chile is the source; of "the invasion of Peru", it is the target.
_OWN_SAY = frozenset(("02", "03", "05", "10", "11", "12", "13"))
# What is given or sold: "sent Syrians home" is not aimed at Syria, "sent them to Turkey" is at Turkey.
_HANDED_ROOTS = frozenset(("06", "07"))
# Acts that several subjects without an object do with each other.
_SHARED_ROOTS = frozenset(("03", "04", "05", "06", "08"))
_PHRASE = frozenset(
    ("prep", "pobj", "compound", "amod", "poss", "nmod", "conj", "acl", "appos", "pcomp", "dobj")
)
# Acts that judge or address: of "Russia's attack on Ukraine" it is Russia they are aimed at.
_OWNER_FIRST = frozenset(("01", "02", "05", "09", "10", "11", "12"))


@dataclass(slots=True)
class Link:
    """The filled frame: who acts, on whom, and whether everyone acts on everyone."""

    sources: list[Actor] = field(default_factory=list)
    targets: list[Actor] = field(default_factory=list)
    mutual: bool = False
    certainty: float = 1.0
    place: Actor | None = None


class Linker:
    """Fills frames in one sentence."""

    def __init__(self, tree: Tree, actors: ActorMap, light_verbs: frozenset[str]) -> None:
        self.tree, self.actors, self.light = tree, actors, light_verbs

    def link(self, match: Match) -> Link:
        node = match.node
        if match.pattern.pos == "A" and not self.tree.is_verb(node):
            return self._adjective(match)
        if self.tree.is_verb(node) and match.pattern.pos != "N":
            return self._verb(match)
        return self._noun(match)

    def _adjective(self, match: Match) -> Link:
        """ "Chile is grateful to Peru": the copula's subject, and what follows the adjective."""
        tree, node = self.tree, match.node
        verb = tree.heads[node]
        if tree.deps[node] in ("amod", "appos") and tree.is_noun(verb):
            sources = self.denote(verb)
        else:
            sources = [a for s in tree.subjects(verb) for a in self.denote(s)]
        preps = tree.prepositions(node) + (tree.prepositions(verb) if verb != node else [])
        root, frame = match.pattern.code[:2], match.pattern.frame
        if frame == "mutual":
            return self._group(sources, [], preps, node)
        targets, certainty = self._targets(node, [], preps, sources, root, frame)
        return Link(sources, targets, certainty=certainty)

    # --- what a phrase denotes ---------------------------------------------------------------------------------

    def denote(self, node: int) -> list[Actor]:
        """Actors of a noun phrase and its conjuncts: itself, or else who owns it, or else who is named in it."""
        found = list(self.actors.all_at(node))
        if found:
            return found
        owned = [a for n in self.tree.conjuncts(node) for a in self.actors.owners(n)]
        return owned or self.within(node)

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

    # --- verbs -------------------------------------------------------------------------------------------------

    def _verb(self, match: Match) -> Link:
        tree, node = self.tree, match.node
        passive = tree.is_passive(node)
        doers = tree.agents(node) if passive else tree.subjects(node)
        objects = tree.objects(node)
        if not objects and not passive:
            objects = self._shared_objects(node)
        frame = match.pattern.frame
        root = match.pattern.code[:2]
        sources = [a for d in doers for a in self.denote(d)]
        if passive and not sources:
            sources = [
                a for word, p in tree.prepositions(node) if word in ("by", "from") for a in self.denote(p)
            ]
        preps = tree.prepositions(node) + [pair for o in objects for pair in tree.prepositions(o)]
        if passive and not sources and root == "17":
            # "was arrested in Turkey": whoever rules there did it
            sources = [a for word, p in tree.prepositions(node) if word == "in" for a in self.denote(p)]
        if frame == "mutual":
            return self._group(sources, objects, preps, node)
        if frame == "receive":
            givers = [a for word, p in preps if word in ("from", "by") for a in self.denote(p)]
            if not givers:
                givers = [a for o in objects for a in self.denote(o)]
            takers = [a for d in tree.subjects(node) for a in self.denote(d)]
            return Link(givers, takers)
        targets, certainty = self._targets(node, objects, preps, sources, root, frame)
        if not targets and root in _SHARED_ROOTS and len({a.code for a in sources}) > 1:
            return Link(sources, sources, mutual=True, certainty=0.9)  # "Chile and Peru agreed on a truce"
        return Link(sources, targets, certainty=certainty)

    def _shared_objects(self, node: int) -> list[int]:
        """ "condemned and rejected the move": the parser gives the object to one verb of the two."""
        tree = self.tree
        if any(tree.deps[c] in ("prep", "ccomp", "xcomp") for c in tree.children[node]):
            return []
        for c in tree.children[node]:
            if (
                tree.deps[c] == "conj"
                and tree.is_verb(c)
                and not any(tree.deps[k] in ("nsubj", "nsubjpass") for k in tree.children[c])
            ):
                return tree.objects(c)
        return []

    def _targets(
        self,
        node: int,
        objects: list[int],
        preps: list[tuple[str, int]],
        sources: list[Actor],
        root: str,
        frame: str,
    ) -> tuple[list[Actor], float]:
        """Targets from the likeliest place that names an actor other than the source."""
        tree = self.tree
        mine = {a.code for a in sources}
        nameless: list[Actor] = []

        def others(found: list[Actor]) -> list[Actor]:
            kept = [a for a in found if a.code not in mine]
            # a domestic dyad: the same country in two different roles
            kept = kept or [a for a in found if a.role and all(a.key != s.key for s in sources)]
            named = [a for a in kept if a.code != NOWHERE]
            if not named:
                nameless.extend(kept)
            return named

        if root in _HANDED_ROOTS:
            found = others([a for word, p in preps if word == "to" for a in self.actors.all_at(p)])
            if found:
                return found, 1.0
        direct = others([a for o in objects for a in self.actors.all_at(o)])
        if direct:
            return direct, 1.0
        if root in _OWNER_FIRST:
            found = others(
                [a for o in objects for c in tree.conjuncts(o) for a in self.actors.owners(c, of=False)]
            )
            if found:
                return found, 0.9
        for wanted in _TOWARDS:
            found = others([a for word, p in preps if word == wanted for a in self.actors.all_at(p)])
            if found:
                return found, 0.95
        owned = others([a for o in objects for c in tree.conjuncts(o) for a in self.actors.owners(c)])
        if owned:
            return owned, 0.85
        for wanted in _TOWARDS:
            found = others([a for word, p in preps if word == wanted for a in self.denote(p)])
            if found:
                return found, 0.8
        if root in _PLACED_ROOTS or frame in ("visit",):
            found = others([a for word, p in preps if word in _PLACES for a in self.denote(p)])
            if found:
                return found, 0.7
        for c in tree.children[node]:
            if tree.deps[c] in ("ccomp", "xcomp"):
                clause = [c, *tree.kids(c, "conj")]
                found = others(
                    [a for v in clause for s in tree.kids(v, "nsubj", "nsubjpass") for a in self.denote(s)]
                )
                if found:
                    return found, 0.75
                if frame == "speech":
                    found = others([a for v in clause for o in tree.objects(v) for a in self.denote(o)])
                    found = found or others(
                        [a for v in clause for _, p in tree.prepositions(v) for a in self.denote(p)]
                    )
                    if found:
                        return found, 0.6
            elif tree.deps[c] == "prep":
                for v in tree.kids(c, "pcomp"):
                    found = others([a for o in tree.objects(v) for a in self.denote(o)])
                    found = found or others([a for _, p in tree.prepositions(v) for a in self.denote(p)])
                    if found:
                        return found, 0.6
        found = others([a for o in objects for a in self.within(o)])
        return found or nameless, 0.6

    # --- nouns -------------------------------------------------------------------------------------------------

    def _noun(self, match: Match) -> Link:
        tree, node = self.tree, match.node
        frame, root = match.pattern.frame, match.pattern.code[:2]
        verb = self.light_verb(node)
        preps = tree.prepositions(node)
        owners = list(self.actors._mods.get(node, ()))
        owners += [a for c in tree.kids(node, "poss") for a in self.denote(c)]
        by = [a for word, p in preps if word in ("by", "from") for a in self.denote(p)]
        inner = [p for word, p in preps if word == "of"]
        by += [a for p in inner for word, q in tree.prepositions(p) if word == "by" for a in self.denote(q)]
        of = [a for p in inner for a in self.denote(p)]
        doers: list[Actor] = []
        if verb is not None:
            passive = tree.is_passive(verb)
            heads = tree.agents(verb) if passive else tree.subjects(verb)
            heads = [h for h in heads if h != node]
            doers = [a for h in heads if h != node for a in self.denote(h)]
            preps = preps + [pair for pair in tree.prepositions(verb) if pair[1] != node]
            if not passive:
                doers += (
                    [a for o in tree.kids(verb, "dative") for a in self.denote(o)]
                    if frame == "mutual"
                    else []
                )
        elif tree.deps[node] == "pobj" and tree.words[tree.heads[node]].lower() in _DURING:
            # "In a call with Peru, Chile promised ...": who does the rest does this too
            outer = tree.heads[tree.heads[node]]
            if tree.is_verb(outer) and all(a.inferred for a in owners):
                doers = [a for h in tree.subjects(outer) for a in self.denote(h)]
                owners = [] if doers else owners
        if frame == "mutual":
            chaired = [
                pair
                for c in tree.kids(node, "acl", "relcl")
                if tree.lemmas[c] in _STAGED
                for a in tree.agents(c)
                for pair in (("with", a),)
            ]
            group = [*doers, *owners, *by]
            return self._group(group, [], preps + chaired, node)
        if frame == "receive":
            return Link(by, doers or owners or of)
        sources = doers or by or owners
        left = [a for a in [*owners, *of] if all(a.code != s.code for s in sources)]
        if not sources and of and (root in _OWN_SAY or frame in ("visit", "host")):
            sources, left = of, []
        mine = {a.code for a in sources}
        if verb is not None:
            direct = [a for c in tree.kids(verb, "dative") for a in self.denote(c) if a.code not in mine]
            if direct:
                return Link(sources, direct)
        towards = [pair for pair in preps if pair[0] not in ("by", "of")]
        targets, certainty = self._targets(node, [], towards, sources, root, frame)
        if not targets and left:
            targets, certainty = left, 0.8
        return Link(sources, targets, certainty=certainty)

    def light_verb(self, noun: int) -> int | None:
        """The verb that only carries the noun's act ("held talks", "talks were held", "engaged in talks")."""
        tree = self.tree
        for clause in tree.kids(noun, "relcl", "acl"):
            if tree.lemmas[clause] in self.light and tree.tags[clause][:2] == "VB":
                return clause  # "the sanctions that Chile imposed", "talks held by"
        node = noun
        for _ in range(3):
            head, dep = tree.heads[node], tree.deps[node]
            if head == node:
                return None
            if dep in ("dobj", "nsubjpass", "attr", "nsubj", "oprd") and tree.is_verb(head):
                if dep == "nsubj" and not tree.is_passive(head):
                    return None
                return head if tree.lemmas[head] in self.light else None
            if (
                dep == "conj"
                or dep == "compound"
                or (dep == "pobj" and tree.lemmas[tree.heads[head]] in ("series", "round", "number"))
            ):
                node = head if dep != "pobj" else tree.heads[head]
                continue
            if (
                dep == "pobj"
                and tree.is_verb(tree.heads[head])
                and tree.lemmas[tree.heads[head]] in self.light
            ):
                return tree.heads[head]
            return None
        return None

    def _group(self, first: list[Actor], objects: list[int], preps: list[tuple[str, int]], node: int) -> Link:
        """Everyone who takes part in a mutual act: those who hold it, and those they hold it with."""
        partners: list[Actor] = []
        for o in objects:
            partners += self.actors.all_at(o) if self.tree.is_verb(node) else self.denote(o)
        hosts = list(first)
        for word, p in preps:
            if word in ("with", "alongside"):
                partners += self.denote(p)
            elif word in _AMONG and (
                word not in ("of", "to") or len({a.code for a in (*hosts, *partners)}) < 2
            ):
                hosts += self.denote(p)
        hosts, partners = _distinct(hosts), _distinct(partners)
        partners = [a for a in partners if all(a.key != h.key for h in hosts)]
        if not hosts or not partners:
            everyone = hosts or partners
            return Link(everyone, everyone, mutual=True)
        return Link(hosts, partners, mutual=True)


def _distinct(actors: list[Actor]) -> list[Actor]:
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
