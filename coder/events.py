"""From the acts of a sentence to dated event mentions, one for each directed pair of actors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from coder.act_dates import date_of
from coder.actors import NOWHERE, Actor, ActorMap
from coder.acts import Act
from coder.confidence import Calibration, found_inputs
from coder.home import at_home, is_dyad
from coder.records import Mention, Sentence, SentenceDates
from coder.syntax import Tree

_MOST_PARTNERS = 6  # of a mutual act; a longer list is an audience, and each pairs with the first only
_MOST_PAIRS = 40
_STANDING = frozenset(("04", "06", "07", "08"))


class MentionWriter:
    """Writes the mentions of one sentence."""

    def __init__(
        self,
        sentence: Sentence,
        tree: Tree,
        actors: ActorMap,
        dates: SentenceDates,
        calibration: Calibration,
    ) -> None:
        self.sentence, self.tree, self.actors, self.dates = sentence, tree, actors, dates
        self.calibration = calibration

    def write(self, acts: list[Act], attribution: dict[int, str]) -> list[Mention]:
        """Mentions in the order of the sentence; of two that say the same, the surer one."""
        best: dict[tuple[str, str, str, str, str], Mention] = {}
        for act in acts:
            for mention in self._of(act, attribution.get(act.match.node)):
                key = (
                    mention.source_actor,
                    mention.source_role,
                    mention.target_actor,
                    mention.target_role,
                    mention.event_code,
                )
                known = best.get(key)
                if known is None or mention.confidence > known.confidence:
                    best[key] = mention
        return list(best.values())

    def _of(self, act: Act, speaker: str | None) -> Iterator[Mention]:
        dating = date_of(act, self.tree, self.dates, self.sentence.anchor is not None)
        status = act.status
        if status == "occurred" and self.dates.is_background:
            status = "background"
        if status == "occurred" and self._is_habitual(act):
            status = "background"
        verb = self._verb(act.nodes)
        group = f"{self.sentence.no}.{act.match.node}" if act.mutual or act.frame in ("visit", "host") else None
        forum = (
            next((a.code for a in (*act.sources, *act.targets) if a.code.startswith("IGO")), None)
            if act.mutual
            else None
        )
        for source, target, code in self._pairs(act):
            if NOWHERE in (source.code, target.code):
                continue  # a side that belongs to no known state is no actor
            yield Mention(
                sentence_no=self.sentence.no,
                source_actor=source.code,
                source_role=source.role,
                target_actor=target.code,
                target_role=target.role,
                event_code=code,
                pattern_id=act.match.pattern.pattern_id,
                decided_by="pattern",
                dating=dating,
                status=status,  # type: ignore[arg-type]
                confidence=self.calibration.of("found", found_inputs(act, source, target, dating)),
                source_span=self.sentence.span(source.start, source.end),
                target_span=self.sentence.span(target.start, target.end),
                verb_span=self.sentence.span(*verb),
                source_text=self.sentence.reading[source.start : source.end],
                target_text=self.sentence.reading[target.start : target.end],
                verb_text=self.sentence.reading[verb[0] : verb[1]],
                forum=forum,
                attribution=speaker if speaker != source.code else None,
                symmetric_group=group,
            )

    def between(
        self,
        act: Act,
        sure: float,
        source: tuple[str, str],
        target: tuple[str, str],
        source_span: tuple[int, int],
        target_span: tuple[int, int],
    ) -> Mention:
        """One mention of `act` from a given source to a given target, whatever the act's own actors are."""
        said = self.guessed(act.match.node, act.code, sure, source, target, source_span, target_span)
        verb = self._verb(act.nodes)
        return replace(
            said,
            pattern_id=act.match.pattern.pattern_id,
            decided_by="pattern",
            status=act.status,  # type: ignore[arg-type]
            verb_span=self.sentence.span(*verb),
            verb_text=self.sentence.reading[verb[0] : verb[1]],
        )

    def guessed(
        self,
        node: int,
        code: str,
        sure: float,
        source: tuple[str, str],
        target: tuple[str, str],
        source_span: tuple[int, int],
        target_span: tuple[int, int],
    ) -> Mention:
        """One mention that the model decides, from a given source to a given target; `node` is the telling word."""
        reading, verb = self.sentence.reading, self._verb((node,))
        return Mention(
            sentence_no=self.sentence.no,
            source_actor=source[0],
            source_role=source[1],
            target_actor=target[0],
            target_role=target[1],
            event_code=code,
            pattern_id=f"model-{code[:2]}",
            decided_by="model",
            dating=self.dates.default,
            status="occurred",
            confidence=sure,
            source_span=self.sentence.span(*source_span),
            target_span=self.sentence.span(*target_span),
            verb_span=self.sentence.span(*verb),
            source_text=reading[source_span[0] : source_span[1]],
            target_text=reading[target_span[0] : target_span[1]],
            verb_text=reading[verb[0] : verb[1]],
        )

    def _verb(self, nodes: tuple[int, ...]) -> tuple[int, int]:
        """Characters of the words that tell an act."""
        words, first, last = self.tree.parse, min(nodes), max(nodes)
        return words.starts[first], words.starts[last] + len(words.words[last])

    def _pairs(self, act: Act) -> Iterator[tuple[Actor, Actor, str]]:
        code = act.code
        if act.mutual:
            yield from self._mutual_pairs(act)
            return
        pairs = 0
        for one in act.sources:
            for other in act.targets:
                source, target = at_home(self.tree, self.actors, one, other, act.match.node)
                if is_dyad(source, target) and pairs < _MOST_PAIRS:
                    pairs += 1
                    yield source, target, code
                    if act.frame == "visit" and code == "042":
                        yield target, source, "043"
                    elif act.frame == "host" and code == "043":
                        yield target, source, "042"

    def _mutual_pairs(self, act: Act) -> Iterator[tuple[Actor, Actor, str]]:
        """Both directions of every pair: hosts among themselves and with each partner, partners not with each other."""
        code, hosts = act.code, list(act.sources)
        partners = [a for a in act.targets if all(a.key != h.key for h in hosts)]
        everyone = [*hosts, *partners]
        place = self._place(act) if code == "040" else None
        if place is not None:
            host = next((a for a in everyone if a.code == place.code), None)
            if host is None and len({a.code for a in everyone}) == 1:
                host = place
            if host is not None:
                for guest in everyone:
                    if guest.code != host.code:
                        yield guest, host, "042"
                        yield host, guest, "043"
                return
            code = "044"
        if len(everyone) > _MOST_PARTNERS:
            hosts, partners = everyone[:1], everyone[1:_MOST_PAIRS]
        for n, one in enumerate(hosts):
            for other in (*hosts[n + 1 :], *partners):
                source, target = at_home(self.tree, self.actors, one, other, act.match.node)
                if is_dyad(source, target):
                    yield source, target, code
                    yield target, source, code

    def _place(self, act: Act) -> Actor | None:
        """The state in which a meeting took place: "in Beijing", "in Sochi, Russia"."""
        tree, node = self.tree, act.match.node
        nodes = [node]
        if not tree.is_verb(node) and tree.heads[node] != node:
            nodes.append(tree.heads[node])
        for n in nodes:
            for word, noun in tree.prepositions(n):
                if word in ("in", "at"):
                    for actor in (*self.actors.at(noun), *self.actors.owners(noun)):
                        if actor.kind in ("state", "capital", "seat", "adjective", "place"):
                            return actor
        return None

    def _is_habitual(self, act: Act) -> bool:
        """ "Chile and Peru cooperate in fishing": in running text, a simple present without a date tells no act."""
        node = act.match.node
        return (
            act.code[:2] in _STANDING
            and not act.operators
            and self.sentence.kind == "body"
            and not self.dates.expressions
            and self.tree.tags[node] in ("VBP", "VBZ")
            and self.tree.lemmas[node] != "be"
            and act.speaker is None
        )
