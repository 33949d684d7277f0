"""Puts what was built and checked where analysts read it, in one step that nobody sees half done.

A release is a file of plain tables under a name of its own; `marts.duckdb` is a link to the newest,
replaced by rename. A reader that has an older file open goes on with it. Whatever ends this process early
leaves the link as it was and at most a *.tmp file, which the next publication removes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from flows.errors import ComityError
from flows.fingerprint import versions
from flows.settings import Settings, load_settings
from flows.warehouse import hold_warehouse, open_published, open_warehouse, utc_now

if TYPE_CHECKING:
    from prefect.flows import Flow

MARTS = "marts"
PUBLICATION = "publication"
_PREFIX = "marts-"


class PublishError(ComityError):
    """The new file could not be finished; the published one is untouched."""


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


def publish(
    settings: Settings, run_id: str, *, checks: Mapping[str, str] | None = None, fingerprint: str = ""
) -> Release:
    """Write a release of the marts as they stand in the warehouse, and point the link at it."""
    final = settings.releases_dir / f"{_PREFIX}{run_id}.duckdb"
    draft = final.with_name(f"{final.name}.tmp")
    if final.exists():
        raise PublishError(f"run {run_id} has published already ({final.name}); start a new run")
    try:
        settings.releases_dir.mkdir(parents=True, exist_ok=True)
        with hold_warehouse(settings, purpose="publish"):
            remove_leftovers(settings)
            release = _write(settings, run_id, draft, final, dict(checks or {}), fingerprint)
            _verify(settings, draft, release)
            _sync(draft)
            _write_text(_manifest(final), json.dumps(release.as_dict(), indent=1, ensure_ascii=False) + "\n")
            draft.replace(final)
            point_link(settings, final)
            _prune(settings)
    except OSError as error:
        raise PublishError(
            f"the release could not be written to {settings.releases_dir} ({error.strerror or error}); "
            "make room or check the rights on it; the published file is as it was"
        ) from error
    return release


@cache
def publish_flow() -> Flow[..., dict[str, Any]]:
    """The Prefect flow of this stage, made when first asked for: importing Prefect takes seconds."""
    from prefect import flow

    @flow(name="comity-publish")
    def comity_publish(run_id: str) -> dict[str, Any]:
        return publish(load_settings(), run_id).as_dict()

    return comity_publish


def current_release(settings: Settings) -> Release | None:
    """The release that analysts read now, or None."""
    target = Path(os.path.realpath(settings.marts_link))
    manifest = _manifest(target)
    if not target.is_file() or not manifest.is_file():
        return None
    try:
        return Release(**json.loads(manifest.read_text(encoding="utf-8")))
    except (ValueError, TypeError):
        return None  # a manifest of another version: good for reading, useless for comparing


def releases(settings: Settings) -> list[Path]:
    """The kept release files, oldest first; their names sort by time."""
    return sorted(settings.releases_dir.glob(f"{_PREFIX}*.duckdb"))


def point_link(settings: Settings, target: Path) -> None:
    """Make `marts.duckdb` a link to the target: a new link under another name, then a rename over the old."""
    link = settings.marts_link
    draft = link.with_name(f".{link.name}.{os.getpid()}.tmp")
    draft.unlink(missing_ok=True)
    draft.symlink_to(os.path.relpath(target, link.parent))  # relative: the home can be moved or mounted elsewhere
    draft.replace(link)


def remove_leftovers(settings: Settings) -> None:
    """Delete what a killed publication left; the caller holds the warehouse, so nobody is writing one."""
    for folder, pattern in (
        (settings.releases_dir, f"{_PREFIX}*.tmp*"),
        (settings.home, f".{settings.marts_link.name}.*.tmp"),
    ):
        for path in folder.glob(pattern):
            path.unlink(missing_ok=True)
    for manifest in settings.releases_dir.glob(f"{_PREFIX}*.json"):
        if not manifest.with_suffix(".duckdb").exists():
            manifest.unlink(missing_ok=True)


def _write(
    settings: Settings, run_id: str, draft: Path, final: Path, checks: dict[str, str], fingerprint: str
) -> Release:
    released_at = utc_now().replace(microsecond=0)
    with open_warehouse(settings, purpose="publish") as con:
        tables = _names(
            con,
            "select table_name from duckdb_tables() where schema_name = ? and not internal order by 1",
            MARTS,
        )
        if not tables:
            raise PublishError("nothing was built yet that could be published; run `comity build` first")
        con.execute(f"attach '{_quoted(draft)}' as release")
        try:
            counts: dict[str, int] = {}
            for table in tables:
                con.execute(f'create table release.main."{table}" as from {MARTS}."{table}"')
                row = con.execute(f'select count(*) from release.main."{table}"').fetchone()
                counts[table] = int(row[0]) if row else 0
                _copy_comments(con, table)
            until = con.execute("select max(retrieved_at) from raw.documents").fetchone()
            data_until = f"{until[0]:%Y-%m-%dT%H:%M:%S}" if until and until[0] else None
            release = Release(
                run_id,
                f"{released_at:%Y-%m-%dT%H:%M:%S}",
                final.name,
                fingerprint,
                data_until,
                counts,
                versions(),
                checks,
            )
            _write_publication(con, release)
            con.execute("checkpoint release")
        finally:
            con.execute("detach release")
    return release


def _write_publication(con: duckdb.DuckDBPyConnection, release: Release) -> None:
    con.execute(
        f"""
        create table release.main.{PUBLICATION} as select
            cast(? as text) as run_id,
            cast(? as timestamp) as released_at,
            cast(? as timestamp) as data_until,
            cast(? as text) as coder_version,
            cast(? as text) as duckdb_version,
            cast(? as text) as comity_version,
            cast(? as integer) as passed_count,
            cast(? as text[]) as warnings
        """,
        [
            release.run_id,
            release.released_at,
            release.data_until,
            release.versions["coder"],
            release.versions["duckdb"],
            release.versions["comity"],
            sum(outcome == "passed" for outcome in release.checks.values()),
            sorted(f"{name} {outcome}" for name, outcome in release.checks.items() if outcome != "passed"),
        ],
    )
    comments = {
        None: "One row: which run this file is of, when it was released, and what did not pass its checks.",
        "data_until": "When the newest of its documents was retrieved, UTC.",
        "warnings": "Checks that failed or could not run and let the file pass all the same.",
    }
    for column, text in comments.items():
        what = f"column release.main.{PUBLICATION}.{column}" if column else f"table release.main.{PUBLICATION}"
        con.execute(f"comment on {what} is '{text}'")


def _copy_comments(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """dbt's descriptions travel with the tables, so that a plain SQL shell can show them."""
    row = con.execute(
        "select comment from duckdb_tables() where schema_name = ? and table_name = ? and comment is not null",
        [MARTS, table],
    ).fetchone()
    if row:
        con.execute(f"comment on table release.main.\"{table}\" is '{_quoted(row[0])}'")
    for column, comment in con.execute(
        "select column_name, comment from duckdb_columns() "
        "where schema_name = ? and table_name = ? and comment is not null",
        [MARTS, table],
    ).fetchall():
        con.execute(f'comment on column release.main."{table}"."{column}" is \'{_quoted(comment)}\'')


