"""The exceptions of this room: a declaration that is wrong, and bytes that no document can be made of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

Reason = Literal[
    "empty",
    "binary",  # nothing that holds text
    "encoding",
    "unreadable",
    "metadata",
    "too_large",
    "unsupported",
    "damaged",  # of a format that is read, but broken
    "encrypted",
    "unsafe",  # made to harm: it unpacks to too much, takes too long, or names paths outside
    "columns",  # a table without the column that was declared, or a row without its text
]


class SourceError(Exception):
    """A source declaration cannot be used; `problems` has one sentence for each fault: file: key: repair."""

    def __init__(self, problems: str | Sequence[str], file: Path | None = None) -> None:
        self.problems = [problems] if isinstance(problems, str) else list(problems)
        self.file = file
        super().__init__("\n".join(self.problems))


class ReadError(Exception):
    """One file cannot be read: a short code for queries, and one sentence with the repair for people."""

    def __init__(self, reason: Reason, detail: str) -> None:
        self.reason: Reason = reason
        self.detail = detail
        super().__init__(f"{reason}: {detail}")
