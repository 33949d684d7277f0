select
    sentence_id,
    document_id,
    sentence_no,
    char_start,
    char_end,
    kind as sentence_kind,
    anchor_date,
    anchor_basis,
    text as sentence_text
from {{ source('raw', 'sentences') }}
