"""Who did it, and to whom: a pattern's frame filled from the parse.

A frame says where the two sides of an act stand; the parse says what stands there, through passives, relative
clauses, light verbs ("held talks with"), nominalisations ("Russia's recognition of"), shared subjects and objects.
"""

from __future__ import annotations

from coder.actors import NOWHERE, Actor, ActorMap
from coder.home import people
from coder.links import Link, Pairs, Phrases
from coder.nominals import link_noun
from coder.patterns import Match
from coder.syntax import Tree
from coder.targets import Search, find_targets

# Acts that several subjects without an object do with each other.
_EXCHANGED = frozenset(("exchange", "swap", "trade"))
_TOPIC = ("on", "about", "over", "concerning", "regarding")
_OF_OWN = frozenset(("15",))  # what one does with one's own forces
_HANDED = frozenset(("06", "07"))
# Acts of people against their rulers, or against each other.
_BY_PEOPLE = frozenset(("10", "11", "12", "13", "14", "17", "18", "19", "20"))
_SHARED_ROOTS = frozenset(("03", "04", "05", "06", "08"))


class Linker:
    """Fills frames in one sentence."""

    def __init__(self, tree: Tree, actors: ActorMap, light_verbs: frozenset[str]) -> None:
        self.tree, self.light = tree, light_verbs
        self.phrases = Phrases(tree, actors)

    def link(self, match: Match) -> Link:
        is_verb = self.tree.is_verb(match.node)
        if match.pattern.pos == "A" and not is_verb:
            return self._adjective(match)
        if is_verb and match.pattern.pos != "N":
            return self._verb(match)
        return link_noun(self.phrases, match, self.light)

    def denote(self, node: int) -> list[Actor]:
        return self.phrases.denote(node)

    def _adjective(self, match: Match) -> Link:
        """ "Chile is grateful to Peru": the copula's subject, and what follows the adjective."""
        tree, node = self.tree, match.node
        verb = tree.heads[node]
        if tree.deps[node] in ("amod", "appos") and tree.is_noun(verb):
            sources = self.denote(verb)
        else:
            sources = self.phrases.denote_all(tree.subjects(verb))
        pairs = tree.prepositions(node) + (tree.prepositions(verb) if verb != node else [])
        root, frame = match.pattern.code[:2], match.pattern.frame
        if frame == "mutual":
            return self.phrases.group(sources, [], pairs, node)
        targets, certainty = find_targets(self.phrases, Search(node, [], pairs, sources, root, frame))
        return Link(sources, targets, certainty=certainty)

    def _verb(self, match: Match) -> Link:
        tree, node, phrases = self.tree, match.node, self.phrases
        root, frame = match.pattern.code[:2], match.pattern.frame
        passive = tree.is_passive(node)
        objects = tree.objects(node) or ([] if passive else self._shared_objects(node))
        own = tree.prepositions(node)
        for c in tree.kids(node, "prt", "advmod", "acomp"):  # "pulled back from", "stood firm against"
            own = own + tree.prepositions(c)
        sources = phrases.denote_all(tree.agents(node) if passive else tree.subjects(node))
        if passive and not sources:
            sources = phrases.behind(own, "by", "from") or self._deeper_agent(node)
        if passive and not sources and root in _OF_OWN:
            sources, objects = phrases.denote_all(tree.subjects(node)), []  # "the fleet was put on alert"
        if passive and not sources and root in _HANDED and any(word == "to" for word, _ in own):
            # "weapons from Turkey were sent to"
            sources = [a for s in tree.subjects(node) for a in phrases.actors.owners(s)]
        if not sources:
            sides = phrases.behind(own, "between")
            if len({a.code for a in sides}) > 1:
                return Link(sides, sides, mutual=True, certainty=0.9)  # "it was agreed between Chile and Peru"
        if passive and not sources and root == "17":
            sources = phrases.behind(own, "in")  # "was arrested in Turkey": whoever rules there did it
        if not sources and root in _BY_PEOPLE:
            heads = tree.agents(node) if passive else tree.subjects(node)
            sources = [a for h in heads for a in people(phrases.actors, h) or phrases.wielders(h)]
        pairs = own + [pair for o in objects for pair in tree.prepositions(o)]
        if frame == "mutual":
            return phrases.group(sources, objects, pairs, node)
        if frame == "receive":
            givers = phrases.behind(pairs, "from", "by") or phrases.denote_all(objects)
            return Link(givers, phrases.denote_all(tree.subjects(node)))
        if len({a.code for a in sources}) > 1 and any(
            self._is_reciprocal(n) for n in (*objects, *(p for _, p in pairs))
        ):
            return Link(sources, sources, mutual=True)
        targets, certainty = find_targets(phrases, Search(node, objects, pairs, sources, root, frame))
        if targets and tree.lemmas[node] in _EXCHANGED and any(word == "with" for word, _ in pairs):
            return Link(sources, targets, mutual=True, certainty=certainty)
        shared = root in _SHARED_ROOTS or match.pattern.code in ("013", "014") or tree.lemmas[node] in _EXCHANGED
        if (
            shared
            and len({a.code for a in sources}) > 1
            and (all(a.code == NOWHERE for a in targets) or self._are_topics(targets, pairs))
        ):
            return Link(sources, sources, mutual=True, certainty=0.9)  # "Chile and Peru agreed on a truce"
        return Link(sources, targets, certainty=certainty)

    def _deeper_agent(self, node: int) -> list[Actor]:
        """ "Was accused of spying by Chile": the parser hangs the doer on the last word before it."""
        tree = self.tree
        for i in tree.domain(node):
            if i <= node or tree.words[i].lower() != "by" or tree.deps[i] not in ("prep", "agent"):
                continue
            if tree.heads[i] != node and not tree.is_passive(tree.heads[i]):
                found = self.phrases.denote_all(tree.kids(i, "pobj"))
                if found:
                    return found
        return []

    def _are_topics(self, targets: list[Actor], pairs: Pairs) -> bool:
        """Do they stand only behind "on" or "about"? "Chile and Peru swapped notes on Bolivia" is about Bolivia."""
        nodes = {a.node for word, p in pairs if word in _TOPIC for a in self.phrases.denote(p)}
        return all(a.node in nodes or a.kind == "people" for a in targets)

    def _is_reciprocal(self, noun: int) -> bool:
        """ "Each other", "one another"; of two, "the other"."""
        tree = self.tree
        if tree.lemmas[noun] not in ("other", "another"):
            return False
        return any(tree.words[c].lower() in ("each", "one", "the") for c in tree.children[noun])

    def _shared_objects(self, node: int) -> list[int]:
        """ "condemned and rejected the move": the parser gives the object to one verb of the two."""
        tree = self.tree
        if tree.kids(node, "prep", "ccomp", "xcomp"):
            return []
        for c in tree.kids(node, "conj"):
            if tree.is_verb(c) and not tree.kids(c, "nsubj", "nsubjpass"):
                return tree.objects(c)
        return []
