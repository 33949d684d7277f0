{% for origin in ['gdelt', 'icews', 'polecat', 'phoenix', 'plover'] -%}
select '{{ origin }}' as origin, * from {{ ref('stg_' ~ origin ~ '_events') }}
{{ "union all by name" if not loop.last }}
{% endfor %}
