"""From names found in a sentence to actors that stand in its syntax.

A noun phrase denotes an actor through its head ("Lavrov", "NATO"), through an agent noun with a country ("Russian
warships", "the government of Iran"), or, more weakly, through its owner ("US sanctions": the United States). What a
name stands for is settled by the date of the sentence: Medvedev is a president in 2010 and not in 2014.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from coder.gazetteer import Alias, Hit, choose
from coder.syntax import Tree

# Labels of what modifies a noun from the left.
MODIFIER = frozenset(("compound", "amod", "nmod", "nummod", "npadvmod", "quantmod"))
_NAMED = frozenset(("state", "person", "organisation", "body", "seat", "capital", "reference"))
_COUNTRY = frozenset(("state", "adjective", "capital", "organisation", "body", "seat", "place"))
# "The ministry", "the army": of the country that the text just spoke of.
_OFFICIAL = frozenset(("GOV", "MIL", "LEG", "COP", "JUD"))
_ALSO_DEEDS = frozenset(("opposition", "resistance"))
_PREFIXES = frozenset("pro anti non ex post pre former".split())
NOWHERE = "---"
# A state deals with these people of its own; its ministers and officials are itself.
OWN_PEOPLE = frozenset("OPP CVL EDU MED LAB REL CRM HLH PTY AGR HRI ENV REF SET REB UAF RAD".split())

# (kind, role, hit) -> the (code, role) of whom a reference stands for
Resolve = Callable[[str, str, Hit], tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who stands at a token. `direct` is false where the phrase only belongs to the actor ("US sanctions")."""

    code: str
    role: str
    node: int
    start: int  # characters of the reading
    end: int
    kind: str
    direct: bool = True
    inferred: bool = False  # taken from the text before, by a reference

    @property
    def key(self) -> tuple[str, str]:
        return self.code, self.role


