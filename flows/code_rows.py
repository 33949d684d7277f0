"""What the coder found as rows of the warehouse: sentences, mentions, and what it has to say about a document."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from coder import CODER_VERSION
from coder.records import Coding, Mention
from flows.ids import content_id
from flows.standing import Stamp

Row = dict[str, Any]


def sentence_row(coding: Coding, number: int, sentence_ids: dict[int, str]) -> Row:
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


def mention_row(
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


def issue(document_id: str, reason: str, detail: str, now: datetime, stamp: Stamp) -> Row:
    return {
        "issue_id": content_id(document_id, *stamp.made_with, "code", reason, detail),
        "source_id": None,
        "uri": document_id,
        "stage": "code",
        "reason": reason,
        "detail": detail,
        "snapshot_sha256": None,
        "first_seen_at": now,
        "run_id": stamp.run_id,
    }
