"""All forms a trigger may take in a text, so that a sentence can be screened before anything is parsed.

Too many forms cost a parse, too few an event: where spelling allows two, both are made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

_VOWELS = "aeiou"


def forms_of(lemma: str, irregular: Mapping[str, tuple[str, ...]]) -> set[str]:
    """The lemma and its verb and noun inflections, lower case; irregular ones from the table."""
    out = {lemma, *irregular.get(lemma, ())}
    if lemma.endswith("e"):
        out |= {lemma + "s", lemma + "d", lemma[:-1] + "ing", lemma + "ing"}
        if lemma.endswith("ie"):
            out.add(lemma[:-2] + "ying")
    elif lemma.endswith("y") and lemma[-2:-1] not in _VOWELS:
        out |= {lemma[:-1] + "ies", lemma[:-1] + "ied", lemma + "ing"}
    elif lemma.endswith(("s", "x", "z", "ch", "sh", "o")):
        out |= {lemma + "es", lemma + "s", lemma + "ed", lemma + "ing"}
    else:
        out |= {lemma + "s", lemma + "ed", lemma + "ing"}
    if len(lemma) > 2 and lemma[-1] not in _VOWELS + "wxy" and lemma[-2] in _VOWELS:
        out |= {lemma + lemma[-1] + "ed", lemma + lemma[-1] + "ing"}
    for prefix in ("re", "over", "under", "out", "up", "with", "mis", "fore"):
        base = lemma.removeprefix(prefix)
        if base != lemma and base in irregular:
            out |= {prefix + form for form in irregular[base]}
    if lemma.endswith("man"):
        out.add(lemma[:-3] + "men")
    return out


def all_forms(lemmas: Iterable[str], irregular: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    return frozenset(form for lemma in lemmas for form in forms_of(lemma, irregular))
