"""Takes secrets out of what is logged, stored or sent.

Two kinds: what looks like a secret in any text (`clean`), and the very secrets of the transports in use
(`Redactor`), in whatever spelling a library quotes them when it fails.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

MASK = "***"
_LEAST = 4  # shorter words are no secrets, and masking them would only garble the text
_USERINFO = re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://)[^\s/?#'\"]*@")
_NAMES = r"[\w-]*(?:token|secret|passw(?:or)?d|pwd|api_?key|access_?key|credential|signature)[\w-]*"
_PAIR = re.compile(rf"(?i)(?<![\w-])({_NAMES}['\"]?\s*[=:]\s*['\"]?)(?:bearer\s+|basic\s+)?[^\s&;,'\"<>]+")
_SHORT = re.compile(r"(?i)(?<=[?&])((?:key|sig|auth)=)[^\s&;,'\"<>]+")  # names that mean something else elsewhere
_HEADER = re.compile(r"(?i)\b(authorization\s*[:=]\s*)(?:(?:bearer|basic)\s+)?[^\s,;'\"]+")
_SCHEME = re.compile(r"(?i)\b(bearer|basic)\s+[a-z0-9+/=._~-]{8,}")
_HARMLESS = {"format", "overflow", "mode", "port", "smtp", "from", "to", "name", "cc", "bcc", "verify", "method"}


def clean(text: str) -> str:
    """The text without passwords in URLs and without the values of what is named like a secret."""
    text = _USERINFO.sub(rf"\1{MASK}@", text)
    text = _HEADER.sub(rf"\1{MASK}", text)
    text = _SCHEME.sub(rf"\1 {MASK}", text)
    text = _SHORT.sub(rf"\1{MASK}", text)
    return _PAIR.sub(rf"\1{MASK}", text)


class Redactor:
    """Knows the URLs of the transports, and takes every part of them out that could open a door."""

    def __init__(self, urls: Iterable[str] = (), filled: Iterable[str] = ()) -> None:
        secrets: set[str] = set(filled)
        parts: set[str] = set()
        for url in urls:
            of_url = _parts(url)
            parts |= of_url
            secrets |= {url, *(part for part in of_url if _looks_secret(part))}
            secrets |= _passwords(url)
        self._in_message = _pattern(secrets)
        self._in_error = _pattern(secrets | parts)

    def message(self, text: str) -> str:
        """For what people are told: takes out what is surely secret, and leaves plain words."""
        return self._sub(self._in_message, text)

    def error(self, text: str) -> str:
        """For what a library says of its failure: takes out every part of a URL but the machine's name."""
        return self._sub(self._in_error, text)

    @staticmethod
    def _sub(pattern: re.Pattern[str] | None, text: str) -> str:
        return clean(pattern.sub(MASK, text) if pattern else text)


def _parts(url: str) -> set[str]:
    split = urlsplit(url)
    login, _, host = split.netloc.rpartition("@")
    machine = host.rpartition(":")[0] or host
    parts = {*login.split(":", 1), *split.path.split("/"), split.fragment}
    parts |= {value for name, value in parse_qsl(split.query) if name.lower() not in _HARMLESS}
    if "." not in machine and machine != "localhost":  # no machine: chat services have a token there
        parts.add(machine)
    return parts | ({split.path} if len(split.path) > _LEAST else set()) | _passwords(url)


def _passwords(url: str) -> set[str]:
    login = urlsplit(url).netloc.rpartition("@")[0]
    user, _, password = login.partition(":")
    if not password:
        return {user} if user else set()
    pair = f"{unquote(user)}:{unquote(password)}"
    plain = f"\0{unquote(user)}\0{unquote(password)}"  # as SMTP sends it
    return {
        password,
        login,
        pair,
        *(base64.b64encode(text.encode()).decode() for text in (pair, plain, unquote(password))),
    }


def _looks_secret(part: str) -> bool:
    return len(part) >= 8 and any(c.isdigit() for c in part) and any(c.isalpha() for c in part) and "@" not in part


def _pattern(secrets: Iterable[str]) -> re.Pattern[str] | None:
    spellings = {
        spelling
        for secret in secrets
        for spelling in (secret, unquote(secret), quote(unquote(secret), safe=""), quote_plus(unquote(secret)))
        if len(spelling) >= _LEAST
    }
    if not spellings:
        return None
    return re.compile("|".join(re.escape(text) for text in sorted(spellings, key=len, reverse=True)))
