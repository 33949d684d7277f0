"""Whether a word that fits a pattern tells an event of its own, or only belongs to another act's telling.

"Condemned the attack" is one event, the condemnation; "talks after the attack" are two. What is alleged inside a
charge is no event beside it, and what nobody in particular says praises and accuses nobody.
"""

from __future__ import annotations

from collections.abc import Mapping

from coder.actors import NOWHERE
from coder.linking import Linker
from coder.links import Link, is_two_sided
from coder.patterns import Match
from coder.syntax import Tree

# A nominal act behind these stands on its own: "met after talks with".
_APART = frozenset("after before during following amid amidst since at in ahead until despite on".split())
# Nouns that leave the act to the word before them: "aid package", "peace talks process".
_CARRIERS = frozenset(
    "package campaign operation programme program mission effort plan convoy shipment delivery pledge deal agreement "
    "policy measure order process call action move announcement proposal offer request demand threat bid drive "
    "initiative push series round session accord pact treaty decision attempt claim vow promise ceremony".split()
)
# "Lodged a protest over the arrest": what a light verb is about is not what it carries.
_TOPIC = frozenset(("over", "about"))
# "Seized the ship at the request of Chile", "sought in the killing of": circumstances of another act.
_BIDDINGS = frozenset("request invitation behest urging insistence suggestion instigation bidding".split())
_HUNTED = frozenset("seek want hunt suspect question quiz".split())
_CHAIN = frozenset(
    (
        "prep",
        "pobj",
        "dobj",
        "attr",
        "compound",
        "amod",
        "poss",
        "nmod",
        "conj",
        "nsubjpass",
        "acl",
        "agent",
        "dative",
        "appos",
    )
)


