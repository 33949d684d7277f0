"""Settings: defaults that work, and errors that name the variable and the repair."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from flows.errors import SettingsError
from flows.settings import Settings, describe, load_settings, quiet_telemetry


def test_defaults_are_absolute_and_of_this_project(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, project: Path
) -> None:
    monkeypatch.delenv("COMITY_HOME")
    monkeypatch.chdir(tmp_path)
    settings = load_settings()
    assert settings.home == tmp_path / "data"
    assert settings.dictionaries_dir == project / "dbt_project" / "seeds"
    assert settings.workers >= 1
    assert settings.warehouse_path.parent == settings.home
    with pytest.raises(ValueError):
        settings.workers = 3  # type: ignore[misc]


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("COMITY_WORKERS", "many"),
        ("COMITY_WORKERS", "0"),
        ("COMITY_KEEP_RELEASES", "-1"),
        ("COMITY_LOG_LEVEL", "LOUD"),
        ("COMITY_LOG_JSON", "perhaps"),
        ("COMITY_LOCK_TIMEOUT", "soon"),
    ],
)
def test_bad_value_is_named(variable: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    message = str(caught.value)
    assert variable in message and value in message and "unset it" in message and "\n" not in message


def test_misspelled_variable_is_refused_and_foreign_ones_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMITY_SOMETHING_ELSE_ENTIRELY", "1")
    load_settings()
    monkeypatch.setenv("COMITY_WORKER", "2")
    with pytest.raises(SettingsError, match="did you mean COMITY_WORKERS"):
        load_settings()


def test_empty_value_means_default_and_case_of_level_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMITY_WORKERS", "")
    monkeypatch.setenv("COMITY_LOG_LEVEL", "debug")
    settings = load_settings()
    assert settings.workers >= 1 and settings.log_level == "DEBUG"


def test_every_setting_is_described(settings: Settings) -> None:
    rows = describe(settings)
    assert {row[0] for row in rows} == {"COMITY_" + name.upper() for name in Settings.model_fields}
    assert all(meaning and default for _, _, default, meaning in rows)


def test_quiet_telemetry_leaves_what_the_user_chose(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_HOME", "/chosen")
    monkeypatch.delenv("DO_NOT_TRACK")
    quiet_telemetry(settings)
    assert os.environ["PREFECT_HOME"] == "/chosen"
    assert os.environ["DO_NOT_TRACK"] == "1"
    assert os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
    assert os.environ["DBT_SEND_ANONYMOUS_USAGE_STATS"] == "false"
