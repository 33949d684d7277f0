"""The tables that a comparison of two releases is made of, in the memory of its connection: see flows/diff.py."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_SQL = Path(__file__).with_name("diff.sql")
_HOPS = 3  # how far a cause is followed from event to event that exchanged mentions

# What an event or a month says of its own; other columns say who made it, or look back over other months.
_EVENT_VALUES = (
    "event_code", "event_date_end", "date_precision", "source_role", "target_role", "quad_class", "goldstein",
    "mention_count", "document_count", "publisher_count", "code_count", "date_count", "confidence", "event_date_basis",
    "is_symmetric", "forum", "forum_states", "forum_weight", "plover_type", "scale_id", "ontology_version",
)  # fmt: skip
_SCALE_VALUES = ("goldstein", "scale_id", "ontology_version")
_MONTH_VALUES = (
    "event_count", "mention_count", "document_count", "coop_verbal", "coop_material", "conf_verbal", "conf_material",
    "goldstein_sum", "goldstein_mean", "net_ratio", "weighted_count", "weighted_goldstein_sum", "scale_id",
    "ontology_version",
)  # fmt: skip
# What the comparison needs, where a release of an older Comity has no such column.
_NEEDED = {"forum_weight": "1.0::double", "scale_id": "null::text", "ontology_version": "null::text"}


def find_changes(con: DuckDBPyConnection) -> tuple[list[str], list[str]]:
    """Make `changed_events` and `parts`; gives the columns of events and months that both releases have."""
    for name, table in (("events", "events"), ("months", "dyad_months")):
        for when, place in (("was", "earlier.main"), ("now", "main")):
            missing = [
                f"{value} as {column}" for column, value in _NEEDED.items() if column not in _columns(con, place, table)
            ]
            con.execute(f"create temp view {when}_{name} as select {', '.join(['*', *missing])} from {place}.{table}")
    con.execute(_SQL.read_text(encoding="utf-8"))
    for _ in range(_HOPS):
        con.execute(
            "insert into causes select distinct neighbours.event_id, causes.cause from neighbours "
            "inner join causes on neighbours.other_id = causes.event_id "
            "where neighbours.event_id not in (select event_id from causes)"
        )
    event_values = _shared(con, "events", _EVENT_VALUES)
    _find_events(con, event_values)
    _find_parts(con)
    return event_values, _shared(con, "dyad_months", _MONTH_VALUES)


def _find_events(con: DuckDBPyConnection, values: list[str]) -> None:
    """Each event that is not the same in both, with its causes put into one text."""
    others = [name for name in values if name not in _SCALE_VALUES]
    scale = [name for name in values if name in _SCALE_VALUES]
    same_code = "was.event_code is not distinct from now.event_code"
    con.execute(
        f"""
        create temp table changed_events as
        with found as (
            select
                coalesce(now.event_id, was.event_id) as event_id,
                case when was.event_id is null then 'added' when now.event_id is null then 'lost' else 'changed' end
                    as change,
                change = 'changed' and {same_code} and {differ(scale)} as has_other_scale,
                change <> 'changed' or not ({same_code}) or {differ(others)} as has_other_mentions
            from was_events as was full join now_events as now using (event_id)
            where was.event_id is null or now.event_id is null or {differ(values)}
        ),
        told as (
            select event_id, string_agg(cause, ' + ' order by cause) as why
            from (select distinct event_id, cause from causes) group by event_id
        ),
        sentences as (select event_id from was_mentions union select event_id from now_mentions),
        recoded_events as (
            select event_id from was_mentions where document_id in (from recoded)
            union
            select event_id from now_mentions where document_id in (from recoded)
        ),
        explained as (
            select
                found.*,
                case
                    when not has_other_mentions then null
                    when told.why is not null then told.why
                    when recoded_events.event_id is not null then 'recode'
                    when sentences.event_id is not null then 'regrouped'
                    -- imported as an event: no sentence of it is here
                    when change = 'lost' then 'retraction'
                    else 'new documents'
                end as mention_cause
            from found
            left join told using (event_id)
            left join recoded_events using (event_id)
            left join sentences using (event_id)
        )
        select *, concat_ws(' + ', mention_cause, if(has_other_scale, 'scale', null)) as cause from explained
        """
    )


def _find_parts(con: DuckDBPyConnection) -> None:
    """What each changed event takes from or adds to its month, by cause: their sum is the month's change."""
    side = """
        select
            event_id, least(source_actor, target_actor) as actor_a, greatest(source_actor, target_actor) as actor_b,
            if(source_actor < target_actor, 'a_to_b', 'b_to_a') as direction,
            cast(date_trunc('month', event_date) as date) as month,
            cast(forum_weight as decimal(9, 6)) as weight, coalesce(cast(goldstein as decimal(9, 4)), 0) as score
        from {when}_events
        where source_actor <> target_actor and '---' not in (source_actor, target_actor)
            and date_precision in ('day', 'month') and event_id in (select event_id from changed_events)
    """
    con.execute(
        f"""
        create temp table parts as
        with was as ({side.format(when="was")}),
        now as ({side.format(when="now")}),
        kept as (select * from was inner join now using (event_id, actor_a, actor_b, direction, month)),
        pieces as (
            select actor_a, actor_b, direction, month, event_id, 'scale' as cause, 0 as events,
                was.weight * (now.score - was.score) as value
            from was inner join now using (event_id, actor_a, actor_b, direction, month)
            inner join changed_events using (event_id) where has_other_scale
            union all
            -- a score that changed with the code changed with what was said
            select actor_a, actor_b, direction, month, event_id, mention_cause, 0,
                (now.weight - was.weight) * now.score + if(has_other_scale, 0, was.weight * (now.score - was.score))
            from was inner join now using (event_id, actor_a, actor_b, direction, month)
            inner join changed_events using (event_id) where has_other_mentions
            union all
            select actor_a, actor_b, direction, month, event_id, mention_cause, -1, -weight * score
            from was inner join changed_events using (event_id)
            where event_id not in (select event_id from kept)
            union all
            select actor_a, actor_b, direction, month, event_id, mention_cause, 1, weight * score
            from now inner join changed_events using (event_id)
            where event_id not in (select event_id from kept)
        )
        select actor_a, actor_b, coalesce(direction, 'both') as direction, month, cause,
            cast(sum(events) as bigint) as event_count, cast(sum(value) as double) as weighted_goldstein_sum
        from pieces
        group by grouping sets ((actor_a, actor_b, direction, month, cause), (actor_a, actor_b, month, cause))
        """
    )


def _columns(con: DuckDBPyConnection, place: str, table: str) -> list[str]:
    return [column[0] for column in con.execute(f"select * from {place}.{table} limit 0").description or []]


def _shared(con: DuckDBPyConnection, table: str, wanted: tuple[str, ...]) -> list[str]:
    was, now = _columns(con, "earlier.main", table), _columns(con, "main", table)
    return [name for name in wanted if name in was and name in now]


def differ(names: list[str]) -> str:
    """The condition that `was` and `now` differ in one of the columns."""
    return "(" + (" or ".join(f"was.{name} is distinct from now.{name}" for name in names) or "false") + ")"
