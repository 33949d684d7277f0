"""The figures as a table on the terminal, and as docs/benchmarks.md."""

from __future__ import annotations

import platform
from importlib.metadata import version

from rich.table import Table

from coder import CODER_VERSION
from tests.bench.corpora import MODEL, PROJECT, documents, sentences
from tests.bench.figures import Figure

WRITTEN = PROJECT / "docs" / "benchmarks.md"

_INTRODUCTION = """\
# Benchmarks

Written by `make bench` (`python -m tests.bench --write`); do not edit. All figures are of one run.

**Read the ratios.** Each sets a task against a yardstick that was run in turn with it, and is the median of several
rounds, so that it holds on other machines too. What stands under "on the machine of this run" is context: it says
how large a thing is, not how fast it will be elsewhere.

For coding a larger ratio is better (a multiple of a bare parser's speed); everywhere else a smaller one is (a
multiple of the yardstick's time or memory).
"""


def table(figures: list[Figure]) -> Table:
    """For the terminal."""
    made = Table(title="Ratios of one run; seconds are context", title_justify="left")
    for heading in ("What", "Against", "Ratio", "Required", "On this machine"):
        made.add_column(heading, justify="right" if heading == "Ratio" else "left")
    last = ""
    for figure in figures:
        if last and figure.benchmark != last:
            made.add_section()
        last = figure.benchmark
        style = {True: "green", False: "red", None: ""}[figure.met]
        made.add_row(figure.what, figure.against, f"{figure.ratio:.2f}", figure.required, figure.here, style=style)
    return made


def write(figures: list[Figure]) -> None:
    """Replace docs/benchmarks.md."""
    lines = [_INTRODUCTION]
    for benchmark in dict.fromkeys(figure.benchmark for figure in figures):
        lines += [f"## {benchmark.capitalize()}", ""]
        lines.append("| what | against | ratio | required | on the machine of this run |")
        lines.append("|---|---|---:|---|---|")
        for figure in (f for f in figures if f.benchmark == benchmark):
            required = f"{figure.required} ({'met' if figure.met else 'missed'})" if figure.required else ""
            lines.append(f"| {figure.what} | {figure.against} | {figure.ratio:.2f} | {required} | {figure.here} |")
        lines.append("")
    lines += ["## Measured with", "", *_conditions(), ""]
    WRITTEN.write_text("\n".join(lines), "utf-8")


def _conditions() -> list[str]:
    corpora = [
        f"{corpus.name}: {len(corpus.documents):,} documents, {len(corpus.readings):,} different sentences"
        for corpus in (sentences(), documents())
    ]
    versions = ", ".join(f"{name} {version(name)}" for name in ("spacy", "prefect", "dbt-core", "duckdb"))
    return [
        f"- coder {CODER_VERSION}, model {MODEL} {version(MODEL)}, Python {platform.python_version()}, {versions}",
        *(f"- {corpus}" for corpus in corpora),
    ]
