"""What can be wrong with a declared check: every complaint names the file, the key and the repair."""

from __future__ import annotations

from collections.abc import Sequence


class ExpectationError(Exception):
    """The checks cannot be run as they are declared."""


class SpecError(ExpectationError):
    """A suite file cannot be used; `problems` holds one line for each complaint."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = list(problems)
