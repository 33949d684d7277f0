"""Writes docs/fallback.md (what the model achieves) and the counts of docs/golden.md, from one training run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from coder.fallback import NONE, Fallback
from tests.golden import corpus
from tests.golden.corpus import Case

DOCS = corpus.GOLDEN.parents[1] / "docs"
_START, _END = "<!-- counts: python -m tests.golden.train_fallback -->", "<!-- end of counts -->"

Answer = Callable[[Case], str]


def rules_only(case: Case) -> str:
    """The root of the best act of the patterns."""
    return case.heard.root or NONE


def model_only(model: Fallback) -> Answer:
    """What the features alone speak for."""
    return lambda case: model.choose(model.log_odds(case.features), "", "").root


def both(model: Fallback, *, overrule: bool) -> Answer:
    """Patterns first; the model where there is no act and, with `overrule`, past the learnt margins."""
    chosen = model if overrule else replace(model, margins={})
    return lambda case: chosen.choose(chosen.log_odds(case.features), case.heard.root, case.heard.kind).root


def write(model: Fallback, train: list[Case], test: list[Case], examples: int) -> None:
    """Both pages."""
    answers: dict[str, Answer] = {
        "patterns only": rules_only,
        "model only": model_only(model),
        "patterns, model where there is no act": both(model, overrule=False),
        "patterns and model": both(model, overrule=True),
    }
    (DOCS / "fallback.md").write_text(_page(model, answers, train, test, examples), "utf-8")
    page = DOCS / "golden.md"
    before, _, rest = page.read_text("utf-8").partition(_START)
    after = rest.partition(_END)[2]
    page.write_text(before + "\n".join([_START, *_counts(train, test), _END]) + after, "utf-8")


def _page(
    model: Fallback, answers: dict[str, Answer], train: list[Case], test: list[Case], examples: int
) -> str:
    names = list(answers)
    told = {name: [answer(case) for case in test] for name, answer in answers.items()}
    lines = [
        _INTRODUCTION.format(train=len(train), examples=examples, features=len(model.weights), test=len(test)),
        "## On the test split",
        "",
        "Share of sentences with the right root, the two actors given; `none` is right where nothing happened.",
        "",
        f"| sentences | n | {' | '.join(names)} |",
        f"|---|---:|{'---:|' * len(names)}",
    ]
    groups: list[tuple[str, Callable[[Case], bool]]] = [
        ("with an event", lambda c: c.label.root != NONE),
        ("of these, short", lambda c: c.label.root != NONE and c.label.id.startswith("s")),
        ("of these, long", lambda c: c.label.root != NONE and c.label.id.startswith("l")),
        ("of these, no act known to the patterns", lambda c: c.label.root != NONE and not c.heard.acts),
        ("without an event", lambda c: c.label.root == NONE),
        ("all", lambda _: True),
    ]
    groups += [(f"root {root}", lambda c, root=root: c.label.root == root) for root in model.roots if root != NONE]
    for title, wanted in groups:
        chosen = [i for i, case in enumerate(test) if wanted(case)]
        if chosen:
            shares = [sum(told[n][i] == test[i].label.root for i in chosen) / len(chosen) for n in names]
            lines.append(f"| {title} | {len(chosen)} | {' | '.join(f'{share:.3f}' for share in shares)} |")
    changed = [
        (test[i], told["patterns only"][i], told["patterns and model"][i])
        for i in range(len(test))
        if told["patterns only"][i] != told["patterns and model"][i]
    ]
    gained = sum(new == case.label.root for case, _, new in changed)
    lost = sum(old == case.label.root for case, old, _ in changed)
    lines += [
        "",
        f"The model changes {len(changed)} of {len(test)} answers: {gained} for the better, {lost} for the worse.",
        "",
        _LIMITS,
    ]
    return "\n".join(lines)


def _counts(train: list[Case], test: list[Case]) -> list[str]:
    of_train, of_test = (Counter(case.label.root for case in cases) for cases in (train, test))
    lines = ["| root | train | test |", "|---|---:|---:|"]
    lines += [f"| {root} | {of_train[root]} | {of_test[root]} |" for root in sorted(of_train | of_test)]
    return [*lines, f"| all | {len(train)} | {len(test)} |"]


_INTRODUCTION = """\
# The statistical model behind the patterns

Written by `python -m tests.golden.train_fallback`; do not edit.

No list of patterns knows every verb. Where two actors are given (`comity code` on pairs), patterns are asked first; a
softmax regression decides where they know no act, or overrules an act that is unlikely to be right. It was trained
on {train} labelled sentences (docs/golden.md) and the {examples} examples of the pattern rows, has {features} features
and is reported on {test} sentences that it never saw. Nothing else was used: no vectors, no other corpus.

**What it sees**: not who the actors are, only their roles, whether both are of one state, and where they stand. A
feature is one row of `coder/weights/fallback_weights.csv`, with its weight for each root in hundredths:

| prefix | feature |
|---|---|
| `w=` | a word of the sentence (`condemn.V`), or its first five letters (`conde-`) |
| `p=` | the same, on the way from one actor to the other through the parse |
| `h=` | a word on that way with its particle, preposition or object (`throw_weight`) |
| `b=` | two neighbouring words; `S` and `T` stand for the actors, `N` for a name |
| `pt=` | how far a word on the way is a trigger of that root's patterns |
| `a=` | the same for words that the root's patterns ask for beside their trigger |
| `neg=`, `neg`, `modal=`, `passive` | polarity, mood and voice on the way |
| `S`, `T`, `Sdep`, `Tup`, `Srole`, `domestic`, `order`, `gap` | words, place and role of the actors |

**When it overrules.** An act gets the margin of its kind (`fallback_margins.csv`, in log odds): how well it joins the
two (4 fully, 3 both take part, 2 the source acts, 1 one of them is involved, 0 neither), `+` if its pattern asked for
more than its trigger, `*` if a governing verb or a negation changed its code. Margins are those with which patterns
and model together were right most often on training sentences, each judged by a model that had not seen it, and half
a unit more. A root that the model does not hold for likelier than all others together never overrules.

**What it leaves behind.** `decided_by` is `model`; `pattern_id` is `model-<root>` with the root's most frequent code,
or the pattern of an act further back that has the model's root; the verb is the word that spoke most for the root.
"""

_LIMITS = """\
## Where it earns its place, and where it does not

It earns it where the actors are given and the wording is unusual: most where patterns know no act, and for roots that
are told in many ways (06, 14, 15, 18, 20). On plain news, which the patterns know well, it changes few answers (11 of
525 sentences of an outside set) and gains as many as it loses: the margins are set to do no harm there. It costs one
answer of "none" in three where nothing happened, since with two actors given it is asked for what is between them.

It is not used for whole documents, for it did not earn a place there. Tried on the sample documents, on sentences with
exactly two actors, a verb between them and no act, with a probability of 0.3 at least, it found two right events and
several wrong ones (root precision .795 to .789, recall .600 to .602, F1 .684 to .683); with 0.5 it found the same two
(F1 .685), and with 0.7 none. Too little for a second way to an event. Screening, too, would have to parse sentences
without any known trigger for it, which costs more than all the rest of coding.

It knows roots only, not the third and fourth digit, and it knows nothing of mood: its mentions are always `occurred`.

## Training again

After an edit of the labelled sentences run `python -m tests.golden.train_fallback` (about a minute); a test compares
`coder/weights/corpus_digest.txt` with the sentences and asks for it. After many new patterns it is worth doing too.
Two runs on the same input write the same files. Weights and confidences are part of the coder: raise `CODER_VERSION`
with a release of new ones, and what is stored will be coded again.
"""
