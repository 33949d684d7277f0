-- Months of dyads once for each data set, so that one dyad's lines can be laid side by side. Its own table, because
-- queries on dyad_months expect one row per pair, direction and month.
with origin_events as (

    select
        origin,
        {{ ordered_pair() }},
        cast(date_trunc('month', event_date) as date) as month,
        quad_class,
        cast(goldstein as decimal(9, 4)) as goldstein,
        mention_count
    from {{ ref('events') }}
    where is_dyad and {{ fits_period('date_precision', 'month') }}

),

directed as (

    select
        origin,
        actor_a,
        actor_b,
        direction,
        month,
        count(*) as event_count,
        sum(mention_count) as mention_count,
        count(*) filter (where quad_class = 1) as coop_verbal,
        count(*) filter (where quad_class = 2) as coop_material,
        count(*) filter (where quad_class = 3) as conf_verbal,
        count(*) filter (where quad_class = 4) as conf_material,
        coalesce(sum(goldstein), 0) as goldstein_sum,
        count(goldstein) as scored_count
    from origin_events
    group by all

),

-- Both directions are the sum of their sums: millions of events are gone through once.
sums as (

    select * from directed
    union all
    select
        origin,
        actor_a,
        actor_b,
        'both' as direction,
        month,
        cast(sum(event_count) as bigint) as event_count,
        cast(sum(mention_count) as bigint) as mention_count,
        cast(sum(coop_verbal) as bigint) as coop_verbal,
        cast(sum(coop_material) as bigint) as coop_material,
        cast(sum(conf_verbal) as bigint) as conf_verbal,
        cast(sum(conf_material) as bigint) as conf_material,
        sum(goldstein_sum) as goldstein_sum,
        cast(sum(scored_count) as bigint) as scored_count
    from directed
    group by all

)

select
    origin,
    actor_a,
    actor_b,
    direction,
    month,
    event_count,
    cast(mention_count as bigint) as mention_count,
    coop_verbal,
    coop_material,
    conf_verbal,
    conf_material,
    cast(goldstein_sum as double) as goldstein_sum,
    {{ goldstein_mean('goldstein_sum', 'scored_count') }} as goldstein_mean,
    {{ net_ratio('coop_verbal + coop_material', 'conf_verbal + conf_material') }} as net_ratio,
    {{ net_ratio_smoothed('coop_verbal + coop_material', 'conf_verbal + conf_material') }} as net_ratio_smoothed,
    {{ net_ratio('coop_material', 'conf_material') }} as material_net_ratio,
    {{ log_balance('coop_verbal + coop_material', 'conf_verbal + conf_material') }} as log_balance,
    scored_count,
    '{{ var("scale_id") }}' as scale_id,
    '{{ var("ontology_version") }}' as ontology_version
from sums
order by actor_a, actor_b, month, direction, origin
