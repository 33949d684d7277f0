-- A code that the ontology has today must weigh something on the scale in use, or its events vanish from every sum. Only
-- the default scale promises that; another may leave codes out on purpose (PLOVER has none for statements and appeals).
{{ config(severity='error' if var('scale_id') == 'goldstein_gdelt' else 'warn') }}

select event_code, name
from {{ ref('event_codes') }}
where is_current and goldstein is null
