{#- No two rows alike in these columns, among the rows that have all of them. -#}
{% test unique_where_filled(model, columns) %}

select {{ columns | join(', ') }}, count(*) as row_count
from {{ model }}
where {% for column in columns %}{{ column }} is not null{{ " and " if not loop.last }}{% endfor %}
group by {{ columns | join(', ') }}
having count(*) > 1

{% endtest %}
