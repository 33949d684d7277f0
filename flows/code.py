"""Code: documents in, rows of `raw.sentences` and `raw.event_mentions` out; what is coded is left alone.

A coding is named by document, coder version, dictionaries and model: a changed dictionary codes everything
again beside the old rows, and a second run does nothing. Each batch is one transaction: a kill loses one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from coder import CODER_VERSION
from coder.records import Coding, Mention, SourceDocument
from flows.code_lines import code_file
from flows.coders import Coders, Failed, Work, installed_model_id, load_checked_dictionaries, load_parser
from flows.ids import content_id
from flows.settings import Settings, load_settings
from flows.warehouse import insert_new, open_warehouse, transaction, utc_now

if TYPE_CHECKING:
    import duckdb
    from prefect import Flow

__all__ = ["CodeReport", "code_file", "code_flow", "code_new"]

_BATCH_DOCUMENTS = 64
_BATCH_CHARACTERS = 300_000

Row = dict[str, Any]
Progress = Callable[[int, int], None]  # documents done, documents in all


@dataclass(slots=True)
class CodeReport:
    """What one coding did."""

    documents: int = 0
    documents_known: int = 0  # coded before by the same coder, dictionaries and model
    sentences: int = 0
    parsed: int = 0
    mentions: int = 0
    failed: int = 0
    workers: int = 1
    coder_version: str = CODER_VERSION
    dictionary_hash: str = ""
    model_id: str = ""
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a coding was made with, and in which run."""

    dictionary_hash: str
    model_id: str
    run_id: str | None
    again: bool  # asked for although it exists: it gets a name of its own and becomes the current one

    def coding_id(self, document_id: str) -> str:
        extra = (self.run_id or utc_now().isoformat(),) if self.again else ()
        return content_id(document_id, CODER_VERSION, self.dictionary_hash, self.model_id, *extra)


def code_new(
    settings: Settings,
    run_id: str | None = None,
    recode: bool = False,
    *,
    progress: Progress | None = None,
) -> CodeReport:
    """Code each document that the present coder, dictionaries and model have not coded; `recode`: all."""
    began = time.monotonic()
    dictionaries = load_checked_dictionaries(settings.dictionaries_dir)
    model_id = installed_model_id(settings.model)
    if model_id is None:
        parser = load_parser(settings.model, settings.parses_dir)
        model_id = parser.model_id
        parser.close()
    stamp = Stamp(dictionaries.hash, model_id, run_id, recode)
    report = CodeReport(dictionary_hash=dictionaries.hash, model_id=model_id)
    with open_warehouse(settings, purpose="code") as con:
        pending, report.documents_known = _pending(con, stamp)
        total = len(pending)
        if total:
            characters = sum(length for _, length in pending)
            with Coders(settings, dictionaries, characters) as coders:
                report.workers = coders.workers
                for outcome in coders.run(_batches(con, pending)):
                    codings = [item for item in outcome if isinstance(item, Coding)]
                    failures = [item for item in outcome if isinstance(item, Failed)]
                    _write(con, report, stamp, codings, failures)
                    if progress is not None:
                        progress(report.documents + report.failed, total)
            report.notes += coders.notes
    report.seconds = round(time.monotonic() - began, 3)
    return report


@cache
def code_flow() -> Flow[..., dict[str, Any]]:
    """The Prefect flow of this stage, made when first asked for: importing Prefect takes seconds."""
    from prefect import flow

    @flow(name="comity-code")
    def comity_code(run_id: str | None = None, recode: bool = False) -> dict[str, Any]:
        return code_new(load_settings(), run_id, recode).as_dict()

    return comity_code


def _pending(con: duckdb.DuckDBPyConnection, stamp: Stamp) -> tuple[list[tuple[str, int]], int]:
    """Ids and lengths of the documents to code, and how many need no coding."""
    total = con.execute("select count(*) from raw.documents").fetchone()
    if stamp.again:
        rows = con.execute("select document_id, length(text) from raw.documents order by 1").fetchall()
    else:
        rows = con.execute(
            """
            select document_id, length(text) from raw.documents
            anti join (
                select document_id from ops.codings
                where coder_version = ? and dictionary_hash = ? and model_id = ?
            ) using (document_id)
            order by document_id
            """,
            [CODER_VERSION, stamp.dictionary_hash, stamp.model_id],
        ).fetchall()
    return rows, (total[0] if total else 0) - len(rows)


def _batches(con: duckdb.DuckDBPyConnection, pending: list[tuple[str, int]]) -> Iterator[Work]:
    ids: list[str] = []
    characters = 0
    for document_id, length in pending:
        ids.append(document_id)
        characters += length
        if len(ids) >= _BATCH_DOCUMENTS or characters >= _BATCH_CHARACTERS:
            yield _load(con, ids)
            ids, characters = [], 0
    if ids:
        yield _load(con, ids)


def _load(con: duckdb.DuckDBPyConnection, ids: list[str]) -> list[SourceDocument]:
    rows = con.execute(
        """
        select document_id, text, title, published_date, published_precision, language, publisher
        from raw.documents where document_id in (select unnest(?::text[])) order by document_id
        """,
        [ids],
    ).fetchall()
    return [SourceDocument(*row) for row in rows]


