{{ config(materialized="table") }}
-- One row per mention of an act that occurred: the event that it tells of. Mentions of one act (source, target, code to
-- three digits; the fourth is detail that reports differ in) are one event across documents, dates and precisions:
-- stated days within the root's window; then reports without a date of their own, up to their lag after it; then mentions
-- dated to a month, a quarter, a year. No mention is lost, and none is in two events.
with dated as (

    select
        mentions.mention_id,
        mentions.source_actor,
        mentions.target_actor,
        mentions.act_code,
        mentions.event_root,
        mentions.event_date_start as first_day,
        coalesce(mentions.event_date_end, mentions.event_date_start) as last_day,
        mentions.original_document_id,
        windows.window_days,
        windows.report_lag_days,
        {{ dating_level('mentions.date_precision', 'mentions.date_basis', 'mentions.event_date_start',
                        'coalesce(mentions.event_date_end, mentions.event_date_start)') }} as level
    from {{ ref('int_event_mentions') }} as mentions
    inner join {{ ref('event_windows') }} as windows using (event_root)
    where mentions.is_countable and mentions.event_date_start is not null

),

stated as (

    {{ runs_of_days("(from dated where level = 'stated')", "window_days") }}

),

stated_events as (

    select source_actor, target_actor, act_code, cluster_day, max(last_day) as last_day
    from stated
    group by all

),

reported as (

    select reports.*, if(reports.first_day - acts.last_day <= reports.report_lag_days, acts.cluster_day, null) as cluster_day
    from (from dated where level = 'reported') as reports
    asof left join stated_events as acts
        on reports.source_actor = acts.source_actor
        and reports.target_actor = acts.target_actor
        and reports.act_code = acts.act_code
        and reports.first_day >= acts.cluster_day

),

reported_joined as (

    select
        mention_id, source_actor, target_actor, act_code, event_root, first_day, last_day, original_document_id, cluster_day
    from reported
    where cluster_day is not null

),

reported_alone as (

    {{ runs_of_days("(select * exclude (cluster_day) from reported where cluster_day is null)", "report_lag_days") }}

),

months as (

    {{ joined_to_finer('month', ['stated', 'reported_joined', 'reported_alone']) }}

),

quarters as (

    {{ joined_to_finer('quarter', ['stated', 'reported_joined', 'reported_alone', 'months']) }}

),

years as (

    {{ joined_to_finer('year', ['stated', 'reported_joined', 'reported_alone', 'months', 'quarters']) }}

),

clustered as (

    {% for cte in ['stated', 'reported_joined', 'reported_alone', 'months', 'quarters', 'years'] -%}
    select mention_id, source_actor, target_actor, act_code, cluster_day from {{ cte }}
    {{ "union all" if not loop.last }}
    {% endfor %}

)

select
    mention_id,
    {{ content_id(["source_actor", "target_actor", "act_code", "cluster_day::text"]) }} as event_id
from clustered

union all

-- An undated act cannot be told to be the act of another text: each original document has its own.
select
    mention_id,
    {{ content_id(["source_actor", "target_actor", "act_code", "'undated'", "original_document_id"]) }} as event_id
from {{ ref('int_event_mentions') }}
where is_countable and event_date_start is null
