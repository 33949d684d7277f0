"""The command line: `comity VERB`. Wiring only; the verbs are in flows/commands.

Exit codes: 0 good, 1 a check stopped publication (or `status` found something that needs a person), 2
misuse or crash. Errors are one sentence that names the repair; COMITY_DEBUG=1 shows where one came from.
"""

from __future__ import annotations

import logging
import sys

import typer

from flows.commands import alerting, arriving, checking, exporting, looking, measuring, publishing, running

app = typer.Typer(
    name="comity",
    help="Source documents in, dyadic political events coded in CAMEO and cooperation intensity out.\n\n"
    "Example: comity run --path sources/samples",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for verb in (
    running.run,
    arriving.ingest,
    arriving.sources,
    running.code,
    running.build,
    running.check,
    running.publish,
    running.serve,
    looking.status,
    looking.query,
    looking.explain,
    exporting.export,
    publishing.releases,
    publishing.diff,
    publishing.rollback,
    alerting.alert,
    alerting.alerts,
    checking.quality,
    measuring.evaluate,
):
    app.command()(verb)


def main() -> None:
    """Run the command line and exit as it says."""
    speak()
    sys.exit(_call())


def speak() -> None:
    """Show what our own modules log; the voices of Prefect and dbt stay in their files."""
    logger = logging.getLogger("comity")
    if not logger.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(message)s"))
        logger.addHandler(handler)
    logger.propagate = False


def _call() -> int:
    try:
        result = app(standalone_mode=False)
        return result if isinstance(result, int) else 0
    except typer.Exit as end:
        return end.exit_code
    except (typer.Abort, KeyboardInterrupt):
        print("comity: stopped; what was finished stays, run again to go on", file=sys.stderr)
        return 130
    except Exception as error:
        return _failed(error)


def _failed(error: Exception) -> int:
    from flows.errors import ComityError
    from flows.settings import debugging

    if hasattr(error, "format_message"):  # typer's complaints about the call; their classes are not public
        print(f"comity: {error.format_message()} See `comity --help`.", file=sys.stderr)
        return 2
    if debugging():
        raise error
    if isinstance(error, ComityError):
        print(f"comity: {error}", file=sys.stderr)
        return error.exit_code
    text = " ".join(str(error).split())
    print(
        f"comity: unexpected {type(error).__name__}: {text[:300]}; COMITY_DEBUG=1 shows where",
        file=sys.stderr,
    )
    return 2


if __name__ == "__main__":
    main()
