"""Letters on a printed page to lines in reading order: left column before right, what spans both before them.

A page holds letters at places, and nothing says which belong together. Letters on one baseline are a piece of a line
until a gap that no space between words is; a strip that almost no piece crosses, with prose on both sides, parts
columns. Narrow cells on both sides of a strip are a table, which is read row by row.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count, pairwise

_SAME_LINE = 0.35  # of the letter size, up or down: raised note marks are further up only by less than this
_SPACE = 0.16  # of the letter size: a gap this wide is a space, whether or not one was printed
_CELL = 1.5  # of the letter size: no justified line has such a gap between words, columns and cells have
_COLUMN_WIDTH = 0.2  # of the page; narrower ones are cells of a table
_COLUMN_LETTERS = 18  # a line of prose has more, in the middle
_COLUMN_LINES = 3  # on both sides, or it is chance
_MOST_PIECES = 1_500  # more are no prose, and to try every place takes their square
_CROSSING = 0.5  # of the lines beside the strip may run across it: title, abstract, figures, headings


@dataclass(frozen=True, slots=True)
class Glyph:
    """One letter: where its baseline begins and ends, counted from the lower left corner."""

    text: str
    x0: float
    x1: float
    y: float
    size: float


@dataclass(slots=True)
class Line:
    """Letters that read on: a printed line, or what of it lies in one column."""

    text: str
    x0: float
    x1: float
    y: float
    size: float
    page: int = 0
    column: int = 0  # lines of one column of one band follow each other under the same number


def lines_of(glyphs: Sequence[Glyph], width: float) -> list[Line]:
    """The lines of a page in reading order."""
    found: list[Line] = []
    _order(_pieces(glyphs), width, found, count(1))
    return found


def _pieces(glyphs: Sequence[Glyph]) -> list[Line]:
    """Letters by baseline and gap. Equal letters at one place are one: that is how bold is faked."""
    rows: list[list[Glyph]] = []
    for glyph in sorted(glyphs, key=lambda g: (-g.y, g.x0)):
        if rows and abs(rows[-1][0].y - glyph.y) <= _SAME_LINE * max(glyph.size, rows[-1][0].size):
            rows[-1].append(glyph)
        else:
            rows.append([glyph])
    return [piece for row in rows for piece in _cut(sorted(row, key=lambda g: g.x0))]


def _cut(row: list[Glyph]) -> Iterable[Line]:
    parts: list[list[Glyph]] = []
    for glyph in row:
        if not glyph.text.strip():
            continue
        if parts:
            last = parts[-1][-1]
            if last.text == glyph.text and abs(last.x0 - glyph.x0) < 0.15 * glyph.size:
                continue
            if glyph.x0 - last.x1 <= _CELL * max(glyph.size, last.size):
                parts[-1].append(glyph)
                continue
        parts.append([glyph])
    for part in parts:
        text = part[0].text
        for last, glyph in pairwise(part):
            text += (" " if glyph.x0 - last.x1 > _SPACE * min(glyph.size, last.size) else "") + glyph.text
        size = statistics.median(glyph.size for glyph in part)
        yield Line(text, part[0].x0, max(g.x1 for g in part), statistics.median(g.y for g in part), size)


def _order(pieces: list[Line], width: float, out: list[Line], counter: Iterator[int]) -> None:
    strip = _strip(pieces, width)
    if strip is None:
        column = next(counter)
        for row in _rows(pieces):
            row.column = column
            out.append(row)
        return
    band: list[Line] = []
    for piece in [*sorted(pieces, key=lambda p: -p.y), None]:
        if piece is not None and not piece.x0 < strip < piece.x1:
            band.append(piece)
            continue
        for side in ([p for p in band if p.x1 <= strip], [p for p in band if p.x0 >= strip]):
            if side:
                _order(side, width, out, counter)
        band = []
        if piece is not None:
            piece.column = out[-1].column if out and _follows(out[-1], piece, strip) else next(counter)
            out.append(piece)


def _follows(line: Line, piece: Line, strip: float) -> bool:
    return line.x0 < strip < line.x1 and 0 < line.y - piece.y < 2.5 * piece.size


def _rows(pieces: list[Line]) -> Iterable[Line]:
    """Pieces of one column from the top; those of one height are cells, and read on."""
    row: list[Line] = []
    for piece in [*sorted(pieces, key=lambda p: (-p.y, p.x0)), None]:
        if row and (piece is None or abs(row[0].y - piece.y) > _SAME_LINE * piece.size):
            row.sort(key=lambda p: p.x0)
            text = "   ".join(cell.text for cell in row)
            yield Line(text, row[0].x0, row[-1].x1, row[0].y, statistics.median(c.size for c in row))
            row = []
        if piece is not None:
            row.append(piece)


def _strip(pieces: list[Line], width: float) -> float | None:
    """Where an empty strip parts two columns of prose: the place that fewest pieces cross."""
    if not 2 * _COLUMN_LINES <= len(pieces) <= _MOST_PIECES:
        return None
    best: tuple[int, float, float] | None = None
    edges = sorted({round(piece.x0, 1) for piece in pieces})
    for edge in edges:
        right = [p for p in pieces if p.x0 >= edge - 0.05]
        left = [p for p in pieces if p.x1 < edge]
        if len(right) < _COLUMN_LINES or len(left) < _COLUMN_LINES:
            continue
        crossing = len(pieces) - len(left) - len(right)
        if crossing > _CROSSING * min(len(left), len(right)) or not (
            _is_prose(left, width) and _is_prose(right, width)
        ):
            continue
        if not any(_beside(a, right) for a in left):
            continue
        gap = edge - max(p.x1 for p in left)
        if best is None or (crossing, -gap) < (best[0], -best[1]):
            best = (crossing, gap, edge - min(gap, 2.0) / 2)
    return best[2] if best is not None else None


def _is_prose(pieces: list[Line], width: float) -> bool:
    return (
        max(p.x1 for p in pieces) - min(p.x0 for p in pieces) >= _COLUMN_WIDTH * width
        and statistics.median(len(p.text) for p in pieces) >= _COLUMN_LETTERS
    )


def _beside(piece: Line, others: list[Line]) -> bool:
    return any(abs(piece.y - other.y) < 2 * piece.size for other in others)
