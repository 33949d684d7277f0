"""The only module that touches the language model: readings in, dependency parses out, and their stored form.

Only the tagger and the parser run over a text. Lemmas depend on a word and its tag alone, so they are looked up
once per pair and remembered; named entities are the dictionaries' business and are not asked for.

The parses are those of the model's own `pipe`, which is slower for two reasons that are mended here: it embeds a
word as often as it stands in a batch, and at every step of the parser it takes and gives back the interpreter's
lock for every hidden unit of every sentence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from coder.errors import ModelError
from coder.records import Parse

_BATCH = 256  # sentences; the activations of more are no longer at hand in the processor's caches
# One vowel between consonants: such a verb doubles its last letter before "ed" and "ing".
_SHORT = re.compile(r"(?:[^aeiou]*|.*[^aeiou])[aeiou][^aeiouwxy]|[^aeiou]*u[aeiou][^aeiouwxy]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")  # half a character: the model cannot encode it
_LONGEST_WORD = 200  # characters; the model's tokenizer takes a longer one apart in time that grows as its square
_LONG_WORD = re.compile(rf"\S{{{_LONGEST_WORD + 1},}}")
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
        for name, component in self._nlp.pipeline:
            if name == "tok2vec":
                _embed_once(component.model)

    def parse(self, readings: Sequence[str]) -> list[Parse]:
        """One parse for each reading, in order."""
        rows: list[_Columns] = []
        unseen: dict[tuple[str, str], None] = {}
        known = self._lemmas
        for start in range(0, len(readings), _BATCH):
            for doc in self._annotated(readings[start : start + _BATCH]):
                rows.append(columns := _columns(doc))
                for pair in zip(columns[0], columns[1], strict=True):
                    if pair not in known and pair[1] in _INFLECTED:
                        unseen[pair] = None
        if unseen:
            self._learn_lemmas(list(unseen))
        return [
            Parse(
                words=tuple(words),
                lemmas=tuple([known.get(pair) or pair[0].lower() for pair in zip(words, tags, strict=True)]),
                tags=tuple(tags),
                deps=tuple(deps),
                heads=tuple(heads),
                starts=tuple(starts),
            )
            for words, tags, deps, heads, starts in rows
        ]

    def _annotated(self, readings: Sequence[str]) -> list[Any]:
        """One batch through the model's components."""
        docs = [self._nlp.make_doc(_readable(reading)) for reading in readings]
        for name, component in self._nlp.pipeline:
            if name == "parser" and component.cfg["beam_width"] == 1 and any(map(len, docs)):
                states = component.moves.init_batch(docs)
                model = component.model.predict(docs)
                unfinished = [state for state in states if not state.is_final()]
                while unfinished:
                    unfinished = component.transition_states(unfinished, model.predict(unfinished))
                component.set_annotations(docs, states)
                model.clear_memory()
            else:
                docs = list(component.pipe(docs, batch_size=_BATCH))
        return docs

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


def _readable(reading: str) -> str:
    """The reading without what the model chokes on; every character that stays keeps its place."""
    reading = _SURROGATE.sub("\ufffd", reading)
    return _LONG_WORD.sub(lambda word: word[0][:_LONGEST_WORD].ljust(len(word[0])), reading)


_Columns = tuple[list[str], list[str], list[str], list[int], list[int]]  # words, tags, deps, heads, starts


def _columns(doc: Any) -> _Columns:
    """The columns of a parsed text, read all at once: token by token costs as much as a third of the parse."""
    if not len(doc):
        return [], [], [], [], []
    named = doc.vocab.strings
    table = doc.to_array(["ORTH", "TAG", "DEP", "HEAD", "IDX"]).astype("int64")
    orths, tags, deps = table[:, :3].astype("uint64").T.tolist()
    offsets, starts = table[:, 3:].T.tolist()
    return (
        [named[key] for key in orths],
        [named[key] for key in tags],
        [named[key] for key in deps],
        [i + offset for i, offset in enumerate(offsets)],
        starts,
    )


def _embed_once(model: Any) -> None:
    """Let a model of hashed features, as the small ones are, embed equal tokens of a batch together."""
    import numpy
    from thinc.api import Model, chain
    from thinc.types import Ragged

    layers = model.layers[0].layers
    if [layer.name.partition("(")[0] for layer in layers] != [
        "extract_features", "list2ragged", "with_array", "with_array", "ragged2list",
    ]:  # fmt: skip
        return
    embed = chain(layers[2], layers[3])

    def forward(_: Any, tokens: Any, is_train: bool) -> tuple[Any, Any]:
        features = numpy.ascontiguousarray(tokens.dataXd)
        # rows as single values: sorting those is many times faster than sorting rows
        whole = features.view(f"V{features.itemsize * features.shape[1]}").ravel()
        _, first, back = numpy.unique(whole, return_index=True, return_inverse=True)
        different = Ragged(features[first], numpy.array([len(first)], dtype="i"))
        return Ragged(embed.predict(different).dataXd[back], tokens.lengths), None

    model.layers[0].layers[2:4] = [Model("embed_once", forward, layers=[embed])]


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
