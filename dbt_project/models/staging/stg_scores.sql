-- The one scale that this build counts with; the others stay in the dictionary.
select
    event_code,
    score,
    scale_id,
    ontology_version
from {{ ref('scales') }}
where scale_id = '{{ var("scale_id") }}' and ontology_version = '{{ var("ontology_version") }}'
