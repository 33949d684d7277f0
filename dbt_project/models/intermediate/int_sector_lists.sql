{{ config(materialized='incremental', incremental_strategy='append', on_schema_change='fail') }}
-- Millions of events name a few thousand lists of sectors, so that a role is looked for once for each list. A list that no
-- event has any longer does no harm.
with named as (

    select origin, source_sectors as sectors from {{ ref('int_delivered_events') }} where {{ landed_since_build() }}
    union
    select origin, target_sectors from {{ ref('int_delivered_events') }} where {{ landed_since_build() }}

)

select origin, sectors
from named
where sectors <> ''
{%- if is_incremental() %}
    and (origin, sectors) not in (select (origin, sectors) from {{ this }})
{%- endif %}
