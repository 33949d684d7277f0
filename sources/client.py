"""Fetching as a polite and careful guest: one call gets one address, or says why it cannot be had.

All manners and all safety live here, so that no reader can forget them: each request waits for its turn, asks
robots.txt, goes to a checked address, has an end in time and in bytes, and says who asks. No cookie is kept, no proxy
of the environment obeyed, no script run. Every step after a redirect is checked like the first.
"""

from __future__ import annotations

import hashlib
import random
import threading
from collections.abc import Callable
from importlib import metadata
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

from sources.addresses import host_key, parse_url, without_credentials
from sources.answers import Answer, PassingError, judge, redirect_target, request
from sources.bodies import ENCODINGS
from sources.fetched import Fetched, FetchError, Seen, Unchanged
from sources.hosts import LONGEST_WAIT, Hosts
from sources.robots import MOST_BYTES, Rules, read_rules

if TYPE_CHECKING:
    import httpx

    from sources.connections import Resolver
    from sources.spec import FetchSpec

DOCUMENTS = "text/html, application/xhtml+xml, application/pdf, text/plain;q=0.9, */*;q=0.5"
_LONGEST_BACKOFF = 60.0  # seconds
_SHORTEST_BACKOFF = 0.1
_UNANSWERED = {"network", "timeout"}
T = TypeVar("T")


def agent_name(contact: str | None = None) -> str:
    """Who asks: name, version, and where a person can be reached.

    >>> agent_name("https://example.org/bot").partition("/")[0]
    'Comity'
    """
    try:
        version = metadata.version("comity")
    except metadata.PackageNotFoundError:
        version = "0"
    whom = "".join(c for c in (contact or "").strip() if c.isascii() and c.isprintable())
    return f"Comity/{version} (event data; +{whom})" if whom else f"Comity/{version} (event data)"


class Client:
    """Gets addresses as one source declares it; `hosts` is what all clients of a run share."""

    def __init__(
        self,
        fetch: FetchSpec,
        *,
        max_bytes: int = 20_000_000,
        user_agent: str = "",
        hosts: Hosts | None = None,
        resolver: Resolver | None = None,
    ) -> None:
        from sources.connections import connection_pool

        self.fetch = fetch
        self.max_bytes = max_bytes
        self.user_agent = user_agent or agent_name()
        self.hosts = hosts or Hosts()
        self._product = self.user_agent.partition("/")[0].lower()  # what robots.txt calls us
        self._stopped = threading.Event()
        options = {"resolver": resolver} if resolver is not None else {}
        self._pool = connection_pool(allow_private=fetch.allow_private, **options)

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections; threads that still wait for their turn give up."""
        self._stopped.set()
        self._pool.close()

    def get(self, url: str, seen: Seen | None = None, *, accept: str = DOCUMENTS) -> Fetched | Unchanged:
        """The bytes of an address, or that they are those of `seen`; FetchError where it cannot be had."""
        first = parse_url(url)
        uri = without_credentials(first)
        key = host_key(first)
        self.hosts.refuse_if_down(key, uri)
        try:
            answer, at = self._with_retries(lambda: self._follow(first, seen, accept), uri)
        except FetchError as error:
            if error.attempts:
                self.hosts.answered(key, error.reason not in _UNANSWERED)
            raise
        self.hosts.answered(key, True)
        if answer.status == 304:
            return Unchanged(uri)
        if seen is not None and seen.sha256 == hashlib.sha256(answer.data).hexdigest():
            return Unchanged(uri)
        return Fetched(
            uri,
            answer.data,
            answer.media_type,
            url=without_credentials(at),
            charset=answer.charset,
            etag=answer.headers.get("etag"),
            last_modified=answer.headers.get("last-modified"),
        )

    def _follow(self, first: httpx.URL, seen: Seen | None, accept: str) -> tuple[Answer, httpx.URL]:
        """The answer at the end of an address's redirects, and where that is."""
        headers = {"accept": accept}
        if seen is not None and seen.etag:
            headers["if-none-match"] = seen.etag
        if seen is not None and seen.last_modified:
            headers["if-modified-since"] = seen.last_modified
        return self._hops(first, headers, self.max_bytes)

    def _hops(
        self, first: httpx.URL, headers: dict[str, str], most: int, *, robots: bool = True
    ) -> tuple[Answer, httpx.URL]:
        at, visited = first, set[str]()
        while True:
            visited.add(str(at))
            answer = self._ask(at, headers, most, robots=robots)
            if answer.status not in (301, 302, 303, 307, 308):
                judge(answer, at, conditional="if-none-match" in headers or "if-modified-since" in headers)
                return answer, at
            at = redirect_target(answer, at)
            if str(at) in visited or len(visited) > self.fetch.max_redirects:
                raise FetchError(
                    "bad_redirect",
                    f"the server sends in a circle or over {self.fetch.max_redirects} steps; check the address",
                    without_credentials(first),
                )

    def _ask(self, at: httpx.URL, headers: dict[str, str], most: int, *, robots: bool) -> Answer:
        """One request in its turn."""
        uri, key = without_credentials(at), host_key(at)
        delay = self.fetch.delay
        if robots and self.fetch.robots:
            rules = self._rules(at)
            if rules.unreachable is not None:
                why = rules.unreachable
                raise FetchError(
                    why.reason,
                    f"robots.txt of {key} could not be had, which stands for a no ({why.detail})",
                    uri,
                    attempts=why.attempts,
                )
            if not rules.allows(str(at.copy_with(userinfo=b"")), self._product):
                raise FetchError("refused", f"robots.txt of {key} forbids it; leave it out or ask its owner", uri)
            delay = max(delay, rules.delay(self._product))
        every = {"user-agent": self.user_agent, "accept-encoding": ENCODINGS, **headers}
        with self.hosts.turn(
            key, uri, delay=delay, concurrency=self.fetch.concurrency, stopped=self._stopped
        ):
            return request(self._pool, at, every, timeout=self.fetch.timeout, most=most, cut=not robots)

    def _rules(self, at: httpx.URL) -> Rules:
        address = at.copy_with(raw_path=b"/robots.txt", userinfo=b"")
        uri = str(address)

        def get() -> bytes:
            headers = {"accept": "text/plain, */*;q=0.5"}
            return self._with_retries(lambda: self._hops(address, headers, MOST_BYTES, robots=False), uri)[0].data

        return self.hosts.robots(uri, lambda: read_rules(get))

    def _with_retries(self, attempt: Callable[[], T], uri: str) -> T:
        """What an attempt gives, tried again where its failure may pass; waits grow, and no two are the same."""
        number = 0
        while True:
            number += 1
            try:
                return attempt()
            except PassingError as error:
                last = number > self.fetch.retries or error.wait > LONGEST_WAIT
                wait = error.wait or self._backoff(number)
                quiet = error.reason == "rate_limited"  # the whole host wants quiet, not only this address
                if quiet and (error.wait or not last):
                    self.hosts.pause(error.key, wait)
                if last:
                    raise FetchError(error.reason, error.detail, uri, attempts=number) from error
                if not quiet and self._stopped.wait(wait):
                    raise FetchError("network", "the run was stopped; run again", uri, attempts=0) from error
            except FetchError as error:
                attempts = error.attempts if error.attempts != 1 else number
                raise FetchError(error.reason, error.detail, uri, attempts=attempts) from error

    def _backoff(self, number: int) -> float:
        step = max(self.fetch.delay, _SHORTEST_BACKOFF) * 2 ** min(number - 1, 20)
        return min(step, _LONGEST_BACKOFF) * random.uniform(0.75, 1.25)
