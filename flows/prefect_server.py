"""A Prefect API for a run that has none: its own, small, started at once and gone with the run.

Prefect starts a temporary server by itself, but late, from a process that first imports the whole server,
and with work that one run has no use for (block types of every installed collection, a UI, ten background
services): 15 to 25 seconds on two cores. Here the same server starts in a process of its own while ours
still imports, without that work, on a database whose migrations ran once. Where PREFECT_API_URL is set
nothing is started.

Run as `python -m flows.prefect_server` the module is that server; `--prepare` only builds the database
template.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from flows.errors import ComityError
from flows.settings import Settings, export, prefect_api_url, prefect_home, quiet_telemetry

_START_SECONDS = 90.0  # a first start migrates an empty database: 10 s alone, several times that on a busy machine
_STOP_SECONDS = 5.0
_SETTLE_SECONDS = 2.0  # the server writes task states in batches
_DATABASE = "prefect.db"
_LEAVE = b"q"


class ApiServer:
    """The server of one run, or a stand-in that does nothing where the user has named one."""

    def __init__(self, process: subprocess.Popen[bytes] | None, url: str) -> None:
        self.process = process
        self.url = url

    def wait(self) -> None:
        """Return when the API answers."""
        if self.process is None:
            return
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise ComityError(
                    f"Prefect's server ended at once (exit {self.process.returncode}); "
                    "COMITY_DEBUG=1 shows what it printed"
                )
            with contextlib.suppress(urllib.error.URLError, OSError):
                urllib.request.urlopen(f"{self.url}/health", timeout=2).close()
                return
            time.sleep(0.05)
        raise ComityError(
            f"Prefect's server did not answer within {_START_SECONDS:.0f} s; "
            "run again on a quieter machine or set PREFECT_API_URL to a running server"
        )

    def stop(self) -> None:
        """End the server at once: `drain` has seen to it that everything is written."""
        if self.process is None:
            return
        if self.process.stdin:
            with contextlib.suppress(OSError):
                self.process.stdin.write(_LEAVE)
                self.process.stdin.close()
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start_server(settings: Settings, *, debug: bool = False, lasting: bool = False) -> ApiServer:
    """Start the server of this run and return without waiting for it; a lasting one also schedules."""
    quiet_telemetry(settings)
    prefect_home().mkdir(parents=True, exist_ok=True)  # before Prefect is imported: it warns where it cannot
    url = prefect_api_url()
    if url:
        return ApiServer(None, url)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    port = int(listener.getsockname()[1])
    os.set_inheritable(listener.fileno(), True)
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "flows.prefect_server", "--fd", str(listener.fileno())),
            *(["--lasting"] if lasting else []),
        ],
        cwd=Path(__file__).resolve().parents[1],
        stdin=subprocess.PIPE,
        stdout=None if debug else subprocess.DEVNULL,
        stderr=None if debug else subprocess.DEVNULL,
        pass_fds=[listener.fileno()],
    )
    listener.close()
    return ApiServer(process, f"http://127.0.0.1:{port}/api")


@contextlib.contextmanager
def prefect_settings(server: ApiServer) -> Iterator[None]:
    """Inside the block Prefect talks to `server`; nothing is written into the environment."""
    from prefect import settings as prefect

    updates: dict[Any, Any] = {
        # on a server of one run nobody waits for a sign of life, and ending that thread takes a second
        prefect.PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None,
    }
    if server.process is not None:
        updates[prefect.PREFECT_API_URL] = server.url
    with prefect.temporary_settings(updates=updates):
        yield


def drain(server: ApiServer, flow_run_id: str | None, task_count: int) -> None:
    """Send what Prefect's workers still hold, and let a server of our own write down the last task states.

    Log lines and task states leave in the background; without a server they would be retried for minutes.
    """
    if server.process is None:
        return  # a lasting server gets them as our process ends
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogWorker

    for worker in (EventsWorker, APILogWorker):
        worker.drain_all(timeout=_STOP_SECONDS)
    if flow_run_id is None:
        return
    query = {
        "task_runs": {
            "flow_run_id": {"any_": [flow_run_id]},
            "state": {"type": {"any_": ["COMPLETED", "FAILED", "CRASHED", "CANCELLED"]}},
        }
    }
    request = urllib.request.Request(
        f"{server.url}/task_runs/count", json.dumps(query).encode(), {"Content-Type": "application/json"}
    )
    deadline = time.monotonic() + _SETTLE_SECONDS
    with contextlib.suppress(urllib.error.URLError, OSError, ValueError):
        while time.monotonic() < deadline:
            with urllib.request.urlopen(request, timeout=2) as answer:
                if int(answer.read()) >= task_count:
                    return
            time.sleep(0.05)


def template_path(home: Path) -> Path:
    """Where the migrated, empty database of this Prefect version is kept: with the installation if it can."""
    name = f"prefect-{version('prefect')}.db"
    shared = Path(sys.prefix) / "share" / "comity"
    with contextlib.suppress(OSError):
        shared.mkdir(parents=True, exist_ok=True)
        if os.access(shared, os.W_OK) or (shared / name).exists():
            return shared / name
    return home / name


def prepare_template(home: Path) -> Path:
    """Build the template if it is missing; a migration of all of Prefect's history takes ten seconds."""
    target = template_path(home)
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f"{target.name}.{os.getpid()}.tmp")
    from prefect.settings import PREFECT_API_DATABASE_CONNECTION_URL, temporary_settings

    async def migrate() -> None:
        from prefect.server.database import provide_database_interface

        interface = provide_database_interface()
        await interface.create_db()
        engine = await interface.engine()
        await engine.dispose()

    try:
        with temporary_settings({PREFECT_API_DATABASE_CONNECTION_URL: f"sqlite+aiosqlite:///{draft}"}):
            asyncio.run(migrate())
        _checkpoint(draft)
        draft.replace(target)
    finally:
        for leftover in target.parent.glob(f"{draft.name}*"):
            leftover.unlink(missing_ok=True)
    return target


