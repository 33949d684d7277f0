"""Mails: headers, the part that is the text, attachments through the other readers, and what costs only itself."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from sources.document import Document
from sources.errors import ReadError
from sources.readers import load_reader
from sources.spec import adhoc_spec
from tests.formats import PROSE, column, docx, eml, jsonl, pdf, zipped

SPEC = adhoc_spec(Path("texts"))


def read(data: bytes, name: str = "mail.eml") -> list[Document]:
    return load_reader("folder").read(data, name, SPEC)


def test_headers_are_metadata_and_the_subject_heads_the_text() -> None:
    data = eml("They met in Delhi.\n", date="Tue, 04 May 2021 23:30:00 -0500", content_language="en")
    assert read(data) == [
        Document(
            "mail.eml", 1, "message/rfc822", "Talks on the river\n\nThey met in Delhi.\n", title="Talks on the river",
            language="en", published_date=date(2021, 5, 4), published_precision="day", published_basis="metadata",
            author="Ana Example <ana@post.example>",
            found_in=("title: mail header Subject", "author: mail header From", "published: mail header Date"),
        )
    ]  # fmt: skip


def test_of_text_and_page_the_text_is_taken_and_a_page_alone_is_read_as_one() -> None:
    second = PROSE.replace("ministers", "deputies")
    page = f"<html><body><p>{PROSE}</p><p>{second}</p><script>x()</script></body></html>"
    assert read(eml("They met.", page=page))[0].text == "Talks on the river\n\nThey met.\n"
    (document,) = read(eml(None, page=page))
    assert document.text == f"Talks on the river\n\n{PROSE.strip()}\n\n{second.strip()}"
    assert (document.title, document.media_type) == ("Talks on the river", "message/rfc822")


def test_attachments_are_documents_and_a_bad_one_costs_itself() -> None:
    inner = eml("Forwarded words.", subject="Inner")
    attached = {
        "talks.docx": docx(["They met in Delhi."]), "talks.pdf": pdf([column(["They met in Goa."])]),
        "rows.jsonl": jsonl([{"text": "One row."}]), "all.zip": zipped({"a.txt": "Zipped words."}), "inner.eml": inner,
        "tool": b"\x7fELF....", "../evil.txt": b"Words with a bad name.",
    }  # fmt: skip
    documents = read(eml("They met.", attached=attached))
    assert [d.uri for d in documents] == [
        "mail.eml", "mail.eml!/talks.docx", "mail.eml!/talks.pdf", "mail.eml!/rows.jsonl#1", "mail.eml!/all.zip!/a.txt",
        "mail.eml!/inner.eml", "mail.eml!/attachment-7.txt",
    ]  # fmt: skip
    assert [(p.uri, p.reason) for p in documents[0].problems] == [("mail.eml!/tool", "binary")]
    assert all(not d.problems for d in documents[1:])


def test_encodings_of_headers_and_bodies() -> None:
    data = (
        b"From: =?utf-8?q?Zo=C3=AB?= <z@x.example>\nSubject: =?windows-1251?b?0uXx8g==?=\n"
        b"Content-Type: text/plain; charset=windows-1251\nContent-Transfer-Encoding: 8bit\n\n"
    ) + "Встреча".encode("cp1251")
    (document,) = read(data)
    assert (document.title, document.author) == ("Тест", "Zoë <z@x.example>")
    assert document.text == "Тест\n\nВстреча"


def test_bytes_in_no_encoding_are_shown_and_noted() -> None:
    (document,) = read(b"Subject: Talks\nContent-Type: text/plain; charset=utf-8\n\nM\xfcller met")
    assert document.text == "Talks\n\nM\ufffdller met" and "in 1 places" in document.notes[0]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"no headers at all", "damaged"),
        (b"Subject: Talks\n\n", "empty"),
        (b"Subject: Talks\nContent-Type: image/png\n\nabc", "empty"),
        (b"Subject: x\nContent-Type: multipart/encrypted; boundary=a\n\n--a\n\nx\n--a--\n", "encrypted"),
        (b"Subject: " + b"=?utf-8?q?a?= " * 100_000 + b"\n\nThey met.", "unsafe"),
        (b"Subject: x\nContent-Type: application/pkcs7-mime\n\nabc", "encrypted"),
    ],
)
def test_what_cannot_be_read_has_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(ReadError) as caught:
        load_reader("eml").read(data, "mail.eml", SPEC)
    assert caught.value.reason == reason and ";" in caught.value.detail


def test_mails_in_mails_end() -> None:
    data = eml("The innermost words.")
    for _ in range(6):
        data = eml("Outer words.", attached={"inner.eml": data})
    documents = read(data)
    assert len(documents) == 3 and [p.reason for p in documents[0].problems] == ["unsafe"]


@pytest.mark.parametrize("sent", ["nonsense", "Tue, 99 May 2021", ""])
def test_a_broken_date_is_none(sent: str) -> None:
    (document,) = read(b"Subject: Talks\nDate: " + sent.encode() + b"\n\nThey met.")
    assert document.published_date is None and document.published_basis == "unknown"
