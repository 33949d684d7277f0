"""The most memory that one coding process ever holds, against one that only parses.

A process that measures itself would count what was loaded before, so each runs on its own:
`python -m tests.bench.memory coding`. The peak is the operating system's count of resident pages.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.corpora import MODEL, PROJECT, documents, sentences
from tests.bench.figures import Figure, under

_MOST_MEGABYTES = 1500.0


def measure() -> list[Figure]:
    """Peak memory of coding both corpora in one process."""
    coding, parsing = _peak_of("coding"), _peak_of("parsing")
    return [
        Figure(
            "memory",
            "peak of one coding process",
            "peak of a process that only parses the same",
            coding / parsing,
            f"{coding:,.0f} MB; bare {parsing:,.0f} MB",
            *under(coding, _MOST_MEGABYTES, "MB"),
        )
    ]


def _peak_of(task: str) -> float:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.memory", task], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    return float(done.stdout.split()[-1])


def peak_megabytes() -> float:
    """This process's peak so far; Linux counts kilobytes, macOS bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


def _code_all() -> None:
    from coder.parse import Parser
    from coder.pipeline import code_documents
    from flows.parses import CachedParser
    from tests.bench.corpora import dictionaries

    with tempfile.TemporaryDirectory(prefix="comity-bench-") as folder:
        parser = CachedParser(Parser(MODEL), Path(folder))
        for corpus in (sentences(), documents()):
            for coding in code_documents(corpus.documents, dictionaries(), parser.parse):
                assert coding.document_id
        parser.close()


def _parse_all() -> None:
    import spacy

    nlp = spacy.load(MODEL)
    for corpus in (sentences(), documents()):
        for doc in nlp.pipe(corpus.readings):
            assert len(doc)


def main() -> None:
    """Do one task and print the peak."""
    {"coding": _code_all, "parsing": _parse_all}[sys.argv[1]]()
    print(f"{peak_megabytes():.1f}")


if __name__ == "__main__":
    main()
