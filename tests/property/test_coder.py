"""What must hold for any text at all."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coder.parse import decode, encode
from coder.pipeline import code_documents
from coder.records import Coding, SourceDocument
from tests.coding import dictionaries, parser

_PIECES = st.sampled_from(
    "China Russia the U.S. NATO Lavrov said that would not attack signed a treaty with against on Monday 4 May 2020 "
    ": . , ; “ ” ( ) \n \n\n - [link](x) they the two sides met talks between and if refused to lift sanctions \x00 "
    "\u202e 中国 \ud83d\ude00 é".split(" ")
)
_TEXTS = st.one_of(
    st.text(max_size=400),
    st.lists(_PIECES, max_size=60).map(" ".join),
)


def code(text: str) -> Coding:
    return next(iter(code_documents([SourceDocument("d", text)], dictionaries(), parser().parse)))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_TEXTS)
def test_any_text_codes_and_every_span_lies_in_its_sentence(text: str) -> None:
    coding = code(text)
    for sentence in coding.sentences:
        assert text[sentence.start : sentence.end] == sentence.text
        assert len(sentence.offsets) == len(sentence.reading) + 1
    for mention in coding.mentions:
        sentence = coding.sentences[mention.sentence_no]
        for span in (mention.source_span, mention.target_span, mention.verb_span):
            assert span is not None
            assert sentence.start <= span[0] < span[1] <= sentence.end
        assert mention.event_code in dictionaries().codes
        assert 0 <= mention.confidence <= 1
        known = mention.pattern_id in dictionaries().patterns.by_id
        assert known or (mention.decided_by == "model" and mention.pattern_id == f"model-{mention.event_code[:2]}")


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80), min_size=1, max_size=4
    )
)
def test_a_parse_survives_its_stored_form(texts: list[str]) -> None:
    for parse in parser().parse(texts):
        if any("\x1e" in w or "\x1f" in w for w in parse.words) or not parse.words:
            continue
        assert decode(encode(parse)) == parse


def test_hostile_texts_end_soon_and_quietly() -> None:
    names = ", ".join(["China", "Russia", "Iran", "India", "France"] * 100)
    for text in (
        "a" * 1_000_000,
        "China met Russia and " * 20_000,
        f"Leaders of {names} met in Moscow.",
        "«" * 5_000 + "Russia attacked Georgia." + "»" * 5_000,
        "俄罗斯和中国举行会谈。" * 2_000,
        "\x00\x01\x02" * 10_000,
    ):
        code(text)
