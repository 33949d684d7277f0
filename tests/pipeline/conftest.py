"""One built warehouse for all tests of what comes after the build; each test works on its own copy."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from flows import cli
from flows.build import build
from flows.prefect_server import drain, start_server
from flows.settings import Settings
from tests.world import land


@pytest.fixture(scope="session")
def _built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = Settings(home=tmp_path_factory.mktemp("built") / "home")
    land(settings)
    build(settings)
    return settings.home


@pytest.fixture
def built(_built: Path, settings: Settings) -> Settings:
    """The settings of this test, whose home holds a small built world."""
    shutil.copytree(_built, settings.home)
    return settings


@pytest.fixture
def fresh(_built: Path, settings: Settings) -> Settings:
    """A home without data, where dbt remembers how its project parses: that alone costs seconds."""
    shutil.copytree(_built / "build", settings.build_dir)
    return settings


@pytest.fixture(scope="session")
def _api_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = start_server(Settings(home=tmp_path_factory.mktemp("api")))
    server.wait()
    yield server.url
    drain(server, None, 0)
    server.stop()


@pytest.fixture
def api(_api_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A Prefect server that runs already, as a team has it; starting one per test would cost seconds each."""
    monkeypatch.setenv("PREFECT_API_URL", _api_url)
    return _api_url


@pytest.fixture
def comity(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str, str]]:
    """The command line, called in this process: its exit code, and what it wrote to both streams."""

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["comity", *arguments])
        code = cli._call()
        out, err = capfd.readouterr()
        return code, out, err

    return call
