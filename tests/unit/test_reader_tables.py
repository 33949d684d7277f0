"""JSON Lines, CSV and Parquet: a row a document, columns as declared, and a bad row that costs itself."""

from __future__ import annotations

import io
import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from sources.document import Document
from sources.errors import ReadError
from sources.readers import load_reader
from sources.rows import published_of
from sources.spec import adhoc_spec
from tests.formats import jsonl, parquet

SPEC = adhoc_spec(Path("texts"))


def read(data: bytes, name: str, **columns: str) -> list[Document]:
    return load_reader("folder").read(data, name, SPEC.model_copy(update={"columns": columns}))


def as_csv(rows: list[dict[str, str]]) -> bytes:
    import csv

    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


ROWS = [
    {"body": 'They met, and "talked"\nof rivers.', "head": "Talks", "day": "2021-05-04", "who": "Ana"},
    {"body": "They left.", "head": "", "day": "", "who": ""},
]


@pytest.mark.parametrize(
    ("name", "data", "media_type"),
    [
        ("a.jsonl", jsonl(ROWS), "application/jsonl"),
        ("a.json", json.dumps(ROWS, indent=1).encode(), "application/json"),
        ("a.csv", as_csv(ROWS), "text/csv"),
        ("a.parquet", parquet({key: [row[key] for row in ROWS] for key in ROWS[0]}), "application/vnd.apache.parquet"),
    ],
)
def test_columns_as_declared(name: str, data: bytes, media_type: str) -> None:
    found = read(data, name, text="body", title="head", published="day", author="who")
    assert found == [
        Document(f"{name}#1", 1, media_type, 'They met, and "talked"\nof rivers.', title="Talks", author="Ana",
                 published_date=date(2021, 5, 4), published_precision="day", published_basis="metadata",
                 found_in=("published: column day",)),
        Document(f"{name}#2", 1, media_type, "They left."),
    ]  # fmt: skip


def test_columns_named_as_the_fields_need_no_declaration_and_an_id_is_the_address() -> None:
    row = {
        "text": "They met.",
        "language": "en-US",
        "url": "https://x.example/1",
        "publisher": "The Post",
        "id": "a b/7",
    }
    (document,) = read(jsonl([row]), "a.jsonl")
    assert (document.uri, document.language, document.url, document.publisher) == (
        "a.jsonl#a%20b%2F7", "en", "https://x.example/1", "The Post",
    )  # fmt: skip


def test_nested_columns() -> None:
    (document,) = read(jsonl([{"article": {"body": "They met."}, "meta": {"t": "Talks"}}]), "a.jsonl",
                       text="article.body", title="meta.t")  # fmt: skip
    assert (document.text, document.title) == ("They met.", "Talks")


def test_bad_lines_cost_themselves() -> None:
    data = b'{"text": "One."}\nnonsense\n\n[1]\n{"text": 7}\n{"text": " "}\n{"title": "x"}\n{"text": "Two."}\n'
    documents = read(data, "a.jsonl")
    assert [d.uri for d in documents] == ["a.jsonl#1", "a.jsonl#8"]
    assert [(p.uri, p.reason) for p in documents[0].problems] == [
        ("a.jsonl#2", "damaged"), ("a.jsonl#4", "damaged"), ("a.jsonl#5", "columns"), ("a.jsonl#6", "empty"),
        ("a.jsonl#7", "empty"),
    ]  # fmt: skip
    assert documents[0].problems[0].detail.startswith("line 2: is no JSON object")


def test_of_many_bad_rows_some_are_told_and_the_others_counted() -> None:
    documents = read(b'{"text": "One."}\n' + b"bad\n" * 1_000, "a.jsonl")
    problems = documents[0].problems
    assert len(problems) == 21
    assert problems[-1].uri == "a.jsonl" and "980 more rows" in problems[-1].detail
    assert "from line 22 to line 1001" in problems[-1].detail


def test_bad_rows_of_csv_cost_themselves() -> None:
    data = b'text,title\nOne.,a\nTwo, with a comma,b\nThree.\nFour.,d\n\nFive "quoted".,e\n'
    documents = read(data, "a.csv")
    assert [(d.uri, d.text) for d in documents] == [
        ("a.csv#1", "One."),
        ("a.csv#4", "Four."),
        ("a.csv#5", 'Five "quoted".'),
    ]
    assert [(p.uri, p.reason) for p in documents[0].problems] == [("a.csv#2", "damaged"), ("a.csv#3", "damaged")]
    assert "row 2 (line 3): has 3 fields where the header has 2" in documents[0].problems[0].detail


