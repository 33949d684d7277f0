-- As ICEWS delivers it: a row per story and sentence, so each counts once; states by their English names.
select
    -- ids
    concat_ws(' ', event_id, event_date) as delivered_id,
    1 as pair_no,
    {{ delivery() }},

    -- who and what
    source_country,
    source_name as source_other,
    replace(source_sectors, ',', ';') as source_sectors,
    target_country,
    target_name as target_other,
    replace(target_sectors, ',', ';') as target_sectors,
    cameo_code as event_code,
    cast(null as text) as plover_type,
    intensity as delivered_score,

    -- when
    {{ delivered_date('event_date') }} as event_date,
    cast(null as date) as published_date,

    -- how often and how sure
    1 as mention_count,
    1 as document_count,
    1 as publisher_count,
    cast(null as double) as confidence,
    cast(null as text) as url,
    cast(null as text) as delivered_version
from {{ source('raw', 'icews_events') }}
where {{ is_last_delivery('icews_events') }}
