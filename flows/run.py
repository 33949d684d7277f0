"""All stages in order, as one Prefect flow: `comity run`.

This module prepares and ends what the flow needs (a Prefect API, imports that take seconds, the summary);
the flow itself, which Prefect also starts on schedule, is in flows/run_flow.py and imported only when one
is really run.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flows.build import warm_up
from flows.errors import ComityError, NothingPublishedError
from flows.prefect_server import drain, prefect_settings, start_server
from flows.publish import current_release
from flows.settings import Settings, debugging
from flows.terminal import SilentWatch, Watch
from flows.warehouse import open_published

DYADS_SHOWN = 12


@dataclass
class RunReport:
    """What a run came to; the summary and `--json` are made of it."""

    run_id: str = ""
    outcome: str = "failed"  # published, unchanged, withheld, failed
    stages: dict[str, dict[str, Any]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    release: dict[str, Any] | None = None
    dyads: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def exit_code(self) -> int:
        """1 where a check withheld publication."""
        return 1 if self.outcome == "withheld" else 0

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "run_id": self.run_id,
            "outcome": self.outcome,
            "seconds": self.seconds,
            "stages": self.stages,
            "problems": self.problems,
            "release": self.release,
            "dyads": self.dyads,
        }


class Live:
    """What the flow shares with whoever called it in this process; a scheduled run makes its own.

    No dataclass: Prefect looks into those for futures whenever one is handed to a task.
    """

    def __init__(self, settings: Settings, watch: Watch) -> None:
        self.settings = settings
        self.watch = watch
        self.report = RunReport()
        self.error: Exception | None = None
        self.flow_run_id: str | None = None
        self.task_count = 0


def run_all(
    settings: Settings,
    paths: Sequence[Path] = (),
    source_ids: Sequence[str] = (),
    *,
    recode: bool = False,
    rebuild: bool = False,
    watch: Watch | None = None,
) -> RunReport:
    """Ingest, code, build, check and publish; without paths or sources, all declared sources are ingested."""
    for path in paths:
        if not path.exists():  # before a server is started for nothing
            raise ComityError(f"there is no file or folder at {path}; check the path")
    live = Live(settings, watch or SilentWatch())
    server = start_server(settings, debug=debugging())
    try:
        with live.watch.stage("start Prefect") as stage:
            if server.process is not None:
                import prefect  # noqa: F401

                if rebuild or recode or current_release(settings) is None:
                    warm_up()  # there will be a build, and the server is still importing on another core
                server.wait()
            stage.result(server.url if server.process is None else "a server of this run's own")
        with prefect_settings(server), _quiet_console(settings):
            from flows.run_flow import comity_run, sharing

            with sharing(live):
                comity_run(
                    [str(path) for path in paths],
                    list(source_ids),
                    recode=recode,
                    rebuild=rebuild,
                    return_state=True,
                )
            drain(server, live.flow_run_id, live.task_count)
    finally:
        server.stop()
    if live.error is not None:
        raise live.error
    live.report.dyads = cooperation(settings)
    return live.report


def cooperation(settings: Settings, limit: int = DYADS_SHOWN) -> list[dict[str, Any]]:
    """The dyads with most events of the published file, both directions together."""
    try:
        with open_published(settings) as con:
            result = con.execute(
                """
                select
                    least(source_actor, target_actor) || '-' || greatest(source_actor, target_actor) as dyad,
                    count(*) as event_count,
                    cast(sum(mention_count) as bigint) as mention_count,
                    count(*) filter (where quad_class in (1, 2)) as coop_count,
                    count(*) filter (where quad_class in (3, 4)) as conf_count,
                    (coop_count - conf_count) / nullif(coop_count + conf_count, 0) as net_ratio,
                    cast(min(event_date) as text) as first_date,
                    cast(max(event_date) as text) as last_date
                from events
                where source_actor <> target_actor and '---' not in (source_actor, target_actor)
                group by dyad order by event_count desc, dyad limit ?
                """,
                [limit],
            )
            names = [column[0] for column in result.description]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    except NothingPublishedError:
        return []


@contextmanager
def _quiet_console(settings: Settings) -> Iterator[None]:
    """Keep Prefect's own lines off the terminal, where our stages stand; its API gets them all."""
    from prefect.logging.handlers import PrefectConsoleHandler

    handlers = {
        handler
        for name in ("", *logging.root.manager.loggerDict)
        for handler in logging.getLogger(name).handlers
        if isinstance(handler, PrefectConsoleHandler)
    }
    before = {handler: handler.level for handler in handlers}
    prefect_logger = logging.getLogger("prefect")
    propagate, prefect_logger.propagate = (
        prefect_logger.propagate,
        False,
    )  # a library may have set up the root
    if settings.log_level != "DEBUG":
        for handler in handlers:
            handler.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        prefect_logger.propagate = propagate
        for handler, level in before.items():
            handler.setLevel(level)
