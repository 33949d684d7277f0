{#-
Every measure of cooperation stands here once, and every mart that has it calls it from here.
docs/measures.md works each one out on numbers. C and K are counts of cooperative (quad classes 1 and 2) and
conflictual (3 and 4) events; all of them are null where nothing happened that they could speak about.
-#}

{#- Mean score of the events that have one. After Goldstein (1992), Journal of Conflict Resolution 36(2), whose
    weights it averages; a mean forgets how much happened, so it never stands without its event count. -#}
{% macro goldstein_mean(goldstein_sum, scored_count) -%}
    cast({{ goldstein_sum }} as double) / nullif({{ scored_count }}, 0)
{%- endmacro %}

{#- Balance of cooperation and conflict, from -1 (conflict only) to 1 (cooperation only). The relative difference of two
    counts, as survey and text research use it for positions; forgets severity. -#}
{% macro net_ratio(coop, conf) -%}
    cast(({{ coop }}) - ({{ conf }}) as double) / nullif(({{ coop }}) + ({{ conf }}), 0)
{%- endmacro %}

{#- The same, drawn to 0 by one imagined event on each side (Laplace's rule), so that one report does not read as 1. -#}
{% macro net_ratio_smoothed(coop, conf) -%}
    cast(({{ coop }}) - ({{ conf }}) as double)
    / case when ({{ coop }}) + ({{ conf }}) > 0 then ({{ coop }}) + ({{ conf }}) + 2 end
{%- endmacro %}

{#- Difference of log counts, after Lowe and others (2011), Legislative Studies Quarterly 36(1): doubling the
    cooperation moves it by the same step whatever the volume. -#}
{% macro log_balance(coop, conf) -%}
    case when ({{ coop }}) + ({{ conf }}) > 0 then ln(1 + ({{ coop }})) - ln(1 + ({{ conf }})) end
{%- endmacro %}

{#- Part of a whole, 0 to 1. -#}
{% macro share(part, whole) -%}
    cast({{ part }} as double) / nullif({{ whole }}, 0)
{%- endmacro %}

{#- What an act of a forum weighs for each pair of the states that it was paired out to: a meeting of n states is n - 1
    meetings for each of them, and weighs 1 for each of them in all. -#}
{% macro forum_weight(forum_states) -%}
    1.0 / greatest({{ forum_states }} - 1, 1)
{%- endmacro %}
