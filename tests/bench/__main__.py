"""Run the benchmarks, show their figures, and with --write put them into docs/benchmarks.md."""

from __future__ import annotations

import argparse
import importlib
import time
from pathlib import Path

from rich.console import Console

from tests.bench.report import WRITTEN, table, write

# Each a module of this package with a `measure() -> list[Figure]`.
NAMES = ("coding", "memory", "landing", "event_data", "building", "growth", "fixed_cost")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", action="append", choices=NAMES, metavar="NAME", help=f"one of {', '.join(NAMES)}")
    parser.add_argument("--write", action="store_true", help=f"write {WRITTEN.name} from this run; needs all")
    parser.add_argument("--path", type=Path, metavar="FOLDER", help="code the texts of this folder; nothing else")
    chosen = parser.parse_args()
    names = ("coding",) if chosen.path else chosen.only or NAMES
    if chosen.write and set(names) != set(NAMES):
        parser.error("--write needs all benchmarks: figures of different runs do not compare; leave --only out")
    console, progress = Console(), Console(stderr=True)
    figures = []
    for name in names:
        progress.print(f"[dim]{name} ...[/dim]", end="")
        began = time.monotonic()
        measure = importlib.import_module(f"tests.bench.{name}").measure
        figures += measure(chosen.path) if chosen.path else measure()
        progress.print(f"[dim] {time.monotonic() - began:.0f} s[/dim]")
    console.print(table(figures))
    if chosen.write:
        write(figures)
        progress.print(f"written: docs/{WRITTEN.name}")


if __name__ == "__main__":
    main()
