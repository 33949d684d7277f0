"""What a protocol reader hands over: bytes as served, with what the server and the feed said about them.

A format reader makes documents of bytes; a protocol reader only finds and fetches them. The two meet in the ingest
flow, which keeps the bytes before anybody reads them: a page that breaks a reader is still there after its repair.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Literal, Protocol

from sources.dates import Precision

if TYPE_CHECKING:
    from sources.client import Client
    from sources.spec import SourceSpec

FetchReason = Literal[
    "not_found",  # 404, 410
    "refused",  # 401, 403, 451, or robots.txt
    "rate_limited",  # 429 or 503 to the end of the retries
    "server_error",  # 5xx to the end of the retries
    "timeout",
    "network",  # no connection, no name, broken TLS or body
    "private_address",
    "unsupported_scheme",
    "bad_redirect",  # too many, or to where we do not go
    "too_large",
    "wrong_type",
    "corrupt",  # broken, or its size or checksum is not what its index said
    "unsafe",  # entities of its own, or an archive that unfolds without end
]


class FetchError(Exception):
    """One address could not be fetched: a short code for queries, one sentence with the repair for people."""

    def __init__(self, reason: FetchReason, detail: str, uri: str, *, attempts: int = 1) -> None:
        self.reason: FetchReason = reason
        self.detail = detail
        self.uri = uri
        self.attempts = attempts
        super().__init__(f"{reason}: {detail}")


@dataclass(frozen=True, slots=True)
class Hints:
    """What the feed says of an item, for where its own bytes say nothing."""

    title: str | None = None
    publisher: str | None = None
    language: str | None = None  # ISO 639-1
    published_date: date | None = None
    published_precision: Precision = "unknown"


@dataclass(frozen=True, slots=True)
class Seen:
    """What an earlier fetch of an address left: enough to ask for it conditionally."""

    etag: str | None = None
    last_modified: str | None = None
    sha256: str | None = None  # of the bytes that were served
    fetched_at: datetime | None = None  # UTC


@dataclass(frozen=True, slots=True)
class Fetched:
    """Bytes that arrived. `uri` is their lasting name (no fragment, no credentials), `url` where they were served."""

    uri: str
    data: bytes
    media_type: str  # of the header, lower case, without parameters; "" if none was sent
    url: str | None = None
    charset: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    hints: Hints = field(default_factory=Hints)
    is_index: bool = False  # a feed, sitemap or index page: its bytes are kept, no documents are made of it
    slot: str | None = None  # the slot it fills, where its source has slots


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The server says that nothing changed since `Seen`."""

    uri: str
    slot: str | None = None


@dataclass(frozen=True, slots=True)
class Missed:
    """An address that gave nothing, and why; the others go on."""

    uri: str
    reason: FetchReason
    detail: str
    slot: str | None = None
    data: bytes | None = None  # what did arrive, where that is the fault
    is_index: bool = False  # a list of addresses: never to be fetched as a document


Outcome = Fetched | Unchanged | Missed


@dataclass(frozen=True, slots=True)
class Window:
    """The period asked for, both ends included, UTC; None is open."""

    since: datetime | None = None
    until: datetime | None = None


class ProtocolReader(Protocol):
    """What a module of sources/readers looks like that fetches."""

    def fetch(
        self, spec: SourceSpec, client: Client, seen: Mapping[str, Seen], window: Window
    ) -> Iterator[Outcome]: ...
