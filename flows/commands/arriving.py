"""The verbs about what comes in: ingest, sources."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.commands.output import print_json, table

if TYPE_CHECKING:
    from flows.settings import Settings
    from sources.fetched import Window
    from sources.spec import SourceSpec

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document for programs.")]
_SHOWN = 20  # problems of one source; all are in ops.issues, and in --json


def ingest(
    source: Annotated[list[str] | None, typer.Argument(help="Declared sources; without one or a path, all.")] = None,
    path: Annotated[
        list[Path] | None, typer.Option("--path", "-p", help="A file or folder of documents; can be repeated.")
    ] = None,
    since: Annotated[str | None, typer.Option(help="Fetch what was published from this day or time (UTC) on.")] = None,
    until: Annotated[str | None, typer.Option(help="Fetch what was published up to this day or time (UTC).")] = None,
    retry: Annotated[
        bool, typer.Option("--retry-issues", help="Only try again what could not be read or fetched.")
    ] = False,
    as_json: Json = False,
) -> int:
    """Land documents and event data of declared sources or of a path; landing twice adds nothing.

    Exits 1 if a source failed or gave more or less than its bounds, or if retried issues are still open. Single
    files and pages that cannot be used are told, kept and listed in ops.issues; they do not change the exit code.

    Example: comity ingest --path reports/
    """
    from flows.errors import InputError
    from flows.ingest import ingest_path, ingest_sources, named_sources
    from flows.runs import recorded_run

    settings = _settings()
    window = _window(since, until)
    if retry and (path or since or until):
        raise InputError("--retry-issues goes by what is in the warehouse; leave out --path, --since and --until")
    if path and source:
        raise InputError("give sources or paths, not both")
    if path and (since or until):
        raise InputError("--since and --until choose what is fetched; leave them out beside --path")
    if retry:
        return _retry(settings, source or [], as_json)
    specs = [] if path else _within(named_sources(settings, source or []), bool(source), window)
    reports = []
    with recorded_run(settings, "ingest") as run:
        for one in path or []:
            reports.append(ingest_path(settings, one, None, run.run_id))
        if specs:
            reports += ingest_sources(settings, specs, run.run_id, window=window)
        for report in reports:
            run.stages[f"ingest {report.source_id}"] = report.as_dict()
    if as_json:
        print_json([report.as_dict() for report in reports])
    else:
        for report in reports:
            _print(report)
    return 1 if any(report.error or report.out_of_bounds for report in reports) else 0


def sources(as_json: Json = False) -> int:
    """List the declared sources: last success, next due, volume against bounds, open issues.

    Exits 1 if one failed, is overdue or out of its bounds.

    Example: comity sources --json
    """
    from flows.supply import supplies

    found = supplies(_settings())
    if as_json:
        print_json([supply.as_dict() for supply in found])
    else:
        columns = ("source", "reader", "cadence", "state", "last success", "next due", "volume", "bounds", "issues")
        rows = [
            (
                one.source_id, one.reader, one.cadence or "on demand", one.state, one.last_success, one.next_due,
                "" if one.last_volume is None else str(one.last_volume), f"{one.floor}-{one.ceiling}", one.open_issues,
            )
            for one in found
        ]  # fmt: skip
        typer.echo(table(columns, rows))
        for one in found:
            if one.last_error:
                typer.echo(f"{one.source_id}: {one.last_error}", err=True)
            if lacking := {state: count for state, count in one.slots.items() if state not in ("landed", "empty")}:
                told = ", ".join(f"{count} {state}" for state, count in lacking.items())
                typer.echo(f"{one.source_id}: slots {told}", err=True)
    return 1 if any(one.is_bad for one in found) else 0


def _retry(settings: Settings, names: Sequence[str], as_json: bool) -> int:
    from flows.retry import retry_issues
    from flows.runs import recorded_run

    with recorded_run(settings, "ingest") as run, run.stage("retry issues") as record:
        reports = retry_issues(settings, names, run.run_id)
        record.update({report.source_id: report.as_dict() for report in reports})
    if as_json:
        print_json([report.as_dict() for report in reports])
    else:
        for report in reports:
            typer.echo(
                f"{report.source_id}: {report.issues_settled} issues settled, {len(report.problems)} still open; "
                f"{report.documents_new} new documents"
            )
            _print_problems(report)
        if not reports:
            typer.echo("no open issues")
    return 1 if any(report.error or report.problems for report in reports) else 0


def _print(report: Any) -> None:
    parts = [f"{report.documents_new} new documents, {report.documents_known} known"]
    if report.rows_new or report.rows_known:
        parts = [f"{report.rows_new} new rows, {report.rows_known} known"]
    parts.append(f"from {report.files} files")
    if report.unchanged:
        parts.append(f"{report.unchanged} addresses unchanged")
    if report.issues_settled:
        parts.append(f"{report.issues_settled} issues settled")
    typer.echo(f"{report.source_id}: {', '.join(parts)}")
    _print_problems(report)


def _print_problems(report: Any) -> None:
    if report.error:
        typer.echo(f"  failed: {report.error}", err=True)
    for problem in report.problems[:_SHOWN]:
        typer.echo(f"  not used: {problem}", err=True)
    if len(report.problems) > _SHOWN:
        typer.echo(f"  and {len(report.problems) - _SHOWN} more, in ops.issues", err=True)


def _within(specs: list[SourceSpec], named: bool, window: Window) -> list[SourceSpec]:
    """The sources that a period can be asked of: files have none."""
    from flows.errors import InputError

    if window.since is None and window.until is None:
        return specs
    files = [spec.source_id for spec in specs if not spec.is_fetched]
    if files and named:
        raise InputError(f"source {files[0]} is read from files, which have no period; leave out --since and --until")
    return [spec for spec in specs if spec.is_fetched]


def _window(since: str | None, until: str | None) -> Window:
    from flows.errors import InputError
    from sources.fetched import Window

    window = Window(_moment("--since", since, time.min), _moment("--until", until, time.max))
    if window.since is not None and window.until is not None and window.since > window.until:
        raise InputError("--since lies after --until; swap them")
    return window


def _moment(option: str, text: str | None, of_a_day: time) -> datetime | None:
    """A day as its first or last moment, or a time as it is; UTC unless it says otherwise."""
    from flows.errors import InputError

    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(f"{option} {text} is no date; write 2021-06-28 or 2021-06-28T12:00") from None
    if len(text) <= len("2021-06-28") and found.time() == time.min:
        found = datetime.combine(found.date(), of_a_day)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _settings() -> Settings:
    from flows.settings import load_settings, quiet_telemetry

    settings = load_settings()
    quiet_telemetry(settings)
    return settings
