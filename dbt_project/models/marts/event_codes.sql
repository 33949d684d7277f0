select
    event_code,
    event_root,
    name,
    description,
    quad_class,
    cast(goldstein as double) as goldstein,
    scale_id,
    ontology_version,
    root_name,
    level,
    is_current,
    plover_type,
    plover_mode,
    plover_context
from {{ ref('int_event_codes') }}
order by event_code
