{#- True for two known actors that differ: what the dyad marts count. A state's organs among themselves are no dyad. -#}
{% macro is_dyad(source_actor, target_actor) -%}
    ({{ source_actor }} <> {{ target_actor }} and {{ source_actor }} <> '---' and {{ target_actor }} <> '---')
{%- endmacro %}

{#-
The body of a dyad mart: one row per pair of actors, direction and period in which the pair has any event. A new period
(`dyad_years`) is one model that calls this and its yml.

- The pair is ordered: actor_a stands before actor_b in the alphabet. `both` is the two directions together, so a
  symmetric act, coded once each way, is two directed events in it.
- Only what we coded counts (`origin` comity); `origin_months` has the lines of other data sets.
- An event counts in the period of its first day, if its date is known no coarser than the period.
- All three directions stand for a pair and period with an event in one of them: a direction without events
  has zero counts and null measures.
- Scores are summed as decimals: sums of doubles depend on the order of rows, and a rebuild must give the same bytes.
-#}
{% macro dyad_periods(period) %}
with dyad_events as (

    select
        event_id,
        least(source_actor, target_actor) as actor_a,
        greatest(source_actor, target_actor) as actor_b,
        if(source_actor < target_actor, 'a_to_b', 'b_to_a') as direction,
        cast(date_trunc('{{ period }}', event_date) as date) as {{ period }},
        quad_class,
        cast(goldstein as decimal(9, 4)) as goldstein,
        mention_count,
        event_date_basis,
        forum,
        coder_version
    from {{ ref('events') }}
    where is_dyad and origin = 'comity' and {{ fits_period('date_precision', period) }}

),

event_sums as (

    select
        actor_a,
        actor_b,
        coalesce(direction, 'both') as direction,
        {{ period }},
        count(*) as event_count,
        sum(mention_count) as mention_count,
        count(*) filter (where quad_class = 1) as coop_verbal,
        count(*) filter (where quad_class = 2) as coop_material,
        count(*) filter (where quad_class = 3) as conf_verbal,
        count(*) filter (where quad_class = 4) as conf_material,
        sum(goldstein) as goldstein_sum,
        count(goldstein) as scored_count,
        count(forum) as forum_event_count,
        count(*) filter (where event_date_basis = 'published') as inferred_date_count,
        case when min(coder_version) = max(coder_version) then min(coder_version) else 'mixed' end as coder_version
    from dyad_events
    group by grouping sets ((actor_a, actor_b, {{ period }}, direction), (actor_a, actor_b, {{ period }}))

),

document_sums as (

    select
        dyad_events.actor_a,
        dyad_events.actor_b,
        coalesce(dyad_events.direction, 'both') as direction,
        dyad_events.{{ period }},
        count(distinct event_mentions.original_document_id) as document_count,
        count(distinct event_mentions.publisher) as publisher_count
    from dyad_events
    inner join {{ ref('event_mentions') }} as event_mentions using (event_id)
    group by grouping sets (
        (dyad_events.actor_a, dyad_events.actor_b, dyad_events.{{ period }}, dyad_events.direction),
        (dyad_events.actor_a, dyad_events.actor_b, dyad_events.{{ period }})
    )

),

directions as (

    select actor_a, actor_b, {{ period }}, unnest(['a_to_b', 'b_to_a', 'both']) as direction
    from event_sums
    where direction = 'both'

),

documents_read as (

    select cast(date_trunc('{{ period }}', published_date) as date) as {{ period }}, count(*) as docs_processed
    from {{ ref('documents') }}
    where is_coded and duplicate_of is null and {{ fits_period('published_precision', period) }}
    group by all

),

filled as (

    select
        directions.*,
        coalesce(event_sums.event_count, 0) as event_count,
        coalesce(event_sums.mention_count, 0) as mention_count,
        coalesce(document_sums.document_count, 0) as document_count,
        coalesce(document_sums.publisher_count, 0) as publisher_count,
        coalesce(event_sums.coop_verbal, 0) as coop_verbal,
        coalesce(event_sums.coop_material, 0) as coop_material,
        coalesce(event_sums.conf_verbal, 0) as conf_verbal,
        coalesce(event_sums.conf_material, 0) as conf_material,
        coalesce(event_sums.goldstein_sum, 0) as goldstein_sum,
        coalesce(event_sums.scored_count, 0) as scored_count,
        coalesce(event_sums.forum_event_count, 0) as forum_event_count,
        coalesce(event_sums.inferred_date_count, 0) as inferred_date_count,
        coalesce(documents_read.docs_processed, 0) as docs_processed,
        event_sums.coder_version
    from directions
    left join event_sums using (actor_a, actor_b, {{ period }}, direction)
    left join document_sums using (actor_a, actor_b, {{ period }}, direction)
    left join documents_read using ({{ period }})

)

select
    actor_a,
    actor_b,
    direction,
    {{ period }},
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
    cast(forum_event_count as bigint) as forum_event_count,
    cast(publisher_count as bigint) as publisher_count,
    {{ share('inferred_date_count', 'event_count') }} as share_inferred_dates,
    cast(docs_processed as bigint) as docs_processed,
    document_count < {{ var('sufficient_documents') }} as insufficient_data,
    '{{ var("scale_id") }}' as scale_id,
    '{{ var("ontology_version") }}' as ontology_version,
    coder_version
from filled
order by actor_a, actor_b, {{ period }}, direction
{% endmacro %}
