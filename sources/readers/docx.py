"""Word: paragraphs and tables in the order of the page, as they read with all changes accepted.

Running heads, comments and field codes are no text of it. A table is a line for each row, its cells parted by ` | `.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from sources.document import Document
from sources.errors import ReadError
from sources.isolation import isolated
from sources.metadata import SAY_DATE
from sources.readers.decoding import clean
from sources.readers.items import split_items
from sources.spec import SourceSpec
from sources.unpacking import RATIO, RATIO_FROM, TIMES

SUFFIXES = {".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document"}
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_LEFT_OUT = {f"{_W}del", f"{_W}moveFrom", f"{_MC}Fallback", f"{_W}instrText", f"{_W}pPr", f"{_W}rPr", f"{_W}sectPr"}
_MARKS = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}
_EPOCH = date(2013, 12, 23)  # what the usual template carries; no document was written that day


def read(data: bytes, uri: str, spec: SourceSpec) -> list[Document]:
    """The items of a document; most hold one."""
    _check_package(data, spec)
    return isolated(__name__, data, uri, spec)


def extract(data: bytes, uri: str, spec: SourceSpec) -> list[Document]:
    """As `read`, without bounds of time and memory."""
    import docx

    try:
        opened = docx.Document(io.BytesIO(data))
    except (KeyError, ValueError, zipfile.BadZipFile) as error:
        raise ReadError("damaged", f"the Word document lacks what makes one ({error}); save it again") from error
    text = clean("\n\n".join(_blocks(opened.element.body)))
    if not any(character.isalnum() for character in text):
        raise ReadError(
            "empty", "the document holds no text; if it shows pictures of text, run recognition (OCR) first"
        )
    documents = split_items(text, uri, SUFFIXES[".docx"], day_first=spec.day_first)
    first = documents[0]
    said = opened.core_properties
    found_in = []
    title, author = _line(said.title), _line(said.author)
    if first.title is not None:
        found_in.append("title: first lines of the text")
    elif title is not None:
        first = replace(first, title=title)
        found_in.append("title: document properties")
    if author in ("python-docx", "Microsoft Office User", "User", "Author"):
        author = None  # what programs write
    if author is not None:
        found_in.append("author: document properties")
    created = said.created.date() if said.created is not None else None
    if first.published_date is not None:
        found_in.append("published: date line of the text")
    elif created is not None and created != _EPOCH and len(documents) == 1:
        found_in.append("published: document properties, created")
        note = (
            f"the date {created.isoformat()} is when the document was begun and may not be that of its text; "
            f"where it is not, {SAY_DATE}"
        )
        first = replace(first, published_date=created, published_precision="day", published_basis="metadata",
                        notes=(*first.notes, note))  # fmt: skip
    language = _line(said.language)
    if language and re.match(r"[a-z]{2}(?:-|$)", language):
        documents = [replace(document, language=language[:2]) for document in (first, *documents[1:])]
        first = documents[0]
        found_in.append("language: document properties")
    return [replace(first, author=author, found_in=tuple(found_in)), *documents[1:]]


def _check_package(data: bytes, spec: SourceSpec) -> None:
    """Its parts are XML in a ZIP: nothing is parsed that unpacks to too much or declares entities."""
    if not data:
        raise ReadError("empty", "the document has no bytes; fetch it again")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            infos = package.infolist()
            if any(info.flag_bits & 1 for info in infos):
                raise ReadError("encrypted", "the document asks for a password; save it without one")
            for info in infos:
                if info.file_size > RATIO_FROM and info.file_size > RATIO * info.compress_size:
                    raise ReadError(
                        "unsafe", f"it unpacks to over {RATIO} times its size, as bombs do; it was not read"
                    )
            if sum(info.file_size for info in infos) > TIMES * spec.max_bytes:
                raise ReadError("unsafe", "it unpacks to over ten times max_bytes; split it, or raise max_bytes")
            for info in infos:
                if info.filename.endswith((".xml", ".rels")) and b"<!DOCTYPE" in package.read(info)[:4096]:
                    raise ReadError("unsafe", f"its part {info.filename} declares a document type; save it again")
    except ReadError:
        raise
    except Exception as error:  # its directory can be broken in more ways than the library has names for
        raise ReadError("damaged", f"the Word document is broken ({error}); save or fetch it again") from error


def _blocks(container: Any) -> Iterator[str]:
    for element in container:
        if element.tag == f"{_W}p":
            text = "".join(_pieces(element)).strip()
            if text:
                yield text
        elif element.tag == f"{_W}tbl":
            rows = (_row(row) for row in element.iter(f"{_W}tr"))
            text = "\n".join(row for row in rows if row.strip(" |"))
            if text:
                yield text
        elif element.tag not in _LEFT_OUT and isinstance(element.tag, str):
            yield from _blocks(element)  # what wraps paragraphs: content controls, inserted ones


def _row(row: Any) -> str:
    cells = [" ".join(" ".join(_blocks(cell)).split()) for cell in row.iter(f"{_W}tc")]
    return " | ".join(cells)


def _pieces(element: Any) -> Iterator[str]:
    for child in element:
        if child.tag in _LEFT_OUT:
            continue
        if child.tag == f"{_W}t":
            yield child.text or ""
        elif child.tag in _MARKS:
            yield _MARKS[child.tag]
        elif child.tag == f"{_W}txbxContent":  # a text box is anchored in a paragraph and no part of it
            yield "\n" + "\n".join(_blocks(child)) + "\n"
        else:
            yield from _pieces(child)


def _line(value: str | None) -> str | None:
    text = clean(" ".join((value or "").split()))
    return text if 0 < len(text) <= 500 else None
