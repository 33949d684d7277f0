"""What a release says about itself, as tables among its tables: whoever has only the file can judge it.

`publication` has the one row, `publication_tables` the rows of each table, `publication_checks` every check of the run,
`publication_sources` how each source stood, and `publication_gaps` what is known to be missing.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from flows.errors import ComityError
from flows.releases import Release
from flows.settings import Settings
from flows.warehouse import transaction

if TYPE_CHECKING:
    import duckdb

PUBLICATION = "publication"
_SHOWN = 3  # examples in the detail of a gap
_PATIENCE = 2  # cadences without anything new until a source is called stale

_TABLES = {
    "publication": (
        "One row: which run this file is of, what it was made with, and how far to trust it. The file never changes: a "
        "newer run that was withheld is told of in marts.withheld.json beside marts.duckdb.",
        {
            "released_at": "When this file was written, UTC.",
            "data_until": "When the newest of its documents was retrieved, UTC.",
            "next_due_at": "When the next run is due by the cadence of its sources, UTC; long past it, a newer run was "
            "withheld or failed: look beside the file. Null where no source has a cadence.",
            "passed_count": "Checks that passed.",
            "warnings": "Checks that failed or could not run and let the file pass all the same.",
            "stale_source_count": "Sources of publication_sources whose state is stale or empty.",
            "gap_count": "Rows of publication_gaps.",
        },
    ),
    "publication_tables": (
        "One row per table of this file, and how many rows it has: a reader can see that its copy is whole.",
        {},
    ),
    "publication_checks": (
        "One row per check of the run, with its outcome: passed, failed, could_not_run.",
        {"observed": "What the check found, in its own words.", "reason": "Why the check exists."},
    ),
    "publication_sources": (
        "One row per source that is declared or has documents here, and how it stood when the file was released.",
        {
            "state": "current, stale (nothing new for two cadences), empty (declared, nothing landed), on demand (no "
            "cadence), undeclared (documents landed by path, or whose declaration is gone).",
            "last_landed_at": "When its newest document was retrieved, UTC.",
            "newest_published_date": "The latest publication among its documents.",
            "missing_slot_count": "What it promised and has not brought: files, hours, pages.",
            "open_issue_count": "What it brought and could not be used.",
        },
    ),
    "publication_gaps": (
        "One row per kind of thing that is known to be missing; no row means that none is known, not that none is.",
        {
            "kind": "slots, issues, undated documents, uncoded documents, undated events, unread month, declarations.",
            "subject": "Which: a state of slots, a reason, a language, a month.",
            "item_count": "How many; null for an unread month.",
        },
    ),
}


def write_publication(con: duckdb.DuckDBPyConnection, settings: Settings, release: Release) -> None:
    """Make the tables in the attached `release`; its marts are there already."""
    open_issues = f"ops.issues where {_open_issue(con)}"
    _write_tables(con, release)
    _write_checks(con, release)
    problem = _write_sources(con, settings, release, open_issues)
    _write_gaps(con, open_issues, problem)
    due = _next_due(settings, datetime.fromisoformat(release.released_at))
    con.execute(
        """
        create table release.main.publication as select
            cast(? as text) as run_id, cast(? as timestamp) as released_at, cast(? as timestamp) as data_until,
            cast(? as timestamp) as next_due_at, cast(? as text) as coder_version, cast(? as text) as duckdb_version,
            cast(? as text) as comity_version, cast(? as integer) as passed_count, cast(? as text[]) as warnings,
            (select count(*) from release.main.publication_sources) as source_count,
            (select count(*) from release.main.publication_sources where state in ('stale', 'empty'))
                as stale_source_count,
            (select count(*) from release.main.publication_gaps) as gap_count
        """,
        [
            release.run_id,
            release.released_at,
            release.data_until,
            str(due) if due else None,
            release.versions["coder"],
            release.versions["duckdb"],
            release.versions["comity"],
            sum(outcome == "passed" for outcome in release.checks.values()),
            sorted(f"{name} {outcome}" for name, outcome in release.checks.items() if outcome != "passed"),
        ],
    )
    with transaction(con):
        for table, (comment, columns) in _TABLES.items():
            con.execute(f"comment on table release.main.{table} is '{comment}'")
            for column, text in columns.items():
                con.execute(f"comment on column release.main.{table}.{column} is '{text}'")


def _write_tables(con: duckdb.DuckDBPyConnection, release: Release) -> None:
    con.execute(
        "create table release.main.publication_tables as select unnest(?::text[]) as table_name, "
        "unnest(?::bigint[]) as row_count order by 1",
        [list(release.row_counts), list(release.row_counts.values())],
    )


def _write_checks(con: duckdb.DuckDBPyConnection, release: Release) -> None:
    con.execute(
        """
        create table release.main.publication_checks as
        select check_id, severity, outcome, observed, failing_count, reason
        from (select unnest(?::text[]) as check_id, unnest(?::text[]) as outcome)
        left join (
            select check_id, severity, observed, failing_count, reason from ops.check_results where run_id = ?
        ) using (check_id)
        order by check_id
        """,
        [list(release.checks), list(release.checks.values()), release.run_id],
    )


def _write_sources(
    con: duckdb.DuckDBPyConnection, settings: Settings, release: Release, open_issues: str
) -> str | None:
    """The sources; gives what is wrong with their declarations, which holds up no publication."""
    from flows.ingest import declared_sources

    problem, declared = None, []
    try:
        declared = declared_sources(settings)
    except ComityError as error:
        problem = str(error)
    now = datetime.fromisoformat(release.released_at)
    con.execute(
        "create or replace temp table _declared (source_id text, title text, publisher text, cadence text, "
        "patient_until timestamp)"
    )
    for spec in declared:
        since = _dues(spec.cadence, now, back=True)[_PATIENCE - 1] if spec.cadence else None
        con.execute(
            "insert into _declared values (?, ?, ?, ?, ?::timestamp)",
            [spec.source_id, spec.title, spec.publisher, spec.cadence, str(since) if since else None],
        )
    con.execute(
        f"""
        create table release.main.publication_sources as
        with landed as (
            select
                source_id, count(*) as document_count, max(retrieved_at) as last_landed_at,
                max(published_date) as newest_published_date
            from release.main.documents group by source_id
        ),
        issues as (select source_id, count(*) as open_issue_count from {open_issues} group by source_id),
        slots as (
            select source_id, count(*) as missing_slot_count from ops.slots
            where state in ('missing', 'late', 'corrupt') group by source_id
        )
        select
            source_id, _declared.title, _declared.publisher, _declared.cadence,
            case
                when _declared.source_id is null then 'undeclared'
                when landed.source_id is null then 'empty'
                when _declared.cadence is null then 'on demand'
                when landed.last_landed_at < _declared.patient_until then 'stale'
                else 'current'
            end as state,
            coalesce(landed.document_count, 0) as document_count, landed.last_landed_at, landed.newest_published_date,
            coalesce(slots.missing_slot_count, 0) as missing_slot_count,
            coalesce(issues.open_issue_count, 0) as open_issue_count
        from _declared full join landed using (source_id)
        left join issues using (source_id) left join slots using (source_id)
        order by source_id
        """
    )
    con.execute("drop table _declared")
    return problem


def _write_gaps(con: duckdb.DuckDBPyConnection, open_issues: str, problem: str | None) -> None:
    con.execute(
        f"""
        create table release.main.publication_gaps as
        with read as (
            select cast(date_trunc('month', published_date) as date) as month from release.main.documents
            where is_coded and published_precision in ('day', 'month') and published_date is not null
        ),
        covered as (
            select cast(date_trunc('month', event_date) as date) as month from release.main.event_mentions
            where date_precision in ('day', 'month') and event_date is not null
        ),
        months as (
            select cast(unnest(generate_series(min(month), max(month), interval 1 month)) as date) as month from read
        )
        select 'slots' as kind, source_id, state as subject, count(*) as item_count,
            array_to_string(min(slot, {_SHOWN}), ', ') as detail
        from ops.slots where state in ('missing', 'late', 'corrupt') group by all
        union all
        select 'issues', source_id, reason, count(*), array_to_string(min(coalesce(uri, detail), {_SHOWN}), ', ')
        from {open_issues} group by source_id, reason
        union all
        select 'undated documents', source_id, published_precision, count(*), array_to_string(min(uri, {_SHOWN}), ', ')
        from release.main.documents where published_date is null group by source_id, published_precision
        union all
        select 'uncoded documents', source_id, coalesce(language, 'unknown'), count(*),
            array_to_string(min(uri, {_SHOWN}), ', ')
        from release.main.documents where not is_coded group by source_id, language
        union all
        select 'undated events', null, event_root, count(*), array_to_string(min(event_id, {_SHOWN}), ', ')
        from release.main.events where event_date is null group by event_root
        union all
        select 'unread month', null, strftime(month, '%Y-%m'), null, 'no document published then and no act of it read'
        from months where month not in (from read) and month not in (from covered)
        union all
        select 'declarations', null, 'unreadable', 1, ?::text where ?::text is not null
        order by kind, source_id, subject
        """,
        [problem, problem],
    )


def _next_due(settings: Settings, now: datetime) -> datetime | None:
    from flows.ingest import declared_sources

    try:
        cadences = [spec.cadence for spec in declared_sources(settings) if spec.cadence]
    except ComityError:
        return None  # told as a gap
    return min((_dues(cadence, now)[0] for cadence in cadences), default=None)


def _dues(cadence: str, now: datetime, *, back: bool = False) -> list[datetime]:
    """The next times (or the last ones) of a cron line."""
    from cronsim import CronSim

    times: Any = CronSim(cadence, now.replace(tzinfo=UTC), reverse=back)
    return [next(times).replace(tzinfo=None) for _ in range(_PATIENCE)]


def _open_issue(con: duckdb.DuckDBPyConnection) -> str:
    """What makes an issue open: that nothing resolved it, where the warehouse keeps track of that."""
    row = con.execute(
        "select count(*) from duckdb_columns() where schema_name = 'ops' and table_name = 'issues' "
        "and column_name = 'resolved_at' and database_name = current_database()"
    ).fetchone()
    return "resolved_at is null" if row and row[0] else "true"
