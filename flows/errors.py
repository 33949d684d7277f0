"""What goes wrong for the person at the terminal: one sentence that says what, where and the repair.

Library rooms raise their own small families; the flows turn those into rows of `ops.issues` or into one of
these. The command line prints the sentence and exits with `exit_code`; nobody is shown a traceback.
"""

from __future__ import annotations


class ComityError(Exception):
    """A run cannot go on; the message is one sentence with the repair."""

    exit_code = 2


class SettingsError(ComityError):
    """An environment variable of ours has a value that cannot be used."""


class InputError(ComityError):
    """A path, file or line the user named is missing or cannot be used."""


class WarehouseError(ComityError):
    """The warehouse or the published file cannot be opened or used."""


class WarehouseBusyError(WarehouseError):
    """Another process is writing; `holder_pid` is its id where it is known."""

    def __init__(self, message: str, holder_pid: int | None = None) -> None:
        super().__init__(message)
        self.holder_pid = holder_pid


class NothingPublishedError(WarehouseError):
    """No release has been published in this home yet."""
