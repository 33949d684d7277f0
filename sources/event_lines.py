"""Lines of event data, each whole or not: whole ones go on in batches, others are told by number and reason.

The check is made on bytes and before any parser, so that a line number is the line's own, whatever stands in it, and
so that a broken line costs itself only.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sources.errors import ReadError
from sources.event_tables import EventTable, folded

LONGEST = 1_000_000  # bytes of a line; the longest known are some thousands
_LOOKED_AT = 1000  # lines whose counts of cells decide which form of its feed a file has


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is not landed."""

    number: int
    reason: str  # columns, encoding, control, too_large, json
    detail: str


@dataclass(slots=True)
class Batch:
    """Whole lines of one file with their numbers, as UTF-8; `names` has None for a cell that is not landed."""

    table: EventTable
    names: tuple[str | None, ...]
    lines: list[tuple[int, bytes]] = field(default_factory=list)
    bad: list[BadLine] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # what the header says beside the contract


def read_lines(
    blocks: Iterable[bytes], tables: tuple[EventTable, ...], encoding: str | None = None
) -> Iterator[Batch]:
    """Batches of a file's lines, a block each; ReadError where no line could be one of these tables."""
    form: _Form | None = None
    number = 1
    for block in _whole_lines(blocks):
        lines = block.split(b"\n")
        if form is None:
            form = _form(lines, tables, encoding)
            if form.skips:
                lines, number = lines[1:], 2
        batch = Batch(form.table, form.names, notes=form.notes)
        _sort(batch, lines, number, form)
        form.notes = []
        number += len(lines)
        yield batch


@dataclass(slots=True)
class _Form:
    table: EventTable
    names: tuple[str | None, ...]
    encoding: str
    skips: bool = False  # its first line, a header
    notes: list[str] = field(default_factory=list)

    @property
    def tab(self) -> bytes:
        return self.table.delimiter.encode()

    @property
    def tabs(self) -> int:
        return len(self.names) - 1


def _form(lines: list[bytes], tables: tuple[EventTable, ...], encoding: str | None) -> _Form:
    """Which table a file is of, and what its cells are."""
    table = tables[0]
    if table.content == "json":
        return _Form(table, table.names(), encoding or table.encoding)
    if table.header:
        return _by_header(lines[0], table, encoding or table.encoding)
    tab = table.delimiter.encode()
    counts: dict[int, int] = {}
    for line in lines[:_LOOKED_AT]:
        if line.strip():
            count = line.count(tab) + 1
            counts[count] = counts.get(count, 0) + 1
    forms = {count: (one, names) for one in tables for count in one.counts() if (names := one.layout(count))}
    for count in sorted(counts, key=lambda count: -counts[count]):
        if count in forms:
            one, names = forms[count]
            return _Form(one, names, encoding or one.encoding)
    if not counts:
        return _Form(table, table.names(), encoding or table.encoding)
    known = ", ".join(str(count) for count in sorted(forms, reverse=True))
    raise ReadError(
        "unsupported",
        f"its lines have {max(counts, key=lambda c: counts[c])} cells where {table.table} has {known}; "
        "see whether the feed changed its form or `reader:` names another",
    )


def _by_header(line: bytes, table: EventTable, encoding: str) -> _Form:
    try:
        text = line.decode("utf-8-sig" if line.startswith(b"\xef\xbb\xbf") else encoding).rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise ReadError("encoding", f"its header is not {encoding}; name its `encoding:`") from error
    labels = text.split(table.delimiter)
    names = [table.named(label) for label in labels]
    found = [name for name in names if name]
    if not text.strip():
        raise ReadError("empty", "the file has no header; fetch it again")
    if len(found) < len(table.columns) // 2:
        raise ReadError(
            "unsupported",
            f"its first line is not the header of {table.table} ({text[:80]!r}); see whether `reader:` names another",
        )
    if len(set(found)) < len(found):
        twice = sorted({name for name in found if found.count(name) > 1})
        raise ReadError("unsupported", f"its header names {', '.join(twice)} twice; deliver it with each once")
    while names and names[-1] is None:  # surplus names above no cells
        names.pop()
    form = _Form(table, tuple(names), encoding, skips=True)
    lacking = [name for name in table.names() if name not in found]
    if keyless := [name for name in (*table.key, table.clock) if name in lacking]:
        raise ReadError("unsupported", f"its header lacks {', '.join(keyless)}; without it no event has a name")
    if lacking:
        form.notes.append(f"its header lacks {', '.join(lacking)}; its events have none")
    surplus = [label for label in labels if folded(label) and table.named(label) is None]
    if surplus:
        form.notes.append(f"its header has {', '.join(surplus[:10])} besides, which have no column here")
    return form


