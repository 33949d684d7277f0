"""A document's text to its sentences, headlines, captions and chronology items, each with its span and its
reading.

The parser is not asked where sentences end: it is slow, and real files break lines where no parser was
trained to see them broken. `coder.layout` says which lines belong together; here each such block is cut at
its stops. A sentence leaves with its date still unread: an `anchor` that holds only the text of the head
that it stands under (basis "anchor") or of the document's own dateline (basis "published"). `coder.dates`
resolves both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from coder.calendar_words import HashedTerms, Terms, hashed
from coder.chronology import Block
from coder.layout import blocks
from coder.line_patterns import LETTER, LinePatterns, line_patterns
from coder.reading import reading
from coder.records import Dating, Sentence

LONGEST = 1500  # characters; beyond it a sentence is cut where a clause or at least a word ends

_NOTE = r"\[(?:\^?\d{1,3}(?:[,–-]\s?\d{1,3}){0,9}|\^\w{1,20})\]"
_CLOSERS = rf"""(?:["'”’»›)*_`」』】¹²³⁰⁴-⁹]|\](?:\([^()\s]{{0,300}}\))?|{_NOTE})"""
# A run of stops, what closes with it, and then white space, the end, or (in badly extracted text) a
# capital. The pattern opens with a bare set, which the engine finds fastest; the lookbehind after it keeps
# a run from being tried again at each of its own characters.
_STOP_SET = "[.!?…。！？؟۔।]"
_STOPS = re.compile(
    rf"(?P<stop>{_STOP_SET}(?<!{_STOP_SET}{{2}}){_STOP_SET}*+){_CLOSERS}{{0,12}}+"
    r"(?:(?=\s)|\Z|(?<=[。！？؟۔।])|(?<=[。！？؟۔।][”’」』】])"
    r"|(?:(?<=[^\W\d_A-Z]{2}[.!?])|(?<=[^\W\d_A-Z][.!?][”\"’]))(?=[“\"‘]?[A-Z][^\W\d_A-Z]))"
)
_BEFORE = re.compile(r"[\w.'’&-]+$")
_NEXT = re.compile(
    r"""\s*(?:[>|]\s*)*(?P<open>[-–—"'“‘«‹(\[*_`¿¡「『]{0,6})\s?"""
    r"""(?P<word>[^\W_]{1,40}(?:[.'’]\w{1,20}){0,3}\.?)"""
)
_DOTTED = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]$")  # U.S, a.m, without its last point
_CLAUSE = re.compile(r"[;:,—–，；、]\s*|\s")


@dataclass(frozen=True, slots=True)
class _Endings:
    abbreviations: frozenset[str]
    titles: frozenset[str]
    before_number: frozenset[str]
    either: frozenset[str]
    starters: frozenset[str]


@lru_cache(maxsize=8)
def _endings(terms: HashedTerms) -> _Endings:
    none: frozenset[str] = frozenset()
    short_dates = {
        word
        for kind, words in terms.items()
        if kind.startswith(("month_", "weekday_"))
        for word in words
        if len(word) < 5 and word not in {"may", "june", "july"}
    }
    return _Endings(
        abbreviations=terms.get("abbreviation", none),
        titles=terms.get("title", none),
        before_number=terms.get("before_number", none),
        either=terms.get("abbreviation_or_end", none) | short_dates,
        starters=terms.get("sentence_start", none),
    )


def segment(text: str, terms: Terms, title: str | None = None) -> tuple[Sentence, ...]:
    """The sentences of `text` in reading order. `terms` are the rows of segment_terms.csv by kind."""
    endings = _endings(hashed(terms))
    patterns = line_patterns(terms)
    sentences: list[Sentence] = []
    issued = ""
    for block in blocks(text, terms, title):
        if block.mark == "date line":
            issued = block.date_text
            continue
        body = block.body
        if block.kind == "body":
            cut = _dateline(text, block, patterns)
            if cut:
                body, when = cut
                issued = issued or when
        anchor = Dating(None, None, "unknown", "anchor", block.date_text) if block.date_text else None
        first = True
        for start, end in _sentences(text, body, block.end, endings):
            read, offsets = _reading(text, start, end, block.holes)
            if LETTER.search(read) is None or (block.kind == "caption" and read[0] == "/"):
                continue  # no word, or only whose picture it is
            start = block.start if first else start
            end = max(end, start)
            if anchor is None and issued:
                held: Dating | None = Dating(None, None, "unknown", "published", issued)
                issued = ""
            else:
                held = anchor
            no, said = len(sentences), text[start:end]
            sentences.append(Sentence(no, start, end, block.kind, said, read, offsets, held))
            first = False
    return tuple(sentences)


def _reading(text: str, start: int, end: int, holes: Sequence[tuple[int, int]]) -> tuple[str, tuple[int, ...]]:
    """The reading of a sentence around the page numbers and the like that stand in the midst of it."""
    inside = [hole for hole in holes if start <= hole[0] < end]
    if not inside:
        return reading(text, start, end)
    words, offsets = "", []
    for begin, stop in zip([start, *(hole[1] for hole in inside)], [*(hole[0] for hole in inside), end], strict=True):
        read, places = reading(text, begin, stop)
        if read and words:
            words += " "
            offsets.append(begin)
        words += read
        offsets += places[:-1]
    offsets.append(offsets[-1] + 1 if offsets else end)
    return words, tuple(offsets)


def _dateline(text: str, block: Block, patterns: LinePatterns) -> tuple[int, str] | None:
    """Where the text after "MOSCOW, Sept. 4 (Xinhua) --" begins, and the date in it."""
    if not text[block.body].isupper():
        return None
    match = patterns.dateline.match(text, block.body, min(block.end, block.body + 140))
    if match is None or not (match["date"] or match["agency"] or match["place"].strip().isupper()):
        return None
    return match.end(), match["date"] or ""


def _sentences(text: str, start: int, end: int, endings: _Endings) -> Iterator[tuple[int, int]]:
    """Spans of the sentences in one block."""
    begin = start
    for match in _STOPS.finditer(text, start, end):
        stop = match.end()
        if stop < end and not _ends_here(text, begin, match, end, endings):
            continue
        yield from _pieces(text, begin, stop)
        begin = stop
    if begin < end:
        yield from _pieces(text, begin, end)


def _ends_here(text: str, begin: int, match: re.Match[str], end: int, endings: _Endings) -> bool:
    """Whether a sentence ends at a stop that is followed by more text."""
    stop = match["stop"]
    if stop[-1] in "。！？؟۔।":
        return True
    following = _NEXT.match(text, match.end(), end)
    if following is None:
        return True
    word = following["word"]
    if word[0].islower():
        return False
    starts = word.split("'")[0].split("’")[0].lower() in endings.starters
    if not text[match.end()].isspace():
        # No space after the stop: only a word that opens sentences makes "said.The" two of them.
        return starts or match.end() - match.end("stop") > 0
    if len(stop) > 1 or stop == "…":
        return starts or "!" in stop or "?" in stop or bool(following["open"].strip("*_"))
    if stop != ".":
        return True
    before = _BEFORE.search(text, max(begin, match.start() - 24), match.start())
    if before is None:
        return True
    token = before[0].lstrip(".'’-")
    lowered = token.lower()
    if lowered in endings.abbreviations:
        return False
    if token[:1].isupper() and lowered in endings.titles:
        return False
    if lowered in endings.before_number and word[0].isdigit():
        return False
    if (len(token) == 1 and token.isupper()) or lowered in endings.either or _DOTTED.match(token):
        return starts or (match.end() > match.end("stop") and bool(following["open"].strip("*_(")))
    return True


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The span without the white space around it, cut where it is longer than any sentence should be."""
    while start < end and (text[start].isspace() or text[start] in ">|"):
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    while end - start > LONGEST:
        clause = space = 0
        for match in _CLAUSE.finditer(text, start + LONGEST // 2, start + LONGEST):
            if match[0].isspace():
                space = match.end()
            else:
                clause = match.end()
        cut = clause or space or start + LONGEST
        yield start, max(start + 1, len(text[start:cut].rstrip()) + start)
        start = cut
        while start < end and text[start].isspace():
            start += 1
    if start < end:
        yield start, end
