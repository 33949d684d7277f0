"""Which stretches of each sentence stand in quotation marks, across the sentences of a document.

A quotation that runs over several sentences names its speaker once. To know that a sentence without a speaker is
still somebody's words, one must know that the marks opened before it have not closed.
"""

from __future__ import annotations

_LONGEST = 6  # sentences; a mark that never closes is a slip of the typesetter


class Quotations:
    """Follows the quotation marks of one document."""

    def __init__(self) -> None:
        self._open = ""  # the mark that is open where the last sentence ended
        self._since = 0

    def spans(self, reading: str) -> tuple[tuple[int, int], ...]:
        """Characters of `reading` that are quoted; marks themselves are left out."""
        mark, start = self._open, 0
        if not mark and "“" not in reading and '"' not in reading:
            return ()
        found = []
        for at, sign in enumerate(reading):
            if mark and sign == ("”" if mark == "“" else '"'):
                found.append((start, at))
                mark = ""
            elif not mark and sign in '“"':
                mark, start = sign, at + 1
            elif sign == "“":
                start = at + 1  # each paragraph of a long quotation opens it again
        if mark:
            found.append((start, len(reading)))
            before = reading[start - 2 : start - 1]
            opens = not before or before.isspace() or before in "([—-"
            self._since = self._since + 1 if self._open else 0
            mark = mark if opens and self._since < _LONGEST else ""
        self._open = mark
        return tuple(span for span in found if span[1] > span[0])

    def close(self) -> None:
        """Forget an open mark: a headline or a new item of a chronology begins."""
        self._open = ""
