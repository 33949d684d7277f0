"""How fast event data lands: 100,000 lines of GDELT from a file on disk into `raw.gdelt_events`.

The yardstick is DuckDB's own CSV reader on the same file into a table in memory, told the types and spared all
guessing. Landing does more: it keeps the bytes, tells whole lines from broken ones, makes a key of each, looks for
known rows, and writes and packs the table on disk; opening and closing the warehouse are counted with it.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from sources.gdelt_tables import EVENTS
from tests.bench.figures import Figure, in_turn, middle, ratio, under
from tests.bench.homes import fresh_home, use
from tests.event_files import many_gdelt_rows

_ROWS = 100_000
_ROUNDS = 5
_MOST = 3.0  # times the bare reading


def measure() -> list[Figure]:
    """A first landing, and one in which another file brings the same rows."""
    from flows.event_data import land_events
    from flows.settings import load_settings
    from flows.warehouse import open_warehouse
    from sources.spec import SourceSpec

    with fresh_home() as home:
        file = home / "20210628.export.CSV"
        many_gdelt_rows(file, _ROWS)
        for number in range(_ROUNDS):  # making its tables is no part of a landing
            use(home / str(number))
            with open_warehouse(load_settings()):
                pass
        rounds = iter(range(_ROUNDS))

        def land(new: int) -> None:
            spec = SourceSpec.model_construct(
                **{name: info.get_default(call_default_factory=True) for name, info in SourceSpec.model_fields.items()}
                | {"source_id": "bench", "reader": "gdelt", "path": file, "max_bytes": 10**9}
            )
            with open_warehouse(load_settings()) as con:
                con.execute("delete from ops.slots")  # or the file is known by its slot and not read
                report = land_events(load_settings(), spec, con, "bench")
            assert (report.rows_new, report.rows_bad) == (new, 0), report

        def first() -> None:
            use(home / str(next(rounds)))
            land(_ROWS)

        ways = {"first": first, "again": lambda: land(0), "bare": lambda: _read(file)}
        seconds = in_turn(ways, _ROUNDS)
    bare = middle(seconds["bare"])
    figures = []
    for way, what in (("first", "landing 100,000 GDELT rows"), ("again", "landing them again, all known")):
        times, took = ratio(seconds[way], seconds["bare"]), middle(seconds[way])
        promise = under(times, _MOST, "times") if way == "first" else ()
        here = f"{_ROWS / took:,.0f} rows/s; bare {_ROWS / bare:,.0f}"
        figures.append(Figure("event data", what, "DuckDB's CSV reader into memory", times, here, *promise))
    return figures


def _read(file: Path) -> None:
    types = ", ".join(f"'{column.name}': '{column.type}'" for column in EVENTS.columns)
    con = duckdb.connect()
    con.execute(
        f"create table events as from read_csv('{file}', delim = '\t', header = false, quote = '', escape = '', "
        f"nullstr = '', auto_detect = false, columns = {{{types}}})"
    )
    con.close()
