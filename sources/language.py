"""The language of a text by its words, where nothing that came with it names one.

A trained identifier counts byte sequences of 97 languages; the same text always gives the same answer. It says
nothing of texts too short to tell, for a wrong language costs a document and an unknown one only a look.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

_LETTERS = 40  # fewer are names and headlines, on which it errs
_WIDE_LETTERS = 12  # of scripts that write a word in a letter or two
_SURE = 0.4  # close relatives, as Bosnian and Serbian, share what is left; a guess among strangers stays below
_SAMPLE = 8_000  # characters; more change no answer
_ENGLISH = frozenset("the of and to in a is that for on with was by as at from it has have said will be its".split())
_PLAIN_WORDS = 60  # of a text in Latin letters, of which every fourth word is one of those in English prose
_PLAIN_SHARE = 0.18  # a tenth in the languages that have words like them
_NOT_LATIN = re.compile("[^\\W\\d_\u0000-\u024f]")
_WORDS = re.compile(r"[^\W\d_]+")
_ADDRESS = re.compile(r"https?://\S+|\S+@\S+")
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def detect(text: str) -> tuple[str, float] | None:
    """ISO 639-1 code and certainty (0 to 1), or None where the text is too short or too mixed to say.

    >>> detect("The ministers met in the capital on Tuesday and agreed on the price of grain.")[0]
    'en'
    >>> detect("12 May 2021") is None
    True
    """
    sample = _ADDRESS.sub(" ", text[: 2 * _SAMPLE])[:_SAMPLE]
    if _is_plainly_english(sample):
        return "en", 0.99
    letters = sum(character.isalpha() for character in sample)
    if letters < _LETTERS and len(_WIDE.findall(sample)) < _WIDE_LETTERS:
        return None
    code, certainty = _identifier().classify(sample)
    return (code, round(certainty, 4)) if certainty >= _SURE and len(code) == 2 else None


def _is_plainly_english(sample: str) -> bool:
    """Whether no identifier need be asked: it takes a second to load and a hundred times as long for each text."""
    if not sample.isascii() and len(_NOT_LATIN.findall(sample)) > len(sample) // 50:
        return False
    said = _WORDS.findall(sample.lower())
    half = len(said) // 2
    return len(said) >= _PLAIN_WORDS and all(
        sum(map(_ENGLISH.__contains__, part)) >= _PLAIN_SHARE * len(part) for part in (said[:half], said[half:])
    )


@cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
