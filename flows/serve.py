"""Runs the declared sources on their cadence: each is a deployment of the one flow, served from this process.

Prefect decides when; one run goes on at a time, since one process writes the warehouse at a time.
"""

from __future__ import annotations

from typing import Any

from flows.errors import InputError
from flows.ingest import declared_sources
from flows.prefect_server import prefect_settings, start_server
from flows.settings import Settings, debugging


def schedule(settings: Settings) -> list[tuple[str, str]]:
    """The sources that have a cadence, with it; others run on demand."""
    return [(spec.source_id, spec.cadence) for spec in declared_sources(settings) if spec.cadence]


def deployments(settings: Settings) -> list[Any]:
    """A Prefect deployment for each source that has a cadence."""
    from flows.run_flow import comity_run

    return [
        comity_run.to_deployment(
            name=source_id,
            cron=cadence,
            parameters={"source_ids": [source_id]},
            description=f"Run source {source_id} and publish",
        )
        for source_id, cadence in schedule(settings)
    ]


def serve_sources(settings: Settings) -> None:
    """Serve until the process is stopped."""
    if not schedule(settings):
        raise InputError(
            f"no source in {settings.sources_dir} has a cadence; "
            "give one a line such as `cadence: 0 6 * * *`, or use `comity run` on demand"
        )
    server = start_server(settings, debug=debugging(), lasting=True)
    try:
        server.wait()
        with prefect_settings(server):
            from prefect import serve

            serve(*deployments(settings), limit=1)
    finally:
        server.stop()
