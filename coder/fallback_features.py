"""What the statistical model sees of a sentence with two given actors: named features, each with a value.

Names of actors are left out on purpose: what two countries did to each other before must not decide what they do
now. A feature's name says what it is, so that a row of the weights can be read: see docs/fallback.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from coder.patterns import Pattern
from coder.syntax import Tree

_MOST_TOKENS = 160  # of a longer sentence only what lies near the actors counts
_NEAR = 60
_STEM = 5  # letters: "condemn", "condemned" and "condemnation" share them
_PARTICLES = frozenset(("prt", "prep", "dobj", "advmod", "acomp", "oprd", "attr", "agent", "dative", "xcomp"))
_NEGATORS = frozenset("not n't never neither nor no without".split())
_MODALS = {
    **dict.fromkeys(("will", "'ll", "wo", "shall"), "will"),
    **dict.fromkeys(("would", "'d"), "would"),
    **dict.fromkeys(("could", "might", "may", "can", "ca"), "may"),
    **dict.fromkeys(("must", "should", "ought"), "must"),
    **dict.fromkeys(("if", "unless", "whether"), "if"),
}
_WEAK = frozenset(
    "be have do the a an of and or to in on at for with by that which who it its his her their this these those as "
    "from , . ; : - – — ' \" “ ” ’ ‘ 's ’s ( ) -- ` `` ''".split()
)


Shares = Mapping[str, Mapping[str, float]]  # word -> root -> share


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What the patterns say of a word alone: the roots it can begin, and those it is asked for beside a trigger."""

    begins: Shares
    asked: Shares


def make_lexicon(patterns: Mapping[str, Pattern], classes: Mapping[str, frozenset[str]]) -> Lexicon:
    """Read the patterns backwards: from words to roots."""
    begins: dict[str, Counter[str]] = {}
    asked: dict[str, Counter[str]] = {}
    for pattern_id in sorted(patterns):
        pattern = patterns[pattern_id]
        root = pattern.code[:2]
        for trigger in pattern.triggers:
            begins.setdefault(trigger[0], Counter())[root] += 1
        for condition in pattern.conditions:
            if not condition.negated:
                for word in condition.words:
                    for one in classes[word[1:]] if word[0] == "@" else (word,):
                        asked.setdefault(one, Counter())[root] += 1
    return Lexicon(_shares(begins), _shares(asked))


def _shares(counts: dict[str, Counter[str]]) -> dict[str, dict[str, float]]:
    return {
        word: {root: round(n / roots.total(), 4) for root, n in sorted(roots.items())} for word, roots in counts.items()
    }


@dataclass(frozen=True, slots=True)
class Sides:
    """The two actors as the model may know them: where they stand, and what kind they are, not who."""

    source: frozenset[int]  # tokens
    target: frozenset[int]
    source_role: str = ""
    target_role: str = ""
    domestic: bool = False


def features(tree: Tree, sides: Sides, lexicon: Lexicon) -> dict[str, float]:
    """The features of a sentence for these two actors."""
    out: dict[str, float] = {}
    inside = sides.source | sides.target
    tokens = [i for i in _window(tree, sides) if i not in inside]
    path = path_between(tree, sides)
    for i in tokens:
        for name in word_features(tree, i):
            out["w=" + name] = 1.0
    for i in path:
        if i in inside:
            continue
        for name in word_features(tree, i):
            out["p=" + name] = 1.0
        lemma = tree.lemmas[i]
        for c in tree.children[i]:
            if tree.deps[c] in _PARTICLES and c not in inside:
                out[f"h={lemma}_{tree.lemmas[c]}"] = 1.0
                for g in tree.kids(c, "pobj", "prep") if tree.deps[c] == "prep" else ():
                    if g not in inside:
                        out[f"h={lemma}_{tree.lemmas[c]}_{tree.lemmas[g]}"] = 1.0
    _bigrams(tree, sides, tokens, out)
    _sums(tree, [i for i in path if i not in inside], lexicon.begins, "pt=", out)
    _sums(tree, tokens, lexicon.asked, "a=", out)
    out.update(_flags(tree, sides, path))
    return out


def _window(tree: Tree, sides: Sides) -> range:
    count = len(tree.lemmas)
    if count <= _MOST_TOKENS:
        return range(count)
    first, last = min(sides.source | sides.target), max(sides.source | sides.target)
    return range(max(0, first - _NEAR), min(count, max(first + _MOST_TOKENS, min(last, first + _MOST_TOKENS) + _NEAR)))


