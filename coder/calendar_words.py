"""The words of the calendar as the dictionaries list them, and the pattern fragments that everything about
dates is built of. Compiled once for each set of terms.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

Terms = Mapping[str, frozenset[str]]  # by kind, as in segment_terms.csv; terms are lower case


class HashedTerms(dict[str, frozenset[str]]):
    """Terms that what is compiled from them can be kept by: hashed once, not for every document. Never changed."""

    @cached_property
    def _hash(self) -> int:
        return hash(frozenset(self.items()))

    def __hash__(self) -> int:  # type: ignore[override]
        return self._hash

    def __reduce__(self) -> tuple[type, tuple[dict[str, frozenset[str]]]]:
        return HashedTerms, (dict(self),)  # no hash of strings is another process's


def hashed(terms: Terms) -> HashedTerms:
    """The terms as a key; the dictionaries hold theirs as one already."""
    return terms if isinstance(terms, HashedTerms) else HashedTerms(terms)


@dataclass(frozen=True, slots=True)
class CalendarWords:
    """Calendar words by what they mean, and alternations of them as they are written (capitalised)."""

    months: Mapping[str, int]
    weekdays: Mapping[str, int]  # Monday is 0
    days: Mapping[str, tuple[int, int]]  # a day of the year by name: month, day
    seasons: Mapping[str, int]  # first month
    numbers: Mapping[str, int]
    month: str
    weekday: str
    named_day: str
    season: str
    number: str


def alternation(words: Iterable[str], capitalised: bool = False) -> str:
    """The words as one alternation, longest first; capitalised means Title or CAPITALS, never lower case.

    An empty list gives a pattern that never matches, so that a table may lack a kind.
    """
    longest_first = sorted(set(words), key=lambda word: (-len(word), word))
    forms = [form for word in longest_first for form in _forms(word, capitalised)]
    return "|".join(re.escape(form).replace("'", "['’]").replace("\\ ", r"\s") for form in forms) or r"(?!)"


def _forms(word: str, capitalised: bool) -> tuple[str, ...]:
    if not capitalised:
        return (word,)
    title = " ".join(part[:1].upper() + part[1:] for part in word.split(" "))
    return (title, word.upper())


def _numbered(terms: Terms, prefix: str) -> dict[str, int]:
    return {
        word: int(kind[len(prefix) :]) for kind, words in terms.items() if kind.startswith(prefix) for word in words
    }


def is_short(word: str, names: Mapping[str, int]) -> bool:
    """Whether a name is an abbreviation of another with the same meaning: "sept" of "september"."""
    return any(other != word and other.startswith(word) and no == names[word] for other, no in names.items())


def _names(names: Mapping[str, int]) -> str:
    """Names of months or weekdays; only after an abbreviation is a point its own and not the sentence's."""
    short = alternation((name for name in names if is_short(name, names)), capitalised=True)
    full = alternation((name for name in names if not is_short(name, names)), capitalised=True)
    return rf"(?:(?:{full})\b|(?:{short})\b\.?)"


@lru_cache(maxsize=8)
def _compiled(terms: HashedTerms) -> CalendarWords:
    months, seasons = _numbered(terms, "month_"), _numbered(terms, "season_")
    weekdays = {word: number - 1 for word, number in _numbered(terms, "weekday_").items()}
    numbers = _numbered(terms, "number_")
    days = {
        word: (int(kind[4:6]), int(kind[7:9]))
        for kind, words in terms.items()
        if kind.startswith("day_")
        for word in words
    }
    return CalendarWords(
        months=months,
        weekdays=weekdays,
        days=days,
        seasons=seasons,
        numbers=numbers,
        month=_names(months),
        weekday=_names(weekdays),
        named_day=rf"(?:{alternation(days, capitalised=True)})",
        season=rf"(?:{alternation([*seasons, *(s.capitalize() for s in seasons)])})",
        number=rf"(?:\d{{1,3}}|{alternation([*numbers, *(n.capitalize() for n in numbers)])})",
    )


def calendar_words(terms: Terms) -> CalendarWords:
    """The calendar words among the dictionary's terms."""
    return _compiled(hashed(terms))
