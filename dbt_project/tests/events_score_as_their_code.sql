-- An event has the quad class of its code and its code's score on the scale in use, and no other: scores that drift from
-- the dictionary make two series of one scale. An imported event may have a PLOVER type and no code: its quad class is its type's.
select
    events.event_id,
    events.event_code,
    events.quad_class,
    codes.quad_class as quad_class_of_code,
    events.goldstein,
    codes.goldstein as score_of_code
from {{ ref('events') }} as events
left join {{ ref('event_codes') }} as codes using (event_code)
where (events.quad_class is distinct from codes.quad_class and events.event_code is not null)
    or (events.goldstein is distinct from codes.goldstein and events.origin = 'comity')
