"""Small files of every format, made by the libraries that write them or, for PDF, byte by byte."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from typing import Any

PROSE = (
    "The ministers of Ruritania and Sylvania met in the capital and spoke for two hours about the river, the "
    "railway and the price of grain, and agreed that their deputies would meet again before the winter. "
)
Placed = tuple[float, float, float, str]  # x, y of the baseline, letter size, text


def pdf(
    pages: Sequence[Sequence[Placed]], info: Mapping[str, str] | None = None, *, packed: bool = True, width: int = 612
) -> bytes:
    """A PDF with these texts at these places in Helvetica."""
    objects: list[bytes] = [b"<</Type/Catalog/Pages 2 0 R>>", b""]
    objects.append(b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>")
    kids = []
    for page in pages:
        content = b""
        for x, y, size, text in page:
            shown = text.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
            content += b"BT /F1 %g Tf %g %g Td (%s) Tj ET\n" % (size, x, y, shown)
        stream = zlib.compress(content) if packed else content
        kind = b"/Filter/FlateDecode" if packed else b""
        objects.append(b"<</Length %d%s>>stream\n%s\nendstream" % (len(stream), kind, stream))
        kids.append(len(objects) + 1)
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %d 792]/Resources<</Font<</F1 3 0 R>>>>/Contents %d 0 R>>"
            % (width, len(objects))
        )
    objects[1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(kids), b" ".join(b"%d 0 R" % kid for kid in kids))
    entries = b"".join(b"/%s(%s)" % (k.encode(), v.encode("cp1252")) for k, v in (info or {}).items())
    objects.append(b"<<%s>>" % entries)
    return _assembled(objects)


def _assembled(objects: Sequence[bytes]) -> bytes:
    out = b"%PDF-1.4\n"
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    tail = b"trailer<</Size %d/Root 1 0 R/Info %d 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (count, len(objects), start)
    return out + b"xref\n0 %d\n0000000000 65535 f \n%s" % (count, table) + tail


def column(lines: Sequence[str], x: float = 72, top: float = 700, size: float = 10) -> list[Placed]:
    """Lines under each other."""
    return [(x, top - number * 1.2 * size, size, line) for number, line in enumerate(lines)]


def docx(paragraphs: Sequence[str], **properties: Any) -> bytes:
    """A Word document; a paragraph that begins with `# ` is a heading."""
    import docx as library

    document = library.Document()
    for paragraph in paragraphs:
        if paragraph.startswith("# "):
            document.add_heading(paragraph[2:], 1)
        else:
            document.add_paragraph(paragraph)
    for name, value in properties.items():
        setattr(document.core_properties, name, value)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def eml(
    text: str | None, *, page: str | None = None, attached: Mapping[str, bytes] | None = None, **headers: str
) -> bytes:
    """A mail; `From` and the like as small-letter names."""
    message = EmailMessage()
    if text is not None:
        message.set_content(text)
    if page is not None:
        message.add_alternative(page, subtype="html") if text is not None else message.set_content(page, subtype="html")
    for name, value in ({"from": "Ana Example <ana@post.example>", "subject": "Talks on the river"} | headers).items():
        message[name.replace("_", "-").title()] = value
    for name, data in (attached or {}).items():
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def jsonl(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """One object a line."""
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def parquet(columns: Mapping[str, Sequence[Any]]) -> bytes:
    """A table with these columns."""
    import pyarrow
    import pyarrow.parquet

    out = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(dict(columns)), out)
    return out.getvalue()


def zipped(members: Mapping[str, bytes | str]) -> bytes:
    """A ZIP archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def gzipped(data: bytes) -> bytes:
    """A gzip file, the same each time."""
    return gzip.compress(data, mtime=0)


def page(body: str, head: str = "", attributes: str = "") -> bytes:
    """A web page."""
    top = f"<!doctype html><html{attributes}><head><meta charset=utf-8>{head}</head>"
    return f"{top}<body>{body}</body></html>".encode()
