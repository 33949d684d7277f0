"""Our events as lines of GDELT, PLOVER and Phoenix: one query each, its columns in the order of that form.

Texts lose the tabs and line ends that would end a cell. What we do not know (places, tone) is empty.
"""

from __future__ import annotations

from dataclasses import dataclass

from sources.gdelt_tables import EVENTS
from sources.readers import phoenix


@dataclass(frozen=True, slots=True)
class Form:
    """How one form is written; `fits` is what an event must be to have a place in it."""

    query: str
    options: str
    fits: str
    why: str  # those that do not fit are left out


_TABS = "format csv, header false, delimiter '\t', quote '', escape '', nullstr ''"
_DAYS = "date_precision = 'day' and event_date is not null and event_code is not null"
_WHY_DAYS = "this form has a place for events dated to the day only"


def _clean(expression: str) -> str:
    return f"regexp_replace({expression}, '[\\t\\r\\n]+', ' ', 'g')"


def _listed(values: dict[str, str], names: tuple[str, ...]) -> str:
    """A select list in the order of the form; what is not said is null."""
    unknown = set(values) - set(names)
    assert not unknown, unknown
    return ",\n    ".join(f'{values.get(name, "null")} as "{name}"' for name in names)


def _gdelt_actor(number: int, side: str) -> dict[str, str]:
    is_state = f"length({side}_actor) = 3 and {side}_actor <> '---'"
    return {
        f"Actor{number}Code": f"nullif(if({side}_actor = '---', '', {side}_actor) || coalesce({side}_role, ''), '')",
        f"Actor{number}Name": _clean(f"upper({side}.name)"),
        f"Actor{number}CountryCode": f"if({is_state}, {side}_actor, null)",
        f"Actor{number}KnownGroupCode": f"if({is_state} or {side}_actor = '---', null, {side}_actor)",
        f"Actor{number}Type1Code": f"{side}_role",
    }


_NAMES = """
left join actors as source on source.actor_code = events.source_actor
left join actors as target on target.actor_code = events.target_actor
"""

# A whole number out of the key, always positive: GDELT's ids are numbers.
_NUMBER = "cast(cast('0x' || left(event_id, 15) as bigint) as text)"

_GDELT = {
    "GLOBALEVENTID": _NUMBER,
    "SQLDATE": "strftime(event_date, '%Y%m%d')",
    "MonthYear": "strftime(event_date, '%Y%m')",
    "Year": "year(event_date)",
    "FractionDate": "round(year(event_date) + (month(event_date) * 30 + day(event_date)) / 365.0, 4)",
    **_gdelt_actor(1, "source"),
    **_gdelt_actor(2, "target"),
    "IsRootEvent": "1",
    "EventCode": "event_code",
    "EventBaseCode": "left(event_code, 3)",
    "EventRootCode": "event_root",
    "QuadClass": "quad_class",
    "GoldsteinScale": "goldstein",
    "NumMentions": "mention_count",
    "NumSources": "publisher_count",
    "NumArticles": "document_count",
    "DATEADDED": "strftime(coalesce(first_published_date, event_date), '%Y%m%d') || '000000'",
}

_PHOENIX = {
    "event_id": "event_id || '_' || coder_version",
    "date": "strftime(event_date, '%Y%m%d')",
    "year": "year(event_date)",
    "month": "strftime(event_date, '%m')",
    "day": "strftime(event_date, '%d')",
    "source_full": "source_actor || coalesce(source_role, '')",
    "source_root": "source_actor",
    "source_agent": "source_role",
    "target_full": "target_actor || coalesce(target_role, '')",
    "target_root": "target_actor",
    "target_agent": "target_role",
    "event_code": "event_code",
    "root_code": "event_root",
    # its own classes: statements and appeals are 0, and reduced relations are words
    "quad_class": "case when event_root in ('01', '02') then 0 when event_root = '16' then 3 else quad_class end",
    "goldstein": "goldstein",
    "sentence_ids": "told.sentence_ids",
    "urls": _clean("told.urls"),
    "sources": _clean("told.publishers"),
}

# One entry a mention, so that a reader counts as many; of documents and publishers each once.
_TOLD = """
left join (
    select
        event_id,
        string_agg(mention_id, ';' order by mention_id) as sentence_ids,
        string_agg(distinct replace(uri, ';', ','), ';' order by replace(uri, ';', ',')) as urls,
        string_agg(distinct replace(coalesce(event_mentions.publisher, 'unknown'), ';', ','), ';'
            order by replace(coalesce(event_mentions.publisher, 'unknown'), ';', ',')) as publishers
    from event_mentions
    join (select document_id, coalesce(url, uri) as uri from documents) as documents
        on documents.document_id = event_mentions.original_document_id
    where event_id is not null
    group by event_id
) as told using (event_id)
"""


def _entity(side: str) -> str:
    return (
        f"""if({side}_actor = '---' and {side}_role is null, [], [{{code: {side}_actor, """
        f"""sector: {side}_role, "entity text": {side}.name}}])"""
    )


FORMS = {
    "gdelt": Form(
        f"select\n    {_listed(_GDELT, EVENTS.names())}\nfrom events {_NAMES} where {{where}}",
        _TABS,
        _DAYS,
        _WHY_DAYS,
    ),
    "phoenix": Form(
        f"select\n    {_listed(_PHOENIX, phoenix.TABLE.names())}\nfrom events {_TOLD} where {{where}}",
        _TABS,
        _DAYS,
        _WHY_DAYS,
    ),
    "plover": Form(
        f"""
        select
            event_id as id,
            strftime(event_date, '%Y-%m-%d') as date,
            strftime(event_date_end, '%Y-%m-%d') as enddate,
            {_entity("source")} as actor,
            {_entity("target")} as recipient,
            [events.plover_type] as event,
            list_filter(string_split(coalesce(codes.plover_mode, ''), '|'), lambda part: part <> '') as mode,
            list_filter(string_split(coalesce(codes.plover_context, ''), '|'), lambda part: part <> '') as context,
            events.quad_class as "quad code",
            events.event_code as cameo,
            'comity ' || coder_version as coder
        from events {_NAMES}
        left join event_codes as codes on codes.event_code = events.event_code
        where {{where}}
        """,
        "format json",
        "event_date is not null and events.plover_type is not null and source_actor <> '---'",
        "PLOVER needs a date, an actor and one of its types, which statements and appeals have not",
    ),
}
