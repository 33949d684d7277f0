{{ config(materialized='table') }}
-- A table, because five views ask for it several times in a build, and a key is looked for among all that ever came.
{% set keys = {
    'gdelt_events': ['GLOBALEVENTID'],
    'icews_events': ['event_id', 'event_date'],
    'polecat_events': ['event_id'],
    'phoenix_events': ['event_id', '"date"'],
    'plover_events': ['id'],
} %}
{%- for table, key in keys.items() %}
{{ superseded_rows(table, key) }}
{{ "union all" if not loop.last }}
{%- endfor %}
