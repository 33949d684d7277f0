{#-
How often a document is in a draw of the bootstrap: Poisson(1), so that documents and draws can be worked in any order
(Hanley and MacGibbon 2006, Computer Methods and Programs in Biomedicine 83). The random number is a hash of document and
draw (mixed as in lowbias32 by C. Wellons), the same on every machine and in every run. `mix` is xor'ed 32-bit number.

To be written among the columns of a select whose relation has `mix`; it adds the steps as columns and ends with
`multiplicity`.
-#}
{% macro multiplicity() -%}
    xor(mix, mix >> 16) as mix_1,
    (mix_1 * 2146121005::ubigint) & 4294967295::ubigint as mix_2,
    xor(mix_2, mix_2 >> 15) as mix_3,
    (mix_3 * 2221713035::ubigint) & 4294967295::ubigint as mix_4,
    xor(mix_4, mix_4 >> 16) / 4294967296.0 as uniform,
    -- the distribution function of Poisson(1)
    case
        when uniform < 0.36787944117144233 then 0
        when uniform < 0.73575888234288467 then 1
        when uniform < 0.91969860292860584 then 2
        when uniform < 0.98101184312384619 then 3
        when uniform < 0.99634015317265634 then 4
        when uniform < 0.99940581518241837 then 5
        when uniform < 0.99991675885071202 then 6
        else 7
    end as multiplicity
{%- endmacro %}

{#-
The intervals of one period: one row per pair, direction and period with at least `sufficient_documents` documents. Documents
and not sentences are drawn, because sentences of one document err together. An event told in several documents lies in
each with its share.
-#}
{% macro dyad_intervals(period) %}
with tellings as (

    select
        {{ ordered_pair('events.') }},
        cast(date_trunc('{{ period }}', events.event_date) as date) as {{ period }},
        told.original_document_id,
        cast(events.forum_weight / events.document_count as decimal(18, 9)) as weight,
        cast(events.goldstein * events.forum_weight / events.document_count as decimal(18, 9)) as score
    from {{ ref('events') }} as events
    inner join (
        select distinct event_id, original_document_id from {{ ref('event_mentions') }} where event_id is not null
    ) as told using (event_id)
    where events.is_dyad and events.origin = 'comity' and events.goldstein is not null and {{ fits_period('events.date_precision', period) }}

),

by_document as (

    select
        actor_a, actor_b, coalesce(direction, 'both') as direction, {{ period }}, original_document_id,
        -- narrow enough for a product with a digit to fit into 64 bits
        cast(sum(weight) as decimal(17, 9)) as weight,
        cast(sum(score) as decimal(17, 9)) as score,
        md5_number_lower(original_document_id) & 4294967295::ubigint as document_mix
    from tellings
    group by grouping sets (
        (actor_a, actor_b, {{ period }}, original_document_id, direction),
        (actor_a, actor_b, {{ period }}, original_document_id)
    )

),

enough as (

    -- A number stands for the cell's four names in what follows, which has a row for each document and draw.
    select *, dense_rank() over (order by actor_a, actor_b, direction, {{ period }}) as cell_no
    from by_document
    qualify count(*) over (partition by actor_a, actor_b, direction, {{ period }}) >= {{ var('sufficient_documents') }}

),

drawn as (

    select *, {{ multiplicity() }}
    from (
        select
            cell_no,
            weight,
            score,
            draws.draw,
            xor(document_mix, (cast(draws.draw as ubigint) * 2654435769::ubigint) & 4294967295::ubigint) as mix
        from enough
        cross join range({{ var('bootstrap_draws') }}) as draws (draw)
    )

),

draw_sums as (

    select
        cell_no,
        draw,
        sum(cast(multiplicity as decimal(1, 0)) * weight) as weight,
        sum(cast(multiplicity as decimal(1, 0)) * score) as score
    from drawn
    group by cell_no, draw

),

means as (

    select
        actor_a, actor_b, direction, {{ period }}, {{ shrunk_mean('draw_sums.score', 'draw_sums.weight', 'priors.prior') }} as mean
    from draw_sums
    inner join (select distinct cell_no, actor_a, actor_b, direction, {{ period }} from enough) as cells using (cell_no)
    inner join (
        select
            actor_a, actor_b, direction, {{ period }},
            {{ prior_mean('weighted_goldstein_sum', 'weighted_scored', past(period)) }} as prior
        from {{ ref('int_dyad_' ~ period ~ 's') }}
    ) as priors using (actor_a, actor_b, direction, {{ period }})

)

select
    actor_a,
    actor_b,
    direction,
    {{ period }},
    quantile_cont(mean, 0.05) as ci_low,
    quantile_cont(mean, 0.95) as ci_high
from means
group by all
{% endmacro %}
