"""Addresses: the lasting name of one, and which of a machine's addresses may be fetched from.

A link in a feed is written by a stranger. Unless a declaration allows it, no name that resolves to this machine or its
network is asked: else a feed could read what only the inside may see (a router, a cloud's metadata, a database).
"""

from __future__ import annotations

import ipaddress
import socket
import threading
from typing import TYPE_CHECKING

from sources.fetched import FetchError

if TYPE_CHECKING:
    import httpx

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # the last four bytes are an IPv4 address
_MOST_CHARACTERS = 8_000  # servers refuse longer ones; a link this long is a mistake or an attack

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


def parse_url(url: str, base: str | None = None) -> httpx.URL:
    """An absolute http(s) address without its fragment, or a FetchError that says what is wrong with it."""
    import httpx

    shown = url if len(url) <= 200 else url[:200] + "..."
    if len(url) > _MOST_CHARACTERS:
        raise FetchError(
            "unsupported_scheme", f"the address has over {_MOST_CHARACTERS} characters; correct it", shown
        )
    try:
        parsed = httpx.URL(url.strip())
        if base is not None:
            parsed = httpx.URL(base).join(parsed)
        if parsed.scheme not in ("http", "https"):
            kind = f"{parsed.scheme}:" if parsed.scheme else "what has no scheme"
            raise FetchError(
                "unsupported_scheme", f"only http and https are fetched, not {kind}; correct the address", shown
            )
        if not parsed.host:
            raise FetchError("unsupported_scheme", "the address names no host; correct it", shown)
        if parsed.port is not None and not 0 < parsed.port < 65_536:
            raise FetchError("unsupported_scheme", f"there is no port {parsed.port}; correct the address", shown)
        if parsed.path in ("", "/"):
            parsed = parsed.copy_with(path="/")  # the same page, so the same name
        return parsed.copy_with(fragment=None)
    except (httpx.InvalidURL, ValueError, TypeError) as error:
        raise FetchError("unsupported_scheme", f"this is no address ({error}); correct it", shown) from error


def lasting_uri(url: str, base: str | None = None) -> str:
    """The name that an address keeps: absolute, without fragment and credentials, scheme and host in small letters.

    >>> lasting_uri("HTTPS://me:secret@Example.org:443/a?b=1#c")
    'https://example.org/a?b=1'
    """
    return without_credentials(parse_url(url, base))


def without_credentials(url: httpx.URL) -> str:
    """The address as it may be stored and shown."""
    return str(url.copy_with(userinfo=b"") if url.userinfo else url)


def host_key(url: httpx.URL) -> str:
    """What shares one delay: a host, whether by http or https; another port is another server."""
    return url.netloc.decode("ascii")


def why_private(address: str) -> str | None:
    """Why an IP address is not of the public network; None if it is.

    >>> why_private("::ffff:127.0.0.1"), why_private("93.184.216.34")
    ('loopback', None)
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    ip = _inner(ip)
    if ip.is_loopback:
        return "loopback"
    if ip.is_link_local:
        return "link-local"
    if ip.is_multicast:
        return "multicast"
    if ip.is_unspecified:
        return "unspecified"
    if ip.is_private or (isinstance(ip, ipaddress.IPv6Address) and ip.is_site_local):
        return "private"
    return None if ip.is_global and not ip.is_reserved else "reserved"


def resolve(host: str, port: int, timeout: float) -> list[str]:
    """The IP addresses of a name, in the system's order; OSError (TimeoutError too) where there are none in time."""
    found: list[str] = []
    failure: list[OSError] = []

    def ask() -> None:
        try:
            for *_, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
                if str(address[0]) not in found:
                    found.append(str(address[0]))
        except OSError as error:
            failure.append(error)
        except UnicodeError as error:  # a label of over 63 characters
            failure.append(socket.gaierror(socket.EAI_NONAME, str(error)))

    # the system's resolver knows no timeout, so a thread waits for it that nobody need wait for
    asking = threading.Thread(target=ask, daemon=True, name="resolve")
    asking.start()
    asking.join(timeout)
    if asking.is_alive():
        raise TimeoutError(f"the name {host} was not resolved in time")
    if failure:
        raise failure[0]
    return found


def _inner(ip: IPAddress) -> IPAddress:
    """The IPv4 address that an IPv6 address carries to: a private one must not hide in it."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    if ip.sixtofour is not None:
        return ip.sixtofour
    if ip.teredo is not None:
        return ip.teredo[1]
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip
