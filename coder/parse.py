"""The only module that touches the language model: readings in, dependency parses out, and their stored form.

Only the tagger and the parser run over a text. Lemmas depend on a word and its tag alone, so they are looked up
once per pair and remembered; named entities are the dictionaries' business and are not asked for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from coder.errors import ModelError
from coder.records import Parse

_BATCH = 256
# One vowel between consonants: such a verb doubles its last letter before "ed" and "ing".
_SHORT = re.compile(r"(?:[^aeiou]*|.*[^aeiou])[aeiou][^aeiouwxy]|[^aeiou]*u[aeiou][^aeiouwxy]")
_UNIT, _FIELD = "\x1f", "\x1e"
# A lemma is asked for word by word; what the tagger calls these never changes under inflection.
_INFLECTED = frozenset("NN NNS VB VBD VBG VBN VBP VBZ JJR JJS RBR RBS MD".split())


class Parser:
    """A loaded model. `model_id` names it with its version, so that cached parses of another are never reused."""

    def __init__(self, model: str) -> None:
        try:
            import spacy

            self._nlp: Any = spacy.load(model, exclude=["ner"])
        except (ImportError, OSError) as error:
            raise ModelError(
                f"The language model {model!r} cannot be loaded ({error}); run make install or name another."
            ) from error
        self.model_id = f"{model}-{self._nlp.meta['version']}"
        lemmatizer = self._nlp.get_pipe("lemmatizer")
        index = lemmatizer.lookups.get_table("lemma_index")
        for part_of_speech in list(index):
            # the model keeps lists and scans 57,000 nouns for every new word
            index[part_of_speech] = frozenset(index[part_of_speech])
        self._verbs: frozenset[str] = index["verb"]
        self._lemmatizing = [self._nlp.get_pipe(name) for name in ("attribute_ruler", "lemmatizer")]
        self._nlp.disable_pipes("attribute_ruler", "lemmatizer")
        self._lemmas: dict[tuple[str, str], str] = {}

    def parse(self, readings: Sequence[str]) -> list[Parse]:
        """One parse for each reading, in order."""
        docs = list(self._nlp.pipe(readings, batch_size=_BATCH))
        rows = []
        unseen: dict[tuple[str, str], None] = {}
        for doc in docs:
            words, tags, deps, heads, starts = [], [], [], [], []
            for token in doc:
                word, tag = token.text, token.tag_
                words.append(word)
                tags.append(tag)
                deps.append(token.dep_)
                heads.append(token.head.i)
                starts.append(token.idx)
                if tag in _INFLECTED and (word, tag) not in self._lemmas:
                    unseen[word, tag] = None
            rows.append((words, tags, deps, heads, starts))
        if unseen:
            self._learn_lemmas(list(unseen))
        known = self._lemmas
        return [
            Parse(
                words=tuple(words),
                lemmas=tuple(known.get((w, t)) or w.lower() for w, t in zip(words, tags, strict=True)),
                tags=tuple(tags),
                deps=tuple(deps),
                heads=tuple(heads),
                starts=tuple(starts),
            )
            for words, tags, deps, heads, starts in rows
        ]

    def _learn_lemmas(self, pairs: list[tuple[str, str]]) -> None:
        from spacy.tokens import Doc

        for start in range(0, len(pairs), 1000):
            some = pairs[start : start + 1000]
            doc = Doc(self._nlp.vocab, words=[w for w, _ in some], tags=[t for _, t in some])
            for component in self._lemmatizing:
                doc = component(doc)
            for pair, token in zip(some, doc, strict=True):
                lemma = token.lemma_.lower()
                if pair[1].startswith("VB"):
                    lemma = self._respelled(pair[0].lower(), lemma)
                self._lemmas[pair] = lemma

    def _respelled(self, word: str, lemma: str) -> str:
        """The verb that spelling allows, where the model's rules take or leave an "e" too many.

        "staged" is no form of "stag", which would double its consonant, nor "relaunched" of "relaunche".
        """
        if (
            _SHORT.fullmatch(lemma)
            and word in (lemma + "ed", lemma + "ing", lemma + "es")
            and lemma + "e" in self._verbs
        ):
            return lemma + "e"
        if lemma.endswith("e") and lemma not in self._verbs:
            stem = re.sub(r"^(?:re|co|de|un|over|out|pre|mis|dis)-?", "", lemma)
            if stem not in self._verbs and (stem[:-1] in self._verbs or lemma[:-1] in self._verbs):
                return lemma[:-1]
        return lemma


def encode(parse: Parse) -> str:
    """A parse as one string without line structure, small enough to cache by the million."""
    return _FIELD.join(
        (
            _UNIT.join(parse.words),
            _UNIT.join(parse.lemmas),
            " ".join(parse.tags),
            " ".join(parse.deps),
            " ".join(map(str, parse.heads)),
            " ".join(map(str, parse.starts)),
        )
    )


def decode(stored: str) -> Parse:
    """The parse that `encode` stored; ValueError where the string is not one."""
    words, lemmas, tags, deps, heads, starts = stored.split(_FIELD)
    return Parse(
        words=tuple(words.split(_UNIT)),
        lemmas=tuple(lemmas.split(_UNIT)),
        tags=tuple(tags.split(" ")),
        deps=tuple(deps.split(" ")),
        heads=tuple(map(int, heads.split(" "))),
        starts=tuple(map(int, starts.split(" "))),
    )
