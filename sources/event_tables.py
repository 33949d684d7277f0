"""What a delivery of event data looks like: the columns of its lines, in order, and the table they land in.

Other projects' events land as they were delivered. So a table here says nothing about meaning; it only tells a line
that is whole from one that is not. Dates stay text, since deliveries of one feed have used several forms of them;
numbers are numbers, since a delivery whose numbers are not is damaged.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name in SQL, its DuckDB type, and what headers call it."""

    name: str
    type: str = "text"
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EventTable:
    """One kind of delivery. `clock` is the column that grows with time: by it, known rows are looked up fast."""

    table: str  # where it lands
    columns: tuple[Column, ...]
    key: tuple[str, ...]  # what names an event in its data set
    clock: str
    delimiter: str = "\t"
    header: bool = False
    encoding: str = "utf-8"
    nulls: tuple[str, ...] = ("",)  # texts that mean: no value
    variants: Mapping[int, tuple[str, ...]] = field(default_factory=dict)  # older forms without header, by their count
    content: Literal["cells", "json"] = "cells"  # one cell a column, or one JSON object a line

    def names(self) -> tuple[str, ...]:
        """The columns in order."""
        return tuple(column.name for column in self.columns)

    def layout(self, count: int) -> tuple[str, ...] | None:
        """The columns of a line without header that has so many cells, if any form of the feed does."""
        if count == len(self.columns):
            return self.names()
        return self.variants.get(count)

    def counts(self) -> list[int]:
        """How many cells a line may have, today's form first."""
        return [len(self.columns), *sorted(self.variants, reverse=True)]

    def named(self, label: str) -> str | None:
        """The column that a header's cell means."""
        return _labels(self).get(folded(label))


def folded(label: str) -> str:
    """A header's cell without what varies between deliveries: case, blanks, marks, a byte order mark."""
    return re.sub(r"[^a-z0-9]", "", label.lower())


def _labels(table: EventTable) -> dict[str, str]:
    return {folded(label): column.name for column in table.columns for label in (column.name, *column.labels)}
