"""gzip and ZIP: members through the other readers, one budget for all, and archives that are traps."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import pytest

from sources import unpacking
from sources.document import Document
from sources.errors import ReadError
from sources.readers import load_reader
from sources.spec import adhoc_spec
from tests.formats import column, docx, eml, gzipped, jsonl, page, pdf, zipped

SPEC = adhoc_spec(Path("texts"))


def read(data: bytes, name: str = "a.zip", **changes: int) -> list[Document]:
    return load_reader("folder").read(data, name, SPEC.model_copy(update=changes))


def test_members_of_all_formats() -> None:
    members = {
        "sub/one.txt": "They met in Delhi.", "two.md": "---\ntitle: Two\n---\nThey left.",
        "three.html": page("<p>They came.</p>"),
        "four.pdf": pdf([column(["They stayed."])]), "five.docx": docx(["They wrote."]), "six.eml": eml("They mailed."),
        "seven.jsonl": jsonl([{"text": "They counted."}]), "eight.csv": "text\nThey listed.\n",
        "nine.zip": zipped({"inner.txt": "They packed."}), "ten.txt.gz": gzipped(b"They zipped."),
    }  # fmt: skip
    assert [(d.uri, d.text) for d in read(zipped(members))] == [
        ("a.zip!/sub/one.txt", "They met in Delhi."), ("a.zip!/two.md", "They left."),
        ("a.zip!/three.html", "They came."),
        ("a.zip!/four.pdf", "They stayed."), ("a.zip!/five.docx", "They wrote."),
        ("a.zip!/six.eml", "Talks on the river\n\nThey mailed.\n"), ("a.zip!/seven.jsonl#1", "They counted."),
        ("a.zip!/eight.csv#1", "They listed."), ("a.zip!/nine.zip!/inner.txt", "They packed."),
        ("a.zip!/ten.txt.gz!/ten.txt", "They zipped."),
    ]  # fmt: skip


def test_a_sidecar_in_the_archive_describes_its_member() -> None:
    members = {"one.txt": "They met.", "one.txt.meta.yml": "publisher: The Post\npublished: 2021-05-04\n"}
    (document,) = read(zipped(members))
    assert (document.publisher, str(document.published_date)) == ("The Post", "2021-05-04")
    with pytest.raises(ReadError, match="did you mean publisher"):
        read(zipped(members | {"one.txt.meta.yml": "publsher: x\n"}))


def test_hidden_files_folders_and_what_systems_add_are_none() -> None:
    members = {"__MACOSX/one.txt": "x", ".DS_Store": "x", "sub/.hidden.txt": "x", "sub/": "", "one.txt": "They met."}
    assert [d.uri for d in read(zipped(members))] == ["a.zip!/one.txt"]


def test_a_bad_member_costs_itself() -> None:
    members = {"one.txt": "They met.", "two.txt": b"M\xfcller", "three.png": b"\x89PNG....", "four.txt": ""}
    documents = read(zipped(members))
    assert [d.uri for d in documents] == ["a.zip!/one.txt"]
    assert [(p.uri, p.reason) for p in documents[0].problems] == [
        ("a.zip!/two.txt", "encoding"), ("a.zip!/three.png", "binary"), ("a.zip!/four.txt", "empty"),
    ]  # fmt: skip


def test_where_no_member_is_read_the_reasons_are_told() -> None:
    with pytest.raises(ReadError) as caught:
        read(zipped({"two.txt": b"M\xfcller", "three.png": b"\x89PNG...."}))
    assert caught.value.reason == "encoding"
    assert "two.txt: " in caught.value.detail and "three.png: " in caught.value.detail


@pytest.mark.parametrize("name", ["../evil.txt", "/etc/passwd.txt", "C:\\evil.txt", "a/../../evil.txt", "..\\evil.txt"])
def test_names_that_lead_out_are_refused(name: str) -> None:
    documents = read(zipped({"one.txt": "They met.", name: "Words."}))
    assert [d.uri for d in documents] == ["a.zip!/one.txt"]
    assert [p.reason for p in documents[0].problems] == ["unsafe"]


def test_a_link_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo("link.txt")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    with pytest.raises(ReadError) as caught:
        read(out.getvalue())
    assert caught.value.reason == "unsafe"


def test_bombs_are_not_unpacked() -> None:
    zeros = b"0" * 100_000_000
    for data, name in ((zipped({"a.txt": zeros}), "a.zip"), (gzipped(zeros), "a.gz")):
        with pytest.raises(ReadError) as caught:
            read(data, name)
        assert caught.value.reason == "unsafe" and "bombs" in caught.value.detail


def test_a_bomb_that_lies_about_its_size_is_damaged() -> None:
    data = bytearray(zipped({"a.txt": b"0" * 50_000_000}))
    directory = data.index(b"PK\x01\x02")
    data[directory + 24 : directory + 28] = struct.pack("<I", 100)
    data[22:26] = struct.pack("<I", 100)
    with pytest.raises(ReadError) as caught:
        read(bytes(data))
    assert caught.value.reason == "damaged"


def test_large_members_and_many_of_them_are_bounded_together() -> None:
    text = "".join(f"They met for round {n}. " for n in range(5_000))
    for data, name in ((zipped({"a.txt": text}), "a.zip"), (gzipped(text.encode()), "a.txt.gz")):
        with pytest.raises(ReadError) as caught:
            read(data, name, max_bytes=10_000)
        assert caught.value.reason == "too_large" and "max_bytes 10000" in caught.value.detail
    inner = zipped({f"{n}.txt": text[:9_000] for n in range(6)})
    documents = read(zipped({"one.zip": inner, "two.zip": inner}), max_bytes=9_000)
    assert len(documents) < 10 and {p.reason for p in documents[0].problems} == {"unsafe"}


def test_members_are_counted_over_all_levels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "MEMBERS", 5)
    monkeypatch.setattr(unpacking.Budget.__init__, "__defaults__", (5,))
    inner = zipped({f"{n}.txt": f"Round {n}." for n in range(4)})
    with pytest.raises(ReadError) as caught:
        read(zipped({"one.zip": inner, "two.zip": inner}))
    assert caught.value.reason == "unsafe" and "members" in caught.value.detail


def test_archives_in_archives_end() -> None:
    data = zipped({"a.txt": "They met."})
    for _ in range(5):
        data = zipped({"a.zip": data})
    with pytest.raises(ReadError) as caught:
        read(data)
    assert caught.value.reason == "unsafe" and "nested" in caught.value.detail


def _encrypted() -> bytes:
    data = bytearray(zipped({"a.txt": "They met."}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def _method(number: int) -> bytes:
    data = bytearray(zipped({"a.txt": "They met."}))
    data[8] = number
    data[data.index(b"PK\x01\x02") + 10] = number
    return bytes(data)


GOOD = zipped({"a.txt": "They met in Delhi. " * 50})
PACKED = gzipped(b"They met in Delhi. " * 50)


@pytest.mark.parametrize(
    ("data", "name", "reason"),
    [
        (b"", "a.zip", "empty"),
        (zipped({}), "a.zip", "empty"),
        (GOOD[:-10], "a.zip", "damaged"),
        (GOOD[:40] + b"\xff\xff\xff\xff" + GOOD[44:], "a.zip", "damaged"),
        (_encrypted(), "a.zip", "encrypted"),
        (_method(14), "a.zip", "unsupported"),
        (_method(99), "a.zip", "unsupported"),
        (PACKED[:-9], "a.txt.gz", "damaged"),
        (PACKED[:20] + b"\xff" + PACKED[21:], "a.txt.gz", "damaged"),
        (gzipped(b""), "a.txt.gz", "empty"),
        (gzipped(b"x" * 257 + b"ustar" + b"\0" * 300), "a.tar.gz", "unsupported"),
        (b"7z\xbc\xaf\x27\x1c...", "a.7z", "binary"),
    ],
)
def test_what_cannot_be_read_has_a_reason(data: bytes, name: str, reason: str) -> None:
    with pytest.raises(ReadError) as caught:
        load_reader("archive").read(data, name, SPEC) if not data else read(data, name)
    assert caught.value.reason == reason and ";" in caught.value.detail


def test_gzip_of_several_members_and_padding_is_one_text() -> None:
    assert read(gzipped(b"They met ") + gzipped(b"in Delhi.") + b"\0" * 100, "a.txt.gz")[0].text == "They met in Delhi."
