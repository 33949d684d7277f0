"""Reading in a process of its own: a file that takes all time or memory, or breaks the library, costs itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sources import isolation
from sources.document import Document
from sources.errors import ReadError
from sources.isolation import isolated
from sources.spec import adhoc_spec

SPEC = adhoc_spec(Path("texts"))
READER = """
import os, socket, subprocess, time
from pathlib import Path
from sources.document import Document
from sources.errors import ReadError

def extract(data, uri, spec):
    wish = data.decode()
    if wish == "loop":
        while True:
            pass
    if wish == "memory":
        return bytearray(10 << 30)
    if wish == "crash":
        os.abort()
    if wish == "deep":
        deep = lambda n: deep(n + 1)
        deep(0)
    if wish == "refuse":
        raise ReadError("empty", "nothing in it; fetch it again")
    if wish == "fail":
        raise ValueError("odd")
    if wish == "fetch":
        socket.create_connection(("127.0.0.1", 9))
    if wish == "run":
        subprocess.run(["true"])
    if wish == "write":
        Path(uri).write_text("x")
    if wish == "flood":
        return [Document(uri, 1, "text/plain", "x" * 100_000_001)]
    print("noise")
    return [Document(uri, 1, "text/plain", wish + str(os.getpid()))]
"""


@pytest.fixture(autouse=True)
def _reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A reader that does as the file says; workers find it on their path."""
    (tmp_path / "wishes.py").write_text(READER)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    isolation._end_all()
    yield
    isolation._end_all()


def wish(what: str, uri: str = "a.txt", seconds: int | None = None) -> list[Document]:
    return isolated("wishes", what.encode(), uri, SPEC, seconds=seconds)


def test_a_worker_stays_for_the_files_that_follow() -> None:
    assert wish("hello")[0].text == wish("hello")[0].text


@pytest.mark.parametrize(
    ("what", "reason", "detail"),
    [
        ("refuse", "empty", "nothing in it; fetch it again"),
        ("fail", "damaged", "ValueError: odd"),
        ("crash", "damaged", "broke on it"),
        ("memory", "unsafe", "MB of memory"),
        ("deep", "unsafe", "nested too deep"),
        ("flood", "unsafe", "characters"),
        ("fetch", "damaged", "a reader asked for socket"),
        ("run", "damaged", "a reader asked for subprocess"),
        ("write", "damaged", "wanted to write"),
    ],
)
def test_what_goes_wrong_is_a_reason_and_the_next_file_is_read(
    what: str, reason: str, detail: str, tmp_path: Path
) -> None:
    with pytest.raises(ReadError) as caught:
        wish(what, str(tmp_path / "out.txt"))
    assert caught.value.reason == reason and detail in caught.value.detail
    assert not (tmp_path / "out.txt").exists()
    assert wish("hello")[0].text.startswith("hello")


def test_what_never_ends_is_ended() -> None:
    began = time.monotonic()
    with pytest.raises(ReadError) as caught:
        wish("loop", seconds=1)
    assert caught.value.reason == "unsafe" and "took over 1 seconds" in caught.value.detail
    assert time.monotonic() - began < 30
    assert wish("hello")[0].text.startswith("hello")


def test_threads_have_workers_of_their_own() -> None:
    found: list[str] = []
    threads = [threading.Thread(target=lambda n=n: found.append(wish(f"{n} ")[0].text)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(text.split()[0] for text in found) == ["0", "1", "2", "3"]


def test_a_worker_killed_while_it_waits_is_replaced() -> None:
    worker = int(wish("")[0].text)
    os.kill(worker, signal.SIGKILL)
    os.waitid(os.P_PID, worker, os.WEXITED | os.WNOWAIT)
    assert wish("hello")[0].text.startswith("hello")


def test_workers_end_with_their_parent(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path\n"
        "from sources.isolation import isolated; from sources.spec import adhoc_spec\n"
        "print(isolated('wishes', b'', 'a', adhoc_spec(Path('x')))[0].text, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    environment = {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    worker = int(done.stdout)
    for _ in range(100):
        if not Path(f"/proc/{worker}").exists() or "Z" in Path(f"/proc/{worker}/stat").read_text().split()[2]:
            return
        time.sleep(0.05)
    pytest.fail("the worker outlived its parent")
