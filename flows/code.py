"""Code: documents in, rows of `raw.sentences` and `raw.event_mentions` out; what is coded is left alone.

A coding is named by document, coder version, dictionaries, model and its number. What a changed dictionary can touch
(flows/standing.py) is coded again beside the old rows, and a second run does nothing. Each batch is one transaction:
a kill loses one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from coder import CODER_VERSION
from coder.records import Coding, SourceDocument
from flows.changes import differences, remember
from flows.code_lines import code_file
from flows.code_rows import issue, mention_row, sentence_row
from flows.coders import Coders, Failed, Work, installed_model_id, load_checked_dictionaries, load_parser
from flows.ids import content_id
from flows.settings import Settings, load_settings
from flows.standing import Stamp, bring_up_to_date, next_numbers
from flows.warehouse import insert_new, open_warehouse, transaction, utc_now

if TYPE_CHECKING:
    import duckdb
    from prefect import Flow

__all__ = ["EXAMPLES", "CodeReport", "code_file", "code_flow", "code_new"]

_BATCH_DOCUMENTS = 64
_BATCH_CHARACTERS = 300_000
EXAMPLES = 5

Row = dict[str, Any]
Progress = Callable[[int, int], None]  # documents done, documents in all


@dataclass(slots=True)
class CodeReport:
    """What one coding did."""

    documents: int = 0
    documents_known: int = 0  # needed no coding
    documents_foreign: int = 0  # in a language that the coder does not read
    documents_again: int = 0  # of those to be coded, the ones whose coding no longer held
    documents_untouched: int = 0  # of those known, the ones that no changed row of the dictionaries can touch
    documents_restored: int = 0  # and those whose earlier coding with just these dictionaries holds again
    changed_rows: dict[str, int] = field(default_factory=dict)  # of the dictionaries, by table
    reasons: list[str] = field(default_factory=list)  # why documents were coded again whatever they say
    sentences: int = 0
    parsed: int = 0
    parses_made: int = 0  # parses that the cache did not have
    mentions: int = 0
    failed: int = 0
    workers: int = 1
    coder_version: str = CODER_VERSION
    dictionary_hash: str = ""
    model_id: str = ""
    notes: list[str] = field(default_factory=list)
    changes: dict[str, Any] | None = None  # of the events, where they were asked for (flows/changes.py)
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def code_new(
    settings: Settings,
    run_id: str | None = None,
    recode: bool = False,
    *,
    progress: Progress | None = None,
    examples: int = EXAMPLES,
) -> CodeReport:
    """Code each document whose coding is not up to date; `recode` also tells which events are others now."""
    began = time.monotonic()
    dictionaries = load_checked_dictionaries(settings.dictionaries_dir)
    model_id = installed_model_id(settings.model)
    if model_id is None:
        parser = load_parser(settings.model, settings.parses_dir)
        model_id = parser.model_id
        parser.close()
    stamp = Stamp(dictionaries.hash, model_id, run_id)
    report = CodeReport(dictionary_hash=dictionaries.hash, model_id=model_id)
    with open_warehouse(settings, purpose="code") as con:
        if recode:
            remember(con)
        plan = bring_up_to_date(con, stamp, settings.dictionaries_dir)
        report.documents_known, report.documents_again = plan.known, plan.again
        report.documents_foreign = plan.foreign
        report.documents_untouched, report.documents_restored = plan.untouched, plan.restored
        report.changed_rows, report.reasons = plan.changed_rows, plan.reasons
        total = len(plan.pending)
        if total:
            characters = sum(length for _, length in plan.pending)
            with Coders(settings, dictionaries, characters) as coders:
                report.workers = coders.workers
                for outcome in coders.run(_batches(con, plan.pending)):
                    codings = [item for item in outcome if isinstance(item, Coding)]
                    failures = [item for item in outcome if isinstance(item, Failed)]
                    _write(con, report, stamp, codings, failures)
                    if progress is not None:
                        progress(report.documents + report.failed, total)
            report.notes += coders.notes
            report.parses_made = coders.parses_made
        if recode:
            report.changes = differences(con, examples)
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
    issues = [issue(f.document_id, "failed", f"the coder failed ({f.error}); report it", now, stamp) for f in failures]
    numbers = next_numbers(con, [coding.document_id for coding in codings])
    for coding in codings:
        number = numbers[coding.document_id]
        coding_id = stamp.coding_id(coding.document_id, number)
        sentence_ids = {
            sentence.no: content_id(coding.document_id, sentence.start, sentence.end) for sentence in coding.sentences
        }
        sentences += [sentence_row(coding, n, sentence_ids) for n in range(len(coding.sentences))]
        rows = {
            row["mention_id"]: row
            for mention in coding.mentions
            for row in [mention_row(coding, mention, coding_id, sentence_ids, stamp, now)]
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
                "coding_no": number,
            }
        )
        issues += [issue(coding.document_id, "note", note, now, stamp) for note in coding.notes]
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
