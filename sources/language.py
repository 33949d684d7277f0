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
    letters = sum(character.isalpha() for character in sample)
    if letters < _LETTERS and len(_WIDE.findall(sample)) < _WIDE_LETTERS:
        return None
    code, certainty = _identifier().classify(sample)
    return (code, round(certainty, 4)) if certainty >= _SURE and len(code) == 2 else None


@cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
