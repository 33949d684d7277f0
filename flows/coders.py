"""The coder put to work: dictionaries, model and parse cache loaded once, here or in a pool of processes.

Starting a process costs seconds (the model is loaded in each), so few documents are coded where we are, and
many are spread. Results come back in order either way, and are the same.
"""

from __future__ import annotations

import gc
import importlib.metadata
import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from coder.records import Coding, Mention, Parse, SourceDocument
from flows.errors import ComityError
from flows.settings import Settings

if TYPE_CHECKING:
    from coder.dictionaries import Dictionaries
    from coder.parse import Parser
    from flows.parses import CachedParser

POOL_CHARACTERS = 600_000  # some ten seconds of coding; below it a pool's start would cost more than it saves


@dataclass(frozen=True, slots=True)
class Pair:
    """A text with its two actors given."""

    text: str
    source_text: str
    target_text: str
    published: date | None


@dataclass(frozen=True, slots=True)
class Failed:
    """A document the coder could not code, and what it said."""

    document_id: str
    error: str


Work = list[SourceDocument] | list[Pair]
Outcome = list[Coding | Failed | Mention | None]


@dataclass(slots=True)
class Loaded:
    """What one process needs for coding."""

    dictionaries: Dictionaries
    parser: CachedParser


def load_checked_dictionaries(folder: Path) -> Dictionaries:
    """The dictionaries, or one error for the terminal that keeps every complaint."""
    from coder.dictionaries import load_dictionaries
    from coder.errors import DictionaryError

    try:
        dictionaries = load_dictionaries(folder)
        gc.freeze()  # they stay: the collector need not walk through them again and again while sentences are coded
        return dictionaries
    except DictionaryError as error:
        raise ComityError(f"{error}\nrepair these cells in {folder}") from error
    except OSError as error:
        raise ComityError(
            f"the dictionaries in {folder} cannot be read ({error}); check COMITY_DICTIONARIES_DIR"
        ) from error


def load_parser(model: str, parses_dir: Path) -> CachedParser:
    """The model behind its cache. An installed one is loaded by the first sentence that the cache does not have."""
    from flows.parses import CachedParser

    model_id = installed_model_id(model)
    parser = _parser(model) if model_id is None else _LazyParser(model, model_id)
    return CachedParser(parser, parses_dir)


class _LazyParser:
    """A model that may not be needed: coding again asks for no new parse."""

    def __init__(self, model: str, model_id: str) -> None:
        self._model, self.model_id = model, model_id

    def parse(self, readings: Sequence[str]) -> list[Parse]:
        return _parser(self._model).parse(readings)


@cache
def _parser(model: str) -> Parser:
    """A model is loaded once in a process: a server codes again and again."""
    from coder.errors import ModelError
    from coder.parse import Parser

    try:
        parser = Parser(model)
        gc.freeze()  # as for the dictionaries
        return parser
    except ModelError as error:
        raise ComityError(str(error)) from error


def installed_model_id(model: str) -> str | None:
    """The `model_id` of an installed model without the seconds its loading takes; None if not installed."""
    try:
        return f"{model}-{importlib.metadata.version(model)}"
    except importlib.metadata.PackageNotFoundError:
        return None


class Coders:
    """Codes lists of documents or pairs; loads what it needs when the first list comes."""

    def __init__(self, settings: Settings, dictionaries: Dictionaries, characters: int) -> None:
        self._settings = settings
        self._dictionaries = dictionaries
        self._loaded: Loaded | None = None
        self._pool: ProcessPoolExecutor | None = None
        self.workers = settings.workers if characters >= POOL_CHARACTERS else 1
        self.notes: list[str] = []
        self.parses_made = 0  # that no cache had

    def __enter__(self) -> Coders:
        if self.workers > 1:
            self._pool = ProcessPoolExecutor(
                self.workers,
                # fork would copy open databases and threads into the children
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_start_worker,
                initargs=(self._settings.dictionaries_dir, self._settings.model, self._settings.parses_dir),
            )
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
        if self._loaded is not None:
            if self._loaded.parser.problem:
                self.notes.append(self._loaded.parser.problem)
            self._loaded.parser.close()

    @property
    def model_id(self) -> str:
        """The model's id, read off the loaded model."""
        return self._here().parser.model_id

    def run(self, batches: Iterable[Work]) -> Iterator[Outcome]:
        """The outcomes of each batch, in order; at most two batches per process are under way."""
        if self._pool is None:
            for batch in batches:
                yield self._counted(_code_counting(self._here(), batch))
            return
        waiting: deque[Future[tuple[Outcome, int]]] = deque()
        try:
            for batch in batches:
                waiting.append(self._pool.submit(_work, batch))
                if len(waiting) >= 2 * self.workers:
                    yield self._counted(waiting.popleft().result())
            while waiting:
                yield self._counted(waiting.popleft().result())
        except BrokenProcessPool as error:
            raise ComityError(
                "a coding process died, perhaps for want of memory; set COMITY_WORKERS=1 and run again"
            ) from error

    def _counted(self, result: tuple[Outcome, int]) -> Outcome:
        self.parses_made += result[1]
        return result[0]

    def _here(self) -> Loaded:
        if self._loaded is None:
            parser = load_parser(self._settings.model, self._settings.parses_dir)
            self._loaded = Loaded(self._dictionaries, parser)
        return self._loaded


def _code_counting(loaded: Loaded, batch: Work) -> tuple[Outcome, int]:
    """The outcome, and how many parses had to be made for it."""
    before = loaded.parser.misses
    outcome = _code(loaded, batch)
    return outcome, loaded.parser.misses - before


def _code(loaded: Loaded, batch: Work) -> Outcome:
    documents = [item for item in batch if isinstance(item, SourceDocument)]
    if documents:
        return _code_documents(loaded, documents)
    return _code_pairs(loaded, [item for item in batch if isinstance(item, Pair)])


def _code_pairs(loaded: Loaded, pairs: list[Pair]) -> Outcome:
    from coder.pairs import code_pairs

    requests = [(p.text, p.source_text, p.target_text, p.published) for p in pairs]
    try:
        return list(code_pairs(requests, loaded.dictionaries, loaded.parser.parse))
    except ComityError:  # nothing to do with these pairs
        raise
    except Exception as error:
        if len(pairs) == 1:
            return [Failed("", f"{type(error).__name__}: {error}")]
        return [outcome for pair in pairs for outcome in _code_pairs(loaded, [pair])]


def _code_documents(loaded: Loaded, documents: list[SourceDocument]) -> Outcome:
    from coder.pipeline import code_documents

    try:
        return list(code_documents(documents, loaded.dictionaries, loaded.parser.parse))
    except ComityError:
        raise
    except Exception as error:
        if len(documents) == 1:  # one document that breaks the coder must not take the others with it
            return [Failed(documents[0].document_id, f"{type(error).__name__}: {error}")]
        return [outcome for document in documents for outcome in _code_documents(loaded, [document])]


_in_worker: Callable[[Work], tuple[Outcome, int]] | None = None


def _start_worker(dictionaries_dir: Path, model: str, parses_dir: Path) -> None:
    global _in_worker
    loaded = Loaded(load_checked_dictionaries(dictionaries_dir), load_parser(model, parses_dir))

    def code(batch: Work) -> tuple[Outcome, int]:
        return _code_counting(loaded, batch)

    _in_worker = code


def _work(batch: Work) -> tuple[Outcome, int]:
    assert _in_worker is not None
    return _in_worker(batch)
