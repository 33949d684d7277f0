"""The published marts in forms that others read: Parquet and CSV of any mart, events as GDELT, PLOVER or Phoenix files.

DuckDB writes row by row from the published file, so memory stays as it is however many rows there are. What a form has
no place for is left out and counted, never bent to fit: GDELT and Phoenix know days only, PLOVER has no type for
statements and appeals.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.errors import InputError
from flows.export_forms import FORMS
from flows.settings import Settings
from flows.warehouse import open_published

if TYPE_CHECKING:
    import duckdb

STDOUT = "-"

_MEMORY = "1GB"  # for sorting and joining; DuckDB puts the rest on disk
_DATE_COLUMNS = ("event_date", "published_date", "day", "month")
_PLAIN = {
    "parquet": "format parquet, compression zstd",
    "csv": "format csv, header true",
}
FORMATS = (*_PLAIN, *FORMS)


@dataclass(frozen=True, slots=True)
class Export:
    """What was written."""

    format: str
    mart: str
    to: str
    rows: int
    left_out: int  # rows asked for that the form has no place for
    why: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def export(
    settings: Settings,
    to: str,
    *,
    format: str = "parquet",
    mart: str = "events",
    since: date | None = None,
    until: date | None = None,
    dyad: tuple[str, str] | None = None,
    release: Path | None = None,
) -> Export:
    """Write the rows asked for to a file, or to standard output for `-`; a file appears whole or not at all."""
    if format not in FORMATS:
        raise InputError(f"{format} is no format of ours; the formats are {', '.join(FORMATS)}")
    if format in FORMS and mart != "events":
        raise InputError(f"{format} is a form for events; leave --mart out, or export {mart} as parquet or csv")
    with open_published(settings, release) as con, _room(settings, con):
        columns = _columns(con, mart)
        where, parameters = _conditions(mart, columns, since, until, dyad)
        left_out, why = 0, None
        if format in FORMS:
            form = FORMS[format]
            where.append("origin = 'comity'")  # others' events have files of their own
            left_out = _count(con, [*where, f"not ({form.fits})"], parameters)
            why = form.why if left_out else None
            where.append(form.fits)
            query, options = form.query.replace("{where}", _all(where)), form.options
        else:
            query, options = f'select * from "{mart}" where {_all(where)}', _PLAIN[format]
        rows = _copy(con, query, options, to, parameters)
    return Export(format, mart, to, rows, left_out, why)


def read_dyad(text: str) -> tuple[str, str]:
    """Two actor codes, as in CHN-RUS."""
    found = re.fullmatch(r"([A-Za-z0-9]{3,16})-([A-Za-z0-9]{3,16})", text.strip())
    if found is None:
        raise InputError(f"{text!r} names no dyad; write two actor codes, such as CHN-RUS")
    first, second = found[1].upper(), found[2].upper()
    if first == second:
        raise InputError(f"{text!r} names one actor twice; a dyad has two")
    return first, second


@contextmanager
def _room(settings: Settings, con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Bounded memory, and a place on disk for what does not fit."""
    settings.build_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.build_dir, prefix="export-") as folder:
        con.execute(f"set temp_directory = {_quoted(folder)}")
        con.execute(f"set memory_limit = '{_MEMORY}'")
        yield


def _columns(con: duckdb.DuckDBPyConnection, mart: str) -> list[str]:
    tables = [row[0] for row in con.execute("select table_name from duckdb_tables() order by 1").fetchall()]
    if mart not in tables:
        raise InputError(f"there is no mart {mart}; the published ones are {', '.join(tables)}")
    rows = con.execute("select column_name from duckdb_columns() where table_name = ?", [mart]).fetchall()
    return [row[0] for row in rows]


def _conditions(
    mart: str, columns: list[str], since: date | None, until: date | None, dyad: tuple[str, str] | None
) -> tuple[list[str], dict[str, object]]:
    where: list[str] = []
    parameters: dict[str, object] = {}
    if since or until:
        dated = next((column for column in _DATE_COLUMNS if column in columns), None)
        if dated is None:
            raise InputError(f"{mart} has no dates; leave --since and --until out")
        for name, sign, day in (("since", ">=", since), ("until", "<=", until)):
            if day is not None:
                where.append(f"{dated} {sign} ${name}::date")
                parameters[name] = day.isoformat()
    if dyad is not None:
        pair = next((p for p in (("actor_a", "actor_b"), ("source_actor", "target_actor")) if p[0] in columns), None)
        if pair is None:
            raise InputError(f"{mart} has no dyads; leave --dyad out")
        where.append(
            f"(({pair[0]} = $one and {pair[1]} = $other) or ({pair[0]} = $other and {pair[1]} = $one))"
        )
        parameters |= {"one": dyad[0], "other": dyad[1]}
    return where, parameters


def _copy(
    con: duckdb.DuckDBPyConnection, query: str, options: str, to: str, parameters: dict[str, object]
) -> int:
    import duckdb

    if to == STDOUT:
        target, draft = "/dev/stdout", None
    else:
        path = Path(to).expanduser()
        if path.is_dir():
            raise InputError(f"{to} is a folder; name a file in it")
        draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        target = str(draft)
    for name, value in parameters.items():
        con.execute(f"set variable {name} = {_quoted(str(value))}")
        query = query.replace(f"${name}", f"getvariable('{name}')")
    try:
        row = con.execute(f"copy ({query}) to {_quoted(target)} ({options})").fetchone()
        if draft is not None:
            draft.replace(path)
    except duckdb.IOException as error:
        if draft is None:  # the reader has seen enough, as `head` does
            return 0
        raise InputError(
            f"{to} cannot be written ({str(error).splitlines()[0]}); check its folder, its rights and the space"
        ) from error
    finally:
        if draft is not None:
            draft.unlink(missing_ok=True)
    return int(row[0]) if row else 0


def _count(con: duckdb.DuckDBPyConnection, where: list[str], parameters: dict[str, object]) -> int:
    used = {name: value for name, value in parameters.items() if any(f"${name}" in one for one in where)}
    row = con.execute(f"select count(*) from events where {_all(where)}", used or None).fetchone()
    return int(row[0]) if row else 0


def _all(where: list[str]) -> str:
    return " and ".join(where) or "true"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
