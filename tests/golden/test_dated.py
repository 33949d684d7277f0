"""Dates of acts in whole documents: with a publication date and without one, news, comment, chronology, statement.

Each line of dated.jsonl is an invented document and, for some of its sentences, the date that an act in it has.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from coder.pipeline import code_documents
from coder.records import SourceDocument
from tests.coding import dictionaries, parser

DATED = Path(__file__).parents[1] / "fixtures" / "dated.jsonl"
ROWS = [json.loads(line) for line in DATED.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])
def test_acts_have_the_dates_that_the_document_gives_them(row: dict) -> None:
    published = date.fromisoformat(row["published"]) if row["published"] else None
    document = SourceDocument(row["id"], row["text"], None, published, "day" if published else "unknown")
    (coded,) = code_documents([document], dictionaries(), parser().parse)
    wrong = []
    for event in row["events"]:
        found = {
            (str(m.dating.start), m.dating.precision)
            for m in coded.mentions
            if (m.source_actor, m.target_actor, m.event_code[:2]) == (event["source"], event["target"], event["root"])
            and coded.sentences[m.sentence_no].reading.startswith(event["sentence"])
        }
        if (event["date"], event["precision"]) not in found:
            wrong.append((event["sentence"], event["date"], found))
    assert wrong == []
