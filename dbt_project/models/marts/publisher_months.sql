-- The denominator of every volume: what was read, by who printed it and when. It has no rows for documents whose
-- publication is not known to the month.
select
    coalesce(publisher, 'unknown') as publisher,
    cast(date_trunc('month', published_date) as date) as month,
    count(*) as document_count,
    count(*) filter (where is_coded) as coded_count,
    count(*) filter (where not is_codable) as foreign_count,
    count(duplicate_of) as duplicate_count,
    cast(coalesce(sum(sentence_count), 0) as bigint) as sentence_count,
    cast(coalesce(sum(mention_count), 0) as bigint) as mention_count,
    cast(coalesce(sum(event_count), 0) as bigint) as told_event_count
from {{ ref('documents') }}
where {{ fits_period('published_precision', 'month') }} and published_date is not null
group by all
order by publisher, month
