-- Every actor that a mention names has a row in `actors`, or is '---', the actor without a known country. A warning: a
-- coded organisation that no dictionary lists is a gap to fill and no reason to keep analysts from the rest.
{{ config(severity='warn') }}

with named as (

    select source_actor as actor_code, mention_id from {{ ref('event_mentions') }}
    union all
    select target_actor, mention_id from {{ ref('event_mentions') }}

)

select actor_code, count(*) as mention_count, min(mention_id) as example_mention_id
from named
where actor_code <> '---' and actor_code not in (select actor_code from {{ ref('mart_actors') }})
group by actor_code
