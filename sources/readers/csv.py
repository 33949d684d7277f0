"""CSV: a row a document, with a header that names its columns; commas, semicolons, tabs or bars between them.

The header shows which mark parts the columns. A row with more or fewer fields than the header costs itself.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from sources.document import Document
from sources.errors import ReadError
from sources.media_types import suffix_of
from sources.readers.decoding import decode
from sources.rows import Row, columns_of, documents_of
from sources.spec import SourceSpec

SUFFIXES = {".csv": "text/csv", ".tsv": "text/tab-separated-values"}
_MARKS = ",;\t|"


def read(data: bytes, uri: str, spec: SourceSpec) -> list[Document]:
    """A document for each row, as `file.csv#12`; the header is not counted."""
    text = decode(data, spec.encoding).lstrip("\n")
    csv.field_size_limit(max(spec.max_bytes, csv.field_size_limit()))  # a field can be a whole article
    mark = "\t" if suffix_of(uri) == ".tsv" else _mark(text, spec)
    try:
        header = [name.strip() for name in next(csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True))]
    except (csv.Error, StopIteration) as error:
        raise ReadError("damaged", f"its header cannot be read ({error}); repair its quotes") from error
    names = columns_of(spec, header)
    twice = sorted({name for name in names.values() if header.count(name) > 1})
    if twice:
        raise ReadError("columns", f"the table has two columns {', '.join(twice)}; rename one of them")
    return documents_of(_rows(text, mark, header), names, uri, SUFFIXES[".tsv" if mark == "\t" else ".csv"], spec)


def _rows(text: str, mark: str, header: list[str]) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    next(reader)
    number = 0
    is_torn = False  # the quotes of the row before are broken, so this may be the rest of it
    while True:
        begin = reader.line_num + 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            number += 1
            at = f"row {number} (line {begin})"
            if reader.line_num >= text.rstrip("\n").count("\n") + 1:
                fault = f"and what follows cannot be read ({error}); repair its quotes"
            else:
                fault = f"cannot be read ({error}); repair its quotes"
            yield Row(number, at, fault=fault)
            is_torn = True
            continue
        if not fields:
            continue
        number += 1
        at = f"row {number} (line {begin})"
        is_torn = is_torn and any('"' in value for value in fields)
        if is_torn:
            yield Row(number, at, fault="seems to be the rest of the row before, whose quotes are broken; repair them")
        elif len(fields) != len(header):
            fault = f"has {len(fields)} fields where the header has {len(header)}; quote fields that hold {mark!r}"
            yield Row(number, at, fault=fault)
        else:
            yield Row(number, at, dict(zip(header, fields, strict=True)))


def _mark(text: str, spec: SourceSpec) -> str:
    """What parts the columns: the mark that gives the declared ones, else the one that gives most."""
    line = text.partition("\n")[0]
    wanted = {spec.columns.get("text", "text"), *spec.columns.values()}

    def fit(mark: str) -> tuple[int, int]:
        try:
            header = {name.strip() for name in next(csv.reader([line], delimiter=mark))}
        except (csv.Error, StopIteration):
            return 0, 0
        return len(wanted & header), len(header)

    return max(_MARKS, key=fit)
