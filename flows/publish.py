"""Puts what was built and checked where analysts read it, in one step that nobody sees half done.

A release is a file of plain tables under a name of its own; `marts.duckdb` is a link to the newest,
replaced by rename. A reader that has an older file open goes on with it. Whatever ends this process early
leaves the link on the old file or on the new one, and what else it left the next publication removes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from flows.errors import ComityError
from flows.fingerprint import versions
from flows.notices import clear_notices
from flows.publication import write_publication
from flows.releases import (
    PREFIX,
    Release,
    current_release,
    manifest_path,
    mark_unlinked,
    point_link,
    prune,
    releases,
    remove_leftovers,
    sync,
    write_text,
)
from flows.settings import Settings, load_settings
from flows.warehouse import hold_warehouse, open_published, open_warehouse, transaction, utc_now

if TYPE_CHECKING:
    from prefect.flows import Flow

__all__ = ["PublishError", "Release", "current_release", "publish", "publish_flow", "releases"]

MARTS = "marts"


class PublishError(ComityError):
    """The new file could not be finished; the published one is untouched."""


def publish(
    settings: Settings, run_id: str, *, checks: Mapping[str, str] | None = None, fingerprint: str = ""
) -> Release:
    """Write a release of the marts as they stand in the warehouse, and point the link at it."""
    final = settings.releases_dir / f"{PREFIX}{run_id}.duckdb"
    draft = final.with_name(f"{final.name}.tmp")
    if final.exists():
        raise PublishError(f"run {run_id} has published already ({final.name}); start a new run")
    try:
        settings.releases_dir.mkdir(parents=True, exist_ok=True)
        with hold_warehouse(settings, purpose="publish"):
            remove_leftovers(settings)
            release = _write(settings, run_id, draft, final, dict(checks or {}), fingerprint)
            _verify(settings, draft, release)
            sync(draft)
            mark = mark_unlinked(final)
            write_text(manifest_path(final), json.dumps(release.as_dict(), indent=1, ensure_ascii=False) + "\n")
            draft.replace(final)
            sync(final.parent)
            point_link(settings, final)
            mark.unlink()
            clear_notices(settings)
            prune(settings)
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
            _copy_comments(con)
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
            write_publication(con, settings, release)
            con.execute("checkpoint release")
        finally:
            con.execute("detach release")
    return release


def _copy_comments(con: duckdb.DuckDBPyConnection) -> None:
    """dbt's descriptions travel with the tables, so that a plain SQL shell can show them."""
    found = con.execute(
        f"""
        select 'table release.main."' || table_name || '"', comment from duckdb_tables()
        where schema_name = '{MARTS}' and not internal and comment is not null
        union all
        select 'column release.main."' || table_name || '"."' || column_name || '"', comment from duckdb_columns()
        where schema_name = '{MARTS}' and not internal and comment is not null
            and table_name in (select table_name from duckdb_tables() where schema_name = '{MARTS}')
        """
    ).fetchall()
    if found:
        with transaction(con):  # some hundred of them, each of which would else wait for the disk by itself
            con.execute("; ".join(f"comment on {what} is '{_quoted(comment)}'" for what, comment in found))


def _verify(settings: Settings, draft: Path, release: Release) -> None:
    """Open the finished file as a reader would and count; what cannot be read is never linked."""
    try:
        with open_published(settings, draft) as con:
            for table, count in {**release.row_counts, "publication": 1}.items():
                row = con.execute(f'select count(*) from "{table}"').fetchone()
                if row is None or row[0] != count:
                    raise PublishError(f"the new release has {row} rows in {table} instead of {count}; run again")
    except duckdb.Error as error:
        raise PublishError(f"the new release cannot be read ({str(error).splitlines()[0]}); run again") from error


def _names(con: duckdb.DuckDBPyConnection, sql: str, *parameters: object) -> list[str]:
    return [row[0] for row in con.execute(sql, list(parameters)).fetchall()]


def _quoted(text: object) -> str:
    return str(text).replace("'", "''")
