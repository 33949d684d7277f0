"""Mails: the text part, else the page that stands for it; attachments go to the readers that take them.

The subject is the title, the sender the author, the sending day (in the sender's own zone) the date. An attachment is a
document of its own, `mail.eml!/name`; pictures and signatures are none and go without a word.
"""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from datetime import date, datetime
from email.message import MIMEPart
from typing import Any

from sources.document import Document, Problem
from sources.errors import ReadError
from sources.media_types import suffix_of
from sources.readers.decoding import clean, text_encoding
from sources.spec import SourceSpec
from sources.unpacking import MARK, budget, gathered, safe_name

SUFFIXES = {".eml": "message/rfc822"}
_SILENT = (
    "image/",
    "audio/",
    "video/",
    "application/pgp-",
    "application/pkcs7-signature",
    "text/calendar",
    "text/x-vcard",
)
_PARSED = {"subject", "from", "date", "content-type", "content-disposition", "content-transfer-encoding",
           "content-language"}  # fmt: skip
_LONGEST_HEADER = 10_000  # to parse one takes the square of its length
_SEALED = ("multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime")


def read(data: bytes, uri: str, spec: SourceSpec) -> list[Document]:
    """The mail and its attachments."""
    if not data.strip():
        raise ReadError("empty", "the mail has no bytes; fetch it again")
    try:
        message = email.message_from_bytes(data, policy=email.policy.default)
        parts = list(_parts(message))
    except (RecursionError, ValueError, TypeError, AttributeError, LookupError, IndexError) as error:
        raise ReadError("damaged", f"the mail is broken ({type(error).__name__}); save it again") from error
    if not message.keys() or not any(key in message for key in ("From", "Subject", "Date", "Message-ID", "To")):
        raise ReadError("damaged", "it has no mail headers (From, Subject, Date); save the mail with its headers")
    if any(part.get_content_type() in _SEALED for part in parts):
        raise ReadError("encrypted", "the mail is encrypted; save it decrypted")
    documents: list[Document] = []
    problems: list[Problem] = []
    with budget(uri, spec) as left:
        body, others = _body(parts)
        if body is not None:
            try:
                documents.append(_with_headers(_body_document(body, uri, spec), message))
            except ReadError as error:
                problems.append(Problem(uri, error.reason, error.detail))
        for number, part in enumerate(others, start=1):
            if part.get_content_type().startswith(_SILENT):
                continue
            left.member()
            name = _name(part, number)
            try:
                attached = _payload(part)
                left.take(len(attached))
                documents += _opened(attached, f"{uri}{MARK}{name}", spec, part.get_content_type())
            except ReadError as error:
                problems.append(Problem(f"{uri}{MARK}{name}", error.reason, error.detail))
    return gathered(documents, problems, "the mail has no text; look at it in a mail program")


def _parts(message: MIMEPart) -> list[MIMEPart]:
    """The parts that hold something, in order; a mail attached to a mail stays whole."""
    for name, value in message.raw_items():
        if name.lower() in _PARSED and len(str(value)) > _LONGEST_HEADER:
            raise ReadError("unsafe", f"its header {name} has over {_LONGEST_HEADER} characters; save the mail again")
    if message.get_content_type() == "message/rfc822" or not message.is_multipart():
        return [message]
    if message.get_content_type() in _SEALED:
        return [message]
    found: list[MIMEPart] = []
    for part in message.iter_parts():
        found += _parts(part)
    return found


def _body(parts: list[MIMEPart]) -> tuple[MIMEPart | None, list[MIMEPart]]:
    """The part that is the text, and what is attached; of text and page of one wording, the text."""
    inline = [p for p in parts if p.get_content_disposition() != "attachment" and _file_name(p) is None]
    plain = next((p for p in inline if p.get_content_type() == "text/plain" and _has_words(p)), None)
    page = next((p for p in inline if p.get_content_type() == "text/html"), None)
    body = plain or page
    shown = {id(part) for part in inline if part.get_content_type() in ("text/plain", "text/html")}
    return body, [part for part in parts if part is not body and id(part) not in shown]


