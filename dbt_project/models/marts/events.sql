{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook=["{{ drop_changed_events() }}", "{{ update_confidence() }}", "{{ update_provisional() }}"],
) }}
-- Our own events, and those of other data sets beside them, told apart by `origin`. A row of another data set whose code
-- no dictionary has stays out: it would have no place in any sum (the test imported_codes_are_known tells of it).
with coded as (

    select
        *,
        'comity' as origin,
        cast(null as text) as delivered_id,
        cast(null as double) as delivered_score,
        cast(null as text) as url,
        cast(null as text) as source_id,
        cast(null as text) as uri,
        cast(null as text) as snapshot_sha256,
        cast(null as bigint) as line_no
    from {{ ref('int_events') }}

),

imported as (

    select
        *,
        'unknown' as event_date_basis,
        false as is_symmetric,
        cast(null as text) as forum,
        2 as forum_states,
        1 as code_count,
        1 as date_count,
        1 as one_a_day_count,
        cast(null as text) as lead_mention_id,
        cast(null as text) as dictionary_hash,
        cast(null as text) as run_id
    from {{ ref('int_imported_events') }}
    where quad_class is not null and {{ landed_since_build() }}

),

everything as (

    select * from coded
    union all by name
    select * exclude (delivered_code, landed_at) from imported

)

select
    event_id,
    event_date,
    event_date_end,
    date_precision,
    source_actor,
    target_actor,
    event_code,
    event_root,
    quad_class,
    cast(goldstein as double) as goldstein,
    mention_count,
    document_count,
    confidence,
    origin,
    event_date_basis,
    source_role,
    target_role,
    {{ is_dyad('source_actor', 'target_actor') }} as is_dyad,
    is_symmetric,
    forum,
    plover_type,
    publisher_count,
    code_count,
    date_count,
    one_a_day_count,
    forum_states,
    cast({{ forum_weight('forum_states') }} as double) as forum_weight,
    {{ is_provisional('event_date', 'event_date_end') }} as is_provisional,
    first_published_date,
    '{{ var("scale_id") }}' as scale_id,
    '{{ var("ontology_version") }}' as ontology_version,
    lead_mention_id,
    coder_version,
    dictionary_hash,
    run_id,
    delivered_id,
    delivered_score,
    url,
    source_id,
    uri,
    snapshot_sha256,
    line_no
from everything
