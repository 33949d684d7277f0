"""One request and what its answer means: bytes, an error that may pass, or one that will not."""

from __future__ import annotations

import base64
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from sources.addresses import host_key, parse_url, without_credentials
from sources.bodies import BrokenBodyError, TooLargeError, read_body
from sources.fetched import FetchError, FetchReason

if TYPE_CHECKING:
    import httpcore
    import httpx

NO_WAIT = 0.0  # the server named no time
_DRAINED = 65_536  # bytes of an error page that are read so that its connection can be used again


class PassingError(FetchError):
    """A failure that may pass; `wait` is the time the server asks for, NO_WAIT if none."""

    def __init__(self, reason: FetchReason, detail: str, at: httpx.URL, wait: float = NO_WAIT) -> None:
        super().__init__(reason, detail, without_credentials(at))
        self.key = host_key(at)
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said to one request; the body of a success only."""

    status: int
    headers: Mapping[str, str]
    data: bytes

    @property
    def media_type(self) -> str:
        """Of the header, in small letters and without parameters; "" if none was sent."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def charset(self) -> str | None:
        """Of the header."""
        message = Message()
        message["content-type"] = self.headers.get("content-type", "")
        return message.get_content_charset()


def request(
    pool: httpcore.ConnectionPool,
    at: httpx.URL,
    headers: Mapping[str, str],
    *,
    timeout: float,
    most: int,
    cut: bool = False,
) -> Answer:
    """Ask once; FetchError where no answer comes, comes broken, late or too large."""
    import httpcore

    from sources.connections import PrivateAddressError, UnknownNameError, deadline

    uri = without_credentials(at)
    url = httpcore.URL(scheme=at.raw_scheme, host=at.raw_host, port=at.port, target=at.raw_path)
    every = {"host": at.netloc.decode("ascii"), **headers}
    if at.userinfo:  # of the declaration only: what a link or a redirect carries is dropped before it comes here
        pair = f"{at.username}:{at.password}".encode()
        every["authorization"] = "Basic " + base64.b64encode(pair).decode("ascii")
    try:
        with deadline(timeout), pool.stream("GET", url, headers=list(every.items())) as response:
            found: dict[str, str] = {}
            for name, value in response.headers:
                found.setdefault(name.decode("latin-1").lower(), value.decode("latin-1").strip())
            if not 200 <= response.status < 300:
                _drain(response)
                return Answer(response.status, found, b"")
            announced = found.get("content-length", "")
            if announced.isdecimal() and int(announced) > most and not cut:
                raise TooLargeError
            data = read_body(response.iter_stream(), found.get("content-encoding", ""), most, cut=cut)
            return Answer(response.status, found, data)
    except TooLargeError:
        raise FetchError(
            "too_large", f"it has over max_bytes {most}; raise the limit or leave it out", uri
        ) from None
    except PrivateAddressError as error:
        raise FetchError(
            "private_address", f"{error}; set fetch.allow_private if this server is meant", uri
        ) from error
    except UnknownNameError as error:
        if error.passing:
            raise PassingError("network", f"{error}; run again later", at) from error
        raise FetchError("network", f"{error}; correct the address", uri) from error
    except httpcore.TimeoutException as error:
        raise PassingError(
            "timeout", f"it was not complete after {timeout:g} s; run again later or raise fetch.timeout", at
        ) from error
    except (httpcore.NetworkError, httpcore.ProtocolError, BrokenBodyError) as error:
        cause = f"{error}" or type(error).__name__
        if isinstance(error.__cause__ or error.__context__, ssl.SSLCertVerificationError):
            raise FetchError("network", f"its certificate does not hold ({cause}); ask its owner", uri) from error
        raise PassingError("network", f"the connection failed ({cause}); run again later", at) from error


def judge(answer: Answer, at: httpx.URL, *, conditional: bool) -> None:
    """FetchError unless the answer is a success."""
    status, uri = answer.status, without_credentials(at)
    if (200 <= status < 300 and status != 206) or (status == 304 and conditional):
        return
    if status in (404, 410):
        raise FetchError("not_found", f"the server answered {status}; correct the address or leave it out", uri)
    if status in (429, 503):
        raise PassingError(
            "rate_limited",
            f"the server answered {status} to the end; run again later or raise fetch.delay",
            at,
            retry_after(answer),
        )
    if status in (408, 425) or status >= 500:
        reason: FetchReason = "timeout" if status == 408 else "server_error"
        raise PassingError(reason, f"the server answered {status} to the end; run again later", at, retry_after(answer))
    if 400 <= status < 500:
        raise FetchError("refused", f"the server answered {status}; ask its owner or leave it out", uri)
    raise FetchError("network", f"the server answered {status}, which is no answer to this request; look at it", uri)


def redirect_target(answer: Answer, at: httpx.URL) -> httpx.URL:
    """Where a redirect leads, without credentials of its own; never from https back to http, nor to another scheme."""
    uri = without_credentials(at)
    location = answer.headers.get("location", "")
    with suppress(UnicodeError):  # browsers take raw UTF-8 here, and so servers send it
        location = location.encode("latin-1").decode("utf-8")
    if not location:
        detail = f"the server answered {answer.status} without saying where to; check the address"
        raise FetchError("bad_redirect", detail, uri)
    try:
        target = parse_url(location, str(at.copy_with(userinfo=b"")))
    except FetchError as error:
        raise FetchError("bad_redirect", f"it redirects to where we do not go: {error.detail}", uri) from error
    if at.scheme == "https" and target.scheme == "http":
        raise FetchError("bad_redirect", "it redirects from https back to http; check the address", uri)
    return target.copy_with(userinfo=at.userinfo if host_key(at) == host_key(target) else b"")


def retry_after(answer: Answer) -> float:
    """Seconds that the server asks for, in either of the two ways it may say so; NO_WAIT if it does not."""
    value = answer.headers.get("retry-after", "")
    if value.isdecimal():
        return float(value[:9])
    try:
        moment = parsedate_to_datetime(value)
        sent = answer.headers.get("date")
        now = parsedate_to_datetime(sent) if sent else datetime.now(UTC)
        return max((moment - now).total_seconds(), NO_WAIT)
    except (TypeError, ValueError, OverflowError):  # OverflowError: a year that no calendar has
        return NO_WAIT


def _drain(response: httpcore.Response) -> None:
    total = 0
    for chunk in response.iter_stream():
        total += len(chunk)
        if total > _DRAINED:
            return
