"""What a benchmark reports: ratios between two things done in the same breath.

A machine, and what else it is doing, decides how long anything takes; how many times longer one thing takes than
another it decides hardly at all. So each measure is set against a yardstick that is run in turn with it, and the
median of the ratios is what counts. Seconds are only told as context.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the report. `required` is empty where nothing is promised; `met` is then None."""

    benchmark: str
    what: str
    against: str
    ratio: float
    here: str  # seconds, megabytes or rates on this machine
    required: str = ""
    met: bool | None = None


def at_least(ratio: float, least: float) -> tuple[str, bool]:
    """A promise that the ratio is no smaller than `least`, and whether it is kept."""
    return f"at least {least:g}", ratio >= least


def under(value: float, most: float, unit: str) -> tuple[str, bool]:
    """A promise that an absolute value stays below `most`, and whether it is kept."""
    return f"under {most:g} {unit}", value < most


def in_turn(
    ways: Mapping[str, Callable[[], object]], rounds: int, clock: Clock = time.perf_counter
) -> dict[str, list[float]]:
    """Seconds of each way in each round; a round runs all ways one after the other."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            began = clock()
            way()
            seconds[name].append(clock() - began)
    return seconds


def ratio(above: list[float], below: list[float]) -> float:
    """The median of the rounds' ratios."""
    return statistics.median(a / b for a, b in zip(above, below, strict=True))


def middle(seconds: list[float]) -> float:
    return statistics.median(seconds)
