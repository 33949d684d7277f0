"""Which coding of each document stands, and what a new state of the dictionaries leaves to be coded.

A document is up to date if its last coding was made by the present coder, model and dictionaries. Of the others, one
that was once coded just so gets that coding back, one that the changed rows cannot touch keeps the coding it has, and
only the rest is coded again. Keeping and getting back are rows of `ops.codings` too: nothing is ever rewritten.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from coder import CODER_VERSION
from coder.changes import Change, TableRow, read_rows
from flows.ids import content_id
from flows.warehouse import insert_new, transaction, utc_now

if TYPE_CHECKING:
    import duckdb

_TEXTS = 500  # read at a time

# As stg_documents has it: a text whose language nobody could tell is taken for English.
CODABLE = "coalesce(language, 'en') = 'en'"

# As stg_codings has it; `found_by` is the coding whose mentions hold.
CURRENT = """(
    select *, coalesce(same_as, coding_id) as found_by from ops.codings
    qualify row_number() over (
        partition by document_id order by coding_no desc nulls last, coded_at desc, coding_id desc
    ) = 1
)"""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a coding is made with, and in which run."""

    dictionary_hash: str
    model_id: str
    run_id: str | None

    @property
    def made_with(self) -> tuple[str, str, str]:
        return CODER_VERSION, self.dictionary_hash, self.model_id

    def coding_id(self, document_id: str, number: int) -> str:
        """The number tells apart codings that a document has got with the same dictionaries, back and forth."""
        return content_id(document_id, *self.made_with, number)


@dataclass(slots=True)
class Plan:
    """What is to be coded, and what was spared."""

    pending: list[tuple[str, int]] = field(default_factory=list)  # ids and lengths of documents
    again: int = 0  # of these, how many have a coding that no longer holds
    known: int = 0
    foreign: int = 0  # in a language that the coder does not read
    untouched: int = 0
    restored: int = 0
    changed_rows: dict[str, int] = field(default_factory=dict)  # by table
    reasons: list[str] = field(default_factory=list)  # why documents are coded again wherever they say what


def bring_up_to_date(con: duckdb.DuckDBPyConnection, stamp: Stamp, folder: Path) -> Plan:
    """Let stand what holds under the present dictionaries, and list what must be coded."""
    rows = _keep_rows(con, stamp, folder)
    plan = Plan()
    con.execute(
        f"""
        create or replace temp table stale as
        select document_id, length(text) as length, found_by, dictionary_hash,
            coder_version = ? and model_id = ? as is_kin
        from raw.documents left join {CURRENT} using (document_id)
        where not coalesce(coder_version = ? and dictionary_hash = ? and model_id = ?, false) and {CODABLE}
        """,
        [CODER_VERSION, stamp.model_id, *stamp.made_with],
    )
    con.execute(
        """
        create or replace temp table kept as
        select document_id, coalesce(codings.same_as, codings.coding_id) as found_by
        from ops.codings semi join stale using (document_id)
        where coder_version = ? and dictionary_hash = ? and model_id = ?
        qualify row_number() over (partition by document_id order by coding_no desc nulls last, coding_id) = 1
        """,
        list(stamp.made_with),
    )
    plan.restored = _count(con, "kept")
    _keep_untouched(con, plan, folder, rows)
    plan.untouched = _count(con, "kept") - plan.restored
    _write_kept(con, stamp)
    plan.pending = con.execute(
        "select document_id, length from stale anti join kept using (document_id) order by document_id"
    ).fetchall()
    plan.again = _count(con, "stale anti join kept using (document_id) where found_by is not null")
    plan.foreign = _count(con, f"raw.documents where not ({CODABLE})")
    plan.known = _count(con, "raw.documents") - len(plan.pending) - plan.foreign
    return plan


def next_numbers(con: duckdb.DuckDBPyConnection, document_ids: list[str]) -> dict[str, int]:
    """The number that each document's next coding has."""
    known = con.execute(
        "select document_id, coalesce(max(coding_no), 0) from ops.codings "
        "where document_id in (select unnest(?::text[])) group by document_id",
        [document_ids],
    ).fetchall()
    return dict.fromkeys(document_ids, 1) | {document_id: number + 1 for document_id, number in known}


