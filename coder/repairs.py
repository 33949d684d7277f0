"""What a small parser gets wrong so often that it is put right before anybody asks.

Headlines in the present tense ("India hosts talks": a plural noun to the tagger), main verbs behind a long relative
clause, speakers behind their quotations, subjects behind long titles, dates before a clause. Each repair rewrites a
few heads and labels; what is not surely wrong stays as it was parsed.
"""

from __future__ import annotations

import re
from bisect import insort
from dataclasses import replace
from itertools import pairwise

from coder.attribution import with_speakers
from coder.dictionaries import Dictionaries
from coder.records import Parse, SentenceDates

_BEFORE_DATE = re.compile(r"(?:(?:On|In|By|Since|Late|Early|Late on|Early on|As of|Until)\s)?(?:the\s)?")
_AFTER_DATE = re.compile(r",?\s+(?=[A-Z])")
_FINITE = ("VBD", "VBZ", "VBP")
_NAME = ("NNP", "NNPS")
_SUBJECT = ("nsubj", "nsubjpass", "csubj", "expl")
_PREPOSITIONS = frozenset(
    "about above across after against along alongside although amid amidst among amongst around as at because before "
    "behind below beneath beside besides between beyond by despite down during except excluding following for from if "
    "in including inside into lest like near of off on onto opposite out outside over past pending per since so than "
    "that though through throughout till to toward towards under underneath unless unlike until up upon via versus "
    "whereas whether while whilst with within without notwithstanding regarding concerning given ago en de van".split()
)
_LONGEST_NAME = 5  # words before the verb of a headline


def leading_date(reading: str, dates: SentenceDates) -> int:
    """How much of a sentence's start is only its date; the parser takes what follows for part of it."""
    first = dates.expressions[0] if dates.expressions else None
    if first is None or not _BEFORE_DATE.fullmatch(reading, 0, first.start):
        return 0
    rest = _AFTER_DATE.match(reading, first.end)
    return rest.end() if rest and len(reading) - rest.end() > 12 else 0


def put_right(parse: Parse, dictionaries: Dictionaries) -> Parse:
    """The parse as the coder reads it: speakers above what they say, then the repairs."""
    classes, patterns = dictionaries.classes, dictionaries.patterns
    return repaired(with_speakers(parse, classes["attributing"], classes["hearsay"]), patterns.verbs, patterns.nouns)


def shifted(parse: Parse, by: int) -> Parse:
    """The parse of a text whose first `by` characters were kept from the parser."""
    return replace(parse, starts=tuple(s + by for s in parse.starts)) if by else parse


def repaired(parse: Parse, verbs: frozenset[str], nouns: frozenset[str]) -> Parse:
    """The parse with its commonest faults mended. `verbs` and `nouns` are base forms that can tell an act."""
    draft = _Draft(parse)
    _first_name(draft)
    _headline(draft, verbs, nouns)
    _listed_pair(draft, verbs, nouns)
    _two_roots(draft)
    _swallowed_verb(draft)
    _reduced_relative(draft)
    _speaker_last(draft)
    _subject_beside(draft)
    return draft.parse() if draft.changed else parse


class _Draft:
    """A parse that is being rewritten."""

    def __init__(self, parse: Parse) -> None:
        self.origin = parse
        self.words = parse.words
        self.tags, self.deps = list(parse.tags), list(parse.deps)
        self.heads, self.lemmas = list(parse.heads), list(parse.lemmas)
        self.changed = False
        self._kids: list[list[int]] | None = None

    def attach(self, token: int, head: int, dep: str) -> None:
        if self._kids is not None:
            if self.heads[token] != token:
                self._kids[self.heads[token]].remove(token)
            if head != token:
                insort(self._kids[head], token)
        self.heads[token], self.deps[token], self.changed = head, dep, True

    def parse(self) -> Parse:
        return replace(
            self.origin,
            tags=tuple(self.tags),
            deps=tuple(self.deps),
            heads=tuple(self.heads),
            lemmas=tuple(self.lemmas),
        )

    def with_subject(self) -> set[int]:
        """Tokens that have a subject of their own."""
        return {h for h, d in zip(self.heads, self.deps, strict=True) if d in _SUBJECT}

    def kids(self, token: int) -> list[int]:
        if self._kids is None:
            self._kids = [[] for _ in self.heads]
            for i, h in enumerate(self.heads):
                if h != i:
                    self._kids[h].append(i)
        return self._kids[token]

    def climbs_to(self, token: int, top: int) -> bool:
        for _ in range(40):
            if token == top:
                return True
            if self.heads[token] == token:
                return False
            token = self.heads[token]
        return False


