{#- Each item of a `|`-separated cell stands in the other table's column. -#}
{% test lists_found(model, column, in, by) %}

with items as (

    select distinct trim(unnest(string_split({{ column }}, '|'))) as item
    from {{ model }}
    where {{ column }} is not null

)

select item as not_found
from items
where item not in (select {{ by }} from {{ in }} where {{ by }} is not null)

{% endtest %}
