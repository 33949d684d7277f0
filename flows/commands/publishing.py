"""The verbs about releases: which there are, what changed from one to the next, and going back to an earlier one."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.commands.output import print_json, table

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document for programs.")]


def releases(as_json: Json = False) -> None:
    """List the kept releases, newest first, and mark the one that analysts read.

    Example: comity releases
    """
    from flows.notices import sentences
    from flows.rollback import list_releases
    from flows.settings import load_settings

    settings = load_settings()
    found = list_releases(settings)
    if as_json:
        print_json(found)
        return
    columns = ("run_id", "released_at", "data_until", "documents", "events", "warnings", "size")
    rows = [["*" if row["is_published"] else "", *(row[name] for name in columns)] for row in found]
    typer.echo(table(("", *columns), rows))
    for notice in sentences(settings):
        typer.echo(f"note: {notice}", err=True)


def diff(
    old: Annotated[
        str | None,
        typer.Argument(help="A run id, its beginning, or a release file; without it the last two are compared."),
    ] = None,
    new: Annotated[str | None, typer.Argument(help="The same of the newer; without it the present release.")] = None,
    limit: Annotated[int, typer.Option(min=0, help="Events and dyad-months that are shown; --json has all.")] = 20,
    as_json: Json = False,
) -> None:
    """Tell which events and dyad-months changed from one release to another, and what did it.

    The causes are new documents, a recode, another scale, a retraction, and regrouped: the same mentions in
    other events.

    Example: comity diff
    """
    from flows.commands.explaining import diff_text
    from flows.diff import diff as compare
    from flows.settings import load_settings

    found = compare(load_settings(), old, new)
    if as_json:
        print_json(found)
    else:
        typer.echo(diff_text(found, limit))


def rollback(
    release: Annotated[
        str | None, typer.Argument(help="A run id or its beginning; without it the release before the present one.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Put an earlier release back where analysts read, until the next good publication.

    Example: comity rollback
    """
    from flows.rollback import roll_back
    from flows.settings import load_settings

    found = roll_back(load_settings(), release)
    if as_json:
        print_json(found)
        return
    ahead = found["to"] == found["newest"]
    until = "it is the newest" if ahead else "the next good publication replaces it"
    typer.echo(f"published {found['to']} again instead of {found['from']}; {until}. Run {found['run_id']}.")
