"""A reader run in a process of its own, with an end to its time and its memory, and without network.

HTML, PDF, Word and Parquet are read by large libraries, and files come from strangers. One made to exhaust them, or
to crash their native code, must cost that file and not the run: neither time nor memory can be bounded from within.
A worker is kept for the files that follow; it ends with its parent, since then its connection does.
"""

from __future__ import annotations

import atexit
import os
import signal
import subprocess
import sys
import threading
from importlib import import_module
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from sources.document import Document
from sources.errors import ReadError, Reason
from sources.spec import SourceSpec

SECONDS = 60  # of processor time for any file; a page of a PDF takes a fiftieth
SECONDS_PER_MB = 20
MEMORY = 5 << 28  # 1.25 GB for a file, more than what the libraries have reserved before it
_PATIENCE = 10  # wall clock is this many times as long, for machines that are busy
_MOST_TEXT = 100_000_000  # characters that come of one file
_FILES_PER_WORKER = 500  # libraries leak a little
_START = "import sys; sys.path[:] = sys.argv[2:]; from sources.isolation import main; main()"
_FORBIDDEN = ("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.system", "urllib.", "http.")

Answer = list[Document] | tuple[Reason, str]


class _Worker:
    def __init__(self) -> None:
        self.connection, theirs = Pipe()
        command = [sys.executable, "-c", _START, str(theirs.fileno()), *sys.path]
        with theirs:
            self.process = subprocess.Popen(
                command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )  # fmt: skip
        self.files = 0

    def end(self) -> int:
        """The worker gone, whatever it was doing, and how it ended."""
        self.connection.close()
        try:
            return self.process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


_idle: list[_Worker] = []
_lock = threading.Lock()


def isolated(module: str, data: bytes, uri: str, spec: SourceSpec, *, seconds: int | None = None) -> list[Document]:
    """What `extract` of that module makes of the bytes, or ReadError, also where it never comes to an end."""
    allowed = seconds or SECONDS + SECONDS_PER_MB * len(data) // 1_000_000
    worker = _taken()
    is_late = False
    try:
        worker.connection.send((module, data, uri, spec, allowed))
        if not worker.connection.poll(allowed * _PATIENCE):
            is_late = True
            worker.process.kill()
        answer: Answer = worker.connection.recv()
    except (EOFError, OSError) as error:
        code = worker.end()
        raise ReadError(*_cause(-signal.SIGXCPU if is_late else code, _name(module), allowed)) from error
    except BaseException:  # interrupted: its answer must not be taken for the next one's
        worker.process.kill()
        worker.end()
        raise
    worker.files += 1
    if worker.files < _FILES_PER_WORKER and not (isinstance(answer, tuple) and answer[0] == "unsafe"):
        with _lock:
            _idle.append(worker)
    else:
        worker.end()
    if isinstance(answer, tuple):
        raise ReadError(*answer)
    return answer


def _taken() -> _Worker:
    """One that waits and lives, else a new one."""
    while True:
        with _lock:
            worker = _idle.pop() if _idle else _Worker()
        if worker.process.poll() is None:
            return worker
        worker.end()


def _cause(code: int, key: str, allowed: int) -> tuple[Reason, str]:
    if code == -signal.SIGKILL:
        return "unsafe", f"the system ended what read it as {key}, as it does where memory runs out; split the file"
    if code == -signal.SIGXCPU:
        return "unsafe", f"reading it as {key} took over {allowed} seconds and was stopped; split the file"
    return "damaged", f"the library that reads {key} broke on it (exit {code}); save it again, or as text"


def _name(module: str) -> str:
    return module.rsplit(".", 1)[-1]


def main() -> None:
    """A worker: one request, one answer, until the connection ends."""
    import resource

    import numpy  # noqa: F401 (it reserves most, so it comes before the limit)

    connection = Connection(int(sys.argv[1]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.setrecursionlimit(3_000)  # deep trees of hostile files end as an error and not on the stack
    sys.addaudithook(_forbid)
    while True:
        try:
            module, data, uri, spec, seconds = connection.recv()
        except EOFError:
            return
        _limit_time(seconds)
        _limit_memory()
        try:
            connection.send(_answer(module, data, uri, spec))
        except MemoryError:
            connection.send(_too_much(_name(module)))


def _answer(module: str, data: bytes, uri: str, spec: SourceSpec) -> Answer:
    key = _name(module)
    try:
        documents: list[Document] = import_module(module).extract(data, uri, spec)
    except ReadError as error:
        return error.reason, error.detail
    except MemoryError:
        return _too_much(key)
    except RecursionError:
        return "unsafe", f"its parts are nested too deep to read it as {key}; save it again, or as text"
    except Exception as error:
        return "damaged", f"it cannot be read as {key} ({type(error).__name__}: {str(error)[:200]}); save it again"
    if sum(len(document.text) for document in documents) > _MOST_TEXT:
        return "unsafe", f"it unpacks to over {_MOST_TEXT} characters; split the file"
    return documents


def _too_much(key: str) -> Answer:
    return "unsafe", f"reading it as {key} takes over {MEMORY >> 20} MB of memory; split the file"


def _limit_memory() -> None:
    """So much more than now: what libraries reserve grows with the machine's processors and is hardly ever used."""
    import resource

    try:
        reserved = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except (OSError, ValueError):  # no Linux; there the limit is not kept by the system either
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = reserved + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _limit_time(seconds: int) -> None:
    import resource

    usage = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(usage.ru_utime + usage.ru_stime) + seconds + 1, hard))


def _forbid(event: str, arguments: tuple[Any, ...]) -> None:
    if event.startswith(_FORBIDDEN):
        raise PermissionError(f"a reader asked for {event}")
    if event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        raise PermissionError("a reader wanted to write a file")


@atexit.register
def _end_all() -> None:
    while _idle:
        _idle.pop().end()


# a forked child shares the connections of its parent's workers, whose answers are not for it
os.register_at_fork(after_in_child=_idle.clear)
