"""Reading a dictionary table: CSV rows in, checked cells out, every complaint with file:row:column.

Nothing here knows what a table means; that is `dictionaries`. A table is refused only after all of it was read,
so that one edit can mend everything that is wrong with it.
"""

from __future__ import annotations

import csv
import difflib
import hashlib
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from coder.errors import DictionaryError


class Row:
    """One line of a table. Its getters record a problem and return an empty value where a cell is wrong."""

    def __init__(self, where: str, cells: dict[str, str], problems: list[str]) -> None:
        self.where, self._cells, self._problems = where, cells, problems

    def complain(self, column: str, message: str) -> None:
        self._problems.append(f"{self.where}:{column}: {message}")

    def text(self, column: str, required: bool = True) -> str:
        value = (self._cells.get(column) or "").strip()
        if required and not value:
            self.complain(column, "is empty")
        return value

    def choice(self, column: str, allowed: tuple[str, ...] | frozenset[str], required: bool = True) -> str:
        value = self.text(column, required)
        if value and value not in allowed:
            near = difflib.get_close_matches(value, sorted(allowed), 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            self.complain(column, f"{value!r} is not one of the allowed values{hint}")
        return value

    def matching(self, column: str, pattern: str, meaning: str, required: bool = True) -> str:
        value = self.text(column, required)
        if value and not re.fullmatch(pattern, value):
            self.complain(column, f"{value!r} is not {meaning}")
        return value

    def items(self, column: str, required: bool = False) -> tuple[str, ...]:
        """The `|`-separated items of a cell, without empty ones."""
        value = self.text(column, required)
        return tuple(item.strip() for item in value.split("|") if item.strip())

    def day(self, column: str) -> date | None:
        value = self.text(column, required=False)
        if not value:
            return None
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.complain(column, f"{value!r} is not a date like 2014-06-01")
            return None


def read_table(path: Path, columns: tuple[str, ...], problems: list[str]) -> Iterator[Row]:
    """Yield the rows of a CSV file that has at least `columns`; what is wrong with it is added to `problems`."""
    try:
        with path.open(encoding="utf-8", newline="") as handle:
            reader = csv.DictReader(handle, strict=True)
            header = reader.fieldnames or []
            missing = [c for c in columns if c not in header]
            if missing:
                problems.append(
                    f"{path.name}:1:{missing[0]}: the header lacks {', '.join(missing)}; it has {', '.join(header)}"
                )
                return
            for cells in reader:
                where = f"{path.name}:{reader.line_num}"
                if cells.get(None) or None in cells.values():
                    problems.append(f"{where}:: has {'more' if cells.get(None) else 'fewer'} cells than the header")
                    continue
                yield Row(where, cells, problems)
    except FileNotFoundError:
        problems.append(f"{path.name}:0:: the table does not exist in {path.parent.name}/")
    except UnicodeDecodeError as error:
        problems.append(f"{path.name}:0:: is not UTF-8 ({error.reason} at byte {error.start})")
    except csv.Error as error:
        problems.append(f"{path.name}:0:: cannot be read as CSV ({error})")


def raise_if(problems: list[str]) -> None:
    if problems:
        raise DictionaryError(problems)


def tables_hash(paths: list[Path]) -> str:
    """A hash of what the tables say: the order of their rows does not matter."""
    digest = hashlib.sha256()
    for path in sorted(paths, key=lambda p: p.name):
        with path.open(encoding="utf-8", newline="") as handle:
            rows = list(csv.reader(handle))
        digest.update(f"{path.name}\x1d".encode())
        for row in [*rows[:1], *sorted(rows[1:])]:
            digest.update(("\x1f".join(row) + "\x1e").encode())
    return digest.hexdigest()[:16]