def _sort(batch: Batch, lines: list[bytes], first: int, form: _Form) -> None:
    """Put each line where it belongs; lines without anything are none."""
    if form.table.content == "json":
        judge = _judge_json
    elif _is_plain(lines, form):
        tab, tabs = form.tab, form.tabs
        for number, line in enumerate(lines, first):
            if line.count(tab) == tabs:
                batch.lines.append((number, line))
            elif line:
                batch.bad.append(_miscounted(number, line, form))
        if tabs == 0 or max(map(len, lines), default=0) <= LONGEST:
            return
        batch.lines.clear()
        batch.bad.clear()
        judge = _judge_cells
    else:
        judge = _judge_cells
    for number, line in enumerate(lines, first):
        if not line.strip(b"\r"):
            continue
        verdict = judge(number, line.removesuffix(b"\r"), form)
        if isinstance(verdict, BadLine):
            batch.bad.append(verdict)
        else:
            batch.lines.append((number, verdict))


def _is_plain(lines: list[bytes], form: _Form) -> bool:
    """Whether no line needs a look of its own: UTF-8 throughout, no control characters, nothing cut off at ends."""
    if form.encoding not in ("utf-8", "ascii") or form.table.header:
        return False
    block = b"\n".join(lines)
    if b"\r" in block or b"\0" in block:
        return False
    try:
        block.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _judge_cells(number: int, line: bytes, form: _Form) -> bytes | BadLine:
    text = _decoded(number, line, form.encoding)
    if isinstance(text, BadLine):
        return text
    count = text.count(form.table.delimiter)
    if count > form.tabs and form.table.header:  # cells beyond the header's, if they say nothing
        cells = text.split(form.table.delimiter)
        if not any(cell and cell not in form.table.nulls for cell in cells[form.tabs + 1 :]):
            text, count = form.table.delimiter.join(cells[: form.tabs + 1]), form.tabs
    if count != form.tabs:
        return _miscounted(number, line, form)
    return text.encode("utf-8")


def _judge_json(number: int, line: bytes, form: _Form) -> bytes | BadLine:
    from sources.readers.plover import REQUIRED

    text = _decoded(number, line, form.encoding)
    if isinstance(text, BadLine):
        return text
    try:
        record = json.loads(text, parse_constant=_refuse)
        if not isinstance(record, dict):
            return BadLine(number, "json", f"line {number} is no JSON object; each line must hold one")
        if lacking := [name for name in REQUIRED if record.get(name) in (None, "", [])]:
            return BadLine(number, "json", f"line {number} lacks {', '.join(lacking)}; PLOVER requires it")
        return json.dumps(record, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        return BadLine(number, "json", f"line {number} is not JSON ({str(error)[:100]}); write one object a line")


def _decoded(number: int, line: bytes, encoding: str) -> str | BadLine:
    if len(line) > LONGEST:
        return BadLine(number, "too_large", f"line {number} has over {LONGEST} bytes; is it text at all?")
    if b"\0" in line or b"\r" in line:
        return BadLine(number, "control", f"line {number} holds a control character that ends lines or texts")
    try:
        return line.decode(encoding)
    except UnicodeDecodeError as error:
        bad = line[error.start : error.start + 1].hex().upper()
        return BadLine(number, "encoding", f"line {number} is not {encoding} (byte {bad} at {error.start} of the line)")


def _miscounted(number: int, line: bytes, form: _Form) -> BadLine:
    return BadLine(
        number, "columns", f"line {number} has {line.count(form.tab) + 1} columns instead of {form.tabs + 1}"
    )


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is no JSON number")


def _whole_lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The blocks, cut anew so that each ends where a line does; what never ends is passed on in pieces."""
    rest = b""
    for block in blocks:
        block = rest + block
        cut = block.rfind(b"\n")
        if cut < 0 and len(block) <= 64 * LONGEST:
            rest = block
            continue
        if cut >= 0:
            yield block[:cut]
            rest = block[cut + 1 :]
        else:
            yield block
            rest = b""
    if rest:
        yield rest
