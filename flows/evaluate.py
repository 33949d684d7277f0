"""Runs gold files through the coder and says how good it is: precision, recall, F1 by root and overall.

Three kinds of gold, told apart by their fields: sentences with their events; records that give the two
actors and ask for the act; sentences annotated inside whole documents, which are looked up in the published
file.
"""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flows.errors import InputError
from flows.scoring import (
    PLOVER_QUADS,
    Score,
    plover_root,
    score_classes,
    score_documents,
    score_sentences,
)
from flows.settings import Settings

Row = dict[str, Any]


@dataclass
class Evaluation:
    """How one gold file was met."""

    file: str
    kind: str  # sentences, pairs, documents
    count: int
    levels: dict[str, Score] = field(default_factory=dict)
    by_root: dict[str, Score] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "file": self.file,
            "kind": self.kind,
            "count": self.count,
            "levels": {name: score.as_dict() for name, score in self.levels.items()},
            "by_root": {root: score.as_dict() for root, score in self.by_root.items()},
            **self.extra,
        }


def evaluate(settings: Settings, gold: Path, predictions: Path | None = None) -> Evaluation:
    """Score one gold file against the given predictions or, without any, against what the coder says now."""
    rows = read_jsonl(gold)
    kind = kind_of(rows, gold)
    given = read_jsonl(predictions) if predictions is not None else None
    try:
        if kind == "documents":
            return _documents(settings, gold, rows, given)
        if kind == "pairs":
            return _pairs(settings, gold, rows, given)
        return _sentences(settings, gold, rows, given)
    except KeyError as error:
        raise InputError(f"a line of {predictions or gold} has no {error}; compare the examples in docs") from error


def kind_of(rows: Sequence[Row], path: Path) -> str:
    """Which kind of gold the lines are."""
    for row in rows:
        if "events" in row:
            if any("codes" in event for event in row["events"]):
                return "documents"
            if row["events"]:
                return "sentences"
        elif "source_text" in row or "sentence" in row:
            return "pairs"
        elif "noevent" in row or {"source", "target", "code"} <= row.keys():
            return "pairs" if "text" in row and "noevent" not in row else "sentences"
    if rows and all("events" in row for row in rows):
        return "sentences"
    raise InputError(
        f"{path} is no gold file: a line needs `text` and `events`, or `text`, `source_text`, `target_text` and `root`"
    )


