-- What a state did in a forum, paired out to the other states there, weighs one act in all and no more; and an event
-- weighs what its number of states says, so that no pair counts for the whole forum.
with expansions as (

    select
        sentence_id,
        event_root,
        forum,
        source_actor,
        count(distinct target_actor) / max(greatest(forum_states - 1, 1)) as weight,
        min(forum_states) as least_states,
        max(forum_states) as most_states
    from {{ ref('event_mentions') }}
    where forum is not null
    group by all

)

select 'expansion' as what, sentence_id as row_key, weight
from expansions
where weight > 1.000001 or least_states <> most_states

union all

select 'event', event_id, forum_weight
from {{ ref('events') }}
where abs(forum_weight * greatest(forum_states - 1, 1) - 1) > 0.000001
