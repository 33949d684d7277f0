"""The client against a real server: its manners and its caution are read off what the server was asked."""

from __future__ import annotations

import gzip
import hashlib
import threading
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from sources.addresses import lasting_uri, why_private
from sources.answers import Answer, retry_after
from sources.bodies import BrokenBodyError, TooLargeError, gunzip
from sources.client import Client, agent_name
from sources.connections import trust
from sources.fetched import Fetched, FetchError, Seen, Unchanged
from sources.hosts import Hosts
from sources.robots import LONGEST_DELAY, read_rules
from sources.spec import FetchSpec
from tests.site import (
    HTML,
    TEXT,
    Exchange,
    Page,
    Reply,
    Site,
    certificate_for,
    drip,
    endless,
    hang_up,
    kept,
    redirect,
    slow,
)


def asking(**keys: Any) -> FetchSpec:
    return FetchSpec.model_validate(
        {"delay": 0, "retries": 0, "timeout": 5, "robots": False, "allow_private": True} | keys
    )


def client(**keys: Any) -> Client:
    own = {name: keys.pop(name) for name in ("max_bytes", "user_agent", "hosts", "resolver") if name in keys}
    return Client(asking(**keys), **own)


@pytest.fixture
def site() -> Iterator[Site]:
    with Site({"/page": Reply("<p>Ministers met.</p>")}).serving() as served:
        yield served


def refusal(asker: Client, url: str, seen: Seen | None = None) -> FetchError:
    with asker, pytest.raises(FetchError) as caught:
        asker.get(url, seen)
    assert ";" in caught.value.detail or "redirect" in caught.value.detail  # the repair
    return caught.value


# one request


def test_bytes_come_with_what_the_server_said_of_them(site: Site) -> None:
    site.pages["/p"] = Reply(
        "Zoë".encode("latin-1"), "Text/HTML; Charset=ISO-8859-1", headers={"ETag": '"a"', "Last-Modified": "yesterday"}
    )
    with client(user_agent=agent_name("bot@example.org")) as asker:
        found = asker.get(site.url("/p#part"))
    assert found == Fetched(
        site.url("/p"), "Zoë".encode("latin-1"), "text/html", url=site.url("/p"), charset="iso-8859-1",
        etag='"a"', last_modified="yesterday",
    )  # fmt: skip
    sent = site.asked[0].headers
    assert sent["user-agent"].startswith("Comity/") and sent["user-agent"].endswith("(event data; +bot@example.org)")
    assert sent["host"] == f"127.0.0.1:{site.port}" and sent["accept-encoding"] == "gzip, deflate"


def test_neither_cookies_nor_proxies_nor_netrc_of_the_environment(
    site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    site.pages["/cookie"] = Reply("a", headers={"Set-Cookie": "who=you; Path=/"})
    with client() as asker:
        asker.get(site.url("/cookie"))
        asker.get(site.url("/page"))
    assert [asked.path for asked in site.asked] == ["/cookie", "/page"]
    assert not {"cookie", "authorization", "proxy-authorization"} & set(site.asked[1].headers)


def test_connections_are_used_again(site: Site) -> None:
    with client() as asker:
        ports = set()
        site.pages["/port"] = lambda e: (ports.add(e._handler.client_address[1]), e.reply(Reply("a")))[1]
        for _ in range(3):
            asker.get(site.url("/port"))
    assert len(ports) == 1


def test_credentials_go_to_their_own_server_and_nowhere_else(site: Site) -> None:
    with Site({"/there": Reply("b")}).serving() as other:
        site.pages["/in"] = redirect("/page")
        site.pages["/out"] = redirect(other.url("/there").replace("://", "://you:hidden@"))
        with client() as asker:
            address = site.url("/in").replace("://", "://me:s%40crt@")
            found = asker.get(address)
            assert isinstance(found, Fetched)
            assert (found.uri, found.url) == (site.url("/in"), site.url("/page"))
            found = asker.get(address.replace("/in", "/out"))
            assert isinstance(found, Fetched) and found.url == other.url("/there")
        assert [asked.headers["authorization"] for asked in site.asked] == ["Basic bWU6c0BjcnQ="] * 3
        assert "authorization" not in other.asked[0].headers
    error = refusal(client(), site.url("/none").replace("://", "://me:secret@"))
    assert "secret" not in f"{error} {error.uri}"


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (204, None), (206, "network"), (304, "network"), (400, "refused"), (401, "refused"), (403, "refused"),
        (404, "not_found"), (408, "timeout"), (410, "not_found"), (418, "refused"), (429, "rate_limited"),
        (451, "refused"), (500, "server_error"), (502, "server_error"), (503, "rate_limited"), (600, "server_error"),
    ],
)  # fmt: skip
def test_each_status_has_its_reason(site: Site, status: int, reason: str | None) -> None:
    site.pages["/s"] = Reply("", None, status)
    if reason is None:
        with client() as asker:
            assert asker.get(site.url("/s")) == Fetched(site.url("/s"), b"", "", url=site.url("/s"))
    else:
        assert refusal(client(), site.url("/s")).reason == reason
        assert site.count("/s") == 1


