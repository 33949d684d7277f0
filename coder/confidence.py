"""How sure a mention is, between 0 and 1."""

from __future__ import annotations

from coder.actors import NOWHERE, Actor
from coder.acts import Act
from coder.records import Dating

_BASE = 0.55
_PER_CONDITION = 0.08


def confidence(act: Act, source: Actor, target: Actor, dating: Dating) -> float:
    """A product of what weakens a coding: a general pattern, a far target, an inferred actor, an unsure date."""
    score = (
        _BASE + min(3, sum(not c.negated for c in act.match.pattern.conditions)) * _PER_CONDITION + 0.15 * act.mutual
    )
    score *= act.certainty
    for actor in (source, target):
        if actor.inferred:
            score *= 0.85
        if not actor.direct:
            score *= 0.85
        if actor.code == NOWHERE:
            score *= 0.7
    if dating.precision == "unknown":
        score *= 0.9
    return round(min(0.99, max(0.01, score)), 3)


def given_confidence(act: Act) -> float:
    """The same for two actors that were given: only the pattern and its reach count."""
    specific = min(3, sum(not c.negated for c in act.match.pattern.conditions))
    return round(min(0.99, (_BASE + specific * _PER_CONDITION + 0.15 * act.mutual) * act.certainty), 3)


def model_confidence(probability: float) -> float:
    """Of the statistical model: its own probability."""
    return round(min(0.99, max(0.01, probability)), 3)
