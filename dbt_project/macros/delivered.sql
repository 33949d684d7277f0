{#- A day as some data set writes it; null where it is in a form that can be read in two ways, such as 11/09/2020. -#}
{% macro delivered_date(text) -%}
    try_strptime(left({{ text }}, 10), ['%Y%m%d', '%Y-%m-%d', '%Y/%m/%d', '%d-%b-%Y', '%d %b %Y'])::date
{%- endmacro %}

{#- Of rows with one key all but the one landed last: data sets issue files again, and what they said before stays in raw.
    Few keys come twice. Looking for those first, by a hash, spares the ranking of millions that come once. -#}
{% macro superseded_rows(table, key) -%}
    select '{{ table }}' as table_name, row_id
    from {{ source('raw', table) }}
    where hash({{ key | join(', ') }}) in (
        select hash({{ key | join(', ') }}) from {{ source('raw', table) }} group by 1 having count(*) > 1
    )
    qualify row_number() over (partition by {{ key | join(', ') }} order by landed_at desc, snapshot_sha256, line_no desc) > 1
{%- endmacro %}

{#- True for the delivery of an event that holds. -#}
{% macro is_last_delivery(table) -%}
    row_id not in (select row_id from {{ ref('stg_superseded_rows') }} where table_name = '{{ table }}')
{%- endmacro %}

{#- Where a delivered row comes from, alike in every data set. -#}
{% macro delivery() -%}
    row_id, source_id, uri, snapshot_sha256, line_no, landed_at
{%- endmacro %}

{#- How many items a list has whose parts are separated by a mark; null for none. -#}
{% macro item_count(text, mark=';') -%}
    nullif(len(list_filter(string_split({{ text }}, '{{ mark }}'), lambda part: trim(part) <> '')), 0)
{%- endmacro %}
