"""A small coded world for tests of what comes after coding: documents, sentences and mentions of our own
making.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, datetime

from flows.ids import content_id
from flows.settings import PROJECT, Settings
from flows.snapshots import store
from flows.warehouse import insert_new, open_warehouse

NOW = datetime(2026, 1, 2, 3, 4, 5)


@dataclass(frozen=True)
class Act:
    """One sentence that tells of one act."""

    source: str
    verb: str
    target: str
    source_actor: str
    target_actor: str
    code: str
    day: date | None
    pattern_id: str = ""
    status: str = "occurred"

    @property
    def text(self) -> str:
        return f"{self.source} {self.verb} {self.target}."


with (PROJECT / "dbt_project" / "seeds" / "verb_patterns.csv").open(encoding="utf-8", newline="") as _rows:
    PATTERN = next(csv.DictReader(_rows))["pattern_id"]  # any that exists

MEETING = Act("China", "met with", "Russia", "CHN", "RUS", "040", date(2021, 6, 28), PATTERN)
VISIT = Act("Russia", "visited", "India", "RUS", "IND", "042", date(2021, 7, 1))
PROTEST = Act("India", "criticised", "China", "IND", "CHN", "111", date(2021, 7, 2))
UNDATED = Act("China", "praised", "Russia", "CHN", "RUS", "051", None)
ACTS = (MEETING, VISIT, PROTEST, UNDATED)


def land(settings: Settings, name: str = "news.txt", acts: tuple[Act, ...] = ACTS) -> str:
    """A document with these acts, landed and coded; gives its id. Landing it twice adds nothing."""
    text = "\n".join(act.text for act in acts)
    document_id = content_id("tests", name, 1, text)
    settings.home.mkdir(parents=True, exist_ok=True)
    coding = {"coder_version": "test", "dictionary_hash": "test", "coded_at": NOW, "run_id": "test"}
    coding_id = content_id(document_id, "test")
    documents = [
        {
            "document_id": document_id,
            "source_id": "tests",
            "uri": name,
            "part_no": 1,
            "title": "A test",
            "publisher": "Our own",
            "language": "en",
            "published_date": date(2021, 7, 3),
            "published_precision": "day",
            "published_basis": "metadata",
            "retrieved_at": NOW,
            "snapshot_sha256": store(settings.snapshots_dir, text.encode()),
            "media_type": "text/plain",
            "text": text,
        }
    ]
    sentences, mentions, start = [], [], 0
    for number, act in enumerate(acts):
        end = start + len(act.text)
        sentence_id = content_id(document_id, start, end)
        sentences.append(
            {
                "sentence_id": sentence_id,
                "document_id": document_id,
                "sentence_no": number,
                "char_start": start,
                "char_end": end,
                "kind": "body",
                "anchor_date": None,
                "anchor_basis": None,
                "text": act.text,
            }
        )
        verb = start + len(act.source) + 1
        target = verb + len(act.verb) + 1
        mentions.append(
            {
                "mention_id": content_id(coding_id, sentence_id),
                "coding_id": coding_id,
                "sentence_id": sentence_id,
                "document_id": document_id,
                "source_actor": act.source_actor,
                "source_role": "",
                "target_actor": act.target_actor,
                "target_role": "",
                **_span("source", act.source, start),
                **_span("target", act.target, target),
                **_span("verb", act.verb, verb),
                "event_code": act.code,
                "pattern_id": act.pattern_id or PATTERN,
                "decided_by": "pattern",
                "event_date_start": act.day,
                "event_date_end": act.day,
                "date_precision": "day" if act.day else "unknown",
                "date_basis": "text" if act.day else "unknown",
                "date_text": None,
                "event_status": act.status,
                "forum": None,
                "attribution": None,
                "symmetric_group": None,
                "confidence": 0.8,
                "coder_version": coding["coder_version"],
                "dictionary_hash": coding["dictionary_hash"],
                "coded_at": NOW,
            }
        )
        start = end + 1
    codings = [
        {
            "coding_id": coding_id,
            "document_id": document_id,
            **coding,
            "model_id": "test",
            "sentence_count": len(acts),
            "parsed_count": len(acts),
            "mention_count": len(acts),
        }
    ]
    with open_warehouse(settings) as con:
        insert_new(con, "raw.documents", documents)
        insert_new(con, "raw.sentences", sentences)
        insert_new(con, "raw.event_mentions", mentions)
        insert_new(con, "ops.codings", codings)
    return document_id


def _span(role: str, text: str, start: int) -> dict[str, object]:
    return {f"{role}_text": text, f"{role}_start": start, f"{role}_end": start + len(text)}
