"""Who is told of what, and by which way: the one place that knows the transports and their secrets.

Either COMITY_ALERTS, which is one group that is told of everything, or a file with groups, named by
COMITY_ALERTS_FILE. In a group each transport is the reserve of those before it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from flows.alerts.redact import Redactor
from flows.errors import SettingsError
from flows.settings import Settings, fill

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://.")
LOG = "log"  # the audience that sees the output of the run; every alert is told to it


@dataclass(frozen=True)
class Transport:
    """One way to people; its URL may hold secrets, its name does not."""

    name: str
    url: str = field(repr=False)


@dataclass(frozen=True)
class Group:
    """Some people, what they want to hear of, and the ways to them in order."""

    name: str
    severities: frozenset[str]
    transports: tuple[Transport, ...]


@dataclass(frozen=True)
class Routes:
    """All groups, how long the same alert stays quiet, and what must never be shown."""

    groups: tuple[Group, ...]
    quiet: timedelta
    redactor: Redactor = field(repr=False)


class _TransportSpec(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    url: str = Field(min_length=1)
    name: str | None = Field(None, min_length=1, max_length=60)


class _GroupSpec(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    name: str = Field(min_length=1, max_length=60)
    severities: list[Literal["stop", "warn"]] = Field(["stop", "warn"], min_length=1)
    transports: list[_TransportSpec] = Field(min_length=1)


class _FileSpec(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    quiet_hours: float | None = Field(None, ge=0, le=8_760)
    groups: list[_GroupSpec] = Field(min_length=1)


def routes(settings: Settings) -> Routes:
    """The groups as they are set, or one sentence about what is wrong; never with a URL in it."""
    text = settings.alerts.get_secret_value().strip()
    if text and settings.alerts_file is not None:
        raise SettingsError("COMITY_ALERTS and COMITY_ALERTS_FILE are both set; keep one")
    quiet = settings.alerts_quiet_hours
    if settings.alerts_file is not None:
        spec = _read(settings.alerts_file)
        if spec.quiet_hours is not None:
            quiet = spec.quiet_hours
    elif text:
        urls = re.split(r"[\s,]+(?=[A-Za-z][A-Za-z0-9+.-]*://)", text)
        ways = [_TransportSpec(url=url, name=None) for url in urls]
        spec = _FileSpec(
            quiet_hours=None, groups=[_GroupSpec(name="all", severities=["stop", "warn"], transports=ways)]
        )
    else:
        return no_routes(settings)
    return _resolved(spec, quiet, settings.alerts_file)


def no_routes(settings: Settings) -> Routes:
    """Nobody but the log."""
    return Routes((), timedelta(hours=settings.alerts_quiet_hours), Redactor())


def _read(path: Path) -> _FileSpec:
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"COMITY_ALERTS_FILE={path} cannot be read ({error.strerror}); correct the path") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" near line {mark.line + 1}" if mark else ""
        raise SettingsError(f"{path} is no YAML{where}; docs/alerts.md has an example") from None  # it would be quoted
    try:
        return _FileSpec.model_validate(content)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc'])) or 'file'}: {one['msg']}" for one in error.errors())
        raise SettingsError(f"{path}: {wrong}; docs/alerts.md has an example") from None


def _resolved(spec: _FileSpec, quiet: float, file: Path | None) -> Routes:
    groups: list[Group] = []
    names: set[str] = {LOG}
    urls: list[str] = []
    filled: list[str] = []
    for group in spec.groups:
        if group.name in {LOG, *(other.name for other in groups)}:
            raise SettingsError(f"{file}: two groups are called {group.name}; give each its own name")
        ways = []
        for number, way in enumerate(group.transports, start=1):
            where = f"{file}: transport {number} of group {group.name}" if file else f"COMITY_ALERTS: entry {number}"
            url = fill(way.url).strip()
            scheme = _SCHEME.match(url)
            if scheme is None:
                raise SettingsError(f"{where} is no URL such as mailtos://... (docs/alerts.md)")
            name = way.name or _free(f"{scheme[1].lower()} {number}", names)
            if name in names:
                raise SettingsError(f"{where}: the name {name} is taken; give each transport its own")
            names.add(name)
            urls.append(url)
            filled += [unquote(fill(found)) for found in re.findall(r"\$\{\w+\}", way.url)]
            ways.append(Transport(name, url))
        groups.append(Group(group.name, frozenset(group.severities), tuple(ways)))
    return Routes(tuple(groups), timedelta(hours=quiet), Redactor(urls, filled))


def _free(name: str, taken: set[str]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    return free
