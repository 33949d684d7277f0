-- Published as `actors`; this file cannot have that name, because the dictionary it reads has it.
{{ config(alias='actors') }}

with states as (

    select actor_code, name, 'state' as kind, null as organisation_kind, start_date, end_date
    from {{ ref('actors') }}

),

-- An organisation may have a row for each of its names; it is called what it was called last. Armed groups that
-- are coded by their state are that state's actors and not rows of their own.
organisations as (

    select
        actor_code,
        max_by(name, (coalesce(end_date, date '9999-12-31'), coalesce(start_date, date '0001-01-01'), name)) as name,
        'organisation' as kind,
        max_by(kind, (coalesce(end_date, date '9999-12-31'), coalesce(start_date, date '0001-01-01'), name))
            as organisation_kind,
        if(count(*) = count(start_date), min(start_date), null) as start_date,
        if(count(*) = count(end_date), max(end_date), null) as end_date
    from {{ ref('organisations') }}
    where actor_code not in (select actor_code from states)
    group by actor_code

)

select actor_code, name, kind, organisation_kind, start_date, end_date from states
union all by name
select actor_code, name, kind, organisation_kind, start_date, end_date from organisations
order by actor_code