def read_jsonl(path: Path) -> list[Row]:
    """The objects of a file of JSON lines, or one error with the line."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read ({error}); give a file of JSON lines") from error
    rows: list[Row] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise InputError(f"{path}, line {number}: no JSON ({error}); repair the line") from error
        if not isinstance(row, dict) or ("id" not in row and "doc" not in row):
            raise InputError(f"{path}, line {number}: must be an object with an `id`")
        rows.append(row)
    if not rows:
        raise InputError(f"{path} has no lines; give a file of JSON lines")
    return rows


def _sentences(settings: Settings, path: Path, rows: Sequence[Row], given: Sequence[Row] | None) -> Evaluation:
    gold: dict[Any, list[Row]] = {}
    for row in rows:
        events = row["events"] if "events" in row else [] if row.get("noevent") else [row]
        gold.setdefault(row["id"], []).extend(event for event in events if _occurred(event))
    if given is None:
        if any("text" not in row for row in rows):
            raise InputError(f"{path} has no texts to code; give what you coded with --predictions")
        given = _code(settings, [_document_line(row) for row in rows])
    levels, by_root = score_sentences(gold, _by_id(row for row in given if _occurred(row)))
    return Evaluation(path.name, "sentences", len(gold), levels, by_root)


def _pairs(settings: Settings, path: Path, rows: Sequence[Row], given: Sequence[Row] | None) -> Evaluation:
    if given is None:
        given = _code(settings, [_pair_line(row) for row in rows])
    table = _plover_table(settings)
    first: dict[Any, str] = {}
    for row in given:
        code = row.get("root") or row.get("code")
        if code:
            first.setdefault(row["id"], str(code))
    answers = [first.get(row["id"]) for row in rows]
    wanted = [str(row.get("root") or row["code"]) for row in rows]
    if all(name[:2].isdigit() for name in wanted):
        gold, said = [name[:2] for name in wanted], [code[:2] if code else None for code in answers]
        by_root, overall = score_classes(gold, said)
        return Evaluation(path.name, "pairs", len(rows), {}, by_root, {"overall": {"root": overall}})
    gold = [plover_root(name, table) for name in wanted]
    said = [plover_root(code, table) if code else None for code in answers]
    by_root, overall = score_classes(gold, said)
    quads = {root: quad for quad, roots in PLOVER_QUADS.items() for root in roots}
    gold_quads = [int(row.get("penta") or quads[root]) for row, root in zip(rows, gold, strict=True)]
    said_quads = [quads.get(root, 0) if root else None for root in said]
    _, quad = score_classes(gold_quads, said_quads)
    return Evaluation(path.name, "pairs", len(rows), {}, by_root, {"overall": {"root": overall, "quad": quad}})


def _documents(settings: Settings, path: Path, rows: Sequence[Row], given: Sequence[Row] | None) -> Evaluation:
    if given is None:
        given = published_mentions(settings, {str(row["doc"]) for row in rows})
    levels, by_root, dates = score_documents(rows, [row for row in given if _occurred(row)])
    return Evaluation(path.name, "documents", len(rows), levels, by_root, {"dates": dates})


def published_mentions(settings: Settings, docs: set[str]) -> list[Row]:
    """The published mentions of acts that occurred, of documents whose file name begins as in `docs`."""
    from flows.warehouse import open_published

    with open_published(settings) as con:
        found = con.execute(
            """
            select parse_filename(documents.uri), sentence_text, source_actor, target_actor, event_code,
                cast(event_date as text), date_precision
            from event_mentions join documents using (document_id)
            where event_status = 'occurred'
            order by mention_id
            """
        ).fetchall()
    names = ("doc", "text", "source", "target", "code", "date", "date_precision")
    rows = [dict(zip(names, row, strict=True)) for row in found if any(row[0].startswith(doc) for doc in docs)]
    if not rows:
        raise InputError(
            "none of the annotated documents is in the published file; "
            "run `comity run --path` on them first, or give --predictions"
        )
    return rows


def _code(settings: Settings, lines: list[Row]) -> list[Row]:
    """What the coder says about these lines now."""
    from flows.code_lines import code_file

    with tempfile.TemporaryDirectory(prefix="comity-") as folder:
        source, output = Path(folder) / "in.jsonl", Path(folder) / "out.jsonl"
        source.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        code_file(source, output, settings)
        return [json.loads(line) for line in output.read_text(encoding="utf-8").split("\n") if line]


def _document_line(row: Row) -> Row:
    """A line to code without the actors that gold may name beside."""
    return {key: row[key] for key in ("id", "text", "date") if row.get(key) is not None}


def _pair_line(row: Row) -> Row:
    line = {
        "id": row["id"],
        "text": row.get("text") or row["sentence"],
        "source": row.get("source_text") or row["source"],
        "target": row.get("target_text") or row["target"],
    }
    return {**line, "date": row["date"]} if row.get("date") else line


def _plover_table(settings: Settings) -> dict[str, str]:
    path = settings.dictionaries_dir / "plover_map.csv"
    try:
        with path.open(encoding="utf-8", newline="") as handle:
            return {row["event_code"]: row["plover_type"] for row in csv.DictReader(handle)}
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); check COMITY_DICTIONARIES_DIR") from error


def _by_id(rows: Any) -> dict[Any, list[Row]]:
    found: dict[Any, list[Row]] = {}
    for row in rows:
        if not row.get("noevent"):
            found.setdefault(row["id"], []).append(row)
    return found


def _occurred(row: Mapping[str, Any]) -> bool:
    return row.get("status", "occurred") == "occurred"