# time and size


def test_a_dripping_body_ends_at_the_timeout(site: Site) -> None:
    site.pages["/slow"] = drip(b"x" * 100, 0.05)
    began = time.monotonic()
    error = refusal(client(timeout=0.3), site.url("/slow"))
    assert error.reason == "timeout" and 0.25 < time.monotonic() - began < 1


def test_dripping_headers_and_silence_end_there_too(site: Site) -> None:
    def headers(exchange: Exchange) -> None:
        while exchange.send(b"HTTP/1.1 100 Continue\r\n\r\n") and not exchange.site.closing.wait(0.05):
            pass

    site.pages["/headers"] = headers
    site.pages["/silent"] = lambda exchange: exchange.site.closing.wait(5) and None
    for path in ("/headers", "/silent"):
        began = time.monotonic()
        assert refusal(client(timeout=0.3), site.url(path)).reason == "timeout"
        assert time.monotonic() - began < 1


def test_a_name_that_takes_for_ever_to_resolve_ends_there_too() -> None:
    def resolver(host: str, port: int, timeout: float) -> list[str]:
        raise TimeoutError(f"after {timeout:.1f}")

    assert refusal(client(timeout=0.3, resolver=resolver), "http://example.org/").reason == "timeout"


@pytest.mark.parametrize("announced", [True, False])
def test_a_huge_page_is_left_at_its_limit(site: Site, announced: bool) -> None:
    size = 50_000_000
    headers = {"Content_Length": str(size)} if announced else {}
    site.pages["/huge"] = endless(size, **headers)
    assert refusal(client(max_bytes=1_000_000), site.url("/huge")).reason == "too_large"
    assert site.bytes_sent < 10_000_000  # what lay in the buffers between


def test_a_gzip_body_that_explodes_is_left_at_its_limit(site: Site) -> None:
    bomb = gzip.compress(bytes(200_000_000), 9)
    assert len(bomb) < 250_000
    site.pages["/bomb"] = Reply(bomb, headers={"Content-Encoding": "gzip"})
    import tracemalloc

    with client(max_bytes=1_000_000) as asker:
        tracemalloc.start()
        with pytest.raises(FetchError, match="too_large"):
            asker.get(site.url("/bomb"))
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(b"met", mtime=0)), ("x-gzip", gzip.compress(b"met", mtime=0)),
        ("deflate", zlib.compress(b"met")), ("deflate", zlib.compress(b"met")[2:-4]), ("identity", b"met"),
        ("gzip", gzip.compress(b"m", mtime=0) + gzip.compress(b"et", mtime=0) + b"\0\0"),
    ],
)  # fmt: skip
def test_bodies_are_unpacked(site: Site, encoding: str, body: bytes) -> None:
    site.pages["/z"] = Reply(body, headers={"Content-Encoding": encoding})
    with client() as asker:
        found = asker.get(site.url("/z"))
    assert isinstance(found, Fetched) and found.data == b"met"


@pytest.mark.parametrize(
    ("encoding", "body"), [("br", b"met"), ("gzip", gzip.compress(b"met" * 99, mtime=0)[:-9]), ("gzip", b"no gzip")]
)
def test_bodies_that_cannot_be_unpacked_are_told(site: Site, encoding: str, body: bytes) -> None:
    site.pages["/z"] = Reply(body, headers={"Content-Encoding": encoding})
    assert refusal(client(), site.url("/z")).reason == "network"


def test_gunzip_has_a_limit_and_says_what_is_broken() -> None:
    assert gunzip(gzip.compress(b"a" * 70_000) * 2, 140_000) == b"a" * 140_000
    with pytest.raises(TooLargeError):
        gunzip(gzip.compress(b"a" * 70_000) * 2, 139_999)
    with pytest.raises(BrokenBodyError, match="before its end"):
        gunzip(gzip.compress(bytes(range(256)) * 999)[:-30], 10**9)
    began = time.monotonic()
    assert gunzip(gzip.compress(b"") * 20_000, 10**9) == b""
    assert time.monotonic() - began < 2


