"""Who may import whom, and who alone touches what: read off the source, so that no test has to run it."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
ROOMS = ("coder", "sources", "expectations", "flows")
MODULES = sorted(path for room in ROOMS for path in (PROJECT / room).rglob("*.py"))
HEAVY = {"prefect", "prefect_dbt", "dbt", "great_expectations", "spacy", "pandas", "numpy"}
MOST_LINES = 300


@dataclass(frozen=True)
class Import:
    """One import: what, where, and whether it runs when its module is imported."""

    name: str
    line: int
    at_start: bool


def name_of(path: Path) -> str:
    parts = path.relative_to(PROJECT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> list[Import]:
    found: list[Import] = []

    def visit(node: ast.AST, at_start: bool) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                found.extend(Import(alias.name, child.lineno, at_start) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                assert child.level == 0, f"{path}:{child.lineno}: write imports in full"
                found.extend(Import(f"{child.module}.{a.name}", child.lineno, at_start) for a in child.names)
            elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                visit(child, False)
            elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
                for other in child.orelse:
                    visit(other, at_start)
            else:
                visit(child, at_start)

    visit(ast.parse(path.read_text("utf-8")), True)
    return found


def root(name: str) -> str:
    return name.split(".")[0]


def complaints(rule: str, wrong: Iterator[tuple[Path, Import]]) -> None:
    lines = [f"{path.relative_to(PROJECT)}:{found.line} imports {found.name}" for path, found in wrong]
    assert not lines, f"{rule}:\n  " + "\n  ".join(lines)


def every() -> Iterator[tuple[Path, Import]]:
    for path in MODULES:
        for found in imports(path):
            yield path, found


def test_rooms_do_not_import_each_other() -> None:
    libraries = {"coder", "sources", "expectations"}
    complaints(
        "sources, coder and expectations import neither each other nor flows nor Prefect",
        (
            (p, i)
            for p, i in every()
            if (room := name_of(p).split(".")[0]) in libraries
            and root(i.name) in ({*ROOMS, "prefect", "prefect_dbt", "dbt", "duckdb"} - {room})
        ),
    )


def test_nothing_imports_the_command_line() -> None:
    complaints(
        "only the console script imports flows.cli",
        (
            (p, i)
            for p, i in every()
            if i.name.startswith("flows.cli.")
            or (i.name in ("flows.cli", "flows") and not name_of(p).startswith("flows.cli"))
        ),
    )


@pytest.mark.parametrize(
    ("package", "owners"),
    [
        ("spacy", {"coder.parse"}),
        ("great_expectations", {"expectations.suite"}),
    ],
)
def test_one_module_alone_imports_it(package: str, owners: set[str]) -> None:
    complaints(
        f"only {', '.join(owners)} imports {package}",
        ((p, i) for p, i in every() if root(i.name) == package and name_of(p) not in owners),
    )


def test_the_coder_is_pure() -> None:
    impure = {
        "os",
        "time",
        "socket",
        "urllib",
        "http",
        "requests",
        "httpx",
        "sqlite3",
        "subprocess",
        "random",
        "threading",
    }
    complaints(
        "the coder has no network, database, clock or environment",
        ((p, i) for p, i in every() if name_of(p).startswith("coder") and root(i.name) in impure),
    )
    for path in MODULES:
        if name_of(path).startswith("coder"):
            text = path.read_text("utf-8")
            assert ".today(" not in text and ".now(" not in text, f"{path.name} asks the clock"


def test_only_settings_reads_the_environment() -> None:
    for path in MODULES:
        if name_of(path) == "flows.settings":
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv", "putenv", "environb"):
                pytest.fail(
                    f"{path.relative_to(PROJECT)}:{node.lineno} reads the environment; ask flows.settings"
                )


def loaded_with(module: str) -> set[str]:
    """The modules of ours that are loaded when this one is imported."""
    paths = {name_of(path): path for path in MODULES}
    seen: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name in seen or name not in paths:
            continue
        seen.add(name)
        for found in imports(paths[name]):
            if found.at_start:
                parts = found.name.split(".")
                waiting += [".".join(parts[:n]) for n in range(1, len(parts) + 1)]
    return seen


def test_heavy_packages_are_imported_where_they_are_used() -> None:
    quick = loaded_with("flows.cli")
    complaints(
        "what the command line loads imports nothing heavy but in functions",
        ((p, i) for p, i in every() if i.at_start and root(i.name) in HEAVY and name_of(p) in quick),
    )


def test_only_the_warehouse_opens_duckdb() -> None:
    for path in MODULES:
        if name_of(path) == "flows.warehouse":
            continue
        assert not any(i.name == "duckdb.connect" for i in imports(path)), f"{path.name} opens DuckDB"
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and ast.unparse(node) in (
                "duckdb.connect",
                "duckdb.default_connection",
            ):
                pytest.fail(
                    f"{path.relative_to(PROJECT)}:{node.lineno} opens DuckDB; only flows.warehouse does"
                )


def test_only_the_command_line_prints() -> None:
    for path in MODULES:
        if name_of(path).startswith("flows.cli"):
            continue
        tree = ast.parse(path.read_text("utf-8"))
        # a module that runs as a process of its own answers on its output, in `main`
        mains = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "main"]
        allowed = {id(node) for main in mains for node in ast.walk(main)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "print" and id(node) not in allowed:
                pytest.fail(f"{path.relative_to(PROJECT)}:{node.lineno} prints; only flows.cli does")


def test_importing_the_command_line_loads_nothing_heavy() -> None:
    code = f"import sys, flows.cli; print(*sorted({HEAVY!r} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_says_why_it_exists_and_stays_small(path: Path) -> None:
    text = path.read_text("utf-8")
    assert ast.get_docstring(ast.parse(text)), f"{path.name} has no docstring"
    assert text.count("\n") <= MOST_LINES, f"{path.name} has over {MOST_LINES} lines"