def _checkpoint(path: Path) -> None:
    """Fold the write-ahead log into the file, so that the file alone is the database."""
    import sqlite3

    with contextlib.closing(sqlite3.connect(path)) as con:
        con.execute("pragma wal_checkpoint(truncate)")
        con.execute("pragma journal_mode=delete")


def _provide_database(home: Path) -> None:
    """Give a new home a migrated database by copying the template."""
    database = home / _DATABASE
    if database.exists():
        return
    home.mkdir(parents=True, exist_ok=True)
    template = template_path(home)
    if not template.exists():
        # in a process of its own: Prefect keeps the first database it connected to
        subprocess.run([sys.executable, "-m", "flows.prefect_server", "--prepare"], check=True)
    draft = database.with_name(f"{_DATABASE}.{os.getpid()}.tmp")
    shutil.copyfile(template, draft)
    draft.replace(database)


def _follow_parent() -> None:
    """Return when standard input ends, because the parent died; leave at once when it says so."""
    while byte := sys.stdin.buffer.read(1):
        if byte == _LEAVE:
            os._exit(0)  # an orderly shutdown of all services takes two seconds and saves nothing


def _serve(fd: int, lasting: bool) -> None:
    from prefect import settings as prefect

    home = prefect.PREFECT_HOME.value()
    if prefect.PREFECT_API_DATABASE_CONNECTION_URL.value() == f"sqlite+aiosqlite:///{home / _DATABASE}":
        _provide_database(home)
    with prefect.temporary_settings(
        {
            prefect.PREFECT_API_BLOCKS_REGISTER_ON_START: False,
            prefect.PREFECT_MEMOIZE_BLOCK_AUTO_REGISTRATION: False,  # it would import every collection
            prefect.PREFECT_UI_ENABLED: False,
            prefect.PREFECT_SERVER_ANALYTICS_ENABLED: False,
        }
    ):
        import uvicorn
        from prefect.server.api.server import create_app

        app = create_app(ephemeral=not lasting, final=True)  # the scheduler only lives in a lasting one
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="on"))

        def end_with_parent() -> None:
            _follow_parent()
            server.should_exit = True
            time.sleep(_STOP_SECONDS)
            os._exit(1)  # a shutdown that hangs must not outlive the run

        threading.Thread(target=end_with_parent, daemon=True).start()
        server.run(sockets=[socket.socket(fileno=fd)])


def main() -> None:
    """Be the server of one run, or prepare the database template."""
    parser = argparse.ArgumentParser(description="the Prefect API of one run of Comity")
    parser.add_argument("--fd", type=int, help="file descriptor of the bound socket to serve on")
    parser.add_argument("--lasting", action="store_true", help="with all services, the scheduler among them")
    parser.add_argument("--prepare", action="store_true", help="build the database template and end")
    args = parser.parse_args()
    if args.prepare:
        # at installation there is no home yet, and none is wanted
        with tempfile.TemporaryDirectory() as scratch:
            export(PREFECT_HOME=scratch)
            quiet_telemetry()
            prepare_template(Path(scratch))
        return
    quiet_telemetry()
    if args.fd is not None:
        _serve(args.fd, args.lasting)
    else:
        parser.error("name --fd or --prepare")


if __name__ == "__main__":
    main()
