"""What a coding changed in the events: gained, lost, coded otherwise, by CAMEO root and by dyad and month.

Counted are events as the marts count them (dyad, code, first day; an undated one by its document) of documents that
were coded before too: an event that another document still tells of is not lost, and a new document gains none.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from flows.standing import CURRENT

if TYPE_CHECKING:
    import duckdb

_MOST_DYAD_MONTHS = 500  # of the greatest change; the count of all is told beside them

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """An event that only one of the two states has, and where it is told."""

    source_actor: str
    target_actor: str
    event_code: str
    day: str  # empty where unknown
    undated_in: str  # the document, where the day is unknown
    was: bool
    places: tuple[str, ...]  # sentence and verb
    sentence_id: str  # the first that tells of it

    @property
    def sort_key(self) -> tuple[str, ...]:
        return self.source_actor, self.target_actor, self.day, self.undated_in, self.event_code

    @property
    def month(self) -> tuple[str, str, str]:
        return self.source_actor, self.target_actor, self.day[:7]

    @property
    def sentences(self) -> frozenset[str]:
        return frozenset(place.partition(":")[0] for place in self.places)


def remember(con: duckdb.DuckDBPyConnection) -> None:
    """Note what stands now, to be compared with what will."""
    con.execute(f"create or replace temp table stood as select document_id, found_by from {CURRENT}")


def differences(con: duckdb.DuckDBPyConnection, examples: int) -> Row:
    """What differs between then and now, for JSON."""
    con.execute(
        f"""
        create or replace temp table moved as
        select document_id, stood.found_by as before_id, now.found_by as after_id
        from stood join {CURRENT} as now using (document_id) where stood.found_by <> now.found_by
        """
    )
    events = _events(con)
    lost, gained = [e for e in events if e.was], [e for e in events if not e.was]
    changed = list(_pairs(lost, gained))
    paired = {id(event) for pair in changed for event in pair}
    lost = [e for e in lost if id(e) not in paired]
    gained = [e for e in gained if id(e) not in paired]
    before, after = _mention_counts(con)
    months = _by_dyad_month(lost, gained, changed)
    return {
        "gained": len(gained),
        "lost": len(lost),
        "changed": len(changed),
        "mentions_before": before,
        "mentions_after": after,
        "by_root": _by_root(lost, gained, changed),
        "by_dyad_month": months[:_MOST_DYAD_MONTHS],
        "dyad_month_count": len(months),
        "examples": _examples(con, lost, gained, changed, examples),
    }


def _events(con: duckdb.DuckDBPyConnection) -> list[Event]:
    rows = con.execute(
        """
        with told as (
            select
                coding_id, source_actor, target_actor, event_code,
                coalesce(event_date_start::text, '') as day,
                if(event_date_start is null, coalesce(duplicate_of, documents.document_id), '') as undated_in,
                sentence_id, sentence_no, documents.document_id,
                sentence_id || ':' || coalesce(verb_start, -1) as place
            from raw.event_mentions as mentions
            join raw.documents as documents using (document_id)
            left join ops.duplicates as duplicates using (document_id)
            join raw.sentences as sentences using (sentence_id)
            where event_status = 'occurred'
        ),
        sides as (
            select before_id as coding_id, true as was from moved
            union all
            select after_id, false from moved
        ),
        still as (select found_by from stood anti join moved using (document_id)),
        once as (
            select
                source_actor, target_actor, event_code, day, undated_in,
                any_value(was) as was,
                list_sort(list(distinct place)) as places,
                arg_min(sentence_id, (document_id, sentence_no, sentence_id)) as sentence_id
            from told join sides using (coding_id)
            group by source_actor, target_actor, event_code, day, undated_in
            having count(distinct was) = 1
        ),
        elsewhere as (
            select source_actor, target_actor, event_code, day, undated_in
            from told semi join still on coding_id = found_by
        )
        select * from once
        anti join elsewhere using (source_actor, target_actor, event_code, day, undated_in)
        order by source_actor, target_actor, day, undated_in, event_code
        """
    ).fetchall()
    return [
        Event(source, target, code, day, undated_in, was, tuple(places), sentence_id)
        for source, target, code, day, undated_in, was, places, sentence_id in rows
    ]


def _mention_counts(con: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    row = con.execute(
        """
        select coalesce(sum(b.mention_count), 0)::bigint, coalesce(sum(a.mention_count), 0)::bigint
        from moved join ops.codings as b on b.coding_id = before_id join ops.codings as a on a.coding_id = after_id
        """
    ).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def _pairs(lost: list[Event], gained: list[Event]) -> Iterator[tuple[Event, Event]]:
    """A lost and a gained event are one with another code where the same sentence tells of both.

    The same verb goes before another of the sentence, then the order of codes.
    """
    free: dict[tuple[str, ...], list[Event]] = defaultdict(list)
    for event in gained:
        free[event.sort_key[:4]].append(event)
    for event in lost:
        others = [e for e in free[event.sort_key[:4]] if event.sentences & e.sentences]
        if others:
            chosen = min(others, key=lambda e: (set(event.places).isdisjoint(e.places), e.event_code))
            free[event.sort_key[:4]].remove(chosen)
            yield event, chosen


def _by_root(lost: list[Event], gained: list[Event], changed: list[tuple[Event, Event]]) -> list[Row]:
    kinds = {
        "gained": Counter(e.event_code[:2] for e in gained),
        "lost": Counter(e.event_code[:2] for e in lost),
        "changed_from": Counter(old.event_code[:2] for old, _ in changed),
        "changed_to": Counter(new.event_code[:2] for _, new in changed),
    }
    roots = sorted(set().union(*kinds.values()))
    return [{"event_root": root, **{kind: counts[root] for kind, counts in kinds.items()}} for root in roots]


def _by_dyad_month(lost: list[Event], gained: list[Event], changed: list[tuple[Event, Event]]) -> list[Row]:
    """The greatest change first."""
    kinds = {
        "gained": Counter(e.month for e in gained),
        "lost": Counter(e.month for e in lost),
        "changed": Counter(old.month for old, _ in changed),
    }
    total: Counter[tuple[str, str, str]] = sum(kinds.values(), Counter())
    return [
        {
            "source_actor": key[0],
            "target_actor": key[1],
            "month": key[2] or None,
            **{kind: counts[key] for kind, counts in kinds.items()},
        }
        for key in sorted(total, key=lambda k: (-total[k], k))
    ]


def _examples(
    con: duckdb.DuckDBPyConnection,
    lost: list[Event],
    gained: list[Event],
    changed: list[tuple[Event, Event]],
    most: int,
) -> list[Row]:
    """Sentences with what they told before and tell now; of each kind in turn, and no sentence twice."""
    chosen: dict[str, Row] = {}
    kinds = (
        [("changed", _common(old, new), old, new) for old, new in changed],
        [("lost", e.sentence_id, e, None) for e in lost],
        [("gained", e.sentence_id, None, e) for e in gained],
    )
    for kind, sentence_id, old, new in _in_turn(kinds):
        if len(chosen) >= most:
            break
        event = old or new
        if sentence_id in chosen or event is None:
            continue
        chosen[sentence_id] = {
            "change": kind,
            "source_actor": event.source_actor,
            "target_actor": event.target_actor,
            "date": event.day or None,
            "code_before": old.event_code if old else None,
            "code_after": new.event_code if new else None,
        }
    for sentence_id, example in chosen.items():
        row = con.execute(
            """
            select sentences.text, document_id, uri, before_id, after_id
            from raw.sentences as sentences join raw.documents as documents using (document_id)
            join moved using (document_id) where sentence_id = ?
            """,
            [sentence_id],
        ).fetchone()
        assert row is not None
        example |= {"sentence": row[0], "document_id": row[1], "uri": row[2]}
        example |= {"before": _told(con, row[3], sentence_id), "after": _told(con, row[4], sentence_id)}
    return list(chosen.values())


def _common(old: Event, new: Event) -> str:
    both = old.sentences & new.sentences
    return old.sentence_id if old.sentence_id in both else min(both)


def _in_turn(kinds: Iterable[list[Any]]) -> Iterator[Any]:
    for some in zip_longest(*kinds):
        yield from (item for item in some if item is not None)


def _told(con: duckdb.DuckDBPyConnection, coding_id: str, sentence_id: str) -> list[Row]:
    """What one coding found in one sentence."""
    columns = ("source_actor", "target_actor", "event_code", "date", "event_status", "pattern_id")
    rows = con.execute(
        """
        select distinct source_actor, target_actor, event_code, event_date_start::text, event_status, pattern_id
        from raw.event_mentions where coding_id = ? and sentence_id = ? order by all
        """,
        [coding_id, sentence_id],
    ).fetchall()
    return [dict(zip(columns, row, strict=True)) for row in rows]
