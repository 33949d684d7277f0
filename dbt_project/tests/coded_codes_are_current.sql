-- Our own coder writes only codes that the ontology has today. Codes of other versions stay in the dictionary, so that the
-- data sets of others can be read, and would split one kind of act over two codes here.
select mentions.mention_id, mentions.event_code
from {{ ref('event_mentions') }} as mentions
left join {{ ref('event_codes') }} as codes using (event_code)
where not coalesce(codes.is_current, false)
