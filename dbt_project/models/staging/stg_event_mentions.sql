-- Only what holds by each document's current coding, and under its name: it may have been found by an earlier one,
-- with dictionaries whose difference cannot touch the document. Other codings stay in raw, for comparison.
select
    -- ids
    mentions.mention_id,
    codings.coding_id,
    mentions.sentence_id,
    mentions.document_id,

    -- who and what
    mentions.source_actor,
    nullif(mentions.source_role, '') as source_role,
    mentions.target_actor,
    nullif(mentions.target_role, '') as target_role,
    mentions.event_code,
    mentions.event_status,
    nullif(mentions.forum, '') as forum,
    nullif(mentions.attribution, '') as attribution,
    mentions.symmetric_group,

    -- where it stands: characters of documents.text
    mentions.source_text,
    mentions.source_start,
    mentions.source_end,
    mentions.target_text,
    mentions.target_start,
    mentions.target_end,
    mentions.verb_text,
    mentions.verb_start,
    mentions.verb_end,

    -- when
    mentions.event_date_start,
    mentions.event_date_end,
    mentions.date_precision,
    mentions.date_basis,
    mentions.date_text,

    -- how it was found
    mentions.pattern_id,
    mentions.decided_by,
    mentions.confidence,
    codings.coder_version,
    codings.dictionary_hash,
    codings.model_id,
    mentions.coded_at,
    codings.run_id
from {{ source('raw', 'event_mentions') }} as mentions
inner join {{ ref('stg_codings') }} as codings on mentions.coding_id = codings.found_by_coding_id
