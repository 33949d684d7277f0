"""The verbs that change something but what comes in: run, code, build, check, publish, serve."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.commands.output import print_json

if TYPE_CHECKING:
    from flows.settings import Settings

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document for programs.")]
Paths = Annotated[
    list[Path] | None, typer.Option("--path", "-p", help="A file or folder of documents; can be repeated.")
]
Sources = Annotated[list[str] | None, typer.Option("--source", "-s", help="A declared source; can be repeated.")]


def run(
    path: Paths = None,
    source: Sources = None,
    recode: Annotated[
        bool, typer.Option(help="Show which events a changed dictionary gained, lost or coded otherwise.")
    ] = False,
    rebuild: Annotated[bool, typer.Option(help="Build, check and publish even if nothing changed.")] = False,
    as_json: Json = False,
) -> int:
    """Ingest, code, build, check and publish, in one Prefect flow.

    Without a path or source all declared sources are ingested. Where nothing changed since the last release
    the run ends early and says so.

    Example: comity run --path sources/samples
    """
    from flows.run import run_all
    from flows.terminal import SilentWatch, TerminalWatch, cooperation_table

    report = run_all(
        _settings(),
        path or [],
        source or [],
        recode=recode,
        rebuild=rebuild,
        watch=SilentWatch() if as_json else TerminalWatch(),
    )
    if as_json:
        print_json(report.as_dict())
        return report.exit_code
    typer.echo(_run_sentence(report))
    if recode and report.stages.get("code", {}).get("changes"):
        from flows.commands.changes import recoding_text

        typer.echo(f"\n{recoding_text(report.stages['code'])}")
    if report.release is not None:
        typer.echo(f"\n{cooperation_table(report.dyads)}")
    return report.exit_code


def code(
    source: Annotated[
        Path | None, typer.Option("--input", "-i", help="JSON lines to code instead of the warehouse.")
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Where the events of --input go.")] = None,
    recode: Annotated[
        bool, typer.Option(help="Show which events a changed dictionary gained, lost or coded otherwise.")
    ] = False,
    examples: Annotated[int, typer.Option(min=0, help="Sentences that --recode shows, before and after.")] = 5,
    as_json: Json = False,
) -> None:
    """Code what the present coder and dictionaries have not coded; or a file of JSON lines, without a warehouse.

    After a changed dictionary only documents are coded again whose words it can touch, from stored parses.
    A line is {"id", "text", "date"?, "source"?, "target"?}; with the two actors given, the relation between
    just these is coded.

    Example: comity code --input sentences.jsonl --output events.jsonl
    """
    from flows.errors import InputError

    if (source is None) != (output is None):
        raise InputError("--input and --output belong together; give both, or neither to code the warehouse")
    if source is not None and output is not None:
        from dataclasses import asdict

        from flows.code_lines import code_file

        made = code_file(source, output, _settings())
        if as_json:
            print_json(asdict(made))
        else:
            typer.echo(f"{made.events} events in {made.lines} lines, written to {output}", err=True)
            for problem in made.failed:
                typer.echo(f"  not coded: {problem}", err=True)
        return
    from flows.code import code_new
    from flows.runs import recorded_run

    settings = _settings()
    with recorded_run(settings, "code") as run, run.stage("code") as record:
        report = code_new(settings, run.run_id, recode, examples=examples)
        record.update(report.as_dict())
    if as_json:
        print_json(report.as_dict())
    else:
        typer.echo(
            f"{report.documents} documents coded, {report.documents_known} known: "
            f"{report.sentences} sentences, {report.mentions} mentions"
        )
        if report.changes is not None:
            from flows.commands.changes import recoding_text

            typer.echo(f"\n{recoding_text(report.as_dict())}")


def build(as_json: Json = False) -> None:
    """Build the marts from what was coded, and test them; a changed weight or dictionary takes effect here.

    Example: comity build
    """
    from flows.build import build as build_marts
    from flows.runs import recorded_run

    settings = _settings()
    with recorded_run(settings, "build") as run, run.stage("build") as record:
        report = build_marts(settings, unit_tests=True)
        record.update(report.counts())
    if as_json:
        print_json(report.as_dict())
        return
    counts = ", ".join(f"{count} {kind.replace('_', ' ')}s" for kind, count in report.counts().items())
    typer.echo(f"built {counts} in {report.seconds:.1f} s")
    for node in report.warnings:
        typer.echo(f"  warning: {node.name}: {node.message}", err=True)


def check(as_json: Json = False) -> int:
    """Ask whether the built marts look as usual; exits 1 where a check would stop publication.

    Example: comity check --json
    """
    from flows.alert import of_check, raise_alert, send_alerts
    from flows.check import check as check_marts
    from flows.runs import recorded_run

    settings = _settings()
    with recorded_run(settings, "check") as run, run.stage("check") as record:
        report = check_marts(settings, run.run_id)
        record.update(report.counts())
        run.outcome = "done" if report.may_publish else "withheld"
    troubles = [of_check(result) for result in (*report.stopping, *report.warnings)]
    headline = "checks passed, with warnings" if report.may_publish else "these checks would withhold publication"
    raise_alert(settings, run.run_id, headline, troubles, covered={"check:"})
    send_alerts(settings, run.run_id, headline)
    if as_json:
        print_json(report.as_dict())
    else:
        typer.echo(", ".join(f"{count} {outcome.replace('_', ' ')}" for outcome, count in report.counts().items()))
    return 0 if report.may_publish else 1


def publish(as_json: Json = False) -> int:
    """Check the marts and put them where analysts read them; exits 1 where a check withholds them.

    Example: comity publish
    """
    from flows.alert import of_check, raise_alert, send_alerts
    from flows.check import check as check_marts
    from flows.fingerprint import state_fingerprint
    from flows.notices import tell_withheld
    from flows.publish import publish as publish_marts
    from flows.runs import recorded_run

    settings = _settings()
    with recorded_run(settings, "publish") as run:
        with run.stage("check") as record:
            checked = check_marts(settings, run.run_id)
            record.update(checked.counts())
        troubles = [of_check(result) for result in (*checked.stopping, *checked.warnings)]
        if not checked.may_publish:
            run.outcome = "withheld"
            tell_withheld(settings, run.run_id, "withheld", [of_check(result).message for result in checked.stopping])
            names = ", ".join(result.check_id for result in checked.stopping)
            headline = f"publication withheld by {names}; analysts keep the last good file"
        else:
            with run.stage("publish") as record:
                outcomes = {result.check_id: result.outcome for result in checked.results}
                release = publish_marts(settings, run.run_id, checks=outcomes, fingerprint=state_fingerprint(settings))
                record.update(release.row_counts)
            run.outcome, headline = "published", "published, with warnings"
    covered = {"check:"} if run.outcome == "withheld" else {"check:", "stale:", "unpublished"}
    raise_alert(settings, run.run_id, headline, troubles, covered=covered)
    send_alerts(settings, run.run_id, headline)
    if run.outcome == "withheld":
        if as_json:
            print_json(checked.as_dict())
        return 1
    if as_json:
        print_json(release.as_dict())
    else:
        typer.echo(f"published {release.file}: {_counted(release.row_counts)}")
    return 0


def serve(
    once: Annotated[bool, typer.Option("--list", help="Only show which source would run when, and end.")] = False,
) -> None:
    """Run the declared sources on their cadence (cron) through Prefect, until stopped.

    Without a Prefect server of yours (PREFECT_API_URL) it starts one for as long as it runs.

    Example: comity serve
    """
    from flows.serve import schedule, serve_sources

    settings = _settings()
    for source_id, cadence in schedule(settings):
        typer.echo(f"{source_id}: {cadence}")
    if not once:
        serve_sources(settings)


def _settings() -> Settings:
    from flows.settings import load_settings, quiet_telemetry

    settings = load_settings()
    quiet_telemetry(settings)
    return settings


def _run_sentence(report: Any) -> str:
    if report.outcome == "published":
        text = f"Published {report.release['file']}: {_counted(report.release['row_counts'])}"
    elif report.outcome == "unchanged":
        text = f"Nothing changed since {report.release['file']}, which stays published"
    else:
        text = "Publication withheld: a check failed (above); analysts keep the last good file"
    return f"{text}. Run {report.run_id} took {report.seconds:.1f} s."


def _counted(counts: dict[str, int]) -> str:
    shown = ("documents", "event_mentions", "events", "dyad_months")
    return ", ".join(f"{counts[name]} {name.replace('_', ' ')}" for name in shown if name in counts)
