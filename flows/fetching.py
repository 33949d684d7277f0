"""Sources that are fetched, side by side: one thread each asks and reads, this one alone writes.

What arrives is kept before anybody reads it. A source that hangs, fails or breaks its reader holds up no other: what
the others bring is written as it comes.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from typing import TYPE_CHECKING, cast

from flows import snapshots
from flows.errors import ComityError
from flows.landing import Landing, Piece, fetch_row
from flows.settings import Settings
from flows.warehouse import open_warehouse, utc_now
from flows.writing import IngestReport, Writer
from sources.fetched import Fetched, Missed, Outcome, ProtocolReader, Seen, Unchanged, Window
from sources.readers import load_reader

if TYPE_CHECKING:
    import duckdb

    from sources.client import Client
    from sources.hosts import Hosts
    from sources.spec import SourceSpec

_MOST_SOURCES = 8  # at once; each also asks several addresses at a time
_WAITING = 64  # pieces between the threads and the writer: what bounds memory when writing is slow
_BATCH_PIECES = 200
_BATCH_CHARACTERS = 8_000_000
_PATIENCE = 2.0  # seconds that a piece waits for others before it is written

Progress = Callable[[int, int], None]  # sources done, sources in all


@dataclass(slots=True)
class Memory:
    """What is known of a source's addresses before it is asked."""

    seen: dict[str, Seen] = field(default_factory=dict)
    indexes: set[str] = field(default_factory=set)
    documents: Counter[str] = field(default_factory=Counter)  # by the bytes they were read from


@dataclass(frozen=True, slots=True)
class Arrived:
    """A piece on its way to the writer."""

    spec: SourceSpec
    piece: Piece
    documents_known: int = 0
    is_unchanged: bool = False
    is_index: bool = False


@dataclass(frozen=True, slots=True)
class _Ended:
    spec: SourceSpec
    error: Exception | None = None


def fetch_sources(
    settings: Settings,
    specs: Sequence[SourceSpec],
    run_id: str | None,
    hosts: Hosts,
    *,
    window: Window | None = None,
    progress: Progress | None = None,
) -> list[IngestReport]:
    """Ask every source for what is new, and land it; in the order of `specs`, one report each."""
    if not specs:
        return []
    window = window or Window()
    writers = {spec.source_id: Writer(Landing(settings, spec, run_id)) for spec in specs}
    with open_warehouse(settings, purpose="ingest") as con:
        memories = {spec.source_id: remember(con, spec.source_id) for spec in specs}
    crew = _Crew(writers, memories, hosts, window)
    crew.start(specs)
    try:
        _write_all(settings, crew, writers, window, progress)
    finally:
        crew.stop()
    return [writers[spec.source_id].report for spec in specs]


def make_client(settings: Settings, spec: SourceSpec, hosts: Hosts) -> Client:
    """The client of one source; all of a run share their knowledge of hosts."""
    from sources.client import Client, agent_name

    return Client(spec.fetch, max_bytes=spec.max_bytes, user_agent=agent_name(settings.contact), hosts=hosts)


def remember(con: duckdb.DuckDBPyConnection, source_id: str) -> Memory:
    """What earlier runs left of a source's addresses."""
    memory = Memory()
    rows = con.execute(
        "select uri, etag, last_modified, snapshot_sha256, fetched_at, is_index from ops.fetches "
        "where source_id = ? and snapshot_sha256 is not null",
        [source_id],
    )
    while some := rows.fetchmany(10_000):
        for uri, etag, last_modified, sha256, fetched_at, is_index in some:
            at = fetched_at.replace(tzinfo=UTC) if fetched_at is not None else None
            memory.seen[uri] = Seen(etag, last_modified, sha256, at)
            if is_index:
                memory.indexes.add(uri)
    counts = con.execute(
        "select snapshot_sha256, count(*) from raw.documents where source_id = ? group by 1", [source_id]
    )
    memory.documents.update(dict(counts.fetchall()))
    return memory


def missed(landing: Landing, outcome: Missed) -> Piece:
    """An address that gave nothing: an issue with the bytes, if any came."""
    now, spec = utc_now(), landing.spec
    digests = [snapshots.store(landing.settings.snapshots_dir, outcome.data)] if outcome.data is not None else []
    issue = landing.issue(
        outcome.uri,
        digests,
        "fetch",
        outcome.reason,
        outcome.detail,
        now,
        {"is_index": True} if outcome.is_index else None,
    )
    return Piece(
        outcome.uri, issues=[issue], fetch=fetch_row(spec.source_id, outcome.uri, outcome.reason, now, landing.run_id)
    )


