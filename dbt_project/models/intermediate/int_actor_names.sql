-- What data sets call actors, in small letters, and who is meant: a data set's own names first, then codes, then the
-- names of the dictionaries; of several bearers of a name the one who bears it today, or bore it last.
with origins as (

    select unnest(['gdelt', 'icews', 'polecat', 'phoenix', 'plover']) as origin

),

dictionary_names as (

    select actor_code as name, actor_code, 1 as rank, null as end_date from {{ ref('actors') }}
    union all
    select distinct actor_code, actor_code, 1, null from {{ ref('organisations') }}
    union all
    select unnest(string_split(concat_ws('|', name, names), '|')), actor_code, 2, end_date from {{ ref('actors') }}
    union all
    select unnest(string_split(concat_ws('|', name, aliases), '|')), actor_code, 3, end_date from {{ ref('organisations') }}

),

all_names as (

    select origin, name, actor_code, 0 as rank, cast(null as date) as end_date from {{ ref('imported_actors') }}
    union all
    select origins.origin, names.name, names.actor_code, names.rank, names.end_date
    from dictionary_names as names, origins

)

select
    origin,
    lower(trim(name)) as name,
    min_by(actor_code, (rank, date '9999-12-31' - coalesce(end_date, date '9999-12-31'), actor_code)) as actor_code
from all_names
where trim(name) <> ''
group by all
