"""The quality page of a run: every check with its outcome, its past runs, its reason and the rows that failed it.

One HTML file that needs nothing beside it and no network: it can be mailed, archived, or read years later. Each run
has its own in COMITY_HOME/quality, and index.html is the newest. What it shows is read from `ops`, so that a page can
be made again at any time; all of it is text from outside and is escaped.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.errors import InputError
from flows.settings import Settings
from flows.warehouse import open_warehouse

if TYPE_CHECKING:
    import duckdb
    from jinja2 import Template

HISTORY_RUNS = 30  # as many as are read at a glance, and as many pages as are kept
_MOST_GROUPS = 6  # lines of a measuring check that are drawn
_RANK = {"could_not_run": 0, "failed": 1, "passed": 2}
_WIDTH, _HEIGHT, _EDGE = 240, 40, 3


@dataclass(frozen=True)
class Line:
    """One group of a measuring check: its present value in its bounds, and its values of past runs as a drawing."""

    group_key: str
    value: str
    low: str
    high: str
    basis: str
    is_outside: bool
    points: str  # of an SVG polyline
    band: str  # of an SVG polygon: from the low to the high bounds


@dataclass(frozen=True)
class Past:
    """The outcome of a check in an earlier run."""

    run_id: str
    outcome: str
    text: str


@dataclass(frozen=True)
class Entry:
    """One check of the run."""

    check_id: str
    severity: str
    outcome: str
    reason: str
    observed: str
    error: str
    failing_count: int | None
    columns: list[str]
    rows: list[list[str]]
    history: list[Past]
    lines: list[Line]
    since: str  # when it began not to pass, by the runs that are shown


@dataclass
class Page:
    """What the template shows."""

    run_id: str
    checked_at: str
    entries: list[Entry] = field(default_factory=list)
    runs: list[tuple[str, str, bool]] = field(default_factory=list)  # id, time, whether its page is there

    @property
    def stopping(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.severity == "stop" and entry.outcome != "passed"]

    @property
    def counts(self) -> dict[str, int]:
        return {
            name: sum(entry.outcome == name for entry in self.entries) for name in ("passed", "failed", "could_not_run")
        }


def quality_dir(settings: Settings) -> Path:
    """Where the pages are."""
    return settings.home / "quality"


def write_page(settings: Settings, run_id: str | None = None) -> Path:
    """Make the page of a run, by default the last one that checked, and the index if it is the newest."""
    folder = quality_dir(settings)
    with open_warehouse(settings, purpose="quality page") as con:
        page = read_page(con, run_id, folder)
    text = template().render(page=page, most_runs=HISTORY_RUNS)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{page.run_id}.html"
    _replace(path, text)
    if page.runs[-1][0] == page.run_id:
        _replace(folder / "index.html", text)
    pages = sorted(file for file in folder.glob("*.html") if file.name != "index.html")
    for old in pages[:-HISTORY_RUNS]:  # run ids sort by time
        if old != path:
            old.unlink(missing_ok=True)
    return path


def read_page(con: duckdb.DuckDBPyConnection, run_id: str | None, folder: Path) -> Page:
    """All that the page of a run shows."""
    known = con.execute(
        "select run_id, max(checked_at) as checked_at from ops.check_results group by run_id order by 2, 1"
    ).fetchall()
    if not known:
        raise InputError("nothing has been checked yet; `comity check` checks what was built")
    names = [row[0] for row in known]
    chosen = run_id or names[-1]
    if chosen not in names:
        raise InputError(f"run {chosen} checked nothing; the last that did is {names[-1]}")
    shown = known[max(0, names.index(chosen) + 1 - HISTORY_RUNS) : names.index(chosen) + 1]
    page = Page(chosen, _time(shown[-1][1]))
    page.runs = [
        (name, _time(at), name == chosen or (folder / f"{name}.html").is_file()) for name, at in known[-HISTORY_RUNS:]
    ]
    ids = [row[0] for row in shown]
    times = {name: _time(at) for name, at in shown}
    results = _by(con, "ops.check_results", ids, "check_id", "run_id")
    measures = _by(con, "ops.check_measures", ids, "check_id", "group_key", "run_id")
    for check_id, runs in results.items():
        if chosen in runs:
            page.entries.append(_entry(runs, ids, times, chosen, measures.get(check_id, {})))
    page.entries.sort(key=lambda entry: (_RANK[entry.outcome] == 2, entry.severity != "stop", entry.check_id))
    return page


@cache
def template() -> Template:
    """The page's template; it escapes whatever it is given."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("quality.html")


