"""Feeds: the pages that a feed links to, or the text it carries itself (`follow: false`).

The feed itself comes last, after its entries: only then is it sure that nothing in it is still to be fetched, and the
next run may ask whether it has changed. Where an entry failed or was outside of the period, the next run gets the feed
whole.
"""

from __future__ import annotations

import hashlib
import html
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast
from urllib.parse import quote, urlsplit

from sources.addresses import lasting_uri
from sources.errors import ReadError
from sources.feeds import Entry, Feed
from sources.fetch_many import Target, fetch_documents, read_index
from sources.fetched import Fetched, FetchError, FetchReason, Hints, Missed, Outcome, Seen, Unchanged, Window
from sources.isolation import isolated

if TYPE_CHECKING:
    from sources.client import Client
    from sources.spec import SourceSpec

_ACCEPT = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/rdf+xml, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)


@dataclass(slots=True)
class _Sorted:
    """The entries of one page of a feed, each where it belongs."""

    targets: list[Target] = field(default_factory=list)
    own: list[tuple[str, Entry]] = field(default_factory=list)  # uri, and an entry whose text is the document
    faults: list[Missed] = field(default_factory=list)


def fetch(spec: SourceSpec, client: Client, seen: Mapping[str, Seen], window: Window) -> Iterator[Outcome]:
    """Every entry's document, then the feed; older pages of the feed too where a beginning is asked for."""
    assert spec.url is not None  # the declaration's own check
    try:
        uri = lasting_uri(spec.url)
    except FetchError as error:
        yield Missed(spec.url, error.reason, error.detail, is_index=True)
        return
    asked, taken = set[str](), set[str]()
    address: str | None = spec.url
    is_open = window.since is None and window.until is None
    for number in range(spec.max_pages):
        if address is None or uri in asked:
            return
        asked.add(uri)
        found = read_index(client, address, _ACCEPT, seen.get(uri) if is_open and number == 0 else None)
        if not isinstance(found, Fetched):
            yield found
            return
        try:
            feed = _parse(found, spec)
        except FetchError as error:
            yield Missed(uri, error.reason, error.detail, data=found.data, is_index=True)
            return
        sorted_ = _sort(feed, found, spec, seen, window, taken)
        whole = is_open
        for outcome in _documents(sorted_, feed, spec, client, seen):
            whole = whole and not isinstance(outcome, Missed)
            yield outcome
        if feed.fault:
            yield Missed(uri, "corrupt", _told(feed), is_index=True)
        yield found if whole else replace(found, etag=None, last_modified=None)
        address = None
        if feed.next_link and window.since is not None and _goes_back(feed, window):
            try:
                address = uri = lasting_uri(feed.next_link, found.url)
            except FetchError as error:
                yield Missed(feed.next_link, error.reason, error.detail, is_index=True)


def _parse(found: Fetched, spec: SourceSpec) -> Feed:
    if found.charset is not None:
        spec = spec.model_copy(update={"encoding": found.charset})
    try:
        (feed,) = cast(list[Feed], isolated("sources.feeds", found.data, found.uri, spec))
    except ReadError as error:
        reason: FetchReason = "unsafe" if error.reason == "unsafe" else "corrupt"
        raise FetchError(reason, error.detail, found.uri) from error
    if feed.refused is not None:
        raise FetchError(*feed.refused, found.uri)
    return feed


def _told(feed: Feed) -> str:
    count = len(feed.entries)
    return f"the feed is broken ({feed.fault}); the {count} entries that can be read are taken; tell its owner"


