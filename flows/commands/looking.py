"""The verbs that only look: status, query, explain."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from flows.commands.output import print_json, table

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document for programs.")]


def status(
    settings_only: Annotated[
        bool, typer.Option("--settings", help="List every setting, its value and its meaning.")
    ] = False,
    run: Annotated[str | None, typer.Option("--run", help="Tell of one run: its id, or `last`.")] = None,
    alert: Annotated[
        bool, typer.Option("--alert", help="Send what is wrong through the alerts too: for cron, when nothing runs.")
    ] = False,
    as_json: Json = False,
) -> int:
    """Tell how things stand; exits 1 if nothing is published, a run went wrong or a source is overdue.

    Example: comity status --settings
    """
    from flows.settings import load_settings

    settings = load_settings()
    if settings_only:
        return _settings(settings, as_json)
    from flows.status import look, run_detail

    if run is not None:
        detail = run_detail(settings, run)
        if as_json:
            print_json(detail)
        else:
            _print_run(detail)
        return 0
    found = look(settings)
    if alert:
        from flows.alert import watch

        watch(settings, found)
    if as_json:
        print_json(found.as_dict())
    else:
        _print_status(found)
    return 1 if found.troubles else 0


def query(
    sql: Annotated[str, typer.Argument(help="A question in DuckDB's SQL, or - to read it from standard input.")],
    as_json: Json = False,
    as_jsonl: Annotated[bool, typer.Option("--jsonl", help="Print one JSON object a line.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV with a header.")] = False,
) -> None:
    """Ask the published marts; nothing can be changed, and no other file be reached.

    The tables are events, event_mentions, documents, actors, event_codes, dyad_days, dyad_months, dyad_years,
    dyad_month_scores, origin_months, publisher_months and publication.

    Example: comity query "select month, event_count, net_ratio from dyad_months where actor_a = 'CHN' and
    actor_b = 'RUS' and direction = 'both' order by month"
    """
    from flows.errors import InputError
    from flows.notices import sentences
    from flows.query import ask, write_csv, write_json, write_jsonl
    from flows.settings import load_settings

    if as_json + as_jsonl + as_csv > 1:
        raise InputError("give only one of --json, --jsonl and --csv")
    text = sys.stdin.read() if sql == "-" else sql
    settings = load_settings()
    for notice in sentences(settings):
        typer.echo(f"note: {notice}", err=True)
    with ask(settings, text) as answer:
        try:
            if as_json:
                write_json(answer, sys.stdout)
            elif as_jsonl:
                write_jsonl(answer, sys.stdout)
            elif as_csv:
                write_csv(answer, sys.stdout)
            else:
                typer.echo(table(answer.columns, list(answer.rows())))
            sys.stdout.flush()
        except BrokenPipeError:  # the reader has seen enough, as `head` does
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def explain(
    what: Annotated[
        list[str],
        typer.Argument(help="An event's id, or its first digits; or dyad-day, -month or -year, two actors, a date."),
    ],
    direction: Annotated[
        str, typer.Option(help="Of a period: both, a_to_b or b_to_a, a being first in the alphabet.")
    ] = "both",
    limit: Annotated[int, typer.Option(min=0, help="Events of a period that are shown; --json has all.")] = 20,
    as_json: Json = False,
) -> None:
    """Walk an event back to its evidence; or take a number of a dyad apart into its events and their shares of it.

    For an event: mentions, patterns, dictionary rows, marked sentences, documents and bytes.

    Example: comity explain dyad-month CHN RUS 2020-12
    """
    from flows.errors import InputError
    from flows.explain import explain as walk_back
    from flows.explain_period import PERIODS, explain_period
    from flows.settings import load_settings

    if what[0] in PERIODS:
        from flows.commands.explaining import period_text

        if len(what) != 4:
            raise InputError(f"{what[0]} needs two actors and a date: `comity explain dyad-month CHN RUS 2020-12`")
        told = explain_period(load_settings(), what[0], (what[1], what[2]), what[3], direction)
        if as_json:
            print_json(told)
        else:
            typer.echo(period_text(told, limit))
        return
    if len(what) != 1:
        raise InputError(f"give one event id, or one of {', '.join(PERIODS)} with two actors and a date")
    found = walk_back(load_settings(), what[0])
    if as_json:
        print_json(found)
    else:
        _print_event(found)


def _settings(settings: Any, as_json: bool) -> int:
    from flows.settings import describe

    rows = describe(settings)
    if as_json:
        names = ("variable", "value", "default", "meaning")
        print_json([dict(zip(names, row, strict=True)) for row in rows])
        return 0
    for variable, value, default, meaning in rows:
        typer.echo(f"{variable}={value}\n    {meaning} (default {default})")
    return 0


def _print_status(found: Any) -> None:
    typer.echo(f"home       {found.home}")
    if found.released:
        counts = found.released["row_counts"]
        typer.echo(
            f"published  {found.released['file']} at {found.released['released_at']} UTC: "
            f"{counts.get('documents', 0)} documents, {counts.get('events', 0)} events; "
            f"{found.kept_releases} releases kept"
        )
    if found.last_good_at:
        typer.echo(f"confirmed  {found.last_good_at} UTC by the last run that ended well")
    if found.counts:
        typer.echo("warehouse  " + ", ".join(f"{count} {name}" for name, count in found.counts.items()))
    if found.last_run:
        typer.echo(f"last run   {found.last_run['run_id']}: {found.last_run['outcome'] or 'not ended'}")
    for check in found.open_checks:
        typer.echo(f"check      {check['check_id']} ({check['severity']}): {check['outcome'].replace('_', ' ')}")
    for source in found.sources:
        overdue = ", overdue" if source["is_overdue"] else ""
        typer.echo(f"source     {source['source_id']}: {source['cadence'] or 'on demand'}{overdue}")
    if found.busy:
        typer.echo(f"busy       {found.busy}")
    for trouble in found.troubles:
        typer.echo(f"attention  {trouble}")


def _print_run(run: dict[str, Any]) -> None:
    typer.echo(f"run {run['run_id']} ({run['verb']}) began {run['started_at']} UTC: {run['outcome'] or 'not ended'}")
    for name, stage in ((run["detail"] or {}).get("stages") or {}).items():
        typer.echo(f"  {name}: {stage.get('seconds', 0)} s")
    if (run["detail"] or {}).get("error"):
        typer.echo(f"  error: {run['detail']['error']}")
    passed = sum(check["outcome"] == "passed" for check in run["checks"])
    if run["checks"]:
        typer.echo(f"checks: {passed} of {len(run['checks'])} passed")
    for check in run["checks"]:
        if check["outcome"] != "passed":
            what = check["error"] or f"{check['observed'] or ''} {check['failing_sample'] or ''}".strip()
            typer.echo(f"  {check['severity']} {check['check_id']} {check['outcome'].replace('_', ' ')}: {what}")
            typer.echo(f"    {check['reason']}")
    for alert in run["alerts"]:
        typer.echo(f"alert ({alert['state']}): {alert['message']}")


def _print_event(found: dict[str, Any]) -> None:
    event, code = found["event"], found["event_code"]
    named = f" {code['name']}" if code else ""
    typer.echo(
        f"event {event['event_id']}: {event['source_actor']} -> {event['target_actor']}, "
        f"{event['event_code']}{named}, {event['event_date'] or 'undated'} ({event['date_precision']})"
    )
    typer.echo(
        f"  {event['mention_count']} mentions in {event['document_count']} documents; "
        f"Goldstein {event['goldstein']}; confidence "
        + ("not stated" if event["confidence"] is None else f"{event['confidence']:.2f}")
    )
    if event.get("delivered_id"):
        typer.echo(
            f"  imported: {event['origin']} {event['delivered_id']}, line {event['line_no']} of {event['uri']}, "
            f"snapshot {event['snapshot_sha256']}"
        )
    for role, rows in found["actors"].items():
        for row in rows:
            name = row.get("name") or row.get("agent")
            typer.echo(f"  {role} {event[f'{role}_actor']}: {name} ({row['file']}:{row['line']})")
    for number, told in enumerate(found["mentions"], start=1):
        _print_mention(number, told)


def _print_mention(number: int, told: dict[str, Any]) -> None:
    mention, document, snapshot = told["mention"], told["document"], told["snapshot"]
    typer.echo(f"\nmention {number} ({mention['mention_id']}), confidence {mention['confidence']:.2f}")
    typer.echo(f"  {told['marked']}")
    dated = f", from {mention['date_text']!r}" if mention["date_text"] else ""
    typer.echo(f"  dated {mention['event_date'] or 'not'} by {mention['date_basis']}{dated}")
    for row in told["patterns"]:
        typer.echo(f"  pattern {row['pattern_id']} ({row['file']}:{row['line']}): {row.get('example', '')}")
    if not told["patterns"]:
        typer.echo(f"  pattern {mention['pattern_id']} (not a row of the present dictionaries)")
    typer.echo(
        f"  document {document['document_id']}: {document['title'] or 'untitled'}, "
        f"{document['publisher'] or 'publisher unknown'}, {document['published_date'] or 'undated'}"
    )
    typer.echo(f"  {document['uri']}, characters {mention['char_start']}-{mention['char_end']}")
    gone = "" if snapshot["is_there"] else " (not there any more)"
    typer.echo(f"  snapshot {Path(snapshot['path'])}{gone}")
