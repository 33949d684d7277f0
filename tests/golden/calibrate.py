"""Fits the confidence of mentions, and writes how well it holds into docs/accuracy.md.

    python -m tests.golden.calibrate

Only test sentences are used: patterns were not written from them row by row, and the model never saw them. The table
in the docs is made by folds, each sentence judged by a curve that did not see it, and once more on the sample
documents, to which nothing here is fitted.
"""

from __future__ import annotations

import csv
import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold

from coder.confidence import KINDS, Calibration, Inputs
from coder.dictionaries import Dictionaries, load_dictionaries
from coder.fallback import WEIGHTS
from coder.pairs import code_pairs
from coder.pipeline import code_documents
from coder.records import Mention, Parse, SourceDocument
from tests.golden import corpus
from tests.golden.corpus import Labelled

PAGE = corpus.GOLDEN.parents[1] / "docs" / "accuracy.md"
_START, _END = "<!-- confidence: python -m tests.golden.calibrate -->", "<!-- end of confidence -->"
_NAMES = {"found": "actors found", "given": "actors given, by pattern", "model": "actors given, by the model"}
_STRENGTH = 1.0
_LEAST = 0.05  # a smaller weight is noise, and would only decide ties
_BINS = (0.0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


@dataclass(frozen=True)
class Recorder(Calibration):
    """Hands out numbers in place of confidences, and remembers which inputs each stands for."""

    weights: dict[tuple[str, str], float] = field(default_factory=dict)
    seen: list[tuple[str, Inputs]] = field(default_factory=list)

    def of(self, kind: str, inputs: Inputs) -> float:
        self.seen.append((kind, inputs))
        return len(self.seen) / 1e7


@dataclass(frozen=True, slots=True)
class Judged:
    """One mention: what the confidence is made from, and whether it was right."""

    kind: str
    inputs: Inputs
    right: bool


def judged() -> tuple[list[Judged], list[Judged]]:
    """Mentions of the test sentences, and of the sample documents."""
    recorder = Recorder()
    words = replace(load_dictionaries(corpus.SEEDS), calibration=recorder)
    labels = [label for label in corpus.sentences() if label.is_test]
    parses = dict(zip([x.reading for x in labels], corpus.parser().parse([x.reading for x in labels]), strict=True))

    def parse(readings: Sequence[str]) -> list[Parse]:
        new = [r for r in readings if r not in parses]
        parses.update(zip(new, corpus.parser().parse(new), strict=True))
        return [parses[r] for r in readings]

    def made(mention: Mention, right: bool) -> Judged:
        kind, inputs = recorder.seen[round(mention.confidence * 1e7) - 1]
        return Judged(kind, inputs, right)

    out = []
    requests = [(x.reading, x.source_text, x.target_text, x.published) for x in labels]
    for label, mention in zip(labels, code_pairs(requests, words, parse), strict=True):
        if mention is not None:
            out.append(made(mention, mention.event_code[:2] == label.root))
    for label, mention in _found(labels, words, parse):
        gold = {(e["source"], e["target"], e["code"][:2]) for e in label.events}
        out.append(made(mention, (mention.source_actor, mention.target_actor, mention.event_code[:2]) in gold))
    return out, [made(m, right) for m, right in _samples(words, parse)]


def _found(labels: list[Labelled], words: Dictionaries, parse: object) -> Iterator[tuple[Labelled, Mention]]:
    documents = [SourceDocument(x.id, x.text, published=x.published, published_precision="day") for x in labels]
    for label, coding in zip(labels, code_documents(documents, words, parse), strict=True):  # type: ignore[arg-type]
        for mention in coding.mentions:
            if mention.status == "occurred":
                yield label, mention


def _samples(words: Dictionaries, parse: object) -> Iterator[tuple[Mention, bool]]:
    """Events that occurred, of the annotated sentences of the sample documents."""
    folder = corpus.GOLDEN.parents[1] / "sources" / "samples"
    gold: dict[str, list[tuple[str, set[tuple[str, str, str]]]]] = {}
    dates: dict[str, str] = {}
    for line in (corpus.GOLDEN / "samples.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        events = {(e["source"], e["target"], e["code"][:2]) for e in row["events"] if e["status"] == "occurred"}
        gold.setdefault(row["doc"], []).append((row["text"], events))
        dates[row["doc"]] = row["date"]
    documents = [
        SourceDocument(
            name,
            (folder / name).read_text("utf-8"),
            published=date.fromisoformat(dates[name]) if dates[name] else None,
            published_precision="day" if dates[name] else "unknown",
        )
        for name in sorted(gold)
        if (folder / name).exists() and name.endswith((".txt", ".md"))
    ]
    for coding in code_documents(documents, words, parse):  # type: ignore[arg-type]
        for mention in coding.mentions:
            if mention.status != "occurred":
                continue
            text = coding.sentences[mention.sentence_no].text.strip()
            same = [events for known, events in gold[coding.document_id] if known in text or text in known]
            key = (mention.source_actor, mention.target_actor, mention.event_code[:2])
            yield mention, any(key in events for events in same)


def fit(mentions: Sequence[Judged]) -> Calibration:
    """One logistic curve for each kind."""
    weights: dict[tuple[str, str], float] = {}
    for kind in KINDS:
        mine = [m for m in mentions if m.kind == kind]
        names = sorted({name for m in mine for name in m.inputs})
        matrix = np.array([[m.inputs.get(name, 0.0) for name in names] for m in mine])
        right = [m.right for m in mine]
        model = LogisticRegression(C=_STRENGTH, fit_intercept=False, max_iter=500).fit(matrix, right)
        cells = zip(names, model.coef_[0], strict=True)
        weights.update({(kind, name): float(round(w, 2)) for name, w in cells if abs(w) >= _LEAST})
    return Calibration(weights)


def write() -> None:
    """Fit on all test mentions, write the weights, and the reliability tables into the page."""
    mentions, samples = judged()
    table = fit(mentions)
    with (WEIGHTS / "confidence.csv").open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(("kind", "input", "weight"))
        writer.writerows((kind, name, f"{w:.2f}") for (kind, name), w in sorted(table.weights.items()))
    unseen: list[tuple[Judged, float]] = []
    for seen, other in KFold(5, shuffle=True, random_state=1).split(mentions):
        curve = fit([mentions[i] for i in seen])
        unseen += [(mentions[i], curve.of(mentions[i].kind, mentions[i].inputs)) for i in other]
    sampled = [(m, table.of(m.kind, m.inputs)) for m in samples]
    lines = [_START, "## Confidence", "", _INTRODUCTION, ""]
    for title, pairs in (
        *((f"Test sentences, {_NAMES[k]}", [p for p in unseen if p[0].kind == k]) for k in KINDS),
        ("Sample documents, actors found", sampled),
    ):
        lines += [f"### {title}", "", *_table(pairs), ""]
    _put([*lines, _END])


_INTRODUCTION = """\
A mention's `confidence` is the share of mentions like it that were right: source, target and CAMEO root where the
coder found the actors, the root where they were given. It is a logistic curve over a few inputs (how many words the
pattern asked for, how far the target was sought, actors inferred or only owning a phrase, mutual acts, governing
verbs, the model's odds), fitted on the test split of the labelled sentences (docs/golden.md); the weights are
`coder/weights/confidence.csv`. Each test sentence below was judged by a curve that had not seen it. The labelled
sentences are harder than news, so on real documents the true share lies above the stated one rather than below."""


def _table(pairs: list[tuple[Judged, float]]) -> list[str]:
    said = np.array([c for _, c in pairs])
    right = np.array([m.right for m, _ in pairs], dtype=float)
    lines = ["| confidence | mentions | mean confidence | right |", "|---|---:|---:|---:|"]
    error = 0.0
    for low, high in itertools.pairwise(_BINS):
        here = (said >= low) & ((said < high) | (high == 1.0))
        if here.any():
            mean, share = said[here].mean(), right[here].mean()
            error += abs(mean - share) * here.sum() / len(said)
            lines.append(f"| {low:.1f}-{high:.1f} | {here.sum()} | {mean:.2f} | {share:.2f} |")
    brier, flat = ((said - right) ** 2).mean(), right.mean() * (1 - right.mean())
    always = f"against {flat:.3f} for saying {right.mean():.2f} always"
    return [*lines, "", f"Mean gap {error:.3f}; Brier score {brier:.3f}, {always}."]


def _put(section: list[str]) -> None:
    """Replace our section of the page, and leave the rest as it is."""
    text = PAGE.read_text("utf-8") if PAGE.exists() else "# Accuracy\n\n"
    before, found, rest = text.partition(_START)
    after = rest.partition(_END)[2] if found else "\n"
    if not found and not before.endswith("\n\n"):
        before = before.rstrip("\n") + "\n\n"
    PAGE.write_text(before + "\n".join(section) + after, "utf-8")


if __name__ == "__main__":
    write()
