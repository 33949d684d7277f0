"""How much may come out of archives and mails: one budget for a file and everything nested in it.

A few kilobytes can hold terabytes, and an archive can hold itself. So bytes, members and depth are counted over all
levels together, and nothing is unpacked further than the budget goes. Nothing is ever written to disk, yet a member
that names a path outside its archive is refused: its name would enter the data as somebody else's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

from sources.document import Document, Problem
from sources.errors import ReadError
from sources.spec import SourceSpec

MEMBERS = 10_000
DEPTH = 3  # an archive in a mail in an archive
RATIO = 200  # times its packed size; text packs to a tenth, logs to a hundredth, bombs to a thousandth
RATIO_FROM = 1_000_000  # bytes; below, no ratio does harm
TIMES = 10  # so many files of max_bytes may come out of one
MARK = "!/"  # between an archive and its member


@dataclass(slots=True)
class Budget:
    """What is left for one outermost file."""

    bytes_left: int
    members_left: int = MEMBERS

    def member(self) -> None:
        """Count one more."""
        self.members_left -= 1
        if self.members_left < 0:
            raise ReadError("unsafe", f"it holds over {MEMBERS} members; split it")

    def take(self, size: int) -> None:
        """Count what was unpacked."""
        self.bytes_left -= size
        if self.bytes_left < 0:
            raise ReadError("unsafe", "it unpacks to over ten times max_bytes; split it, or raise max_bytes")


_open: ContextVar[Budget | None] = ContextVar("budget", default=None)


@contextmanager
def budget(uri: str, spec: SourceSpec) -> Iterator[Budget]:
    """The budget of the outermost file, also for what is nested in it."""
    if uri.count(MARK) >= DEPTH:
        raise ReadError("unsafe", f"it is nested over {DEPTH} deep; unpack the outer archive")
    present = _open.get()
    if present is not None and MARK in uri:
        yield present
        return
    fresh = Budget(TIMES * spec.max_bytes)
    token = _open.set(fresh)
    try:
        yield fresh
    finally:
        _open.reset(token)


def safe_name(name: str) -> bool:
    """Whether a member's name stays inside its archive."""
    return not (
        name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", name) or ".." in re.split(r"[/\\]", name) or "\0" in name
    )


def gathered(documents: list[Document], problems: list[Problem], nothing: str) -> list[Document]:
    """The documents with the problems on the first; where there is none, the problems are the reason."""
    inner = [problem for document in documents for problem in document.problems]
    problems = [*inner, *problems]
    if documents:
        return [replace(documents[0], problems=tuple(problems)), *(replace(d, problems=()) for d in documents[1:])]
    if not problems:
        raise ReadError("empty", nothing)
    told = "; ".join(f"{problem.uri.rsplit(MARK, 1)[-1]}: {problem.detail}" for problem in problems[:5])
    more = f"; and {len(problems) - 5} more" if len(problems) > 5 else ""
    raise ReadError(problems[0].reason, told + more)
