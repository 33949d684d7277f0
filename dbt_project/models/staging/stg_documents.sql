select
    -- ids
    document_id,
    coalesce(duplicate_of, document_id) as original_document_id,
    duplicate_of,
    source_id,
    snapshot_sha256,

    -- what it is
    uri,
    url,
    part_no,
    title,
    publisher,
    language,
    media_type,
    text,

    -- dates
    published_date,
    published_precision,
    published_basis,
    retrieved_at
from {{ source('raw', 'documents') }}
