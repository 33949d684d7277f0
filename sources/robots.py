"""robots.txt as RFC 9309 has it: no file means yes, a server that cannot say means no.

Its crawl-delay is no part of the standard and is obeyed all the same, up to a bound: a delay of hours would be a no
that nobody said.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sources.fetched import FetchError

if TYPE_CHECKING:
    from protego import Protego

MOST_BYTES = 512_000  # the standard asks for 500 KiB at least; what comes after is not read
LONGEST_DELAY = 60.0  # seconds between two requests
_UNAVAILABLE = {"not_found", "refused", "bad_redirect"}  # a plain no to the file itself: there are no rules


@dataclass(frozen=True, slots=True)
class Rules:
    """What one server allows."""

    parsed: Protego | None = None
    unreachable: FetchError | None = None  # why the file could not be had

    def allows(self, url: str, agent: str) -> bool:
        """Whether this address may be asked for by that product."""
        return self.parsed is None or self.parsed.can_fetch(url, agent)

    def delay(self, agent: str) -> float:
        """Seconds between two requests that the server asks for, at most LONGEST_DELAY."""
        if self.parsed is None:
            return 0.0
        asked = float(self.parsed.crawl_delay(agent) or 0)
        rate = self.parsed.request_rate(agent)
        if rate is not None and rate.requests:
            asked = max(asked, rate.seconds / rate.requests)
        return min(max(asked, 0.0), LONGEST_DELAY)


def read_rules(get: Callable[[], bytes]) -> Rules:
    """The rules of a server, by a function that gets its robots.txt."""
    from protego import Protego

    try:
        data = get()
    except FetchError as error:
        if error.reason == "private_address":
            raise
        return Rules() if error.reason in _UNAVAILABLE else Rules(unreachable=error)
    return Rules(Protego.parse(data.decode("utf-8-sig", "replace")))
