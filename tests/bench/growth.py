"""How the building of all marts grows: ten million events of another data set, and then a day's more.

The yardstick is one bare `group by dyad, month` of DuckDB over the same rows as Parquet, with the two cores that the
build has. The build does more by far: it maps names, codes and sectors of every event to ours, writes them all with
their provenance, and tests what it wrote. A day's increment is set against the full build that it spares.

Building runs in a process of its own, `python -m tests.bench.growth COUNT`, whose peak of memory is read at its end.
The events are skewed as GDELT's are: few pairs and late years have most of them.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import duckdb

from tests.bench.corpora import PROJECT
from tests.bench.figures import Figure, under
from tests.bench.homes import environment, fresh_home
from tests.bench.memory import peak_megabytes

COUNT, DAILY = 10_000_000, 300_000
_BATCH = 1_000_000  # rows of one landing
_ROUNDS = 3  # of the yardstick
_MOST_TIMES, _MOST_MEGABYTES, _MOST_SHARE = 5.0, 4096.0, 0.1

# A row is made from its number alone, so that every run builds the same. `chance` is 0 to 1, evenly.
_ROWS = """
select
    lpad(lower(to_hex(hash(number))), 16, '0') as row_id,
    'bench' as source_id,
    'export-' || batch || '.CSV' as uri,
    $sha256 as snapshot_sha256,
    number as line_no,
    timestamp '2026-01-01' + to_seconds(batch) as landed_at,
    400000000 + number as GLOBALEVENTID,
    strftime(day, '%Y%m%d') as SQLDATE,
    year(day) * 100 + month(day) as MonthYear,
    year(day) as Year,
    year(day) + dayofyear(day) / 366.0 as FractionDate,
    actors[source] || coalesce(sectors[source_sector], '') as Actor1Code,
    'ACTOR ' || source as Actor1Name,
    actors[source] as Actor1CountryCode,
    sectors[source_sector] as Actor1Type1Code,
    actors[target] || coalesce(sectors[target_sector], '') as Actor2Code,
    'ACTOR ' || target as Actor2Name,
    actors[target] as Actor2CountryCode,
    sectors[target_sector] as Actor2Type1Code,
    1 as IsRootEvent,
    code as EventCode,
    left(code, 3) as EventBaseCode,
    left(code, 2) as EventRootCode,
    1 as QuadClass,
    round(20 * chance(number, 9) - 10, 1) as GoldsteinScale,
    cast(1 + 20 * pow(chance(number, 7), 4) as integer) as NumMentions,
    1 as NumSources,
    cast(1 + 20 * pow(chance(number, 8), 4) as integer) as NumArticles,
    20 * chance(number, 10) - 10 as AvgTone,
    4 as ActionGeo_Type,
    'Place ' || place || ', Province ' || place % 300 as ActionGeo_FullName,
    cast(place as text) as ActionGeo_FeatureID,
    180 * chance(number, 11) - 90 as ActionGeo_Lat,
    360 * chance(number, 12) - 180 as ActionGeo_Long,
    cast(strftime(day, '%Y%m%d') as bigint) * 1000000 + 120000 as DATEADDED,
    'https://news.example.org/' || year(day) || '/' || number // 3 || '/story-of-the-day' as SOURCEURL
from (
    select
        number,
        $batch as batch,
        1 + cast(floor(len(actors) * pow(chance(number, 1), 3)) as integer) as source,
        1 + cast(floor(len(actors) * pow(chance(number, 2), 3)) as integer) as target,
        1 + cast(floor(12 * chance(number, 3)) as integer) as source_sector,  -- half of them past the end: no sector
        1 + cast(floor(12 * chance(number, 4)) as integer) as target_sector,
        codes[1 + cast(floor(len(codes) * pow(chance(number, 5), 2)) as integer)] as code,
        coalesce($day::date, date '2005-01-01' + cast(floor(7670 * sqrt(chance(number, 6))) as integer)) as day,
        cast(floor(20000 * pow(chance(number, 13), 3)) as integer) as place,
        actors, sectors
    from range($first, $first + $count) as rows (number), vocabulary
)
"""


def generate(warehouse: Path, first: int, count: int, batch: int, day: str | None = None) -> None:
    """Land that many rows, numbered from `first`, as one delivery; all of one day if it is given."""
    seeds = PROJECT / "dbt_project" / "seeds"
    with duckdb.connect(str(warehouse)) as con:
        con.execute("create temp macro chance(number, n) as hash(number * 64 + n) / 18446744073709551616.0")
        con.execute(
            f"""
            create temp table vocabulary as select
                (select list(distinct actor_code order by actor_code) from read_csv('{seeds}/actors.csv')) as actors,
                (select list(event_code order by event_code)
                 from read_csv('{seeds}/cameo_codes.csv', all_varchar = true) where is_current = '1') as codes,
                ['GOV', 'MIL', 'BUS', 'OPP', 'COP', 'CVL'] as sectors
            """
        )
        con.execute(
            f"insert into raw.gdelt_events by name {_ROWS}",
            {"batch": batch, "sha256": f"{batch:064x}", "day": day, "first": first, "count": count},
        )


def bare_seconds(parquet: Path) -> float:
    """The yardstick on two cores: the least of some rounds, when the file is in the system's cache."""
    taken = []
    for _ in range(_ROUNDS):
        with duckdb.connect(config={"threads": 2}) as con:
            began = time.perf_counter()
            con.execute(
                f"""
                create table found as
                select Actor1CountryCode, Actor2CountryCode, MonthYear, count(*) as event_count,
                    sum(NumMentions) as mention_count, avg(GoldsteinScale) as goldstein_mean
                from '{parquet}' group by all
                """
            )
            taken.append(time.perf_counter() - began)
    return min(taken)


