-- As Phoenix delivers it: an event a day for each pair and code, with the sentences and addresses that tell of it. Its
-- own quad class differs from everybody's (0 for statements and appeals, 3 for root 16) and stays in raw.
select
    -- ids
    concat_ws(' ', event_id, date) as delivered_id,
    1 as pair_no,
    {{ delivery() }},

    -- who and what
    source_root as source_country,
    source_full as source_other,
    source_agent as source_sectors,
    target_root as target_country,
    target_full as target_other,
    target_agent as target_sectors,
    event_code,
    cast(null as text) as plover_type,
    goldstein as delivered_score,

    -- when
    {{ delivered_date('date') }} as event_date,
    cast(null as date) as published_date,

    -- how often and how sure
    coalesce({{ item_count('sentence_ids') }}, 1) as mention_count,
    coalesce({{ item_count('urls') }}, 1) as document_count,
    coalesce({{ item_count('sources') }}, 1) as publisher_count,
    cast(null as double) as confidence,
    string_split(urls, ';')[1] as url,
    string_split(event_id, '_')[-1] as delivered_version
from {{ source('raw', 'phoenix_events') }}
where {{ is_last_delivery('phoenix_events') }}