def word_features(tree: Tree, i: int) -> Iterator[str]:
    """A word's lemma with its kind, and its stem; names and weak words have neither."""
    lemma, tag = tree.lemmas[i].lower(), tree.tags[i]
    if tag[:3] == "NNP" or lemma in _WEAK or not lemma[:1].isalpha():
        return
    yield f"{lemma}.{tag[0]}"
    if len(lemma) > _STEM and tag[0] in "NVJ":
        yield lemma[:_STEM] + "-"


def path_between(tree: Tree, sides: Sides) -> list[int]:
    """Tokens on the way between the two actors' heads through the tree, both heads and their meeting included."""
    source, target = _head(tree, sides.source), _head(tree, sides.target)
    up, other = _ancestors(tree, source), _ancestors(tree, target)
    shared = set(up) & set(other)
    if not shared:
        return [*up, *other]
    meeting = next(i for i in up if i in shared)
    return [*up[: up.index(meeting)], meeting, *reversed(other[: other.index(meeting)])]


def _head(tree: Tree, tokens: frozenset[int]) -> int:
    return next((i for i in sorted(tokens) if tree.heads[i] not in tokens or tree.heads[i] == i), min(tokens))


def _ancestors(tree: Tree, node: int) -> list[int]:
    out = [node]
    while tree.heads[node] != node and len(out) < 40:
        node = tree.heads[node]
        out.append(node)
    return out


def _bigrams(tree: Tree, sides: Sides, tokens: list[int], out: dict[str, float]) -> None:
    """Neighbouring lemmas, with the actors as S and T."""
    last = ""
    for i in _window(tree, sides):
        word = "S" if i in sides.source else "T" if i in sides.target else tree.lemmas[i].lower()
        if word == last or word in ("the", "a", "an"):
            continue
        if tree.tags[i][:3] == "NNP" and word not in ("S", "T"):
            word = "N"
        if last and not (last in _WEAK and word in _WEAK):
            out[f"b={last}_{word}"] = 1.0
        last = word


def _sums(
    tree: Tree, tokens: list[int], table: Mapping[str, Mapping[str, float]], name: str, out: dict[str, float]
) -> None:
    """How much the words speak for each root, by the dictionaries alone; bounded, so that length does not count."""
    total: dict[str, float] = {}
    for i in tokens:
        if tree.tags[i][0] in "NVJ":
            for root, share in table.get(tree.lemmas[i], {}).items():
                total[root] = total.get(root, 0.0) + share
    for root, value in total.items():
        out[name + root] = round(min(value, 1.5), 3)


def _flags(tree: Tree, sides: Sides, path: list[int]) -> Iterator[tuple[str, float]]:
    """Order, distance, mood and polarity around the path, and the kinds of the two actors."""
    yield "bias", 1.0
    source, target = min(sides.source), min(sides.target)
    yield ("order=ST" if source < target else "order=TS"), 1.0
    gap = abs(source - target)
    yield f"gap={'near' if gap < 6 else 'mid' if gap < 14 else 'far'}", 1.0
    negated, modal = False, ""
    for i in path:
        if not (tree.is_verb(i) or tree.is_noun(i)):
            continue
        for c in tree.children[i]:
            word = tree.words[c].lower()
            if word in _NEGATORS:
                negated = True
                for stem in word_features(tree, i):
                    yield f"neg={stem}", 1.0
            if word in _MODALS and tree.deps[c] in ("aux", "mark"):
                modal = _MODALS[word]
                yield f"modal={modal}", 1.0
        if tree.is_verb(i) and tree.is_passive(i):
            yield "passive", 1.0
    if negated:
        yield f"neg {modal}".strip(), 1.0
    for side, tokens in (("S", sides.source), ("T", sides.target)):
        head = _head(tree, tokens)
        yield f"{side}dep={tree.deps[head]}", 1.0
        if tree.heads[head] != head:
            up = tree.heads[head]
            yield f"{side}up={tree.deps[head]}_{tree.lemmas[up]}", 1.0
        for i in tokens:
            if tree.tags[i][0] in "NJV" and tree.tags[i][:3] != "NNP":
                yield f"{side}={tree.lemmas[i]}", 1.0
    yield f"Srole={sides.source_role or '-'}", 1.0
    yield f"Trole={sides.target_role or '-'}", 1.0
    if sides.domestic:
        yield "domestic", 1.0
