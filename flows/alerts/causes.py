"""What there is to tell of: causes that keep their name from run to run, and what a run has looked at.

A cause is over when a run looked at the same thing and did not meet it again. A run that stopped before it came
to the checks says nothing about them, so it ends none of their causes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flows.alerts.redact import clean

if TYPE_CHECKING:
    from expectations.suite import CheckResult
    from flows.status import Status

RANK = {"warn": 1, "stop": 2}
_SAMPLE_KEYS = 3  # in a message; ops.check_results keeps more


@dataclass(frozen=True)
class Cause:
    """One thing that went wrong; `cause` names it in the same way in every run."""

    cause: str
    severity: str  # stop, warn
    message: str
    kind: str = "failed"  # failed, stale
    since: datetime | None = None  # where it began before anybody looked
    look: str = ""  # the command to look further; else that of its run

    def __post_init__(self) -> None:
        object.__setattr__(self, "message", clean(self.message))  # an error can quote a URL with a key in it


@dataclass
class Findings:
    """What a run met, what it looked at, and what was over when it ended."""

    causes: list[Cause] = field(default_factory=list)
    covered: set[str] = field(default_factory=set)  # causes, or their beginnings up to a colon
    over: list[Cause] = field(default_factory=list)  # began and ended while nobody could tell
    before: Findings | None = None  # what there was to see when the run began
    headline: str = ""  # what the run came to

    def add(self, causes: Iterable[Cause]) -> None:
        self.causes.extend(causes)

    def covers(self, *names: str) -> None:
        """Say what was looked at: `source:daily`, or `check:` for all of that beginning."""
        self.covered.update(names)

    def ended_well(self) -> None:
        """What there was to see when the run began is over with it."""
        self.covers("run", "build")
        if self.before is not None:
            self.covers(*self.before.covered)
            self.over.extend(self.before.causes)

    def ended_badly(self) -> None:
        """What was late when the run began is late still."""
        if self.before is not None:
            self.add(cause for cause in self.before.causes if cause.kind == "stale")

    def has_looked_at(self, cause: str) -> bool:
        return cause in self.covered or f"{cause.partition(':')[0]}:" in self.covered


def of_check(result: CheckResult) -> Cause:
    """What a check that did not pass says to people."""
    if result.outcome == "could_not_run":
        text = f"{result.check_id} could not run: {result.error}"
    else:
        found = f" ({result.observed})" if result.observed and result.failing_count is None else ""
        count = f": {result.failing_count} rows" if result.failing_count else ""
        sample = json.dumps(result.failing_sample[:_SAMPLE_KEYS], default=str, ensure_ascii=False)
        text = f"{result.check_id} failed{count}{found}" + (f", such as {sample}" if result.failing_sample else "")
    return Cause(f"check:{result.check_id}", result.severity, f"{text}. {result.reason}")


def of_status(status: Status) -> Findings:
    """What only somebody who looks from outside can tell: silence, a run that was killed, a home that is broken."""
    found = Findings()
    look = "comity status"
    last_good = datetime.fromisoformat(status.last_good_at) if status.last_good_at else None
    found.covers("stale:", "unpublished", "warehouse", "sources")
    for source in status.sources:
        if source["is_overdue"]:
            text = stale_sentence(source, status.last_good_at)
            found.causes.append(Cause(f"stale:{source['source_id']}", "stop", text, "stale", last_good, look))
    if status.released is None:
        found.causes.append(Cause("unpublished", "stop", "no release is published", "stale", last_good, look))
    if status.broken:
        found.causes.append(Cause("warehouse", "stop", status.broken, look=look))
    if status.undeclared:
        found.causes.append(Cause("sources", "stop", status.undeclared, look=look))
        found.covered.discard("stale:")  # nobody knows the cadences
    if status.killed:
        text = f"run {status.killed} ended without a word; it was killed, or the machine went down"
        found.causes.append(Cause("run", "stop", text, look=f"comity status --run {status.killed}"))
    return found


def stale_sentence(source: dict[str, Any], last_good_at: str | None) -> str:
    """What is said of a source that nobody has brought in on time."""
    since = f"since {last_good_at} UTC" if last_good_at else "yet"
    return (
        f"source {source['source_id']} is stale: no run has ended well {since} (cadence {source['cadence']}); "
        "is `comity serve` running?"
    )
