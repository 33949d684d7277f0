"""The verb of the quality page: quality."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.commands.output import print_json


def quality(
    run: Annotated[str | None, typer.Option("--run", help="Of this run instead of the last that checked.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document for programs.")] = False,
) -> None:
    """Print the path of the quality page: each check's outcome, past runs, reason, and the rows that failed it.

    Each run writes its page; this makes it anew from what was stored. It is one HTML file that needs no network.

    Example: comity quality
    """
    from flows.quality_page import write_page
    from flows.settings import load_settings

    page = write_page(load_settings(), run)
    path = page if run else page.with_name("index.html")
    if as_json:
        print_json({"path": str(path), "run_id": page.stem})
    else:
        typer.echo(path)
