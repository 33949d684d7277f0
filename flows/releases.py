"""The published files as they stand in their folder: which there are, which one readers see, which may go.

A release is `releases/marts-<run>.duckdb` with a manifest of the same stem, and never changes once it has its name.
`marts.duckdb` is a link to one of them, replaced by rename. What a killed publication left is known by the mark that
stood beside the file until its link had moved.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from flows.errors import InputError, NothingPublishedError
from flows.settings import Settings

PREFIX = "marts-"
_MARK = ".unlinked.tmp"


@dataclass(frozen=True)
class Release:
    """One published file, as its manifest describes it."""

    run_id: str
    released_at: str
    file: str
    fingerprint: str
    data_until: str | None
    row_counts: dict[str, int]
    versions: dict[str, str]
    checks: dict[str, str]  # check id -> outcome

    def as_dict(self) -> dict[str, Any]:
        """For the manifest."""
        return asdict(self)


def releases(settings: Settings) -> list[Path]:
    """The kept release files, oldest first; their names sort by time."""
    return sorted(settings.releases_dir.glob(f"{PREFIX}*.duckdb"))


def linked_file(settings: Settings) -> Path | None:
    """The file that analysts read now, or None."""
    target = Path(os.path.realpath(settings.marts_link))
    return target if target.is_file() else None


def current_release(settings: Settings) -> Release | None:
    """The release that analysts read now, or None."""
    target = linked_file(settings)
    return read_manifest(target) if target else None


def manifest_path(release: Path) -> Path:
    """The manifest beside a release file."""
    return release.with_suffix(".json")


def read_manifest(release: Path) -> Release | None:
    """What the manifest of a release file says; None for one of another version, or none at all."""
    try:
        return Release(**json.loads(manifest_path(release).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None  # good for reading, useless for comparing


def run_of(release: Path) -> str:
    """The run that a release file is of, by its name."""
    return release.stem.removeprefix(PREFIX)


def find_release(settings: Settings, name: str) -> Path:
    """The release file that a path, a run id or the unambiguous beginning of one names."""
    if ("/" in name or name.endswith(".duckdb")) and Path(name).is_file():
        return Path(name).resolve()
    wanted = name.removesuffix(".duckdb").removeprefix(PREFIX)
    kept = [path.resolve() for path in releases(settings)]
    exact = [path for path in kept if run_of(path) == wanted]
    found = exact or [path for path in kept if wanted and run_of(path).startswith(wanted)]
    if len(found) == 1:
        return found[0]
    what = "more than one release begins with" if found else "there is no release"
    raise InputError(f"{what} {name}; kept are {', '.join(run_of(path) for path in kept) or 'none'}")


def release_before(settings: Settings, release: Path) -> Path:
    """The kept release that came before the given one."""
    earlier = [path.resolve() for path in releases(settings) if run_of(path) < run_of(release)]
    if not earlier:
        raise InputError(
            f"no release before {release.name} is kept in {settings.releases_dir}; "
            "COMITY_KEEP_RELEASES says how many are"
        )
    return earlier[-1]


def last_two(settings: Settings) -> tuple[Path, Path]:
    """What analysts read now, after the release that came before it: (earlier, now)."""
    now = linked_file(settings)
    if now is None:
        raise NothingPublishedError(f"there is no published file at {settings.marts_link}; run `comity run`")
    return release_before(settings, now), now


def point_link(settings: Settings, target: Path) -> None:
    """Make `marts.duckdb` a link to the target: a new link under another name, then a rename over the old."""
    link = settings.marts_link
    draft = link.with_name(f".{link.name}.{os.getpid()}.tmp")
    draft.unlink(missing_ok=True)
    draft.symlink_to(os.path.relpath(target, link.parent))  # relative: the home can be moved or mounted elsewhere
    draft.replace(link)
    sync(link.parent)


def mark_unlinked(release: Path) -> Path:
    """Leave a mark that this file was not published yet; to be deleted once the link has moved."""
    mark = release.with_suffix(_MARK)
    mark.touch()
    return mark


def remove_leftovers(settings: Settings) -> None:
    """Delete what a killed publication left; the caller holds the warehouse, so nobody is writing one."""
    linked = linked_file(settings)
    for mark in settings.releases_dir.glob(f"{PREFIX}*{_MARK}"):
        release = mark.with_name(f"{mark.name.removesuffix(_MARK)}.duckdb")
        if linked is None or release.resolve() != linked:
            release.unlink(missing_ok=True)  # complete, perhaps, but nobody has ever read it
        mark.unlink(missing_ok=True)
    for folder, pattern in (
        (settings.releases_dir, f"{PREFIX}*.tmp*"),
        (settings.home, f".{settings.marts_link.name}.*.tmp"),
        (settings.home, "marts.*.json.tmp"),
    ):
        for path in folder.glob(pattern):
            path.unlink(missing_ok=True)
    for manifest in settings.releases_dir.glob(f"{PREFIX}*.json"):
        if not manifest.with_suffix(".duckdb").exists():
            manifest.unlink(missing_ok=True)


def prune(settings: Settings) -> None:
    """Keep the newest releases, and always the one the link shows."""
    linked = linked_file(settings)
    for path in releases(settings)[: -settings.keep_releases]:
        if path.resolve() != linked:
            path.unlink(missing_ok=True)
            manifest_path(path).unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """A small file that is there whole or not at all."""
    draft = path.with_name(f"{path.name}.tmp")
    draft.write_text(text, encoding="utf-8")
    sync(draft)
    draft.replace(path)


def sync(path: Path) -> None:
    """Have the bytes of a file, or the names in a folder, on disk before something relies on them."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
