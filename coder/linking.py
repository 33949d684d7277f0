"""Who did it, and to whom: a pattern's frame filled from the parse.

A frame says where the two sides of an act stand; the parse says what stands there, through passives, relative
clauses, light verbs ("held talks with"), nominalisations ("Russia's recognition of"), shared subjects and objects.
"""

from __future__ import annotations

from coder.actors import Actor, ActorMap
from coder.links import Link, Phrases
from coder.nominals import link_noun
from coder.patterns import Match
from coder.syntax import Tree
from coder.targets import Search, find_targets

# Acts that several subjects without an object do with each other.
_EXCHANGED = frozenset(("exchange", "swap", "trade"))
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
            sources = phrases.behind(own, "by", "from")
        if not passive and not sources:
            stray = tree.stray_subject(node)
            sources = self.denote(stray) if stray is not None else []
        if passive and not sources and root == "17":
            sources = phrases.behind(own, "in")  # "was arrested in Turkey": whoever rules there did it
        pairs = own + [pair for o in objects for pair in tree.prepositions(o)]
        if frame == "mutual":
            return phrases.group(sources, objects, pairs, node)
        if frame == "receive":
            givers = phrases.behind(pairs, "from", "by") or phrases.denote_all(objects)
            return Link(givers, phrases.denote_all(tree.subjects(node)))
        targets, certainty = find_targets(phrases, Search(node, objects, pairs, sources, root, frame))
        if targets and tree.lemmas[node] in _EXCHANGED and any(word == "with" for word, _ in pairs):
            return Link(sources, targets, mutual=True, certainty=certainty)
        shared = root in _SHARED_ROOTS or match.pattern.code in ("013", "014") or tree.lemmas[node] in _EXCHANGED
        if not targets and shared and len({a.code for a in sources}) > 1:
            return Link(sources, sources, mutual=True, certainty=0.9)  # "Chile and Peru agreed on a truce"
        return Link(sources, targets, certainty=certainty)

    def _shared_objects(self, node: int) -> list[int]:
        """ "condemned and rejected the move": the parser gives the object to one verb of the two."""
        tree = self.tree
        if tree.kids(node, "prep", "ccomp", "xcomp"):
            return []
        for c in tree.kids(node, "conj"):
            if tree.is_verb(c) and not tree.kids(c, "nsubj", "nsubjpass"):
                return tree.objects(c)
        return []
