-- Programs that take 057 for a number leave 57, which is no code of any other act.
select event_code as delivered_code, * from {{ ref('int_event_codes') }}
union all
select substr(event_code, 2) as delivered_code, *
from {{ ref('int_event_codes') }}
where event_code like '0%' and substr(event_code, 2) not in (select event_code from {{ ref('int_event_codes') }})