def _first_name(draft: _Draft) -> None:
    """ "Barack Obama": an opening name that the tagger takes for a preposition."""
    if len(draft.words) < 2 or draft.tags[0] != "IN" or draft.tags[1] not in _NAME or draft.heads[1] != 0:
        return
    if draft.words[0].lower() not in _PREPOSITIONS and draft.heads[0] != 0:
        draft.tags[0] = "NNP"
        draft.attach(1, draft.heads[0], draft.deps[0])
        draft.attach(0, 1, "compound")


def _headline(draft: _Draft, verbs: frozenset[str], nouns: frozenset[str]) -> None:
    """ "India hosts talks", "Germany arms Ukraine": the word behind the first name is the verb."""
    tags, deps = draft.tags, draft.deps
    at = next((i for i, tag in enumerate(tags) if tag not in _NAME and tag not in ("CC", ",")), len(tags))
    if not 0 < at <= _LONGEST_NAME or at + 1 >= len(tags) or tags[at] != "NNS" or not draft.words[at].islower():
        return
    base = draft.lemmas[at]
    if base not in verbs or tags[at + 1] in ("IN", "CC", ",", "TO", "RB", "POS", ".", ":", "MD", "VBD", "VBN"):
        return
    finite = [i for i, tag in enumerate(tags) if tag in (*_FINITE, "MD")]
    if finite:  # only a noun of the headline that the tagger took for its verb: "Egypt brokers truce"
        only = finite[0]
        if len(finite) > 1 or only > at + 3:
            return
        bare = only + 1 >= len(tags) or tags[only + 1] == "IN"
        if draft.lemmas[only] in verbs and (base in nouns or not bare):
            return
    elif base in nouns and deps[at] not in ("compound", "ROOT"):
        return
    root = next((i for i, h in enumerate(draft.heads) if h == i), at)
    subject = max((i for i in range(at) if tags[i] in _NAME and deps[i] != "conj"), default=at - 1)
    if root != at:
        draft.attach(root, at, "dobj")
        if tags[root] in _FINITE:
            draft.tags[root] = "NN"
    tags[at] = "VBZ"
    draft.attach(at, at, "ROOT")
    draft.attach(subject, at, "nsubj")
    for i in range(at):
        if i != subject and draft.heads[i] in (at, root) and deps[i] != "cc":
            draft.attach(i, subject, "compound")


def _listed_pair(draft: _Draft, verbs: frozenset[str], nouns: frozenset[str]) -> None:
    """ "Chile, Peru extend pact": in a headline the comma joins the two who act."""
    tags, words = draft.tags, draft.words
    if not words or words[-1] in (".", "?", "!"):
        return
    at = next((i for i, tag in enumerate(tags) if tag not in _NAME and tag != "CC" and words[i] != ","), len(tags))
    links = [i for i in range(1, at) if tags[i] == "CC" or words[i] == ","]
    if len(links) != 1 or links[0] == at - 1 or at + 1 >= len(tags) or at > 2 * _LONGEST_NAME:
        return
    base, tag, link = draft.lemmas[at], tags[at], links[0]
    if base not in verbs or tag not in ("VBP", "VB", "NN") or (tag == "NN" and base in nouns):
        return
    if tags[at + 1] in ("IN", "CC", ",", "POS", ".", ":") or any(t in (*_FINITE, "MD") for t in tags[at + 1 :]):
        return
    root = next((i for i, h in enumerate(draft.heads) if h == i), at)
    if root != at:
        draft.attach(root, at, "dobj" if root > at else "dep")
    tags[at] = "VBP"
    draft.attach(at, at, "ROOT")
    first, second = link - 1, at - 1
    draft.attach(first, at, "nsubj")
    draft.attach(link, first, "cc")
    draft.attach(second, first, "conj")
    for i in (*range(first), *range(link + 1, second)):
        draft.attach(i, first if i < link else second, "compound")


