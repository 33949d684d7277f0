"""A home of its own for each benchmark, and `comity` run in it as a user would."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.corpora import PROJECT


@contextmanager
def fresh_home() -> Iterator[Path]:
    """A folder that is a home while the block runs."""
    with tempfile.TemporaryDirectory(prefix="comity-bench-") as folder:
        yield Path(folder)


def environment(home: Path, **more: str) -> dict[str, str]:
    """The environment without anybody's settings of Comity, Prefect or dbt, and with this home."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("COMITY_", "PREFECT_", "DBT_"))}
    return kept | {"COMITY_HOME": str(home)} | more


def comity(*arguments: str, env: dict[str, str]) -> None:
    """Run the command to its end; a failure shows what it said."""
    script = Path(sys.executable).with_name("comity")
    command = [str(script)] if script.exists() else [sys.executable, "-m", "flows.cli"]
    run([*command, *arguments], env)


def python(code: str, env: dict[str, str]) -> None:
    """Run a line of Python in a process of its own."""
    run([sys.executable, "-c", code], env)


def run(command: list[str], env: dict[str, str]) -> None:
    done = subprocess.run(command, cwd=PROJECT, env=env, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip()
        raise RuntimeError(f"{' '.join(command[1:])} ended with {done.returncode}: {said[-2000:]}")


def use(home: Path) -> None:
    """Let this process itself live in `home`: for benchmarks that call flows without the command."""
    for name in [name for name in os.environ if name.startswith(("COMITY_", "PREFECT_"))]:
        del os.environ[name]
    os.environ["COMITY_HOME"] = str(home)