class Standing:
    """Asks how the words of one sentence stand to each other."""

    def __init__(self, tree: Tree, linker: Linker, classes: Mapping[str, frozenset[str]]) -> None:
        self.tree, self.linker, self.light = tree, linker, linker.light
        self.attributing = classes["attributing"]

    def is_told_apart(self, node: int) -> bool:
        """ "condemned the sanctions that Chile had imposed": the sanctions are told as a fact of their own."""
        tree = self.tree
        if tree.is_verb(node):
            return False
        # "a request to join" is one thing
        clauses = [c for c in tree.kids(node, "relcl", "acl") if tree.tags[c] != "VB"]
        return any(tree.lemmas[c] in self.linker.light for c in clauses)

    def is_object(self, match: Match, matches: dict[int, Match], governors: set[int]) -> bool:
        """Is a nominal act only the object of another act ("condemned the attack on")?"""
        tree, node = self.tree, match.node
        if tree.is_verb(node):
            # the act inside an accusation, told as a clause of its own
            return False
        light = self.linker.light
        if self.is_told_apart(node):
            return False
        for _ in range(8):
            dep, head = tree.deps[node], tree.heads[node]
            if head == node or dep not in _CHAIN or head in governors:
                return False
            if dep == "prep" and tree.words[node].lower() == "in" and match.pattern.code >= "18":
                return head in matches and matches[head].pattern.code >= "18"  # "killed in an ambush"
            if dep == "prep" and tree.words[node].lower() in _APART:
                return head in matches and node in matches[head].tokens
            told = dep != "prep" or tree.words[node].lower() not in _TOPIC
            if (
                head in matches
                and (tree.lemmas[head] not in light or not told or self._carries_all(head, match, matches))
                and not (tree.is_noun(head) and matches[head].pattern.code[:2] == match.pattern.code[:2])
            ):
                return True
            node = head
        return False

    def _carries_all(self, head: int, match: Match, matches: dict[int, Match]) -> bool:
        """ "Received a loan", "hosted talks": the verb's own row says who gives and who comes."""
        frame = matches[head].pattern.frame
        return frame == "receive" or (frame == "host" and match.pattern.code[:2] == "04")

    def is_alleged(self, match: Match, link: Link, speaker: int | None, matches: dict[int, Match]) -> bool:
        """Is the act the content of a charge ("said that Peru had shelled ...")? Then the charge is the event."""
        charge = matches.get(speaker) if speaker is not None else None
        if charge is None or charge.node == match.node:
            return False
        charged = self.linker.link(charge)
        accusers = {a.code for a in charged.sources}
        if accusers and {a.code for a in link.sources} <= accusers:
            return charge.pattern.code == "016"  # one's own deeds are told, not charged
        is_charge = charge.pattern.code[:2] == "11" and NOWHERE not in accusers and is_two_sided(charged)
        if is_charge and {a.code for a in link.sources} <= {a.code for a in charged.targets}:
            return True  # what the accused is said to have done to others
        if match.pattern.code < "14":
            return False
        if charge.pattern.code == "016":
            return True  # "said it had nothing to do with the raid"
        if charge.pattern.code[:3] != "112":
            return False
        return bool(accusers - {NOWHERE}) and accusers.isdisjoint(a.code for a in link.sources)

    def is_signed(self, accord: int, matches: dict[int, Match]) -> bool:
        """Is the accord the object of a signing? Then the signing is the event, whatever the accord is about."""
        if self.tree.deps[accord] not in ("dobj", "nsubjpass"):
            return False
        signing = matches.get(self.tree.heads[accord])
        return signing is not None and signing.pattern.code == "057"

    def is_hearsay(self, match: Match, link: Link) -> bool:
        """ "Two officials said that Peru ...", "Peru said it had ...": who speaks for nobody, or tells of
        himself, neither praises nor accuses.
        """
        tree, node = self.tree, match.node
        if match.pattern.code[:2] not in ("05", "11"):
            return False
        if tree.lemmas[node] not in self.attributing:
            return False
        mine = {a.code for a in link.sources}
        if mine <= {NOWHERE}:
            return True
        if match.pattern.code[:3] not in ("111", "112"):
            return False
        heads = [s for c in tree.kids(node, "ccomp") for s in tree.kids(c, "nsubj", "nsubjpass")]
        told = {a.code for h in heads for a in self.linker.denote(h)}
        if match.pattern.code[:3] != "112" and any(tree.tags[h] == "PRP" for h in heads):
            return False  # "said it thought Peru's conduct shameful"
        return bool(told) and told <= mine and not any(self.linker.phrases.throughout(h, mine) for h in heads)

    def is_talked_over(self, node: int, matches: dict[int, Match]) -> bool:
        """ "Chile and Peru discussed a truce": what governs the act is a consultation of two sides itself."""
        own = matches.get(node)
        if own is None or own.pattern.code[:2] != "04":
            return False
        link = self.linker.link(own)
        return len({a.code for a in (*link.sources, *link.targets)}) > 1

    def only_qualifies(self, node: int, matches: dict[int, Match]) -> bool:
        """Is the noun just a name for a kind of thing ("warning system", "strike force")?"""
        tree, head = self.tree, self.tree.heads[node]
        if self._is_circumstance(node) or self._is_outcome(node, matches):
            return True
        if tree.deps[node] not in ("compound", "amod", "nmod") or not tree.is_noun(node) or head <= node:
            return False
        return head not in matches and tree.lemmas[head] not in _CARRIERS and tree.is_noun(head)

    def _is_circumstance(self, node: int) -> bool:
        """ "At the request of", "sought in the killing", "the jailed students": told of an act or of people."""
        tree = self.tree
        if tree.deps[node] == "amod" and tree.tags[node] == "VBN":
            head = tree.heads[node]
            return head > node and tree.is_noun(head) and not tree.children[node]
        if tree.deps[node] != "pobj":
            return False
        word = tree.heads[node]
        if tree.words[word].lower() == "at" and tree.lemmas[node] in _BIDDINGS:
            return True
        if tree.words[word].lower() == "on" and tree.lemmas[node] == "strike" and not tree.kids(node, "det"):
            return True  # miners who are on strike strike nobody
        return tree.words[word].lower() in ("in", "for", "over") and self._is_hunted(tree.heads[word])

    def _is_outcome(self, node: int, matches: dict[int, Match]) -> bool:
        """ "Shelled a town, killing nine people": what an attack led to is told with it."""
        tree, head = self.tree, self.tree.heads[node]
        if tree.deps[node] != "advcl" or tree.tags[node] != "VBG" or node < head or head not in matches:
            return False
        codes = matches[node].pattern.code, matches[head].pattern.code
        return all(code >= "18" for code in codes) and not tree.kids(node, "mark", "prep")

    def _is_hunted(self, verb: int) -> bool:
        tree = self.tree
        return tree.lemmas[verb] in _HUNTED and tree.tags[verb] in ("VBN", "VBD") and not tree.kids(verb, "dobj")
