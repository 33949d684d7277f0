"""What the verbs above an act make of it: agreed to, refused to, would not, said it might, if.

An act stands under a chain of governors. Each is an operator from governors.csv; compositions.csv says what an
operator makes of a code ("agree" + aid 07 = intent to aid 033). Negation, modals and conditions are read here too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from coder.patterns import Match, PatternIndex
from coder.syntax import Tree

_NEGATORS = frozenset(("not", "n't", "never", "neither", "nor", "hardly", "no", "without"))
_UNREAL = frozenset(("could", "might", "may", "can"))
_DUTY = {"must": "demand", "shall": "demand", "should": "appeal", "ought": "appeal"}
# Prepositions behind which a governing verb has its content: "agreed on", "refrained from", "called for".
_GOVERNED_BY = frozenset("on upon for of to from against about with into over in at by".split())
_CONTENT_BEHIND = frozenset("on upon for of to from against about with into".split())
_COMPLEMENTS = frozenset("xcomp ccomp pcomp pobj dobj attr acl advcl acomp nsubj nsubjpass oprd parataxis dep".split())
_CONDITION = frozenset(("if", "unless", "whether", "lest"))
_NOBODY = frozenset(("nobody", "none", "nothing", "neither"))


@dataclass(frozen=True, slots=True)
class Governor:
    """One operator above an act: which, at which token, and whether it is negated."""

    operator: str
    node: int
    match: Match | None
    negated: bool = False


@dataclass(slots=True)
class Reading:
    """How an act is told: its governors from the inside out, and its own polarity and mood."""

    governors: list[Governor]
    negated: bool = False
    future: bool = False
    duty: str = ""  # the operator that "must" and "should" amount to where somebody says so
    unreal: bool = False
    scheduled: bool = False  # "is to meet": nobody promises it
    infinitive: bool = False
    habit: bool = False  # "used to"
    speaker: int | None = None  # the verb of saying, where there is one
    top: int = 0  # the highest token of the chain

    def affirm(self) -> None:
        """Forget "not", "would" and "can": the pattern has them in its meaning ("would not say")."""
        self.negated = self.future = self.unreal = False
        self.governors = [replace(g, negated=False) if g.operator == "same" else g for g in self.governors]


def read_mood(tree: Tree, node: int, governors: PatternIndex) -> Reading:
    """Climb from the act's token through everything that governs it."""
    reading = Reading(governors=[], top=node)
    _own_mood(tree, node, reading)
    current = node
    for _ in range(8):
        head, dep = tree.heads[current], tree.deps[current]
        if head == current:
            break
        if dep == "conj":
            if tree.is_verb(head) and tree.is_verb(current) and not tree.kids(current, "nsubj", "nsubjpass"):
                _own_mood(tree, head, reading, shared=True)
            current = head
            continue
        if dep in ("compound", "amod", "nmod") or (dep == "pobj" and not tree.is_verb(head)):
            current = head
            continue
        if dep in ("prep", "agent"):
            has_clause = any(tree.deps[c] == "pcomp" for c in tree.children[current])
            if tree.words[current].lower() not in (_GOVERNED_BY if has_clause else _CONTENT_BEHIND):
                break  # an adjunct: "met after the talks"
            dep = "pobj"
        if dep in ("acl", "relcl") and tree.is_noun(head) and _is_none(tree, head):
            reading.negated = True  # "had no need to urge", "nothing to veto"
        if dep == "xcomp" and tree.lemmas[head] == "use" and tree.words[head] == "used":
            reading.habit = True
        if dep == "advcl" and reading.infinitive and _is_of_the_first(tree, head):
            dep, reading.infinitive = "xcomp", False  # "would like to be the first minister to visit"
        if dep == "acl" and tree.tags[current] in ("VBN", "VBD") and tree.is_noun(head):
            break  # "the men arrested in May were freed": freed, not arrested again
        if dep in _COMPLEMENTS:
            found = governors.match(tree, head) if head != node else None
            if found is not None and found.pattern.code == "same" and tree.is_noun(node) and current != node:
                break  # "may be the reason for the talks": that there were talks is not in doubt
            if found is not None and _is_complement(tree, current, head, dep, found):
                operator = found.pattern.code
                negated = _is_negated(tree, head)
                reading.governors.append(Governor(operator, head, found, negated))
                if operator == "say" and reading.speaker is None:
                    reading.speaker = head
                elif operator != "say":
                    _outer_mood(tree, head, reading)
            elif dep == "advcl":
                if any(tree.lemmas[c] in _CONDITION for c in tree.kids(current, "mark")):
                    reading.unreal = True
                break
            elif dep in ("relcl", "nsubj", "nsubjpass"):
                break
            elif found is None and dep in ("xcomp", "ccomp", "acl") and tree.is_verb(head):
                _outer_mood(tree, head, reading)
            elif found is None and dep == "acl" and current == node and reading.infinitive:
                reading.unreal = True  # "an opportunity to ease tensions"
            current = head
            reading.top = head
            continue
        break
    return reading


