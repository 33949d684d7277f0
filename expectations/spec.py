"""Reads the suites: YAML in, frozen records out; a complaint names file, key and repair.

It knows nothing of Great Expectations: whether an expectation exists is found out where it is run, and reads
there as a check that could not run.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from expectations.errors import SpecError

Severity = Literal["stop", "warn"]

ROWS_QUERY = "unexpected_rows_expectation"


class MeasureSpec(BaseModel):
    """A number by group and day whose bounds are learned; expectations/baselines.py says how."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    query: str  # SQL that reads {batch} and gives group_key, day, value
    low: float | None = None  # bounds until enough days are known; a side without one is not watched
    high: float | None = None
    least_spread: float = Field(gt=0)  # of the learned bounds, where the past is steadier than a future can be

    @model_validator(mode="after")
    def _is_bounded(self) -> MeasureSpec:
        if "{batch}" not in self.query:
            raise ValueError("measure.query must be SQL that reads from {batch}")
        if self.low is None and self.high is None:
            raise ValueError("measure needs low, high or both: the bounds until enough days are known")
        return self


class CheckSpec(BaseModel):
    """One check: what is expected, how bad it is when it fails, and why anyone should care."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    expectation: str = Field(ROWS_QUERY, pattern=r"^[a-z][a-z0-9_]*$")
    kwargs: dict[str, Any] = Field(default_factory=dict)
    measure: MeasureSpec | None = None
    severity: Severity
    reason: str = Field(min_length=20)

    @field_validator("reason")
    @classmethod
    def _one_line(cls, value: str) -> str:
        return " ".join(value.split())

    @model_validator(mode="after")
    def _query_reads_batch(self) -> CheckSpec:
        if self.measure is not None:
            if self.model_fields_set & {"expectation", "kwargs"}:
                raise ValueError("give either a measure or an expectation with its kwargs")
        elif self.expectation == ROWS_QUERY:
            query = self.kwargs.get("unexpected_rows_query")
            if not isinstance(query, str) or "{batch}" not in query:
                raise ValueError("kwargs.unexpected_rows_query must be SQL that reads from {batch}")
        return self


class SuiteSpec(BaseModel):
    """All checks of one table; `table` is the stem of its file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    table: str
    db_schema: str = Field("marts", alias="schema")
    key: tuple[str, ...] = Field(min_length=1)  # columns that name a failing row in alerts and samples
    checks: tuple[CheckSpec, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_are_unique(self) -> SuiteSpec:
        names = [check.name for check in self.checks]
        double = sorted({name for name in names if names.count(name) > 1})
        if double:
            raise ValueError(f"two checks have the name {', '.join(double)}; give each its own")
        return self


def load_suites(folder: Path) -> list[SuiteSpec]:
    """Every suite of the folder, sorted by table; raises `SpecError` with all complaints at once."""
    problems: list[str] = []
    suites: list[SuiteSpec] = []
    paths = sorted(folder.glob("*.yml"))
    if not paths:
        raise SpecError([f"{folder}: no suite (*.yml) here; set COMITY_EXPECTATIONS_DIR to the folder that has them"])
    for path in paths:
        try:
            suites.append(_load(path))
        except SpecError as error:
            problems.extend(error.problems)
    if problems:
        raise SpecError(problems)
    return suites


def _load(path: Path) -> SuiteSpec:
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SpecError([f"{path.name}: cannot be read as YAML: {' '.join(str(error).split())}"]) from error
    if not isinstance(data, dict):
        raise SpecError([f"{path.name}: must be a mapping with the keys `key` and `checks`"])
    if "table" in data:
        raise SpecError([f"{path.name}: remove `table`: the file's name is the table"])
    try:
        return SuiteSpec.model_validate({"table": path.stem, **data})
    except ValidationError as error:
        problems = [problem for problem in error.errors() if not _follows_from_others(problem, data)]
        raise SpecError([_complaint(path, data, problem) for problem in problems]) from error


def _follows_from_others(problem: Any, data: dict[str, Any]) -> bool:
    """Where each entry is refused, pydantic adds that the list is empty."""
    return problem["type"] == "too_short" and problem["loc"] == ("checks",) and bool(data.get("checks"))


def _complaint(path: Path, data: dict[str, Any], problem: Any) -> str:
    place = ".".join(str(part) for part in problem["loc"])
    where = f"{path.name}: {place}" if place else path.name
    if len(problem["loc"]) > 1 and problem["loc"][0] == "checks":
        entry = data["checks"][problem["loc"][1]]
        if isinstance(entry, dict) and entry.get("name"):
            where += f" ({entry['name']})"
    wrong = problem["msg"].removeprefix("Value error, ")
    repair = {
        "missing": "add it",
        "extra_forbidden": "no such key; remove it or correct its spelling",
        "literal_error": f"write one of {problem.get('ctx', {}).get('expected', '')}",
        "string_pattern_mismatch": "write lower case letters, digits and _",
        "string_too_short": "say in a sentence why the check exists",
    }.get(problem["type"])
    return f"{where}: {wrong[:1].lower()}{wrong[1:]}" + (f"; {repair}" if repair else "")
