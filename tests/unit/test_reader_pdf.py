"""PDF: reading order, what the press adds taken off, broken sentences joined, dates, and files that are none."""

from __future__ import annotations

import io
import zlib
from datetime import date
from pathlib import Path

import pytest

from sources.document import Document
from sources.errors import ReadError
from sources.readers import load_reader
from sources.spec import adhoc_spec
from tests.formats import PROSE, column, pdf

SPEC = adhoc_spec(Path("texts"))


def read(data: bytes, name: str = "a.pdf") -> list[Document]:
    return load_reader("folder").read(data, name, SPEC)


def text_of(*pages: list[tuple[float, float, float, str]]) -> str:
    (document,) = read(pdf(pages))
    return document.text


def test_lines_are_joined_and_divided_words_are_whole() -> None:
    lines = ["The ministers of Ruritania met in the capital to talk about the rail-",
             "way, and long-term trade; a well-known delegate of the opposition said",
             "that a long-", "term plan was missing from what they had agreed on."]  # fmt: skip
    assert text_of(column(lines)) == (
        "The ministers of Ruritania met in the capital to talk about the railway, and long-term trade; a well-known "
        "delegate of the opposition said that a long-term plan was missing from what they had agreed on."
    )


def test_paragraphs_are_told_by_gap_indent_and_short_last_line() -> None:
    long = "The ministers met in the capital and spoke about the river and grain"
    gap = [*column([long, "and left."]), *column([long, "and came."], top=650)]
    assert text_of(gap) == f"{long} and left.\n\n{long} and came."
    indented = [(72, 700, 10, long), (72, 688, 10, f"{long}."), (90, 676, 10, long), (72, 664, 10, f"{long}.")]
    assert text_of(indented) == f"{long} {long}.\n\n{long} {long}."
    short = column([long, "and left the town.", long, "and came."])
    assert text_of(short) == f"{long} and left the town.\n\n{long} and came."


def test_heading_and_list_items_stand_alone() -> None:
    lines = ["They met in Delhi and talked.", "• First a river", "• Then grain"]
    head = "Ministers Meet on the River"
    assert text_of([(72, 720, 18, head), *column(lines)]) == "\n\n".join([head, *lines])


LEFT = [f"left column line {number} has several more words" for number in range(1, 9)]
RIGHT = [f"right column line {number} has several more words" for number in range(1, 9)]


@pytest.mark.parametrize("by_row", [False, True])
def test_two_columns_are_read_one_after_the_other_however_they_were_drawn(by_row: bool) -> None:
    left, right = column(LEFT, x=60), column(RIGHT, x=330)
    drawn = [line for pair in zip(left, right, strict=True) for line in pair] if by_row else [*right, *left]
    title = (60, 740, 16, "A headline that runs across both of the columns of the page")
    assert text_of([*drawn, title]) == f"{title[3]}\n\n{' '.join([*LEFT, *RIGHT])}"


def test_a_headline_in_the_middle_parts_the_columns_above_from_those_below() -> None:
    middle = (60, 590, 16, "Another headline across both of the columns in the middle of it")
    above = [*column(LEFT[:4], x=60), *column(RIGHT[:4], x=330)]
    below = [*column(LEFT[4:], x=60, top=560), *column(RIGHT[4:], x=330, top=560)]
    assert text_of([*below, middle, *above]) == (
        f"{' '.join(LEFT[:4] + RIGHT[:4])}\n\n{middle[3]}\n\n{' '.join(LEFT[4:] + RIGHT[4:])}"
    )


def test_a_table_of_dates_is_read_by_row() -> None:
    dates = column([f"{day} May 2021" for day in range(1, 7)])
    events = column([f"Ministers of Ruritania met for round {day} of their talks." for day in range(1, 7)], x=200)
    text = text_of([*dates, *events])
    assert "1 May 2021   Ministers of Ruritania met for round 1 of their talks." in text
    assert text.index("round 1") < text.index("2 May 2021") < text.index("round 2")


def test_running_heads_and_page_numbers_go_and_the_broken_sentence_is_joined() -> None:
    body = [
        ["The two ministers agreed on the first day that the river", "would be shared by both and that the"],
        ["railway would be built by a company of", "Sylvania. It was the"],
        ["third agreement of the year. All was signed", "in the evening."],
    ]
    pages = [
        [(72, 750, 9, "The Ruritanian Review"), (480, 750, 9, f"Vol. 3, p. {41 + number}"),
         *column(lines), (300, 40, 9, f"- {41 + number} -")]
        for number, lines in enumerate(body)
    ]  # fmt: skip
    assert text_of(*pages) == (
        "The two ministers agreed on the first day that the river would be shared by both and that the railway would "
        "be built by a company of Sylvania. It was the\n\nthird agreement of the year. All was signed in the evening."
    ).replace("It was the\n\nthird", "It was the third")


def test_heads_that_alternate_go_too() -> None:
    pages = [
        [(72, 750, 9, f"{number}  Ana Example" if number % 2 == 0 else f"A river for two  {number}"),
         *column([f"Sentence number {number} stands on this page alone."])]
        for number in range(10, 16)
    ]  # fmt: skip
    text = text_of(*pages)
    assert "Ana Example" not in text and "A river for two" not in text
    assert text.count("Sentence number") == 6


