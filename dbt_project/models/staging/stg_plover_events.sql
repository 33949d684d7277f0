-- As PLOVER records say it, with a row for each actor, recipient and type where a record lists several. A record may say
-- its CAMEO code in `cameo`, as our own exports do; else it has none.
with records as (

    select
        *,
        coalesce(nullif(from_json(actor, '["json"]'), []), [null]) as actors,
        coalesce(nullif(from_json(recipient, '["json"]'), []), [null]) as recipients,
        coalesce(nullif(from_json(event, '["text"]'), []), [null]) as types
    from {{ source('raw', 'plover_events') }}
    where {{ is_last_delivery('plover_events') }}

),

sources as (

    select *, unnest(actors) as source_entity, generate_subscripts(actors, 1) as source_no from records

),

pairs as (

    select *, unnest(recipients) as target_entity, generate_subscripts(recipients, 1) as target_no from sources

),

acts as (

    select *, unnest(types) as type, generate_subscripts(types, 1) as type_no from pairs

)

select
    -- ids
    id as delivered_id,
    ((source_no - 1) * len(recipients) + target_no - 1) * len(types) + type_no as pair_no,
    {{ delivery() }},

    -- who and what
    source_entity ->> '$.code' as source_country,
    source_entity ->> '$."entity text"' as source_other,
    source_entity ->> '$.sector' as source_sectors,
    target_entity ->> '$.code' as target_country,
    target_entity ->> '$."entity text"' as target_other,
    target_entity ->> '$.sector' as target_sectors,
    cameo as event_code,
    upper(type) as plover_type,
    event_scale as delivered_score,

    -- when
    {{ delivered_date('date') }} as event_date,
    {{ delivered_date('enddate') }} as event_date_end,
    cast(null as date) as published_date,

    -- how often and how sure
    1 as mention_count,
    1 as document_count,
    1 as publisher_count,
    cast(null as double) as confidence,
    coalesce(link ->> '$[0]', link ->> '$') as url,
    coder as delivered_version
from acts
