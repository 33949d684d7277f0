"""The relation between two actors that are given, as texts: their one best event, whatever its status.

Recognition is not asked for: the two texts are the actors, wherever the dictionaries might see others. Acts inside
the two texts themselves ("a US court decision") are not what happens between them. Patterns are asked first; where
they know no act, or only one that hardly joins the two, the statistical model may decide (see `fallback`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from coder.actors import NOWHERE, ActorMap
from coder.acts import Act, ActFinder
from coder.confidence import Calibration, given_inputs, model_inputs
from coder.dictionaries import Dictionaries
from coder.events import MentionWriter
from coder.fallback import kind_of_act
from coder.fallback_features import Sides, features
from coder.gazetteer import Alias, Hit, choose
from coder.pipeline import ParseFunction
from coder.records import UNDATED, Dating, Mention, Parse, Sentence, SentenceDates
from coder.repairs import put_right
from coder.syntax import Tree

_SOURCE, _TARGET = "§S", "§T"
_LONGEST = 5_000  # characters; a request should be one sentence, and its parse must fit into memory


def code_pairs(
    requests: list[tuple[str, str, str, date | None]], dictionaries: Dictionaries, parse: ParseFunction
) -> list[Mention | None]:
    """For each (text, source text, target text, published): the event from source to target, or None."""
    readings = [" ".join(text.split())[:_LONGEST] or "." for text, _, _, _ in requests]
    return [
        _code(reading, " ".join(source.split()), " ".join(target.split()), published, dictionaries, found)
        for reading, (_, source, target, published), found in zip(readings, requests, parse(readings), strict=True)
    ]


def code_pair(
    text: str,
    source_text: str,
    target_text: str,
    published: date | None,
    dictionaries: Dictionaries,
    parse: ParseFunction,
) -> Mention | None:
    """One request of `code_pairs`."""
    return code_pairs([(text, source_text, target_text, published)], dictionaries, parse)[0]


def _locate(reading: str, part: str, avoid: tuple[int, int] | None = None) -> tuple[int, int] | None:
    """Where `part` stands; the first place that does not overlap `avoid`."""
    at = reading.find(part) if part else -1
    while at >= 0:
        if avoid is None or at + len(part) <= avoid[0] or at >= avoid[1]:
            return at, at + len(part)
        at = reading.find(part, at + 1)
    return None


@dataclass(frozen=True, slots=True)
class Heard:
    """A sentence with its two actors found, and the acts that the patterns know in it, the best first."""

    tree: Tree
    actors: GivenActors
    source: tuple[int, int]  # characters
    target: tuple[int, int]
    named_source: tuple[str, str]  # code and role
    named_target: tuple[str, str]
    acts: list[Act]

    @property
    def root(self) -> str:
        return self.acts[0].code[:2] if self.acts else ""

    @property
    def kind(self) -> str:
        """How far the best act is to be trusted: margins against the model are learnt by it."""
        if not self.acts:
            return ""
        rank = _rank(self.acts[0], self.tree)
        return kind_of_act(rank[0], rank[-1], len(self.acts[0].operators))

    def sides(self) -> Sides:
        """The two actors as the model may know them."""
        source = _tokens(self.tree, self.source)
        named, other = self.named_source, self.named_target
        domestic = named[0] == other[0] != NOWHERE
        return Sides(source, _tokens(self.tree, self.target) - source, named[1], other[1], domestic)


def hear(
    reading: str, source_text: str, target_text: str, published: date | None, dictionaries: Dictionaries, parse: Parse
) -> Heard | None:
    """Find the two actors and the acts around them; None if the reading does not hold both texts."""
    source = _locate(reading, source_text)
    target = _locate(reading, target_text, source)
    if source is None or target is None:
        return None
    tree = Tree(put_right(parse, dictionaries))
    hits = sorted(
        (
            Hit(
                span[0],
                span[1],
                "organisation",
                (Alias(reading[span[0] : span[1]], "organisation", code, "", None, None),),
            )
            for span, code in ((source, _SOURCE), (target, _TARGET))
        ),
        key=lambda h: h.start,
    )
    actors = GivenActors(tree, hits, published)
    inside = frozenset(
        i
        for i, start in enumerate(tree.parse.starts)
        if source[0] <= start < source[1] or target[0] <= start < target[1]
    )
    acts = ActFinder(tree, actors, dictionaries).find(skip=inside)
    acts.sort(key=lambda a: _rank(a, tree), reverse=True)
    named = _named(dictionaries, source_text, published), _named(dictionaries, target_text, published)
    return Heard(tree, actors, source, target, *named, acts)


def _code(
    reading: str,
    source_text: str,
    target_text: str,
    published: date | None,
    dictionaries: Dictionaries,
    parse: Parse,
) -> Mention | None:
    heard = hear(reading, source_text, target_text, published, dictionaries, parse)
    if heard is None:
        return None
    dating = Dating(published, published, "day", "published") if published else UNDATED
    sentence = Sentence(0, 0, len(reading), "body", reading, reading, tuple(range(len(reading) + 1)))
    calibration, model, tree = dictionaries.calibration, dictionaries.fallback, heard.tree
    writer = MentionWriter(sentence, tree, heard.actors, SentenceDates((), dating), calibration)
    ends = heard.named_source, heard.named_target, heard.source, heard.target
    sides = heard.sides()
    if model is None or not sides.source or not sides.target:
        return writer.between(heard.acts[0], _sure(heard, 0.5, calibration), *ends) if heard.acts else None
    odds = model.log_odds(features(tree, sides, dictionaries.lexicon))
    opinion = model.choose(odds, heard.root, heard.kind)
    if opinion.root == heard.root:
        return writer.between(heard.acts[0], _sure(heard, model.probability(odds, heard.root), calibration), *ends)
    if not opinion.code:
        return None
    sure = calibration.of("model", model_inputs(opinion.probability, bool(heard.acts)))
    for act in heard.acts:  # an act that stood further back, and so a code more exact than the root's own
        if act.code[:2] == opinion.root:
            return replace(writer.between(act, sure, *ends), decided_by="model")
    return writer.guessed(model.telling(tree, sides, opinion.root), opinion.code, sure, *ends)


def _sure(heard: Heard, probability: float, calibration: Calibration) -> float:
    act = heard.acts[0]
    return calibration.of("given", given_inputs(act, _rank(act, heard.tree)[0], probability))


def _tokens(tree: Tree, span: tuple[int, int]) -> frozenset[int]:
    words = tree.parse
    return frozenset(
        i for i, start in enumerate(words.starts) if start < span[1] and tree.end(i) > span[0]
    )


class GivenActors(ActorMap):
    """The two given texts as actors: whatever noun phrase they head or stand in."""

    def _climb(self, node: int) -> int:
        return node


def _rank(act: Act, tree: Tree) -> tuple[int, int, int, int]:
    """Acts that join the two in the asked direction first; then by how much of the pattern is said, then the order."""
    sources = {a.code for a in act.sources}
    targets = {a.code for a in act.targets}
    if _SOURCE in sources and _TARGET in targets:
        joined = 4
    elif act.mutual and sources & {_SOURCE, _TARGET}:
        joined = 3
    elif _SOURCE in sources:
        joined = 2
    elif _TARGET in sources or _TARGET in targets:
        joined = 1
    else:
        joined = 0
    depth, node = 0, act.match.node
    while tree.heads[node] != node and depth < 30:
        node, depth = tree.heads[node], depth + 1
    return (
        joined,
        int(act.status == "occurred"),
        -depth,
        sum(not c.negated for c in act.match.pattern.conditions),
    )


def _named(dictionaries: Dictionaries, text: str, when: date | None) -> tuple[str, str]:
    """Code and role of a given text, where the dictionaries know them."""
    code, role = NOWHERE, ""
    for hit in dictionaries.gazetteer.find(text):
        if hit.kind == "agent":
            role = role or hit.aliases[0].role
        elif hit.kind != "reference" and code == NOWHERE:
            alias = choose(hit.aliases, when)
            code, role = alias.code, role or alias.role
    return code, role
