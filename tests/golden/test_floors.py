"""Accuracy on the project's own gold has a floor by root that cannot sink quietly."""

from __future__ import annotations

from tests.golden.measure import digest, measure, pinned


def test_no_root_sinks_below_its_floor() -> None:
    found = measure()
    sunk = [
        f"{name} {key}: F1 {found[name][key].f1:.3f} is below its floor {floor}"
        for name, floors in pinned()["floors"].items()
        for key, floor in floors.items()
        if found[name][key].f1 < floor
    ]
    assert sunk == [], "if this is meant, run `python -m tests.golden.measure --pin --lower` and say why in the commit"


def test_the_corpus_is_the_one_that_was_pinned() -> None:
    assert pinned()["corpus"] == digest(), "the gold changed: run `python -m tests.golden.measure --pin`"
