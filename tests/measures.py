"""The measures of docs/measures.md once more, as plain loops over events: what the marts are compared with.

Nothing is shared with the SQL but the formulas: sums are loops, decay is a recursion, draws are integers.
"""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

RANK = {"day": 1, "month": 2, "quarter": 3, "year": 4, "unknown": 5}
Key = tuple[str, str, str, date]  # actor_a, actor_b, direction, first day of the period

SHRINKAGE, UNIT, LEAST_DOCUMENTS, ENOUGH, DRAWS = 5, 50, 10, 3, 1000
POISSON = np.cumsum([math.exp(-1) / math.factorial(k) for k in range(7)])


@dataclass(frozen=True)
class Event:
    """One row of `events` with the original documents that tell of it."""

    source: str
    target: str
    day: date | None
    precision: str
    quad: int
    score: float | None
    forum_states: int
    documents: tuple[str, ...]

    @property
    def weight(self) -> float:
        return round(1 / max(self.forum_states - 1, 1), 6)


def first_of(day: date, period: str) -> date:
    return {"day": day, "month": day.replace(day=1), "year": day.replace(month=1, day=1)}[period]


def step(day: date, period: str, by: int = 1) -> date:
    """The first day of the period `by` periods on."""
    if period == "day":
        return day + timedelta(days=by)
    months = day.year * 12 + day.month - 1 + by * (12 if period == "year" else 1)
    return date(months // 12, months % 12 + 1, 1)


def cells(events: Iterable[Event], period: str) -> dict[Key, list[Event]]:
    """The events of each row that has any."""
    found: dict[Key, list[Event]] = defaultdict(list)
    for event in events:
        if event.day is None or RANK[event.precision] > RANK[period]:
            continue
        if event.source == event.target or "---" in (event.source, event.target):
            continue
        a, b = sorted((event.source, event.target))
        for direction in ("a_to_b" if event.source == a else "b_to_a", "both"):
            found[a, b, direction, first_of(event.day, period)].append(event)
    return found


def mean(scores: Sequence[Event]) -> float | None:
    weights = sum(e.weight for e in scores if e.score is not None)
    return weighted_sum(scores) / weights if weights else None


def weighted_sum(events: Sequence[Event]) -> float:
    return sum(e.weight * e.score for e in events if e.score is not None)


def prior(found: dict[Key, list[Event]], key: Key, period: str) -> float:
    """The mean of the past: 24 months, 10 years."""
    a, b, direction, at = key
    begin = step(at.replace(day=1), "month", -24).replace(day=1) if period != "year" else step(at, "year", -10)
    if period == "day":
        begin = _months_before(at, 24)
    days = (begin + timedelta(days=n) for n in range((at - begin).days))
    past = [event for day in days for event in found.get((a, b, direction, day), ())]
    return mean(past) or 0.0


def _months_before(day: date, months: int) -> date:
    first = step(day.replace(day=1), "month", -months)
    last = (step(first, "month") - timedelta(days=1)).day
    return first.replace(day=min(day.day, last))


def shrunk(events: Sequence[Event], m0: float) -> float:
    weights = sum(e.weight for e in events if e.score is not None)
    return (weighted_sum(events) + SHRINKAGE * m0) / (weights + SHRINKAGE)


def level(
    found: dict[Key, list[Event]], pair: tuple[str, str, str], until: date, half_life: int, count: bool
) -> float | None:
    """A_t = A_{t-1} 2^(-days/h) + x_t over the days of the pair up to `until`, and its decay to that day."""
    days = sorted({k[3] for k in found if k[:2] == pair[:2] and k[3] <= until})
    if not days:
        return None
    value, last = 0.0, days[0]
    for day in days:
        events = found.get((*pair, day), [])
        x = sum(e.weight for e in events if e.score is not None) if count else weighted_sum(events)
        value = value * 2 ** (-(day - last).days / half_life) + x
        last = day
    return value * 2 ** (-(until - last).days / half_life)


def accumulated(influences: Iterable[float]) -> Iterator[float]:
    """P' = P + I (9 - P) / 9 upward, P + I (9 + P) / 9 downward."""
    value = 0.0
    for influence in influences:
        value += influence * (9 - value) / 9 if influence >= 0 else influence * (9 + value) / 9
        yield value


def robust_z(x: float | None, past: Sequence[float]) -> float | None:
    if x is None or len(past) < 6:
        return None
    deviations = np.abs(np.array(past) - np.median(past))
    if np.median(deviations) > 0:
        return float(0.6745 * (x - np.median(past)) / np.median(deviations))
    return float((x - np.median(past)) / (1.2533 * deviations.mean())) if deviations.mean() > 0 else None


def cusums(zs: Iterable[float | None]) -> Iterator[float]:
    up = down = 0.0
    for z in zs:
        up, down = max(0.0, up + (z or 0) - 0.5), max(0.0, down - (z or 0) - 0.5)
        yield max(up, down)


def interval(events: Sequence[Event], m0: float) -> tuple[float, float] | None:
    """5th and 95th percentile of the shrunken mean over draws of documents."""
    weights: dict[str, float] = defaultdict(float)
    scores: dict[str, float] = defaultdict(float)
    for event in events:
        if event.score is not None:
            for document in event.documents:
                weights[document] += round(event.weight / len(event.documents), 9)
                scores[document] += round(event.score * event.weight / len(event.documents), 9)
    if len(weights) < ENOUGH:
        return None
    names = sorted(weights)
    times = np.stack([multiplicities(name) for name in names], axis=1)
    w, g = np.array([weights[n] for n in names]), np.array([scores[n] for n in names])
    means = (times @ g + SHRINKAGE * m0) / (times @ w + SHRINKAGE)
    low, high = np.quantile(means, [0.05, 0.95])
    return float(low), float(high)


def multiplicities(document: str) -> np.ndarray:
    """Poisson(1) for each draw, by a hash of document and draw."""
    mask = np.uint64(0xFFFFFFFF)
    seed = np.uint64(int.from_bytes(hashlib.md5(document.encode()).digest()[8:], "little")) & mask
    x = seed ^ (np.arange(DRAWS, dtype=np.uint64) * np.uint64(2654435769) & mask)
    for shift, factor in ((16, 2146121005), (15, 2221713035), (16, 1)):
        x = (x ^ (x >> np.uint64(shift))) * np.uint64(factor) & mask
    return np.searchsorted(POISSON, x / 2**32, side="right")
