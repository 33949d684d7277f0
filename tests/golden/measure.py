"""Measure the coder on the project's own gold, and pin what it reached.

    python -m tests.golden.measure            print the table
    python -m tests.golden.measure --pin      raise the floors to what is reached; --lower also lets them sink

A floor is what was reached, less a margin for one or two sentences. The digest of the corpus is pinned with it, so that
neither the coder nor its measure can change unseen.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections import defaultdict
from pathlib import Path

from flows.evaluate import evaluate
from flows.scoring import Score
from flows.settings import load_settings

HERE = Path(__file__).parent
FLOORS = HERE / "floors.json"
MARGIN = 0.03
# What the patterns were written by, and what their writers never saw.
SETS = {"samples": "samples.jsonl", "sentences": "sentences-*.jsonl", "long": "long-*.jsonl"}


def digest() -> str:
    """A hash of the gold files."""
    content = hashlib.sha256()
    for path in sorted(HERE.glob("*.jsonl")):
        content.update(path.name.encode() + b"\x00" + path.read_bytes())
    return content.hexdigest()[:16]


def measure() -> dict[str, dict[str, Score]]:
    """For each set: the score of each CAMEO root, of all by root (`root`) and of all dyads (`dyad`)."""
    settings = load_settings()
    out = {}
    for name, pattern in SETS.items():
        totals: dict[str, list[Score]] = defaultdict(list)
        for path in sorted(HERE.glob(pattern)):
            result = evaluate(settings, path)
            for root, score in result.by_root.items():
                totals[root].append(score)
            for level in ("root", "dyad"):
                totals[level].append(result.levels[level])
        out[name] = {key: _sum(scores) for key, scores in sorted(totals.items())}
    return out


def _sum(scores: list[Score]) -> Score:
    return Score(
        hits=sum(s.hits for s in scores),
        gold=sum(s.gold for s in scores),
        right=sum(s.right for s in scores),
        given=sum(s.given for s in scores),
    )


def pinned() -> dict:
    return json.loads(FLOORS.read_text("utf-8"))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--pin", action="store_true")
    arguments.add_argument("--lower", action="store_true")
    asked = arguments.parse_args()
    found = measure()
    for name, scores in found.items():
        print(f"{name:10} " + "  ".join(f"{k} {s.precision:.2f}/{s.recall:.2f}/{s.f1:.2f}" for k, s in scores.items()))
    if not asked.pin:
        return
    old = pinned()["floors"] if FLOORS.exists() else {}
    floors: dict[str, dict[str, float]] = {}
    for name, scores in found.items():
        floors[name] = {}
        for key, score in scores.items():
            if score.gold < 10:
                continue  # one sentence more or less would say nothing
            reached = round(max(0.0, score.f1 - MARGIN), 3)
            before = old.get(name, {}).get(key, 0.0)
            floors[name][key] = reached if asked.lower else max(reached, before)
    FLOORS.write_text(json.dumps({"corpus": digest(), "floors": floors}, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
