with mention_sums as (

    select
        document_id,
        count(*) as mention_count,
        count(distinct event_id) as event_count
    from {{ ref('int_event_mentions') }}
    left join {{ ref('int_event_clusters') }} using (mention_id)
    group by document_id

)

select
    documents.document_id,
    documents.source_id,
    documents.uri,
    documents.title,
    documents.publisher,
    documents.published_date,
    documents.text,
    documents.part_no,
    documents.url,
    documents.language,
    documents.published_precision,
    documents.published_basis,
    documents.retrieved_at,
    documents.snapshot_sha256,
    documents.media_type,
    documents.duplicate_of,
    documents.author,
    documents.language_basis,
    documents.is_codable,
    codings.coding_id is not null as is_coded,
    codings.sentence_count,
    codings.parsed_count,
    -- Null where nothing was read, 0 only where the document was read and said nothing.
    if(codings.coding_id is null, null, coalesce(mention_sums.mention_count, 0)) as mention_count,
    if(codings.coding_id is null, null, coalesce(mention_sums.event_count, 0)) as event_count,
    codings.coding_id,
    codings.coder_version,
    codings.dictionary_hash,
    codings.model_id,
    codings.coded_at,
    codings.run_id
from {{ ref('stg_documents') }} as documents
left join {{ ref('stg_codings') }} as codings using (document_id)
left join mention_sums using (document_id)