def _is_complement(tree: Tree, child: int, head: int, dep: str, match: Match) -> bool:
    """Is the child what the governor is about? A subject is not, nor is what hangs on "after" or "in"."""
    if dep == "acl" and tree.is_noun(head) and tree.tags[child] in ("VBN", "VBG", "VBD"):
        return False  # "a deal brokered by": the deal is not about brokering
    if dep in ("nsubj", "nsubjpass"):
        return dep == "nsubjpass" and tree.is_noun(child)
    if dep == "advcl":
        return match.pattern.code == "say" and not any(tree.deps[c] == "mark" for c in tree.children[child])
    return True


def _own_mood(tree: Tree, node: int, reading: Reading, shared: bool = False) -> None:
    for c in tree.children[node]:
        dep, lemma = tree.deps[c], tree.lemmas[c]
        word = tree.words[c].lower()
        if dep == "neg" or (dep in ("advmod", "preconj", "det") and word in _NEGATORS):
            reading.negated = True
        elif dep == "aux":
            if word in ("will", "'ll", "’ll") or lemma == "wo" or word in ("would", "'d", "wo", "shall"):
                reading.future = True
            elif lemma in _UNREAL or word in _UNREAL:
                reading.unreal = True
            elif word in _DUTY:
                reading.duty = _DUTY[word]
            elif tree.tags[c] == "TO" and not shared:
                reading.infinitive = True
        elif dep == "mark" and lemma in _CONDITION:
            reading.unreal = True
    if tree.deps[node] == "csubj" and tree.tags[node] == "VBG":
        reading.unreal = True  # "strengthening ties is vital"
    if not shared and tree.is_verb(node):
        for noun in (*tree.objects(node), *tree.kids(node, "nsubj", "nsubjpass")):
            if _is_none(tree, noun):
                reading.negated = True
        if _is_inverted(tree, node) or (reading.future and _is_conditional(tree, node)):
            reading.unreal = True
    head = tree.heads[node]
    if reading.infinitive and (tree.deps[node] == "ROOT" or (tree.lemmas[head] == "be" and tree.deps[node] == "xcomp")):
        reading.infinitive, reading.future = False, True  # "Chile to host talks", "is to visit Peru"
        reading.scheduled = tree.deps[node] == "xcomp"
    if reading.infinitive and tree.deps[node] == "acl" and _is_singled_out(tree, head):
        reading.infinitive = False  # "the first minister to visit"
    if not shared and not tree.is_verb(node):
        light = tree.heads[node]
        if light != node and tree.is_verb(light) and tree.deps[node] in ("dobj", "nsubjpass", "attr", "nsubj"):
            _outer_mood(tree, light, reading)


def _is_none(tree: Tree, noun: int) -> bool:
    """Nobody, none of them, no minister: what is said of it did not happen."""
    return tree.words[noun].lower() in _NOBODY or any(
        tree.deps[c] == "det" and tree.words[c].lower() == "no" for c in tree.children[noun]
    )


def _is_inverted(tree: Tree, verb: int) -> bool:
    """ "Were Chile to leave", "Had Peru agreed": a condition without an if."""
    subjects = tree.kids(verb, "nsubj", "nsubjpass")
    return bool(subjects) and any(
        tree.deps[c] in ("aux", "auxpass") and tree.words[c] in ("Were", "Had", "Should") and c < subjects[0]
        for c in tree.children[verb]
    )


def _is_conditional(tree: Tree, verb: int) -> bool:
    """ "Would help if it were asked"."""
    return any(tree.words[c].lower() in ("would", "'d") for c in tree.kids(verb, "aux")) and any(
        tree.lemmas[m] == "if" for c in tree.kids(verb, "advcl") for m in tree.kids(c, "mark")
    )


def _outer_mood(tree: Tree, verb: int, reading: Reading) -> None:
    """A verb that carries or governs the act lends it its own mood."""
    for c in tree.children[verb]:
        word = tree.words[c].lower()
        if tree.deps[c] == "aux":
            if word in ("will", "'ll", "would", "wo", "'d"):
                reading.future = True
            elif word in _UNREAL:
                reading.unreal = True
            elif word in _DUTY:
                reading.duty = _DUTY[word]
        elif tree.deps[c] == "mark" and tree.lemmas[c] in _CONDITION:
            reading.unreal = True
        elif tree.deps[c] == "neg" and not any(g.node == verb for g in reading.governors):
            reading.negated = True


def _is_negated(tree: Tree, node: int) -> bool:
    return any(
        tree.deps[c] == "neg" or (tree.deps[c] in ("det", "advmod") and tree.words[c].lower() in ("no", "never"))
        for c in tree.children[node]
    )


def _is_of_the_first(tree: Tree, verb: int) -> bool:
    return tree.lemmas[verb] == "be" and any(_is_singled_out(tree, c) for c in tree.kids(verb, "attr"))


def _is_singled_out(tree: Tree, noun: int) -> bool:
    return any(
        tree.tags[c] == "JJS" or tree.lemmas[c] in ("first", "second", "third", "last", "only", "latest", "next")
        for c in tree.children[noun]
    ) or any(tree.tags[g] == "JJS" for c in tree.children[noun] for g in tree.children[c])
