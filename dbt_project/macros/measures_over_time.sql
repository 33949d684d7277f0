{#-
Measures that look back. As in measures.sql each formula stands once; docs/measures.md works each one out on numbers, and
tests/unit/test_measures.py compares them with a plain loop in Python.
-#}

{#- How far back a period's own past reaches: what is usual for the pair, before the period itself. -#}
{% macro past(period, columns='actor_a, actor_b, direction') -%}
    partition by {{ columns }} order by {{ period }}
    range between interval {{ '10 year' if period == 'year' else '24 month' }} preceding
        and interval 1 {{ period }} preceding
{%- endmacro %}

{#- Mean drawn to the pair's own past by `shrinkage_events` imagined events: m = (sum w g + k m0) / (sum w + k), with m0 the
    mean of its past, 0 where it has none. Empirical-Bayes shrinkage as for small areas: Efron and Morris (1975), JASA 70. -#}
{% macro shrunk_mean(goldstein_sum, scored, prior) -%}
    (cast({{ goldstein_sum }} as double) + {{ var('shrinkage_events') }} * {{ prior }})
    / (cast({{ scored }} as double) + {{ var('shrinkage_events') }})
{%- endmacro %}

{#- m0 of the above. -#}
{% macro prior_mean(goldstein_sum, scored, past) -%}
    coalesce(
        cast(sum({{ goldstein_sum }}) over ({{ past }}) as double)
        / nullif(cast(sum({{ scored }}) over ({{ past }}) as double), 0), 0
    )
{%- endmacro %}

{#- Sum of scores for a thousand documents read in the period; fewer than `least_documents` count as so many, because a
    handful of documents would make every event a crisis. Null where none was read. -#}
{% macro volume_adjusted(goldstein_sum, docs_processed) -%}
    case when {{ docs_processed }} > 0
         then 1000 * cast({{ goldstein_sum }} as double) / greatest({{ docs_processed }}, {{ var('least_documents') }}) end
{%- endmacro %}

{#- How unusual a value is against its own past, in standard deviations of a normal series: 0.6745 (x - median) / MAD after
    Iglewicz and Hoaglin (1993); where more than half of the past is equal, MAD is 0 and the mean absolute deviation (times
    1.2533) stands in; null where the past is shorter than 6 or never moved. `past_values` is a list. -#}
{% macro robust_z(x, past_values) -%}
    case when len({{ past_values }}) >= 6 then coalesce(
        0.6745 * ({{ x }} - list_median({{ past_values }}))
        / nullif(list_median(list_transform({{ past_values }}, lambda v: abs(v - list_median({{ past_values }})))), 0),
        ({{ x }} - list_median({{ past_values }}))
        / nullif(1.2533 * list_avg(list_transform({{ past_values }}, lambda v: abs(v - list_median({{ past_values }})))), 0)
    ) end
{%- endmacro %}

{#- Page (1954), Biometrika 41: the largest sum of deviations beyond a slack of 0.5, upward (sign 1) or downward (-1), up to
    this period. C_t is the running sum of sign * z - 0.5; S_t = C_t - min(0, C_1 .. C_t), which is the usual recursion
    S_t = max(0, S_{t-1} + sign * z_t - 0.5). -#}
{% macro cusum(z, sign, series) -%}
    sum({{ sign }} * coalesce({{ z }}, 0) - 0.5) over ({{ series }})
{%- endmacro %}

{#- One step of bounded accumulation between -9 and 9: the nearer to the bound, the less a further act of that kind moves it.
    After the scheme of Yan and Zhou (2004) as its users describe it; theirs is scored by hand, so ours is only in its style.
    With `tsinghua_half_life` above 0 the level returns towards 0 by half in so many periods. -#}
{% macro bounded_step(level, influence) -%}
    {%- set half_life = var('tsinghua_half_life') -%}
    {%- set kept = level if half_life <= 0 else '(' ~ level ~ ' * pow(2, -1.0 / ' ~ half_life ~ '))' -%}
    {{ kept }} + {{ influence }} * (9 - sign({{ influence }}) * {{ kept }}) / 9
{%- endmacro %}

{#- What a period adds to it: its weighted scores in units of `tsinghua_unit`, netted, so that the order within the period
    does not matter. -#}
{% macro influence(goldstein_sum) -%}
    greatest(-9, least(9, coalesce(cast({{ goldstein_sum }} as double), 0) / {{ var('tsinghua_unit') }}))
{%- endmacro %}

{#-
Exponentially weighted levels on days: A_t = A_{t-1} 2^(-days/h) + x_t. Sums of x_s 2^(s/h) would overflow over decades, so
days are cut into blocks of 48 half-lives, each with its own origin; of what lies before a block only the block before it is
carried on, since the rest has faded to 2^-48.

Gives a query with the key columns, `day` and `level`.
-#}
{% macro decayed_levels(relation, x, half_life) -%}
    {%- set span = 48 * half_life -%}
    select
        blocks.actor_a,
        blocks.actor_b,
        blocks.direction,
        blocks.day,
        pow(2, -(blocks.day_no - blocks.block * {{ span }}) / {{ half_life }}.0) * (
            sum(blocks.x * pow(2, (blocks.day_no - blocks.block * {{ span }}) / {{ half_life }}.0)) over (
                partition by blocks.actor_a, blocks.actor_b, blocks.direction, blocks.block order by blocks.day
            )
            + coalesce(before.carried, 0)
        ) as level
    from (
        select *, epoch_day // {{ span }} as block, epoch_day as day_no, cast({{ x }} as double) as x
        from {{ relation }}
    ) as blocks
    left join (
        select
            actor_a, actor_b, direction, epoch_day // {{ span }} + 1 as block,
            sum(cast({{ x }} as double)
                * pow(2, (epoch_day - (epoch_day // {{ span }} + 1) * {{ span }}) / {{ half_life }}.0)
                order by epoch_day) as carried
        from {{ relation }}
        group by all
    ) as before using (actor_a, actor_b, direction, block)
{%- endmacro %}
