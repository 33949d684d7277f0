"""Acts told by nouns: "held talks with", "Peru's attack on Chile", "the sanctions that Chile imposed"."""

from __future__ import annotations

from coder.actors import Actor
from coder.links import Link, Pairs, Phrases
from coder.patterns import Match
from coder.syntax import Tree
from coder.targets import Search, find_targets

_ASKED = frozenset(("02", "03", "10"))
_DURING = frozenset("in during at on upon despite under after before following amid through via".split())
# The parser hangs "in a joint statement" on whatever noun stands before it.
_LOOSE = frozenset(("in", "during", "upon", "at", "with"))
# What one comes out with: "surprised everybody with a joint statement".
_WORDED = frozenset(
    "statement declaration communique communiqué consensus agreement accord pledge promise vow threat warning appeal "
    "call demand protest rebuke criticism".split()
)
# What only says when or why: "put its fleet on alert because of the manoeuvres".
_CIRCUMSTANCE = frozenset("because after before despite during amid since following until as".split())
# What acts themselves do: "a warning came from", "talks took place between".
_HAPPENS = frozenset("come take begin start continue resume open happen occur erupt break".split())
_STAGED = frozenset("chair host lead attend convene organise organize moderate join head preside".split())
_BUNDLES = ("series", "round", "number")
# "Withdrawal from Peru" leaves Peru; "aid from Peru" comes from it.
_FROM_IS_TARGET = frozenset(("08", "16"))
# Of "the pledge of Chile to Peru", Chile is the source; of "the invasion of Peru", it is the target.
_OWN_SAY = frozenset(("02", "03", "05", "10", "11", "12", "13"))


def link_noun(phrases: Phrases, match: Match, light: frozenset[str]) -> Link:
    """Fill the frame of an act that a noun tells."""
    tree, node = phrases.tree, match.node
    frame, root = match.pattern.frame, match.pattern.code[:2]
    verb = light_verb(tree, node, light)
    pairs = tree.prepositions(node)
    owners = [*phrases.actors.modifiers(node), *phrases.denote_all(tree.kids(node, "poss"))]
    inner = [p for word, p in pairs if word == "of"]
    doers: list[Actor] = []
    if verb is not None:
        heads = tree.agents(verb) if tree.is_passive(verb) else tree.subjects(verb)
        doers = phrases.denote_all([h for h in heads if h != node])
        pairs = pairs + [pair for pair in tree.prepositions(verb) if pair[1] != node]
    if not doers and all(a.inferred for a in owners):
        doers = phrases.denote_all(_subjects_of_clause(tree, node))
        owners = [] if doers else owners
    # "the arrest of two spies by Chile": the parser hangs the doer on the spies
    by = phrases.behind(pairs, "by") + [a for _, p in pairs for a in phrases.behind(tree.prepositions(p), "by")]
    if root not in _FROM_IS_TARGET:
        by += phrases.behind(pairs, "from")
    of = phrases.denote_all(inner)
    if frame == "mutual":
        outer = light_verb(tree, node, light, above=True)
        if outer is not None and outer != verb and not tree.is_passive(outer):
            doers = [*doers, *phrases.denote_all([h for h in tree.subjects(outer) if h != node])]
        if verb is None and doers:  # "Chile spoke to Peru at the meeting": the clause's partners met too
            pairs = pairs + [p for p in tree.prepositions(tree.heads[tree.heads[node]]) if p[0] in ("with", "to")]
        between = phrases.behind(pairs, "between")
        if len({a.code for a in between}) > 1:
            doers = []  # who announces a deal between two others has no part in it
        everyone = [*doers, *owners, *by]
        if not everyone and not between:  # "the joint patrol", "bilateral talks"
            everyone = phrases.actors.shared(node)
            around = phrases.denote_all([h for h in tree.subjects(tree.clause(node)) if h != node])
            if everyone and len({a.code for a in around}) > 1:
                everyone = around
        return phrases.group(everyone, [], pairs + _staged_by(tree, node), node)
    if frame == "receive":
        return Link(by, doers or owners or of)
    sources = doers or by or owners
    left = [a for a in [*owners, *of] if all(a.code != s.code for s in sources)]
    if not sources and of and (root in _OWN_SAY or frame in ("visit", "host")):
        sources, left = of, []
    if verb is not None:
        mine = {a.code for a in sources}
        given = [a for a in phrases.denote_all(tree.kids(verb, "dative")) if a.code not in mine]
        if given:
            return Link(sources, given)
    towards = [pair for pair in pairs if pair[0] not in ("by", "of")]
    targets, certainty = find_targets(phrases, Search(node, [], towards, sources, root, frame))
    if targets and not sources and any(word in ("against", "on") for word, _ in towards):
        sources = [a for a in of if all(a.code != t.code for t in targets)]  # "the embargo of Chile against Peru"
    if not targets and left:
        targets, certainty = left, 0.8
    if not targets and sources and root in _ASKED:
        mine = {a.code for a in sources}  # "upon Chile's request, Peru ...": Peru was asked
        targets = [a for a in phrases.denote_all(_subjects_of_clause(tree, node)) if a.code not in mine]
        certainty = 0.7
    return Link(sources, targets, certainty=certainty)


def _subjects_of_clause(tree: Tree, node: int) -> list[int]:
    """ "In a call with Peru, Chile promised ...": who does the rest does this too."""
    before = tree.words[tree.heads[node]].lower()
    if tree.deps[node] != "pobj" or (before not in _DURING and not (before == "with" and tree.lemmas[node] in _WORDED)):
        return []
    verb = tree.heads[tree.heads[node]]
    for _ in range(4 if before in _LOOSE else 0):
        if not tree.is_noun(verb) or tree.deps[verb] not in ("dobj", "pobj"):
            break
        verb = tree.heads[verb] if tree.deps[verb] == "dobj" else tree.heads[tree.heads[verb]]
    return tree.subjects(verb) if tree.is_verb(verb) else []


def _staged_by(tree: Tree, node: int) -> Pairs:
    """Who chairs or hosts takes part: "a summit chaired by Peru"."""
    nouns = [node, *(p for _, p in tree.prepositions(node))]  # the clause may hang on the place of the meeting
    clauses = [c for n in nouns for c in tree.kids(n, "acl", "relcl") if tree.lemmas[c] in _STAGED]
    return [("with", a) for c in clauses for a in tree.agents(c)]


def light_verb(tree: Tree, noun: int, light: frozenset[str], above: bool = False) -> int | None:
    """The verb that only carries the noun's act ("held talks", "talks were held", "engaged in talks")."""
    for clause in () if above else tree.kids(noun, "relcl", "acl"):
        if tree.lemmas[clause] in light and tree.tags[clause][:2] == "VB":
            return clause  # "the sanctions that Chile imposed", "talks held by"
    node = noun
    for _ in range(3):
        head, dep = tree.heads[node], tree.deps[node]
        if head == node:
            return None
        if dep in ("dobj", "nsubjpass", "attr", "nsubj", "oprd") and tree.is_verb(head):
            if dep == "nsubj" and not tree.is_passive(head):
                return head if tree.lemmas[head] in _HAPPENS else None
            return head if tree.lemmas[head] in light else None
        if dep in ("conj", "compound"):
            node = head
            continue
        if dep != "pobj":
            return None
        outer = tree.heads[head]
        if tree.words[head].lower() in _CIRCUMSTANCE:
            return None
        if tree.lemmas[outer] in _BUNDLES:
            node = outer
            continue
        return outer if tree.is_verb(outer) and tree.lemmas[outer] in light else None
    return None
