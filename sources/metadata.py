"""What is said about a file beside it (`<file>.meta.yml`) or at its top (Markdown front matter).

The sidecar is ours, so a key it does not know is refused: a misspelled `publised:` must not lose a date in
silence. Front matter is its author's, so unknown keys there are none of our business.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from sources.dates import PartialDate, parse_loose
from sources.document import Document
from sources.errors import ReadError

SIDECAR_SUFFIX = ".meta.yml"
# how a note on a doubtful date ends; who knows the date settles it
SAY_DATE = f"say `published: YYYY-MM-DD` in a {SIDECAR_SUFFIX} file beside it"


class Metadata(BaseModel):
    """The keys of a sidecar; each may be left out."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    title: str | None = Field(None, min_length=1)
    publisher: str | None = Field(None, min_length=1)
    published: PartialDate | None = None
    language: str | None = None
    url: str | None = None

    @field_validator("published", mode="before")
    @classmethod
    def _published(cls, value: Any) -> PartialDate | None:
        if value is None or isinstance(value, PartialDate):
            return value
        if isinstance(value, datetime):
            value = value.date()
        if isinstance(value, date):
            return PartialDate(value, "day")
        readings = parse_loose(str(value))
        if len(readings) != 1:
            raise ValueError("write the date as YYYY-MM-DD, YYYY-MM or YYYY")
        return readings[0]

    @field_validator("language")
    @classmethod
    def _language(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"[a-z]{2}", value):
            raise ValueError("write two small letters of ISO 639-1, such as en, ru or zh")
        return value

    @field_validator("url")
    @classmethod
    def _url(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"https?://\S+", value):
            raise ValueError("write a web address that starts with http:// or https://")
        return value


def load_metadata(data: bytes, name: str) -> Metadata:
    """The contents of a sidecar, or ReadError `metadata` with file, key and repair."""
    try:
        loaded = yaml.safe_load(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ReadError("metadata", f"{name} is not UTF-8; save it as UTF-8") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ReadError("metadata", f"{name} is not YAML ({_yaml_problem(error)}); repair it") from error
    if loaded is None:
        return Metadata.model_validate({})
    if not isinstance(loaded, dict):
        raise ReadError("metadata", f"{name} must hold `key: value` lines, such as `publisher: Xinhua`")
    try:
        return Metadata.model_validate({str(key): value for key, value in loaded.items()})
    except ValidationError as error:
        complaints = "; ".join(_complaint(problem) for problem in error.errors())
        raise ReadError("metadata", f"{name}: {complaints}") from error


def split_front_matter(text: str) -> tuple[Metadata, int, tuple[str, ...]]:
    """The metadata at the top of a Markdown text, where the text proper begins, and notes on bad values."""
    match = re.match(r"\s*---[ \t]*\n(.*?\n)?(?:---|\.\.\.)[ \t]*(?:\n|\Z)", text, re.S)
    empty = Metadata.model_validate({})
    if match is None:
        return empty, 0, ()
    try:
        loaded = yaml.safe_load(match[1] or "")
    except (yaml.YAMLError, ValueError, RecursionError):
        loaded = "no YAML"
    if loaded is None:
        return empty, match.end(), ()
    if not isinstance(loaded, dict) or not all(re.fullmatch(r"[a-z][\w-]*", str(key)) for key in loaded):
        # prose between two rules, not front matter
        return empty, 0, ()
    kept: dict[str, Any] = {}
    notes = []
    for field, keys in {
        "title": ("title",), "publisher": ("publisher", "site", "source"), "published": ("published", "date"),
        "language": ("language", "lang"), "url": ("url", "canonical_url"),
    }.items():  # fmt: skip
        value = next((loaded[key] for key in keys if loaded.get(key) not in (None, "")), None)
        if value is None:
            continue
        try:
            Metadata.model_validate({field: value})
        except ValidationError as error:
            notes.append(
                f"front matter: {_complaint(error.errors()[0])}; or say it in a {SIDECAR_SUFFIX} file"
            )
        else:
            kept[field] = value
    return Metadata.model_validate(kept), match.end(), tuple(notes)


def with_metadata(documents: Sequence[Document], metadata: Metadata) -> list[Document]:
    """The documents with what is said of their file.

    Of a file with several items, it is said of the whole: an item's own title and printed date stand.
    """
    several = len(documents) > 1
    result = []
    for document in documents:
        changes: dict[str, Any] = {
            field: value
            for field in ("publisher", "language", "url")
            if (value := getattr(metadata, field)) is not None
        }
        if metadata.title and (not several or document.part_no == 1 or document.title is None):
            changes["title"] = metadata.title
        if metadata.published and not (several and document.published_basis == "text"):
            changes |= {
                "published_date": metadata.published.first,
                "published_precision": metadata.published.precision,
                "published_basis": "metadata",
                "notes": tuple(note for note in document.notes if not on_date(note)),
            }
        result.append(dataclasses.replace(document, **changes))
    return result


def on_date(note: str) -> bool:
    """Whether a note doubts the date of publication, so that a date from elsewhere settles it."""
    return "day and month" in note or note.endswith(SAY_DATE)


def _complaint(problem: Any) -> str:
    key = str(problem["loc"][0]) if problem["loc"] else "?"
    if problem["type"] == "extra_forbidden":
        near = difflib.get_close_matches(key, Metadata.model_fields, n=1)
        hint = f"did you mean {near[0]}?" if near else f"the keys are {', '.join(Metadata.model_fields)}"
        return f"unknown key {key}: {hint}"
    message = problem["msg"].removeprefix("Value error, ")
    return f"{key}: {problem['input']!r} cannot be used: {message[:1].lower()}{message[1:]}"


def _yaml_problem(error: BaseException) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    return f"line {mark.line + 1}: {problem}" if mark is not None else problem
