"""Rows of a table to documents, one each: which column is text, title, date ... is declared in `columns:`.

A column named as the field itself needs no declaration. A row that gives no document is a problem of its own, and costs
no other row. With an `id` column a row keeps its address when the table is sorted anew; else its number is its address.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

from sources.dates import PartialDate, parse_loose
from sources.document import Document, Problem
from sources.errors import ReadError, Reason
from sources.readers.decoding import clean
from sources.spec import SourceSpec

FIELDS = ("text", "title", "published", "publisher", "language", "url", "author", "id")
_TOLD = 20  # problems of rows that are told one by one; a broken table has as many as rows
_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d(?=[T ])")
_SECONDS = (10_000_000, 10_000_000_000)  # a plain number between these counts seconds since 1970; above, milliseconds


@dataclass(slots=True)
class Row:
    """A row as its reader found it, or why it found none. `place` is its number, `at` where to look for it."""

    place: int
    at: str
    values: Mapping[str, Any] = field(default_factory=dict)
    fault: str | None = None


def columns_of(spec: SourceSpec, present: Iterable[str] | None) -> dict[str, str]:
    """Field to column. `present` are a table's columns, None where each row has its own."""
    names = {name: name for name in FIELDS} | spec.columns
    if present is None:
        return names
    columns = list(present)
    missing = [f"{name}: {names[name]}" for name in (*spec.columns, "text") if names[name] not in columns]
    if missing:
        raise ReadError(
            "columns",
            f"the table has no column for {', '.join(dict.fromkeys(missing))}; its columns are "
            f"{', '.join(map(str, columns[:40])) or 'none'}; say in the declaration, such as `columns: {{text: body}}`",
        )
    return {name: column for name, column in names.items() if column in columns}


def documents_of(
    rows: Iterable[Row], names: Mapping[str, str], uri: str, media_type: str, spec: SourceSpec
) -> list[Document]:
    """A document for each row with text; the rows without are the problems of the first."""
    documents: list[Document] = []
    told: list[Problem] = []
    untold: dict[Reason, list[str]] = {}
    noted = 0

    def complain(row: Row, reason: Reason, detail: str) -> None:
        if len(told) < _TOLD:
            told.append(Problem(f"{uri}#{row.place}", reason, f"{row.at}: {detail}"))
        else:
            untold.setdefault(reason, []).append(row.at)

    for row in rows:
        if row.fault is not None:
            complain(row, "damaged", row.fault)
            continue
        text = _value(row.values, names.get("text", "text"))
        if text is not None and not isinstance(text, str):
            complain(row, "columns", f"{names['text']} holds no text but {type(text).__name__}; name another column")
            continue
        if text is None or not any(character.isalnum() for character in text):
            complain(row, "empty", f"{names.get('text', 'text')} holds no text; complete the row or leave it out")
            continue
        document = _document(row, names, uri, media_type, spec, clean(text))
        if document.notes:
            noted += 1
            if noted > _TOLD:
                document = replace(document, notes=())
        documents.append(document)
    for reason, places in untold.items():
        detail = (
            f"{len(places)} more rows gave no document, from {places[0]} to {places[-1]}; repair them as the others"
        )
        told.append(Problem(uri, reason, detail))
    if noted > _TOLD:
        note = f"{noted - _TOLD} more rows have values that cannot be used"
        documents[0] = replace(documents[0], notes=(*documents[0].notes, note))
    if documents:
        documents[0] = replace(documents[0], problems=tuple(told))
    elif told:
        raise ReadError(told[0].reason, "; ".join(problem.detail for problem in told[:3]))
    else:
        raise ReadError("empty", "the table has no rows; fetch it again")
    return documents


def _document(row: Row, names: Mapping[str, str], uri: str, media_type: str, spec: SourceSpec, text: str) -> Document:
    notes: list[str] = []
    said = {
        name: " ".join(clean(str(value)).split())
        for name in ("title", "publisher", "language", "url", "author", "id")
        if (value := _value(row.values, names.get(name, name))) is not None and not isinstance(value, dict | list)
    }
    language = said.get("language", "").lower().replace("_", "-").split("-")[0]
    if language and not re.fullmatch(r"[a-z]{2}", language):
        notes.append(f"{row.at}: language {said['language'][:40]!r} is no ISO 639-1 code, such as en; it was left out")
        language = ""
    url = said.get("url", "")
    if url and not re.fullmatch(r"https?://\S+", url):
        notes.append(f"{row.at}: url {url[:80]!r} does not start with http:// or https://; it was left out")
        url = ""
    raw = _value(row.values, names.get("published", "published"))
    published = published_of(raw, spec.day_first)
    if published is None and raw not in (None, ""):
        notes.append(f"{row.at}: published {str(raw)[:40]!r} is no date with one reading; write YYYY-MM-DD")
    key = quote(said["id"][:200], safe="-._~:@") if said.get("id") else str(row.place)
    return Document(
        f"{uri}#{key}",
        1,
        media_type,
        text,
        title=said.get("title") or None,
        publisher=said.get("publisher") or None,
        language=language or None,
        url=url or None,
        published_date=published.first if published else None,
        published_precision=published.precision if published else "unknown",
        published_basis="metadata" if published else "unknown",
        notes=tuple(clean(note) for note in notes),
        author=said.get("author") or None,
        found_in=(f"published: column {names['published']}",) if published and "published" in names else (),
    )


def published_of(value: Any, day_first: bool | None) -> PartialDate | None:
    """A date as tables write it; None where it is none, or day and month may be swapped and nobody said."""
    if isinstance(value, datetime | date):
        return PartialDate(value.date() if isinstance(value, datetime) else value, "day")
    if isinstance(value, bool) or value is None:
        return None
    text = " ".join(str(value).split())
    if len(text) > 60:
        return None
    if match := _ISO_DAY.match(text):
        text = match[0]
    readings = parse_loose(text)
    if len(readings) == 2 and day_first is not None:
        return readings[0 if day_first else 1]
    if len(readings) == 1:
        return readings[0]
    if readings:
        return None
    return _counted(text) or _mailed(text)


def _counted(text: str) -> PartialDate | None:
    """Seconds or milliseconds since 1970; eight digits are a day before they are seconds."""
    if not re.fullmatch(r"\d{8,13}(?:\.\d{1,6})?", text):
        return None
    number = float(text)
    seconds = number if number < _SECONDS[1] else number / 1000
    if seconds < _SECONDS[0]:
        return None
    from datetime import UTC

    return PartialDate(datetime.fromtimestamp(seconds, UTC).date(), "day")


def _mailed(text: str) -> PartialDate | None:
    """`Tue, 04 May 2021 10:00:00 GMT`, as mails and feeds write it."""
    try:
        return PartialDate(parsedate_to_datetime(text).date(), "day")
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _value(values: Mapping[str, Any], name: str) -> Any:
    """A column, or with points in its name what is nested under it."""
    if name in values:
        return values[name]
    found: Any = values
    for part in name.split("."):
        if not isinstance(found, Mapping) or part not in found:
            return None
        found = found[part]
    return found
