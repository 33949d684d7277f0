"""The verb that hands the marts on to other programs."""

from __future__ import annotations

import os
import sys
from datetime import date, datetime
from typing import Annotated

import typer


def export(
    to: Annotated[str, typer.Option("--to", help="The file to write, or - for standard output.")],
    form: Annotated[
        str, typer.Option("--format", help="parquet, csv, or events as gdelt, plover or phoenix.")
    ] = "parquet",
    mart: Annotated[str, typer.Option("--mart", help="The mart; events if not given.")] = "events",
    since: Annotated[str | None, typer.Option("--since", help="From this day on, YYYY-MM-DD.")] = None,
    until: Annotated[str | None, typer.Option("--until", help="Up to this day, YYYY-MM-DD.")] = None,
    dyad: Annotated[str | None, typer.Option("--dyad", help="Between these two only, either way: CHN-RUS.")] = None,
) -> None:
    """Write a published mart, or a part of it, in a form that other programs read.

    Example: comity export --format gdelt --dyad CHN-RUS --since 2021-01-01 --to china-russia.tsv
    """
    from flows.errors import InputError
    from flows.export import FORMATS, STDOUT, read_dyad
    from flows.export import export as write
    from flows.settings import load_settings

    if form not in FORMATS:
        raise InputError(f"{form} is no format of ours; the formats are {', '.join(FORMATS)}")
    done = write(
        load_settings(),
        to,
        format=form,
        mart=mart,
        since=_day("--since", since),
        until=_day("--until", until),
        dyad=read_dyad(dyad) if dyad else None,
    )
    typer.echo(f"{done.rows} rows of {done.mart} as {done.format}" + (f" in {to}" if to != STDOUT else ""), err=True)
    if done.left_out:
        typer.echo(f"{done.left_out} left out: {done.why}", err=True)
    if to == STDOUT:  # the reader may be gone, as `head` goes
        try:
            sys.stdout.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _day(option: str, text: str | None) -> date | None:
    from flows.errors import InputError

    if text is None:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        raise InputError(f"{option} {text} is no day; write it as 2021-06-28") from None
