"""Takes a number of the dyad marts apart: the events behind a row, and how much of its weighted sum each one is."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

from flows.errors import InputError
from flows.explain import mark, records
from flows.settings import Settings
from flows.warehouse import open_published

if TYPE_CHECKING:
    import duckdb

DIRECTIONS = ("both", "a_to_b", "b_to_a")
PERIODS = {"dyad-day": "day", "dyad-month": "month", "dyad-year": "year"}
_FORMS = {"day": "2020-12-05", "month": "2020-12", "year": "2020"}
_PRECISIONS = ("day", "month", "quarter", "year")  # an event counts where its date is known no coarser than the period
_FITS = {"day": 1, "month": 2, "year": 4}


def explain_period(settings: Settings, what: str, actors: tuple[str, str], when: str, direction: str) -> dict[str, Any]:
    """The row of one pair of actors, direction and period, and each event of it with its share."""
    if direction not in DIRECTIONS:
        raise InputError(f"there is no direction {direction}; choose one of {', '.join(DIRECTIONS)}")
    period = PERIODS[what]
    first_day = _first_day(period, when)
    actor_a, actor_b = sorted(actor.strip().upper() for actor in actors)
    with open_published(settings) as con:
        published = records(con, "select run_id, released_at from publication")[0]
        rows = _rows(con, period, actor_a, actor_b, first_day)
        row = rows[direction]
        events = _events(con, period, actor_a, actor_b, first_day, direction)
        _add_shares(events)
        _add_documents(con, events)
        coarser = _coarser(con, period, actor_a, actor_b, first_day)
    explained = sum(event["contribution"] or 0 for event in events)
    return {
        "release": published,
        "period": period,
        "actor_a": actor_a,
        "actor_b": actor_b,
        "direction": direction,
        period: first_day.isoformat(),
        "row": row,
        "other_directions": {name: found for name, found in rows.items() if name != direction},
        "explained_sum": explained,
        "unexplained_sum": (row["weighted_goldstein_sum"] or 0) - explained,
        "events": events,
        "dated_too_coarsely": coarser,
    }


def _first_day(period: str, when: str) -> date:
    if re.fullmatch({"day": r"\d{4}-\d\d-\d\d", "month": r"\d{4}-\d\d", "year": r"\d{4}"}[period], when):
        try:
            return date.fromisoformat(f"{when}-01-01"[:10])
        except ValueError:
            pass
    raise InputError(f"{when} is no {period}; write it like {_FORMS[period]}")


def _rows(
    con: duckdb.DuckDBPyConnection, period: str, actor_a: str, actor_b: str, first_day: date
) -> dict[str, dict[str, Any]]:
    found = records(
        con,
        f"select * from dyad_{period}s where actor_a = ? and actor_b = ? and {period} = ?::date",
        actor_a, actor_b, str(first_day),
    )  # fmt: skip
    if found:
        return {row["direction"]: row for row in found}
    span = records(
        con,
        f"select min({period})::text as first, max({period})::text as last from dyad_{period}s "
        "where actor_a = ? and actor_b = ?",
        actor_a, actor_b,
    )[0]  # fmt: skip
    if span["first"] is None:
        raise InputError(
            f"{actor_a} and {actor_b} have no row in dyad_{period}s: no dated event between them was read; "
            'comity query "select * from actors" lists the actor codes'
        )
    raise InputError(
        f"{actor_a} and {actor_b} have no row of that {period} in dyad_{period}s; theirs are from {span['first']} "
        f"to {span['last']}" + (", on days with an event only" if period == "day" else "")
    )


_OF_DYAD = "is_dyad and least(source_actor, target_actor) = ? and greatest(source_actor, target_actor) = ?"


def _events(
    con: duckdb.DuckDBPyConnection, period: str, actor_a: str, actor_b: str, first_day: date, direction: str
) -> list[dict[str, Any]]:
    fits = _PRECISIONS[: _FITS[period]]
    return records(
        con,
        f"""
        with found as (
            select *, if(source_actor < target_actor, 'a_to_b', 'b_to_a') as direction,
                cast(goldstein as decimal(9, 4)) * cast(forum_weight as decimal(9, 6)) as contribution
            from events where {_OF_DYAD}
                and date_trunc('{period}', event_date) = ?::date and list_contains(?::text[], date_precision)
        )
        select
            found.event_id, found.direction, found.source_actor, found.target_actor, found.event_code,
            event_codes.name, found.event_date, found.date_precision, found.quad_class, found.goldstein,
            found.forum_weight, found.forum, found.contribution, found.mention_count, found.document_count,
            found.confidence, found.is_provisional, found.lead_mention_id
        from found left join event_codes using (event_code)
        where ? in ('both', direction)
        order by abs(contribution) desc nulls last, event_date, event_id
        """,
        actor_a, actor_b, str(first_day), list(fits), direction,
    )  # fmt: skip


def _add_shares(events: list[dict[str, Any]]) -> None:
    """Two shares: `share` of the sum, all adding up to 1, those of events against the rest below 0, and
    `share_of_movement` of all that moved the sum either way, between 0 and 1.
    """
    total = sum(event["contribution"] or 0 for event in events)
    movement = sum(abs(event["contribution"] or 0) for event in events)
    for event in events:
        value = event["contribution"]
        event["share"] = None if value is None or abs(total) < 1e-9 else value / total
        event["share_of_movement"] = None if value is None or not movement else abs(value) / movement


def _add_documents(con: duckdb.DuckDBPyConnection, events: list[dict[str, Any]]) -> None:
    ids = [event["event_id"] for event in events]
    leads = {
        row["mention_id"]: row
        for row in records(
            con,
            "select * from event_mentions where event_id in (select unnest(?::text[]))",
            ids,
        )
    }
    documents = records(
        con,
        """
        select
            event_id, document_id, title, publisher, published_date, uri, url, duplicate_of, mentions.mention_count
        from (
            select event_id, document_id, count(*) as mention_count from event_mentions
            where event_id in (select unnest(?::text[])) group by event_id, document_id
        ) as mentions
        inner join (select * exclude (text, mention_count) from documents) using (document_id)
        order by duplicate_of is not null, published_date, document_id
        """,
        ids,
    )
    for event in events:
        lead = leads.get(event.pop("lead_mention_id"))
        event["lead_sentence"] = lead["sentence_text"] if lead else None
        event["marked"] = mark(lead) if lead else None
        event["documents"] = [
            {name: value for name, value in row.items() if name != "event_id"}
            for row in documents
            if row["event_id"] == event["event_id"]
        ]


def _coarser(con: duckdb.DuckDBPyConnection, period: str, actor_a: str, actor_b: str, first_day: date) -> int:
    """Events of the pair that may have happened then, and are dated too coarsely to count."""
    row = con.execute(
        f"select count(*) from events where {_OF_DYAD} and list_contains(?::text[], date_precision) "
        f"and event_date < ?::date + interval 1 {period} and event_date_end >= ?::date",
        [actor_a, actor_b, list(_PRECISIONS[_FITS[period] :]), str(first_day), str(first_day)],
    ).fetchone()
    return int(row[0]) if row else 0