def _write(
    con: duckdb.DuckDBPyConnection,
    report: CodeReport,
    stamp: Stamp,
    codings: list[Coding],
    failures: list[Failed],
) -> None:
    now = utc_now()
    sentences: list[Row] = []
    mentions: list[Row] = []
    made: list[Row] = []
    issues = [
        _issue(f.document_id, "failed", f"the coder failed ({f.error}); report it", now, stamp)
        for f in failures
    ]
    for coding in codings:
        coding_id = stamp.coding_id(coding.document_id)
        sentence_ids = {
            sentence.no: content_id(coding.document_id, sentence.start, sentence.end)
            for sentence in coding.sentences
        }
        sentences += [_sentence_row(coding, n, sentence_ids) for n in range(len(coding.sentences))]
        rows = {
            row["mention_id"]: row
            for mention in coding.mentions
            for row in [_mention_row(coding, mention, coding_id, sentence_ids, stamp, now)]
        }
        mentions += rows.values()
        made.append(
            {
                "coding_id": coding_id,
                "document_id": coding.document_id,
                "coder_version": CODER_VERSION,
                "dictionary_hash": stamp.dictionary_hash,
                "model_id": stamp.model_id,
                "sentence_count": len(coding.sentences),
                "parsed_count": coding.parsed_count,
                "mention_count": len(rows),
                "coded_at": now,
                "run_id": stamp.run_id,
            }
        )
        issues += [_issue(coding.document_id, "note", note, now, stamp) for note in coding.notes]
    with transaction(con):
        insert_new(con, "raw.sentences", sentences)
        insert_new(con, "raw.event_mentions", mentions)
        insert_new(con, "ops.codings", made)
        insert_new(con, "ops.issues", issues)
    report.documents += len(codings)
    report.sentences += len(sentences)
    report.parsed += sum(coding.parsed_count for coding in codings)
    report.mentions += len(mentions)
    report.failed += len(failures)
    report.notes += [f"document {f.document_id}: {f.error}" for f in failures]


def _sentence_row(coding: Coding, number: int, sentence_ids: dict[int, str]) -> Row:
    sentence = coding.sentences[number]
    return {
        "sentence_id": sentence_ids[sentence.no],
        "document_id": coding.document_id,
        "sentence_no": sentence.no,
        "char_start": sentence.start,
        "char_end": sentence.end,
        "kind": sentence.kind,
        "anchor_date": sentence.anchor.start if sentence.anchor else None,
        "anchor_basis": sentence.anchor.basis if sentence.anchor else None,
        "text": sentence.text,
    }


def _mention_row(
    coding: Coding,
    mention: Mention,
    coding_id: str,
    sentence_ids: dict[int, str],
    stamp: Stamp,
    now: datetime,
) -> Row:
    source_start, source_end = mention.source_span or (None, None)
    target_start, target_end = mention.target_span or (None, None)
    verb_start, verb_end = mention.verb_span or (None, None)
    sentence_id = sentence_ids[mention.sentence_no]
    spans = (source_start, source_end, target_start, target_end, verb_start, verb_end)
    return {
        "mention_id": content_id(
            coding_id, sentence_id, *spans, mention.source_actor, mention.source_role, mention.target_actor,
            mention.target_role, mention.event_code, mention.pattern_id,
        ),
        "coding_id": coding_id,
        "sentence_id": sentence_id,
        "document_id": coding.document_id,
        "source_actor": mention.source_actor,
        "source_role": mention.source_role or None,
        "target_actor": mention.target_actor,
        "target_role": mention.target_role or None,
        "source_text": mention.source_text, "source_start": source_start, "source_end": source_end,
        "target_text": mention.target_text, "target_start": target_start, "target_end": target_end,
        "verb_text": mention.verb_text, "verb_start": verb_start, "verb_end": verb_end,
        "event_code": mention.event_code,
        "pattern_id": mention.pattern_id,
        "decided_by": mention.decided_by,
        "event_date_start": mention.dating.start,
        "event_date_end": mention.dating.end,
        "date_precision": mention.dating.precision,
        "date_basis": mention.dating.basis,
        "date_text": mention.dating.text or None,
        "event_status": mention.status,
        "forum": mention.forum,
        "attribution": mention.attribution,
        "symmetric_group": mention.symmetric_group,
        "confidence": mention.confidence,
        "coder_version": CODER_VERSION,
        "dictionary_hash": stamp.dictionary_hash,
        "coded_at": now,
    }  # fmt: skip


def _issue(document_id: str, reason: str, detail: str, now: datetime, stamp: Stamp) -> Row:
    return {
        "issue_id": content_id(
            document_id, CODER_VERSION, stamp.dictionary_hash, stamp.model_id, "code", reason, detail
        ),
        "source_id": None,
        "uri": document_id,
        "stage": "code",
        "reason": reason,
        "detail": detail,
        "snapshot_sha256": None,
        "first_seen_at": now,
        "run_id": stamp.run_id,
    }
