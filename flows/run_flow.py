"""The Prefect flow behind `comity run` and `comity serve`: one task per stage, and nothing but order.

Importing this module imports Prefect; only flows/run.py and flows/serve.py do.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.runtime import flow_run
from prefect.states import Completed, Failed, State

from expectations.suite import CheckResult
from flows.alert import Cause, Findings, met_before, of_check, raise_alert, send_alerts
from flows.build import BuildError, BuildReport, build
from flows.check import Checker, CheckReport, check
from flows.code import CodeReport, code_new
from flows.errors import ComityError, InputError
from flows.fingerprint import state_fingerprint
from flows.ingest import IngestReport, ingest_path, ingest_sources, named_sources
from flows.notices import clear_notices, rolled_back, tell_withheld
from flows.publish import Release, current_release, publish
from flows.run import Live
from flows.runs import Run, recorded_run
from flows.settings import load_settings, quiet_telemetry
from flows.terminal import SilentWatch
from sources.spec import SourceSpec

_live: ContextVar[Live | None] = ContextVar("comity_live", default=None)
# Nothing is cached or retried by Prefect: each stage knows from its tables what is left to do.
_options: dict[str, Any] = {"cache_policy": NO_CACHE, "persist_result": False}


@contextmanager
def sharing(live: Live) -> Iterator[None]:
    """Inside the block a flow of this process reports to `live`."""
    token = _live.set(live)
    try:
        yield
    finally:
        _live.reset(token)


@flow(name="comity-run", persist_result=False, validate_parameters=False)
def comity_run(
    paths: list[str] | None = None,
    source_ids: list[str] | None = None,
    recode: bool = False,
    rebuild: bool = False,
) -> State[Any]:
    """Ingest the paths or sources, code what is new, build, check, publish; stop early if nothing changed."""
    live = _live.get()
    is_attended = live is not None
    live = live or Live(load_settings(), SilentWatch())
    quiet_telemetry(live.settings)
    live.flow_run_id = str(flow_run.id)
    found = Findings(before=met_before(live.settings))
    try:
        with recorded_run(live.settings, "run") as run:
            live.report.run_id, live.report.stages = run.run_id, run.stages
            get_run_logger().info("run %s in %s", run.run_id, live.settings.home)
            try:
                run.outcome = _stages(live, run, found, paths or [], source_ids or [], recode, rebuild)
            finally:
                live.report.outcome, live.report.seconds = run.outcome, run.seconds
    except Exception as error:
        live.report.outcome, live.error = "failed", error
        _alert_failure(live, error, found, speak=not is_attended)
        _send(live, found)
        return Failed(message=str(error))
    _send(live, found)
    if run.outcome == "withheld":
        return Failed(name="Withheld", message="; ".join(live.report.problems))
    return Completed(message=f"{run.outcome} in {run.seconds} s")


def _stages(
    live: Live, run: Run, found: Findings, paths: list[str], source_ids: list[str], recode: bool, rebuild: bool
) -> str:
    arrived = _ingest_all(live, run, paths, source_ids, found)
    checker = Checker(live.settings) if arrived or recode or rebuild else None
    try:
        with live.watch.stage("code") as stage, run.stage("code") as record:
            coded = code_documents(live, run.run_id, recode, stage)
            record.update(coded.as_dict())
            stage.result(_coded(coded))
        found.covers("code")
        if coded.failed:
            found.causes.append(Cause("code", "warn", f"{coded.failed} documents could not be coded; see ops.issues"))
        fingerprint = state_fingerprint(live.settings)
        last = current_release(live.settings)
        # after a rollback the release of this very state may be the one that was taken back: it is made anew
        is_back = rolled_back(live.settings) is not None
        if last is not None and last.fingerprint == fingerprint and not rebuild and not is_back:
            live.report.release = last.as_dict()
            clear_notices(live.settings)
            found.ended_well()
            _tell(live, run, "nothing changed; some input could not be used", found)
            return "unchanged"
        with live.watch.stage("build") as stage, run.stage("build") as record:
            built = build_marts(live, stage)
            record.update(built.counts())
            stage.result(", ".join(f"{count} {kind}s" for kind, count in built.counts().items()))
        found.covers("build", "dbt:")
        found.causes += [Cause(f"dbt:{node.name}", "warn", f"{node.name}: {node.message}") for node in built.warnings]
        with live.watch.stage("check") as stage, run.stage("check") as record:
            checker = checker or Checker(live.settings)
            checked = check_marts(live, run.run_id, checker)
            record.update(checked.counts())
            stage.result(
                ", ".join(f"{count} {outcome.replace('_', ' ')}" for outcome, count in checked.counts().items())
            )
        found.covers("check:")
        found.causes += [of_check(result) for result in (*checked.stopping, *checked.warnings)]
        if not checked.may_publish:
            reasons = [of_check(result).message for result in checked.stopping]
            tell_withheld(live.settings, run.run_id, "withheld", reasons)
            names = ", ".join(result.check_id for result in checked.stopping)
            found.covers("run")
            found.ended_badly()
            _tell(live, run, f"publication withheld by {names}; analysts keep the last good file", found)
            return "withheld"
        with live.watch.stage("publish") as stage, run.stage("publish") as record:
            release = publish_marts(live, run.run_id, checked.results, fingerprint)
            record.update(release.row_counts)
            live.report.release = release.as_dict()
            stage.result(f"{release.file}, {release.row_counts.get('events', 0)} events")
        found.ended_well()
        _tell(live, run, "published, with warnings", found)
        return "published"
    finally:
        if checker is not None:
            checker.close()
        live.task_count = _count(run)


def _ingest_all(live: Live, run: Run, paths: list[str], source_ids: list[str], found: Findings) -> int:
    """Land all that was asked for; a source that cannot be read is told of and holds up no other."""
    reports: list[IngestReport] = []
    if paths:
        for path in paths:
            label = Path(path).name
            with live.watch.stage(f"ingest {label}") as stage, run.stage(f"ingest {label}") as record:
                reports.append(land_path(live, label, path, run.run_id, stage))
                record.update(reports[-1].as_dict())
                stage.result(_ingested(reports[-1:]))
    else:
        specs = named_sources(live.settings, source_ids)
        if not specs:
            raise InputError(
                f"no source is declared in {live.settings.sources_dir}; "
                "name documents with --path or declare a source there"
            )
        label = specs[0].source_id if len(specs) == 1 else f"{len(specs)} sources"
        with live.watch.stage(f"ingest {label}") as stage:
            reports = land_sources(live, label, specs, run.run_id, stage)
            stage.result(_ingested(reports))
        run.stages.update({f"ingest {report.source_id}": report.as_dict() for report in reports})
    for report in reports:
        if report.error:
            found.causes.append(Cause(f"source:{report.source_id}", "warn", report.error))
            continue
        found.covers(f"source:{report.source_id}", f"issues:{report.source_id}")
        if report.problems:
            shown = "; ".join(report.problems[:3])
            found.causes.append(
                Cause(f"issues:{report.source_id}", "warn", f"{len(report.problems)} not used: {shown}")
            )
    if all(report.error for report in reports):
        raise ComityError(reports[0].error or "nothing was read")
    return sum(report.documents_new + report.rows_new for report in reports)


@task(task_run_name="ingest {label}", **_options)
def land_path(live: Live, label: str, path: str, run_id: str, stage: Any) -> IngestReport:
    """Land one path."""
    return ingest_path(live.settings, Path(path), None, run_id, progress=stage.progress)


@task(task_run_name="ingest {label}", **_options)
def land_sources(live: Live, label: str, specs: list[SourceSpec], run_id: str, stage: Any) -> list[IngestReport]:
    """Land declared sources, side by side where they are fetched."""
    reports = ingest_sources(live.settings, specs, run_id, progress=stage.progress)
    logger = get_run_logger()
    for report in reports:
        logger.info("%s: %s", report.source_id, report.error or _ingested([report]))
    return reports


@task(name="code new documents", task_run_name="code new documents", **_options)
def code_documents(live: Live, run_id: str, recode: bool, stage: Any) -> CodeReport:
    """Code every document that the present coder has not coded."""
    return code_new(live.settings, run_id, recode, progress=stage.progress)


@task(name="build marts", task_run_name="build marts", **_options)
def build_marts(live: Live, stage: Any) -> BuildReport:
    """Run the dbt project; its nodes and their seconds go to the log of this task."""
    report = build(live.settings, progress=stage.progress)
    logger = get_run_logger()
    for node in report.nodes:
        logger.info("%s %s: %s in %.2f s", node.kind, node.name, node.status, node.seconds)
    return report


@task(name="check marts", task_run_name="check marts", **_options)
def check_marts(live: Live, run_id: str, checker: Checker) -> CheckReport:
    """Run the expectations."""
    report = check(live.settings, run_id, checker=checker)
    for result in report.results:
        get_run_logger().info("%s: %s", result.check_id, result.outcome)
    return report


@task(name="publish marts", task_run_name="publish marts-{run_id}", **_options)
def publish_marts(live: Live, run_id: str, results: list[CheckResult], fingerprint: str) -> Release:
    """Write the release and point the link at it."""
    outcomes = {result.check_id: result.outcome for result in results}
    return publish(live.settings, run_id, checks=outcomes, fingerprint=fingerprint)


def _tell(live: Live, run: Run, headline: str, found: Findings) -> None:
    """Keep and log what was found; it is delivered when the run has ended."""
    live.report.problems = [cause.message for cause in found.causes]
    found.headline = headline
    if live.report.problems and headline.startswith("publication withheld"):
        live.report.problems.insert(0, headline)
    raise_alert(live.settings, run.run_id, headline, found)


def _send(live: Live, found: Findings) -> None:
    live.report.problems += send_alerts(live.settings, live.report.run_id, found.headline).warnings


def _alert_failure(live: Live, error: Exception, found: Findings, *, speak: bool) -> None:
    """A run that broke is told of like one that was stopped."""
    cause = Cause("build" if isinstance(error, BuildError) else "run", "stop", str(error) or type(error).__name__)
    with suppress(OSError):  # a full disk, perhaps: the alert below still tells
        tell_withheld(live.settings, live.report.run_id or "unknown", "failed", [cause.message])
    found.headline = "run failed; the published file is as it was"
    found.causes.append(cause)
    found.ended_badly()
    raise_alert(live.settings, live.report.run_id or "unknown", found.headline, found, speak=speak)


def _count(run: Run) -> int:
    return len(run.stages)


def _ingested(reports: list[IngestReport]) -> str:
    documents = [sum(getattr(report, f"documents_{kind}") for report in reports) for kind in ("new", "known")]
    rows = [sum(getattr(report, f"rows_{kind}") for report in reports) for kind in ("new", "known")]
    parts = [f"{documents[0]} new documents, {documents[1]} known"] if any(documents) or not any(rows) else []
    parts += [f"{rows[0]} new rows of event data, {rows[1]} known"] if any(rows) else []
    if problems := sum(len(report.problems) for report in reports):
        parts.append(f"{problems} not used")
    if failed := [report.source_id for report in reports if report.error]:
        parts.append(f"failed: {', '.join(failed)}")
    return ", ".join(parts)


def _coded(report: CodeReport) -> str:
    kept = report.documents_untouched + report.documents_restored
    spared = f"{kept} keep their coding under the changed dictionaries" if kept else ""
    if not report.documents and not report.failed:
        return spared or "nothing new"
    text = f"{report.documents} documents, {report.sentences} sentences, {report.mentions} mentions"
    return f"{text}; {spared}" if spared else text
