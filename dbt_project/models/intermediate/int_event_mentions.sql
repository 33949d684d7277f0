-- Each mention with its code, document and publisher. What can be said of it alone is said here; which event it tells
-- of depends on the other mentions (int_event_clusters).
with forum_groups as (

    -- One act of one sentence in the frame of an organisation: how many states it was paired out to.
    select sentence_id, event_root, forum, count(distinct actor) as forum_states
    from (
        select sentence_id, left(event_code, 2) as event_root, forum, unnest([source_actor, target_actor]) as actor
        from {{ ref('stg_event_mentions') }}
        where forum is not null
    )
    group by all

)

select
    mentions.*,
    mentions.event_status = 'occurred' as is_countable,
    left(mentions.event_code, 3) as act_code,
    -- The field's strict rule, kept for comparison: one event per day, dyad and code.
    case when mentions.event_status = 'occurred' and mentions.event_date_start is not null
         then {{ content_id(["mentions.source_actor", "mentions.target_actor", "mentions.event_code",
                             "mentions.event_date_start::text"]) }}
    end as one_a_day_id,
    codes.event_root,
    codes.quad_class,
    codes.goldstein,
    codes.plover_type,
    coalesce(forum_groups.forum_states, 2) as forum_states,
    documents.original_document_id,
    documents.source_id,
    documents.publisher,
    documents.published_date
from {{ ref('stg_event_mentions') }} as mentions
left join {{ ref('int_event_codes') }} as codes using (event_code)
left join {{ ref('stg_documents') }} as documents using (document_id)
left join forum_groups
    on mentions.sentence_id = forum_groups.sentence_id
    and codes.event_root = forum_groups.event_root
    and mentions.forum = forum_groups.forum
