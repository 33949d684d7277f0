{#- Days that one act may last and still be dated to the day: longer ones are periods in which something happened. -#}
{% macro longest_act_days() -%} 7 {%- endmacro %}

{#- How exactly, and on what word, a mention dates its act. Acts are clustered in this order: what is dated firmly makes
    events, what is dated less firmly joins them or makes its own. -#}
{% macro dating_level(date_precision, date_basis, first_day, last_day) -%}
    case
        when {{ date_precision }} = 'day' and {{ last_day }} - {{ first_day }} < {{ longest_act_days() }}
            then if({{ date_basis }} in ('text', 'anchor'), 'stated', 'reported')
        when {{ last_day }} - {{ first_day }} <= 31 then 'month'
        when {{ last_day }} - {{ first_day }} <= 92 then 'quarter'
        else 'year'
    end
{%- endmacro %}

{#-
Mentions of one act (source, target, three-digit code) that follow each other within `gap` days become one cluster, named
by its first day. A chain that grows longer than an act can last is cut, so that daily contact does not become one
endless event. `relation` has the act's columns, first_day, last_day and the gap.
-#}
{% macro runs_of_days(relation, gap) -%}
    select
        mention_id, source_actor, target_actor, act_code, event_root, first_day, last_day, original_document_id,
        min(first_day) over (
            partition by source_actor, target_actor, act_code, run,
                (first_day - run_first_day) // ({{ longest_act_days() }} + {{ gap }})
        ) as cluster_day
    from (
        select *, min(first_day) over (partition by source_actor, target_actor, act_code, run) as run_first_day
        from (
            select *, count(*) filter (where is_first) over act as run
            from (
                select
                    *,
                    coalesce(
                        first_day > {{ gap }} + max(last_day) over (
                            act rows between unbounded preceding and 1 preceding
                        ), true
                    ) as is_first
                from {{ relation }}
                window act as (
                    partition by source_actor, target_actor, act_code order by first_day, last_day, mention_id
                )
            )
            window act as (partition by source_actor, target_actor, act_code order by first_day, last_day, mention_id)
        )
    )
{%- endmacro %}

{#- Mentions dated to a period join the finer-dated event of their act in it that most documents tell of, the earliest
    of several; where there is none they are an event of that period. -#}
{% macro joined_to_finer(level, finer) -%}
    select
        coarse.mention_id, coarse.source_actor, coarse.target_actor, coarse.act_code, coarse.event_root,
        coarse.first_day, coarse.last_day, coarse.original_document_id,
        coalesce(
            arg_min(finer.cluster_day, (-finer.document_count, finer.cluster_day))
                filter (where finer.cluster_day is not null),
            coarse.first_day
        ) as cluster_day
    from dated as coarse
    left join (
        select source_actor, target_actor, act_code, cluster_day, count(distinct original_document_id) as document_count
        from (
            {% for cte in finer -%}
            select source_actor, target_actor, act_code, cluster_day, original_document_id from {{ cte }}
            {{ "union all" if not loop.last }}
            {% endfor -%}
        )
        group by all
    ) as finer
        on coarse.source_actor = finer.source_actor
        and coarse.target_actor = finer.target_actor
        and coarse.act_code = finer.act_code
        and finer.cluster_day between coarse.first_day and coarse.last_day
    where coarse.level = '{{ level }}'
    group by
        coarse.mention_id, coarse.source_actor, coarse.target_actor, coarse.act_code, coarse.event_root,
        coarse.first_day, coarse.last_day, coarse.original_document_id
{%- endmacro %}
