"""Lines to blocks: which lines of a document run on into each other, and what each stretch of them is.

Nothing about a file's layout can be trusted. Lines are wrapped hard or not at all, a blank line may end a
paragraph or be the foot of a printed page in mid-sentence, a headline may be marked or merely short. So a
break is judged by both of its sides: what ends without a stop and goes on in lower case, or after a comma
or a function word, was never a break.
"""

from __future__ import annotations

from collections.abc import Iterator

from coder.calendar_words import Terms
from coder.chronology import Block, settle_heads
from coder.line_patterns import (
    BULLET,
    DIGIT,
    HEADING,
    INNER_STOP,
    LAST_WORD,
    LETTER,
    LOOSE_END,
    PARTICIPLE,
    QUOTE_MARK,
    RULE,
    RUNS_ON,
    STOP,
    UNDERLINE,
    WEAK_BULLET,
    LinePatterns,
    is_byline,
    is_debris,
    issue_date,
    line_patterns,
)

_HEADLINE_LENGTH = 200
_LEAD_IN = 80  # a sentence no longer than this which ends in a comma before a paragraph introduces it
_TORN_LENGTH = 200  # a paragraph as long as this which ends without a stop was torn by a page, not finished
_WRAPPED_LENGTH = 200  # no hard-wrapped line is longer


def blocks(text: str, terms: Terms, title: str | None = None) -> list[Block]:
    """The document's blocks in order, debris and bylines left out, heads and headlines recognised."""
    found = _Builder(text, line_patterns(terms)).build()
    wanted = " ".join(title.split()).casefold() if title else None
    for block in found:
        if block.kind == "body" and not block.is_item and not block.mark:
            said = text[block.body : block.end]
            if _is_headline(block, said) or (
                wanted and len(said) < 2 * len(wanted) and " ".join(said.split()).casefold() == wanted
            ):
                block.kind = "headline"
    settle_heads(found)
    return found


def _paragraphs(text: str) -> Iterator[list[tuple[int, int]]]:
    """Runs of lines without a blank one between; each line as its stripped span."""
    run: list[tuple[int, int]] = []
    position = 0
    for line in text.splitlines(keepends=True):
        content = line.strip()
        if content:
            start = position + line.index(content[0]) if line[0] != content[0] else position
            run.append((start, start + len(content)))
        elif run:
            yield run
            run = []
        position += len(line)
    if run:
        yield run


