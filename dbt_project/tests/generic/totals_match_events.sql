{#-
What a dyad mart counts is what the events table has: no event is lost on the way into a period, none counted twice.
Compared per direction over all dyads and periods, against `events` counted directly.
-#}
{% test totals_match_events(model, period) %}

with expected as (

    select
        if(source_actor < target_actor, 'a_to_b', 'b_to_a') as direction,
        count(*) as events,
        sum(mention_count) as mentions,
        count(*) filter (where quad_class in (1, 2)) as cooperation,
        round(sum(goldstein), 4) as goldstein
    from {{ ref('events') }}
    where origin = 'comity'
        and source_actor <> target_actor
        and '---' not in (source_actor, target_actor)
        and {{ fits_period('date_precision', period) }}
    group by all

),

with_both as (

    select * from expected
    union all
    select 'both', sum(events), sum(mentions), sum(cooperation), round(sum(goldstein), 4)
    from expected
    having count(*) > 0

),

found as (

    select
        direction,
        sum(event_count) as events,
        sum(mention_count) as mentions,
        sum(coop_verbal + coop_material) as cooperation,
        round(sum(goldstein_sum), 4) as goldstein
    from {{ model }}
    group by direction

)

select
    coalesce(with_both.direction, found.direction) as direction,
    with_both.events as expected_events,
    found.events as found_events,
    with_both.mentions as expected_mentions,
    found.mentions as found_mentions,
    with_both.cooperation as expected_cooperation,
    found.cooperation as found_cooperation,
    with_both.goldstein as expected_goldstein,
    found.goldstein as found_goldstein
from with_both
full join found on with_both.direction = found.direction
where coalesce(with_both.events, 0) <> coalesce(found.events, 0)
    or coalesce(with_both.mentions, 0) <> coalesce(found.mentions, 0)
    or coalesce(with_both.cooperation, 0) <> coalesce(found.cooperation, 0)
    or abs(coalesce(with_both.goldstein, 0) - coalesce(found.goldstein, 0)) > 0.001

{% endtest %}
