{#-
What an incremental model adds: deliveries landed since the last build that ended well. Which build that was stands in
ops.built_deliveries, written by flows/increments.py. It also sees to it that everything is built anew (dbt's
--full-refresh) when anything else changed that a row is made of: the project with its dictionaries, or rows that were built
and are no longer there.

The time is written into the statement as a constant, so that DuckDB skips whole blocks of rows by it.
-#}
{% macro landed_since_build(column='landed_at') -%}
    {%- set built = source('ops', 'built_deliveries') -%}
    {%- set until = none -%}
    {%- if execute and is_incremental() -%}
        {%- set until = run_query("select max(landed_at)::text from " ~ built).columns[0].values()[0] -%}
    {%- endif -%}
    {{ column ~ " > timestamp '" ~ until ~ "'" if until else 'true' }}
{%- endmacro %}

{#- What an increment of `events` changes of the rows that are there; the statements run in one transaction with it. Our own
    events are few and all made anew, because a report can join an event of any day. -#}
{% macro drop_changed_events() -%}
    {%- if is_incremental() %}
    delete from {{ this }}
    where origin = 'comity' or (origin, delivered_id) in (
        select (origin, delivered_id) from {{ ref('int_imported_events') }} where {{ landed_since_build() }}
    )
    {%- endif %}
{%- endmacro %}

{#- Mentions of GDELT arrive after their event and make it surer. -#}
{% macro update_confidence() -%}
    {%- set confidence = ref('stg_gdelt_confidence') -%}  {#- named outside the condition, or dbt does not know of it -#}
    {%- if is_incremental() %}
    update {{ this }} as events
    set confidence = said.confidence
    from {{ confidence }} as said
    where events.origin = 'gdelt'
        and events.delivered_id = cast(said.event_number as text)
        and events.confidence is distinct from said.confidence
        and {{ landed_since_build('said.last_landed_at') }}
    {%- endif %}
{%- endmacro %}

{#- As documents arrive, time passes for events of other data sets too. -#}
{% macro update_provisional() -%}
    {%- if is_incremental() %}
    update {{ this }}
    set is_provisional = not is_provisional
    where origin <> 'comity' and is_provisional is distinct from {{ is_provisional('event_date', 'event_date_end') }}
    {%- endif %}
{%- endmacro %}

{#- Until the windows of its root have passed, a later report can still join an event. -#}
{% macro is_provisional(event_date, event_date_end) -%}
    coalesce(
        coalesce({{ event_date_end }}, {{ event_date }}) + {{ closing_days() }}
        >= (select max(retrieved_at) from {{ ref('stg_documents') }}),
        false
    )
{%- endmacro %}
