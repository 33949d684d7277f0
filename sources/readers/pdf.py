"""PDF: its text in reading order, without running heads and divided words; title and dates by what it says of itself.

Pages that are pictures have no text here: they need recognition first, and are refused with that advice.
"""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import Any

from sources.dates import PartialDate, parse_whole
from sources.document import Document, Problem
from sources.errors import ReadError
from sources.isolation import isolated
from sources.metadata import SAY_DATE
from sources.page_lines import Glyph, Line, lines_of
from sources.page_text import running_text
from sources.readers.decoding import clean
from sources.readers.items import split_items
from sources.spec import SourceSpec

SUFFIXES = {".pdf": "application/pdf"}
_MOST_PAGES = 5_000
_UNREADABLE = 0.2  # of the letters; with more, fonts do not say which letters they draw
_TITLE_PLACE = 3_000  # characters of the text, about a page
_PROGRAM_TITLE = re.compile(
    r"^(?:microsoft\s\w+\s-\s|untitled|document\d*$)|\.(?:docx?|pdf|indd|qxd|tex|rtf)$|^\W*$", re.I
)


def read(data: bytes, uri: str, spec: SourceSpec) -> list[Document]:
    """The items of a PDF; most hold one."""
    if b"%PDF-" not in data[:1024]:
        raise ReadError("damaged" if data else "empty", "the file does not begin as a PDF does; fetch it again")
    return isolated(__name__, data, uri, spec)


def extract(data: bytes, uri: str, spec: SourceSpec) -> list[Document]:
    """As `read`, without bounds of time and memory."""
    pages, heights, problems, info = _pages(data, uri)
    if not pages:
        detail = problems[0].detail if problems else "the PDF has no pages; fetch it again"
        raise ReadError("damaged", detail)
    text = clean(running_text(pages, heights))
    if not any(character.isalnum() for character in text):
        raise ReadError("empty", "its pages hold no text, only pictures; run text recognition (OCR) on it first")
    if text.count("\ufffd") > _UNREADABLE * len(text):
        raise ReadError("encoding", "its fonts do not say which letters they draw; run text recognition (OCR) on it")
    documents = split_items(text, uri, "application/pdf", day_first=spec.day_first)
    title = _words(info.get("Title"))
    author = _words(info.get("Author"))
    first = documents[0]
    found_in = ["author: PDF information"] if author else []
    told = title is not None and not _PROGRAM_TITLE.search(title)
    # a first line can be a masthead; what the file calls itself and prints is its title
    if told and title is not None and (first.title is None or _is_printed(title, first.text)):
        first = replace(first, title=title)
        found_in.append("title: PDF information")
    elif first.title is not None:
        found_in.append("title: first lines of the text")
    if first.published_date is not None:
        found_in.append("published: date line of the text")
    elif (created := _created(info.get("CreationDate"))) is not None and len(documents) == 1:
        found_in.append("published: PDF information CreationDate")
        note = (
            f"the date {created.first.isoformat()} is when the PDF was made and may be later than its text; "
            f"where it is, {SAY_DATE}"
        )
        first = replace(first, published_date=created.first, published_precision=created.precision,
                        published_basis="metadata", notes=(*first.notes, note))  # fmt: skip
    first = replace(first, author=author, found_in=tuple(found_in), problems=tuple(problems))
    return [first, *documents[1:]]


def _pages(data: bytes, uri: str) -> tuple[list[list[Line]], list[float], list[Problem], dict[str, Any]]:
    from pdfminer.converter import PDFPageAggregator
    from pdfminer.pdfdocument import PDFDocument, PDFEncryptionError, PDFPasswordIncorrect
    from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
    from pdfminer.pdfpage import PDFPage
    from pdfminer.pdfparser import PDFParser

    try:
        document = PDFDocument(PDFParser(io.BytesIO(data)))
    except (PDFPasswordIncorrect, PDFEncryptionError) as error:
        raise ReadError("encrypted", "the PDF asks for a password; save it without one") from error
    manager = PDFResourceManager()
    device = PDFPageAggregator(manager, laparams=None)
    interpreter = PDFPageInterpreter(manager, device)
    pages: list[list[Line]] = []
    heights: list[float] = []
    problems: list[Problem] = []
    for number, page in enumerate(PDFPage.create_pages(document), start=1):
        if number > _MOST_PAGES:
            detail = f"the PDF has over {_MOST_PAGES} pages, and the others were not read; split it"
            problems.append(Problem(uri, "too_large", detail))
            break
        try:
            interpreter.process_page(page)
            layout = device.get_result()
            glyphs = list(_glyphs(layout))
            lines = lines_of(glyphs, layout.width or 1.0)
        except (MemoryError, RecursionError):
            raise
        except Exception as error:
            detail = f"page {number} cannot be read ({type(error).__name__}: {str(error)[:100]}); save the PDF again"
            problems.append(Problem(f"{uri}#page={number}", "damaged", detail))
            continue
        pages.append(lines)
        heights.append(layout.height or 1.0)
    info: dict[str, Any] = {}
    for entry in document.info:
        info |= {str(key): value for key, value in entry.items()}
    return pages, heights, problems, info


def _glyphs(layout: Any) -> Any:
    from pdfminer.layout import LTChar, LTContainer

    for element in layout:
        if isinstance(element, LTChar):
            if element.upright and element.size > 0:
                text = "\ufffd" if element.get_text().startswith("(cid:") else element.get_text()
                yield Glyph(text, element.x0, element.x1, element.matrix[5], element.size)
        elif isinstance(element, LTContainer):
            yield from _glyphs(element)


def _words(value: Any) -> str | None:
    from pdfminer.pdftypes import resolve1
    from pdfminer.utils import decode_text

    value = resolve1(value)
    if isinstance(value, bytes):
        value = decode_text(value)
    text = clean(" ".join(value.split())) if isinstance(value, str) else ""
    return text if 0 < len(text) <= 500 else None


def _is_printed(title: str, text: str) -> bool:
    return title.casefold() in " ".join(text[:_TITLE_PLACE].split()).casefold()


def _created(value: Any) -> PartialDate | None:
    """D:20210504120000+02'00' as its day."""
    match = re.match(r"(?:D:)?(\d{8})", _words(value) or "")
    readings = parse_whole(match[1]) if match else ()
    return readings[0] if len(readings) == 1 else None
