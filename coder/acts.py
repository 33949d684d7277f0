"""From patterns that fit a sentence to acts: linked, put under their governing verbs, and each counted once.

An act still speaks of actors in the sentence; `events` turns it into dated mentions. Where an act stands under
another ("agreed to send aid", "condemned the attack"), one of the two decides, by compositions.csv.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from coder.actors import OWN_PEOPLE, Actor, ActorMap
from coder.dictionaries import Dictionaries
from coder.home import is_branch_of
from coder.linking import Linker
from coder.links import Link, by_code, is_complete, is_two_sided
from coder.meaning import Governor, Reading, read_mood
from coder.nearby import complete
from coder.patterns import Match
from coder.standing import Standing
from coder.syntax import Tree
from coder.untold import is_habit, is_untold

_GOOD_TURNS = frozenset(("03", "05", "06", "07"))  # what one does to those whom one visits and calls
_SHARED = 0.5  # how sure a target is that stands with the verb before
_LASTING = frozenset(("050", "060"))  # what may be a standing practice as well as an act
_ADDRESSED = frozenset(("demand", "appeal", "order", "accuse"))
# Of a mutual act, only what the governor's subject undertakes or turns down: "promised to trade with Peru".
_ONE_SIDED = frozenset(("refuse", "reject", "offer", "threaten", "stop", "promise", "plan", "want"))
_NEGATION = {  # what a negated governor says instead
    "agree": "refuse", "promise": "refuse", "offer": "refuse", "plan": "refuse", "allow": "refuse", "want": "refuse",
    "approve": "reject", "refuse": "same", "reject": "same", "fail": "same", "stop": "same", "deny": "same",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Act:
    """One act of one sentence, before it is spelled out by pairs of actors."""

    match: Match
    code: str
    status: str
    sources: tuple[Actor, ...]
    targets: tuple[Actor, ...]
    mutual: bool
    frame: str
    operators: tuple[str, ...]
    certainty: float
    speaker: int | None
    nodes: tuple[int, ...]
    told_at: int  # the outermost verb that makes it what it is: "agreed" of "agreed to send"


class ActFinder:
    """Finds the acts of one sentence."""

    def __init__(self, tree: Tree, actors: ActorMap, dictionaries: Dictionaries) -> None:
        self.tree, self.actors, self.dictionaries = tree, actors, dictionaries
        self.linker = Linker(tree, actors, dictionaries.classes.get("light_verb", frozenset()))
        self.standing = Standing(tree, self.linker, dictionaries.classes)

    def find(self, skip: frozenset[int] = frozenset()) -> list[Act]:
        """All acts outside the tokens `skip`, in the order of the sentence."""
        matches = self.dictionaries.patterns.matches(self.tree, skip)
        if not matches:
            return []
        consumed: set[int] = set()
        used_as_words = {t for m in matches.values() for t in m.tokens[1:]}
        acts: list[Act] = []
        for node, match in matches.items():
            if node in used_as_words or self.standing.only_qualifies(node, matches):
                continue
            act, governed = self._act(match, matches)
            consumed |= governed
            if act is not None:
                acts.append(act)
        return [self._with_shared_target(a, acts) for a in acts if a.match.node not in consumed]

    def _with_shared_target(self, act: Act, acts: list[Act]) -> Act:
        """ "Visited Peru and offered a loan": what has no other side has that of the verb it is joined to."""
        tree, node = self.tree, act.match.node
        if act.targets or not act.sources or act.code[:2] not in _GOOD_TURNS or not tree.is_verb(node):
            return act
        first = tree.heads[node] if tree.deps[node] == "conj" and not tree.kids(node, "nsubj", "nsubjpass") else None
        joined = [first] if first is not None else []
        joined += tree.kids(node, "conj")
        who = {a.code for a in act.sources}
        for other in acts:
            if other.match.node in joined and {a.code for a in other.sources} == who:
                targets = tuple(a for a in other.targets if a.code not in who)
                if targets:
                    return replace(act, targets=targets, certainty=act.certainty * _SHARED)
        return act

    def _act(self, match: Match, matches: dict[int, Match]) -> tuple[Act | None, set[int]]:
        tree = self.tree
        reading = read_mood(tree, match.node, self.dictionaries.governors)
        if match.pattern.asks_for_negation:
            reading.affirm()
        governors = [g for g in reading.governors if g.operator != "say"]
        if self.standing.is_told_apart(match.node):
            governors = []
        if self.standing.is_object(match, matches, {g.node for g in reading.governors}):
            return None, set()
        link = self.linker.link(match)
        if self.standing.is_alleged(match, link, reading.speaker, matches) or self.standing.is_hearsay(match, link):
            return None, set()
        code, status = match.pattern.code, "occurred"
        operators: list[str] = []
        consumed: set[int] = set()
        if reading.negated and not (reading.future and not governors):
            status = "negated"
        elif reading.negated:
            composed = self.dictionaries.compose("refuse", code)
            if composed is None or composed.result == "-":
                status = "negated"
            else:
                code = code if composed.result == "=" else composed.result
                operators.append("refuse")
                link = self._refused(match.node, link)
        for governor in governors:
            if governor.node in matches and matches[governor.node].pattern.asks_for_negation:
                return None, set()  # "does not rule out a war"
            operator = _NEGATION.get(governor.operator, "") if governor.negated else governor.operator
            if governor.negated and governor.operator == "same" and reading.future:
                operator = "refuse"  # "will not begin talks"
            if not operator:
                status = "negated"
                operator = governor.operator
            if operator == "consider" and self.standing.is_talked_over(governor.node, matches):
                return None, set()  # "Chile and Peru discussed a truce": they talked
            if operator in ("want", "plan") and self._wants_of_another(governor):
                operator = "appeal"
            if operator == "agree" and self.standing.is_signed(governor.node, matches):
                return None, set()  # "signed an agreement to link their grids"
            if operator == "accuse" and governor.node in matches:
                return None, set()  # its own pattern says more exactly what the accusation is
            composed = self.dictionaries.compose(operator, code)
            if composed is None:
                continue
            result = "020" if composed.result == "-" and operator == "appeal" != governor.operator else composed.result
            if result == "-":
                return None, set()  # the wish alone has no pattern that could speak
            code = code if result == "=" else result
            if status == "occurred":
                status = composed.status
            operators.append(operator)
            if operator != "same" or governor.node in matches:
                consumed.add(governor.node)
            link = self._govern(governor, operator, link)
        code, status, link = self._mood(reading, governors, code, status, link, operators)
        asking = matches.get(reading.speaker) if reading.speaker is not None else None
        if asking is not None and reading.duty in operators and asking.pattern.code[:2] in ("02", "10"):
            consumed.add(asking.node)  # "said that Peru should ...": what it should do says more
        if code == "-":
            return None, set()
        if is_untold(tree, match, code, link, self.dictionaries.classes):
            return None, set()
        if status == "occurred" and code in _LASTING and not operators and is_habit(tree, match.node):
            status = "background"
        if not is_complete(link):
            link = complete(self.linker.phrases, match.node, code[:2], link, self.linker.light)
        if code == "051" and link.mutual and tree.lemmas[match.node] in self.dictionaries.classes["stating"]:
            code = "019"  # "the sides noted with satisfaction": a view held in common praises neither
        act = Act(
            match=match,
            code=code,
            status=status,
            sources=tuple(link.sources),
            targets=tuple(link.targets),
            mutual=link.mutual,
            frame=match.pattern.frame,
            operators=tuple(operators),
            certainty=link.certainty,
            speaker=reading.speaker,
            nodes=match.tokens,
            told_at=governors[-1].node if governors else match.node,
        )
        if not is_two_sided(link):
            return act, set()
        return act, consumed

    def _refused(self, node: int, link: Link) -> Link:
        """ "Chile will not attend talks with Peru": of a mutual act, who turns it down is the subject alone."""
        verb = node if self.tree.is_verb(node) else self.tree.heads[node]
        mine = {a.code for a in self.speakers(verb)} if link.mutual and self.tree.is_verb(verb) else set()
        everyone = by_code([*link.sources, *link.targets])
        sources = [a for a in everyone if a.code in mine]
        targets = [a for a in everyone if a.code not in mine]
        return Link(sources, targets, False, link.certainty) if sources and targets else link

    def _wants_of_another(self, governor: Governor) -> bool:
        """ "Chile wants Peru to ...": a wish addressed to somebody is an appeal."""
        assert governor.match is not None
        link = self.linker.link(governor.match)
        mine = {a.code for a in link.sources}
        tree, node = self.tree, governor.node
        inner = [s for c in tree.kids(node, "ccomp", "xcomp") for s in tree.kids(c, "nsubj")]
        inner += tree.kids(node, "dobj") if tree.kids(node, "xcomp") else []
        return any(a.code not in mine for s in inner for a in self.linker.denote(s))

    def _govern(self, governor: Governor, operator: str, link: Link) -> Link:
        """The governed act's actors: the governor's subject becomes the source."""
        assert governor.match is not None
        outer = self.linker.link(governor.match)
        if operator == "imagine" or (operator in ("same", "stop", "fail") and not outer.sources):
            return link
        sources = outer.sources or link.sources
        mine = {a.code for a in sources}

        def others(found: list[Actor]) -> list[Actor]:
            return [a for a in found if a.code not in mine] or [
                a for a in found if a.role in OWN_PEOPLE and all(a.key != s.key for s in sources)
            ]

        if operator in _ADDRESSED:
            for asked in (link.sources, outer.targets):  # "lawmakers asked the cabinet to help Peru"
                if asked and all(is_branch_of(a, s) for a in asked for s in sources):
                    return Link(sources, asked, False, link.certainty * 0.9)
            return Link(
                sources,
                others(outer.targets) or others(link.sources) or others(link.targets),
                False,
                link.certainty * 0.95,
            )
        if link.mutual:
            everyone = by_code(
                [*sources, *link.sources, *outer.targets]
                if operator in ("agree", "same")
                else [*sources, *link.sources]
            )
            if link.sources != link.targets and operator not in _ONE_SIDED:
                return Link(
                    by_code([*sources, *others(link.sources)]),
                    others(link.targets) or link.targets,
                    True,
                    link.certainty,
                )
            together = len({a.code for a in link.sources}) > 1 and operator in ("promise", "plan", "want")
            one_sided = operator in _ONE_SIDED and len(mine) == 1 and not together
            if one_sided:
                return Link(sources, others([*link.sources, *link.targets]), False, link.certainty)
            return Link(everyone, everyone, True, link.certainty)
        targets = others(link.targets) or others(outer.targets) or others(link.sources)
        if not targets and operator in ("agree", "plan") and len(mine) > 1:
            return Link(sources, sources, True, link.certainty * 0.9)
        return Link(sources, targets, False, link.certainty)

    def _mood(
        self,
        reading: Reading,
        governors: list[Governor],
        code: str,
        status: str,
        link: Link,
        operators: list[str],
    ) -> tuple[str, str, Link]:
        """Will, would, must, could, if: what the act's own auxiliaries make of it."""
        if (reading.unreal and "threaten" not in operators) or self.tree.words[-1] == "?":
            return code, "hypothetical", link
        if reading.habit:
            return code, "background", link
        if reading.duty and status == "occurred":
            if reading.speaker is None or governors:
                return code, "hypothetical", link
            speakers = self.speakers(reading.speaker)
            mine = {a.code for a in speakers}
            targets = [a for a in link.sources if a.code not in mine] or [a for a in link.targets if a.code not in mine]
            composed = self.dictionaries.compose(reading.duty, code)
            if not speakers or composed is None or composed.result == "-":
                return code, "hypothetical", link
            operators.append(reading.duty)
            return (code if composed.result == "=" else composed.result), "occurred", Link(speakers, targets)
        if reading.future and status == "occurred" and all(o in ("same", "allow", "approve") for o in operators):
            composed = self.dictionaries.compose("promise", code)
            if composed is None or composed.result == "-":
                return code, "future", link
            operators.append("promise")
            announced = reading.speaker is not None or (code < "09" and code[:2] != "04" and not reading.scheduled)
            if not link.sources and not link.mutual and reading.speaker is not None:
                link = replace(link, sources=self.speakers(reading.speaker))  # "said the agency would help Peru"
            if link.mutual and reading.speaker is not None and len({a.code for a in link.sources}) == 1:
                link = Link(link.sources, link.targets, False, link.certainty)  # one side speaks for itself
            return (
                (code if composed.result == "=" else composed.result),
                composed.status if announced else "future",
                link,
            )
        if reading.infinitive and not governors and status == "occurred":
            return code, "hypothetical", link
        return code, status, link

    def speakers(self, verb: int) -> list[Actor]:
        tree = self.tree
        heads = tree.agents(verb) if tree.is_passive(verb) else tree.subjects(verb)
        return [a for h in heads for a in self.linker.denote(h)]