# manners


def test_the_delay_holds_between_all_requests_to_a_host_across_sources(site: Site) -> None:
    hosts = Hosts()
    one, other = client(delay=0.05, hosts=hosts), client(delay=0.05, hosts=hosts)
    with one, other, ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda n: (one, other)[n % 2].get(site.url("/page")), range(6)))
    assert len(site.asked) == 6 and kept(site.times(), 0.05)


def test_another_host_need_not_wait(site: Site) -> None:
    with Site({"/page": Reply("a")}).serving() as other, client(delay=5) as asker:
        began = time.monotonic()
        asker.get(site.url("/page"))
        asker.get(other.url("/page"))
        assert time.monotonic() - began < 1


@pytest.mark.parametrize("concurrency", [1, 3])
def test_no_more_requests_are_under_way_than_declared(site: Site, concurrency: int) -> None:
    site.pages["/slow"] = slow(Reply("a"), 0.05)
    with client(concurrency=concurrency) as asker, ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: asker.get(site.url("/slow")), range(9)))
    assert site.most_at_once == concurrency


def test_robots_is_asked_once_and_obeyed(site: Site) -> None:
    rules = "User-agent: *\nDisallow: /private/\n\nUser-agent: comity\nDisallow: /page\n"
    site.pages["/robots.txt"] = Reply(rules, TEXT)
    site.pages["/private/a"] = Reply("a")
    hosts = Hosts()
    asker = client(robots=True, hosts=hosts)
    assert refusal(asker, site.url("/page")).reason == "refused"
    with client(robots=True, hosts=hosts) as asker, ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: asker.get(site.url("/private/a")), range(4)))  # our own rules replace those for all
    assert (site.count("/robots.txt"), site.count("/page"), site.count("/private/a")) == (1, 0, 4)
    with client(robots=False) as asker:
        asker.get(site.url("/page"))
    assert site.count("/robots.txt") == 1


@pytest.mark.parametrize(
    ("robots", "reason"),
    [
        (Reply("no", TEXT, 404), None),
        (Reply("no", TEXT, 403), None),
        (redirect("/robots.txt"), None),
        (Reply("<html>a page for everything</html>"), None),
        (redirect("/other.txt"), "refused"),
        (Reply("a", TEXT, 500), "server_error"),
        (Reply("a", TEXT, 503), "rate_limited"),
        (Reply("a", TEXT, 429), "rate_limited"),
        (hang_up, "network"),
        (Reply("User-agent: *\nDisallow: /\n" + "#" * 600_000, TEXT), "refused"),
        (Reply("#" * 600_000 + "\nUser-agent: *\nDisallow: /\n", TEXT), None),
    ],
)
def test_robots_that_cannot_be_had_is_yes_or_no_as_the_standard_says(
    site: Site, robots: Page, reason: str | None
) -> None:
    site.pages["/robots.txt"] = robots
    site.pages["/other.txt"] = Reply("User-agent: *\nDisallow: /page", TEXT)
    asker = client(robots=True)
    if reason is None:
        with asker:
            assert isinstance(asker.get(site.url("/page")), Fetched)
    else:
        assert refusal(asker, site.url("/page")).reason == reason
    assert site.count("/page") == (reason is None)


def test_robots_of_each_host_of_a_redirect_is_obeyed(site: Site) -> None:
    with Site({"/there": Reply("a")}, robots="User-agent: *\nDisallow: /there").serving() as other:
        site.pages["/go"] = redirect(other.url("/there"))
        assert refusal(client(robots=True), site.url("/go")).reason == "refused"
        assert other.count("/there") == 0


def test_the_delay_that_robots_asks_for_is_kept_within_a_bound(site: Site) -> None:
    site.pages["/robots.txt"] = Reply("User-agent: *\nCrawl-delay: 0.15", TEXT)
    with client(robots=True) as asker:
        for _ in range(3):
            asker.get(site.url("/page"))
    assert kept(site.times("/page"), 0.15)
    rules = [read_rules(lambda text=text: text) for text in (  # type: ignore[misc]
        b"User-agent: *\nCrawl-delay: 86400", b"User-agent: *\nRequest-rate: 1/20", b"User-agent: *\nCrawl-delay: x",
    )]  # fmt: skip
    assert [rule.delay("comity") for rule in rules] == [LONGEST_DELAY, 20.0, 0.0]


