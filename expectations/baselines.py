"""What a measure usually is, learned from its own past: the SQL that judges the newest day of a series.

A series is what a check's query gives: a value for each group and day, counted from the documents that arrived
that day as they are read today. So the history is nowhere stored apart: a rebuilt warehouse has the same one, and
a new coder is judged by what it makes of all past days. Days after or without enough documents are the query's
business to leave out.

The newest day of a group is compared with the days before it, at most half a year of them: with the same
weekdays once there are eight, since newsrooms rest on Sundays; else with all days once there are fourteen; else
with the bounds that the check declares. Learned bounds lie around the median, as far as a robust z of 3.5
(Iglewicz and Hoaglin 1993) reaches: 3.5 / 0.6745 median absolute deviations. They replace only bounds that are
declared: a side without a declared bound is one where nothing can be wrong.
"""

from __future__ import annotations

from expectations.spec import MeasureSpec

MOST_GROUPS = 100  # of a check and run whose values are kept
WINDOW_DAYS = 182
LEAST_WEEKDAYS = 8
LEAST_DAYS = 14
_REACH = 3.5 / 0.6745

_JUDGED = """
with series as (
    select cast(group_key as text) as group_key, cast(day as date) as day, cast(value as double) as value
    from ({query}) as given
),
newest as (
    select group_key, max(day) as day, max_by(value, day) as value from series group by group_key
),
past as (
    select newest.group_key, series.value, isodow(series.day) = isodow(newest.day) as is_weekday
    from newest
    inner join series on newest.group_key = series.group_key
        and series.day between newest.day - {window} and newest.day - 1
),
counted as (
    select
        *,
        count(*) over (partition by group_key) as day_count,
        count(*) filter (where is_weekday) over (partition by group_key) as weekday_count
    from past
),
centred as (
    select *, median(value) over (partition by group_key) as usual
    from counted
    where case when weekday_count >= {least_weekdays} then is_weekday else day_count >= {least_days} end
),
learned as (
    select
        group_key,
        any_value(usual) as usual,
        greatest(median(abs(value - usual)), {least_spread}) as spread,
        count(*) as history_days,
        if(any_value(weekday_count) >= {least_weekdays}, 'weekdays', 'days') as basis
    from centred
    group by group_key
),
judged as (
    select
        newest.group_key,
        newest.day,
        round(newest.value, 6) as value,
        if({low} is null, null, round(coalesce(usual - {reach} * spread, {low}), 6)) as low,
        if({high} is null, null, round(coalesce(usual + {reach} * spread, {high}), 6)) as high,
        coalesce(history_days, 0) as history_days,
        coalesce(basis, 'declared') as basis
    from newest
    left join learned using (group_key)
)
"""


def judged_rows(measure: MeasureSpec) -> str:
    """SQL with `{batch}` left in: each group's newest value and its bounds, the worst first."""
    return (
        f"{_judged(measure)} select *, coalesce(value < low or value > high, false) as is_outside from judged "
        f"order by is_outside desc, value desc, group_key limit {MOST_GROUPS}"
    )


def rows_outside(measure: MeasureSpec) -> str:
    """SQL with `{batch}` left in: the groups whose newest value lies outside its bounds."""
    return f"{_judged(measure)} select * from judged where value < low or value > high order by group_key"


def in_words(row: dict[str, object]) -> str:
    """A judged row as people read it: `RUS 0.41, usual 0.02 to 0.18 (8 weekdays)`."""
    name = "" if row["group_key"] == "all" else f"{row['group_key']} "
    bounds = [_number(row[side]) for side in ("low", "high")]
    span = f"{bounds[0]} to {bounds[1]}"
    if bounds[0] is None:
        span = f"up to {bounds[1]}"
    elif bounds[1] is None:
        span = f"from {bounds[0]}"
    word = "declared" if row["basis"] == "declared" else "usual"
    told = "" if row["basis"] == "declared" else f" ({row['history_days']} {row['basis']})"
    return f"{name}{_number(row['value'])}, {word} {span}{told}"


def _judged(measure: MeasureSpec) -> str:
    # not str.format: the check's own query keeps its {batch}
    parts = {
        "query": measure.query,
        "window": WINDOW_DAYS,
        "least_weekdays": LEAST_WEEKDAYS,
        "least_days": LEAST_DAYS,
        "least_spread": measure.least_spread,
        "reach": round(_REACH, 6),
        "low": "null::double" if measure.low is None else measure.low,
        "high": "null::double" if measure.high is None else measure.high,
    }
    text = _JUDGED
    for name, part in parts.items():
        text = text.replace(f"{{{name}}}", str(part))
    return " ".join(text.split())


def _number(value: object) -> str | None:
    return f"{value:.4g}" if isinstance(value, int | float) else None
