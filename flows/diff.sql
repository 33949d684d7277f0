-- What differs between two releases: the opened one (now) and the attached `earlier` one (was). flows/diff.py gives both
-- the columns that only one of them has, as views was_events and now_events, was_months and now_months.
-- A mention is the same in both where its sentence says the same; its own id changes with every coding.
create or replace temp macro mention_key(m) as
    hash(m.sentence_id, m.source_actor, m.target_actor, m.event_code, m.event_date, m.date_precision, m.event_status);

create temp table was_mentions as
select distinct event_id, document_id, sentence_id, source_actor, target_actor, mention_key(m) as said
from earlier.main.event_mentions as m;

create temp table now_mentions as
select distinct event_id, document_id, sentence_id, source_actor, target_actor, mention_key(m) as said
from main.event_mentions as m;

create temp table was_documents as
select document_id, concat_ws(' ', coder_version, dictionary_hash, model_id) as coding
from earlier.main.documents where is_coded;

create temp table now_documents as
select document_id, concat_ws(' ', coder_version, dictionary_hash, model_id) as coding
from main.documents where is_coded;

create temp table recoded as
select document_id from was_documents inner join now_documents using (document_id)
where was_documents.coding <> now_documents.coding;

-- Every mention that an event gained or lost, and why; `regrouped` is one that both releases have, in other events.
create temp table moves as
select
    gained.event_id,
    gained.said,
    'gained' as move,
    case
        when document_id not in (select document_id from was_documents) then 'new documents'
        when said in (select said from was_mentions) then 'regrouped'
        when document_id in (from recoded) then 'recode'
        else 'regrouped'
    end as cause
from (select event_id, document_id, said from now_mentions where event_id is not null) as gained
anti join (select event_id, said from was_mentions where event_id is not null) as kept
    on gained.event_id = kept.event_id and gained.said = kept.said
union all
select
    dropped.event_id,
    dropped.said,
    'dropped',
    case
        when document_id not in (select document_id from now_documents) then 'retraction'
        when said in (select said from now_mentions) then 'regrouped'
        when document_id in (from recoded) then 'recode'
        else 'regrouped'
    end
from (select event_id, document_id, said from was_mentions where event_id is not null) as dropped
anti join (select event_id, said from now_mentions where event_id is not null) as kept
    on dropped.event_id = kept.event_id and dropped.said = kept.said;

create temp table causes as
select distinct event_id, cause from moves where cause <> 'regrouped';

-- An event that only exchanged mentions with others changed for whatever reason those did.
create temp table neighbours as
select distinct moves.event_id, others.event_id as other_id
from moves
inner join (
    select said, event_id, 'gained' as move from was_mentions
    union all
    select said, event_id, 'dropped' from now_mentions
) as others on moves.said = others.said and moves.move = others.move
where moves.cause = 'regrouped' and others.event_id is not null and moves.event_id <> others.event_id;
