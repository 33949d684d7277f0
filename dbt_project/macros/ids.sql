{#- A key out of its parts, as Python makes it too: the first 16 hex digits of sha256 over the parts, U+001F between. -#}
{% macro content_id(parts) -%}
    left(sha256(concat_ws(chr(31), {{ parts | join(', ') }})), 16)
{%- endmacro %}
