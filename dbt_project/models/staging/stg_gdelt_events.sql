-- As GDELT delivers it, with columns called as in the other data sets. Its codes for states are those of CAMEO; its
-- counts are those of the first quarter of an hour and are never raised later.
select
    -- ids
    cast(events.GLOBALEVENTID as text) as delivered_id,
    1 as pair_no,
    {{ delivery() }},

    -- who and what
    Actor1CountryCode as source_country,
    Actor1KnownGroupCode as source_other,
    concat_ws(';', Actor1Type1Code, Actor1Type2Code, Actor1Type3Code) as source_sectors,
    Actor2CountryCode as target_country,
    Actor2KnownGroupCode as target_other,
    concat_ws(';', Actor2Type1Code, Actor2Type2Code, Actor2Type3Code) as target_sectors,
    EventCode as event_code,
    cast(null as text) as plover_type,
    GoldsteinScale as delivered_score,

    -- when
    {{ delivered_date('SQLDATE') }} as event_date,
    {{ delivered_date('left(DATEADDED::text, 8)') }} as published_date,

    -- how often and how sure
    NumMentions as mention_count,
    NumArticles as document_count,
    NumSources as publisher_count,
    mentions.confidence,
    SOURCEURL as url,
    cast(null as text) as delivered_version
from {{ source('raw', 'gdelt_events') }} as events
left join {{ ref('stg_gdelt_confidence') }} as mentions on events.GLOBALEVENTID = mentions.event_number
where {{ is_last_delivery('gdelt_events') }}
