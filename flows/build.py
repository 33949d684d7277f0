"""Mentions to events to intensity: runs the dbt project on the warehouse.

dbt runs inside this process (`dbtRunner`): the runner of prefect-dbt reports each node to Prefect as a
task, and at a tenth of a second for each of some hundred models and tests that costs more than the
building. The nodes and their states are kept in the report instead. What dbt writes goes to our home, never
into the project.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows import increments
from flows.errors import ComityError
from flows.settings import Settings, export, exported, load_settings, quiet_telemetry
from flows.warehouse import hold_warehouse, open_warehouse

if TYPE_CHECKING:
    from prefect.flows import Flow

Progress = Callable[[int, int], None]  # nodes done, nodes in all

_FAILED = {"error", "fail", "runtime error", "partial success"}
_NAMED_FAILURES = 3  # that an error message names; the rest is in the log


class BuildError(ComityError):
    """dbt could not build, or a test of it failed; `nodes` are those that did."""

    def __init__(self, message: str, nodes: list[NodeResult], *, only_tests: bool = False) -> None:
        super().__init__(message)
        self.nodes = nodes
        # a failed test is a check that stopped publication; anything else is a crash
        self.exit_code = 1 if only_tests else 2


@dataclass(frozen=True)
class NodeResult:
    """One seed, model or test of the project, and how it went."""

    name: str
    kind: str
    status: str
    seconds: float
    message: str | None = None

    @property
    def is_failed(self) -> bool:
        return self.status in _FAILED


@dataclass
class BuildReport:
    """What one build did."""

    nodes: list[NodeResult] = field(default_factory=list)
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    def counts(self) -> dict[str, int]:
        """How many nodes of each kind there were."""
        kinds: dict[str, int] = {}
        for node in self.nodes:
            kinds[node.kind] = kinds.get(node.kind, 0) + 1
        return kinds

    @property
    def warnings(self) -> list[NodeResult]:
        return [node for node in self.nodes if node.status == "warn"]


def warm_up() -> None:
    """Import dbt, which takes three seconds, at a time when nothing else is to do."""
    quiet_telemetry()
    import dbt.cli.main  # noqa: F401


def build(
    settings: Settings,
    *,
    progress: Progress | None = None,
    unit_tests: bool = False,
    arguments: tuple[str, ...] = (),
) -> BuildReport:
    """Seeds, models and data tests in the order of their dependencies; `arguments` go to dbt as they are.

    Unit tests try the formulas on made-up rows: needed after an edit of the project, not for each day's data.
    """
    is_part = bool(arguments)  # which leaves it to the next build to make all anew
    if not unit_tests:
        arguments = ("--exclude-resource-type", "unit_test", *arguments)
    began = time.monotonic()
    if not (settings.dbt_project_dir / "dbt_project.yml").is_file():
        raise ComityError(
            f"there is no dbt project in {settings.dbt_project_dir}; set COMITY_DBT_PROJECT_DIR to its folder"
        )
    quiet_telemetry(settings)
    export(COMITY_WAREHOUSE=str(settings.warehouse_path), COMITY_HOME=str(settings.home))
    with hold_warehouse(settings, purpose="build"):  # nothing may land between what is decided here and what is built
        with open_warehouse(settings, purpose="build") as con:
            is_full = increments.begin(con, settings)
        report = _invoke(settings, progress, ("--full-refresh", *arguments) if is_full else arguments)
        if not any(node.is_failed for node in report.nodes) and not is_part:
            with open_warehouse(settings, purpose="build") as con:
                increments.end(con, settings)
    report.seconds = round(time.monotonic() - began, 2)
    failed = [node for node in report.nodes if node.is_failed]
    if failed:
        raise BuildError(
            _failure(failed, settings),
            failed,
            only_tests=all(node.kind in ("test", "unit_test") for node in failed),
        )
    return report


@cache
def build_flow() -> Flow[..., dict[str, Any]]:
    """The Prefect flow of this stage, made when first asked for: importing Prefect takes seconds."""
    from prefect import flow

    @flow(name="comity-build")
    def comity_build() -> dict[str, Any]:
        return build(load_settings()).as_dict()

    return comity_build


def _invoke(settings: Settings, progress: Progress | None, arguments: tuple[str, ...]) -> BuildReport:
    from dbt.cli.main import dbtRunner

    total, done = 0, 0

    def listen(event: Any) -> None:
        nonlocal total, done
        if event.info.name == "ConcurrencyLine":
            total = int(event.data.node_count)
        elif event.info.name == "NodeFinished":
            done += 1
            if progress is not None:
                progress(done, max(total, done))

    target = settings.build_dir / "dbt"
    target.mkdir(parents=True, exist_ok=True)
    call = [
        "build",
        *arguments,
        *("--project-dir", str(settings.dbt_project_dir), "--profiles-dir", str(settings.dbt_project_dir)),
        *("--target-path", str(target), "--log-path", str(settings.logs_dir / "dbt")),
        *("--quiet", "--no-print", "--log-level", "none", "--no-use-colors", "--no-write-json"),
    ]
    with exported(COMITY_DBT_KEEP_OPEN="True", COMITY_BUILD_MEMORY=settings.build_memory):
        try:
            result = dbtRunner(callbacks=[listen]).invoke(call)
            if result.exception is not None and _cache_is_broken(result.exception):
                shutil.rmtree(target, ignore_errors=True)
                result = dbtRunner(callbacks=[listen]).invoke(call)
        finally:
            _close_warehouse()
    if result.exception is not None:
        raise BuildError(
            f"dbt could not read its project: {_sentence(str(result.exception))}; "
            f"repair that file of {settings.dbt_project_dir}",
            [],
        )
    return BuildReport([_node(item) for item in getattr(result.result, "results", [])])


def _close_warehouse() -> None:
    """Let go of the file, which dbt keeps open from node to node: opening a large one takes longer than most nodes."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    if DuckDBConnectionManager._ENV is not None:
        DuckDBConnectionManager._ENV.close()
    DuckDBConnectionManager.close_all_connections()


def _cache_is_broken(error: BaseException) -> bool:
    """A partial parse that a killed run left half written; without it dbt parses anew."""
    return "msgpack" in f"{type(error).__module__} {error}".lower()


def _node(item: Any) -> NodeResult:
    return NodeResult(
        name=item.node.name,
        kind=str(getattr(item.node.resource_type, "value", item.node.resource_type)),
        status=str(getattr(item.status, "value", item.status)).lower(),
        seconds=round(item.execution_time or 0.0, 3),
        message=item.message or None,
    )


def _failure(failed: list[NodeResult], settings: Settings) -> str:
    named = "; ".join(f"{node.kind} {node.name}: {_sentence(node.message)}" for node in failed[:_NAMED_FAILURES])
    more = f" and {len(failed) - _NAMED_FAILURES} more" if len(failed) > _NAMED_FAILURES else ""
    log = Path(settings.logs_dir / "dbt" / "dbt.log")
    return f"dbt stopped at {named}{more}; the statements are in {log}"


def _sentence(message: str | None) -> str:
    """The telling lines of a dbt message in one."""
    lines = [line.strip() for line in (message or "no reason given").splitlines() if line.strip()]
    return " ".join(lines[:4]).rstrip(".;")
