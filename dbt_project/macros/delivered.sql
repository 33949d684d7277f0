{#- A day as some data set writes it; null where it is in a form that can be read in two ways, such as 11/09/2020. -#}
{% macro delivered_date(text) -%}
    try_strptime(left({{ text }}, 10), ['%Y%m%d', '%Y-%m-%d', '%Y/%m/%d', '%d-%b-%Y', '%d %b %Y'])::date
{%- endmacro %}

{#- Of rows with one key the one landed last: data sets issue files again, and what they said before stays in raw. -#}
{% macro last_delivered(key) -%}
    qualify row_number() over (partition by {{ key | join(', ') }} order by landed_at desc, snapshot_sha256, line_no desc) = 1
{%- endmacro %}

{#- Where a delivered row comes from, alike in every data set. -#}
{% macro delivery() -%}
    row_id, source_id, uri, snapshot_sha256, line_no, landed_at
{%- endmacro %}

{#- How many items a list has whose parts are separated by a mark; null for none. -#}
{% macro item_count(text, mark=';') -%}
    nullif(len(list_filter(string_split({{ text }}, '{{ mark }}'), lambda part: trim(part) <> '')), 0)
{%- endmacro %}
