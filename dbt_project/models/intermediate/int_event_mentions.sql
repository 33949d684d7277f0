-- Each mention with its code, document and publisher, and with the event it tells of. The event's key is made here,
-- out of the mention alone, so that a mention finds its event without a search.
with mentions as (

    select
        *,
        event_status = 'occurred' as is_countable
    from {{ ref('stg_event_mentions') }}

)

select
    -- An undated act cannot be told to be the act of another text: each original document has its own.
    case when not mentions.is_countable then null
         when mentions.event_date_start is null
             then {{ content_id(["mentions.source_actor", "mentions.target_actor", "mentions.event_code",
                                 "'undated'", "documents.original_document_id"]) }}
         else {{ content_id(["mentions.source_actor", "mentions.target_actor", "mentions.event_code",
                             "mentions.event_date_start::text"]) }}
    end as event_id,
    mentions.*,
    codes.event_root,
    codes.quad_class,
    codes.goldstein,
    codes.plover_type,
    documents.original_document_id,
    documents.source_id,
    documents.publisher,
    documents.published_date
from mentions
left join {{ ref('int_event_codes') }} as codes using (event_code)
left join {{ ref('stg_documents') }} as documents using (document_id)
