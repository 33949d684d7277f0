-- The dictionaries that only the coder reads: each row has its key once, and every code in them exists. One test for
-- all of them, because the coder refuses what else can be wrong with a row, with its file, row and column.
with actor_codes as (

    select actor_code from {{ ref('actors') }}
    union
    select actor_code from {{ ref('organisations') }}

),

keys as (

    select 'people' as dictionary, concat_ws(', ', person_id, office, start_date) as row_key from {{ ref('people') }}
    union all
    select 'roles', role_code from {{ ref('roles') }}
    union all
    select 'agents', agent from {{ ref('agents') }}
    union all
    select 'bodies', concat_ws(', ', name, actor_code, start_date) from {{ ref('bodies') }}
    union all
    select 'verb_patterns', pattern_id from {{ ref('verb_patterns') }}
    union all
    select 'governors', pattern_id from {{ ref('governors') }}

),

links as (

    select 'people' as dictionary, 'actor' as kind, actor_code as code, person_id as row_key from {{ ref('people') }}
    union all
    select 'bodies', 'actor', actor_code, name from {{ ref('bodies') }}
    union all
    select 'people', 'role', role, person_id from {{ ref('people') }}
    union all
    select 'bodies', 'role', role, name from {{ ref('bodies') }}
    union all
    select 'agents', 'role', role, agent from {{ ref('agents') }}
    union all
    select 'organisations', 'role', role, name from {{ ref('organisations') }} where role is not null
    union all
    select 'verb_patterns', 'event', event_code, pattern_id from {{ ref('verb_patterns') }} where event_code is not null

)

select dictionary, 'repeated key' as problem, row_key, null as code
from keys
group by dictionary, row_key
having count(*) > 1

union all

select dictionary, 'unknown ' || kind, row_key, code
from links
where case kind
    when 'actor' then code in (select actor_code from actor_codes)
    when 'role' then code in (select role_code from {{ ref('roles') }})
    when 'event' then code in (select event_code from {{ ref('cameo_codes') }})
    end is not true
