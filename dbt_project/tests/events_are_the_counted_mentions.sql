-- Events and mentions tell the same story: each mention of an act that occurred belongs to one event with its dyad and its
-- code to three digits, each event has as many mentions as it says, its day and code are those of some mention, and no other
-- mention belongs to any.
with mentions as (

    select
        event_id,
        count(*) as mention_count,
        min(source_actor || target_actor || left(event_code, 3)) as least_act,
        max(source_actor || target_actor || left(event_code, 3)) as greatest_act,
        list(distinct event_date) as event_dates,
        list(distinct event_code) as event_codes,
        bool_or(event_status <> 'occurred') as has_uncounted
    from {{ ref('event_mentions') }}
    where event_id is not null or event_status = 'occurred'
    group by event_id

)

select
    coalesce(events.event_id, mentions.event_id) as event_id,
    events.mention_count as stated_count,
    mentions.mention_count as found_count,
    mentions.has_uncounted
from (select * from {{ ref('events') }} where origin = 'comity') as events
full join mentions on events.event_id = mentions.event_id
where events.event_id is null
    or events.mention_count is distinct from mentions.mention_count
    or (events.event_date is not null and not list_contains(mentions.event_dates, events.event_date))
    or not list_contains(mentions.event_codes, events.event_code)
    or events.source_actor || events.target_actor || left(events.event_code, 3) is distinct from mentions.least_act
    or mentions.least_act <> mentions.greatest_act
    or mentions.has_uncounted