def _keep_rows(con: duckdb.DuckDBPyConnection, stamp: Stamp, folder: Path) -> list[TableRow] | None:
    """Keep the rows of dictionaries that are new here: what differs from them can be told later."""
    if _count(con, "ops.dictionaries where dictionary_hash = ?", stamp.dictionary_hash):
        return None
    rows = read_rows(folder)
    stored = {}
    for row in rows:
        cells = json.dumps(row.cells, ensure_ascii=False)
        row_id = content_id(row.table, cells)
        stored[row_id] = {"row_id": row_id, "table_name": row.table, "cells": cells}
    state = {
        "dictionary_hash": stamp.dictionary_hash,
        "row_ids": " ".join(sorted(stored)),
        "first_seen_at": utc_now(),
    }
    with transaction(con):
        insert_new(con, "ops.dictionary_rows", list(stored.values()))
        insert_new(con, "ops.dictionaries", [state])
    return rows


def _rows_of(con: duckdb.DuckDBPyConnection, dictionary_hash: str) -> list[TableRow] | None:
    """The rows of an earlier state, if they were kept."""
    found = con.execute(
        """
        select table_name, cells from ops.dictionary_rows where row_id in (
            select unnest(string_split(row_ids, ' ')) from ops.dictionaries where dictionary_hash = ?
        )
        """,
        [dictionary_hash],
    ).fetchall()
    rows = [TableRow(table, tuple((k, v) for k, v in json.loads(cells))) for table, cells in found]
    return rows or None


def _keep_untouched(con: duckdb.DuckDBPyConnection, plan: Plan, folder: Path, rows: list[TableRow] | None) -> None:
    """Add to `kept` the documents that no changed row can touch."""
    if _count(con, "stale anti join kept using (document_id) where found_by is not null and not is_kin"):
        plan.reasons.append("the coder or its language model is another")
    hashes = con.execute(
        "select distinct dictionary_hash from stale anti join kept using (document_id) where is_kin order by 1"
    ).fetchall()
    changed: Counter[str] = Counter()
    for (dictionary_hash,) in hashes:
        before = _rows_of(con, dictionary_hash)
        if before is None:
            plan.reasons.append(f"the rows of dictionaries {dictionary_hash} were not kept")
            continue
        rows = rows or read_rows(folder)
        change = Change(before, rows)
        changed |= change.rows
        if change.everything:
            plan.reasons.append(f"any document may depend on {', '.join(change.everything)}")
            continue
        mine = "stale anti join kept using (document_id) where is_kin and dictionary_hash = ?"
        touched = []
        if not change.is_silent:
            texts = con.execute(
                "select document_id, text from raw.documents semi join "
                f"(select document_id from {mine}) using (document_id)",
                [dictionary_hash],
            )
            while some := texts.fetchmany(_TEXTS):
                touched += [document_id for document_id, text in some if change.touches(text)]
        con.execute(
            f"insert into kept select document_id, found_by from {mine} "
            "and document_id not in (select unnest(?::text[]))",
            [dictionary_hash, touched],
        )
    plan.changed_rows = dict(sorted(changed.items()))


def _write_kept(con: duckdb.DuckDBPyConnection, stamp: Stamp) -> None:
    """A coding for each kept document, which points to the one that found its mentions."""
    con.execute(
        """
        insert or ignore into ops.codings by name
        with numbered as (
            select kept.document_id, kept.found_by, coalesce(max(codings.coding_no), 0) + 1 as number
            from kept join ops.codings using (document_id) group by all
        )
        select
            left(sha256(concat_ws(chr(31), numbered.document_id, $coder, $dictionaries, $model, number::text)), 16)
                as coding_id,
            numbered.document_id,
            $coder as coder_version,
            $dictionaries as dictionary_hash,
            $model as model_id,
            found.sentence_count,
            found.parsed_count,
            found.mention_count,
            $now::timestamp as coded_at,
            $run as run_id,
            number as coding_no,
            found_by as same_as
        from numbered join ops.codings as found on found.coding_id = found_by
        order by numbered.document_id
        """,
        {
            "coder": CODER_VERSION,
            "dictionaries": stamp.dictionary_hash,
            "model": stamp.model_id,
            "now": str(utc_now()),
            "run": stamp.run_id,
        },
    )


def _count(con: duckdb.DuckDBPyConnection, what: str, *parameters: object) -> int:
    row = con.execute(f"select count(*) from {what}", list(parameters)).fetchone()
    return int(row[0]) if row else 0
