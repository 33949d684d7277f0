{#-
How dictionaries (seeds) are loaded. dbt guesses a type for every column whose yml names none, and would make the
number 1 out of the code 01; here such a column is text. The file's dialect is said and not guessed either: a
dictionary is UTF-8 with commas, double quotes and a header, and an empty cell is null.
-#}
{% macro duckdb__create_csv_table(model, agate_table) %}
    {%- set types = model['config'].get('column_types', {}) -%}
    {% set sql %}
    create table {{ this.render() }} (
        {%- for column in agate_table.column_names %}
        {{ adapter.quote(column) }} {{ types.get(column, 'text') }} {{- "," if not loop.last }}
        {%- endfor %}
    )
    {% endset %}
    {% call statement('_') -%} {{ sql }} {%- endcall %}
    {{ return(sql) }}
{% endmacro %}

{% macro duckdb__load_csv_rows(model, agate_table) %}
    {% set sql %}
    copy {{ this.render() }} from '{{ adapter.get_seed_file_path(model) | replace("'", "''") }}'
    (format csv, header true, auto_detect false, delimiter ',', quote '"', escape '"', nullstr '')
    {% endset %}
    {% do adapter.add_query(sql, abridge_sql_log=True) %}
    {{ return(sql) }}
{% endmacro %}