class ActorMap:
    """The actors of one parsed sentence, asked for by the head of a noun phrase."""

    def __init__(
        self,
        tree: Tree,
        hits: list[Hit],
        when: date | None,
        resolve: Resolve | None = None,
    ) -> None:
        self.tree = tree
        self._own: dict[int, tuple[Actor, ...]] = {}
        self._mods: dict[int, list[Actor]] = {}
        self.agents: dict[int, tuple[Alias, int, int]] = {}
        self._shared: dict[int, tuple[Actor, ...]] = {}
        self._memo: dict[int, tuple[Actor, ...]] = {}
        self._joined: dict[int, tuple[Actor, ...]] = {}
        self._open: set[int] = set()
        self._cut = False
        self._resolve = resolve
        self._place(hits, when)

    def _place(self, hits: list[Hit], when: date | None) -> None:
        tree = self.tree
        starts = tree.parse.starts
        count, t = len(starts), 0
        for hit in hits:
            while t < count and starts[t] + len(tree.words[t]) <= hit.start:
                t += 1
            last = t
            while last + 1 < count and starts[last + 1] < hit.end:
                last += 1
            if t >= count or starts[t] >= hit.end:
                continue
            tokens = range(t, last + 1)
            head = t if t == last else next((i for i in tokens if tree.heads[i] not in tokens), last)
            if self._prefixed(t):
                continue
            if hit.kind == "reference":
                found = self._resolve(hit.aliases[0].code, hit.aliases[0].role, hit) if self._resolve else ()
                made = tuple(
                    Actor(code, role, head, hit.start, hit.end, "reference", inferred=True) for code, role in found
                )
                if made:
                    shared = hit.aliases[0].code == "pair" and tree.deps[head] in MODIFIER
                    (self._shared if shared else self._own)[head] = made
                continue
            if hit.kind == "agent":
                self.agents[head] = (hit.aliases[0], hit.start, hit.end)
                continue
            alias = choose(hit.aliases, when)
            role = alias.role
            if alias.kind == "person" and not alias.holds_at(when) and role in ("GOV", "MIL", "LEG"):
                # out of office at the time: CAMEO's elite, once there was an office to leave
                role = "ELI" if when and alias.end and alias.end < when else role
            actor = Actor(alias.code, role, head, hit.start, hit.end, alias.kind)
            top = self._climb(head)
            if top == head:
                self._own[head] = (actor,)  # also "the Chinese", "Russians"
            else:
                self._mods.setdefault(top, []).append(actor)
                if top != head and alias.kind in _NAMED and tree.deps[head] == "compound" and head not in self._own:
                    self._own[head] = (actor,)

    def _prefixed(self, first: int) -> bool:
        """Is it "pro-Russian", "anti-US"? Then the word is not the actor."""
        words = self.tree.words
        return first >= 2 and words[first - 1] in ("-", "–") and words[first - 2].lower() in _PREFIXES

    def _climb(self, node: int) -> int:
        """The head of the noun phrase that `node` modifies, or `node` itself."""
        tree, current = self.tree, node
        for _ in range(8):
            dep, head = tree.deps[current], tree.heads[current]
            if (
                (dep in MODIFIER and head > current and (tree.is_noun(head) or tree.tags[head] in ("JJ", "VBG", "CD")))
                or (dep == "conj" and tree.deps[head] in MODIFIER and tree.heads[head] > current)
                or (dep == "amod" and tree.is_noun(head) and head > current)
                or (dep == "npadvmod" and tree.lemmas[head] == "lead" and tree.deps[head] == "amod")
            ):
                current = head
            else:
                break
        # stopped on an adjective that modifies nothing nominal: stay where we were
        return current if tree.is_noun(current) or current == node else node

    def at(self, node: int) -> tuple[Actor, ...]:
        """Actors that the noun phrase headed by `node` denotes, direct ones only."""
        known = self._memo.get(node)
        if known is not None:
            return known
        if node in self._open:  # a phrase that contains itself ends here
            self._cut = True
            return ()
        self._open.add(node)
        outer, self._cut = self._cut, False
        found = self._denoted(node)
        self._open.discard(node)
        if not self._cut:  # what was cut short inside another question is not remembered
            self._memo[node] = found
        self._cut = (self._cut or outer) and bool(self._open)
        return found

    def _denoted(self, node: int) -> tuple[Actor, ...]:
        tree = self.tree
        if node in self.agents:
            return self._agent(node)
        if own := self._own.get(node):
            return self._at_home(node, own) if own[0].code.startswith("IMG") else own
        mods = self._mods.get(node, [])
        # an unknown person under a title: "Russian ambassador Andrey Denisov"
        titles = [c for c in tree.children[node] if c in self.agents and tree.deps[c] in ("compound", "nmod", "amod")]
        if titles and tree.tags[node] == "NNP":
            alias, _, _ = self.agents[titles[0]]
            countries = [m for m in mods if m.kind in _COUNTRY] or [m for c in titles for m in self._mods.get(c, [])]
            if countries:
                start = min(m.start for m in countries)
                return tuple(
                    Actor(m.code, alias.role or m.role, node, start, tree.end(node), "person") for m in countries
                )
            is_named = alias.role == "GOV" and not tree.kids(node, "poss")
            holders = self._holders("title", titles[0]) if is_named else ()
            if holders:
                return tuple(replace(h, node=node, end=tree.end(node), kind="person") for h in holders)
        for child in tree.kids(node, "appos"):
            found = self.all_at(child)
            if found:
                return found
        for meant in tree.meant(node)[1:]:
            found = self.at(meant)
            if found:
                return found
        return ()

    def _at_home(self, node: int, movement: tuple[Actor, ...]) -> tuple[Actor, ...]:
        """A movement of many countries, in the one that it is said to be of: "Egypt's Muslim Brotherhood"."""
        codes = {a.code for a in self.owners(node, of=False) if a.kind in _COUNTRY and len(a.code) == 3}
        return tuple(replace(a, code=code) for code in sorted(codes) for a in movement) or movement

    def _agent(self, node: int) -> tuple[Actor, ...]:
        """An agent noun's country: a modifier, an owner, "of X", and for some "in X"; or none."""
        tree = self.tree
        alias, start, end = self.agents[node]
        role = alias.role
        if tree.lemmas[node] in _ALSO_DEEDS and not self._mods.get(node) and not self._is_definite(node):
            return ()  # "voiced opposition", not "jailed the opposition"
        countries: list[Actor] = [m for m in self._mods.get(node, []) if m.kind in _COUNTRY or m.kind == "person"]
        if not countries:
            for owner in tree.kids(node, "poss"):
                countries += [a for c in tree.conjuncts(owner) for a in self.at(c)]
        if not countries:
            placed = ("in",) if alias.stands_alone or role in OWN_PEOPLE else ()
            wanted = ("of", "from", "for", *placed)
            for word, noun in tree.prepositions(node):
                if word in wanted:
                    for c in tree.conjuncts(noun):
                        countries += [a for a in self.at(c) or self.owners(c) if a.code != NOWHERE]
                    if countries:
                        break
        follows = tree.words[node + 1 : node + 2]
        if not countries and (follows == ("from",) or (follows == ("in",) and self._is_definite(node))):
            # "stormed the parliament in Lima", "met rebels from Peru", wherever the parser hangs the place
            countries = [a for a in self.at(node + 2) if a.kind in ("state", "capital", "place")]
        if not countries:
            for child in tree.kids(node, "appos"):
                found = self.all_at(child)
                if found:
                    return found
        if countries:
            out = {}
            for country in countries:
                first, last = min(start, country.start), max(end, country.end)
                chosen = role or (country.role if country.kind == "person" else "")
                if country.code[:3] in ("IGO", "NGO", "MNC"):
                    chosen = "" if role in ("GOV", "") else role
                out[country.code] = Actor(country.code, chosen, node, first, last, "agent", inferred=country.inferred)
            return tuple(out.values())
        if any(tree.tags[c] == "PRP$" for c in tree.children[node]):
            return ()  # "its army": of somebody we could not tell
        if role in _OFFICIAL and self._is_definite(node):
            holders = self._holders("office", node)
            if holders:
                return holders
        if alias.stands_alone:
            return (Actor(NOWHERE, role, node, start, end, "agent"),)
        return ()

    def _holders(self, kind: str, node: int) -> tuple[Actor, ...]:
        """Whose office it is, by the text around."""
        alias, start, end = self.agents[node]
        found = self._resolve(kind, alias.role, Hit(start, end, "agent", (alias,))) if self._resolve else ()
        return tuple(Actor(code, alias.role, node, start, end, "agent", inferred=True) for code, _ in found)

    def plant(self, actor: Actor) -> None:
        """Put an actor at a token where the text names nobody."""
        self._own[actor.node] = (actor,)
        self._memo.clear()
        self._joined.clear()

    def shared(self, node: int) -> list[Actor]:
        """The two of "joint", "bilateral": whose the noun is, where nobody is named with it."""
        return [a for c in self.tree.children[node] for a in self._shared.get(c, ())]

    def modifiers(self, node: int) -> list[Actor]:
        """Actors named by adjectives and compounds of a noun ("Russian-Chinese talks")."""
        return self._mods.get(node, [])

    def _is_definite(self, node: int) -> bool:
        tree = self.tree
        return any(tree.words[c].lower() == "the" for c in tree.children[node] if tree.deps[c] == "det")

    def owners(self, node: int, of: bool = True) -> tuple[Actor, ...]:
        """Actors that the phrase belongs to: adjectives and possessives, or else (`of`) of-, by- and from-phrases."""
        tree = self.tree
        found = [m for m in self._mods.get(node, ()) if m.kind in _NAMED or m.kind == "adjective"]
        for c in tree.children[node]:
            if tree.deps[c] == "poss" and tree.tags[c] != "PRP$":  # "its missiles" are the subject's own
                found += [a for n in tree.conjuncts(c) for a in self.at(n)]
        if not found and of:
            for word, noun in tree.prepositions(node):
                if word in ("of", "by", "from"):
                    for n in tree.conjuncts(noun):
                        found += self.at(n) or self.owners(n)
        return tuple([replace(a, direct=False) for a in found]) if found else ()

    def all_at(self, node: int) -> tuple[Actor, ...]:
        """Direct actors of a noun phrase and everything joined to it by "and" or in a list.

        The parser often takes the second item of "A, B and C" for an apposition to the first.
        """
        known = self._joined.get(node)
        if known is not None:
            return known
        out: list[Actor] = []
        for n in self.tree.conjuncts(node):
            if own := self.at(n):
                out += own
                codes = {a.code for a in own}
                out += [a for c in self.tree.kids(n, "appos") for a in self.at(c) if a.code not in codes]
        if not self._open:  # not asked inside another question, which may have cut it short
            self._joined[node] = tuple(out)
        return tuple(out)

    def every(self) -> list[Actor]:
        """All direct actors of the sentence in its order."""
        out: dict[tuple[int, str], Actor] = {}
        for node in sorted({*self._own, *self.agents, *self._mods}):
            for actor in self.at(node) or self._mods.get(node, ()):
                out.setdefault((actor.node, actor.code), actor)
        return sorted(out.values(), key=lambda a: a.start)
