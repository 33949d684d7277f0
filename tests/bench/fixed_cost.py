"""What `comity run` costs before it has done any work: seconds that no faster coder wins back.

Measured as a user meets it, a process from start to end, with a Prefect server of the run's own and with one that
already stands. The yardstick is a process that only imports Prefect and dbt; for `--help`, a bare interpreter.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from tests.bench.corpora import PROJECT
from tests.bench.figures import Figure, in_turn, middle, ratio, under
from tests.bench.homes import comity, environment, fresh_home, python

_ROUNDS = 3
_HELP_ROUNDS = 7
_START_SECONDS = 120.0
_IMPORTS = "import prefect, dbt.cli.main"
_TINY = "Ministers of Chile and Peru met in Lima on {day} June 2021. They signed an agreement on trade.\n"
_ALONE, _STANDING = 10.0, 4.0  # seconds a run may cost with a server of its own, and with one that stands


def measure() -> list[Figure]:
    """Help, and runs without and with a Prefect server."""
    with fresh_home() as home:
        figures = [_help(home)]
        texts = home / "texts"
        texts.mkdir()
        env = environment(home / "home")
        figures += _first_run(texts, env)
        figures += _runs(texts, env, "own server", _ALONE)
        with _server(home / "prefect") as url:
            figures += _runs(texts, environment(home / "home", PREFECT_API_URL=url), "standing server", _STANDING)
    return figures


def _help(home: Path) -> Figure:
    env = environment(home)
    seconds = in_turn({"help": lambda: comity("--help", env=env), "bare": lambda: python("pass", env)}, _HELP_ROUNDS)
    took = middle(seconds["help"])
    return Figure(
        "fixed cost", "comity --help", "a bare interpreter", ratio(seconds["help"], seconds["bare"]),
        f"{took:.2f} s", *under(took, 0.5, "s"),
    )  # fmt: skip


def _first_run(texts: Path, env: dict[str, str]) -> list[Figure]:
    """The first run of a home also creates its databases."""
    _write(texts, 1)
    seconds = in_turn({"run": lambda: comity("run", "--path", str(texts), env=env)}, 1)
    imports = in_turn({"imports": lambda: python(_IMPORTS, env)}, 1)
    took = seconds["run"][0]
    what, against = "comity run, first of a home, one tiny document", "importing Prefect and dbt"
    return [Figure("fixed cost", what, against, took / imports["imports"][0], f"{took:.1f} s")]


def _runs(texts: Path, env: dict[str, str], server: str, most: float) -> list[Figure]:
    """Runs with nothing new, and with one tiny document, in turn with the imports that any run needs."""
    comity("run", "--path", str(texts), env=env)  # a server's first run is slower than all that follow

    def with_news() -> None:
        _write(texts, len(list(texts.iterdir())) + 1)
        comity("run", "--path", str(texts), env=env)

    seconds = in_turn(
        {
            "nothing new": lambda: comity("run", "--path", str(texts), env=env),
            "one tiny document": with_news,
            "imports": lambda: python(_IMPORTS, env),
        },
        _ROUNDS,
    )
    figures = []
    for what in ("nothing new", "one tiny document"):
        took = middle(seconds[what])
        promise = under(took, most, "s") if what == "nothing new" else ()
        times = ratio(seconds[what], seconds["imports"])
        name = f"comity run, {server}, {what}"
        figures.append(Figure("fixed cost", name, "importing Prefect and dbt", times, f"{took:.1f} s", *promise))
    return figures


def _write(texts: Path, number: int) -> None:
    (texts / f"2021-06-{number:02d}-talks.txt").write_text(_TINY.format(day=number), "utf-8")


@contextlib.contextmanager
def _server(home: Path) -> Iterator[str]:
    """A Prefect server of ours on a free port, as a user would start one; ended with the block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    home.mkdir()
    env = environment(
        home, PREFECT_HOME=str(home), PREFECT_SERVER_ANALYTICS_ENABLED="false", DO_NOT_TRACK="1",
    )  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)],
        cwd=PROJECT, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    try:
        _await(f"http://127.0.0.1:{port}/api/health", process)
        yield f"http://127.0.0.1:{port}/api"
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)  # the group is its own: the session was started for it
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _await(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the Prefect server ended at once with {process.returncode}")
        with contextlib.suppress(urllib.error.URLError, OSError):
            urllib.request.urlopen(url, timeout=2).close()
            return
        time.sleep(0.1)
    raise RuntimeError(f"the Prefect server did not answer within {_START_SECONDS:.0f} s")
