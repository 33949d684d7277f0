{#-
All that must be true of one table, as one test: a test is a query and a task, and a table has a dozen plain facts. Each
failing row says which fact it breaks and which row of the table breaks it.

- key: the columns that name a row; not null, and no two rows alike.
- filled: columns that are never null.
- accepted: column -> the values it may have (null passes: say `filled` too where it must not).
- found: list of {column, in: ref(...), by: its column, also: values that need not be found}.
- rules: name -> an expression that is true of every row (null counts as false).
-#}
{% test holds(model, key, filled=[], accepted={}, found=[], rules={}) %}

{%- set row_key -%} concat_ws(' ', {% for column in key %}coalesce(cast({{ column }} as text), 'null'){{ ", " if not loop.last }}{% endfor %}) {%- endset -%}

select 'repeated: {{ key | join(", ") }}' as problem, {{ row_key }} as row_key
from {{ model }}
-- looked for by hash first: keys are long, and of millions hardly one comes twice
where hash({{ key | join(', ') }}) in (select hash({{ key | join(', ') }}) from {{ model }} group by 1 having count(*) > 1)
group by {{ key | join(', ') }}
having count(*) > 1

{% for column in key + filled %}
union all
select 'empty: {{ column }}', {{ row_key }} from {{ model }} where {{ column }} is null
{% endfor %}

{% for column, values in accepted.items() %}
union all
select 'not accepted: {{ column }} ' || {{ column }}, {{ row_key }} from {{ model }}
where cast({{ column }} as text) not in ({% for value in values %}'{{ value }}'{{ ", " if not loop.last }}{% endfor %})
{% endfor %}

{% for link in found %}
union all
select 'not found: {{ link.column }} ' || model.{{ link.column }}, {{ row_key }}
from {{ model }} as model
where model.{{ link.column }} is not null
    and model.{{ link.column }} not in (select {{ link.by }} from {{ link.in }} where {{ link.by }} is not null)
    {%- if link.also %}
    and model.{{ link.column }} not in ({% for value in link.also %}'{{ value }}'{{ ", " if not loop.last }}{% endfor %})
    {%- endif %}
{% endfor %}

{% for name, expression in rules.items() %}
union all
select 'rule: {{ name | replace("'", "''") }}', {{ row_key }} from {{ model }} where ({{ expression }}) is not true
{% endfor %}

{% endtest %}
