"""The parse cache: a sentence is parsed once per model, whoever asks and however often its rules are changed.

One SQLite file per model in write-ahead mode, which several coding processes share. It is a cache, no more:
a damaged file is put aside and begun anew, and where it cannot be written coding goes on without it.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from coder.parse import decode, encode
from coder.records import Parse

_LOOKUP = 500  # keys in one question; SQLite's oldest limit on parameters is 999
_WAIT_SECONDS = 60.0  # for another process's write


class ParsesReadings(Protocol):
    """What is cached: coder.parse.Parser, or a stand-in."""

    model_id: str

    def parse(self, readings: Sequence[str]) -> list[Parse]: ...


class CachedParser:
    """A parser that asks its cache first; `parse` keeps the order of its readings."""

    def __init__(self, parser: ParsesReadings, folder: Path) -> None:
        self._parser = parser
        self.model_id = parser.model_id
        self.path = folder / f"{re.sub(r'[^A-Za-z0-9._-]', '_', parser.model_id)}.sqlite"
        self.hits = 0
        self.misses = 0
        self.problem: str | None = None  # why the cache is not in use, if it is not
        self._con: sqlite3.Connection | None = None
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._con = self._open()
        except (OSError, sqlite3.OperationalError) as error:
            self._give_up(error)
        except sqlite3.DatabaseError:
            self._put_aside()

    def parse(self, readings: Sequence[str]) -> list[Parse]:
        """One parse for each reading, in order."""
        keys = [hashlib.sha256(reading.encode("utf-8", "surrogatepass")).digest() for reading in readings]
        known = self._look_up(list(dict.fromkeys(keys)))
        missing = {key: reading for key, reading in zip(keys, readings, strict=True) if key not in known}
        self.hits += len(readings) - len(missing)
        self.misses += len(missing)
        if missing:
            fresh = dict(zip(missing, self._parser.parse(list(missing.values())), strict=True))
            # encode() uses these two characters as its own marks
            self._store({key: p for key, p in fresh.items() if not {"\x1e", "\x1f"} & set(missing[key])})
            known |= fresh
        return [known[key] for key in keys]

    def close(self) -> None:
        """Let go of the file."""
        if self._con is not None:
            self._con.close()
            self._con = None

    def _open(self) -> sqlite3.Connection:
        con = sqlite3.connect(self.path, timeout=_WAIT_SECONDS, isolation_level=None)
        try:
            con.execute("pragma journal_mode = wal")
            con.execute("pragma synchronous = off")  # what a power cut takes from a cache is parsed again
            con.execute(
                "create table if not exists parses (key blob primary key, parse text not null) without rowid"
            )
        except sqlite3.Error:
            con.close()
            raise
        return con

    def _look_up(self, keys: list[bytes]) -> dict[bytes, Parse]:
        found: dict[bytes, Parse] = {}
        if self._con is None:
            return found
        try:
            for start in range(0, len(keys), _LOOKUP):
                some = keys[start : start + _LOOKUP]
                marks = ",".join("?" * len(some))
                for key, text in self._con.execute(
                    f"select key, parse from parses where key in ({marks})", some
                ):
                    try:
                        found[key] = decode(text)
                    except Exception:  # stored by an older layout, or damaged: parsed again and overwritten
                        continue
        except sqlite3.OperationalError as error:
            self._give_up(error)
        except sqlite3.DatabaseError:
            self._put_aside()
        return found

    def _store(self, fresh: dict[bytes, Parse]) -> None:
        if self._con is None:
            return
        try:
            self._con.execute("begin immediate")
            self._con.executemany(
                "insert or replace into parses values (?, ?)",
                [(key, encode(parse)) for key, parse in fresh.items()],
            )
            self._con.execute("commit")
        except sqlite3.OperationalError as error:
            self._give_up(error)
        except sqlite3.DatabaseError:
            self._put_aside()

    def _give_up(self, error: Exception) -> None:
        self.problem = f"the parse cache {self.path} cannot be used ({error}); coding goes on without it"
        self.close()

    def _put_aside(self) -> None:
        """Begin a new cache beside the damaged one."""
        self.close()
        try:
            for suffix in ("-wal", "-shm"):
                self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
            self.path.replace(self.path.with_name(self.path.name + ".damaged"))
            self._con = self._open()
        except (OSError, sqlite3.Error) as error:
            self._give_up(error)
