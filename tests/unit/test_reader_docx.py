"""Word: paragraphs and tables in order, changes accepted, properties, and packages that are traps."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest

from sources.document import Document
from sources.errors import ReadError
from sources.readers import load_reader
from sources.spec import adhoc_spec
from tests.formats import PROSE, docx, zipped

SPEC = adhoc_spec(Path("texts"))


def read(data: bytes) -> list[Document]:
    return load_reader("folder").read(data, "a.docx", SPEC)


def changed(data: bytes, part: str, old: bytes, new: bytes) -> bytes:
    """The package with one part rewritten."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        members = {name: package.read(name) for name in package.namelist()}
    assert old in members[part]
    return zipped(members | {part: members[part].replace(old, new)})


def test_paragraphs_headings_and_tables_in_order() -> None:
    import docx as library

    document = library.Document()
    document.add_heading("Ministers of Ruritania talk", 1)
    document.add_paragraph("They met in Delhi.")
    table = document.add_table(2, 2)
    for row, (left, right) in enumerate([("1 May", "Talks"), ("2 May", "A treaty")]):
        table.cell(row, 0).text, table.cell(row, 1).text = left, right
    document.add_paragraph("They left.")
    document.sections[0].header.paragraphs[0].text = "A running head"
    out = io.BytesIO()
    document.save(out)
    assert [d.text for d in read(out.getvalue())] == [
        "Ministers of Ruritania talk\n\nThey met in Delhi.\n\n1 May | Talks\n2 May | A treaty\n\nThey left."
    ]


def test_changes_are_accepted_and_text_boxes_kept() -> None:
    w = b'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    runs = (
        b"<w:ins %s><w:r><w:t>new </w:t></w:r></w:ins><w:del %s><w:r><w:delText>old </w:delText></w:r></w:del>"
        b"<w:hyperlink %s><w:r><w:t>linked</w:t><w:tab/><w:t>tabbed</w:t></w:r></w:hyperlink>"
        b"<w:r %s><w:instrText>PAGE</w:instrText></w:r>" % (w, w, w, w)
    )
    data = changed(docx(["XXX"]), "word/document.xml", b"<w:r><w:t>XXX</w:t></w:r>", runs)
    assert read(data)[0].text == "new linked\ttabbed"


def test_properties_are_metadata_and_the_printed_date_wins() -> None:
    said = {"title": "Told", "author": "Ana Example", "created": datetime(2023, 1, 5, 10, 0), "language": "en-GB"}
    (document,) = read(docx(["They met in Delhi."], **said))
    assert (document.title, document.author, document.language) == ("Told", "Ana Example", "en")
    assert (document.published_date, document.published_basis) == (date(2023, 1, 5), "metadata")
    assert "when the document was begun" in document.notes[0]
    assert "published: document properties, created" in document.found_in
    (document,) = read(docx(["# Ministers of Ruritania talk", "4 May 2021", "They met."], **said))
    assert (document.published_date, document.published_basis, document.notes) == (date(2021, 5, 4), "text", ())


def test_the_template_s_own_date_and_author_are_none() -> None:
    (document,) = read(docx(["They met in Delhi."]))
    assert (document.published_date, document.author, document.found_in) == (None, None, ())


def test_items_are_split_as_those_of_a_text() -> None:
    titles = [("# A river for two countries", "4 May 2021"), ("# The railway that never came", "9 June 2021")]
    documents = read(docx([part for title, day in titles for part in (title, day, PROSE * 3, PROSE * 3)]))
    assert [(d.part_no, d.title, str(d.published_date)) for d in documents] == [
        (1, "A river for two countries", "2021-05-04"), (2, "The railway that never came", "2021-06-09"),
    ]  # fmt: skip


GOOD = docx(["They met."])
ENTITY = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (docx([""]), "empty"),
        (GOOD[: len(GOOD) // 2], "damaged"),
        (zipped({"word/document.xml": "<w/>"}), "damaged"),
        (changed(GOOD, "word/document.xml", b"They met.", b"They <met."), "damaged"),
        (
            changed(GOOD, "word/document.xml", b"<?xml version='1.0' encoding='UTF-8' standalone='yes'?>", ENTITY),
            "unsafe",
        ),
        (zipped({"word/document.xml": b" " * 40_000_000}), "unsafe"),
    ],
)
def test_what_cannot_be_read_has_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(ReadError) as caught:
        load_reader("docx").read(data, "a.docx", SPEC)
    assert caught.value.reason == reason and ";" in caught.value.detail


@pytest.mark.parametrize(
    ("name", "what"),
    [("xl/workbook.xml", "Excel"), ("ppt/presentation.xml", "PowerPoint"), ("content.xml", "OpenDocument")],
)
def test_other_office_files_are_named(name: str, what: str) -> None:
    with pytest.raises(ReadError) as caught:
        read(zipped({name: "<x/>"}))
    assert caught.value.reason == "binary" and what in caught.value.detail
