"""How sure a mention is, between 0 and 1: the share of such mentions that were right on labelled sentences.

A logistic curve over a few inputs, one for actors that were found and one each for patterns and model where the
actors were given. Its weights are coder/weights/confidence.csv; `python -m tests.golden.calibrate` fits them on
sentences that no weight of the model was fitted to, and docs/accuracy.md shows how well they hold.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from coder.actors import NOWHERE, Actor
from coder.records import Dating
from coder.tables import read_table

if TYPE_CHECKING:  # acts know the dictionaries, and the dictionaries hold the calibration
    from coder.acts import Act

KINDS = ("found", "given", "model")
Inputs = Mapping[str, float]


@dataclass(frozen=True)
class Calibration:
    """Weights by kind of mention and input; without any, everything is as likely right as wrong."""

    weights: Mapping[tuple[str, str], float]

    def of(self, kind: str, inputs: Inputs) -> float:
        """The confidence of a mention of this kind with these inputs."""
        score = sum(self.weights.get((kind, name), 0.0) * value for name, value in inputs.items())
        score = max(-30.0, min(30.0, score))
        return round(min(0.99, max(0.01, 1 / (1 + math.exp(-score)))), 3)


def load_calibration(folder: Path, problems: list[str]) -> Calibration:
    """Read confidence.csv; what is wrong with it is added to `problems`."""
    weights: dict[tuple[str, str], float] = {}
    for row in read_table(folder / "confidence.csv", ("kind", "input", "weight"), problems):
        cell = row.matching("weight", r"-?\d+(\.\d+)?", "a number; calibrate again")
        weights[row.choice("kind", KINDS), row.text("input")] = float(cell or 0)
    return Calibration(weights)


def found_inputs(act: Act, source: Actor, target: Actor, dating: Dating) -> Inputs:
    """Of actors that the coder found: the pattern, its reach, and how each actor was come by."""
    both = (source, target)
    return {
        **_of_act(act),
        "inferred": float(sum(a.inferred for a in both)),
        "indirect": float(sum(not a.direct for a in both)),
        "nowhere": float(sum(a.code == NOWHERE for a in both)),
        "undated": float(dating.precision == "unknown"),
    }


def given_inputs(act: Act, joined: int, probability: float) -> Inputs:
    """Of actors that were given: the pattern, how well its act joins them, and what the model thinks of its root."""
    return {**_of_act(act), "joined": float(joined == 4), "apart": float(joined < 2), "odds": _odds(probability)}


def model_inputs(probability: float, heard: bool) -> Inputs:
    """Of the statistical model: its probability, and whether it overruled an act."""
    return {"bias": 1.0, "odds": _odds(probability), "heard": float(heard)}


def _of_act(act: Act) -> dict[str, float]:
    return {
        "bias": 1.0,
        "conditions": float(min(3, sum(not c.negated for c in act.match.pattern.conditions))),
        "doubt": 1.0 - act.certainty,
        "mutual": float(act.mutual),
        "composed": float(bool(act.operators)),
        "unreal": float(act.status != "occurred"),
    }


def _odds(probability: float) -> float:
    bounded = min(0.999, max(0.001, probability))
    return math.log(bounded / (1 - bounded))
