"""One file, several items: where a new article begins, its title, and the date it prints itself.

A file split wrongly is worse than one left whole, so an article must announce itself: a title line of its
own, and right under it a line that is just a date; after a rule, a page break or as a Markdown title, a
byline will do. Text before and after must be as long as articles are, else it is a chronology or an inset.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise

from sources.dates import MONTH_NAMES, DateLine, PartialDate, date_line, is_byline
from sources.document import Document

_HEAD_LINES = 12  # how far down a masthead goes
_BODY_LINE = 200  # a line this long is prose, and the masthead is over
_ITEM_LENGTH = 800  # less text than this is an entry, not an article
_RULED_LENGTH = 300  # after a rule or page break a shorter one counts too
_CHRONOLOGY_DATES = 3  # so many unlabelled date lines in one item date its entries, not the item
_RULE = re.compile(r"\s*(?:(?:\*\s*){3,}|(?:-\s*){3,}|(?:_\s*){3,}|(?:=\s*){3,}|(?:~\s*){3,})\s*")
_ASIDE = re.compile(
    r"(?:annex|appendix|figure|fig\.|table|box|photo|image|related|see also|read more|note)\b", re.I
)
_WORD = re.compile(r"\w[\w'’.-]*")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a text and the character it starts at."""

    start: int
    text: str
    after_break: bool  # a page break stands before its first letter

    @property
    def is_blank(self) -> bool:
        return not self.text.strip()


@dataclass(frozen=True, slots=True)
class Head:
    """What an item says of itself at its top."""

    title: str | None = None
    published: PartialDate | None = None
    notes: tuple[str, ...] = ()


def split_items(
    text: str, uri: str, media_type: str, *, start: int = 0, day_first: bool | None = None
) -> list[Document]:
    """The items of a text from `start` on; put together, their texts are that text to the letter."""
    cuts = [start, *(cut for cut in _boundaries(text, start) if cut > start), len(text)]
    documents = []
    for number, (begin, end) in enumerate(pairwise(cuts), start=1):
        head = read_head(text[begin:end], day_first=day_first)
        document = Document(uri, number, media_type, text[begin:end], title=head.title, notes=head.notes)
        if head.published:
            document = replace(
                document,
                published_date=head.published.first,
                published_precision=head.published.precision,
                published_basis="text",
            )
        documents.append(document)
    return documents


def read_head(text: str, *, day_first: bool | None = None) -> Head:
    """Title and date of one item, where its first lines say them plainly."""
    lines = [line.text.strip() for line in _lines(text, 0) if not line.is_blank]
    top = []
    for line in lines[:_HEAD_LINES]:
        if len(line) >= _BODY_LINE:
            break
        top.append(line)
    found = [(dated, line) for line in top if (dated := date_line(line))]
    labelled = [pair for pair in found if pair[0].label]
    chosen = min(labelled, key=lambda pair: pair[0].label in ("updated", "modified"), default=None)
    if chosen is None and found and sum(date_line(line) is not None for line in lines) < _CHRONOLOGY_DATES:
        chosen = found[0]
    published, notes = _settle(*chosen, text, day_first) if chosen else (None, ())
    return Head(_title(top), published, notes)


def _title(top: list[str]) -> str | None:
    candidates = [line for line in top if _is_title(line) and date_line(line) is None and not is_byline(line)]
    if not candidates:
        return None
    if sum(line.isupper() for line in top) > 2 and candidates[0].isupper():
        return None  # a letterhead in capitals, broken over lines: its title cannot be told
    return candidates[0].lstrip("# ").strip("*_ ")


