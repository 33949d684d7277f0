"""What a run shows on a terminal: its stages as they go, then one summary. Nothing here decides anything."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol


class Stage(Protocol):
    """What a stage may say while it works."""

    def progress(self, done: int, total: int) -> None:
        """How far it is."""

    def result(self, text: str) -> None:
        """What it came to, in a few words."""


class Watch(Protocol):
    """Whoever follows a run."""

    def stage(self, name: str) -> Any:
        """A context with a `Stage`."""


class _SilentStage:
    def progress(self, done: int, total: int) -> None:
        """Nobody is looking."""

    def result(self, text: str) -> None:
        """Nobody is looking."""


class SilentWatch:
    """For programs, schedules and tests."""

    @contextmanager
    def stage(self, name: str) -> Iterator[Stage]:
        """A stage nobody follows."""
        yield _SilentStage()


class _LineStage:
    def __init__(self) -> None:
        self.text = "done"

    def progress(self, done: int, total: int) -> None:
        """Lines in a log have no bar."""

    def result(self, text: str) -> None:
        self.text = text


class TerminalWatch:
    """A line per stage on standard error, with a bar while it works if that is a terminal."""

    def __init__(self) -> None:
        from rich.console import Console

        self._console = Console(stderr=True, highlight=False)

    @contextmanager
    def stage(self, name: str) -> Iterator[Stage]:
        """Show a stage from its beginning to its result."""
        if self._console.is_terminal:
            with self._bar(name) as stage:
                yield stage
            return
        line = _LineStage()
        yield line
        self._console.print(f"{name}: {line.text}", soft_wrap=True)

    @contextmanager
    def _bar(self, name: str) -> Iterator[Stage]:
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            SpinnerColumn,
            TextColumn,
            TimeElapsedColumn,
        )

        console = self._console
        line = _LineStage()
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task(name, total=None)

            class Live(_LineStage):
                def progress(self, done: int, total: int) -> None:
                    bar.update(task, completed=done, total=total)

                def result(self, text: str) -> None:
                    line.result(text)

            yield Live()
            seconds = bar.tasks[0].elapsed or 0.0
        console.print(f"[green]✓[/] {name}: {line.text} [dim]{seconds:.1f} s[/]", soft_wrap=True)


def cooperation_table(rows: list[dict[str, Any]]) -> str:
    """The dyads of a release as a plain text table."""
    if not rows:
        return "No event between two known actors yet."
    columns = {
        "dyad": "dyad",
        "events": "event_count",
        "mentions": "mention_count",
        "cooperation": "coop_count",
        "conflict": "conf_count",
        "net ratio": "net_ratio",
        "first": "first_date",
        "last": "last_date",
    }
    cells = [[_cell(row[key]) for key in columns.values()] for row in rows]
    widths = [max(len(title), *(len(line[i]) for line in cells)) for i, title in enumerate(columns)]
    numeric = [title not in ("dyad", "first", "last") for title in columns]

    def line(values: list[str]) -> str:
        return "  ".join(
            value.rjust(width) if right else value.ljust(width)
            for value, width, right in zip(values, widths, numeric, strict=True)
        ).rstrip()

    return "\n".join([line(list(columns)), line(["-" * width for width in widths]), *(line(row) for row in cells)])


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:+.2f}" if isinstance(value, float) else str(value)


def is_interactive() -> bool:
    """Whether a person is likely to look at standard error."""
    return sys.stderr.isatty()
