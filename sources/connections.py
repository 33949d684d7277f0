"""Connections that go to a checked address only and end at their deadline.

A name is resolved here, checked here and connected to here, by number: between the check and the connection there is
no second look-up whose answer could differ. Host header and TLS name stay those of the address, so that certificates
hold. Imported only where something is fetched: httpcore takes its time to load.
"""

from __future__ import annotations

import contextvars
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import httpcore
import httpx

from sources.addresses import resolve, why_private

Resolver = Callable[[str, int, float], list[str]]

_CONNECT = 10.0  # seconds for one of a name's addresses, so that a dead one leaves time for the next
_deadline: contextvars.ContextVar[float] = contextvars.ContextVar("deadline")


class PrivateAddressError(Exception):
    """Every address of the name is one that must not be fetched from."""


class UnknownNameError(Exception):
    """The name could not be resolved; `passing` where asking again may help."""

    def __init__(self, message: str, *, passing: bool) -> None:
        super().__init__(message)
        self.passing = passing


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """All that this thread's connections do inside ends after so many seconds, however slowly bytes drip in."""
    token = _deadline.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _deadline.reset(token)


def connection_pool(*, allow_private: bool, resolver: Resolver = resolve) -> httpcore.ConnectionPool:
    """Connections of HTTP/1.1 that no proxy, cookie or setting of the environment has a part in."""
    return httpcore.ConnectionPool(
        ssl_context=trust(),
        max_connections=None,
        max_keepalive_connections=16,
        keepalive_expiry=30.0,
        network_backend=CheckedBackend(allow_private=allow_private, resolver=resolver),
    )


@cache
def trust() -> ssl.SSLContext:
    """Whose certificates hold; read once, since reading them takes longer than most requests."""
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()  # an organisation's own authority stands in the system's store
    return context


class CheckedBackend(httpcore.NetworkBackend):
    """Opens sockets to addresses that were checked, and to no others."""

    def __init__(self, *, allow_private: bool, resolver: Resolver) -> None:
        self._allow_private = allow_private
        self._resolve = resolver
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to the first of the name's addresses that may be asked and answers."""
        addresses = self._addresses(host, port)
        for number, address in enumerate(addresses, start=1):
            seconds = min(_remaining(httpcore.ConnectTimeout), _CONNECT)
            try:
                return _Timed(
                    self._sockets.connect_tcp(address, port, seconds, local_address, socket_options)
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if number == len(addresses):
                    raise
        raise httpcore.ConnectError(f"the name {host} has no address")

    def _addresses(self, host: str, port: int) -> list[str]:
        try:
            found = self._resolve(host, port, _remaining(httpcore.ConnectTimeout))
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(str(error)) from error
        except socket.gaierror as error:
            raise UnknownNameError(f"the name {host} is not known", passing=error.errno == socket.EAI_AGAIN) from error
        except OSError as error:
            raise UnknownNameError(f"the name {host} cannot be resolved ({error})", passing=True) from error
        if self._allow_private:
            return found
        kinds = {address: why_private(address) for address in found}
        public = [address for address, kind in kinds.items() if kind is None]
        if found and not public:
            kind = next(iter(kinds.values()))
            raise PrivateAddressError(f"{host} is a {kind} address")
        return public


class _Timed(httpcore.NetworkStream):
    """A stream whose every step has what is left until the deadline."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _remaining(httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _remaining(httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        seconds = _remaining(httpcore.ConnectTimeout)
        return _Timed(self._stream.start_tls(ssl_context, server_hostname, seconds))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _remaining(late: type[Exception]) -> float:
    left = _deadline.get() - time.monotonic()
    if left <= 0:
        raise late("the time for this request is over")
    return left