def _body_document(part: MIMEPart, uri: str, spec: SourceSpec) -> Document:
    if part.get_content_type() == "text/html":
        from sources.readers import html

        encoding = text_encoding(part.get_content_charset()) or spec.encoding
        (document,) = html.read(_payload(part), uri, spec.model_copy(update={"encoding": encoding}))
        # its own headers say what the markup of a mail rarely does, and the sender's template often wrongly
        return replace(document, media_type=SUFFIXES[".eml"], title=None, published_date=None,
                       published_precision="unknown", published_basis="unknown", author=None, url=None,
                       found_in=())  # fmt: skip
    text = clean(_text(part))
    bad = text.count("\ufffd")
    note = f"the mail is not in the encoding that it names, in {bad} places, shown as \ufffd; save it again as UTF-8"
    return Document(uri, 1, SUFFIXES[".eml"], text, notes=(note,) if bad else ())


def _with_headers(document: Document, message: MIMEPart) -> Document:
    subject, sender = _header(message, "Subject"), _header(message, "From")
    sent = _sent(message)
    language = _header(message, "Content-Language") or ""
    found_in = [
        f"{name}: mail header {header}"
        for name, header, value in (
            ("title", "Subject", subject),
            ("author", "From", sender),
            ("published", "Date", sent),
        )
        if value
    ]
    changes: dict[str, Any] = {"title": subject, "author": sender, "found_in": tuple(found_in)}
    if sent is not None:
        changes |= {"published_date": sent, "published_precision": "day", "published_basis": "metadata"}
    if document.language is None and len(language.split("-")[0]) == 2:
        changes["language"] = language[:2].lower()
    if subject is not None and " ".join(subject.split()).casefold() not in document.text[:600].casefold():
        changes["text"] = f"{subject}\n\n{document.text}"
    return replace(document, **changes)


def _header(message: MIMEPart, key: str) -> str | None:
    try:
        value = message.get(key)
    except Exception:  # the library's header parser fails on some broken ones
        return None
    text = clean(" ".join(str(value).split())) if value is not None else ""
    return text[:1000] or None


def _sent(message: MIMEPart) -> date | None:
    try:
        sent: datetime | None = message["Date"].datetime if message["Date"] is not None else None
    except Exception:  # as above
        return None
    return sent.date() if sent is not None and sent.year >= 1970 else None


def _text(part: MIMEPart) -> str:
    """In the encoding it names, else UTF-8; what is in neither is shown as such and not guessed."""
    payload = _payload(part)
    told = text_encoding(part.get_content_charset()) or "utf-8"
    for encoding in (told, "utf-8"):
        try:
            return payload.decode(encoding)
        except UnicodeError:
            continue
    return payload.decode("utf-8", "replace")


def _has_words(part: MIMEPart) -> bool:
    return any(character.isalnum() for character in _text(part))


def _payload(part: MIMEPart) -> bytes:
    if part.get_content_type() == "message/rfc822":
        inner = part.get_payload()
        return inner[0].as_bytes() if isinstance(inner, list) and isinstance(inner[0], MIMEPart) else b""
    try:
        payload = part.get_payload(decode=True)
    except Exception as error:
        raise ReadError("damaged", f"the part is broken ({type(error).__name__}); save the mail again") from error
    return payload if isinstance(payload, bytes) else b""


def _file_name(part: MIMEPart) -> str | None:
    try:
        return part.get_filename()
    except Exception:
        return None


def _name(part: MIMEPart, number: int) -> str:
    name = clean(" ".join((_file_name(part) or "").split()))
    if part.get_content_type() == "message/rfc822" and not name:
        name = f"{number}.eml"
    if name and safe_name(name):
        return name
    suffix = suffix_of(name)
    return f"attachment-{number}{suffix if safe_name(suffix) else ''}"


def _opened(data: bytes, uri: str, spec: SourceSpec, media_type: str) -> list[Document]:
    from sources.opening import open_bytes  # it needs the readers, of which this is one

    return open_bytes(data, uri, spec, "" if media_type == "application/octet-stream" else media_type)
