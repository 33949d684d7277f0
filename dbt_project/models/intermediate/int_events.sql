-- Mentions become events: one row per event of int_event_clusters. What an event has only one of (its days, roles,
-- precision) comes from its lead mention, the one that dates it most firmly; its code is the one that most original
-- documents give, the more exact of two. That reports disagree stays visible in `date_count` and `code_count`.
with told as (

    select
        mentions.*,
        clusters.event_id,
        count(distinct mentions.original_document_id) over (
            partition by clusters.event_id, mentions.event_code
        ) as code_support,
        count(distinct mentions.original_document_id) over (
            partition by clusters.event_id, mentions.event_date_start
        ) as date_support
    from {{ ref('int_event_mentions') }} as mentions
    inner join {{ ref('int_event_clusters') }} as clusters using (mention_id)

),

ranked as (

    select
        *,
        row_number() over (
            partition by event_id
            order by
                {{ precision_rank('date_precision') }}, {{ basis_rank('date_basis') }}, date_support desc,
                confidence desc, mention_id
        ) = 1 as is_lead,
        row_number() over (
            partition by event_id
            order by code_support desc, length(event_code) desc, confidence desc, event_code, mention_id
        ) = 1 as has_code
    from told

)

select
    event_id,
    any_value(mention_id) filter (where is_lead) as lead_mention_id,
    any_value(source_actor) as source_actor,
    any_value(source_role) filter (where is_lead) as source_role,
    any_value(target_actor) as target_actor,
    any_value(target_role) filter (where is_lead) as target_role,
    any_value(event_code) filter (where has_code) as event_code,
    any_value(event_root) as event_root,
    any_value(quad_class) filter (where has_code) as quad_class,
    any_value(goldstein) filter (where has_code) as goldstein,
    any_value(plover_type) filter (where has_code) as plover_type,
    any_value(event_date_start) filter (where is_lead) as event_date,
    any_value(event_date_end) filter (where is_lead) as event_date_end,
    any_value(date_precision) filter (where is_lead) as date_precision,
    any_value(date_basis) filter (where is_lead) as event_date_basis,
    min(forum) as forum,
    -- Told once of two states alone, it is theirs alone: the fewest states of any mention count.
    min(forum_states) as forum_states,
    bool_or(symmetric_group is not null) as is_symmetric,
    count(*) as mention_count,
    count(distinct original_document_id) as document_count,
    count(distinct publisher) as publisher_count,
    count(distinct event_code) as code_count,
    count(distinct event_date_start) filter (where date_precision = 'day') as date_count,
    count(distinct one_a_day_id) as one_a_day_count,
    max(confidence) as confidence,
    min(published_date) as first_published_date,
    any_value(coder_version) filter (where is_lead) as coder_version,
    any_value(dictionary_hash) filter (where is_lead) as dictionary_hash,
    any_value(run_id) filter (where is_lead) as run_id
from ranked
group by event_id
