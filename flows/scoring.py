"""Precision, recall and F1 of coded events against gold. Pure functions over plain records.

What counts as one answer differs by level: the whole act with code, its root, its quad class, or only who
met whom. An answer is a set per sentence, so saying a thing twice is neither better nor worse.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]
Key = Callable[[str, str, str], Hashable]

# PLOVER roots were renamed and merged over the years; the 15 of its later gold sets stand for all.
PLOVER_MERGED = {
    "APPEAL": "REQUEST",
    "CONCEDE": "YIELD",
    "DEMAND": "REQUEST",
    "DISAPPROVE": "ACCUSE",
    "FIGHT": "ASSAULT",
    "INVESTIGATE": "ACCUSE",
    "RETREAT": "YIELD",
}
PLOVER_QUADS = {
    1: ("AGREE", "CONSULT", "SUPPORT"),
    2: ("AID", "COOPERATE", "YIELD"),
    3: ("ACCUSE", "REJECT", "REQUEST", "THREATEN"),
    4: ("ASSAULT", "COERCE", "MOBILIZE", "PROTEST", "SANCTION"),
}
NO_PLOVER_ROOT = "-"  # CAMEO 01 and 02 have none: an answer, and a wrong one

_SAME_SENTENCE = 0.7  # share of the shorter sentence's words that the other must have
_CONTAINED_WORDS, _SHARED_WORDS = 4, 5  # below these a match of words says nothing


@dataclass(frozen=True)
class Score:
    """Counts of one level or one root, and what follows from them."""

    hits: int  # gold answers that were given
    gold: int
    right: int  # given answers that are right; differs from hits where gold allows more than it demands
    given: int

    @property
    def precision(self) -> float:
        return self.right / self.given if self.given else 0.0

    @property
    def recall(self) -> float:
        return self.hits / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "precision": round(self.precision, 4),
            "recall": round(self.recall, 4),
            "f1": round(self.f1, 4),
            "gold": self.gold,
            "given": self.given,
            "right": self.right,
        }


def quad_of(code: str) -> int:
    """GDELT's quad class of a CAMEO code."""
    root = int(code[:2])
    return 1 + (root > 5) + (root > 8) + (root > 13)


def country(actor: str | None) -> str:
    """The first three letters, which name the state, or the kind of organisation."""
    return (actor or "---")[:3].upper()


SENTENCE_LEVELS: dict[str, Key] = {
    "exact": lambda source, target, code: (source or "---", target or "---", code),
    "code": lambda source, target, code: (country(source), country(target), code[:4]),
    "root": lambda source, target, code: (country(source), country(target), code[:2]),
    "quad": lambda source, target, code: (country(source), country(target), quad_of(code)),
    "dyad": lambda source, target, code: tuple(sorted((country(source), country(target)))),
}
DOCUMENT_LEVELS: dict[str, Key] = {
    "code": lambda source, target, code: (source, target, code),
    "root": lambda source, target, code: (source, target, code[:2]),
    "quad": lambda source, target, code: (source, target, quad_of(code)),
    "dyad": lambda source, target, code: tuple(sorted((source, target))),
}


def score_sentences(
    gold: Mapping[Any, Sequence[Row]], given: Mapping[Any, Sequence[Row]]
) -> tuple[dict[str, Score], dict[str, Score]]:
    """Scores by level, and by root at the root level. `gold` has also the sentences without an event."""
    levels = {
        name: _total(_sentence_pairs(gold, given, key, directed=name != "dyad"))
        for name, key in SENTENCE_LEVELS.items()
    }
    right = sum(bool(gold[id_]) and bool(given.get(id_)) for id_ in gold)
    levels["any"] = Score(right, sum(map(bool, gold.values())), right, sum(bool(given.get(id_)) for id_ in gold))
    pairs = list(_sentence_pairs(gold, given, SENTENCE_LEVELS["root"], directed=True))
    roots = sorted({key[2] for wanted, found in pairs for key in wanted | found})
    by_root = {
        root: _total(
            ({key for key in wanted if key[2] == root}, {key for key in found if key[2] == root})
            for wanted, found in pairs
        )
        for root in roots
    }
    return levels, by_root


def _sentence_pairs(
    gold: Mapping[Any, Sequence[Row]], given: Mapping[Any, Sequence[Row]], key: Key, *, directed: bool
) -> Iterable[tuple[set[Any], set[Any]]]:
    for id_, events in gold.items():
        wanted: set[Any] = set()
        turned: dict[Any, Any] = {}
        for event in events:
            one = key(event["source"], event["target"], event["code"])
            if event.get("symmetric") and directed:
                other = key(event["target"], event["source"], event["code"])
                if other in wanted:
                    continue
                turned[other] = one
            wanted.add(one)
        found = {key(event["source"], event["target"], event["code"]) for event in given.get(id_, ())}
        yield wanted, {turned.get(one, one) for one in found}


def _total(pairs: Iterable[tuple[set[Any], set[Any]]]) -> Score:
    hits = wanted_count = found_count = 0
    for wanted, found in pairs:
        hits += len(wanted & found)
        wanted_count += len(wanted)
        found_count += len(found)
    return Score(hits, wanted_count, hits, found_count)


