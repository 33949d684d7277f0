-- Every event of another data set has a code or type that our dictionaries have; what has none is left out of `events`.
-- A warning: another project's slip is no reason to keep analysts from the rest.
{{ config(severity='warn') }}

select origin, delivered_code, plover_type, count(*) as event_count, min(delivered_id) as example_id
from {{ ref('int_imported_events') }}
where quad_class is null
group by all
