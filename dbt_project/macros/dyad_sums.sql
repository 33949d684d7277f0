{#- True for two known actors that differ: what the dyad marts count. A state's organs among themselves are no dyad. -#}
{% macro is_dyad(source_actor, target_actor) -%}
    ({{ source_actor }} <> {{ target_actor }} and {{ source_actor }} <> '---' and {{ target_actor }} <> '---')
{%- endmacro %}

{#- The pair of an event and who of it acted: actor_a stands before actor_b in the alphabet. To be written among the columns. -#}
{% macro ordered_pair(of='') -%}
    least({{ of }}source_actor, {{ of }}target_actor) as actor_a,
    greatest({{ of }}source_actor, {{ of }}target_actor) as actor_b,
    if({{ of }}source_actor < {{ of }}target_actor, 'a_to_b', 'b_to_a') as direction
{%- endmacro %}

{#- Days after an event in which a report can still join it: the longest window and lag of event_windows, and a day. -#}
{% macro closing_days() -%}
    cast((select max(window_days + report_lag_days) + 1 from {{ ref('event_windows') }}) as integer)
{%- endmacro %}

{#-
The sums behind a dyad mart: one row per pair of actors, direction and period in which the pair has any event.

- The pair is ordered: actor_a stands before actor_b in the alphabet. `both` is the two directions together, so a
  symmetric act, coded once each way, is two directed events in it.
- Only what we coded counts (`origin` comity); `origin_months` has the lines of other data sets.
- An event counts in the period of its first day, if its date is known no coarser than the period.
- Scores and weights are summed as decimals: sums of doubles depend on the order of rows, and a rebuild must give the
  same bytes.
-#}
{% macro dyad_sums(period) %}
with dyad_events as (

    select
        event_id,
        {{ ordered_pair() }},
        cast(date_trunc('{{ period }}', event_date) as date) as {{ period }},
        quad_class,
        cast(goldstein as decimal(9, 4)) as goldstein,
        cast(forum_weight as decimal(9, 6)) as weight,
        mention_count,
        event_date_basis,
        forum is not null and forum_states > 2 as is_of_forum,
        is_provisional,
        confidence,
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
        sum(weight) as weighted_count,
        sum(weight) filter (where quad_class in (1, 2)) as weighted_coop,
        sum(weight) filter (where quad_class in (3, 4)) as weighted_conf,
        sum(weight * goldstein) as weighted_goldstein_sum,
        sum(weight) filter (where goldstein is not null) as weighted_scored,
        count(*) filter (where not is_of_forum) as bilateral_event_count,
        count(*) filter (where not is_of_forum and quad_class in (1, 2)) as bilateral_coop,
        count(*) filter (where not is_of_forum and quad_class in (3, 4)) as bilateral_conf,
        sum(goldstein) filter (where not is_of_forum) as bilateral_goldstein_sum,
        count(goldstein) filter (where not is_of_forum) as bilateral_scored,
        count(*) filter (where is_of_forum) as forum_event_count,
        count(*) filter (where event_date_basis = 'published') as inferred_date_count,
        count(*) filter (where confidence < 0.5) as low_confidence_count,
        bool_or(is_provisional) as is_provisional,
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

-- The field's strict rule beside ours: each day, dyad and code counts once, on the day that each report gives.
strict_sums as (

    select
        least(source_actor, target_actor) as actor_a,
        greatest(source_actor, target_actor) as actor_b,
        coalesce(if(source_actor < target_actor, 'a_to_b', 'b_to_a'), 'both') as direction,
        cast(date_trunc('{{ period }}', event_date) as date) as {{ period }},
        count(distinct one_a_day_id) as one_a_day_count
    from {{ ref('event_mentions') }}
    where event_id is not null
        and {{ is_dyad('source_actor', 'target_actor') }}
        and {{ fits_period('date_precision', period) }}
    group by grouping sets (
        (least(source_actor, target_actor), greatest(source_actor, target_actor),
         cast(date_trunc('{{ period }}', event_date) as date), if(source_actor < target_actor, 'a_to_b', 'b_to_a')),
        (least(source_actor, target_actor), greatest(source_actor, target_actor),
         cast(date_trunc('{{ period }}', event_date) as date))
    )

)

select
    event_sums.* replace (
        cast(mention_count as bigint) as mention_count,
        coalesce(goldstein_sum, 0) as goldstein_sum,
        coalesce(weighted_goldstein_sum, 0) as weighted_goldstein_sum,
        coalesce(weighted_coop, 0) as weighted_coop,
        coalesce(weighted_conf, 0) as weighted_conf,
        coalesce(weighted_scored, 0) as weighted_scored,
        coalesce(bilateral_goldstein_sum, 0) as bilateral_goldstein_sum
    ),
    coalesce(document_sums.document_count, 0) as document_count,
    coalesce(document_sums.publisher_count, 0) as publisher_count,
    coalesce(strict_sums.one_a_day_count, 0) as one_a_day_count
from event_sums
left join document_sums using (actor_a, actor_b, {{ period }}, direction)
left join strict_sums using (actor_a, actor_b, {{ period }}, direction)
{% endmacro %}
