"""Many addresses, some at a time, in the order they were listed; one that fails is told and the others go on.

Only a few are held at once, so that a list of a million addresses takes no more memory than one of ten.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sources.fetched import Fetched, FetchError, Hints, Missed, Outcome, Seen, Unchanged

if TYPE_CHECKING:
    from sources.client import Client

_MOST_THREADS = 8  # the hosts' own limits are kept by the client; this bounds what one source takes of the machine


@dataclass(frozen=True, slots=True)
class Target:
    """An address that should be a document."""

    uri: str
    hints: Hints = field(default_factory=Hints)
    known: bool = False  # what listed it says that it has not changed since it was fetched: not asked at all
    address: str | None = None  # with its credentials, where its declaration has them


def fetch_documents(
    client: Client, targets: Iterable[Target], seen: Mapping[str, Seen], *, hosts: int = 1
) -> Iterator[Outcome]:
    """What became of each target, in their order; `hosts` is how many servers they lie on."""
    threads = min(client.fetch.concurrency * max(hosts, 1), _MOST_THREADS)
    yield from in_order(lambda target: fetch_document(client, target, seen), targets, threads)


def fetch_document(client: Client, target: Target, seen: Mapping[str, Seen]) -> Outcome:
    """What became of one target; it never raises a FetchError."""
    if target.known:
        return Unchanged(target.uri)
    try:
        outcome = client.get(target.address or target.uri, seen.get(target.uri))
    except FetchError as error:
        return Missed(target.uri, error.reason, error.detail)
    return outcome if isinstance(outcome, Unchanged) else replace(outcome, hints=target.hints)


def in_order(work: Callable[[Target], Outcome], targets: Iterable[Target], threads: int) -> Iterator[Outcome]:
    """The results of `work`, done by so many threads, in the order of the targets."""
    if threads <= 1:
        yield from map(work, targets)
        return
    waiting: deque[Future[Outcome]] = deque()
    executor = ThreadPoolExecutor(threads, thread_name_prefix="fetch")
    try:
        for target in targets:
            waiting.append(executor.submit(work, target))
            if len(waiting) >= 2 * threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        executor.shutdown(wait=False, cancel_futures=True)


def read_index(client: Client, uri: str, accept: str, validators: Seen | None = None) -> Fetched | Unchanged | Missed:
    """A feed, sitemap or index page; asked for whole unless `validators` are given.

    Its checksum is no reason to skip it: what it lists may not have been fetched yet when it came first.
    """
    try:
        found = client.get(uri, replace(validators, sha256=None) if validators else None, accept=accept)
    except FetchError as error:
        return Missed(uri, error.reason, error.detail, is_index=True)
    return found if isinstance(found, Unchanged) else replace(found, is_index=True)
