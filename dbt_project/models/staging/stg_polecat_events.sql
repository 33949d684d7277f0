-- As POLECAT delivers it, with a row for each pair where it names several states on a side: an event here has one actor
-- a side. It has types of PLOVER and no CAMEO codes.
with events as (

    select
        *,
        coalesce(list_distinct(string_split(actor_country, ';')), [null]) as actors,
        coalesce(list_distinct(string_split(recipient_country, ';')), [null]) as recipients
    from {{ source('raw', 'polecat_events') }}
    where {{ is_last_delivery('polecat_events') }}

),

sources as (

    select *, unnest(list_sort(actors)) as source_country, generate_subscripts(actors, 1) as source_no from events

),

pairs as (

    select *, unnest(list_sort(recipients)) as target_country, generate_subscripts(recipients, 1) as target_no
    from sources

)

select
    -- ids
    event_id as delivered_id,
    (source_no - 1) * len(recipients) + target_no as pair_no,
    {{ delivery() }},

    -- who and what
    trim(source_country) as source_country,
    if(len(actors) = 1, actor_name, null) as source_other,
    primary_actor_sector as source_sectors,
    trim(target_country) as target_country,
    if(len(recipients) = 1, recipient_name, null) as target_other,
    primary_recipient_sector as target_sectors,
    cast(null as text) as event_code,
    upper(event_type) as plover_type,
    intensity as delivered_score,

    -- when
    {{ delivered_date('event_date') }} as event_date,
    {{ delivered_date('publication_date') }} as published_date,

    -- how often and how sure
    1 as mention_count,
    1 as document_count,
    1 as publisher_count,
    cast(null as double) as confidence,
    cast(null as text) as url,
    version as delivered_version
from pairs
