"""The dictionaries: CSV rows to frozen records, each checked, every complaint naming file:row:column.

The tables live with the dbt seeds, where a political scientist edits them in a spreadsheet. This module knows what
each column must hold; `gazetteer` and `patterns` turn the records into something that can be searched quickly.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from coder.calendar_words import HashedTerms
from coder.confidence import Calibration, load_calibration
from coder.fallback import WEIGHTS, Fallback, load_fallback
from coder.fallback_features import Lexicon, make_lexicon
from coder.gazetteer import Gazetteer
from coder.inflection import all_forms
from coder.names import read_names
from coder.patterns import FRAMES, Condition, Pattern, PatternIndex, parse_context
from coder.tables import Row, raise_if, read_table, tables_hash

OPERATORS = (
    "agree", "promise", "offer", "plan", "want", "threaten", "refuse", "reject", "demand", "appeal", "deny", "accuse",
    "warn", "fail", "consider", "same", "say", "approve", "hope", "allow", "stop", "praise", "investigate", "order",
    "end", "imagine",
)  # fmt: skip
TABLES = (
    "actors", "people", "organisations", "bodies", "agents", "non_actors", "places", "roles", "cameo_codes",
    "word_classes", "verb_patterns", "governors", "compositions", "references", "segment_terms", "irregular_forms",
)  # fmt: skip
_HOME_ROOTS = frozenset(("14", "17", "18", "20"))
STATUSES = ("occurred", "future", "hypothetical", "negated", "background")
_CODE = r"\d{2,4}"


@dataclass(frozen=True, slots=True)
class Composition:
    """What an embedded act becomes under a governing verb: `result` is a code, `=` (unchanged) or `-` (no event)."""

    operator: str
    embedded: str  # prefix of the embedded code, the longest that fits wins; empty fits all
    result: str
    status: str
    where: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A word or phrase that takes its actors from the text before."""

    phrase: str
    kind: str
    role: str


@dataclass(frozen=True)
class Dictionaries:
    """All tables, ready to use. `hash` changes when any cell of any table does, and not with the order of rows.

    Model and calibration are part of the coder: CODER_VERSION tells them apart, not the hash.
    """

    gazetteer: Gazetteer
    patterns: PatternIndex
    governors: PatternIndex
    compositions: dict[tuple[str, str], Composition]
    references: tuple[Reference, ...]
    classes: dict[str, frozenset[str]]
    codes: frozenset[str]
    segment_terms: dict[str, frozenset[str]]
    trigger_forms: frozenset[str]  # every inflected form of a first trigger word
    home_acts: frozenset[str]  # forms of what people of one country do to each other
    home_people: frozenset[str]  # and of those people, whose country a sentence need not name
    reaction_forms: frozenset[str]  # and of a verb that answers what was told before
    lexicon: Lexicon
    calibration: Calibration
    fallback: Fallback | None = None  # None: patterns alone decide
    hash: str = field(default="")

    def compose(self, operator: str, code: str) -> Composition | None:
        """The row for `operator` whose `embedded` is the longest prefix of `code`."""
        for length in range(len(code), -1, -1):
            row = self.compositions.get((operator, code[:length]))
            if row is not None:
                return row
        return None