def _sort(
    feed: Feed, found: Fetched, spec: SourceSpec, seen: Mapping[str, Seen], window: Window, taken: set[str]
) -> _Sorted:
    """Each entry of the period once; `taken` are the documents of this run so far."""
    result = _Sorted()
    for number, entry in enumerate(feed.entries, start=1):
        if not _within(entry, window):
            continue
        link = None
        if entry.link:
            try:
                link = lasting_uri(entry.link, found.url)
            except FetchError as error:
                result.faults.append(Missed(entry.link, error.reason, f"link of entry {number}: {error.detail}"))
                continue
        if link is not None and spec.follow:
            if link not in taken:
                taken.add(link)
                result.targets.append(Target(link, _hints(entry, feed, spec), _known(entry, seen.get(link))))
        elif entry.text is None:
            detail = "no text of its own; set follow: true" if link else "neither a link nor a text; tell its owner"
            uri = link or _part(found.uri, entry)
            result.faults.append(
                Missed(uri, "not_found", f"entry {number} ({entry.title or 'untitled'}) has {detail}")
            )
        else:
            uri = link if link is not None and link not in taken else _part(found.uri, entry)
            if uri not in taken:
                taken.add(uri)
                result.own.append((uri, entry))
    return result


def _documents(
    sorted_: _Sorted, feed: Feed, spec: SourceSpec, client: Client, seen: Mapping[str, Seen]
) -> Iterator[Outcome]:
    yield from sorted_.faults
    for uri, entry in sorted_.own:
        document = _own_document(uri, entry, feed, spec)
        before = seen.get(uri)
        if before is not None and before.sha256 == hashlib.sha256(document.data).hexdigest():
            yield Unchanged(uri)
        else:
            yield document
    hosts = {urlsplit(target.uri).netloc for target in sorted_.targets}
    yield from fetch_documents(client, sorted_.targets, seen, hosts=len(hosts))


def _own_document(uri: str, entry: Entry, feed: Feed, spec: SourceSpec) -> Fetched:
    """The entry's text as a file of its own: HTML as a page, since a page is what its readers know."""
    hints = _hints(entry, feed, spec)
    assert entry.text is not None
    if not entry.is_html:
        return Fetched(uri, entry.text.encode("utf-8", "replace"), "text/plain", charset="utf-8", hints=hints)
    title = html.escape(entry.title or "")
    language = f' lang="{hints.language}"' if hints.language else ""
    page = (
        f'<!doctype html>\n<html{language}><head><meta charset="utf-8"><title>{title}</title></head>\n'
        f"<body><article>\n{f'<h1>{title}</h1>' if title else ''}\n{entry.text}\n</article></body></html>\n"
    )
    return Fetched(uri, page.encode("utf-8", "replace"), "text/html", charset="utf-8", hints=hints)


def _hints(entry: Entry, feed: Feed, spec: SourceSpec) -> Hints:
    return Hints(
        title=entry.title,
        publisher=entry.publisher or (feed.title if spec.publisher is None else None),  # a declared name is better
        language=entry.language or feed.language,
        published_date=entry.published,
        published_precision="day" if entry.published else "unknown",
    )


def _known(entry: Entry, before: Seen | None) -> bool:
    """Whether the feed dates the entry before its page was fetched last: then it is not asked for again."""
    changed = entry.updated_at or entry.published_at
    return bool(before and before.fetched_at and changed and changed <= before.fetched_at)


def _within(entry: Entry, window: Window) -> bool:
    """An entry without a date is within every period: better twice than never."""
    at = entry.published_at
    if at is None:
        return True
    return (window.since is None or at >= window.since) and (window.until is None or at <= window.until)


def _goes_back(feed: Feed, window: Window) -> bool:
    """Whether an older page may still hold entries of the period."""
    assert window.since is not None
    dated = [entry.published_at for entry in feed.entries if entry.published_at is not None]
    return not dated or min(dated) >= window.since


def _part(feed_uri: str, entry: Entry) -> str:
    """The name of an entry that has no address of its own: a part of its feed."""
    if entry.key:
        return f"{feed_uri}#{quote(entry.key, safe=':/@,')}"
    digest = hashlib.sha256(f"{entry.title}\n{entry.text}".encode("utf-8", "replace")).hexdigest()
    return f"{feed_uri}#{digest[:16]}"