class _Builder:
    """One walk over the lines. `open` is the block that the next line may continue."""

    def __init__(self, text: str, patterns: LinePatterns) -> None:
        self.text = text
        self.patterns = patterns
        self.done: list[Block] = []
        self.open: Block | None = None
        self.dropped: list[tuple[int, int]] = []  # since the last line that was kept

    def build(self) -> list[Block]:
        for run in _paragraphs(self.text):
            width = max(end - start for start, end in run) if len(run) > 1 else 0
            gap = True
            for start, end in run:
                gap = self._take(start, end, gap, width)
        return self.done

    def _take(self, start: int, end: int, gap: bool, width: int) -> bool:
        """Place one line; the answer says whether the next one stands apart from what is open."""
        text, patterns = self.text, self.patterns
        if text[start] == ">" and (quoted := QUOTE_MARK.match(text, start, end)):
            start = quoted.end()
        line = text[start:end]
        if not line:
            return True
        has_digit = DIGIT.search(line, 0, 40) is not None
        if has_digit and len(line) < 100 and (date := patterns.date_line.match(line.lstrip("# "))):
            self._add(Block(start, end, end, mark="date line", date_text=date["date"], is_firm=bool(date["issued"])))
            self.open = None
            return True
        if gap and line[0] not in "#*-•" and (issued := issue_date(line, patterns)):
            self._add(Block(start, end, end, mark="date line", date_text=issued, is_firm=True))
            self.open = None
            return True
        if is_debris(line, patterns):
            self.dropped.append((start, end))
            return True
        if LETTER.search(line) is None:
            return self._take_rule(line, gap)
        inner = start
        if line[0] == "#" and (heading := HEADING.match(text, start, end)):
            inner = heading.end()
            block = Block(inner, inner, end, kind="headline", is_heading=True)
            if has_digit:
                self._read_head(block, inner)
            self._add(block)
            self.open = None
            return True
        apart = gap or self.open is None or self._open_is_finished()
        bullet = BULLET.match(text, start, end)
        if bullet is None and (apart or (self.open and self.open.is_item)):
            bullet = WEAK_BULLET.match(text, start, end)
        if bullet:
            inner = bullet.end()
        if apart or bullet or (self.open and self.open.mark == "head"):
            block = Block(inner, inner, end, is_item=bool(bullet), line=start)
            if has_digit and self._read_head(block, inner):
                self._add(block)
                return False
            if bullet:
                self._add(block)
                return False
        if apart or width > 0:
            is_credited = any(mark in line[-70:] for mark in "/([") and patterns.credit.search(line[-140:])
            if (apart and patterns.caption.match(line)) or (is_credited and len(line) < 400):
                self._add(Block(start, start, end, kind="caption", line=start))
                return False
            if is_byline(line, patterns):
                self.open = None
                return True
        if self.open is not None and self._continues(start, end, gap, width):
            self.open.is_torn = self.open.is_torn or gap
            self.open.holes += self.dropped
            self.dropped = []
            self.open.end = end
            self.open.line = start
        else:
            self._add(Block(start, start, end, line=start))
        return False

    def _add(self, block: Block) -> None:
        self.done.append(block)
        self.dropped = []
        self.open = block

    def _take_rule(self, line: str, gap: bool) -> bool:
        block = self.open
        if not gap and block and block.kind == "body" and block.line == block.start and UNDERLINE.match(line):
            block.kind, block.is_heading = "headline", True
        if RULE.match(line):
            self.open = None
        return True

    def _read_head(self, block: Block, start: int) -> bool:
        """Make the block a chronology item if a date heads it."""
        head = self.patterns.head.match(self.text, start, block.end)
        if head is None:
            return False
        has_day = any(map(str.isalpha, head["date"])) or not head["date"].strip("0123456789–-").isdigit()
        block.mark, block.date_text, block.body = "head", head["date"], head.end()
        block.is_firm = head["colon"] is not None and has_day and len(head["date"]) > 5
        if not block.is_heading:
            block.kind = "chronology"
        return True

    def _open_is_finished(self) -> bool:
        block = self.open
        return block is None or STOP.search(self.text[max(block.start, block.end - 120) : block.end]) is not None

    def _continues(self, start: int, end: int, gap: bool, width: int) -> bool:
        """Whether the line at `start` reads on from the open block."""
        block, text = self.open, self.text
        assert block is not None
        if block.kind == "headline" or (gap and block.kind == "caption"):
            return False
        tail = text[max(block.start, block.end - 120) : block.end]
        finished = STOP.search(tail) is not None
        if finished:
            return not gap  # the sentence ends, the paragraph goes on
        lower = RUNS_ON.match(text, start, end) is not None
        if lower:
            return not (gap and tail[-1] in ";:")
        last = LAST_WORD.search(tail)
        loose = LOOSE_END.search(tail) is not None or (last and last[1] in self.patterns.continues)
        if gap:
            if loose:
                return not (PARTICIPLE.match(text, start, end) or (tail[-1] == "," and _introduces(block, text)))
            return (
                block.end - block.body >= _TORN_LENGTH
                and tail[-1] not in ";:"
                and STOP.search(text[max(start, end - 120) : end]) is not None
                and self.patterns.caption.match(text, start, end) is None
            )
        if loose:
            return True
        if width > _WRAPPED_LENGTH:
            return False
        first = text.find(" ", start, end)
        needed = (first if first > 0 else end) - start + 1
        return block.end - block.line + needed > 0.9 * width


def _introduces(block: Block, text: str) -> bool:
    """Whether an unfinished block is only a lead-in, as "He added," is to a quotation set apart."""
    return INNER_STOP.search(text, max(block.body, block.end - _LEAD_IN), block.end) is not None or (
        block.end - block.body <= _LEAD_IN
    )


def _is_headline(block: Block, said: str) -> bool:
    """A short block of its own without a final stop."""
    return (
        len(said) <= _HEADLINE_LENGTH
        and not block.is_torn
        and said[-1] not in ",:;"
        and STOP.search(said[-120:]) is None
    )
