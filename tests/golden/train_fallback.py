"""Trains the statistical model of coder/weights and writes what it achieves to docs/fallback.md.

    python -m tests.golden.train_fallback

Softmax regression on the train split and the patterns' own examples. Margins against the model come from the train
split too: each of its sentences is judged by a model that did not see it. The test split is only reported on.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits

from coder.dictionaries import load_dictionaries
from coder.fallback import NONE, WEIGHTS, Fallback, load_fallback
from tests.golden import calibrate, corpus, report
from tests.golden.corpus import Case

_FEWEST = 2  # sentences that a feature must occur in
_STRENGTH = 0.5  # inverse of the L2 penalty; between 0.3 and 3 it hardly matters
_LEAST = 4  # hundredths: smaller weights are left out
_FOLDS = 5
_CAUTION = 0.5  # added to each margin: the corpus is harder for patterns than news, where they earn more trust
_ENOUGH = 20  # kinds of act with fewer sentences are left to the patterns
_GRID = np.arange(0, 8.25, 0.25)


def main() -> None:
    """Train, write the tables, calibrate, report."""
    dictionaries = load_dictionaries(corpus.SEEDS, weights=None)
    everything = corpus.cases(corpus.sentences(), dictionaries)
    train = [case for case in everything if not case.label.is_test]
    test = [case for case in everything if case.label.is_test]
    examples = corpus.cases(list(corpus.pattern_examples(dictionaries)), dictionaries)
    with threadpool_limits(1):  # the order of sums must not depend on the machine's load
        write(WEIGHTS, train, examples)
    problems: list[str] = []
    model = load_fallback(WEIGHTS, problems)
    assert not problems, problems
    calibrate.write()
    report.write(model, train, test, len(examples))


def write(folder: Path, train: list[Case], examples: list[Case]) -> None:
    """Fit on `train` and `examples`, and write the three tables and the note of what they come from."""
    roots = [NONE, *(f"{n:02}" for n in range(1, 21))]
    _write_table(folder / "fallback_roots.csv", ("root", "event_code"), zip(roots, _codes(roots, train), strict=True))
    cells = fit([*train, *examples], roots)
    _write_table(folder / "fallback_weights.csv", ("feature", "weights"), sorted(cells.items()))
    margins = _margins(train, examples, roots)
    _write_table(
        folder / "fallback_margins.csv", ("kind", "margin"), ((k, f"{m:.2f}") for k, m in sorted(margins.items()))
    )
    (folder / "corpus_digest.txt").write_text(corpus.digest() + "\n", "utf-8")


def fit(cases: list[Case], roots: list[str]) -> dict[str, str]:
    """The weights as the cells of the table: feature -> `root:hundredths|...`."""
    counts = Counter(name for case in cases for name in case.features)
    vectorizer = DictVectorizer()
    rows = [{n: v for n, v in case.features.items() if counts[n] >= _FEWEST} for case in cases]
    matrix = vectorizer.fit_transform(rows)
    model = LogisticRegression(C=_STRENGTH, max_iter=200).fit(matrix, [case.label.root for case in cases])
    hundredths = np.rint(model.coef_ * 100).astype(int)
    names = list(vectorizer.get_feature_names_out())
    out: dict[str, str] = {}
    for n, name in enumerate(names):
        column = hundredths[:, n] + (np.rint(model.intercept_ * 100).astype(int) if name == "bias" else 0)
        strong = [f"{root}:{w}" for root, w in zip(model.classes_, column, strict=True) if abs(w) >= _LEAST]
        if strong and name == name.strip() and name.isprintable():
            out[str(name)] = "|".join(strong)
    assert set(model.classes_) <= set(roots)
    return out


def _codes(roots: list[str], train: list[Case]) -> list[str]:
    """The code that each root has most often."""
    out = []
    for root in roots:
        counts = Counter(case.label.code for case in train if case.label.root == root and root != NONE)
        out.append(min(counts, key=lambda code: (-counts[code], code)) if counts else "")
    return out


def _margins(train: list[Case], examples: list[Case], roots: list[str]) -> dict[str, float]:
    """For each kind of act the margin with which patterns and model together are right most often."""
    labels = [case.label.root for case in train]
    judged: dict[str, list[tuple[str, str, list[float]]]] = {}
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=1)
    for seen, unseen in folds.split(labels, labels):
        model = as_model(fit([*(train[i] for i in seen), *examples], roots), roots)
        for i in unseen:
            case = train[i]
            if case.heard.acts and case.label.root != NONE:
                odds = model.log_odds(case.features)
                judged.setdefault(case.heard.kind, []).append((case.label.root, case.heard.root, odds))
    known = {kind: found for kind, found in judged.items() if len(found) >= _ENOUGH}
    return {kind: _margin(found, roots) for kind, found in known.items()}


def _margin(found: Sequence[tuple[str, str, list[float]]], roots: list[str]) -> float:
    right = []
    for margin in _GRID:
        count = 0
        for wanted, said, odds in found:
            trial = Fallback(tuple(roots), {}, {}, {"": float(margin)})
            count += trial.choose(odds, said, "").root == wanted
        right.append(count)
    enough = max(right) - 0.005 * len(found)  # of margins that do about as well, the one that trusts patterns most
    return float(max(m for m, n in zip(_GRID, right, strict=True) if n >= enough)) + _CAUTION


def as_model(cells: dict[str, str], roots: list[str]) -> Fallback:
    """The model that these cells are, without a file."""
    index = {root: n for n, root in enumerate(roots)}
    weights = {
        name: tuple((index[r], int(w) / 100) for r, _, w in (item.partition(":") for item in cell.split("|")))
        for name, cell in cells.items()
    }
    return Fallback(tuple(roots), {}, weights, {})


def _write_table(path: Path, header: tuple[str, str], rows: object) -> None:
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
