"""Which documents are copies of others: wire copies, re-posts, updated versions. Nothing is deleted, all are coded.

Each document is compared once, after it was landed, with all that were compared before. Texts with the same words are
copies; so are texts that share most of their word triples, which MinHash estimates from a short signature. Signatures
are kept, so a new document is compared with those of years without reading a text again. `duplicate_of` names the
first document of a cluster and never changes: what comes later, be it an earlier print of the same, joins it.
"""

from __future__ import annotations

import hashlib
import re
import struct
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from operator import eq
from typing import TYPE_CHECKING, Any

from flows.warehouse import insert_new, transaction, utc_now

if TYPE_CHECKING:
    import duckdb

SIMILAR = 0.7  # of the triples: three words changed in five hundred leave 0.97, a fifth added 0.8, half changed 0.3
_WELL_COVERED = 0.9  # what is this close to the first of its cluster needs no place of its own in the index
_LEAST_WORDS = 40  # shorter texts are told apart by their words alone: one other name is another report
_TRIPLE = 3
_NUMBERS, _SEED = 128, 1  # of a signature; the standard error of an estimate near 0.7 is 0.04
_BANDS, _ROWS = 25, 5  # of 100 texts that share 0.7 of their triples, 99 share a band
_CROWD = 1000  # originals that share a band share a form, not a text
_CHUNK_DOCUMENTS = 2000  # compared in one transaction
_CHUNK_CHARACTERS = 8_000_000
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"  # scripts without spaces
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")

Row = dict[str, Any]
Signature = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """An earlier document that a text is a copy of, the first of its cluster, and how alike they are."""

    document_id: str
    original_id: str
    similarity: float

    @property
    def rank(self) -> tuple[float, str]:
        return -self.similarity, self.original_id


def compare_new(
    con: duckdb.DuckDBPyConnection, run_id: str | None = None, *, progress: Callable[[int, int], None] | None = None
) -> int:
    """Compare every document that was not yet; says how many copies were found.

    The order does not depend on that of their arrival, so that a run that was killed and repeated ends alike.
    """
    pending = con.execute(
        """
        select document_id, length(text) from raw.documents anti join ops.duplicates using (document_id)
        order by published_date nulls last, source_id, uri, part_no, document_id
        """
    ).fetchall()
    copies = done = 0
    for ids in _chunks(pending):
        rows = _compare(con, ids, run_id)
        with transaction(con):
            insert_new(con, "ops.duplicates", rows)
        copies += sum(row["duplicate_of"] is not None for row in rows)
        done += len(ids)
        if progress is not None:
            progress(done, len(pending))
    return copies


def words(text: str) -> list[str]:
    """What is compared: words without case and marks; single characters where a script has no spaces."""
    return _WORD.findall(text.casefold())


def signature_of(said: list[str]) -> Signature:
    """The MinHash signature of a text's word triples."""
    from rensa import RMinHash

    made = RMinHash(_NUMBERS, _SEED)
    made.update([f"{one} {two} {three}" for one, two, three in zip(said, said[1:], said[2:], strict=False)])
    return tuple(made.digest())


def likeness(one: Signature, other: Signature) -> float:
    """The estimated share of common triples."""
    return sum(map(eq, one, other)) / _NUMBERS


def bands(signature: Signature) -> list[int]:
    """Hashes of the signature's parts; each is mixed with its place."""
    packed = struct.pack(f"<{_NUMBERS}I", *signature)
    size = 4 * _ROWS
    return [zlib.crc32(packed[n * size : (n + 1) * size], n) for n in range(_BANDS)]


@cache
def method() -> str:
    """How signatures are made: those of another method are not compared."""
    from rensa import RMinHash

    return f"rensa {RMinHash.ALGORITHM_VERSION}, 3 words, {_NUMBERS} numbers, seed {_SEED}"


