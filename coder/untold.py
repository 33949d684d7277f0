"""What fits a pattern and yet tells no event: surmises, the terms of a treaty, states of affairs that have lasted.

Comment is full of acts that nobody did: "some worry that India will abandon it", "the treaty obliges Chile", "the
two have fought for forty years". Each is known by its grammar, not by its words.
"""

from __future__ import annotations

from collections.abc import Mapping

from coder.links import Link
from coder.patterns import Match
from coder.syntax import Tree

_STRETCHES = frozenset(("year", "decade", "century", "generation"))
_PLACED = frozenset(("in", "on", "near", "at", "outside"))
_HIGHEST = 8


def is_untold(tree: Tree, match: Match, code: str, link: Link, classes: Mapping[str, frozenset[str]]) -> bool:
    """Does the sentence only surmise, stipulate or sum up what the pattern says?"""
    node = match.node
    if _is_surmise(tree, node, classes["surmise"]) or _blames_nobody(tree, node, code, link, classes["terror_word"]):
        return True
    if _cares_for_its_own(code, link):
        return True
    if not tree.is_verb(node):
        return tree.lemmas[node] == "invitation" and tree.words[tree.heads[node]].lower() in ("at", "upon")
    return _is_stipulated(tree, node, classes["accord_n"]) or (link.mutual and _has_lasted(tree, node))


def _cares_for_its_own(code: str, link: Link) -> bool:
    """ "Is concerned about the safety of its citizens": no complaint about them."""
    if code not in ("110", "055") or not link.targets:
        return False
    mine = {a.code for a in link.sources}
    return all(a.code in mine and a.role in ("CVL", "MIL") for a in link.targets)


def _is_surmise(tree: Tree, node: int, surmises: frozenset[str]) -> bool:
    """ "Some worry that India will leave": the act stands in the clause of a thought, still to come or not at all."""
    for _ in range(_HIGHEST):
        head = tree.heads[node]
        if head == node:
            return False
        if tree.deps[node] == "ccomp" and tree.lemmas[head] in surmises and tree.is_verb(head):
            return any(tree.deps[c] == "aux" and tree.tags[c] == "MD" for c in tree.children[node])
        node = head
    return False


def _is_stipulated(tree: Tree, verb: int, accords: frozenset[str]) -> bool:
    """ "The treaty gives Chile access": what it says, in the present tense of its terms."""
    if tree.tags[verb] not in ("VBZ", "VBP"):
        return False
    return any(tree.lemmas[s] in accords for s in tree.kids(verb, "nsubj"))


def _has_lasted(tree: Tree, verb: int) -> bool:
    """ "Have fought for forty years": a state of affairs, without a day on which it was done."""
    if not any(tree.deps[c] == "aux" and tree.lemmas[c] == "have" for c in tree.children[verb]):
        return False
    return any(word == "for" and tree.lemmas[noun] in _STRETCHES for word, noun in tree.prepositions(verb))


def _blames_nobody(tree: Tree, node: int, code: str, link: Link, terror: frozenset[str]) -> bool:
    """ "Condemned the bomb attack in Kunduz": the attackers are blamed, not those whom they struck."""
    if not code.startswith("11") or not tree.is_verb(node):
        return False
    said = [o for o in tree.objects(node) if any(tree.lemmas[t] in terror for t in (o, *tree.children[o]))]
    if not said or not link.targets:
        return False
    return all(tree.deps[a.node] == "pobj" and tree.lemmas[tree.heads[a.node]] in _PLACED for a in link.targets)


def is_habit(tree: Tree, verb: int) -> bool:
    """ "Chile and Peru cooperate in mining.": how things stand, in a whole sentence and no headline."""
    if tree.tags[verb] not in ("VBP", "VBZ") or tree.words[-1] not in (".", '."', ".”"):
        return False
    return not tree.kids(verb, "aux", "auxpass", "npadvmod")
