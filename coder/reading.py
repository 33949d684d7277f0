"""What a parser should see of a stretch of a document, and where each of its characters came from.

Documents reach the coder as they were extracted: with Markdown, page breaks, hyphens at line ends, footnote
markers, stray control characters. A parser trips over each of them, yet every stored span must count in the
landed text. So the reading is made here, once, by leaving things out; `offsets` remembers the document
position of what was kept.
"""

from __future__ import annotations

import re

_INVISIBLE = (
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff0-\uffff\ud800-\udfff"
)
_BREAK = "\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029"
_WIDE = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
# Where something may read otherwise than it is written. A bare set of characters, since most sentences have
# none of them and a set is what the engine finds fastest; two spaces in a row are asked for apart.
_ODD = re.compile(rf"[{_INVISIBLE}{_BREAK}{_WIDE}\[*_`~\\|¹²³⁰⁴-⁹]")
_ODD_OR_SPACES = re.compile(rf"{_ODD.pattern}|  ")
# What stands there. Every quantifier is bounded or cannot be entered twice, so no input costs more than
# linear time.
_UNLIKE = re.compile(
    rf"""
      \[(?P<label>[^\[\]]{{0,400}})\]                                    # [label](url)
        \([^()\s]{{0,500}}(?:\([^()\s]{{0,100}}\)[^()\s]{{0,200}})?(?:\s"[^"\n]{{0,200}}")?\)
    | \[(?P<letter>[A-Za-z])\](?=[a-z])                                 # "[W]e have" reads as "We have"
    | (?P<note>\[(?:\^?\d{{1,3}}(?:\s?[,–-]\s?\d{{1,3}}){{0,9}}|\^\w{{1,20}}      # [12], [^3]
        |(?:note|fn)\.?\s\d{{1,3}})\])
    | (?P<space>[\s>|]{{0,40}}[{_BREAK}][\s>|]*|\s+)
    | \*+(?=\S) | (?<=\S)\*+ | (?<!\w)_{{1,3}}(?=\w) | (?<=[\w.,;:!?'"’”)])_{{1,3}}(?!\w) | `+ | ~~+
    | \\{{1,3}}(?P<escaped>[`*_{{}}\[\]()\#+\-.!$|>~&%<"'^])
    | [{_INVISIBLE}]+
    | (?<=[\w.,;:!?"’”)])[¹²³⁰⁴-⁹]+(?=\s|$)
    """,
    re.VERBOSE,
)
# A word broken at a line end. A hyphen of its own stays: "vice-\npresident" keeps it, "coopera-\ntion" does
# not.
_BROKEN = re.compile(r"\w[-\u2010]$")
_KEEPS_HYPHEN = re.compile(
    r"(?:^|[\s(“\"])(?:[A-Z][\w.]*|vice|ex|pro|anti|non|self|co|two|three|four|five|long|short|mid|so|well|"
    r"cross|inter|counter|high|low|cease|land|sea|air|ship|nuclear|state|mil|semi|multi|post|pre|old|new|"
    r"north|south|east|west)-$"
)


def reading(text: str, start: int, end: int) -> tuple[str, tuple[int, ...]]:
    """The reading of text[start:end] with offsets into `text`: one for each character and one for the end."""
    plain = text[start:end]
    odd = _ODD_OR_SPACES if "  " in plain else _ODD
    if odd.search(plain) is None:
        return plain, tuple(range(start, end + 1))
    parts: list[str] = []
    offsets: list[int] = []
    _fold(text, start, end, odd, parts, offsets)
    read = "".join(parts)
    left = len(read) - len(read.lstrip())
    read = read.strip()
    offsets = offsets[left : left + len(read)]
    offsets.append(offsets[-1] + 1 if offsets else end)
    return read, tuple(offsets)


def _fold(text: str, start: int, end: int, odd: re.Pattern[str], parts: list[str], offsets: list[int]) -> None:
    """Append what text[start:end] reads as; labels are folded in their turn, for emphasis inside them."""
    done = start
    for place in odd.finditer(text, start, end):
        begin = place.start()
        if begin < done:
            continue
        match = _UNLIKE.match(text, begin, end)
        if match is None:
            continue
        group = match.lastgroup
        kept = text[done:begin]
        if group == "space":
            kept = kept.rstrip(" ")
            if kept.endswith(("-", "\u2010")) and "\n" in match[0] and _BROKEN.search(kept):
                group = None  # nothing stands between the halves of a word
                if _is_foreign_hyphen(text, start, begin, match.end(), end):
                    kept = kept[:-1]
        elif group == "label" and kept.endswith("!"):
            kept = kept[:-1]
        elif group == "note":
            kept = kept.rstrip(" ")
        if kept:
            parts.append(kept)
            offsets.extend(range(done, done + len(kept)))
        done = match.end()
        if group == "label":
            _fold(text, *match.span("label"), odd, parts, offsets)
        elif group == "space":
            if parts and not parts[-1].endswith(" "):
                parts.append(" ")
                offsets.append(begin)
        elif group is not None and group != "note":
            parts.append(match[group])
            offsets.append(match.start(group))
    if end > done:
        parts.append(text[done:end])
        offsets.extend(range(done, end))


def _is_foreign_hyphen(text: str, start: int, begin: int, resume: int, end: int) -> bool:
    """Whether the hyphen before a line end at `begin` was put there by the line end."""
    if resume >= end or not text[resume].islower():
        return False
    return not _KEEPS_HYPHEN.search(text[max(start, begin - 20) : begin].rstrip(" "))
