"""The ways of attributing a statement, made to look alike: whoever reads the tree finds a verb of saying above it.

English hangs a speaker on a statement in many ways, and the parser understands few of them: "..., added the
minister" at the end becomes an odd relative clause, "According to Chile, ..." a prepositional phrase, and the second
sentence of a quotation has no speaker at all. Each is turned into "Chile said (that) ...", the form that patterns,
governors and frames know. The words and their places in the text stay what they were.
"""

from __future__ import annotations

from dataclasses import replace

from coder.records import Parse

_CLOSING = frozenset((",", '"', "”", "’", "''", "'", "``", "?", "!"))
_NAME_PARTS = frozenset(("DT", "JJ", "NN", "NNP", "NNPS", "NNS", "PRP$", "POS"))
_FINITE = frozenset(("VBD", "VBZ"))
_NOUNS = frozenset(("NN", "NNP", "NNPS", "NNS"))
_LONGEST_NAME = 9
# What nobody does to a person: behind these verbs a name can only be the speaker, whatever the parser thinks.
_OF_WORDS = frozenset("say add note remark stress argue insist conclude write state explain".split())
_ENDS = ((".",), (",",), ())
_DAYS = frozenset("Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split())


def with_speakers(parse: Parse, said: frozenset[str], hearsay: frozenset[str]) -> Parse:
    """The parse with inverted and prepositional attributions as verbs of saying.

    `said` are the verbs of saying; `hearsay` the nouns that report without taking a position (media, data).
    """
    if "According" in parse.words or "according" in parse.words:
        parse = _according(parse, hearsay)
    for verb in range(1, len(parse.words) - 1):
        if (
            parse.tags[verb] in _FINITE
            and parse.words[verb - 1] in _CLOSING
            and parse.lemmas[verb] in said
            and parse.tags[verb + 1] in _NAME_PARTS
        ):
            parse = _inverted(parse, verb)
            break
    if "parataxis" in parse.deps:
        parse = _inserted(parse, said)
    return parse


def under_speaker(parse: Parse) -> Parse:
    """The parse under a verb of saying that the text leaves out; its last token is that verb's subject.

    Both stand on the last character of the text, which closes the quotation.
    """
    verb = len(parse.words)
    root = next((i for i, head in enumerate(parse.heads) if head == i), 0)
    heads, deps = list(parse.heads), list(parse.deps)
    heads[root], deps[root] = verb, "ccomp"
    mark, at = parse.words[-1][-1:], parse.starts[-1] + max(len(parse.words[-1]) - 1, 0)
    return Parse(
        words=(*parse.words, mark, mark),
        lemmas=(*parse.lemmas, "say", mark),
        tags=(*parse.tags, "VBD", "NNP"),
        deps=(*deps, "ROOT", "nsubj"),
        heads=(*heads, verb, verb),
        starts=(*parse.starts, at, at),
    )


def is_unattributed(parse: Parse, quoted: tuple[tuple[int, int], ...], said: frozenset[str]) -> bool:
    """Are the sentence's main words quoted, with nobody beside them who says so?"""
    if not quoted or not parse.words:
        return False

    def is_inside(token: int) -> bool:
        return any(start <= parse.starts[token] < end for start, end in quoted)

    root = next((i for i, head in enumerate(parse.heads) if head == i), 0)
    return is_inside(root) and not any(
        lemma in said and parse.tags[i][:2] == "VB" and not is_inside(i) for i, lemma in enumerate(parse.lemmas)
    )


def _inverted(parse: Parse, verb: int) -> Parse:
    """ "The dam must go, added the minister": the verb at the end governs what stands before it."""
    heads, deps, tags = list(parse.heads), list(parse.deps), parse.tags
    theirs = [i for i in range(len(heads)) if heads[i] == verb and deps[i] in ("nsubj", "nsubjpass")]
    last = verb + 1
    while last + 1 < len(tags) and tags[last + 1] in _NAME_PARTS and last - verb < _LONGEST_NAME:
        last += 1
    names = [i for i in range(verb + 1, last + 1) if tags[i] in _NOUNS]
    if not names:
        return parse
    if theirs and (parse.lemmas[verb] not in _OF_WORDS or parse.words[last + 1 : last + 2] not in _ENDS):
        return parse
    if parse.words[verb + 1] in _DAYS:
        return parse
    inside = range(verb + 1, last + 1)
    outward = [i for i in names if heads[i] not in inside or heads[i] == i]
    name = outward[0] if outward else names[-1]
    root = _top(heads, verb - 1)
    if root >= verb and heads[verb] < verb:
        return parse
    if root != verb:
        heads[root], deps[root] = verb, "ccomp"
    for stray in theirs:
        heads[stray], deps[stray] = root, "dep"
    heads[verb], deps[verb] = verb, "ROOT"
    heads[name], deps[name] = verb, "nsubj"
    if _is_cyclic(heads):
        return parse
    return replace(parse, heads=tuple(heads), deps=tuple(deps))


def _inserted(parse: Parse, said: frozenset[str]) -> Parse:
    """ "The dam, the minister said, must go": the verb of saying governs the sentence it is put into."""
    heads, deps = list(parse.heads), list(parse.deps)
    for verb, dep in enumerate(deps):
        clause = heads[verb]
        if (
            dep == "parataxis"
            and heads[clause] == clause
            and parse.lemmas[verb] in said
            and parse.tags[verb] in ("VBD", "VBZ", "VBP")
            and any(h == verb and deps[i] == "nsubj" for i, h in enumerate(heads))
        ):
            heads[verb], deps[verb], heads[clause], deps[clause] = verb, "ROOT", verb, "ccomp"
            return replace(parse, heads=tuple(heads), deps=tuple(deps))
    return parse


def _according(parse: Parse, hearsay: frozenset[str]) -> Parse:
    """ "According to Chile, Peru forged the map": Chile says so."""
    heads, deps, tags, lemmas = list(parse.heads), list(parse.deps), list(parse.tags), list(parse.lemmas)
    for node, word in enumerate(parse.words):
        if word.lower() != "according" or node + 2 >= len(heads):
            continue
        clause = heads[node]
        to = next((i for i, h in enumerate(heads) if h == node and parse.words[i] == "to"), None)
        who = next((i for i, h in enumerate(heads) if h == to and deps[i] == "pobj"), None) if to is not None else None
        if who is None or clause == node or tags[clause][:2] not in ("VB", "MD"):
            continue
        if any(heads[i] == who and tags[i] == "PRP$" for i in range(to or 0, who)):
            continue  # "according to their abilities"
        named = {lemmas[i] for i in range(node, min(who + 1, len(lemmas)))}
        if not named.isdisjoint(hearsay):
            continue
        if heads[clause] == clause:
            heads[node], deps[node] = node, "ROOT"
        elif deps[clause] in ("ccomp", "conj"):
            continue  # somebody else says it already
        else:
            heads[node], deps[node] = heads[clause], deps[clause]
        heads[clause], deps[clause] = node, "ccomp"
        heads[who], deps[who] = node, "nsubj"
        tags[node], lemmas[node] = "VBD", "say"
        return replace(parse, heads=tuple(heads), deps=tuple(deps), tags=tuple(tags), lemmas=tuple(lemmas))
    return parse


def _top(heads: list[int], node: int) -> int:
    for _ in range(len(heads)):
        if heads[node] == node:
            break
        node = heads[node]
    return node


def _is_cyclic(heads: list[int]) -> bool:
    """Would some token no longer lead to a root?"""
    state = [0] * len(heads)  # 1: on the way, 2: leads to a root
    for node in range(len(heads)):
        way = []
        while state[node] == 0 and heads[node] != node:
            state[node] = 1
            way.append(node)
            node = heads[node]
        if state[node] == 1:
            return True
        for passed in way:
            state[passed] = 2
        state[node] = 2
    return False
