"""Walks an event back to where it comes from: mentions, patterns, dictionary rows, sentences, documents,
bytes.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from flows.errors import InputError
from flows.query import plain
from flows.settings import Settings
from flows.snapshots import path_of
from flows.warehouse import open_published

MARKS = (("source", "source"), ("target", "target"), ("verb", "act"))
_STATES, _ORGANISATIONS = "actors.csv", "organisations.csv"  # rows that define a code
_NAME_TABLES = ("people.csv", "bodies.csv", "agents.csv")  # rows that lead a name to one
_NAME_COLUMNS = ("name", "aliases", "names", "adjectives", "capital", "seats", "agent")


@dataclass(frozen=True)
class DictionaryRow:
    """One line of a dictionary: which file, which line, what stands there."""

    file: str
    line: int
    values: dict[str, str]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"file": self.file, "line": self.line, **self.values}


def explain(settings: Settings, event_id: str) -> dict[str, Any]:
    """Everything behind one event; ids may be shortened as long as they name one."""
    with open_published(settings) as con:
        event = _find(con, event_id)
        mentions = records(
            con,
            "select * from event_mentions where event_id = ? order by document_id, char_start",
            event["event_id"],
        )
        documents = {
            row["document_id"]: row
            for row in records(
                con,
                "select * exclude (text) from documents where document_id in "
                "(select document_id from event_mentions where event_id = ?)",
                event["event_id"],
            )
        }
        code = records(con, "select * from event_codes where event_code = ?", event["event_code"])
    patterns = _keyed_rows(settings.dictionaries_dir, "pattern_id", {mention["pattern_id"] for mention in mentions})
    told = []
    for mention in mentions:
        document = documents[mention["document_id"]]
        told.append(
            {
                "mention": mention,
                "marked": mark(mention),
                "patterns": [row.as_dict() for row in patterns if row.values["pattern_id"] == mention["pattern_id"]],
                "document": document,
                "snapshot": _snapshot(settings, document),
            }
        )
    actors = {
        role: [
            row.as_dict()
            for row in _actor_rows(
                settings.dictionaries_dir,
                event[f"{role}_actor"],
                {mention[f"{role}_text"] or "" for mention in mentions},
            )
        ]
        for role in ("source", "target")
    }
    return {"event": event, "event_code": code[0] if code else None, "actors": actors, "mentions": told}


def mark(mention: dict[str, Any]) -> str:
    """The sentence with source, target and act in brackets; words that stand outside it cannot be marked."""
    text, base = mention["sentence_text"], mention["char_start"]
    spans = []
    for column, label in MARKS:
        start, end = mention[f"{column}_start"], mention[f"{column}_end"]
        if start is not None and end is not None and base <= start < end <= base + len(text):
            spans.append((start - base, end - base, label))
    marked, last = [], 0
    for start, end, label in sorted(spans):
        if start < last:
            continue  # one span inside another: the first says enough
        marked += [text[last:start], f"[{label}: {text[start:end]}]"]
        last = end
    return " ".join("".join([*marked, text[last:]]).split())


def _find(con: duckdb.DuckDBPyConnection, event_id: str) -> dict[str, Any]:
    if not re.fullmatch(r"[0-9a-f]{4,64}", event_id):
        raise InputError(
            f"{event_id} is no event id (hexadecimal digits); "
            'comity query "select event_id, source_actor, target_actor, event_code from events" lists them'
        )
    found = records(con, "select * from events where starts_with(event_id, ?) order by event_id limit 2", event_id)
    if not found:
        raise InputError(f"no published event has the id {event_id}; it may be of an older release or not occurred")
    if len(found) > 1:
        raise InputError(f"more than one event id begins with {event_id}; give more digits")
    return found[0]


def records(con: duckdb.DuckDBPyConnection, sql: str, *parameters: object) -> list[dict[str, Any]]:
    cursor = con.execute(sql, list(parameters))
    names = [column[0] for column in cursor.description or []]
    return [{name: plain(value) for name, value in zip(names, row, strict=True)} for row in cursor.fetchall()]


def _snapshot(settings: Settings, document: dict[str, Any]) -> dict[str, Any]:
    path = path_of(settings.snapshots_dir, document["snapshot_sha256"])
    return {"sha256": document["snapshot_sha256"], "path": str(path), "is_there": path.is_file()}


def _read(path: Path) -> list[DictionaryRow]:
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as handle:
        reader = csv.DictReader(handle)
        return [
            DictionaryRow(path.name, reader.line_num, {key: value or "" for key, value in row.items() if key})
            for row in reader
        ]


def _keyed_rows(folder: Path, key: str, wanted: set[str]) -> list[DictionaryRow]:
    """The rows of any dictionary whose `key` is wanted."""
    found = []
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as handle:
            if key not in next(csv.reader(handle), []):
                continue
        found += [row for row in _read(path) if row.values[key] in wanted]
    return found


def _actor_rows(folder: Path, actor: str, texts: set[str]) -> list[DictionaryRow]:
    """The rows that define an actor, and those that lead from the words of the sentences to it."""
    rows = [row for row in _read(folder / _STATES) if row.values.get("actor_code") == actor]
    # an organisation of the same code, such as an armed group, matters only where it is named
    rows += [
        row
        for row in _read(folder / _ORGANISATIONS)
        if row.values.get("actor_code") == actor and (not rows or any(_names(row, text) for text in texts))
    ]
    for name in _NAME_TABLES:
        for row in _read(folder / name):
            if row.values.get("actor_code", actor) == actor and any(_names(row, text) for text in texts):
                rows.append(row)
    return rows


def _names(row: DictionaryRow, text: str) -> bool:
    words = [word for column in _NAME_COLUMNS for word in row.values.get(column, "").split("|") if len(word) > 2]
    return any(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE) for word in words)
