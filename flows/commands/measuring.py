"""The verb that measures: evaluate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from flows.commands.output import print_json, table

_COLUMNS = ("", "precision", "recall", "F1", "gold", "given")


def evaluate(
    gold: Annotated[list[Path], typer.Argument(help="Gold files of JSON lines.")],
    predictions: Annotated[
        Path | None, typer.Option("--predictions", help="Score these lines instead of coding now.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document for programs.")] = False,
) -> None:
    """Run gold files through the coder and print precision, recall and F1 by root and overall.

    Gold is sentences with their events, records with both actors given, or sentences annotated in documents
    that were published; the fields of a line tell which.

    Example: comity evaluate tests/golden/samples.jsonl
    """
    from flows.errors import InputError
    from flows.evaluate import evaluate as measure
    from flows.settings import load_settings

    if predictions is not None and len(gold) > 1:
        raise InputError("--predictions belong to one gold file; give just that one")
    settings = load_settings()
    results = [measure(settings, path, predictions) for path in gold]
    if as_json:
        print_json([result.as_dict() for result in results])
        return
    for result in results:
        _print(result)


def _print(result: Any) -> None:
    typer.echo(f"{result.file}: {result.count} {result.kind}")
    rows = [_row(f"root {root}", score) for root, score in result.by_root.items()]
    rows += [_row(f"all, by {name}", score) for name, score in result.levels.items()]
    typer.echo(table(_COLUMNS, rows))
    for name, overall in result.extra.get("overall", {}).items():
        typer.echo(
            f"{name}: macro-F1 {overall['macro_f1']:.3f}, accuracy {overall['accuracy']:.3f}, "
            f"answered {overall['answered']} of {overall['count']}"
        )
    if "dates" in result.extra:
        dates = result.extra["dates"]
        typer.echo(f"dates: {dates['accuracy']:.3f} right of {dates['matched']} matched events")
    typer.echo("")


def _row(name: str, score: Any) -> tuple[Any, ...]:
    return (
        name,
        f"{score.precision:.3f}",
        f"{score.recall:.3f}",
        f"{score.f1:.3f}",
        score.gold,
        score.given,
    )
