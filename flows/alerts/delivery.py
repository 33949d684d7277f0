"""Gets one message out of the house: each way in order, again after a pause, and never longer than a bound."""

from __future__ import annotations

import contextlib
import json
import select
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from flows.alerts.message import Message
from flows.alerts.redact import Redactor
from flows.alerts.transports import Group, Transport

_PAUSES = (1.0, 5.0)  # seconds before the second and third round: a server that restarts is back by then
_LEAST_SECONDS = 1.0  # with less left, a try could not even connect
_LONGEST = 300  # characters of an error
_ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Delivery:
    """What came of a message: the transport that took it, how often it was tried, what went wrong."""

    transport: str | None = None
    attempts: int = 0
    errors: list[str] = field(default_factory=list)
    tried: str | None = None  # the last one

    @property
    def error(self) -> str | None:
        """The last word of each transport that failed."""
        return "; ".join(self.errors) or None


class Sender:
    """The process that sends: started with the first message, ended with the block or when it hangs."""

    def __init__(self, redactor: Redactor) -> None:
        self.redactor = redactor
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Sender:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def attempt(self, transport: Transport, message: Message, seconds: float) -> str | None:
        """One try through one transport: None if it was taken, else why not, without secrets."""
        order = {
            "url": transport.url,
            "title": message.title,
            "body": message.body,
            "tone": message.tone,
            "timeout": seconds,
        }
        try:
            error = self._ask(json.dumps(order), seconds)
        except BaseException:
            self._end()
            raise
        return None if error is None else _shortened(self.redactor.error(error))

    def _ask(self, order: str, seconds: float) -> str | None:
        deadline = time.monotonic() + seconds
        process = self._process = self._process or _start()
        assert process.stdin is not None and process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(f"{order}\n")
            process.stdin.flush()
        ready, _, _ = select.select([process.stdout], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            self._end()
            return f"no answer within {seconds:.0f} s"
        answer = process.stdout.readline()  # written in one piece
        if not answer.startswith("{"):
            self._end()
            return f"the sending process ended with exit {process.returncode}"
        found = json.loads(answer)["error"]
        return None if found is None else str(found)

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        with contextlib.suppress(OSError, ValueError):
            process.communicate()


def deliver(group: Group, message: Message, sender: Sender, timeout: float, deadline: float) -> Delivery:
    """Offer the message to the transports in order, in three rounds, until one takes it or the time is up."""
    done = Delivery()
    last: dict[str, str] = {}
    for pause in (0.0, *_PAUSES):
        if time.monotonic() + pause + _LEAST_SECONDS > deadline:
            break
        time.sleep(pause)
        for transport in group.transports:
            left = deadline - time.monotonic()
            if left < _LEAST_SECONDS:
                break
            done.attempts += 1
            done.tried = transport.name
            hint = f"\n(not taken by {', '.join(last)})" if last else ""
            told = Message(message.title, message.body + hint, message.tone)
            error = sender.attempt(transport, told, min(timeout, left))
            if error is None:
                done.transport = transport.name
                done.errors = [f"{name}: {text}" for name, text in last.items() if name != transport.name]
                return done
            last[transport.name] = error
    done.errors = [f"{name}: {text}" for name, text in last.items()] or ["no time was left to try"]
    return done


def _shortened(text: str) -> str:
    """Both ends: a library begins with what it did and ends with why it failed."""
    if len(text) <= _LONGEST:
        return text
    return f"{text[: _LONGEST // 3]} … {text[-_LONGEST * 2 // 3 :]}"


def _start() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "flows.alerts.sender"],
        cwd=_ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # it can quote secrets; what matters comes as its answer
        text=True,
    )