class _Index:
    """The signatures of one chunk, and those that are stored, by their bands."""

    def __init__(self, con: duckdb.DuckDBPyConnection, made: dict[str, tuple[Signature, list[int]]]) -> None:
        self._by_band: dict[int, list[str]] = defaultdict(list)
        self._known: dict[str, tuple[str, Signature]] = {}
        wanted = sorted({band for _, its_bands in made.values() for band in its_bands})
        if not wanted:
            return
        stored = con.execute(
            """
            with hits as (
                select band, document_id from (
                    select unnest(bands) as band, document_id from ops.duplicates where method = ? and bands is not null
                )
                where band in (select unnest(?::uinteger[]))
                qualify count(*) over (partition by band) <= ?
            )
            select band, document_id, coalesce(duplicate_of, document_id), signature
            from hits join ops.duplicates using (document_id)
            order by compared_at, document_id
            """,
            [method(), wanted, _CROWD],
        )
        while rows := stored.fetchmany(10_000):
            for band, document_id, original_id, packed in rows:
                self._by_band[band].append(document_id)
                if document_id not in self._known:
                    self._known[document_id] = (original_id, struct.unpack(f"<{_NUMBERS}I", bytes.fromhex(packed)))

    def nearest(self, signature: Signature, its_bands: list[int]) -> Match | None:
        """The most similar of those that share a band, if it is similar enough."""
        near = {document_id for band in its_bands for document_id in self._by_band.get(band, ())}
        matches = [
            Match(document_id, original_id, similarity)
            for document_id in near
            for original_id, other in [self._known[document_id]]
            if (similarity := likeness(signature, other)) >= SIMILAR
        ]
        return min(matches, key=lambda match: match.rank, default=None)

    def add(self, document_id: str, original_id: str, signature: Signature, its_bands: list[int]) -> None:
        self._known[document_id] = (original_id, signature)
        for band in its_bands:
            if len(self._by_band[band]) < _CROWD:
                self._by_band[band].append(document_id)


def _compare(con: duckdb.DuckDBPyConnection, ids: list[str], run_id: str | None) -> list[Row]:
    texts = dict(
        con.execute(
            "select document_id, text from raw.documents where document_id in (select unnest(?::text[]))", [ids]
        ).fetchall()
    )
    hashes: dict[str, str] = {}
    made: dict[str, tuple[Signature, list[int]]] = {}
    for document_id in ids:
        said = words(texts.pop(document_id))
        hashes[document_id] = hashlib.sha256(" ".join(said).encode()).hexdigest()[:32]
        if len(said) >= _LEAST_WORDS:
            signature = signature_of(said)
            made[document_id] = (signature, bands(signature))
    exact = dict(
        con.execute(
            """
            select text_hash, arg_min(coalesce(duplicate_of, document_id), (compared_at, document_id))
            from ops.duplicates where text_hash in (select unnest(?::text[])) group by text_hash
            """,
            [sorted(set(hashes.values()))],
        ).fetchall()
    )
    index = _Index(con, made)
    now = utc_now()
    rows = []
    for document_id in ids:
        text_hash = hashes[document_id]
        row: Row = {
            "document_id": document_id, "duplicate_of": None, "kind": None, "similarity": None, "text_hash": text_hash,
            "method": method(), "signature": None, "bands": None, "compared_at": now, "run_id": run_id,
        }  # fmt: skip
        if text_hash in exact:
            row |= {"duplicate_of": exact[text_hash], "kind": "exact", "similarity": 1.0}
        elif document_id in made:
            signature, its_bands = made[document_id]
            match = index.nearest(signature, its_bands)
            if match is not None:
                row |= {"duplicate_of": match.original_id, "kind": "near", "similarity": match.similarity}
            if match is None or match.document_id != match.original_id or match.similarity < _WELL_COVERED:
                index.add(document_id, match.original_id if match else document_id, signature, its_bands)
                row |= {"signature": struct.pack(f"<{_NUMBERS}I", *signature).hex(), "bands": its_bands}
        exact.setdefault(text_hash, row["duplicate_of"] or document_id)
        rows.append(row)
    return rows


def _chunks(pending: list[tuple[str, int]]) -> Iterator[list[str]]:
    ids: list[str] = []
    characters = 0
    for document_id, length in pending:
        ids.append(document_id)
        characters += length
        if len(ids) >= _CHUNK_DOCUMENTS or characters >= _CHUNK_CHARACTERS:
            yield ids
            ids, characters = [], 0
    if ids:
        yield ids