def test_broken_quotes_make_no_document_of_debris() -> None:
    data = b'text,title\n"He said "hi" and left\nmore of it",T\nGood.,t\n"never closed,x\nlast,y\n'
    documents = read(data, "a.csv")
    assert [d.text for d in documents] == ["Good."]
    assert [p.reason for p in documents[0].problems] == ["damaged"] * 3
    assert "what follows cannot be read" in documents[0].problems[-1].detail


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_header_shows_what_parts_the_columns(mark: str) -> None:
    data = f'text{mark}title\n"One, two; three | four"{mark}Talks\n'.encode()
    (document,) = read(data, "a.csv")
    assert (document.text, document.title) == ("One, two; three | four", "Talks")


def test_a_whole_article_fits_in_a_field() -> None:
    (document,) = read(b'text\n"' + b"They met. " * 100_000 + b'"\n', "a.csv")
    assert len(document.text) == 1_000_000


def test_values_that_cannot_be_used_are_noted_and_left_out() -> None:
    row = {"text": "They met.", "language": "English", "url": "x.example", "published": "04/05/2021"}
    (document,) = read(jsonl([row]), "a.jsonl")
    assert (document.language, document.url, document.published_date) == (None, None, None)
    assert len(document.notes) == 3 and all(note.startswith("line 1: ") for note in document.notes)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2021-05-04", "2021-05-04"), ("2021-05-04T23:30:00-05:00", "2021-05-04"), ("20210504", "2021-05-04"),
        ("4 May 2021", "2021-05-04"), ("2021-05", "2021-05-01"), (2021, "2021-01-01"), (20210504, "2021-05-04"),
        (1620086400, "2021-05-04"), (1620086400000, "2021-05-04"), (datetime(2021, 5, 4, 12), "2021-05-04"),
        (date(2021, 5, 4), "2021-05-04"), ("Tue, 04 May 2021 10:00:00 GMT", "2021-05-04"), ("04/05/2021", None),
        ("24/05/2021", "2021-05-24"), ("soon", None), (True, None), (None, None), ("x" * 100, None), (1e300, None),
    ],
)  # fmt: skip
def test_dates_of_columns(value: Any, expected: str | None) -> None:
    found = published_of(value, None)
    assert (found.first.isoformat() if found else None) == expected


def test_swapped_days_are_settled_by_the_declaration() -> None:
    for day_first, expected in ((True, date(2021, 5, 4)), (False, date(2021, 4, 5))):
        found = published_of("04/05/2021", day_first)
        assert found is not None and found.first == expected


def test_what_cannot_be_stored_is_replaced() -> None:
    (document,) = read(b'{"text": "a\\ud800b\\u0000c\\r\\nd", "title": "\\udfff"}\n', "a.jsonl")
    assert document.text == "a?b\ufffdc\nd" and document.title == "?"


@pytest.mark.parametrize(
    ("name", "data", "columns", "reason", "detail"),
    [
        ("a.csv", b"a,b\n1,2\n", {}, "columns", "its columns are a, b"),
        ("a.csv", b"body,b\nx,2\n", {"text": "body", "title": "head"}, "columns", "title: head"),
        ("a.csv", b"text,text\nx,y\n", {}, "columns", "two columns text"),
        ("a.csv", b"text\n", {}, "empty", "no rows"),
        ("a.csv", b'"text\n', {}, "damaged", "header"),
        ("a.parquet", parquet({"body": ["x"]}), {}, "columns", "its columns are body"),
        ("a.parquet", parquet({"text": ["x"]})[:-8] + b"\xff\xff\xff\x7fPAR1", {}, "damaged", "broken"),
        ("a.parquet", b"PAR1", {}, "damaged", "Parquet"),
        ("a.parquet", parquet({"text": ["x"]})[:-4] + b"PARE", {}, "encrypted", "encrypted"),
        ("a.jsonl", b"nonsense\n", {}, "damaged", "line 1"),
        ("a.jsonl", b"[" * 100_000 + b"1", {}, "unsafe", "nested"),
        ("a.json", b'[{"text": "x"}', {}, "damaged", "no whole JSON"),
        ("a.jsonl", b"[]", {}, "empty", "no letters"),
    ],
)
def test_tables_that_give_nothing_have_a_reason(
    name: str, data: bytes, columns: dict[str, str], reason: str, detail: str
) -> None:
    with pytest.raises(ReadError) as caught:
        read(data, name, **columns)
    assert caught.value.reason == reason and detail in caught.value.detail


def test_a_parquet_that_unpacks_to_gigabytes_is_stopped() -> None:
    import pyarrow
    import pyarrow.parquet

    column = pyarrow.DictionaryArray.from_arrays(pyarrow.array([0] * 200_000, pyarrow.int32()), ["They met. " * 2_000])
    out = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table({"text": column}), out)
    assert len(out.getvalue()) < 100_000
    with pytest.raises(ReadError) as caught:
        read(out.getvalue(), "a.parquet")
    assert caught.value.reason == "unsafe"
