-- One row per pair of actors, direction and day with an event of the pair in either direction: the exponentially weighted
-- sum of weighted scores (ew_7, ew_30, ew_90: the half-life in days) and of weights after that day.
{{ config(materialized='table') }}
with days as (

    select
        pairs.actor_a,
        pairs.actor_b,
        directions.direction,
        pairs.day,
        pairs.day - date '1970-01-01' as epoch_day,
        coalesce(sums.weighted_goldstein_sum, 0) as score,
        coalesce(sums.weighted_scored, 0) as weight
    from (select distinct actor_a, actor_b, day from {{ ref('int_dyad_days') }}) as pairs
    cross join (select unnest(['a_to_b', 'b_to_a', 'both']) as direction) as directions
    left join {{ ref('int_dyad_days') }} as sums
        on pairs.actor_a = sums.actor_a
        and pairs.actor_b = sums.actor_b
        and pairs.day = sums.day
        and directions.direction = sums.direction

)

select
    week.actor_a,
    week.actor_b,
    week.direction,
    week.day,
    week.level as ew_7,
    month.level as ew_30,
    quarter.level as ew_90,
    weight.level as ew_weight_30
from ({{ decayed_levels('days', 'score', 7) }}) as week
inner join ({{ decayed_levels('days', 'score', 30) }}) as month using (actor_a, actor_b, direction, day)
inner join ({{ decayed_levels('days', 'score', 90) }}) as quarter using (actor_a, actor_b, direction, day)
inner join ({{ decayed_levels('days', 'weight', 30) }}) as weight using (actor_a, actor_b, direction, day)
