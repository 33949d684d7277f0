"""Sends messages through transports, in a process of its own: it may hang, crash or quote its password.

The only importer of Apprise. What it is to send comes as a line of JSON on standard input, so that no secret
stands in the list of processes; what came of it goes out as JSON. Whoever started it (flows/alerts/delivery.py) ends it
after a bound and takes the secrets out of what it says.
"""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

_TELLING = ("Exception", "error=")  # of the lines that Apprise keeps for debugging, those that say why


class _Reasons(logging.Handler):
    """Keeps what Apprise says of a failure, which it logs instead of raising."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        text = " ".join(record.getMessage().split())
        if record.levelno >= logging.WARNING or (
            record.levelno == logging.DEBUG and any(word in text for word in _TELLING)
        ):
            self.lines.append(text)


def send(order: dict[str, Any]) -> str | None:
    """None when the transport took the message, else why it did not."""
    reasons = _Reasons()
    logger = logging.getLogger("apprise")
    logger.handlers, logger.propagate = [reasons], False
    logger.setLevel(logging.DEBUG)
    import apprise

    asset = apprise.AppriseAsset(app_id="Comity", app_desc="Comity", app_url="", async_mode=False)
    # plain text as it was written, and in parts where a service takes only so much, unless the URL says otherwise
    service = apprise.Apprise.instantiate(_with_defaults(order["url"]), asset=asset, suppress_exceptions=True)
    if service is None:
        return "; ".join(reasons.lines) or "Apprise does not know this kind of URL"
    service.socket_connect_timeout = service.socket_read_timeout = order["timeout"]
    took = service.notify(
        title=order["title"],
        body=order["body"],
        notify_type=apprise.NotifyType(order["tone"]),
        body_format=apprise.NotifyFormat.TEXT,
    )
    return None if took else "; ".join(reasons.lines) or "the service refused the message"


def _with_defaults(url: str) -> str:
    given = url.partition("?")[2].lower()
    wanted = ["overflow=split"] if "overflow=" not in given else []
    if url.lower().startswith("mailto") and "format=" not in given:
        wanted.append("format=text")
    return url + ("&" if given else "?") + "&".join(wanted) if wanted else url


def main() -> None:
    """Do what each line of standard input orders."""
    for line in sys.stdin:
        try:
            error = send(json.loads(line))
        except Exception as problem:  # a plugin's own fault is a failed delivery like any other
            error = f"{type(problem).__name__}: {problem}"
        print(json.dumps({"error": error}), flush=True)


if __name__ == "__main__":
    main()