def _two_roots(draft: _Draft) -> None:
    """ "Loans worth a million, to be paid back, were given": the second root takes the subject of the first."""
    roots = [i for i, h in enumerate(draft.heads) if h == i]
    if len(roots) < 2:
        return
    subjects = draft.with_subject()
    for first, second in pairwise(roots):
        if second in subjects or draft.tags[second][:2] != "VB" or draft.tags[first][:2] == "VB":
            continue
        own = [k for k in draft.kids(first) if draft.deps[k] in _SUBJECT]
        noun = own[0] if own else first
        if draft.tags[noun][:2] != "NN" or draft.words[second - 1] in (".", ";", ":"):
            continue
        passive = any(draft.deps[k] == "auxpass" for k in draft.kids(second))
        if own:
            draft.attach(first, noun, "amod")
        draft.attach(noun, second, "nsubjpass" if passive else "nsubj")


def _swallowed_verb(draft: _Draft) -> None:
    """ "Denmark, whose army is small, sent tanks": the verb behind the comma is Denmark's."""
    root = next((i for i, h in enumerate(draft.heads) if h == i), None)
    if root is None or draft.tags[root][:2] != "NN":
        return
    clause = next((k for k in draft.kids(root) if draft.deps[k] == "relcl" and k > root), None)
    if clause is None:
        return
    subjects = draft.with_subject()
    for verb in range(clause + 1, len(draft.tags)):
        free = draft.tags[verb] in _FINITE or (draft.tags[verb] == "VBN" and draft.deps[verb] in ("conj", "acl"))
        if not free or draft.words[verb - 1] != "," or verb in subjects or not draft.climbs_to(verb, clause):
            continue
        if any(draft.deps[k] in ("cc", "aux", "auxpass") and k < verb for k in draft.kids(verb)):
            continue
        if draft.tags[verb] == "VBN":
            draft.tags[verb] = "VBD"
        draft.attach(verb, verb, "ROOT")
        draft.attach(root, verb, "nsubj")
        return


def _reduced_relative(draft: _Draft) -> None:
    """ "The men arrested in May were freed": the first verb only says which men."""
    subjects = draft.with_subject()
    for verb, (tag, dep) in enumerate(zip(draft.tags, draft.deps, strict=True)):
        first = draft.heads[verb]
        if dep != "conj" or tag != "VBN" or draft.tags[first] != "VBD" or verb in subjects or first >= verb:
            continue
        kids = draft.kids(verb)
        if not any(draft.deps[k] == "auxpass" for k in kids):
            continue
        if any(draft.deps[k] in ("cc", "dobj") for k in draft.kids(first)):
            continue
        own = [k for k in draft.kids(first) if draft.deps[k] == "nsubj" and k < first]
        if len(own) != 1:
            continue
        noun = own[0]
        draft.tags[first] = "VBN"
        if draft.heads[first] == first:
            draft.attach(verb, verb, "ROOT")
        else:
            draft.attach(verb, draft.heads[first], draft.deps[first])
        draft.attach(noun, verb, "nsubjpass")
        draft.attach(first, noun, "acl")


def _speaker_last(draft: _Draft) -> None:
    """ "...," echoed the minister."""
    subjects = draft.with_subject()
    for clause, dep in enumerate(draft.deps):
        verb = draft.heads[clause]
        if dep != "ccomp" or clause > verb or verb in subjects or draft.tags[verb] not in _FINITE:
            continue
        spoken = [k for k in draft.kids(verb) if draft.deps[k] == "dobj" and k > verb]
        if spoken:
            draft.attach(spoken[0], verb, "nsubj")
            subjects.add(verb)


def _subject_beside(draft: _Draft) -> None:
    """A finite verb without a subject takes the name right before it: "the Foreign Ministry of Chile Ana Ruiz says"."""
    subjects = draft.with_subject()
    for verb, tag in enumerate(draft.tags):
        if tag not in _FINITE or verb in subjects or draft.deps[verb] in ("conj", "relcl", "acl", "aux", "auxpass"):
            continue
        before = verb - 1
        while before >= 0 and draft.tags[before] in ("RB", *_FINITE, "MD") and draft.heads[before] == verb:
            before -= 1
        if before < 0 or draft.climbs_to(verb, before):
            continue
        misread = draft.heads[before] == verb and draft.deps[before] in ("amod", "compound", "nmod", "npadvmod")
        if draft.tags[before] in _NAME or (misread and draft.words[before][0].isupper()):
            draft.attach(before, verb, "nsubj")
