"""Readers: bytes to documents, dates that are printed plainly, and files that hold several articles."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.dates import date_in_name, date_line, is_byline, parse_loose
from sources.document import Document
from sources.errors import ReadError
from sources.metadata import load_metadata, split_front_matter, with_metadata
from sources.readers import kind_of, load_reader, reader_keys, suffixes
from sources.spec import SourceSpec, adhoc_spec

SPEC = adhoc_spec(Path("texts"))
PROSE = (
    "The ministers of Ruritania and Sylvania met in the capital and spoke for two hours about the river, the "
    "railway and the price of grain, and agreed that their deputies would meet again before the end of the "
    "winter to settle what was left open. "
)
ARTICLE = f"{PROSE * 2}\n\n{PROSE}\n\nA short remark.\n\n{PROSE}\n\n"


def read(text: str | bytes, name: str = "a.txt", spec: SourceSpec = SPEC) -> list[Document]:
    data = text if isinstance(text, bytes) else text.encode("utf-8")
    return load_reader("folder").read(data, name, spec)


@pytest.mark.parametrize("key", reader_keys())
def test_every_reader_has_the_interface(key: str) -> None:
    reader = load_reader(key)
    assert reader.__doc__
    if kind_of(key) == "format":
        assert callable(reader.read) and all(suffix.startswith(".") for suffix in reader.SUFFIXES)


def test_suffixes_belong_to_one_reader_each() -> None:
    declared = [suffix for key in reader_keys() for suffix in getattr(load_reader(key), "SUFFIXES", {})]
    assert len(declared) == len(set(declared)) == len(suffixes())


# decoding


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_byte_order_marks_are_obeyed_and_dropped(encoding: str) -> None:
    (document,) = read("Zoë met Łukasz in 北京.\r\nThey talked.\r".encode(encoding))
    assert document.text == "Zoë met Łukasz in 北京.\nThey talked.\n"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b" \n\t\n ... \n", "empty"),
        (bytes(range(256)), "binary"),
        (b"%PDF-1.7 something", "damaged"),
        (b"PK\x03\x04abc", "damaged"),
        (b"\x89PNG\r\n", "binary"),
        (b"text with a \x00 in it", "binary"),
        ("Müller met Çelik".encode("latin-1"), "encoding"),
        (b"\xff\xfeA", "encoding"),
    ],
)
def test_bytes_that_are_no_text_have_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(ReadError) as caught:
        read(data)
    assert caught.value.reason == reason and ";" in caught.value.detail


def test_a_declared_encoding_is_used() -> None:
    (document,) = read("Встреча в Москве".encode("cp1251"), spec=SPEC.model_copy(update={"encoding": "cp1251"}))
    assert document.text == "Встреча в Москве"


def test_a_suffix_without_reader_is_unsupported_but_binary_is_binary() -> None:
    with pytest.raises(ReadError) as caught:
        read("a,b\n1,2\n", "table.xyz")
    assert caught.value.reason == "unsupported" and ".txt" in caught.value.detail
    with pytest.raises(ReadError) as caught:
        read(b"\x7fELF\x00", "tool")
    assert caught.value.reason == "binary"


# dates


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("23/12/2021", "2021-12-23"),
        ("26.9.2020", "2020-09-26"),
        ("2020-09-11", "2020-09-11"),
        ("20200911", "2020-09-11"),
        ("Posted Sep 26, 2020", "2020-09-26"),
        ("Published 4 May 2021", "2021-05-04"),
        ("Published on: Tuesday, 4 May 2021", "2021-05-04"),
        ("Updated 23:45, 28-Jun-2021", "2021-06-28"),
        ("Moscow, September 11, 2020", "2020-09-11"),
        ("NEW DELHI — 3rd of March 2021", "2021-03-03"),
        ("*June 28th, 2021*", "2021-06-28"),
        ("By Ana Example | 1 June 2020", "2020-06-01"),
        ("2021-06-28T10:00:00Z", "2021-06-28"),
        ("28 June 2021 14:05 GMT", "2021-06-28"),
    ],
)
def test_date_lines(line: str, expected: str) -> None:
    found = date_line(line)
    assert found is not None and [r.first.isoformat() for r in found.readings] == [expected]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "Comparative Reviews, Vol. 22, No. 3, January 2022.",
        "The treaty was signed on 16 July 2001.",
        "2 September: Ministers meet in Moscow",
        "September 2020",
        "2020",
        "12,000",
        "31/31/2020",
        "30 February 2020",
        "May 2020 was a busy month for them",
    ],
)
def test_what_is_no_date_line(line: str) -> None:
    assert date_line(line) is None


def test_swapped_days_give_two_readings() -> None:
    found = date_line("11/09/2020")
    assert found is not None
    assert {r.first for r in found.readings} == {date(2020, 9, 11), date(2020, 11, 9)}


@pytest.mark.parametrize(
    ("text", "first", "precision"),
    [
        ("2020", "2020-01-01", "year"),
        ("2020-09", "2020-09-01", "month"),
        ("September 2020", "2020-09-01", "month"),
    ],
)
def test_coarse_dates(text: str, first: str, precision: str) -> None:
    (found,) = parse_loose(text)
    assert (found.first.isoformat(), found.precision) == (first, precision)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("2021-06-28_treaty", date(2021, 6, 28)),
        ("tass 20210628 final", date(2021, 6, 28)),
        ("001_6600c20200101cdf0", None),
        ("from 2020-01-01 to 2020-02-01", None),
        ("report-2020", None),
    ],
)
def test_dates_in_names(name: str, expected: date | None) -> None:
    found = date_in_name(name)
    assert (found.first if found else None) == expected


@pytest.mark.parametrize(
    "line", ["By Ana Example", "by: A.B. Name and Carl de Vries", "By: Ana Example / Special for Post"]
)
def test_bylines(line: str) -> None:
    assert is_byline(line)


@pytest.mark.parametrize("line", ["By late September the talks had ended.", "By 2020", "Bystanders Saw It"])
def test_no_bylines(line: str) -> None:
    assert not is_byline(line)


# heads


def test_title_and_date_of_a_plain_head() -> None:
    (document,) = read(f"\nRuritania and Sylvania talk\n\nBy Ana Example\n23/12/2021\n\n{ARTICLE}")
    assert document.title == "Ruritania and Sylvania talk"
    assert (document.published_date, document.published_precision, document.published_basis) == (
        date(2021, 12, 23), "day", "text",
    )  # fmt: skip


def test_published_wins_over_updated() -> None:
    (document,) = read(f"Ruritania and Sylvania talk\nUpdated 5 May 2021\nPublished 4 May 2021\n\n{ARTICLE}")
    assert document.published_date == date(2021, 5, 4)


def test_a_date_in_a_citation_or_in_prose_is_not_trusted() -> None:
    (document,) = read(f"Ruritania and Sylvania talk\n\nFrom *Review of Rivers*, Vol. 3, January 2022.\n\n{ARTICLE}")
    assert document.published_date is None and document.published_basis == "unknown"


def test_dates_that_head_the_entries_of_a_chronology_do_not_date_it() -> None:
    entries = "".join(f"{day} September 2020\n\nThe ministers met again.\n\n" for day in (2, 5, 9, 14))
    (document,) = read(f"Chronology of the river talks\n\n{entries}")
    assert document.published_date is None


def test_an_ambiguous_date_is_settled_by_the_text_the_declaration_or_its_year() -> None:
    head = "Ruritania and Sylvania talk\n\n11{0}09{0}2020\n\n"
    (plain,) = read(head.format("/") + ARTICLE)
    assert (plain.published_date, plain.published_precision) == (date(2020, 1, 1), "year")
    assert "day and month swapped" in plain.notes[0]
    (dashed,) = read(head.format("-") + ARTICLE)
    assert dashed.published_date == date(2020, 9, 11) and dashed.notes
    (dotted,) = read(head.format(".") + ARTICLE)
    assert dotted.published_date == date(2020, 9, 11) and not dotted.notes
    (spoken,) = read(head.format("/") + "They met on November 9. " + ARTICLE)
    assert spoken.published_date == date(2020, 11, 9) and not spoken.notes
    (declared,) = read(head.format("/") + ARTICLE, spec=SPEC.model_copy(update={"day_first": True}))
    assert declared.published_date == date(2020, 9, 11) and not declared.notes


# items


def test_articles_that_announce_themselves_are_split_and_lose_no_character() -> None:
    text = (
        f"Joint statement of two ministers\n\n11 September 2020\n\n{ARTICLE}"
        f"A river for two, part one\n\nPosted Sep 26, 2020\n\n{ARTICLE}"
        f"A river for two, part two\n\nBy Ana Example\n\n27.9.2020\n\n{ARTICLE}"
    )
    documents = read(text)
    assert [d.part_no for d in documents] == [1, 2, 3]
    assert "".join(d.text for d in documents) == text
    assert [d.title for d in documents] == [
        "Joint statement of two ministers", "A river for two, part one", "A river for two, part two",
    ]  # fmt: skip
    assert [str(d.published_date) for d in documents] == ["2020-09-11", "2020-09-26", "2020-09-27"]


@pytest.mark.parametrize("mark", ["***\n\n", "* * *\n\n", "---\n\n", "_____\n\n", "\f", "\f\n"])
def test_after_a_rule_or_page_break_a_byline_announces_too(mark: str) -> None:
    text = f"A river for two\n\n{ARTICLE}{mark}The railway that never came\n\nBy Ana Example\n\n{ARTICLE}"
    documents = read(text)
    assert [d.title for d in documents] == ["A river for two", "The railway that never came"]
    assert "".join(d.text for d in documents) == text


def test_markdown_titles_with_bylines_are_items() -> None:
    first = f"# A river for two\n\nBy Ana Example\n\n{ARTICLE}"
    text = f"{first}# The railway that came\n\nBy Ben Example\n\n{ARTICLE}"
    assert [d.title for d in read(text, "a.md")] == ["A river for two", "The railway that came"]


@pytest.mark.parametrize(
    "middle",
    [
        "The view from the river\n\n",  # a section heading
        "***\n\nThe view from the river\n\n",  # a rule before a section
        "\f",  # a page break in running text
        "\fThe view from the river\n\n",
        "# The view from the river\n\n",
        "The view from the river\n-----------------------\n\n",
        "The ministers met again on this day,\n\n11 September 2020\n\n",  # broken prose, not a title
        "Figure 3 The two ministers at the river\n\n11 September 2020\n\n",
        "By Ana Example\n\n",
        "Read more about the river\n\n12 May 2020\n\n",
    ],
)
def test_in_doubt_a_file_stays_whole(middle: str) -> None:
    for name in ("a.txt", "a.md"):
        assert len(read(f"A river for two\n\n{ARTICLE}{middle}{ARTICLE}", name)) == 1


def test_short_dated_entries_and_insets_stay_in_their_article() -> None:
    entries = "".join(
        f"Ministers meet in town {n}\n\n{n} September 2020\n\nThey spoke briefly.\n\n" for n in range(1, 9)
    )
    assert len(read(f"Chronology of the river talks\n\n{entries}")) == 1
    assert len(read(f"A river for two\n\n{ARTICLE}Another story of ours\n\n12 May 2020\n\nRead it there.\n")) == 1


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.sampled_from("Aab 1.,#*-\f\n\r\t—é9")) | st.text())
def test_any_text_reads_without_loss_or_is_refused_with_a_reason(text: str) -> None:
    data = text.encode("utf-8", "ignore")
    try:
        documents = load_reader("text").read(data, "a.txt", SPEC)
    except ReadError as error:
        assert error.detail
        return
    expected = data.decode().removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    assert "".join(d.text for d in documents) == expected


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["a.txt", "a.md", "a.xyz", "a"]))
def test_any_bytes_read_or_are_refused_with_a_reason(data: bytes, name: str) -> None:
    try:
        assert read(data, name)
    except ReadError as error:
        assert error.reason and error.detail


# metadata


@pytest.mark.parametrize(
    ("content", "first", "precision"),
    [("2020", "2020-01-01", "year"), ("2020-09", "2020-09-01", "month"), ("2020-09-11", "2020-09-11", "day"),
     ("2020-09-11T10:00:00Z", "2020-09-11", "day")],
)  # fmt: skip
def test_published_in_a_sidecar(content: str, first: str, precision: str) -> None:
    published = load_metadata(f"published: {content}\n".encode(), "a.txt.meta.yml").published
    assert published is not None
    assert (published.first.isoformat(), published.precision) == (first, precision)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("publised: 2020", "did you mean published?"),
        ("published: soon", "YYYY-MM-DD"),
        ("published: 11/09/2020", "YYYY-MM-DD"),
        ("language: English", "ISO 639-1"),
        ("url: example.org", "http"),
        ("title: [a", "is not YAML"),
        ("just words", "key: value"),
        ("title: ''", "title"),
        ("'\\ud800': 1", "unknown key"),
    ],
)
def test_a_wrong_sidecar_is_refused_by_key(content: str, expected: str) -> None:
    with pytest.raises(ReadError) as caught:
        load_metadata(content.encode(), "a.txt.meta.yml")
    assert caught.value.reason == "metadata"
    assert "a.txt.meta.yml" in caught.value.detail and expected in caught.value.detail


def test_metadata_win_over_the_text_but_not_over_an_item_s_own_date() -> None:
    metadata = load_metadata(b"title: Told title\npublisher: The Post\npublished: 2020-10\nlanguage: en\n", "m")
    one = with_metadata(read(f"A river for two\n\n1 May 2020\n\n{ARTICLE}"), metadata)
    assert [(d.title, str(d.published_date), d.published_precision, d.published_basis) for d in one] == [
        ("Told title", "2020-10-01", "month", "metadata")
    ]
    two = with_metadata(read(f"A river for two\n\n{ARTICLE}The railway that came\n\n1 May 2020\n\n{ARTICLE}"), metadata)
    assert [(d.title, str(d.published_date), d.publisher) for d in two] == [
        ("Told title", "2020-10-01", "The Post"), ("The railway that came", "2020-05-01", "The Post"),
    ]  # fmt: skip


def test_front_matter_is_metadata_and_not_text() -> None:
    (document,) = read(f"---\ntitle: A river\ndate: 2020-05-01\nlayout: post\n---\n{ARTICLE}", "a.md")
    assert (document.title, str(document.published_date), document.published_basis) == (
        "A river",
        "2020-05-01",
        "metadata",
    )
    assert document.text == ARTICLE


def test_prose_between_rules_is_text() -> None:
    text = f"---\nMoscow: the ministers met\n---\n{ARTICLE}"
    assert split_front_matter(text)[1] == 0
    assert read(text, "a.md")[0].text == text


def test_a_bad_value_in_front_matter_is_noted_and_costs_nothing_else() -> None:
    (document,) = read(f"---\ntitle: A river\ndate: someday\n---\n{ARTICLE}", "a.md")
    assert document.title == "A river" and document.published_date is None
    assert "someday" in document.notes[0]
