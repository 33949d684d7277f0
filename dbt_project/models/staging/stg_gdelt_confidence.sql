-- GDELT says how sure it is of an event with each text that tells of it; the surest counts.
select
    GLOBALEVENTID as event_number,
    max(Confidence) / 100.0 as confidence,
    max(landed_at) as last_landed_at
from {{ source('raw', 'gdelt_mentions') }}
group by GLOBALEVENTID