# failures that may pass


def test_a_server_that_stays_unavailable_is_asked_so_often_and_no_more(site: Site) -> None:
    site.pages["/503"] = Reply("", None, 503)
    error = refusal(client(retries=2), site.url("/503"))
    assert (error.reason, error.attempts, site.count("/503")) == ("rate_limited", 3, 3)
    assert kept(site.times("/503"), 0.14)  # 0.1 and then 0.2, give or take a quarter


@pytest.mark.parametrize("page", [[Reply("", None, 500), Reply("a")], [Reply("", None, 425), Reply("a")]])
def test_what_passes_is_not_told(site: Site, page: Page) -> None:
    site.pages["/p"] = page
    with client(retries=1) as asker:
        assert isinstance(asker.get(site.url("/p")), Fetched)
    assert site.count("/p") == 2


def test_a_connection_that_breaks_is_tried_again(site: Site) -> None:
    def short(exchange: Exchange) -> None:
        if exchange.site.count("/short") == 1:
            exchange.head(Content_Length="100")
            exchange.send(b"x" * 50)
        else:
            exchange.reply(Reply("whole"))

    site.pages |= {"/short": short, "/hang": hang_up}
    with client(retries=1) as asker:
        found = asker.get(site.url("/short"))
    assert isinstance(found, Fetched) and found.data == b"whole"
    error = refusal(client(retries=1), site.url("/hang"))
    assert (error.reason, error.attempts, site.count("/hang")) == ("network", 2, 2)


def test_what_will_not_pass_is_not_asked_again(site: Site) -> None:
    assert refusal(client(retries=5), site.url("/none")).attempts == 1
    assert site.count("/none") == 1


@pytest.mark.parametrize("status", [429, 503])
def test_the_whole_host_rests_as_long_as_it_asks(site: Site, status: int) -> None:
    site.pages["/limited"] = [Reply("", None, status, {"Retry-After": "1"}), Reply("a")]
    with client(retries=1) as asker, ThreadPoolExecutor(2) as threads:
        limited = threads.submit(asker.get, site.url("/limited"))
        while not site.asked:
            time.sleep(0.005)
        time.sleep(0.1)
        other = threads.submit(asker.get, site.url("/page"))
        assert isinstance(limited.result(), Fetched) and isinstance(other.result(), Fetched)
    first, *later = site.times()
    assert len(later) == 2 and kept([first, min(later)], 1)


def test_a_host_that_asks_for_hours_is_left_alone(site: Site) -> None:
    site.pages["/limited"] = Reply("", None, 429, {"Retry-After": "7200"})
    hosts = Hosts()
    began = time.monotonic()
    assert refusal(client(retries=5, hosts=hosts), site.url("/limited")).reason == "rate_limited"
    error = refusal(client(hosts=hosts), site.url("/page"))
    assert (error.reason, error.attempts) == ("rate_limited", 0) and "run again later" in error.detail
    assert (site.count("/limited"), site.count("/page")) == (1, 0) and time.monotonic() - began < 1


def test_retry_after_is_seconds_or_a_date() -> None:
    now = datetime.now(UTC).replace(microsecond=0)

    def asked(value: str, **more: str) -> float:
        return retry_after(Answer(429, {"retry-after": value, **more}, b""))

    assert asked("120") == 120
    assert asked(format_datetime(now + timedelta(seconds=90), usegmt=True), date=format_datetime(now)) == 90
    assert 80 < asked(format_datetime(now + timedelta(seconds=90), usegmt=True)) <= 90
    assert asked(format_datetime(now - timedelta(seconds=90), usegmt=True)) == 0
    assert asked("9" * 50) == 999_999_999
    assert [asked(value) for value in ("", "-5", "soon", "1.5", "Mon, 99 Foo 2020 99:99:99 GMT")] == [0.0] * 5


def test_a_host_that_never_answers_is_not_waited_for_a_thousand_times(site: Site) -> None:
    site.pages["/hang"] = hang_up
    with client() as asker:
        reasons = []
        for _ in range(12):
            with pytest.raises(FetchError) as caught:
                asker.get(site.url("/hang"))
            reasons.append((caught.value.reason, caught.value.attempts))
    assert reasons == [("network", 1)] * 10 + [("network", 0)] * 2
    assert site.count("/hang") == 10