def score_documents(
    gold: Sequence[Row], given: Sequence[Row]
) -> tuple[dict[str, Score], dict[str, Score], dict[str, float]]:
    """Scores by level and root, and the share of right dates.

    Two people annotated: recall asks for what both found, by any of its codes; precision accepts what either
    found.
    """
    found = _assign(gold, given)
    levels = {name: _document_score(gold, found, key, name == "code", None) for name, key in DOCUMENT_LEVELS.items()}
    roots = sorted(
        {event["root"] for unit in gold for event in unit["events"]}
        | {row["code"][:2] for rows in found.values() for row in rows}
    )
    by_root = {root: _document_score(gold, found, DOCUMENT_LEVELS["root"], False, root) for root in roots}
    return levels, by_root, _dates(gold, found)


def _document_score(
    gold: Sequence[Row], found: Mapping[Any, Sequence[Row]], key: Key, by_code: bool, root: str | None
) -> Score:
    hits = demanded = right = given_count = 0
    for unit in gold:
        events = [event for event in unit["events"] if root is None or event["root"] == root]
        rows = [row for row in found.get(unit["id"], ()) if root is None or row["code"][:2] == root]
        given = {key(row["source"], row["target"], row["code"]) for row in rows}
        allowed: set[Any] = set()
        demands: dict[Any, set[Any]] = defaultdict(set)
        for number, event in enumerate(events):
            codes = event["codes"] if by_code else [event["root"]]
            options = {key(event["source"], event["target"], code) for code in codes}
            allowed |= options
            if event["agreed"]:
                # two annotations with one answer demand it once; by code each demands one of its own
                demands[number if by_code else frozenset(options)] |= options
        hits += sum(bool(options & given) for options in demands.values())
        demanded += len(demands)
        right += len(given & allowed)
        given_count += len(given)
    return Score(hits, demanded, right, given_count)


def _dates(gold: Sequence[Row], found: Mapping[Any, Sequence[Row]]) -> dict[str, float]:
    matched, right = 0, 0.0
    for unit in gold:
        dates = {(event["source"], event["target"], event["root"]): event["dates"] for event in unit["events"]}
        for row in found.get(unit["id"], ()):
            wanted = dates.get((row["source"], row["target"], row["code"][:2]))
            if wanted:
                matched += 1
                right += _date_credit(row, wanted)
    return {"accuracy": round(right / matched, 4) if matched else 0.0, "matched": matched}


def _date_credit(row: Row, wanted: Sequence[str]) -> float:
    """1 for the day; half for a month or year that holds it and says that it is one."""
    given = str(row.get("date") or "")[:10]
    if given in wanted:
        return 1.0
    length = {"month": 7, "year": 4}.get(str(row.get("date_precision")))
    return 0.5 if length and given and any(date[:length] == given[:length] for date in wanted) else 0.0


def _assign(gold: Sequence[Row], given: Sequence[Row]) -> dict[Any, list[Row]]:
    """Each given sentence's rows under the gold sentence it is; sentences nobody annotated are left out."""
    units: dict[str, list[tuple[Any, list[str]]]] = defaultdict(list)
    for unit in gold:
        units[str(unit["doc"])].append((unit["id"], _words(unit["text"])))
    assigned: dict[Any, list[Row]] = defaultdict(list)
    seen: dict[tuple[str, str], Any] = {}
    for row in given:
        name = str(row["doc"]).rsplit("/", 1)[-1]
        doc = next((doc for doc in units if name.startswith(doc)), None)
        if doc is None:
            continue
        place = (doc, row["text"])
        if place not in seen:
            words = _words(row["text"])
            likeness, id_ = max((_likeness(words, other), id_) for id_, other in units[doc])
            seen[place] = id_ if likeness >= _SAME_SENTENCE else None
        if seen[place] is not None:
            assigned[seen[place]].append(row)
    return assigned


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text).lower())


def _likeness(one: list[str], other: list[str]) -> float:
    short, long = sorted((one, other), key=len)
    if not short:
        return 0.0
    if " ".join(short) in " ".join(long):
        return float(len(short) >= _CONTAINED_WORDS)
    if len(short) < _SHARED_WORDS:
        return 0.0
    return (Counter(short) & Counter(long)).total() / len(short)


def plover_root(code: str, table: Mapping[str, str]) -> str:
    """The PLOVER root of a CAMEO code by its most specific row, or of an older PLOVER name."""
    code = code.strip()
    if code[:2].isdigit():
        found = next((table[code[:length]] for length in (4, 3, 2) if table.get(code[:length])), NO_PLOVER_ROOT)
    else:
        found = code.upper()
    return PLOVER_MERGED.get(found, found)


def score_classes(gold: Sequence[Any], given: Sequence[Any]) -> tuple[dict[Any, Score], dict[str, float]]:
    """One answer each: scores by gold class, and their plain mean; None is no answer."""
    by_class = {}
    for one in sorted(set(gold)):
        hits = sum(want == one == got for want, got in zip(gold, given, strict=True))
        by_class[one] = Score(hits, gold.count(one), hits, sum(got == one for got in given))
    count = len(gold)
    overall = {
        "macro_f1": round(sum(score.f1 for score in by_class.values()) / len(by_class), 4) if by_class else 0.0,
        "accuracy": round(sum(a == b for a, b in zip(gold, given, strict=True)) / count, 4) if count else 0.0,
        "answered": sum(got is not None for got in given),
        "count": count,
    }
    return by_class, overall
