"""Which of a sentence's dates is an act's own.

The date in the act's clause, else the nearest one of a clause beside it. Not one in a clause below it
("condemned the sanctions that Chile imposed in May": May is of the sanctions), nor one that only names a thing
("the treaty of 2001 was extended"), nor, for a promise, the date of what is promised. Where only such dates
stand, the act has the date that would hold without them.
"""

from __future__ import annotations

from coder.acts import Act
from coder.records import DateExpression, Dating, SentenceDates
from coder.syntax import Tree

# Operators whose content lies ahead of them.
_AHEAD = frozenset("promise offer plan want agree threaten demand appeal refuse".split())
_SPOKEN = frozenset(("01", "02", "05", "10", "11", "12", "13"))
_COUNTED = ("later", "next day", "following day", "same day", "day after")
_LIMITS = frozenset("by until till before from to for after".split())
# What has a date behind "of" without being named by it: "the morning of 3 May", "the end of 2019".
_TIMES = frozenset(
    "morning afternoon evening night day week month quarter half end beginning start middle close eve summer winter "
    "spring autumn fall course".split()
)
_OCCASION = frozenset("at during in since after following".split())
_DOWN = frozenset(("relcl", "acl", "pcomp"))


def date_of(act: Act, tree: Tree, dates: SentenceDates, is_anchored: bool) -> Dating:
    """The date of one act in its sentence; under a chronology head only its own clause outranks the head."""
    expressions = [e for e in dates.expressions if e.is_of_act or act.status == "future"]
    starts = tree.parse.starts
    at = starts[act.match.node]
    clauses = {_clause(tree, act.match.node), _clause(tree, act.told_at)}
    own = {i for clause in clauses for i in tree.domain(clause)}
    context = dates.context or dates.default
    if act.operators and not _AHEAD.isdisjoint(act.operators):
        # "promised on Monday to come in May": the promise is dated, not what is promised
        expressions = [e for e in expressions if e.end <= at or _is_of_promise(e, tree, context)]
        if not expressions:
            return context
    if not expressions:
        return dates.default
    inside: list[DateExpression] = []
    beside: list[DateExpression] = []
    opening: list[DateExpression] = []
    for expression in expressions:
        token = _token(tree, expression)
        if token is None:  # it opens the sentence, and the parser did not see it
            opening.append(expression)
            continue
        if _is_below(tree, token, clauses, act) or _is_name(tree, token, act):
            continue
        if act.code[:2] in _SPOKEN and _is_of_topic(tree, token, expression, clauses, context):
            continue
        (inside if token in own else beside).append(expression)
    inside = inside or _of_joined_clause(tree, clauses, beside) or opening
    if is_anchored and not inside:
        return dates.default  # the head of a chronology dates all but what a clause dates for itself
    chosen = inside or beside
    if not chosen:
        if context.precision == "day":
            return context
        chosen = expressions

    def distance(expression: DateExpression) -> int:
        return at - expression.end if expression.end <= at else expression.start - at

    return min(chosen, key=distance).dating


def _clause(tree: Tree, node: int) -> int:
    """The verb of the clause that a token stands in."""
    for _ in range(8):
        if tree.is_verb(node) or tree.heads[node] == node:
            break
        node = tree.heads[node]
    return node


def _token(tree: Tree, expression: DateExpression) -> int | None:
    """The highest token of a date."""
    inside = [i for i, start in enumerate(tree.parse.starts) if expression.start <= start < expression.end]
    held = set(inside)
    return next((i for i in inside if tree.heads[i] not in held or tree.heads[i] == i), None)


def _is_of_promise(expression: DateExpression, tree: Tree, context: Dating) -> bool:
    """Whether a day behind a promise is still the day on which it was given: it was not ahead of it."""
    dating = expression.dating
    if dating.precision != "day" or dating.start is None:
        return False
    token = _token(tree, expression)
    if token is not None and token and tree.words[tree.heads[token]].lower() in _LIMITS:
        return False
    if dating.text.lower().endswith(_COUNTED):
        return True
    return context.end is not None and context.precision == "day" and dating.start <= context.end


def _is_below(tree: Tree, token: int, clauses: set[int], act: Act) -> bool:
    """Whether a date stands in a clause that hangs below the act's own, and not the act in it."""
    node, is_down = token, False
    mine = {act.match.node, act.told_at, *clauses}
    for _ in range(20):
        if node in mine:
            return is_down
        head = tree.heads[node]
        if tree.deps[node] in _DOWN and tree.is_verb(node) and head not in act.nodes and not _is_occasion(tree, head):
            is_down = True
        if tree.heads[node] == node:
            return False
        node = tree.heads[node]
    return False


def _is_name(tree: Tree, token: int, act: Act) -> bool:
    """Whether a date only names the thing that the act is about: "the treaty of 2001", "the 2015 accord"."""
    head = tree.heads[token]
    if tree.deps[token] == "pobj" and tree.words[head].lower() == "of":
        noun = tree.heads[head]
        return tree.is_noun(noun) and tree.lemmas[noun] not in _TIMES and not _is_act(tree, noun, act)
    return False


def _of_joined_clause(tree: Tree, clauses: set[int], beside: list[DateExpression]) -> list[DateExpression]:
    """Dates of the clause that an act's clause is joined to: "met on 3 May and signed an accord"."""
    heads: set[int] = set()
    for clause in clauses:
        while tree.deps[clause] == "conj" and tree.heads[clause] != clause:
            clause = tree.heads[clause]
            heads.add(clause)
    own = {i for head in heads for i in tree.domain(head)}
    return [e for e in beside if (token := _token(tree, e)) is not None and token in own] if own else []


def _is_of_topic(tree: Tree, token: int, said: DateExpression, clauses: set[int], context: Dating) -> bool:
    """Whether a date is of what is spoken about: "condemned the attack on a base on 3 May", some days later."""
    when = said.dating
    if "day" not in (when.precision, context.precision) or when.end is None or context.start is None:
        return False
    if when.end >= context.start or not any(c.isdigit() for c in when.text):
        return False
    node = tree.heads[token] if tree.deps[token] == "pobj" else token
    return tree.heads[node] not in clauses and tree.is_noun(tree.heads[node])


def _is_act(tree: Tree, noun: int, act: Act) -> bool:
    """Whether a noun tells the act itself, or what carries it ("at the summit of 3 May")."""
    return noun in act.nodes or _is_occasion(tree, noun)


def _is_occasion(tree: Tree, noun: int) -> bool:
    """Whether a noun says when or where an act was: "at talks held in May", "since the coup of 1 February"."""
    return tree.deps[noun] == "pobj" and tree.words[tree.heads[noun]].lower() in _OCCASION
