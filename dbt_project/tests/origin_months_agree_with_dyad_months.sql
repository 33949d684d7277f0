-- What origin_months has of our own events is what dyad_months has, row for row, less its rows without events.
(
    select actor_a, actor_b, direction, month, event_count, mention_count, goldstein_sum, net_ratio
    from {{ ref('origin_months') }} where origin = 'comity'
    except
    select actor_a, actor_b, direction, month, event_count, mention_count, goldstein_sum, net_ratio
    from {{ ref('dyad_months') }}
)
union all
(
    select actor_a, actor_b, direction, month, event_count, mention_count, goldstein_sum, net_ratio
    from {{ ref('dyad_months') }} where event_count > 0
    except
    select actor_a, actor_b, direction, month, event_count, mention_count, goldstein_sum, net_ratio
    from {{ ref('origin_months') }} where origin = 'comity'
)
