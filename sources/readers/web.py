"""Pages: a list of them (`urls`), those of a `sitemap`, or those an index page (`url`) links to by `link_pattern`.

No address is asked for twice in a run, and index pages are counted, so that no circle of links can hold a run. Index
pages and sitemaps are always fetched whole: what they list may still be to fetch.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatch
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sources.addresses import lasting_uri
from sources.fetch_many import Target, fetch_documents, read_index
from sources.fetched import Fetched, FetchError, Missed, Outcome, Seen, Window
from sources.links import links_of
from sources.sitemaps import Listed, Sitemap, newest_first, parse_sitemap

if TYPE_CHECKING:
    from sources.client import Client
    from sources.spec import SourceSpec

_HTML = "text/html, application/xhtml+xml, */*;q=0.5"
_XML = "application/xml, text/xml, application/gzip, text/plain;q=0.9, */*;q=0.5"


def fetch(spec: SourceSpec, client: Client, seen: Mapping[str, Seen], window: Window) -> Iterator[Outcome]:
    """All pages of the three ways in which a declaration names them, each once."""
    taken = set[str]()
    named = list(spec.urls)
    if spec.url is not None and spec.link_pattern is None:
        named.append(spec.url)
    yield from _listed_pages([Listed(url) for url in named], client, seen, taken)
    if spec.sitemap is not None:
        yield from _sitemap_pages(spec, client, seen, window, taken)
    if spec.url is not None and spec.link_pattern is not None:
        yield from _index_pages(spec, client, seen, taken)


def _listed_pages(
    listed: Iterable[Listed], client: Client, seen: Mapping[str, Seen], taken: set[str], base: str | None = None
) -> Iterator[Outcome]:
    """The documents of those addresses that were not taken before; an address that is none is told."""
    targets, hosts = [], set()
    for one in listed:
        try:
            uri = lasting_uri(one.address, base)
            address = uri if base is not None else one.address  # only what is declared may carry credentials
        except FetchError as error:
            yield Missed(one.address, error.reason, error.detail)
            continue
        if uri not in taken:
            taken.add(uri)
            hosts.add(urlsplit(uri).netloc)
            targets.append(Target(uri, one.hints, _known(one, seen.get(uri)), address))
    yield from fetch_documents(client, targets, seen, hosts=len(hosts))


def _known(one: Listed, before: Seen | None) -> bool:
    """Whether the sitemap dates the page's last change before it was fetched last."""
    return bool(before and before.fetched_at and one.changed and one.changed[1] <= before.fetched_at)


def _sitemap_pages(
    spec: SourceSpec, client: Client, seen: Mapping[str, Seen], window: Window, taken: set[str]
) -> Iterator[Outcome]:
    assert spec.sitemap is not None
    pattern = re.compile(spec.link_pattern) if spec.link_pattern else None
    waiting = deque([spec.sitemap])
    asked = set[str]()
    while waiting and len(asked) < spec.max_pages:
        address = waiting.popleft()
        found, sitemap = _read_sitemap(address, client, spec.max_bytes)
        if sitemap is None:
            yield found
            asked.add(found.uri)
            continue
        assert isinstance(found, Fetched)
        asked |= {found.uri, found.url or found.uri}
        yield found
        if sitemap.fault:
            detail = f"the sitemap is broken ({sitemap.fault}); what was read of it is taken; tell its owner"
            yield Missed(found.uri, "corrupt", detail, is_index=True)
        for one in newest_first([s for s in sitemap.sitemaps if _may_hold(s, window)]):
            try:
                uri = lasting_uri(one.address, found.url)
            except FetchError as error:
                yield Missed(one.address, error.reason, error.detail, is_index=True)
                continue
            if uri not in asked and uri not in waiting:
                waiting.append(uri)
        wanted = (
            one
            for one in sitemap.pages
            if _within(one, window)
            and _wants(spec, one.address)
            and (pattern is None or pattern.search(one.address))
        )
        yield from _listed_pages(wanted, client, seen, taken, found.url)
    for uri in waiting:
        detail = f"max_pages {spec.max_pages} sitemaps were read before this one; raise max_pages"
        yield Missed(uri, "too_large", detail, is_index=True)


def _read_sitemap(address: str, client: Client, most: int) -> tuple[Outcome, Sitemap | None]:
    found = read_index(client, address, _XML)
    if not isinstance(found, Fetched):
        return found, None
    try:
        return found, parse_sitemap(found.data, found.uri, most)
    except FetchError as error:
        return Missed(found.uri, error.reason, error.detail, data=found.data, is_index=True), None


def _index_pages(
    spec: SourceSpec, client: Client, seen: Mapping[str, Seen], taken: set[str]
) -> Iterator[Outcome]:
    assert spec.url is not None and spec.link_pattern is not None
    link_pattern = re.compile(spec.link_pattern)
    next_pattern = re.compile(spec.next_pattern) if spec.next_pattern else None
    waiting = deque([spec.url])
    asked = set[str]()
    while waiting and len(asked) < spec.max_pages:
        found = read_index(client, waiting.popleft(), _HTML)
        asked.add(found.uri)
        yield found
        if not isinstance(found, Fetched):
            continue
        links = links_of(found.data, found.url or found.uri, found.charset)
        pages = [link for link in links if link_pattern.search(link) and _wants(spec, link) and link not in asked]
        if not pages and len(asked) == 1:
            detail = f"none of its {len(links)} links fits link_pattern; look whether the page has changed"
            yield Missed(found.uri, "wrong_type", detail, is_index=True)
        if next_pattern is not None:
            following = [link for link in links if next_pattern.search(link)]
            waiting += [link for link in following if link not in asked and link not in waiting]
            pages = [page for page in pages if page not in following]
        yield from _listed_pages([Listed(page) for page in pages], client, seen, taken, found.url)


def _within(one: Listed, window: Window) -> bool:
    """A page that does not say when it changed is within every period."""
    if one.changed is None:
        return True
    first, last = one.changed
    return (window.since is None or last >= window.since) and (window.until is None or first <= window.until)


def _may_hold(one: Listed, window: Window) -> bool:
    """A sitemap changed last before the period lists no page that was changed in it."""
    return one.changed is None or window.since is None or one.changed[1] >= window.since


def _wants(spec: SourceSpec, address: str) -> bool:
    """Whether `include` and `exclude` let the address in: as a whole, by its path, or by its last name."""
    path = urlsplit(address).path.lstrip("/")
    names = (address, path, path.rsplit("/", 1)[-1])

    def hit(patterns: list[str]) -> bool:
        return any(fnmatch(name, pattern) for name in names for pattern in patterns)

    return hit(spec.include) and not hit(spec.exclude)