def test_closing_ends_those_who_wait(site: Site) -> None:
    asker = client(delay=60)
    asker.get(site.url("/page"))
    caught: list[FetchError] = []

    def wait() -> None:
        try:
            asker.get(site.url("/page"))
        except FetchError as error:
            caught.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    time.sleep(0.1)
    asker.close()
    thread.join(3)
    assert not thread.is_alive() and "stopped" in caught[0].detail and len(site.asked) == 1


# what was seen before


@pytest.mark.parametrize(
    ("headers", "seen"),
    [
        ({"ETag": 'W/"7"'}, Seen(etag='W/"7"')),
        ({"Last-Modified": "Sun, 01 Nov 2020 00:00:00 GMT"}, Seen(last_modified="Sun, 01 Nov 2020 00:00:00 GMT")),
        ({}, Seen(sha256=hashlib.sha256(b"a").hexdigest())),
    ],
)
def test_what_has_not_changed_is_not_handed_over_again(site: Site, headers: dict[str, str], seen: Seen) -> None:
    site.pages["/p"] = Reply("a", headers=headers)
    with client() as asker:
        assert asker.get(site.url("/p"), seen) == Unchanged(site.url("/p"))
        assert isinstance(asker.get(site.url("/p")), Fetched)
        site.pages["/p"] = Reply("b", headers={name: f"{value}x" for name, value in headers.items()})
        changed = asker.get(site.url("/p"), seen)
    assert isinstance(changed, Fetched) and changed.data == b"b"


# where it does not go


@pytest.mark.parametrize(
    "url",
    ["ftp://example.org/a", "file:///etc/passwd", "javascript:alert(1)", "example.org", "/a", "", "http://", "http:///a",
     "gopher://x", "data:text/plain,a", "http://[::1", "http://x:99999/", "http://" + "a" * 9000],
)  # fmt: skip
def test_only_http_addresses_are_asked(url: str) -> None:
    assert refusal(client(), url).reason == "unsupported_scheme"


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "127.1", "0.0.0.0"]
)
def test_this_machine_is_not_asked_however_it_is_called(site: Site, host: str) -> None:
    error = refusal(client(allow_private=False, robots=True, retries=3), site.url("/page", host))
    assert error.reason == "private_address" and "allow_private" in error.detail
    assert site.asked == []


def test_a_redirect_to_this_machine_is_not_followed(site: Site) -> None:
    """The first address is a public one by its resolver's word, so that only the second can be what is refused."""
    names = {"public.example": ["93.184.216.34"], "inside.example": ["127.0.0.1"]}
    asked = []

    def resolver(host: str, port: int, timeout: float) -> list[str]:
        asked.append(host)
        return names[host]

    with client(resolver=resolver, allow_private=True) as asker:
        names["public.example"] = ["127.0.0.1"]  # allowed: it is the site itself
        site.pages["/go"] = redirect(site.url("/page", "inside.example"))
        assert isinstance(asker.get(site.url("/go", "public.example")), Fetched)
    assert asked == ["public.example", "inside.example"]  # each hop is looked up and checked by itself
    assert [asked.headers["host"].partition(":")[0] for asked in site.asked] == asked


def test_a_name_is_looked_up_once_and_that_address_is_asked(site: Site) -> None:
    """A second look-up could answer otherwise: that is how DNS rebinding gets past a check."""
    answers = [["127.0.0.1"], ["10.0.0.1"]]
    with client(resolver=lambda *_: answers.pop(0)) as asker:
        found = asker.get(site.url("/page", "rebind.example"))
    assert isinstance(found, Fetched) and answers == [["10.0.0.1"]]
    assert site.asked[0].headers["host"] == f"rebind.example:{site.port}"


def test_of_a_name_with_public_and_private_addresses_only_the_public_are_asked(site: Site) -> None:
    addresses = ["127.0.0.1", "93.184.216.34", "10.0.0.1"]
    asker = client(allow_private=False, timeout=0.2, resolver=lambda *_: addresses)
    assert refusal(asker, site.url("/page", "mixed.example")).reason in ("timeout", "network")
    assert site.asked == []


def test_an_address_that_does_not_answer_gives_way_to_the_next(site: Site) -> None:
    with client(resolver=lambda *_: ["127.0.0.2", "127.0.0.1"]) as asker:
        assert isinstance(asker.get(site.url("/page", "two.example")), Fetched)


def test_a_name_that_nobody_knows_is_told(site: Site) -> None:
    error = refusal(client(), "http://nobody.invalid/")
    assert error.reason == "network" and "nobody.invalid" in error.detail