def _verify(settings: Settings, draft: Path, release: Release) -> None:
    """Open the finished file as a reader would and count; what cannot be read is never linked."""
    try:
        with open_published(settings, draft) as con:
            for table, count in {**release.row_counts, PUBLICATION: 1}.items():
                row = con.execute(f'select count(*) from "{table}"').fetchone()
                if row is None or row[0] != count:
                    raise PublishError(f"the new release has {row} rows in {table} instead of {count}; run again")
    except duckdb.Error as error:
        raise PublishError(f"the new release cannot be read ({str(error).splitlines()[0]}); run again") from error


def _sync(path: Path) -> None:
    """Have the bytes on disk before a name points at them."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write_text(path: Path, text: str) -> None:
    draft = path.with_name(f"{path.name}.tmp")
    draft.write_text(text, encoding="utf-8")
    _sync(draft)
    draft.replace(path)


def _prune(settings: Settings) -> None:
    """Keep the newest releases, and always the one the link shows."""
    linked = Path(os.path.realpath(settings.marts_link))
    for path in releases(settings)[: -settings.keep_releases]:
        if path.resolve() != linked:
            path.unlink(missing_ok=True)
            _manifest(path).unlink(missing_ok=True)


def _manifest(release: Path) -> Path:
    return release.with_suffix(".json")


def _names(con: duckdb.DuckDBPyConnection, sql: str, *parameters: object) -> list[str]:
    return [row[0] for row in con.execute(sql, list(parameters)).fetchall()]


def _quoted(text: object) -> str:
    return str(text).replace("'", "''")