def test_dates_at_the_top_of_pages_are_no_running_heads() -> None:
    days = (3, 9, 17)
    pages = [[(72, 750, 10, f"{day} September 2020"), *column(["Ministers met in the capital."])] for day in days]
    assert [f"{day} September 2020" in text_of(*pages) for day in days] == [True] * 3


def test_a_footnote_does_not_cut_the_sentence_that_the_page_broke() -> None:
    first = [*column(["The ministers of both countries met again in the", "capital and agreed that the"] * 5),
             (72, 80, 7, "1 See the treaty of 1921.")]  # fmt: skip
    second = column(["railway would be built."])
    text = text_of(first, second)
    assert "agreed that the railway would be built." in text and text.endswith("1 See the treaty of 1921.")


def test_the_printed_date_wins_over_the_file_s_own() -> None:
    info = {"Title": "Talks on the river", "Author": "Ana Example", "CreationDate": "D:20230105120000+02'00'"}
    dated = [(72, 740, 16, "Ministers of Ruritania talk"), (72, 715, 10, "4 May 2021"), *column([PROSE[:90]], top=680)]
    (document,) = read(pdf([dated], info))
    assert (document.published_date, document.published_basis) == (date(2021, 5, 4), "text")
    assert document.author == "Ana Example"
    assert document.title == "Ministers of Ruritania talk" and not document.notes
    (document,) = read(pdf([column(["They met in the capital."])], info))
    assert (document.published_date, document.published_basis) == (date(2023, 1, 5), "metadata")
    assert "when the PDF was made" in document.notes[0] and document.title == "Talks on the river"
    assert document.found_in == (
        "author: PDF information", "title: PDF information", "published: PDF information CreationDate",
    )  # fmt: skip


@pytest.mark.parametrize("title", ["Microsoft Word - talks.docx", "untitled", "talks.indd"])
def test_titles_that_programs_write_are_none(title: str) -> None:
    (document,) = read(pdf([column(["They met in the capital."])], {"Title": title}))
    assert document.title is None


def test_a_masthead_is_not_the_title_where_the_file_and_the_page_name_it() -> None:
    lines = [
        (72, 760, 9, "The Ruritanian Review of Rivers"),
        (72, 740, 16, "Talks On The River"),
        *column([PROSE[:90]]),
    ]
    (document,) = read(pdf([lines], {"Title": "Talks on the river"}))
    assert document.title == "Talks on the river"


def test_items_of_a_pdf_are_split_as_those_of_a_text() -> None:
    lines = [PROSE[:95]] * 12
    pages = [
        [(72, 740, 16, title), (72, 715, 10, day), *column(lines, top=680)]
        for title, day in (("A river for two countries", "4 May 2021"), ("The railway that never came", "9 June 2021"))
    ]
    assert [(d.part_no, d.title, str(d.published_date)) for d in read(pdf(pages))] == [
        (1, "A river for two countries", "2021-05-04"), (2, "The railway that never came", "2021-06-09"),
    ]  # fmt: skip


def test_the_same_bytes_give_the_same_text() -> None:
    data = pdf([[*column(LEFT, x=60), *column(RIGHT, x=330)]])
    assert read(data) == read(data)


def _protected() -> bytes:
    import pypdf

    writer = pypdf.PdfWriter(io.BytesIO(pdf([column(["They met."])])))
    writer.encrypt("secret", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"%PDF-1.4\n" + b"x" * 500, "damaged"),
        (pdf([[]]), "empty"),  # pages that are pictures
        (pdf([column(["They met."])])[:300], "damaged"),
    ],
)
def test_what_cannot_be_read_has_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(ReadError) as caught:
        load_reader("pdf").read(data, "a.pdf", SPEC)
    assert caught.value.reason == reason and ";" in caught.value.detail


def test_a_password_is_asked_for() -> None:
    with pytest.raises(ReadError) as caught:
        read(_protected())
    assert caught.value.reason == "encrypted"


def test_a_broken_page_costs_itself() -> None:
    data = pdf([column(["They met in Delhi."]), column(["They left."])], packed=False)
    (document,) = read(data.replace(b"0 R/MediaBox", b"0 R/MediaBxo", 1))
    assert "They left." in document.text


def test_a_stream_that_unpacks_to_gigabytes_is_stopped() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(b" " * 10_000_000) + packer.flush(zlib.Z_FULL_FLUSH)
    twice = zlib.compress(b"\x78\xda" + block * 400, 9)  # 4 GB in some kilobytes
    data = pdf([column(["They met."])])
    start = data.index(b"<</Length", data.index(b"4 0 obj"))
    stop = data.index(b"endstream", start)
    filters = b"/Filter[/FlateDecode/FlateDecode]"
    data = data[:start] + b"<</Length %d%s>>stream\n%s\n" % (len(twice), filters, twice) + data[stop:]
    assert len(data) < 100_000
    with pytest.raises(ReadError) as caught:
        read(data)
    assert caught.value.reason == "unsafe"
