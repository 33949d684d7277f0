"""What a run knows of the hosts it asks: when one was asked last, how many requests are under way, what it forbids.

One `Hosts` is shared by all clients of a run, since a host does not care which source asks it: the delay between two
requests holds across sources. Each asks with its own delay; the later turn is the one that waits.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sources.fetched import FetchError

if TYPE_CHECKING:
    from sources.robots import Rules

LONGEST_WAIT = 120.0  # seconds; a host that asks for more is left alone until a later run
_FAULTS_IN_A_ROW = 10  # unanswered addresses after which a host is taken as down
_DOWN = 600.0  # seconds that it is then left alone
_ROBOTS_LIFE = 86_400.0  # seconds; RFC 9309 wants it asked again after a day
_NO_ROBOTS_LIFE = 600.0  # seconds that a robots.txt that could not be had is not asked for again
_LOOK = 0.5  # seconds between two looks whether the run was stopped


@dataclass(slots=True)
class _Host:
    changed: threading.Condition = field(default_factory=threading.Condition)
    active: int = 0
    last_start: float = float("-inf")
    paused_until: float = 0.0
    faults: int = 0
    down_until: float = 0.0


@dataclass(slots=True)
class _Robots:
    lock: threading.Lock = field(default_factory=threading.Lock)
    rules: Rules | None = None
    until: float = 0.0


class Hosts:
    """The hosts of one run; safe to be used by many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._hosts: dict[str, _Host] = {}
        self._robots: dict[str, _Robots] = {}

    @contextmanager
    def turn(
        self, key: str, uri: str, *, delay: float, concurrency: int, stopped: threading.Event
    ) -> Iterator[None]:
        """A request's place in its host's queue: entered when its time has come, left when its last byte has."""
        host = self._host(key)
        with host.changed:
            while True:
                if stopped.is_set():
                    raise FetchError("network", "the run was stopped; run again", uri, attempts=0)
                now = time.monotonic()
                left_alone = host.paused_until - now
                if left_alone > LONGEST_WAIT:
                    raise FetchError(
                        "rate_limited",
                        f"{key} asks to be left alone for {left_alone:.0f} s more; run again later",
                        uri,
                        attempts=0,
                    )
                wait = max(left_alone, host.last_start + delay - now)
                if wait <= 0 and host.active < concurrency:
                    break
                host.changed.wait(min(wait, _LOOK) if wait > 0 else _LOOK)
            host.active += 1
            host.last_start = time.monotonic()
        try:
            yield
        finally:
            with host.changed:
                host.active -= 1
                host.changed.notify_all()

    def pause(self, key: str, seconds: float) -> None:
        """The host asked for quiet: nobody asks it before that is over."""
        host = self._host(key)
        with host.changed:
            host.paused_until = max(host.paused_until, time.monotonic() + seconds)

    def answered(self, key: str, answered: bool) -> None:
        """Whether an address of the host gave any answer after all its attempts."""
        host = self._host(key)
        with host.changed:
            host.faults = 0 if answered else host.faults + 1
            if host.faults >= _FAULTS_IN_A_ROW:
                host.faults, host.down_until = 0, time.monotonic() + _DOWN

    def refuse_if_down(self, key: str, uri: str) -> None:
        """A FetchError at once, where a host gave no answer so often that asking on would only take hours."""
        if time.monotonic() < self._host(key).down_until:
            raise FetchError(
                "network",
                f"{key} gave no answer to {_FAULTS_IN_A_ROW} addresses in a row, so this one was not asked for; "
                "run again later",
                uri,
                attempts=0,
            )

    def robots(self, origin: str, fetch: Callable[[], Rules]) -> Rules:
        """The rules of a server, fetched once whoever asks first."""
        with self._lock:
            entry = self._robots.setdefault(origin, _Robots())
        with entry.lock:
            if entry.rules is None or time.monotonic() >= entry.until:
                entry.rules = fetch()
                life = _ROBOTS_LIFE if entry.rules.unreachable is None else _NO_ROBOTS_LIFE
                entry.until = time.monotonic() + life
            return entry.rules

    def _host(self, key: str) -> _Host:
        with self._lock:
            return self._hosts.setdefault(key, _Host())