def _settle(
    dated: DateLine, line: str, text: str, day_first: bool | None
) -> tuple[PartialDate | None, tuple[str, ...]]:
    """One reading of a date line: by declaration, by what the text speaks of, by custom, or its year only."""
    if len(dated.readings) == 1:
        return dated.readings[0], ()
    by_day, by_month = dated.readings
    if day_first is not None:
        return (by_day if day_first else by_month), ()
    spoken = [reading for reading in dated.readings if _speaks_of(text, reading)]
    if len(spoken) == 1:
        return spoken[0], ()
    if dated.mark == ".":  # nobody writes the month first with points
        return by_day, ()
    says = f"{line.strip()!r} can be read with day and month swapped"
    repair = "settle it with `published:` in a .meta.yml file or `day_first:` in the source's declaration"
    if dated.mark == "-":
        return by_day, (f"{says}; taken as {by_day.first.isoformat()}: {repair}",)
    year = PartialDate(by_day.first.replace(month=1, day=1), "year")
    return year, (f"{says}; only its year is kept: {repair}",)


def _speaks_of(text: str, reading: PartialDate) -> bool:
    """Whether the text names that very day with its month in letters."""
    month, day = MONTH_NAMES[reading.first.month - 1], reading.first.day
    return bool(re.search(rf"\b(?:{month}\s+{day}|{day}(?:st|nd|rd|th)?\s+(?:of\s+)?{month})\b", text, re.I))


def _boundaries(text: str, start: int) -> list[int]:
    lines = list(_lines(text, start))
    heads = [
        (index, ruled) for index in range(1, len(lines)) if (ruled := _announces(lines, index)) is not None
    ]
    # from the last up: a head whose text is too short to be an item falls to the item before it
    kept: list[int] = []
    end = len(text)
    for index, ruled in reversed(heads):
        least = _RULED_LENGTH if ruled else _ITEM_LENGTH
        begin = lines[index].start
        if end - begin >= least and begin - start >= least and _has_prose(text[begin:end]):
            kept.append(begin)
            end = begin
    kept.reverse()
    return kept


def _announces(lines: list[Line], index: int) -> bool | None:
    """Whether an item begins here: None for no, True when a rule, break or Markdown title helps to say so."""
    line = lines[index]
    if line.is_blank or not _is_title(line.text) or not (lines[index - 1].is_blank or line.after_break):
        return None
    before = next((i for i in range(index - 1, max(-1, index - 8), -1) if not lines[i].is_blank), None)
    ruled = line.after_break or line.text.startswith("# ") or (before is not None and _is_rule(lines, before))
    following = [other.text for other in lines[index + 1 : index + 8] if not other.is_blank][:3]
    for text in following:
        if len(text) >= _BODY_LINE:
            break
        dated = date_line(text)
        if dated is not None and (dated.label or dated.readings[0].precision == "day"):
            return ruled
        if is_byline(text) and ruled:
            return ruled
    return None


def _is_rule(lines: list[Line], index: int) -> bool:
    """A rule stands free; dashes right under a line of text are that line's heading mark."""
    return _RULE.fullmatch(lines[index].text) is not None and (index == 0 or lines[index - 1].is_blank)


def _is_title(line: str) -> bool:
    text = line.strip().lstrip("#").strip("*_ ")
    if not 8 <= len(text) <= 160 or text[-1] in ".,;:" or text[0] in "-•>|/\\[(" or _ASIDE.match(text):
        return False
    words = _WORD.findall(text)
    return (
        3 <= len(words) <= 28
        and not words[0][0].islower()
        and date_line(text) is None
        and not is_byline(text)
    )


def _has_prose(text: str) -> bool:
    return any(len(line) >= _BODY_LINE for line in text.split("\n")) or len(text) >= 4 * _ITEM_LENGTH


def _lines(text: str, start: int) -> list[Line]:
    found = []
    pending = False
    position = start
    for raw in text[start:].split("\n"):
        lead = len(raw) - len(raw.lstrip("\f \t\u00a0"))
        broken = pending or "\f" in raw[:lead]
        body = raw[lead:] if "\f" in raw[:lead] else raw
        found.append(Line(position + len(raw) - len(body), body, broken))
        pending = (broken and not body.strip()) or raw.endswith("\f")
        position += len(raw) + 1
    return found
