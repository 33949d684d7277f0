-- A mention's sentence is, to the letter, the characters of the document that it names, and what it calls source,
-- target and act lie inside that document. Without this no number can be walked back to its words.
with placed as (

    select
        mentions.mention_id,
        sentences.char_start,
        sentences.char_end,
        sentences.sentence_text,
        mentions.source_start,
        mentions.source_end,
        mentions.target_start,
        mentions.target_end,
        mentions.verb_start,
        mentions.verb_end,
        length(documents.text) as text_length,
        substr(documents.text, sentences.char_start + 1, sentences.char_end - sentences.char_start) as found_text
    from {{ ref('stg_event_mentions') }} as mentions
    left join {{ ref('stg_sentences') }} as sentences using (sentence_id)
    left join {{ ref('stg_documents') }} as documents on mentions.document_id = documents.document_id

)

select *
from placed
where found_text is distinct from sentence_text
    or sentence_text is null
    or sentence_text = ''
    or not coalesce(source_start between 0 and source_end and source_end <= text_length, true)
    or not coalesce(target_start between 0 and target_end and target_end <= text_length, true)
    or not coalesce(verb_start between 0 and verb_end and verb_end <= text_length, true)