class _Crew:
    """The threads that ask, and the queue they fill."""

    def __init__(self, writers: dict[str, Writer], memories: dict[str, Memory], hosts: Hosts, window: Window) -> None:
        self.arrived: queue.Queue[Arrived | _Ended] = queue.Queue(_WAITING)
        self._writers = writers
        self._memories = memories
        self._hosts = hosts
        self._window = window
        self._waiting: deque[SourceSpec] = deque()
        self._clients: list[Client] = []
        self._stopped = threading.Event()

    def start(self, specs: Sequence[SourceSpec]) -> None:
        self._waiting.extend(specs)
        for number in range(min(len(specs), _MOST_SOURCES)):
            # daemons: a thread that hangs in a library must not keep an interrupted run alive
            threading.Thread(target=self._work, name=f"source-{number}", daemon=True).start()

    def stop(self) -> None:
        """Let no thread begin anything more."""
        self._stopped.set()
        self._waiting.clear()
        for client in self._clients:
            client.close()

    def _work(self) -> None:
        while not self._stopped.is_set():
            try:
                spec = self._waiting.popleft()
            except IndexError:
                return
            try:
                self._ask(spec)
            except Exception as error:
                self._put(_Ended(spec, error))
            else:
                self._put(_Ended(spec))

    def _ask(self, spec: SourceSpec) -> None:
        landing, memory = self._writers[spec.source_id].landing, self._memories[spec.source_id]
        reader = cast(ProtocolReader, load_reader(spec.reader))
        with make_client(landing.settings, spec, self._hosts) as client:
            self._clients.append(client)
            for outcome in reader.fetch(spec, client, memory.seen, self._window):
                self._put(received(landing, memory, outcome))
                if self._stopped.is_set():
                    return

    def _put(self, item: Arrived | _Ended) -> None:
        while not self._stopped.is_set():
            try:
                self.arrived.put(item, timeout=0.5)
            except queue.Full:
                continue
            return


def received(landing: Landing, memory: Memory, outcome: Outcome) -> Arrived:
    """What an answer comes to; its bytes are kept before they are read."""
    spec = landing.spec
    if isinstance(outcome, Fetched):
        return Arrived(spec, landing.fetched(outcome, utc_now()), is_index=outcome.is_index)
    if isinstance(outcome, Missed):
        return Arrived(spec, missed(landing, outcome), is_index=outcome.is_index)
    assert isinstance(outcome, Unchanged)
    row = fetch_row(spec.source_id, outcome.uri, "unchanged", utc_now(), landing.run_id)
    before = memory.seen.get(outcome.uri)
    known = memory.documents[before.sha256] if before is not None and before.sha256 else 0
    return Arrived(spec, Piece(outcome.uri, fetch=row), known, True, outcome.uri in memory.indexes)


def _write_all(
    settings: Settings, crew: _Crew, writers: dict[str, Writer], window: Window, progress: Progress | None
) -> None:
    active, last = len(writers), time.monotonic()
    ended: list[Writer] = []
    while active:
        try:
            item = crew.arrived.get(timeout=_PATIENCE)
        except queue.Empty:
            item = None
        if isinstance(item, Arrived):
            _count(writers[item.spec.source_id], item)
        elif isinstance(item, _Ended):
            active -= 1
            writer = writers[item.spec.source_id]
            _end(writer, item.error, window)
            ended.append(writer)
            if progress is not None:
                progress(len(writers) - active, len(writers))
        pieces = sum(len(writer.pieces) for writer in writers.values())
        characters = sum(writer.characters for writer in writers.values())
        is_due = pieces >= _BATCH_PIECES or characters >= _BATCH_CHARACTERS or not active
        if is_due or ((pieces or ended) and time.monotonic() - last >= _PATIENCE):
            with open_warehouse(settings, purpose="ingest") as con:
                for writer in writers.values():
                    writer.flush(con)
                for writer in ended:
                    writer.finish(con)
            ended, last = [], time.monotonic()


def _count(writer: Writer, item: Arrived) -> None:
    writer.add(item.piece)
    report = writer.report
    report.documents_known += item.documents_known
    report.unchanged += item.is_unchanged
    report.files += not item.is_index
    if item.is_index and item.is_unchanged:
        report.is_whole = False  # the list is as it was, and nothing in it was asked for


def _end(writer: Writer, error: Exception | None, window: Window) -> None:
    if window.since is not None or window.until is not None:
        writer.report.is_whole = writer.report.is_now = False
    if error is None:
        return
    if isinstance(error, ComityError):  # the disk is full, say: no source's fault
        raise error
    spec = writer.landing.spec
    detail = f"source {spec.source_id} could not be read to its end ({type(error).__name__}: {error}); run it again"
    writer.report.error = detail
    uri = spec.url or spec.source_id
    writer.add(Piece(uri, issues=[writer.landing.issue(uri, [], "fetch", "failed", detail, utc_now())]))
