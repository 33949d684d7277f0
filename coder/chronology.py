"""Blocks of lines and the dates over them: which dated lines head a chronology, and how far each reaches."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from coder.records import Kind

Mark = Literal["", "head", "date line"]

_BLOCKS_PER_DATE = 8
_HEAD_SCOPE = 3  # paragraphs between two chronology heads that still belong to the first


@dataclass(slots=True)
class Block:
    """Lines that read on into each other: text[start:end]. What a head introduces begins at `body`."""

    start: int
    body: int
    end: int
    kind: Kind = "body"
    mark: Mark = ""
    date_text: str = ""  # of a chronology head or a line that is nothing but a date
    is_firm: bool = False  # a head that needs no second one beside it to be believed
    is_heading: bool = False  # marked as one
    is_item: bool = False
    is_torn: bool = False  # joined over a blank line
    line: int = 0  # start of its last line
    holes: list[tuple[int, int]] = field(default_factory=list)  # debris in its midst


def settle_heads(found: list[Block]) -> None:
    """Decide which dated lines head a chronology, and which blocks stand under them.

    Lines that are nothing but a date divide a chronology if they stand close; one, or one in many pages,
    tells when what follows was issued. A head that is only a year, or set off by a dash, is believed where
    another stands in the document.
    """
    heads = [block for block in found if block.mark == "head"]
    lines = [block for block in found if block.mark == "date line" and not block.is_firm]
    spread = len(lines) > 2 and len(found) <= _BLOCKS_PER_DATE * len(lines)
    if spread:
        for block in lines:
            block.mark, block.kind, block.is_firm = "head", "chronology", True
    if len(heads) + spread < 2:
        for block in heads:
            if not block.is_firm:
                block.mark, block.date_text, block.body = "", "", block.start
                block.kind = "headline" if block.is_heading else "body"
    current: Block | None = None
    waiting: list[Block] = []
    for block in found:
        if block.mark == "head":
            if current is not None and len(waiting) <= _HEAD_SCOPE:
                _put_under(current, waiting)
            current, waiting = block, []
        elif block.is_heading or (block.kind == "headline" and current is not None and not _is_bare(current)):
            current, waiting = None, []
        elif current is not None and not block.mark:
            if _is_bare(current):
                _put_under(current, [block])
            else:
                waiting.append(block)


def _is_bare(head: Block) -> bool:
    """Whether a chronology head has a line to itself, with its item below."""
    return head.body == head.end or head.is_heading


def _put_under(head: Block, under: list[Block]) -> None:
    for block in under:
        block.date_text = head.date_text
        if block.kind != "caption":
            block.kind = "chronology"
