-- A document is coded again when the coder, the model or a word of the dictionaries that stands in it changes; every
-- coding is kept, and the last is the one that counts. Where a change could not touch the document, or was taken back,
-- its last coding only points to the one whose mentions hold. Ids break ties, so that the order of rows never decides.
select
    coding_id,
    coalesce(same_as, coding_id) as found_by_coding_id,
    document_id,
    coder_version,
    dictionary_hash,
    model_id,
    sentence_count,
    parsed_count,
    mention_count,
    coded_at,
    run_id
from {{ source('ops', 'codings') }}
qualify
    row_number() over (
        partition by document_id order by coding_no desc nulls last, coded_at desc, coding_id desc
    ) = 1
