-- Events of other data sets in our terms: actors, roles and codes as our dictionaries have them, scores on the scale of
-- this build, so that lines of two data sets compare. What a data set does not say stays null.
with listed_sectors as (

    select
        origin,
        sectors,
        lower(trim(unnest(string_split(sectors, ';')))) as sector,
        generate_subscripts(string_split(sectors, ';'), 1) as place
    from {{ ref('int_sector_lists') }}

),

-- Of several sectors the one with the least priority; codes, which have none, in the order they stand in.
roles_of as (

    select
        listed.origin,
        listed.sectors,
        min_by(
            coalesce(named.role, roles.role_code),
            (if(listed.origin = 'icews', named.priority, 0), listed.place)
        ) filter (where named.role is not null or roles.role_code is not null) as role
    from listed_sectors as listed
    left join {{ ref('imported_roles') }} as named on listed.origin = named.origin and listed.sector = lower(named.sector)
    left join {{ ref('roles') }} as roles on listed.sector = lower(roles.role_code)
    group by all

)

select
    {{ content_id(["delivered.origin", "delivered.delivered_id", "delivered.pair_no::text"]) }} as event_id,
    delivered.origin,
    delivered.event_date,
    coalesce(delivered.event_date_end, delivered.event_date) as event_date_end,
    if(delivered.event_date is null, 'unknown', 'day') as date_precision,
    coalesce(source.actor_code, source_by_name.actor_code, '---') as source_actor,
    source_roles.role as source_role,
    coalesce(target.actor_code, target_by_name.actor_code, '---') as target_actor,
    target_roles.role as target_role,

    -- A type of PLOVER is not a code: it gives the root, where it stands for one only, and no score.
    coalesce(codes.event_code, types.event_code) as event_code,
    left(coalesce(codes.event_code, types.event_code), 2) as event_root,
    coalesce(codes.quad_class, types.quad_class) as quad_class,
    codes.goldstein,
    coalesce(delivered.plover_type, codes.plover_type) as plover_type,
    delivered.event_code as delivered_code,
    delivered.delivered_score,

    cast(delivered.mention_count as bigint) as mention_count,
    cast(delivered.document_count as bigint) as document_count,
    cast(delivered.publisher_count as bigint) as publisher_count,
    delivered.confidence,
    delivered.published_date as first_published_date,
    coalesce(delivered.delivered_version, delivered.origin) as coder_version,
    delivered.delivered_id,
    delivered.url,
    delivered.source_id,
    delivered.uri,
    delivered.snapshot_sha256,
    delivered.line_no,
    delivered.landed_at
from {{ ref('int_delivered_events') }} as delivered
left join {{ ref('int_actor_names') }} as source
    on delivered.origin = source.origin and lower(trim(delivered.source_country)) = source.name
left join {{ ref('int_actor_names') }} as source_by_name
    on delivered.origin = source_by_name.origin and lower(trim(delivered.source_other)) = source_by_name.name
left join {{ ref('int_actor_names') }} as target
    on delivered.origin = target.origin and lower(trim(delivered.target_country)) = target.name
left join {{ ref('int_actor_names') }} as target_by_name
    on delivered.origin = target_by_name.origin and lower(trim(delivered.target_other)) = target_by_name.name
left join roles_of as source_roles
    on delivered.origin = source_roles.origin and delivered.source_sectors = source_roles.sectors
left join roles_of as target_roles
    on delivered.origin = target_roles.origin and delivered.target_sectors = target_roles.sectors
left join {{ ref('int_delivered_codes') }} as codes on delivered.event_code = codes.delivered_code
left join {{ ref('plover_types') }} as types on delivered.plover_type = types.plover_type
