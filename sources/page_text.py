"""Lines of printed pages to running text: heads and page numbers dropped, lines and pages joined to paragraphs.

What the press did to a text is undone, and nothing else: words that a line end divided are whole again, and a sentence
that a page or a column broke goes on. A running head is known by its place: it stands at the edge of the page, at one
height, on several pages, and says the same there but for a number that grows with the pages.
"""

from __future__ import annotations

import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise

from sources.page_lines import Line

_EDGE = 0.13  # of the page's height, at its top and at its foot
_HEIGHT = 3.0  # points; heads of one kind stand at one height
_LEADING = 1.35  # of the usual distance of lines: more is a new paragraph
_INDENT = 0.8  # of the letter size
_SHORT = 0.85  # of the column's width: a line that ends before this and with a stop ends its paragraph
_SIZE = 0.08  # letters so much larger or smaller are not the same paragraph
_NUMBER = re.compile(r"[-–—|·\s]*(?:page\s*|p\.\s*)?(\d{1,4}|[ivxl]{1,6})(?:\s*(?:of|/)\s*\d{1,4})?[-–—|·\s]*", re.I)
_LAST_NUMBER = re.compile(r"(?<!\d)\d{1,4}(?=\D{0,3}$)")
_FIRST_NUMBER = re.compile(r"^\d{1,4}(?!\d)")
_BULLET = re.compile(r"[•‣◦▪●■□*–-]\s")
_STOP = re.compile(r"[.!?…:;。！？][\"'”’»)\]\d*†]{0,4}$")
_DIVIDED = re.compile(r"(?P<word>[^\W\d_]{2,})[-\u00ad\u2010]$")
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uff00-\uffef]")
_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"})
_NOTE = re.compile(r"(?:\d{1,3}|[*†‡§]{1,3})[.)]?\s?[^\W\d_]?")


