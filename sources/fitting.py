"""Which keys of a declaration fit which reader: a key that its reader never looks at is a wish that nobody hears."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sources.spec import SourceSpec

_ADDRESS = re.compile(r"https?://[^\s/?#]+\S*", re.I)
_READ_ROWS = {"csv", "jsonl", "parquet", "folder", "archive", "web", "rss"}

# Keys that only these readers look at; what is not here fits all of them.
ONLY: dict[str, set[str]] = {
    "urls": {"web"},
    "sitemap": {"web"},
    "link_pattern": {"web"},
    "next_pattern": {"web"},
    "max_pages": {"web", "rss"},
    "follow": {"rss"},
    "columns": _READ_ROWS,
    "version": {"gdelt"},
}


def misfits(spec: SourceSpec) -> list[str]:
    """What is wrong between keys, as `key: repair`; each key alone is right already."""
    from sources.readers import kind_of

    kind = kind_of(spec.reader)
    given = spec.model_fields_set
    found = [
        f"{key}: fits only reader {' or '.join(sorted(readers))}, not {spec.reader}; leave it out"
        for key, readers in ONLY.items()
        if key in given and spec.reader not in readers and not (key == "urls" and kind == "event_data")
    ]
    found += _where(spec, kind)
    found += _patterns(spec)
    if "fetch" in given and spec.path is not None:
        found.append("fetch: fits only sources that are fetched; leave it out beside a path")
    if spec.reader == "rss" and (given & {"include", "exclude"}):
        found.append("include: fits no feed; choose the entries in the feed's own address")
    if "grace" in given and spec.cadence is None and spec.reader != "gdelt":
        found.append("grace: says how late a slot of the cadence may be; give a cadence or leave it out")
    if spec.floor > spec.ceiling:
        found.append(f"floor: {spec.floor} is above the ceiling {spec.ceiling}")
    return found


def _where(spec: SourceSpec, kind: str) -> list[str]:
    """A source is either files, or something that its reader can fetch."""
    from sources.readers import fetches

    if spec.path is not None and spec.url is not None:
        return ["path: give exactly one of path and url"]
    if not fetches(spec.reader) and kind != "event_data":  # any delivery of event data can be had by its address
        if spec.url is not None:
            return [f"url: reader {spec.reader} reads files; give their path, or take reader web or rss"]
        return [] if spec.path is not None else [f"path: is missing; reader {spec.reader} reads a file or folder"]
    if kind == "protocol" and spec.path is not None:
        return [f"path: reader {spec.reader} fetches; give a url, or take reader folder for files"]
    named = [("url", spec.url), ("sitemap", spec.sitemap), *(("urls", address) for address in spec.urls)]
    addresses = [(key, address) for key, address in named if address is not None]
    if spec.path is None and not addresses:
        ways = {"web": "url, urls or sitemap", "rss": "url"}.get(spec.reader, "url or path")
        return [f"url: is missing; reader {spec.reader} needs {ways}"]
    return [
        f"{key}: {address!r} is no web address; write one that starts with http:// or https://"
        for key, address in addresses
        if not _ADDRESS.fullmatch(address)
    ]


def _patterns(spec: SourceSpec) -> list[str]:
    found = []
    for key in ("link_pattern", "next_pattern"):
        pattern = getattr(spec, key)
        try:
            re.compile(pattern or "")
        except re.error as error:
            found.append(f"{key}: {pattern!r} is no regular expression ({error}); repair it")
    if spec.link_pattern is not None and spec.reader == "web" and spec.url is None and spec.sitemap is None:
        found.append("link_pattern: chooses links of a page; give that page as url, or a sitemap")
    if spec.next_pattern is not None and (spec.link_pattern is None or spec.url is None):
        found.append("next_pattern: leads from one index page to the next; give url and link_pattern too")
    return found
