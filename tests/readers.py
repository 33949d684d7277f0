"""A reader as analysts run it, in a process of its own: asks without pause until told to stop, and says what it saw.

Run as `python -m tests.readers HOME link|resolved NUMBER`: by DuckDB alone through the link, or as our own verbs do.
Each time it opens the published file it counts every table: a release is whole where they all have the rows that it
says they have, and of one moment where documents and events grew alike.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from pathlib import Path

import duckdb


def look(con: duckdb.DuckDBPyConnection) -> str:
    """Which release it is, if all its tables agree."""
    (run_id,) = con.execute("select run_id from publication").fetchone() or ("",)
    said = dict(con.execute("select table_name, row_count from publication_tables").fetchall())
    seen = {}
    for table in said:
        (seen[table],) = con.execute(f'select count(*) from "{table}"').fetchone() or (None,)
    if not said or seen != said:
        raise AssertionError(f"{run_id} says {said} and has {seen}")
    if seen["events"] - seen["documents"] != 3:  # the small world has 4 and 1; each publication adds one of each
        raise AssertionError(f"{run_id} is of two moments: {seen}")
    return str(run_id)


def main() -> None:
    home, way = Path(sys.argv[1]), sys.argv[2]
    os.nice(10)  # twenty that never pause would else leave a publication hardly any of a small machine
    count, runs, errors = 0, set(), []
    while not (home / "stop").exists():
        try:
            if way == "link":
                con = duckdb.connect(str(home / "marts.duckdb"), read_only=True, config={"threads": 1})
                try:
                    runs.add(look(con))
                finally:
                    con.close()
            else:
                from flows.settings import Settings
                from flows.warehouse import open_published

                with open_published(Settings(home=home)) as con:
                    runs.add(look(con))
            count += 1
        except Exception:
            errors.append(traceback.format_exc(limit=2))
        if count == 1:
            (home / f"reading-{way}-{sys.argv[3]}").touch()
    print(json.dumps({"count": count, "runs": sorted(runs), "errors": errors}))


if __name__ == "__main__":
    main()