def run(home: Path, count: int = COUNT, daily: int = DAILY) -> dict[str, float]:
    """Seconds and megabytes of the yardstick, of a full build and of an increment."""
    from flows.settings import load_settings
    from flows.warehouse import open_warehouse

    use_home(home)
    settings = load_settings()
    with open_warehouse(settings):
        pass
    batches = -(-count // _BATCH)
    for batch in range(batches):
        first = batch * _BATCH
        generate(settings.warehouse_path, first, min(_BATCH, count - first), batch)
    parquet = home / "events.parquet"
    with duckdb.connect(str(settings.warehouse_path)) as con:
        con.execute(f"copy raw.gdelt_events to '{parquet}'")
    found = {"bare": bare_seconds(parquet)}
    parquet.unlink()
    found |= {f"full_{name}": value for name, value in _build_apart(home).items()}
    generate(settings.warehouse_path, count, daily, batches, day="2026-01-01")
    found |= {f"daily_{name}": value for name, value in _build_apart(home).items()}
    return found


def measure() -> list[Figure]:
    """All of it once: a full build takes longer than any noise."""
    with fresh_home() as home:
        found = run(home)
    times = found["full_seconds"] / found["bare"]
    share = found["daily_seconds"] / found["full_seconds"]
    peak = max(found["full_megabytes"], found["daily_megabytes"])
    return [
        Figure(
            "growth", "all marts of 10,000,000 landed events", "a bare `group by dyad, month` over Parquet", times,
            f"{found['full_seconds']:.0f} s; bare {found['bare']:.2f} s", *under(times, _MOST_TIMES, "times"),
        ),
        Figure(
            "growth", "peak of memory for it", "4 GB", peak / _MOST_MEGABYTES, f"{peak:,.0f} MB",
            *under(peak, _MOST_MEGABYTES, "MB"),
        ),
        Figure(
            "growth", "300,000 events more", "the full build", share, f"{found['daily_seconds']:.1f} s",
            *under(share, _MOST_SHARE, "of it"),
        ),
    ]  # fmt: skip


def use_home(home: Path) -> None:
    """This process lives there, and so do those that it starts."""
    from tests.bench.homes import use

    use(home)


def _build_apart(home: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.bench.growth", "--build"]
    done = subprocess.run(command, cwd=PROJECT, env=environment(home), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr[-2000:])
    if said := done.stderr.strip():
        print(said, file=sys.stderr)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _build(verbose: bool) -> None:
    """Build once, with dbt loaded before the clock starts, as `comity run` has it."""
    from flows.build import build, warm_up
    from flows.settings import load_settings

    warm_up()
    began = time.perf_counter()
    report = build(load_settings())
    print(json.dumps({"seconds": time.perf_counter() - began, "megabytes": peak_megabytes()}))
    if verbose:
        for node in sorted(report.nodes, key=lambda node: -node.seconds)[:12]:
            print(f"{node.seconds:8.2f} s  {node.kind} {node.name}", file=sys.stderr)


def main() -> None:
    """The command line: a count to try it with, or the building alone, in a home that is there."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.growth", description=__doc__)
    parser.add_argument("count", nargs="?", type=int, default=COUNT, help="events of the full build")
    parser.add_argument("daily", nargs="?", type=int, help="events of the increment; 3 in 100 if left out")
    parser.add_argument("--build", action="store_true", help="build the home that COMITY_HOME names, once")
    chosen = parser.parse_args()
    if chosen.build:
        _build(verbose=True)
        return
    with fresh_home() as home:
        found = run(home, chosen.count, chosen.daily or chosen.count * DAILY // COUNT)
    print(json.dumps({name: round(value, 2) for name, value in found.items()}, indent=1))
    print(f"full / bare {found['full_seconds'] / found['bare']:.1f}")
    print(f"increment / full {found['daily_seconds'] / found['full_seconds']:.2f}")


if __name__ == "__main__":
    main()
