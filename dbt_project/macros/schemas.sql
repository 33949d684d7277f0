{#- Schemas are called what dbt_project.yml calls them: dbt's own rule would prefix the target's name. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
