"""A date as it is said, before it is known when that was: what passes from finding to resolving."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Shape = Literal[
    "day",
    "numeric",
    "month",
    "quarter",
    "half",
    "season",
    "year",
    "decade",
    "weekday",
    "unit",
    "offset",
    "end",
]
Unit = Literal["day", "week", "month", "quarter", "year", "decade"]
Base = Literal["document", "story"]


@dataclass(frozen=True, slots=True)
class Found:
    """A date as said. `base` is what an incomplete one counts from: the document's day or the story's."""

    start: int
    end: int
    text: str
    shape: Shape
    cue: str = ""  # the word before it: since, by, until ...
    year: int | None = None
    month: int | None = None
    day: int | None = None  # of the month; of the week (Monday is 0) for a weekday
    end_year: int | None = None
    end_month: int | None = None
    end_day: int | None = None
    shift: int = 0  # of units ("last year", "two weeks ago"); 0 is "this"
    unit: Unit = "day"
    base: Base = "document"
    is_vague: bool = False  # "a few", "several"
    is_attributive: bool = False  # stands before a noun ("the 2015 accord") or an event ("a week after the talks")
