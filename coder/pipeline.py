"""The coder's front door: documents in, codings out.

Sentences are screened before they are parsed: without a word that can carry an act, or without two actors (named or
referred to), nothing can be coded and the parse, which costs the most, is saved. Parses are asked for in batches
that span documents; references are resolved afterwards, in reading order.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from coder.actors import NOWHERE, Actor, ActorMap, Resolve
from coder.acts import ActFinder
from coder.attribution import is_unattributed, under_speaker
from coder.dates import date_sentences
from coder.dictionaries import Dictionaries
from coder.events import MentionWriter
from coder.gazetteer import Alias, Hit, choose
from coder.offices import Offices, label
from coder.quotations import Quotations
from coder.records import Coding, Mention, Parse, Sentence, SentenceDates, SourceDocument
from coder.references import Discourse
from coder.repairs import leading_date, put_right, shifted
from coder.replies import with_answered
from coder.segment import segment
from coder.syntax import Tree

ParseFunction = Callable[[Sequence[str]], list[Parse]]
_BATCH_SENTENCES = 512
_OBJECTS = ("dobj", "pobj", "dative")
_WORD = re.compile(r"[A-Za-z]+")
_LONGEST_SILENCE = 1  # sentences after which a quotation no longer belongs to the last speaker
_SPEAK_FOR_THEIR_STATE = ("", "GOV", "MIL", "LEG", "JUD", "SPY", "COP")  # not scholars, not newspapers
_MOST_HITS = 80  # a sentence with more names is a list, and pairing it would be noise


@dataclass(slots=True)
class _Prepared:
    document: SourceDocument
    sentences: tuple[Sentence, ...]
    dates: tuple[SentenceDates, ...]
    hits: list[list[Hit]]
    quoted: list[tuple[tuple[int, int], ...]]
    wanted: list[int]
    labels: list[tuple[int, str]]  # of a transcript: how long, and whether one asks or answers


def code_documents(
    documents: Iterable[SourceDocument], dictionaries: Dictionaries, parse: ParseFunction
) -> Iterator[Coding]:
    """Code each document, in order. `parse` takes readings and gives one parse for each."""
    waiting: list[_Prepared] = []
    count = 0
    for document in documents:
        prepared = _prepare(document, dictionaries)
        waiting.append(prepared)
        count += len(prepared.wanted)
        if count >= _BATCH_SENTENCES:
            yield from _code(waiting, dictionaries, parse)
            waiting, count = [], 0
    yield from _code(waiting, dictionaries, parse)


def _prepare(document: SourceDocument, dictionaries: Dictionaries) -> _Prepared:
    sentences = segment(document.text, dictionaries.segment_terms, document.title)
    sentences, dates = date_sentences(
        sentences, document.published, document.published_precision, dictionaries.segment_terms
    )
    local: dict[str, tuple[Alias, ...]] = {}
    hits, quoted, wanted = [], [], []
    screen, quotations = Screen(dictionaries), Quotations()
    for i, sentence in enumerate(sentences):
        found = dictionaries.gazetteer.find(sentence.reading, local)
        _learn_surnames(found, local)
        hits.append(found)
        if sentence.kind != "body":
            quotations.close()
        quoted.append(quotations.spans(sentence.reading))
        if len(found) <= _MOST_HITS and screen.passes(sentence.reading, found, bool(quoted[-1])):
            wanted.append(i)
    asks, answers = dictionaries.classes["label_asks"], dictionaries.classes["label_answers"]
    labels = [label(sentence.reading, asks, answers) for sentence in sentences]
    return _Prepared(document, sentences, dates, hits, quoted, wanted, labels)


def _code(waiting: list[_Prepared], dictionaries: Dictionaries, parse: ParseFunction) -> Iterator[Coding]:
    skipped = [p.labels[i][0] or leading_date(p.sentences[i].reading, p.dates[i]) for p in waiting for i in p.wanted]
    readings = [p.sentences[i].reading for p in waiting for i in p.wanted]
    parses = iter(
        shifted(found, start)
        for found, start in zip(
            parse([r[start:] for r, start in zip(readings, skipped, strict=True)]), skipped, strict=True
        )
    )
    for prepared in waiting:
        found: dict[int, Parse] = {i: next(parses) for i in prepared.wanted}
        mentions: list[Mention] = []
        discourse = Discourse(_weights(prepared.hits, prepared.dates))
        offices = Offices([s.reading for s in prepared.sentences], prepared.hits)
        discourse.house = offices.house
        for i, sentence in enumerate(prepared.sentences):
            discourse.silence += 1
            if prepared.labels[i][1]:
                discourse.speaker = offices.house if prepared.labels[i][1] == "answers" else None
                discourse.house = discourse.speaker
            coder = SentenceCoder(sentence, prepared.dates[i], dictionaries, discourse, prepared.quoted[i], offices)
            if i in found:
                mentions += coder.code(found[i], prepared.hits[i])
            else:
                coder.note_only(prepared.hits[i])
        yield Coding(prepared.document.document_id, prepared.sentences, tuple(mentions), len(found))


def _weights(hits: list[list[Hit]], dates: Sequence[SentenceDates]) -> Counter[str]:
    """How often a document names each actor, under any of its names."""
    named = ("state", "adjective", "capital", "seat", "person", "organisation", "body")
    return Counter(
        choose(hit.aliases, when.default.start).code
        for found, when in zip(hits, dates, strict=True)
        for hit in found
        if hit.kind in named
    )


class Screen:
    """Whether a sentence can hold an event at all."""

    def __init__(self, dictionaries: Dictionaries) -> None:
        self.words, self.reactions = dictionaries.trigger_forms, dictionaries.reaction_forms
        self.home_acts, self.home_people = dictionaries.home_acts, dictionaries.home_people

    def passes(self, reading: str, hits: list[Hit], quoted: bool = False) -> bool:
        if not hits:
            return False
        who: set[str] = set()
        for hit in hits:
            if hit.kind == "reference":
                who.add(f"?{hit.start}")
                if hit.aliases[0].code in ("they", "pair", "three"):
                    return self._has_trigger(reading)
            elif hit.kind == "agent":
                who.add(f"{hit.aliases[0].role}{hit.start}")
            else:
                who.add(hit.aliases[0].code)
        if len(who) < 2 and not quoted:  # the speaker of a quotation and whom one answers may be named before
            said = frozenset(_WORD.findall(reading.lower()))
            is_at_home = not (self.home_people.isdisjoint(said) or self.home_acts.isdisjoint(said))
            return is_at_home or (bool(who) and not self.reactions.isdisjoint(_WORD.findall(reading)))
        return self._has_trigger(reading)

    def _has_trigger(self, reading: str) -> bool:
        return not self.words.isdisjoint(_WORD.findall(reading.lower()))


class SentenceCoder:
    """Codes one sentence in the light of those before it."""

    def __init__(
        self,
        sentence: Sentence,
        dates: SentenceDates,
        dictionaries: Dictionaries,
        discourse: Discourse,
        quoted: tuple[tuple[int, int], ...] = (),
        offices: Offices | None = None,
    ) -> None:
        self.sentence, self.dates, self.dictionaries = sentence, dates, dictionaries
        self.discourse, self.quoted, self.offices = discourse, quoted, offices or Offices((), ())

    def code(self, parse: Parse, hits: list[Hit]) -> list[Mention]:
        parse = put_right(parse, self.dictionaries)
        carried = self._carried_speaker(parse)
        tree = Tree(under_speaker(parse) if carried else parse)
        when = self.dates.default.start
        plain = [h for h in hits if h.kind != "reference"]
        named = ActorMap(tree, plain, when)
        self._hear(tree, named)
        actors = named
        if len(plain) < len(hits) or any(h.kind == "agent" for h in hits):  # whose country may stand elsewhere
            actors = ActorMap(tree, hits, when, self._resolver(named))
        if carried is not None:
            node = len(parse.words)
            at = tree.parse.starts[node]
            actors.plant(Actor(*carried, node + 1, at, at + 1, "reference", inferred=True))
            self.discourse.hear(carried)
        finder = ActFinder(tree, actors, self.dictionaries)
        accords = self.dictionaries.classes["accord_n"]
        acts = [with_answered(act, tree, actors, self.discourse, accords) for act in finder.find()]
        attribution: dict[int, str] = {}
        for act in acts:
            if act.speaker is not None:
                speakers = finder.speakers(act.speaker)
                if speakers and speakers[0].code != NOWHERE:
                    attribution[act.match.node] = speakers[0].code
        words = self.dictionaries
        writer = MentionWriter(self.sentence, tree, actors, self.dates, words.calibration)
        mentions = writer.write(acts, attribution)
        self.discourse.pair(
            {frozenset((m.source_actor, m.target_actor)) for m in mentions if m.status in ("occurred", "background")}
        )
        everyone = [a for a in actors.every() if not _is_whereabouts(tree, a)]
        subjects = {a.node for a in everyone if _is_subject(tree, a.node)} if everyone else set()
        self.discourse.note(everyone, subjects)
        return mentions

    def _resolver(self, named: ActorMap) -> Resolve:
        tree = named.tree

        def resolve(kind: str, role: str, hit: Hit) -> tuple[tuple[str, str], ...]:
            before = [a for a in everyone() if a.end <= hit.start]
            if kind not in ("office", "title"):
                return self.discourse.resolve(kind, role, before)
            owner = self.offices.owner(self.sentence.reading[hit.start : hit.end])
            acted_on = {a.code for a in everyone() if a.start > hit.end and tree.deps[a.node] in _OBJECTS}
            if owner is not None and owner not in acted_on:
                return ((owner, role),)
            found = self.discourse.office(role, before, acted_on) if kind == "office" else None
            return (found,) if found else ()

        @cache
        def everyone() -> list[Actor]:
            return named.every()

        return resolve

    def _carried_speaker(self, parse: Parse) -> tuple[str, str] | None:
        """Who speaks in a quotation that names nobody: who spoke just before."""
        said = self.dictionaries.classes["attributing"]
        if self.discourse.silence > _LONGEST_SILENCE or not is_unattributed(parse, self.quoted, said):
            return None
        speaker = self.discourse.speaker
        return speaker if speaker is not None and speaker[1] in _SPEAK_FOR_THEIR_STATE else None

    def _hear(self, tree: Tree, actors: ActorMap) -> None:
        """Remember who speaks in this sentence, for "we" and "our" here and in the quotations that follow.

        Only who is named: "he" may be somebody whom the dictionaries do not know.
        """
        governors = self.dictionaries.governors
        said = governors.words_of.get("say", frozenset())
        if said.isdisjoint(tree.lemmas):
            return
        for node, lemma in enumerate(tree.lemmas):
            if lemma in said and tree.is_verb(node):
                match = governors.match(tree, node)
                if match is not None and match.pattern.code == "say":
                    for head in tree.subjects(node):
                        for actor in actors.all_at(head):
                            if actor.code != NOWHERE:
                                self.discourse.hear(actor.key)
                                return

    def note_only(self, hits: list[Hit]) -> None:
        """Remember the actors of a sentence that was not worth a parse."""
        self.discourse.pair(set())
        if self.quoted and self.discourse.speaker and self.discourse.silence <= _LONGEST_SILENCE:
            self.discourse.hear(self.discourse.speaker)  # still speaking
        actors = []
        for n, hit in enumerate(hits):
            if hit.kind in ("state", "organisation", "person", "capital", "seat", "body", "adjective"):
                alias = hit.aliases[0]
                actors.append(Actor(alias.code, alias.role, n, hit.start, hit.end, hit.kind))
        if actors:
            self.discourse.note(actors, {0})


def _is_whereabouts(tree: Tree, actor: Actor) -> bool:
    """Does it only say where: "in Geneva"?"""
    if tree.deps[actor.node] != "pobj" or actor.kind not in ("state", "capital", "place", "seat"):
        return False
    return tree.words[tree.heads[actor.node]].lower() in ("in", "at", "near")


def _is_subject(tree: Tree, node: int) -> bool:
    """Is the token a subject, or joined to one?"""
    while tree.deps[node] == "conj":
        node = tree.heads[node]
    return tree.deps[node] in ("nsubj", "nsubjpass", "poss")


_FAMILY_FIRST = frozenset(("CHN", "TWN", "PRK", "KOR", "VNM", "KHM", "SGP", "HKG", "JPN"))


def _learn_surnames(hits: list[Hit], local: dict[str, tuple[Alias, ...]]) -> None:
    """After "Wang Yi", "Wang" alone is he, for the rest of the document."""
    for hit in hits:
        if hit.kind == "person":
            words = hit.aliases[0].full_name.split()
            if len(words) > 1:
                local[words[-1]] = hit.aliases
                if hit.aliases[0].code in _FAMILY_FIRST:
                    local[words[0]] = hit.aliases