def load_dictionaries(folder: Path, *, weights: Path | None = WEIGHTS) -> Dictionaries:
    """Read and check every table in `folder`, and the model's in `weights` (None: do without the model).

    DictionaryError lists all that is wrong with them.
    """
    problems: list[str] = []
    codes = _codes(folder, problems)
    roles = frozenset(r.text("role_code") for r in read_table(folder / "roles.csv", ("role_code",), problems)) | {""}
    aliases = read_names(folder, roles, problems)
    classes = {
        row.text("class"): frozenset(word.lower() for word in row.items("words", required=True))
        for row in read_table(folder / "word_classes.csv", ("class", "words"), problems)
    }
    patterns = _patterns(folder, "verb_patterns.csv", codes, classes, problems)
    governors = _patterns(folder, "governors.csv", frozenset(OPERATORS), classes, problems)
    compositions: dict[tuple[str, str], Composition] = {}
    for row in read_table(folder / "compositions.csv", ("operator", "embedded", "result", "status"), problems):
        made = _composition(row, codes)
        if (made.operator, made.embedded) in compositions:
            row.complain("embedded", f"a second row for {made.operator} and {made.embedded or 'any code'}")
        compositions[made.operator, made.embedded] = made
    references = tuple(
        Reference(row.text("phrase").lower(), row.text("kind"), row.choice("role", roles, required=False))
        for row in read_table(folder / "references.csv", ("phrase", "kind", "role"), problems)
    )
    terms: dict[str, set[str]] = {}
    for row in read_table(folder / "segment_terms.csv", ("kind", "term"), problems):
        terms.setdefault(row.text("kind"), set()).add(row.text("term"))
    irregular = {
        row.text("lemma"): row.items("forms", required=True)
        for row in read_table(folder / "irregular_forms.csv", ("lemma", "forms"), problems)
    }
    calibration = load_calibration(WEIGHTS, problems)
    fallback = load_fallback(weights, problems) if weights is not None else None
    raise_if(problems)
    index = PatternIndex(patterns, classes)
    return Dictionaries(
        gazetteer=Gazetteer(aliases, references),
        patterns=index,
        governors=PatternIndex(governors, classes),
        compositions=compositions,
        references=references,
        classes=classes,
        codes=codes,
        segment_terms=HashedTerms({kind: frozenset(found) for kind, found in terms.items()}),
        trigger_forms=all_forms(index.words, irregular),
        home_acts=all_forms(
            {t[0] for p in patterns if p.code[:2] in _HOME_ROOTS for t in p.triggers}
            - classes.get("light_verb", frozenset()),
            irregular,
        ),
        home_people=all_forms(classes.get("home_people", frozenset()), irregular),
        reaction_forms=all_forms(frozenset(classes["reaction"]), irregular),
        lexicon=make_lexicon(index.by_id, classes),
        calibration=calibration,
        fallback=fallback,
        hash=tables_hash([folder / f"{name}.csv" for name in TABLES]),
    )


def _codes(folder: Path, problems: list[str]) -> frozenset[str]:
    rows = read_table(folder / "cameo_codes.csv", ("event_code", "is_current"), problems)
    return frozenset(row.matching("event_code", _CODE, "a CAMEO code") for row in rows if row.text("is_current") == "1")


def _patterns(
    folder: Path, table: str, codes: frozenset[str], classes: dict[str, frozenset[str]], problems: list[str]
) -> list[Pattern]:
    result = "event_code" if table == "verb_patterns.csv" else "operator"
    columns = (
        "pattern_id",
        "trigger",
        "pos",
        "context",
        result,
        "frame",
        "example",
        "expected",
        "counterexample",
    )
    out, seen = [], set()
    for row in read_table(folder / table, columns, problems):
        pattern_id = row.matching("pattern_id", r"[a-z0-9][a-z0-9_.-]*", "an id of lower-case letters, digits, . _ -")
        if pattern_id in seen:
            row.complain("pattern_id", f"{pattern_id!r} stands twice")
        seen.add(pattern_id)
        conditions: tuple[Condition, ...] = ()
        try:
            conditions = parse_context(row.text("context", required=False))
        except ValueError as error:
            row.complain("context", str(error))
        for condition in conditions:
            for word in condition.words:
                if word.startswith("@") and word[1:] not in classes:
                    row.complain("context", f"{word!r} is not a class of word_classes.csv")
        out.append(
            Pattern(
                pattern_id=pattern_id,
                triggers=tuple(tuple(t.lower().split()) for t in row.items("trigger", required=True)),
                pos=row.choice("pos", ("V", "N", "A")),
                conditions=conditions,
                code=row.choice(result, codes),
                frame=row.choice("frame", FRAMES),
                example=row.text("example", required=False),
                expected=row.text("expected", required=False),
                counterexample=row.text("counterexample", required=False),
            )
        )
    return out


def _composition(row: Row, codes: frozenset[str]) -> Composition:
    result = row.text("result")
    if result not in ("=", "-") and result not in codes:
        row.complain("result", f"{result!r} is neither a CAMEO code nor = (unchanged) nor - (no event)")
    return Composition(
        operator=row.choice("operator", OPERATORS),
        embedded=row.matching("embedded", r"\d{2,4}", "the start of a CAMEO code", required=False),
        result=result,
        status=row.choice("status", STATUSES),
        where=row.where,
    )


__all__ = ["TABLES", "Composition", "Dictionaries", "Reference", "load_dictionaries"]
