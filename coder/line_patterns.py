"""What a single line can be known by: a bullet, a caption, a byline, a chronology head, a dateline, page
debris.

Only patterns live here, built once from the dictionary's terms; what follows from them for the lines around
is `coder.layout`'s business.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from coder.calendar_words import HashedTerms, Terms, alternation, calendar_words, hashed

LETTER = re.compile(r"[^\W\d_]")
DIGIT = re.compile(r"\d")
QUOTE_MARK = re.compile(r"(?:>\s?)+")
HEADING = re.compile(r"#{1,6}\s+(?=\S)")
BULLET = re.compile(r"[*•‣◦▪●○■+-]\s+(?=\S)")
WEAK_BULLET = re.compile(r"(?:[–—·]|\d{1,3}[.)]|\(\w{1,3}\)|[a-z]\))\s+(?=\S)")  # a wrapped line may open so too
RULE = re.compile(r"(?:[-=_*~–—\s]{3,})$")
UNDERLINE = re.compile(r"(?:={3,}|-{3,})$")
PAGE_NUMBER = re.compile(r"(?:(?:[Pp]age|PAGE|[Pp]\.)\s?)?[-–—\s]{0,3}\d{1,4}[-–—\s]{0,3}(?:(?:of|/)\s?\d{1,4})?$")
# A final stop, before whatever closes with it: quotes, brackets, emphasis, a footnote, the rest of a link.
STOP = re.compile(r"""[.!?…。！？؟۔।][\s"'”’»›)\]*_`」』】]{0,8}(?:\[\d{1,3}\]|\([^()\s]{0,300}\))?[*_"”’)]{0,4}$""")
INNER_STOP = re.compile(r"""[.!?]["'”’)\]]{0,3}\s""")
RUNS_ON = re.compile(r"""[*_"'“‘«(\[]{0,6}[a-zß-öø-ÿ]""")
LOOSE_END = re.compile(r"[,\-–—(\[“‘«&/]$|(?<=\s)[\"']$")
LAST_WORD = re.compile(r"([^\W\d_]+)[*_]{0,3}$")
PARTICIPLE = re.compile(r"[*_]{0,3}[A-Z][a-z]+ing\b")
_SMALL_WORDS = frozenset({
    "and", "of", "in", "for", "the", "at", "with", "to", "from", "on", "de", "von", "van", "der", "al", "bin",
})  # fmt: skip
# A line that only says when and by whom a text was issued has one of these in it.
_ISSUE_MARK = re.compile(r"\b\d{1,2}[:.]\d{2}\b|[|©]|\b(?:Published|Posted|Updated|Source|Editor|By|Issued|Released)\b")
_ISSUER = re.compile(r"\b(?:Editor|Author|Writer)s?:\s?\w+")
_ISSUE_WORDS = _SMALL_WORDS | {"by", "on", "p.m.", "a.m.", "pm", "am", "min", "read", "editor", "updated", "published"}


@dataclass(frozen=True, slots=True)
class LinePatterns:
    """The dictionary's terms as lines are asked for them."""

    debris: frozenset[str]
    debris_lead: tuple[str, ...]
    continues: frozenset[str]
    caption: re.Pattern[str]
    credit: re.Pattern[str]
    byline: re.Pattern[str]
    affiliation: re.Pattern[str]
    head: re.Pattern[str]  # of a chronology item, with text after it
    date_line: re.Pattern[str]  # nothing but a date
    issue: re.Pattern[str]  # a full date, wherever it stands in a line
    dateline: re.Pattern[str]  # "MOSCOW, Sept. 4 (Xinhua) --"


