-- Mentions become events: one row per directed dyad, code and first day. What an event has only one of (its last day,
-- roles, precision) comes from its lead mention, the one that dates it most firmly.
with ranked as (

    select
        *,
        row_number() over (
            partition by event_id
            order by {{ precision_rank('date_precision') }}, {{ basis_rank('date_basis') }}, confidence desc, mention_id
        ) = 1 as is_lead
    from {{ ref('int_event_mentions') }}
    where is_countable

)

select
    event_id,
    any_value(mention_id) filter (where is_lead) as lead_mention_id,
    any_value(source_actor) as source_actor,
    any_value(source_role) filter (where is_lead) as source_role,
    any_value(target_actor) as target_actor,
    any_value(target_role) filter (where is_lead) as target_role,
    any_value(event_code) as event_code,
    any_value(event_root) as event_root,
    any_value(quad_class) as quad_class,
    any_value(goldstein) as goldstein,
    any_value(plover_type) as plover_type,
    any_value(event_date_start) as event_date,
    any_value(event_date_end) filter (where is_lead) as event_date_end,
    any_value(date_precision) filter (where is_lead) as date_precision,
    any_value(date_basis) filter (where is_lead) as event_date_basis,
    min(forum) as forum,
    bool_or(symmetric_group is not null) as is_symmetric,
    count(*) as mention_count,
    count(distinct original_document_id) as document_count,
    count(distinct publisher) as publisher_count,
    max(confidence) as confidence,
    min(published_date) as first_published_date,
    any_value(coder_version) filter (where is_lead) as coder_version,
    any_value(dictionary_hash) filter (where is_lead) as dictionary_hash,
    any_value(run_id) filter (where is_lead) as run_id
from ranked
group by event_id
