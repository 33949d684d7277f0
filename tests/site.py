"""A web server of this machine, as kind and as nasty as servers are; it counts what it is asked.

It is a real one: requests go through real sockets, and what a test says of delays, retries and conditions is read off
the server's own list of requests.
"""

from __future__ import annotations

import contextlib
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TEXT = "text/plain; charset=utf-8"
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Asked:
    """One request as the server saw it."""

    path: str
    at: float  # monotonic
    headers: Mapping[str, str]  # names in small letters


@dataclass(frozen=True)
class Reply:
    """What a path answers."""

    body: bytes | str = b""
    media_type: str | None = HTML
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


Answering = Callable[["Exchange"], None]
Page = Reply | Answering | list[Reply]  # of a list the next one each time, and the last one for ever


class Exchange:
    """One request being answered, for pages that do it in their own way."""

    def __init__(self, handler: BaseHTTPRequestHandler, site: Site, asked: Asked) -> None:
        self._handler = handler
        self._is_waiting = True
        self.site = site
        self.asked = asked

    def answering(self) -> None:
        """From here on the other side may have its answer, and so may ask again: it is not waiting any more."""
        if self._is_waiting:
            self._is_waiting = False
            self.site.count_waiting(-1)

    def head(self, status: int = 200, **headers: str) -> None:
        """Status and headers; the connection is closed behind the body."""
        self.answering()
        self._handler.send_response(status)
        for name, value in headers.items():
            self._handler.send_header(name.replace("_", "-"), value)
        self._handler.send_header("Connection", "close")
        self._handler.end_headers()
        self._handler.close_connection = True

    def send(self, data: bytes) -> bool:
        """Some bytes; False if the other side has gone."""
        try:
            self._handler.wfile.write(data)
            self._handler.wfile.flush()
        except OSError:
            return False
        self.site.bytes_sent += len(data)
        return not self.site.closing.is_set()

    def reply(self, reply: Reply) -> None:
        """A whole answer, with 304 where its validators are those that were sent."""
        self.answering()
        body = reply.body.encode() if isinstance(reply.body, str) else reply.body
        status = reply.status
        etag, modified = reply.headers.get("ETag"), reply.headers.get("Last-Modified")
        if (etag and self.asked.headers.get("if-none-match") == etag) or (
            modified and self.asked.headers.get("if-modified-since") == modified
        ):
            status, body = 304, b""
        with contextlib.suppress(OSError):
            self._handler.send_response(status)
            if reply.media_type is not None and status != 304:
                self._handler.send_header("Content-Type", reply.media_type)
            if status != 304:
                self._handler.send_header("Content-Length", str(len(body)))
            for name, value in reply.headers.items():
                self._handler.send_header(name, value)
            self._handler.end_headers()
        if body:
            self.send(body)


class Site:
    """The server: `pages` says what each path answers, `asked` what was asked for."""

    def __init__(self, pages: Mapping[str, Page] | None = None, *, robots: Page | str | None = None) -> None:
        self.pages: dict[str, Page] = dict(pages or {})
        if robots is not None:
            self.pages["/robots.txt"] = Reply(robots, TEXT) if isinstance(robots, str) else robots
        self.asked: list[Asked] = []
        self.bytes_sent = 0
        self.most_at_once = 0
        self.closing = threading.Event()
        self.port = 0
        self.scheme = "http"
        self._waiting = 0
        self._lock = threading.Lock()

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        """The address of a path."""
        return f"{self.scheme}://{host}:{self.port}{path}"

    def count(self, path: str) -> int:
        """How often a path was asked for."""
        return sum(asked.path == path for asked in self.asked)

    def times(self, prefix: str = "/") -> list[float]:
        """When paths that begin so were asked for."""
        return [asked.at for asked in self.asked if asked.path.startswith(prefix)]

    def answer(self, exchange: Exchange) -> None:
        """The page of the path that was asked for."""
        path = exchange.asked.path
        with self._lock:
            self.asked.append(exchange.asked)
            nth = self.count(path)
        self.count_waiting(1)
        try:
            page = self.pages.get(path)
            if page is None:
                exchange.reply(Reply("there is no such page", TEXT, 404))
            elif isinstance(page, list):
                exchange.reply(page[min(nth, len(page)) - 1])
            elif isinstance(page, Reply):
                exchange.reply(page)
            else:
                page(exchange)
        finally:
            exchange.answering()

    def count_waiting(self, change: int) -> None:
        """Requests that have no answer yet."""
        with self._lock:
            self._waiting += change
            self.most_at_once = max(self.most_at_once, self._waiting)

    @contextlib.contextmanager
    def serving(self, certificate: ssl.SSLContext | None = None) -> Iterator[Site]:
        """The site, at a free port of this machine."""
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                site.answer(Exchange(self, site, Asked(self.path, time.monotonic(), headers)))

            def log_message(self, format: str, *args: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                pass  # a client that hangs up is what some pages are there for

        server = Server(("127.0.0.1", 0), Handler)
        if certificate is not None:
            server.socket = certificate.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
            self.scheme = "https"
        self.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.closing.set()
            server.shutdown()
            server.server_close()
            thread.join()


def kept(times: list[float], delay: float) -> bool:
    """Whether requests came a delay apart. Each by itself may be seen late on a busy machine, all together hardly."""
    return len(times) > 1 and times[-1] - times[0] > 0.75 * delay * (len(times) - 1)


def redirect(to: str, status: int = 302) -> Reply:
    """To another address."""
    return Reply("", None, status, {"Location": to})


def drip(data: bytes, each: float) -> Answering:
    """A page that comes a byte at a time."""

    def page(exchange: Exchange) -> None:
        exchange.head(Content_Type=TEXT, Content_Length=str(len(data)))
        for byte in data:
            if not exchange.send(bytes([byte])) or exchange.site.closing.wait(each):
                return

    return page


def endless(size: int, media_type: str = HTML, **headers: str) -> Answering:
    """A page of so many bytes that does not say how many they are."""

    def page(exchange: Exchange) -> None:
        exchange.head(Content_Type=media_type, **headers)
        for _ in range(size // 65_536):
            if not exchange.send(b"x" * 65_536):
                return

    return page


def slow(reply: Reply, seconds: float) -> Answering:
    """A page that takes its time."""

    def page(exchange: Exchange) -> None:
        exchange.site.closing.wait(seconds)
        exchange.reply(reply)

    return page


def hang_up(exchange: Exchange) -> None:
    """A connection that ends without an answer."""
    exchange._handler.close_connection = True
    exchange._handler.connection.close()


def certificate_for(host: str, folder: Any) -> tuple[ssl.SSLContext, Any]:
    """A server's certificate for a name, and the file that holds it for those who shall trust it."""
    import datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    trusted, private = folder / f"{host}.crt", folder / f"{host}.key"
    trusted.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trusted, private)
    return context, trusted
