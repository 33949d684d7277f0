"""Tells what changed between two releases and why, from the two files alone.

Each event that came, went or changed is traced through its sentences to new documents, a recode, another scale or a
retraction; a dyad-month's change of value is then the sum of what its events contribute, by cause, nothing left over.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from flows.diff_tables import differ, find_changes
from flows.errors import InputError
from flows.explain import records
from flows.releases import find_release, last_two, run_of
from flows.settings import Settings
from flows.warehouse import open_published

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_MONTH_KEY = ("actor_a", "actor_b", "direction", "month")


def diff(settings: Settings, old: str | None = None, new: str | None = None) -> dict[str, Any]:
    """What the newer release says otherwise than the older; by default the present one and the one before it."""
    if old is None:
        was, now = last_two(settings)
    else:
        was = find_release(settings, old)
        now = find_release(settings, new) if new else find_release(settings, str(settings.marts_link))
    if was == now:
        raise InputError(f"{run_of(was)} was named twice; name two releases (`comity releases` lists them)")
    with open_published(settings, now, earlier=was) as con:
        try:
            return {
                "old": _about(con, "earlier.main", was),
                "new": _about(con, "main", now),
                **compare(con),
            }
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            raise InputError(
                f"{was.name} and {now.name} cannot be compared: one was made by another version of Comity "
                f"({str(error).splitlines()[0]})"
            ) from error


def compare(con: DuckDBPyConnection) -> dict[str, Any]:
    """The comparison of the open release with the attached `earlier` one."""
    event_values, month_values = find_changes(con)
    events, months = _events(con, event_values), _months(con, month_values)
    return {
        "documents": records(
            con,
            """
            select
                (select count(*) from now_documents where document_id not in (select document_id from was_documents))
                    as added,
                (select count(*) from was_documents where document_id not in (select document_id from now_documents))
                    as lost,
                (select count(*) from recoded) as recoded
            """,
        )[0],
        "event_count": len(events),
        "dyad_month_count": len(months),
        "by_cause": _summary(events, "cause"),
        "by_cause_and_root": _summary(events, "cause", "event_root"),
        "events": events,
        "dyad_months": months,
    }


def _events(con: DuckDBPyConnection, values: list[str]) -> list[dict[str, Any]]:
    rows = records(
        con,
        f"""
        with moved as (
            select was.event_id, list(distinct now.event_id order by now.event_id) as became
            from was_mentions as was
            inner join now_mentions as now using (sentence_id, source_actor, target_actor)
            inner join changed_events on was.event_id = changed_events.event_id and changed_events.change = 'lost'
            where now.event_id is not null
            group by was.event_id
        )
        select
            changed.change, changed.cause, changed.event_id,
            coalesce(now.source_actor, was.source_actor) as source_actor,
            coalesce(now.target_actor, was.target_actor) as target_actor,
            coalesce(now.event_date, was.event_date) as event_date,
            coalesce(now.event_root, was.event_root) as event_root,
            moved.became,
            {_struct("was", values)} as before, {_struct("now", values)} as after
        from changed_events as changed
        left join was_events as was using (event_id) left join now_events as now using (event_id)
        left join moved using (event_id)
        order by change, source_actor, target_actor, event_date, event_id
        """,
    )
    return [_only_differences(row) for row in rows]


def _months(con: DuckDBPyConnection, values: list[str]) -> list[dict[str, Any]]:
    key = ", ".join(_MONTH_KEY)
    rows = records(
        con,
        f"""
        with by_month as (
            select {key}, list({{'cause': cause, 'event_count': event_count,
                'weighted_goldstein_sum': weighted_goldstein_sum}} order by cause) as causes
            from parts group by all
        )
        select
            case when was.actor_a is null then 'added' when now.actor_a is null then 'lost' else 'changed' end
                as change,
            {key}, by_month.causes,
            {differ([name for name in values if name in ("scale_id", "ontology_version")])} as has_other_scale,
            coalesce(now.docs_processed + now.docs_covering, 0) - coalesce(was.docs_processed + was.docs_covering, 0)
                as documents,
            {_struct("was", values)} as before, {_struct("now", values)} as after
        from was_months as was full join now_months as now using ({key})
        left join by_month using ({key})
        where was.actor_a is null or now.actor_a is null or {differ(values)}
        order by {key}
        """,
    )
    for row in rows:
        _only_differences(row)
        row["causes"] = row["causes"] or []
        documents, has_other_scale = row.pop("documents"), row.pop("has_other_scale")
        named = {part["cause"] for part in row["causes"]}
        if has_other_scale and row["change"] == "changed" and "scale" not in named:
            named.add("scale")
        if not named:  # a month without events, that now counts as read or does not, or copies that were told apart
            named = {"new documents" if documents > 0 else "retraction" if documents < 0 else "regrouped"}
        row["cause"] = " + ".join(sorted({one for cause in named for one in cause.split(" + ")}))
    return rows


def _only_differences(row: dict[str, Any]) -> dict[str, Any]:
    before, after = row["before"], row["after"]
    if row["change"] == "changed":
        names = [name for name in before if before[name] != after[name]]
        row["before"], row["after"] = {name: before[name] for name in names}, {name: after[name] for name in names}
    else:
        row["before" if row["change"] == "added" else "after"] = None
    return row


def _summary(rows: Iterable[dict[str, Any]], *keys: str) -> list[dict[str, Any]]:
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in rows:
        key = tuple(row[name] for name in keys)
        counts = found.setdefault(key, {**dict(zip(keys, key, strict=True)), "added": 0, "lost": 0, "changed": 0})
        counts[row["change"]] += 1
    return [found[key] for key in sorted(found)]


def _about(con: DuckDBPyConnection, place: str, path: Path) -> dict[str, Any]:
    about = records(con, f"select run_id, released_at, data_until from {place}.publication")[0]
    return {**about, "file": path.name}


def _struct(side: str, names: list[str]) -> str:
    return "{" + ", ".join(f"'{name}': {side}.{name}" for name in names) + "}"