def running_text(pages: Sequence[list[Line]], heights: Sequence[float]) -> str:
    """The paragraphs of all pages, a blank line between each two."""
    for number, page in enumerate(pages):
        for line in page:
            line.page = number
            line.text = line.text.translate(_LIGATURES)
    kept = _without_heads(pages, heights)
    body_size = _usual([line.size for page in kept for line in page for _ in range(len(line.text))], 10.0)
    words = Counter(re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", " ".join(line.text for page in kept for line in page)))
    done: list[str] = []
    waiting: list[str] = []  # footnotes, until the sentence that the page broke has ended
    for page in kept:
        body, notes = _notes_apart(page, body_size)
        for number, paragraph in enumerate(_paragraphs(body)):
            text = _joined(paragraph, words)
            if done and number == 0 and _goes_on(done[-1], text):
                done[-1] = _glued(done[-1], text, words)
                done += waiting
                waiting = []
                continue
            if number <= 1:
                done += waiting
                waiting = []
            done.append(text)
        waiting += [_joined(paragraph, words) for paragraph in _paragraphs(notes)]
    return "\n\n".join(text for text in (*done, *waiting) if text).replace("\u00ad", "")


def _without_heads(pages: Sequence[list[Line]], heights: Sequence[float]) -> list[list[Line]]:
    edges = [
        [line for line in page if not _EDGE * height < line.y < (1 - _EDGE) * height]
        for page, height in zip(pages, heights, strict=True)
    ]
    places: dict[tuple[str, int], set[int]] = defaultdict(set)  # what is said at which height: on which pages
    for lines in edges:
        for line in lines:
            places[_said(line)].add(line.page)
    sure = {id(line) for lines in edges for line in lines if len(places[_said(line)]) > 1}
    sure |= {id(line) for lines in edges for line in _outermost(lines) if _NUMBER.fullmatch(line.text)}
    # where at least half of three or more pages have a head, what else stands at that height is one too
    rows: dict[int, set[int]] = defaultdict(set)
    for lines in edges:
        for line in lines:
            if id(line) in sure:
                rows[round(line.y / _HEIGHT)].add(line.page)
    usual = {row for row, found in rows.items() if len(found) > max(2, len(pages) / 2)}
    dropped = sure | {
        id(line) for lines in edges for line in _outermost(lines)
        if {round(line.y / _HEIGHT) + step for step in (-1, 0, 1)} & usual
    }  # fmt: skip
    return [[line for line in page if id(line) not in dropped] for page in pages]


def _outermost(lines: list[Line]) -> list[Line]:
    """The highest and the lowest line of those at the edges of one page."""
    return [max(lines, key=lambda line: line.y), min(lines, key=lambda line: line.y)] if lines else []


def _said(line: Line) -> tuple[str, int]:
    """The line, its page number as the distance to the page: the same on all pages where a head counts them."""
    text = " ".join(line.text.casefold().split())
    for pattern in (_LAST_NUMBER, _FIRST_NUMBER):
        if found := pattern.search(text):
            text = f"{text[: found.start()]}#{int(found[0]) - line.page}{text[found.end() :]}"
            break
    return text, round(line.y / _HEIGHT / 2)


def _notes_apart(page: list[Line], body_size: float) -> tuple[list[Line], list[Line]]:
    """The lines of a page, and the footnotes at its end: small letters that begin with a mark."""
    cut = len(page)
    while cut > 0 and page[cut - 1].size < (1 - _SIZE) * body_size:
        cut -= 1
    if cut in (0, len(page)) or not _NOTE.match(page[cut].text):
        return page, []
    return page[:cut], page[cut:]


def _paragraphs(lines: list[Line]) -> list[list[Line]]:
    edges: dict[int, tuple[float, float]] = {}
    for line in lines:
        left, right = edges.get(line.column, (line.x0, line.x1))
        edges[line.column] = (min(left, line.x0), max(right, line.x1))
    steps = [a.y - b.y for a, b in pairwise(lines) if a.column == b.column and a.y > b.y]
    usual = _usual(steps, 12.0)
    found: list[list[Line]] = []
    for line in lines:
        if found and not _begins(found[-1], line, edges, usual):
            found[-1].append(line)
        else:
            found.append([line])
    return found


def _begins(paragraph: list[Line], line: Line, edges: dict[int, tuple[float, float]], usual: float) -> bool:
    last = paragraph[-1]
    if abs(line.size - last.size) > _SIZE * max(line.size, last.size) or _BULLET.match(line.text):
        return True
    if line.column != last.column:
        return not _goes_on(last.text, line.text)
    if last.y - line.y > _LEADING * max(usual, 1.1 * line.size):
        return True
    left, right = edges[line.column]
    if line.x0 - max(left, last.x0) > _INDENT * line.size and len(paragraph) > 1:
        return True
    is_short = last.x1 < left + _SHORT * (right - left)
    if len(paragraph) == 1 and line.x0 - last.x0 > _INDENT * line.size:
        return is_short or bool(_STOP.search(last.text))  # else a list item that hangs
    return is_short and (bool(_STOP.search(last.text)) or not _reads_on(line.text))


def _reads_on(text: str) -> bool:
    """Whether a line may go on with what stood before it: it starts with no capital and no bullet."""
    first = text.lstrip("\"'“‘«(")[:1]
    return first.islower() or bool(_WIDE.match(first))


def _goes_on(before: str, after: str) -> bool:
    """Whether a sentence that a page or a column broke goes on here."""
    if _DIVIDED.search(before) and after[:1].islower():
        return True
    return bool(before) and not _STOP.search(before) and _reads_on(after)


def _joined(lines: list[Line], words: Counter[str]) -> str:
    text = " ".join(lines[0].text.split(" "))
    for line in lines[1:]:
        text = _glued(text, line.text, words)
    return text.strip()


def _glued(before: str, after: str, words: Counter[str]) -> str:
    """Two lines as one; a word divided at the end of the first is whole again, unless its hyphen is its own."""
    match = _DIVIDED.search(before)
    if match and (rest := re.match(r"[^\W\d_]+", after)) and rest[0][0].islower():
        whole, hyphened = match["word"] + rest[0], f"{match['word']}-{rest[0]}"
        if before[-1] == "\u00ad" or words[hyphened] <= words[whole]:
            return before[:-1] + after
        return before + after
    if before[-1:] in "-\u2010–/" and after[:1].isalnum() and not before[-2:-1].isspace():
        return before + after
    if _WIDE.match(before[-1:]) and _WIDE.match(after[:1]):
        return before + after
    return f"{before} {after}"


def _usual(values: list[float], default: float) -> float:
    return statistics.median(values) if values else default
