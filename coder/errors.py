"""What the coder raises. A dictionary is refused whole, with every complaint in it, so that one edit can mend all."""

from __future__ import annotations


class CoderError(Exception):
    """Base of the coder's own errors."""


class DictionaryError(CoderError):
    """A dictionary table breaks its rules. `problems` holds one `file:row:column: message` each."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        shown = "\n  ".join(problems[:20])
        more = f"\n  ... and {len(problems) - 20} more" if len(problems) > 20 else ""
        super().__init__(f"{len(problems)} problem(s) in the dictionaries:\n  {shown}{more}")


class ModelError(CoderError):
    """The language model cannot be loaded."""
