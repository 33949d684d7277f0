-- One row per pair of actors, direction, month and scale: the same events weighed by every scale of the dictionary, so that
-- a series can be tried on another scale without a build of its own.
with dyad_events as (

    select
        {{ ordered_pair() }},
        cast(date_trunc('month', event_date) as date) as month,
        event_code,
        quad_class,
        cast(forum_weight as decimal(9, 6)) as weight
    from {{ ref('events') }}
    where is_dyad and origin = 'comity' and {{ fits_period('date_precision', 'month') }}

),

-- Few codes, many events: weights are added up by code before they meet the scales.
by_code as (

    select
        actor_a,
        actor_b,
        coalesce(direction, 'both') as direction,
        month,
        event_code,
        any_value(quad_class) as quad_class,
        count(*) as event_count,
        sum(weight) as weight
    from dyad_events
    group by grouping sets ((actor_a, actor_b, month, event_code, direction), (actor_a, actor_b, month, event_code))

)

select
    by_code.actor_a,
    by_code.actor_b,
    by_code.direction,
    by_code.month,
    scales.scale_id,
    scales.ontology_version,
    cast(sum(by_code.event_count) as bigint) as scored_count,
    cast(sum(cast(scales.score as decimal(9, 4)) * by_code.event_count) as double) as score_sum,
    {{ goldstein_mean('sum(cast(scales.score as decimal(9, 4)) * by_code.event_count)', 'sum(by_code.event_count)') }}
        as score_mean,
    cast(sum(cast(scales.score as decimal(9, 4)) * by_code.weight) as double) as weighted_score_sum,
    {{ goldstein_mean('sum(cast(scales.score as decimal(9, 4)) * by_code.weight)', 'cast(sum(by_code.weight) as double)') }}
        as weighted_score_mean,
    -- deeds alone: quad classes 2 and 4
    cast(coalesce(sum(cast(scales.score as decimal(9, 4)) * by_code.event_count)
        filter (where by_code.quad_class in (2, 4)), 0) as double) as material_score_sum,
    {{ goldstein_mean(
        'sum(cast(scales.score as decimal(9, 4)) * by_code.event_count) filter (where by_code.quad_class in (2, 4))',
        'sum(by_code.event_count) filter (where by_code.quad_class in (2, 4))'
    ) }} as material_score_mean
from by_code
inner join {{ ref('scales') }} as scales using (event_code)
where scales.score is not null
group by all
order by by_code.actor_a, by_code.actor_b, by_code.month, by_code.direction, scales.scale_id
