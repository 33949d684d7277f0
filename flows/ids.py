"""Keys by content: what is met twice has one key, so that a rerun adds nothing. Never a counter."""

from __future__ import annotations

import hashlib

SEPARATOR = "\x1f"  # the ASCII unit separator: it does not occur in what we join


def content_id(*parts: object) -> str:
    """The first 16 hex digits of the SHA-256 over the parts; None counts as an empty part."""
    joined = SEPARATOR.join("" if part is None else str(part) for part in parts)
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()[:16]