def _entry(
    runs: dict[str, dict[str, Any]],
    ids: list[str],
    times: dict[str, str],
    chosen: str,
    groups: dict[str, dict[str, dict[str, Any]]],
) -> Entry:
    now = runs[chosen]
    sample = json.loads(now["failing_sample"]) if now["failing_sample"] else []
    columns = list(dict.fromkeys(name for row in sample for name in row))
    history = [Past(name, runs[name]["outcome"], _past(runs[name], times[name])) for name in ids if name in runs]
    bad = []
    for past in reversed(history):
        if past.outcome == "passed":
            break
        bad.append(past.run_id)
    present = {key: rows for key, rows in groups.items() if chosen in rows}
    ordered = sorted(
        present, key=lambda key: (not present[key][chosen]["is_outside"], -(present[key][chosen]["value"] or 0), key)
    )
    return Entry(
        now["check_id"],
        now["severity"],
        now["outcome"],
        now["reason"] or "",
        now["observed"] or "",
        now["error"] or "",
        now["failing_count"],
        columns,
        [[_text(row.get(name)) for name in columns] for row in sample],
        history,
        [_line(key, present[key], ids, chosen) for key in ordered[:_MOST_GROUPS]],
        times[bad[-1]] if bad else "",
    )


def _line(group_key: str, rows: dict[str, dict[str, Any]], ids: list[str], chosen: str) -> Line:
    told = [rows[name] for name in ids if name in rows]
    heights = [row[name] for row in told for name in ("value", "low", "high") if row[name] is not None]
    lowest, highest = min([0.0, *heights]), max([*heights, 0.0])

    def place(number: int, value: float) -> str:
        across = _EDGE + (_WIDTH - 2 * _EDGE) * (number / max(len(told) - 1, 1))
        up = (value - lowest) / ((highest - lowest) or 1)
        return f"{across:.1f},{_HEIGHT - _EDGE - (_HEIGHT - 2 * _EDGE) * up:.1f}"

    def side(name: str, otherwise: float) -> list[str]:
        return [place(number, otherwise if row[name] is None else row[name]) for number, row in enumerate(told)]

    now = rows[chosen]
    return Line(
        group_key,
        _text(now["value"]),
        _text(now["low"]),
        _text(now["high"]),
        "declared" if now["basis"] == "declared" else f"learned from {now['history_days']} {now['basis']}",
        now["is_outside"],
        " ".join(place(number, row["value"]) for number, row in enumerate(told) if row["value"] is not None),
        " ".join([*side("high", highest), *reversed(side("low", lowest))]),
    )


def _past(row: dict[str, Any], at: str) -> str:
    what = row["error"] if row["outcome"] == "could_not_run" else row["observed"]
    return f"{at} UTC, run {row['run_id']}: {row['outcome'].replace('_', ' ')}" + (f", {what}" if what else "")


def _by(con: duckdb.DuckDBPyConnection, table: str, run_ids: list[str], *keys: str) -> dict[str, Any]:
    """The rows of these runs, in dictionaries by one key inside the other."""
    cursor = con.execute(f"select * from {table} where run_id in (select unnest(?::text[])) order by all", [run_ids])
    names = [column[0] for column in cursor.description or []]
    found: dict[str, Any] = {}
    for values in cursor.fetchall():
        row = dict(zip(names, values, strict=True))
        place = found
        for key in keys[:-1]:
            place = place.setdefault(row[key], {})
        place[row[keys[-1]]] = row
    return found


def _replace(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.tmp")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def _time(value: Any) -> str:
    return f"{value:%Y-%m-%d %H:%M}"


def _text(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
