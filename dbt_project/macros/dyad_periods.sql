{#-
The body of a dyad mart, from the sums of the same period (int_dyad_<period>s). A new period is one model that calls this,
one that calls dyad_sums, and their yml.

Months and years are complete from a pair's first to its last: between them a period without events has zeros where
anything was read about it, and nulls where nothing was. Days stand only where the pair has an event in one of the two
directions; their exponentially weighted levels say what lies between.
-#}
{% macro dyad_periods(period) %}
{%- set sums = ref('int_dyad_' ~ period ~ 's') -%}
{%- set is_dense = period != 'day' -%}
{%- set series = 'partition by actor_a, actor_b, direction order by ' ~ period -%}
{%- set counts = [
    'event_count', 'mention_count', 'document_count', 'coop_verbal', 'coop_material', 'conf_verbal', 'conf_material',
    'goldstein_sum', 'scored_count', 'weighted_count', 'weighted_coop', 'weighted_conf', 'weighted_goldstein_sum',
    'weighted_scored', 'bilateral_event_count', 'bilateral_coop', 'bilateral_conf', 'bilateral_goldstein_sum',
    'bilateral_scored', 'forum_event_count', 'publisher_count', 'one_a_day_count', 'inferred_date_count',
    'low_confidence_count',
] -%}
with recursive periods as (

    {% if is_dense -%}
    select
        actor_a,
        actor_b,
        cast(unnest(generate_series(min({{ period }}), max({{ period }}), interval 1 {{ period }})) as date) as {{ period }}
    from {{ sums }}
    group by all
    {%- else -%}
    select distinct actor_a, actor_b, {{ period }} from {{ sums }}
    {%- endif %}

),

published as (

    select cast(date_trunc('{{ period }}', published_date) as date) as {{ period }}, count(*) as docs_processed
    from {{ ref('documents') }}
    where is_coded and duplicate_of is null and {{ fits_period('published_precision', period) }}
    group by all

),

-- A chronology printed in 2022 reads the months of 2020: a document covers the periods that its mentions are dated in.
covered as (

    select
        cast(date_trunc('{{ period }}', event_date) as date) as {{ period }},
        count(distinct original_document_id) as docs_covering
    from {{ ref('event_mentions') }}
    where {{ fits_period('date_precision', period) }}
    group by all

),

filled as (

    select
        periods.actor_a,
        periods.actor_b,
        directions.direction,
        periods.{{ period }},
        coalesce(published.docs_processed, 0) as docs_processed,
        coalesce(covered.docs_covering, 0) as docs_covering,
        {%- for column in counts %}
        if(coalesce(published.docs_processed, 0) + coalesce(covered.docs_covering, 0) > 0 or sums.event_count > 0,
           coalesce(sums.{{ column }}, 0), null) as {{ column }},
        {%- endfor %}
        coalesce(sums.is_provisional, false) as is_provisional,
        sums.coder_version
    from periods
    cross join (select unnest(['a_to_b', 'b_to_a', 'both']) as direction) as directions
    left join {{ sums }} as sums
        on periods.actor_a = sums.actor_a
        and periods.actor_b = sums.actor_b
        and periods.{{ period }} = sums.{{ period }}
        and directions.direction = sums.direction
    left join published on periods.{{ period }} = published.{{ period }}
    left join covered on periods.{{ period }} = covered.{{ period }}

),

{% if is_dense -%}
coverage as (

    select {{ period }}, docs_processed / nullif(median(docs_processed) over ({{ past(period, "'all'") }}), 0) as coverage_ratio
    from published

),

steps as (

    select
        actor_a, actor_b, direction, {{ period }},
        row_number() over (partition by actor_a, actor_b, direction order by {{ period }}) as period_no,
        {{ influence('weighted_goldstein_sum') }} as influence
    from filled

),

accumulated as (

    select actor_a, actor_b, direction, {{ period }}, period_no, {{ bounded_step('0.0', 'influence') }} as tsinghua_style
    from steps
    where period_no = 1

    union all

    select
        steps.actor_a, steps.actor_b, steps.direction, steps.{{ period }}, steps.period_no,
        {{ bounded_step('accumulated.tsinghua_style', 'steps.influence') }}
    from accumulated
    inner join steps
        on accumulated.actor_a = steps.actor_a
        and accumulated.actor_b = steps.actor_b
        and accumulated.direction = steps.direction
        and accumulated.period_no + 1 = steps.period_no

),

{% endif -%}
looking_back as (

    select
        *,
        {{ goldstein_mean('weighted_goldstein_sum', 'weighted_scored') }} as weighted_goldstein_mean,
        {{ prior_mean('weighted_goldstein_sum', 'weighted_scored', past(period)) }} as prior,
        {%- if is_dense %}
        list(cast(weighted_goldstein_sum as double)) filter (where weighted_goldstein_sum is not null)
            over ({{ past(period) }}) as past_values
        {%- else %}
        null as past_values
        {%- endif %}
    from filled

),

scored as (

    select
        *,
        {{ robust_z('weighted_goldstein_sum', 'past_values') if is_dense else 'null' }} as robust_z,
        max(weighted_goldstein_mean) filter (where direction = 'a_to_b') over (partition by actor_a, actor_b, {{ period }})
        - max(weighted_goldstein_mean) filter (where direction = 'b_to_a') over (partition by actor_a, actor_b, {{ period }})
            as asymmetry
    from looking_back

),

summed as (

    select
        *,
        {{ cusum('robust_z', 1, series) }} as upward,
        {{ cusum('robust_z', -1, series) }} as downward
    from scored

),

flagged as (

    select
        *,
        greatest(
            upward - least(0, min(upward) over ({{ series }})), downward - least(0, min(downward) over ({{ series }}))
        ) as cusum
    from summed

)

select
    flagged.actor_a,
    flagged.actor_b,
    flagged.direction,
    flagged.{{ period }},
    cast(event_count as bigint) as event_count,
    cast(mention_count as bigint) as mention_count,
    cast(document_count as bigint) as document_count,
    cast(coop_verbal as bigint) as coop_verbal,
    cast(coop_material as bigint) as coop_material,
    cast(conf_verbal as bigint) as conf_verbal,
    cast(conf_material as bigint) as conf_material,
    cast(goldstein_sum as double) as goldstein_sum,
    {{ goldstein_mean('goldstein_sum', 'scored_count') }} as goldstein_mean,
    {{ net_ratio('coop_verbal + coop_material', 'conf_verbal + conf_material') }} as net_ratio,
    {{ net_ratio_smoothed('coop_verbal + coop_material', 'conf_verbal + conf_material') }} as net_ratio_smoothed,
    {{ net_ratio('coop_material', 'conf_material') }} as material_net_ratio,
    {{ log_balance('coop_verbal + coop_material', 'conf_verbal + conf_material') }} as log_balance,
    cast(scored_count as bigint) as scored_count,
    -- several states in a forum: each pair at its weight
    cast(weighted_count as double) as weighted_count,
    cast(weighted_goldstein_sum as double) as weighted_goldstein_sum,
    weighted_goldstein_mean,
    {{ net_ratio('weighted_coop', 'weighted_conf') }} as weighted_net_ratio,
    -- and without them
    cast(bilateral_event_count as bigint) as bilateral_event_count,
    cast(bilateral_goldstein_sum as double) as bilateral_goldstein_sum,
    {{ goldstein_mean('bilateral_goldstein_sum', 'bilateral_scored') }} as bilateral_goldstein_mean,
    {{ net_ratio('bilateral_coop', 'bilateral_conf') }} as bilateral_net_ratio,
    cast(forum_event_count as bigint) as forum_event_count,
    cast(one_a_day_count as bigint) as one_a_day_count,
    -- over time
    {{ volume_adjusted('weighted_goldstein_sum', 'docs_processed') }} as volume_adjusted,
    {% for half_life in [7, 30, 90] -%}
    levels.ew_{{ half_life }} * pow(2, -{{ days_left(period, 'flagged.' ~ period, 'levels.day') }} / {{ half_life }}.0) as ew_{{ half_life }},
    {% endfor -%}
    levels.ew_weight_30 * pow(2, -{{ days_left(period, 'flagged.' ~ period, 'levels.day') }} / 30.0) as ew_weight_30,
    levels.ew_30 / nullif(levels.ew_weight_30, 0) as ew_mean_30,
    {% if is_dense -%}
    accumulated.tsinghua_style,
    {% endif -%}
    if(scored_count is null, null, {{ shrunk_mean('weighted_goldstein_sum', 'weighted_scored', 'prior') }}) as shrunk_mean,
    intervals.ci_low,
    intervals.ci_high,
    {% if is_dense -%}
    robust_z,
    abs(robust_z) > 3.5 as is_outlier,
    cusum,
    cusum > 5 as cusum_flag,
    {% endif -%}
    asymmetry,
    -- how far to trust it
    cast(publisher_count as bigint) as publisher_count,
    {{ share('inferred_date_count', 'event_count') }} as share_inferred_dates,
    {{ share('low_confidence_count', 'event_count') }} as share_low_confidence,
    cast(docs_processed as bigint) as docs_processed,
    cast(docs_covering as bigint) as docs_covering,
    {% if is_dense -%}
    coverage.coverage_ratio,
    {% endif -%}
    is_provisional,
    coalesce(document_count, 0) < {{ var('sufficient_documents') }} as insufficient_data,
    '{{ var("scale_id") }}' as scale_id,
    '{{ var("ontology_version") }}' as ontology_version,
    coder_version
from flagged
{% if is_dense -%}
inner join accumulated
    on flagged.actor_a = accumulated.actor_a and flagged.actor_b = accumulated.actor_b
    and flagged.direction = accumulated.direction and flagged.{{ period }} = accumulated.{{ period }}
left join coverage on flagged.{{ period }} = coverage.{{ period }}
{% endif -%}
left join ({{ dyad_intervals(period) }}) as intervals
    on flagged.actor_a = intervals.actor_a and flagged.actor_b = intervals.actor_b
    and flagged.direction = intervals.direction and flagged.{{ period }} = intervals.{{ period }}
asof left join {{ ref('int_dyad_levels') }} as levels
    on flagged.actor_a = levels.actor_a and flagged.actor_b = levels.actor_b
    and flagged.direction = levels.direction and {{ last_day(period, 'flagged.' ~ period) }} >= levels.day
order by flagged.actor_a, flagged.actor_b, flagged.{{ period }}, flagged.direction
{% endmacro %}

{#- The last day of a period that begins on `first_day`. -#}
{% macro last_day(period, first_day) -%}
    {% if period == 'day' -%} {{ first_day }} {%- else -%}
    cast({{ first_day }} + interval 1 {{ period }} - interval 1 day as date) {%- endif %}
{%- endmacro %}

{#- Days from `day` to the end of the period. -#}
{% macro days_left(period, first_day, day) -%}
    ({{ last_day(period, first_day) }} - {{ day }})
{%- endmacro %}
