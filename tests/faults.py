"""Plants every known fault in a small warehouse and tells what the checks made of it: outcome and alert.

The tests of both kinds of checks use it, and the tables of docs/checks.md are what it saw;
`python -m tests.faults --write` writes them anew.
"""

from __future__ import annotations

import argparse
import logging
import shutil
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb

from expectations.spec import SuiteSpec, load_suites
from expectations.suite import CheckResult, run_suites
from flows.alert import of_check, raise_alert
from flows.check import CheckReport, keep_results
from flows.settings import PROJECT, Settings
from flows.warehouse import open_warehouse

FIXTURES = PROJECT / "tests" / "fixtures"
PAGE = PROJECT / "docs" / "checks.md"
SUITES = PROJECT / "expectations"
# Of dbt; a test holds every other one to stopping the build.
WARNING_TESTS = ("actors_of_mentions_are_known", "imported_codes_are_known")


@dataclass(frozen=True)
class Fault:
    """What is wrong, in words, the statements that make it so, and the check that must see it."""

    check_id: str
    words: str
    statements: str


@dataclass(frozen=True)
class Seen:
    """What a check and the alerts made of a fault."""

    fault: Fault
    result: CheckResult
    may_publish: bool
    alerts: tuple[tuple[str, str], ...]  # cause and severity of each row

    @property
    def cells(self) -> tuple[str, ...]:
        """Its row in the docs."""
        told = "; ".join(f"`{cause}`, {severity}" for cause, severity in self.alerts)
        publication = "published" if self.may_publish else "withheld"
        return (self.fault.words, f"`{self.fault.check_id}`", self.result.outcome, told or "none", publication)


def surprises() -> list[Fault]:
    """The faults that an expectation must see."""
    return [Fault(*line.split(": ", 2)) for line in _lines("planted_surprises.txt")]


def broken_rows() -> list[tuple[str, str]]:
    """The dbt test that must see it, and the statement that breaks a row."""
    return [(name, statement) for name, statement in (line.split(": ", 1) for line in _lines("planted_faults.txt"))]


def crowd(built: Path, home: Path) -> Settings:
    """A home whose warehouse is a copy of the built one, with the crowded world in its marts."""
    settings = Settings(home=home)
    home.mkdir(parents=True)
    shutil.copy(built / "warehouse.duckdb", settings.warehouse_path)
    with duckdb.connect(str(settings.warehouse_path)) as con:
        con.execute((FIXTURES / "crowded_marts.sql").read_text(encoding="utf-8"))
    return settings


def plant(world: Settings, fault: Fault, folder: Path) -> Seen:
    """Break a copy of the world, ask the one check, and keep and tell its answer as a run does.

    What is kept goes to a home beside it: Great Expectations keeps the file that it read open until its process ends.
    """
    folder.mkdir(parents=True)
    broken = Path(shutil.copy(world.warehouse_path, folder / "broken.duckdb"))
    with duckdb.connect(str(broken)) as con:
        con.execute(fault.statements)
    result = ask(broken, fault.check_id)
    home, run_id = Settings(home=folder / "home"), "r1"  # its own: a cause is told once within a quiet time
    report = CheckReport([result])
    keep_results(home, run_id, report.results)
    causes = [of_check(one) for one in (*report.stopping, *report.warnings)]
    raise_alert(home, run_id, "planted", causes, speak=False)
    with open_warehouse(home) as con:
        alerts = con.execute("select distinct cause, severity from ops.alerts where run_id = ?", [run_id]).fetchall()
    return Seen(fault, result, report.may_publish, tuple((row[0], row[1]) for row in alerts))


@cache
def declared() -> list[SuiteSpec]:
    """The suites of the project."""
    return load_suites(SUITES)


def ask(warehouse: Path, check_id: str) -> CheckResult:
    """One check of a warehouse, alone."""
    table, name = check_id.split(".")
    (suite,) = [suite for suite in declared() if suite.table == table]
    only = suite.model_copy(update={"checks": tuple(check for check in suite.checks if check.name == name)})
    (result,) = run_suites(warehouse, [only])
    return result


def surprise_table(seen: list[Seen]) -> str:
    """What the expectations made of their faults, as it stands in the docs."""
    return _table(("fault", "check", "outcome", "alert", "marts"), [one.cells for one in seen])


def broken_table() -> str:
    """What dbt's tests make of theirs: each was seen by the test of that name, which stops the build or warns."""
    rows = []
    for name, statement in broken_rows():
        warns = name in WARNING_TESTS
        alert = f"`dbt:{name}`, warn" if warns else "`build`, stop"
        rows.append((f"`{statement}`", f"`{name}`", "failed", alert, "published" if warns else "withheld"))
    return _table(("fault", "test", "outcome", "alert", "marts"), rows)


def in_page(page: str, name: str) -> str:
    """The part of the page between the marks of this name."""
    return page.split(_mark(name))[1].split(_mark("end"))[0].strip()


def with_part(page: str, name: str, text: str) -> str:
    """The page with that part replaced."""
    head, rest = page.split(_mark(name))
    return f"{head}{_mark(name)}\n{text}\n{_mark('end')}{rest.split(_mark('end'), 1)[1]}"


def _mark(name: str) -> str:
    return f"<!-- {name} -->"


def _table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _lines(name: str) -> list[str]:
    text = (FIXTURES / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def main() -> None:
    """Build a world, plant all faults of the expectations, and write or print the tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=main.__doc__)
    parser.add_argument("--write", action="store_true", help="write the tables into docs/checks.md")
    write = parser.parse_args().write
    from flows.build import build
    from tests.world import land

    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        first = Settings(home=Path(folder) / "built")
        land(first)
        build(first)
        world = crowd(first.home, Path(folder) / "crowded")
        seen = [plant(world, fault, Path(folder) / f"fault{no}") for no, fault in enumerate(surprises())]
    page = with_part(PAGE.read_text(encoding="utf-8"), "surprises", surprise_table(seen))
    page = with_part(page, "broken rows", broken_table())
    if write:
        PAGE.write_text(page, encoding="utf-8")
    else:
        print(surprise_table(seen), broken_table(), sep="\n\n")


if __name__ == "__main__":
    main()
