select
    codes.event_code,
    codes.event_root,
    roots.name as root_name,
    codes.name,
    codes.description,
    codes.quad_class,
    codes.level,
    codes.is_current,
    scores.score as goldstein,
    '{{ var("scale_id") }}' as scale_id,
    '{{ var("ontology_version") }}' as ontology_version,
    plover.plover_type,
    plover.plover_mode,
    plover.plover_context
from {{ ref('cameo_codes') }} as codes
left join {{ ref('cameo_codes') }} as roots on codes.event_root = roots.event_code
left join {{ ref('stg_scores') }} as scores on codes.event_code = scores.event_code
left join {{ ref('plover_map') }} as plover on codes.event_code = plover.event_code