def test_kinds_of_addresses() -> None:
    kinds = {
        "93.184.216.34": None, "2606:2800:220:1::1": None, "64:ff9b::5db8:d822": None,
        "127.0.0.1": "loopback", "127.9.9.9": "loopback", "::1": "loopback", "::ffff:127.0.0.1": "loopback",
        "64:ff9b::7f00:1": "loopback", "2002:7f00:1::": "loopback", "10.1.2.3": "private", "172.16.0.1": "private",
        "192.168.1.1": "private", "fd00::1": "private", "::ffff:10.0.0.1": "private", "169.254.169.254": "link-local",
        "fe80::1%eth0": "link-local", "224.0.0.1": "multicast", "ff02::1": "multicast", "0.0.0.0": "unspecified",
        "::": "unspecified", "100.64.0.1": "reserved", "255.255.255.255": "private", "240.0.0.1": "private",
        "198.18.0.1": "private", "fec0::1": "private", "192.0.2.1": "private", "2001:db8::1": "private",
    }  # fmt: skip
    assert {address: why_private(address) for address in kinds} == kinds


def test_the_lasting_name_of_an_address() -> None:
    names = {
        "HTTP://Example.ORG:80/A%2Fb?q=%C3%A9#x": "http://example.org/A%2Fb?q=%C3%A9",
        "https://example.org": "https://example.org/",
        "https://user:pw@example.org:8443/": "https://example.org:8443/",
        "https://пример.рф/новость": "https://xn--e1afmkfd.xn--p1ai/%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D1%8C",
        " https://example.org/a b ": "https://example.org/a%20b",
    }
    assert {name: lasting_uri(name) for name in names} == names
    assert lasting_uri("../c?d#e", "https://example.org/a/b/") == "https://example.org/a/c?d"


# redirects


def test_redirects_are_followed_so_far(site: Site) -> None:
    for n in range(6):
        site.pages[f"/{n}"] = redirect(f"/{n + 1}" if n < 5 else "/page", (301, 302, 303, 307, 308)[n % 5])
    with client(max_redirects=6) as asker:
        found = asker.get(site.url("/0"))
    assert isinstance(found, Fetched) and (found.uri, found.url) == (site.url("/0"), site.url("/page"))
    site.asked.clear()
    assert refusal(client(max_redirects=5), site.url("/0")).reason == "bad_redirect"
    assert len(site.asked) == 6


@pytest.mark.parametrize(
    ("page", "asked"),
    [
        (redirect("/go"), 1),
        (redirect("file:///etc/passwd"), 1),
        (redirect("ftp://127.0.0.1/"), 1),
        (redirect("javascript:alert(1)"), 1),
        (Reply("", None, 302), 1),
    ],
)
def test_bad_redirects_are_told(site: Site, page: Page, asked: int) -> None:
    site.pages["/go"] = page
    assert refusal(client(retries=3), site.url("/go")).reason == "bad_redirect"
    assert len(site.asked) == asked


def test_a_redirect_to_a_name_in_other_letters(site: Site) -> None:
    site.pages["/go"] = redirect("/caf%C3%A9")
    site.pages["/raw"] = Reply("", None, 302, {"Location": "/café".encode().decode("latin-1")})
    site.pages["/caf%C3%A9"] = Reply("a")
    with client() as asker:
        for path in ("/go", "/raw"):
            found = asker.get(site.url(path))
            assert isinstance(found, Fetched) and found.url == site.url("/caf%C3%A9")


# TLS


def test_certificates_hold_for_the_name_not_the_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate, trusted = certificate_for("news.example", tmp_path)
    names: list[str | None] = []
    certificate.sni_callback = lambda _socket, name, _context: names.append(name)
    pages: dict[str, Page] = {"/page": Reply("a", HTML), "/down": redirect("http://127.0.0.1:9/")}
    with Site(pages).serving(certificate) as site:

        def asker() -> Client:
            return client(resolver=lambda *_: ["127.0.0.1"], retries=3)

        error = refusal(asker(), site.url("/page", "news.example"))
        assert error.reason == "network" and "certificate" in error.detail and error.attempts == 1
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))  # how an organisation's own authority is made known
        trust.cache_clear()
        with asker() as trusting:
            assert isinstance(trusting.get(site.url("/page", "news.example")), Fetched)
            with pytest.raises(FetchError, match="certificate"):
                trusting.get(site.url("/page", "other.example"))
        assert names[-2:] == ["news.example", "other.example"]
        assert refusal(asker(), site.url("/down", "news.example")).reason == "bad_redirect"
    trust.cache_clear()
