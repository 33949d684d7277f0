"""How fast one process codes, as a multiple of parsing the same sentences and doing nothing with the parses.

Two bare parses are the yardstick: the model as it is loaded by default, which is what a user of it pays, and its
tagger and parser alone, which is all the coder asks of it. Coding starts from raw text with an empty parse cache
(segmentation, dates, names, parsing, writing the cache, linking); recoding finds every parse in the cache. The
bare parsers are handed the sentences ready cut, each different one once.
"""

from __future__ import annotations

import gc
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from coder.parse import Parser
from coder.pipeline import code_documents
from flows.parses import CachedParser
from tests.bench.corpora import MODEL, Corpus, dictionaries, documents, sentences
from tests.bench.figures import Figure, at_least, in_turn, middle, ratio

_ROUNDS = 3
_FULL, _LEAN, _COLD, _WARM = "full", "lean", "cold", "warm"
_AGAINST = {_FULL: "bare parse, model as loaded", _LEAN: "bare parse, tagger and parser only"}
# Least multiples of a bare parse by tagger and parser alone.
_SENTENCES_LEAST, _DOCUMENTS_LEAST, _WARM_LEAST = 0.9, 1.5, 10.0


def measure(folder: Path | None = None) -> list[Figure]:
    """Cold coding and recoding of both corpora, or of the texts in a folder, each against both bare parses."""
    import spacy

    full: Any = spacy.load(MODEL)
    lean: Any = spacy.load(MODEL, exclude=["ner", "attribute_ruler", "lemmatizer"])
    list(full.pipe(_WARM_UP))
    list(lean.pipe(_WARM_UP))
    figures = _measure(documents(folder), full, lean, _DOCUMENTS_LEAST)
    return figures if folder else _measure(sentences(), full, lean, _SENTENCES_LEAST) + figures


_WARM_UP = ["The ministers of Chile and Peru met in Lima on Monday and signed an agreement on trade."] * 20


def _measure(corpus: Corpus, full: Any, lean: Any, least: float) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="comity-bench-") as folder:
        cold, warm = _coders(corpus, Path(folder))
        ways: dict[str, Callable[[], object]] = {
            _FULL: lambda: [len(doc) for doc in full.pipe(corpus.readings)],
            _LEAN: lambda: [len(doc) for doc in lean.pipe(corpus.readings)],
            _COLD: cold,
            _WARM: warm,
        }
        gc.collect()
        gc.freeze()  # as a coding process does with what it has loaded
        # the processor's time: neighbours on the machine change it little
        seconds = in_turn(ways, _ROUNDS, time.process_time)
    count = len(corpus.readings)
    figures = []
    for task, name, wanted in ((_COLD, "coding", least), (_WARM, "recoding", _WARM_LEAST)):
        rate = count / middle(seconds[task])
        for yardstick, against in _AGAINST.items():
            times = ratio(seconds[yardstick], seconds[task])
            bare = count / middle(seconds[yardstick])
            figures.append(
                Figure(
                    "coding",
                    f"{name}, {corpus.name}",
                    against,
                    times,
                    f"{rate:,.0f} sentences/s; bare {bare:,.0f}",
                    *(at_least(times, wanted) if yardstick == _LEAN else ()),
                )
            )
    return figures


def _coders(corpus: Corpus, folder: Path) -> tuple[Callable[[], object], Callable[[], object]]:
    """Coding with an empty cache and a parser that has seen no word yet, and coding again from that cache."""
    parsers = iter([Parser(MODEL) for _ in range(_ROUNDS)])
    used: list[tuple[Parser, Path]] = []

    def cold() -> int:
        used.append((next(parsers), folder / str(len(used))))
        return _code(corpus, *used[-1])

    def warm() -> int:
        return _code(corpus, *used[-1])

    for parser in (Parser(MODEL),):
        _code(Corpus("", corpus.documents[:5], (), 0), parser, folder / "warm-up")
    return cold, warm


def _code(corpus: Corpus, parser: Parser, cache: Path) -> int:
    cached = CachedParser(parser, cache)
    try:
        return sum(len(c.mentions) for c in code_documents(corpus.documents, dictionaries(), cached.parse))
    finally:
        cached.close()
