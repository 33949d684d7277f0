{#- How coarse a date is known, as a number: the finest comes first in an order. -#}
{% macro precision_rank(date_precision) -%}
    case {{ date_precision }} when 'day' then 1 when 'month' then 2 when 'quarter' then 3 when 'year' then 4 else 5 end
{%- endmacro %}

{#- What a date rests on, the firmest first: the sentence's own words, the chronology's head, the publication date. -#}
{% macro basis_rank(date_basis) -%}
    case {{ date_basis }} when 'text' then 1 when 'anchor' then 2 when 'published' then 3 else 4 end
{%- endmacro %}

{#- True where a date is known no coarser than the period, so that the period it falls into is certain. -#}
{% macro fits_period(date_precision, period) -%}
    {{ precision_rank(date_precision) }} <= {{ {'day': 1, 'month': 2, 'quarter': 3, 'year': 4}[period] }}
{%- endmacro %}
