select
    -- ids
    documents.document_id,
    coalesce(duplicates.duplicate_of, documents.document_id) as original_document_id,
    duplicates.duplicate_of,
    documents.source_id,
    documents.snapshot_sha256,

    -- what it is
    documents.uri,
    documents.url,
    documents.part_no,
    documents.title,
    documents.author,
    documents.publisher,
    documents.language,
    documents.language_basis,
    -- the coder reads English; a text whose language nobody could tell is taken for it
    coalesce(documents.language, 'en') = 'en' as is_codable,
    documents.media_type,
    documents.text,

    -- dates
    documents.published_date,
    documents.published_precision,
    documents.published_basis,
    documents.retrieved_at
from {{ source('raw', 'documents') }} as documents
left join {{ source('ops', 'duplicates') }} as duplicates using (document_id)
