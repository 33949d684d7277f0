"""Coding without a warehouse: JSON lines in, one coded event a line out.

A line may name its two actors' texts; then the relation between just these two is coded, its one best event
whatever its status. One bad line refuses the whole file by its number before anything is written, since an
output with holes would look finished; the output appears by rename when it is.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from coder.records import Coding, Mention, SourceDocument
from flows.coders import Coders, Failed, Pair, Work, load_checked_dictionaries
from flows.errors import InputError
from flows.settings import Settings
from sources.dates import PartialDate, parse_loose

_BATCH_LINES = 64


@dataclass(frozen=True, slots=True)
class Line:
    """One line to code."""

    id: str | int
    text: str
    published: PartialDate | None
    source: str | None
    target: str | None


@dataclass(frozen=True, slots=True)
class LinesReport:
    """What one file of lines came to."""

    lines: int
    events: int
    failed: list[str]


def code_file(source: Path, output: Path, settings: Settings) -> LinesReport:
    """Code a file of JSON lines into another."""
    lines = read_lines(source)
    if output.is_dir() or not output.absolute().parent.is_dir():
        raise InputError(f"{output} cannot be written; give the path of a file in a folder that exists")
    dictionaries = load_checked_dictionaries(settings.dictionaries_dir)
    failed: list[str] = []
    events = 0
    unfinished = output.with_name(f".{output.name}.{os.getpid()}")
    try:
        with (
            unfinished.open("w", encoding="utf-8", newline="\n") as out,
            Coders(settings, dictionaries, sum(len(line.text) for line in lines)) as coders,
        ):
            batches = list(_batches(lines))
            for batch, outcomes in zip(batches, coders.run(_work(some) for some in batches), strict=True):
                for line, outcome in zip(batch, outcomes, strict=True):
                    if isinstance(outcome, Failed):
                        failed.append(f"{line.id}: {outcome.error}")
                    for mention in _mentions(outcome):
                        out.write(json.dumps(event(line.id, mention), ensure_ascii=False) + "\n")
                        events += 1
        unfinished.replace(output)
    except OSError as error:
        raise InputError(f"{output} cannot be written ({error.strerror}); check its folder") from error
    finally:
        unfinished.unlink(missing_ok=True)
    return LinesReport(len(lines), events, failed)


def read_lines(path: Path) -> list[Line]:
    """All lines of a file, or InputError with the number of the first that cannot be used."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); check the path") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 (byte {error.start}); save it as UTF-8") from error
    # not splitlines(): texts may hold line separators that JSON lets stand
    return [
        _line(raw, f"{path}, line {no}") for no, raw in enumerate(text.split("\n"), start=1) if raw.strip()
    ]


def event(id_: str | int, mention: Mention) -> dict[str, Any]:
    """One coded event as it is written."""
    return {
        "id": id_,
        "source": mention.source_actor,
        "source_role": mention.source_role,
        "target": mention.target_actor,
        "target_role": mention.target_role,
        "code": mention.event_code,
        "date": mention.dating.start.isoformat() if mention.dating.start else None,
        "date_precision": mention.dating.precision,
        "status": mention.status,
        "confidence": round(mention.confidence, 4),
        "pattern_id": mention.pattern_id,
        "source_text": mention.source_text,
        "target_text": mention.target_text,
        "verb_text": mention.verb_text,
    }


def parse_date(value: object) -> PartialDate | None:
    """A date in any form that has one reading, also YYMMDD; ValueError with the repair."""
    if value is None or value == "":
        return None
    text = str(value).strip()
    readings = parse_loose(text)
    if not readings and (match := re.fullmatch(r"(\d\d)(\d\d)(\d\d)", text)):
        # two-digit years as newswire ids have them, read as in POSIX: 69 to 99 are of the last century
        century = 1900 if int(match[1]) >= 69 else 2000
        try:
            readings = (PartialDate(date(century + int(match[1]), int(match[2]), int(match[3])), "day"),)
        except ValueError:
            readings = ()
    if len(readings) != 1:
        fault = "has two readings" if readings else "is no date"
        raise ValueError(f"date {text!r} {fault}; write YYYY-MM-DD, YYYYMMDD, YYYY-MM or YYYY")
    return readings[0]


def _line(raw: str, where: str) -> Line:
    try:
        row = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where}: is not JSON ({error}); write one object a line") from error
    if not isinstance(row, dict):
        raise InputError(f'{where}: is no object; write {{"id": ..., "text": ...}}')
    if isinstance(row.get("id"), bool) or not isinstance(row.get("id"), str | int):
        raise InputError(f"{where}: has no id; give each line an `id`, a text or a whole number")
    if not isinstance(row.get("text"), str):
        raise InputError(f"{where}: has no text; give each line a `text`")
    actors = [_actor(row, key, where) for key in ("source", "target")]
    if (actors[0] is None) != (actors[1] is None):
        raise InputError(f"{where}: names one actor; give both `source` and `target`, or neither")
    try:
        published = parse_date(row.get("date"))
    except ValueError as error:
        raise InputError(f"{where}: {error}") from error
    text = row["text"].encode("utf-8", "replace").decode()  # JSON can escape half a character
    return Line(row["id"], text, published, *actors)


def _actor(row: dict[str, Any], key: str, where: str) -> str | None:
    value = row.get(key)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise InputError(f"{where}: {key} is no text; give the actor as it stands in the text")
    return value


def _batches(lines: list[Line]) -> Iterator[list[Line]]:
    """Neighbours of one kind: lines with actors given, or lines without."""
    batch: list[Line] = []
    for line in lines:
        if batch and (len(batch) >= _BATCH_LINES or (batch[0].source is None) != (line.source is None)):
            yield batch
            batch = []
        batch.append(line)
    if batch:
        yield batch


def _work(batch: list[Line]) -> Work:
    if batch[0].source is not None:
        return [
            Pair(
                line.text,
                line.source or "",
                line.target or "",
                line.published.first if line.published else None,
            )
            for line in batch
        ]
    return [
        SourceDocument(
            document_id=str(number),
            text=line.text,
            published=line.published.first if line.published else None,
            published_precision=line.published.precision if line.published else "unknown",
        )
        for number, line in enumerate(batch)
    ]


def _mentions(outcome: Coding | Failed | Mention | None) -> tuple[Mention, ...]:
    if isinstance(outcome, Coding):
        return outcome.mentions
    return (outcome,) if isinstance(outcome, Mention) else ()