@lru_cache(maxsize=8)
def _compiled(terms: HashedTerms) -> LinePatterns:
    words = calendar_words(terms)
    none: frozenset[str] = frozenset()
    agency = rf"(?i:{alternation(terms.get('credit', none))})"
    day, year, to = r"\d{1,2}(?:st|nd|rd|th)?(?!\d)", r"\d{4}(?!\d)", r"\s?(?:[-–—‑]|to|and|&)\s?"
    day_of_month = (
        rf"{words.month}\s{{0,2}}{day}(?:{to}(?:{words.month}\s)?{day})?(?:,?\s{year})?"
        rf"|{day}(?:{to}{day})?\s(?:of\s)?{words.month}(?:,?\s{year})?"
        rf"(?:{to}{day}\s(?:of\s)?{words.month}(?:,?\s{year})?)?"
        rf"|{words.month}\s{{0,2}}{day},?\s{year}{to}{words.month}\s{{0,2}}{day},?\s{year}"
    )
    numeric = rf"{year}-\d{{1,2}}-\d{{1,2}}|\d{{1,2}}(?P<dot>[./-])\d{{1,2}}(?P=dot){year}"
    month = rf"(?:(?:[Ee]arly|[Mm]id|[Ll]ate)[-\s])?{words.month}(?:{to}{words.month})?,?\s{year}"
    full = rf"(?:{words.weekday},?\s)?(?:{day_of_month}|{numeric})(?!\w)"
    strong = r"(?:\*{1,3}|_{1,3})"
    name = r"[A-Z][\w.'’-]{1,20}"
    return LinePatterns(
        debris=terms.get("debris", none),
        debris_lead=tuple(sorted(terms.get("debris_lead", none))),
        continues=terms.get("continues", none),
        caption=re.compile(
            rf"[*_\[(]{{0,4}}(?:{alternation(terms.get('caption', none))})s?\b"
            rf"(?:\.?\s{{0,2}}\d{{1,3}}(?:\.\d{{1,2}})?[a-z]?\b(?!\s*(?:%|percent))|\s?[*_]{{0,3}}:)",
            re.IGNORECASE,
        ),
        credit=re.compile(
            rf"(?:/\s?|[(\[](?:[^()\[\]]{{0,60}}[\s/])?){agency}(?!/\.\s)(?:[\s/][^()\[\]]{{0,60}})?[)\]]?[*_.\s]{{0,4}}$"
        ),
        byline=re.compile(r"[*_]{0,3}(?:By|BY)\s?:?\s+(?=[A-Z“\"])"),
        affiliation=re.compile(rf"(?i:\b(?:{alternation(terms.get('byline', none))})\b)"),
        head=re.compile(
            rf"(?:\|\s*)?{strong}?(?:On\s)?(?P<date>{full}|{month}|{year}(?:[-–]{year})?)(?!\w)"
            rf"(?:\s?{strong}?(?P<colon>:)\s?{strong}?(?=[\sA-Z“\"])|\s?{strong}?\s(?:[-–—]{{1,3}}|\|)\s{strong}?"
            rf"|[.,]?{strong}(?=\s))\s*(?=\S)"
        ),
        date_line=re.compile(
            rf"{strong}?(?:(?P<issued>Published|Posted|Updated|Last updated|Dated?|Released|Issued)"
            rf"(?:\son)?\s?:?\s)?(?P<date>{full})(?:,?\s(?:at\s)?\d{{1,2}}[:.]\d{{2}}.{{0,20}})?[.:]?{strong}?[.:]?$"
        ),
        issue=re.compile(
            rf"(?<![\w.])(?P<date>(?:{words.month}\s{{0,2}}{day},?\s|{day}[\s-]{words.month},?[\s-]){year}|{numeric}"
            rf"|{year}/\d{{1,2}}/\d{{1,2}})(?!\w)"
        ),
        dateline=re.compile(
            rf"(?P<place>[A-Z]{{3}}[A-Z .'’/-]{{0,40}}|{name}(?:[\s/,]{{1,2}}{name}){{0,3}})"
            rf"(?:[,.]?\s\(?(?P<date>{full})\)?(?P<unknown>\s?\([A-Z][^()\n]{{1,40}}\))?)?"
            rf"(?P<agency>[,.]?\s?[(\[/]{agency}[)\]/]|[,.]?\s{agency})?"
            rf"(?:\s?(?:--|[-—–])|(?<=/)\.)\s+(?=\S)"
        ),
    )


def line_patterns(terms: Terms) -> LinePatterns:
    """The patterns of lines for a dictionary's terms."""
    return _compiled(hashed(terms))


def is_debris(line: str, patterns: LinePatterns) -> bool:
    """Whether a line is left over from a page's furniture: navigation, a page number, a share button."""
    if len(line) > 200:
        return False
    if len(line) < 80:
        bare = line
        if line[0] == "[" and line.endswith(")") and "](" in line:
            bare = line[1 : line.index("](")]
        bare = bare.strip("*_#[]()|:. •»›>→<←").casefold()
        if bare in patterns.debris or PAGE_NUMBER.match(line):
            return True
    return line.lstrip("*_[ ").casefold().startswith(patterns.debris_lead)


def issue_date(line: str, patterns: LinePatterns) -> str:
    """The date in a line that only says who issued what follows, where and when; else nothing.

    "Source: Lima Wire | 2021-06-28 22:20 | Editor: ana", "Lima, 28 June 2021".
    """
    found = patterns.issue.search(line) if len(line) < 100 and line[-1] not in "!?:;" else None
    if found is None:
        return ""
    rest = _ISSUER.sub("", line[: found.start()] + " " + line[found.end() :]).split()
    if not all(word[0] in "|/©(–—-:" or not word[0].islower() or word in _ISSUE_WORDS for word in rest):
        return ""
    words = [word for word in rest if any(map(str.isalpha, word))]
    is_marked = _ISSUE_MARK.search(line) is not None
    return found["date"] if len(words) <= (9 if is_marked else 2) else ""


def is_byline(line: str, patterns: LinePatterns) -> bool:
    """Whether a line only says who wrote what follows."""
    if len(line) > 100 or line[-1] in ".!?:;,":
        return False
    match = patterns.byline.match(line)
    if match:
        rest = line[match.end() :]
        return all(word[0] in "/|&(–—-" or not word[0].islower() or word in _SMALL_WORDS for word in rest.split())
    place, comma, rest = line.partition(",")
    return (
        bool(comma) and line.isupper() and len(place.split()) in (2, 3, 4) and bool(patterns.affiliation.search(rest))
    )
