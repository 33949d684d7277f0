-- A document is coded again when the coder, the dictionaries or the model change; every coding is kept, and the
-- latest is the one that counts. The id breaks ties, so that the choice never depends on the order of rows.
select
    coding_id,
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
qualify row_number() over (partition by document_id order by coded_at desc, coding_id desc) = 1
