-- Every event of another data set has a code or type that our dictionaries have; what has none is left out of `events`.
-- A warning: another project's slip is no reason to keep analysts from the rest. Codes are counted before they are looked
-- up: there are few.
{{ config(severity='warn') }}

with delivered as (

    select origin, event_code, plover_type, count(*) as event_count, min(delivered_id) as example_id
    from {{ ref('int_delivered_events') }}
    group by all

)

select delivered.origin, delivered.event_code as delivered_code, delivered.plover_type, delivered.event_count, delivered.example_id
from delivered
left join {{ ref('int_delivered_codes') }} as codes on delivered.event_code = codes.delivered_code
left join {{ ref('plover_types') }} as types on delivered.plover_type = types.plover_type
where coalesce(codes.quad_class, types.quad_class) is null
