-- The tables that Python writes. Every statement can be run again on a warehouse that has them.
-- Rows of `raw` are only ever added, under keys that are hashes of their content.
create schema if not exists raw;
create schema if not exists ops;

create table if not exists raw.documents (
    document_id text primary key,          -- hash of source, uri, part and text
    source_id text not null,
    uri text not null,                     -- path or URL it came from
    url text,                              -- where its publisher shows it, if the metadata say so
    part_no integer not null,              -- 1.. where one file holds several items
    title text,
    author text,
    publisher text,
    language text,                         -- ISO 639-1
    language_basis text,                   -- metadata, declared, detected, unknown; null: landed before this was kept
    published_date date,                   -- first day of the period that published_precision names
    published_precision text not null,     -- day, month, year, unknown
    published_basis text not null,         -- metadata, text, feed, filename, unknown
    found_in text,                         -- where in the file its metadata stood, if that can be said
    retrieved_at timestamp not null,
    snapshot_sha256 text not null,
    media_type text not null,
    text text not null
);

create table if not exists raw.sentences (
    sentence_id text primary key,          -- hash of document and character span
    document_id text not null,
    sentence_no integer not null,
    char_start integer not null,           -- in documents.text, from 0, end exclusive
    char_end integer not null,
    kind text not null,                    -- headline, caption, body, chronology
    anchor_date date,
    anchor_basis text,
    text text not null
);

create table if not exists raw.event_mentions (
    mention_id text primary key,           -- hash of coding, sentence, spans, dyad, code and pattern
    coding_id text not null,
    sentence_id text not null,
    document_id text not null,
    source_actor text not null,
    source_role text,
    target_actor text not null,
    target_role text,
    source_text text, source_start integer, source_end integer,   -- characters in documents.text
    target_text text, target_start integer, target_end integer,
    verb_text text, verb_start integer, verb_end integer,
    event_code text not null,
    pattern_id text not null,
    decided_by text not null,              -- pattern, model
    event_date_start date,
    event_date_end date,
    date_precision text not null,          -- day, month, quarter, year, unknown
    date_basis text not null,              -- text, anchor, published, unknown
    date_text text,
    event_status text not null,            -- occurred, future, hypothetical, negated, background
    forum text,                            -- code of the organisation in whose frame it happened
    attribution text,                      -- actor code of who says so
    symmetric_group text,                  -- shared by the two directions of one symmetric act
    confidence double not null,            -- 0 to 1
    coder_version text not null,
    dictionary_hash text not null,
    coded_at timestamp not null
);

-- Event data of others, as delivered. The key of their rows has no index, which at their size would outgrow memory: the
-- landing itself looks for known rows, among those of the same times.

create table if not exists raw.gdelt_events (  -- GDELT events, 2.0 and 1.0; columns as in its codebook
    row_id text not null,                  -- hash of source, table and line
    source_id text not null,
    uri text not null,                     -- the file, or the file in an archive
    snapshot_sha256 text not null,
    line_no bigint not null,               -- 1.. in that file
    landed_at timestamp not null,
    GLOBALEVENTID bigint, SQLDATE text, MonthYear integer, Year integer, FractionDate double, Actor1Code text,
    Actor1Name text, Actor1CountryCode text, Actor1KnownGroupCode text, Actor1EthnicCode text,
    Actor1Religion1Code text, Actor1Religion2Code text, Actor1Type1Code text, Actor1Type2Code text,
    Actor1Type3Code text, Actor2Code text, Actor2Name text, Actor2CountryCode text, Actor2KnownGroupCode text,
    Actor2EthnicCode text, Actor2Religion1Code text, Actor2Religion2Code text, Actor2Type1Code text,
    Actor2Type2Code text, Actor2Type3Code text, IsRootEvent integer, EventCode text, EventBaseCode text,
    EventRootCode text, QuadClass integer, GoldsteinScale double, NumMentions integer, NumSources integer,
    NumArticles integer, AvgTone double, Actor1Geo_Type integer, Actor1Geo_FullName text, Actor1Geo_CountryCode
    text, Actor1Geo_ADM1Code text, Actor1Geo_ADM2Code text, Actor1Geo_Lat double, Actor1Geo_Long double,
    Actor1Geo_FeatureID text, Actor2Geo_Type integer, Actor2Geo_FullName text, Actor2Geo_CountryCode text,
    Actor2Geo_ADM1Code text, Actor2Geo_ADM2Code text, Actor2Geo_Lat double, Actor2Geo_Long double,
    Actor2Geo_FeatureID text, ActionGeo_Type integer, ActionGeo_FullName text, ActionGeo_CountryCode text,
    ActionGeo_ADM1Code text, ActionGeo_ADM2Code text, ActionGeo_Lat double, ActionGeo_Long double,
    ActionGeo_FeatureID text, DATEADDED bigint, SOURCEURL text
);

create table if not exists raw.gdelt_mentions (  -- GDELT 2.0 mentions
    row_id text not null,                  -- hash of source, table and line
    source_id text not null,
    uri text not null,                     -- the file, or the file in an archive
    snapshot_sha256 text not null,
    line_no bigint not null,               -- 1.. in that file
    landed_at timestamp not null,
    GLOBALEVENTID bigint, EventTimeDate bigint, MentionTimeDate bigint, MentionType integer, MentionSourceName
    text, MentionIdentifier text, SentenceID integer, Actor1CharOffset integer, Actor2CharOffset integer,
    ActionCharOffset integer, InRawText integer, Confidence integer, MentionDocLen integer, MentionDocTone
    double, MentionDocTranslationInfo text, Extras text
);

create table if not exists raw.icews_events (  -- ICEWS
    row_id text not null,                  -- hash of source, table and line
    source_id text not null,
    uri text not null,                     -- the file, or the file in an archive
    snapshot_sha256 text not null,
    line_no bigint not null,               -- 1.. in that file
    landed_at timestamp not null,
    event_id bigint, event_date text, source_name text, source_sectors text, source_country text, event_text
    text, cameo_code text, intensity double, target_name text, target_sectors text, target_country text,
    story_id bigint, sentence_number integer, publisher text, city text, district text, province text, country
    text, latitude double, longitude double
);

create table if not exists raw.polecat_events (  -- POLECAT
    row_id text not null,                  -- hash of source, table and line
    source_id text not null,
    uri text not null,                     -- the file, or the file in an archive
    snapshot_sha256 text not null,
    line_no bigint not null,               -- 1.. in that file
    landed_at timestamp not null,
    event_id text, event_date text, event_type text, event_mode text, intensity double, quad_code text, contexts
    text, actor_name text, actor_country text, actor_cow text, primary_actor_sector text, actor_sectors text,
    actor_title text, actor_name_raw text, wikipedia_actor_id text, recipient_name text, recipient_country text,
    recipient_cow text, primary_recipient_sector text, recipient_sectors text, recipient_title text,
    recipient_name_raw text, wikipedia_recipient_id text, placename text, city text, district text, province
    text, country text, latitude double, longitude double, geonames_id text, raw_placename text, feature_type
    text, source text, publication_date text, story_people text, story_organizations text, story_locations text,
    "language" text, version text
);

create table if not exists raw.phoenix_events (  -- Phoenix
    row_id text not null,                  -- hash of source, table and line
    source_id text not null,
    uri text not null,                     -- the file, or the file in an archive
    snapshot_sha256 text not null,
    line_no bigint not null,               -- 1.. in that file
    landed_at timestamp not null,
    event_id text, "date" text, "year" integer, "month" integer, "day" integer, source_full text, source_root
    text, source_agent text, source_others text, target_full text, target_root text, target_agent text,
    target_others text, event_code text, root_code text, quad_class integer, goldstein double, issues text, lat
    double, lon double, place text, state text, country text, sentence_ids text, urls text, sources text
);

create table if not exists raw.plover_events (  -- PLOVER records: a JSON object each
    row_id text not null,                  -- hash of source, table and line
    source_id text not null,
    uri text not null,                     -- the file, or the file in an archive
    snapshot_sha256 text not null,
    line_no bigint not null,               -- 1.. in that file
    landed_at timestamp not null,
    id text, "date" text, enddate text, actor json, event json, recipient json, "mode" json, context json,
    event_loc json, event_text text, quad_code text, event_scale double, link json, coder text, coded_date text,
    cameo text, record json
);

create table if not exists ops.runs (
    run_id text primary key,
    verb text not null,                    -- run, ingest, code, build, check, publish
    started_at timestamp not null,
    ended_at timestamp,
    outcome text,                          -- published, unchanged, withheld, failed, done
    detail text                            -- JSON: counts and seconds by stage
);

create table if not exists ops.slots (
    slot_id text primary key,              -- hash of source and slot
    source_id text not null,
    slot text not null,                    -- what was expected: a file name, an hour, a page
    state text not null,                   -- expected, landed, empty, missing, late, corrupt
    document_count bigint,                 -- documents, or rows of event data
    first_seen_at timestamp not null,
    last_seen_at timestamp not null,
    run_id text,
    snapshot_sha256 text                   -- of what came
);

create table if not exists ops.issues (
    issue_id text primary key,             -- hash of source, uri, bytes, stage and reason
    source_id text,
    uri text,
    stage text not null,                   -- fetch, read, code, import
    reason text not null,                  -- a short code: empty, binary, encoding, unreadable, metadata, ...
    detail text not null,                  -- one sentence with the repair
    snapshot_sha256 text,                  -- where the bytes are, if they could be read
    first_seen_at timestamp not null,
    run_id text,
    reading text,                          -- JSON: what else is needed to read the bytes again
    attempts integer default 0,            -- of `comity ingest --retry-issues`
    last_tried_at timestamp,
    resolved_at timestamp,                 -- null: open
    resolution text                        -- landed, replaced (by another reason), within_bounds
);

create table if not exists ops.fetches (
    fetch_id text primary key,             -- hash of source and uri: one row an address, as it was last asked
    source_id text not null,
    uri text not null,
    url text,                              -- where it was served
    etag text,                             -- of the bytes that were last landed, as the next two are
    last_modified text,
    snapshot_sha256 text,
    media_type text,
    is_index boolean not null,             -- a feed, sitemap or list: no documents are made of it
    status text not null,                  -- fetched, unchanged, or why not: not_found, timeout, ...
    fetched_at timestamp,                  -- when bytes came last
    checked_at timestamp not null,         -- when it was asked last
    run_id text
);

create table if not exists ops.ingests (
    ingest_id text primary key,            -- hash of run and source
    run_id text not null,
    source_id text not null,
    began_at timestamp not null,
    ended_at timestamp not null,
    outcome text not null,                 -- done, failed
    file_count integer not null,           -- files, pages or slots that were looked at
    new_count bigint not null,             -- documents, or rows of event data, that were landed
    known_count bigint not null,
    issue_count integer not null,          -- new ones
    is_whole boolean not null,             -- all that the source has now, so that its bounds apply
    error text
);

create table if not exists ops.duplicates (
    document_id text primary key,          -- each document that was compared with the others has a row
    duplicate_of text,                     -- the first of its cluster; null for that one, and for what stands alone
    kind text,                             -- exact, near; null as above
    similarity double,                     -- of their word triples, with the nearest of the cluster
    text_hash text not null,               -- of the words, whatever stands between them
    method text not null,                  -- how the signature was made: only like ones can be compared
    signature text,                        -- MinHash, hexadecimal; null for texts too short to be told apart by it
    bands uinteger[],                      -- hashes of its parts: copies share at least one
    compared_at timestamp not null,
    run_id text
);

create table if not exists ops.codings (
    coding_id text primary key,            -- hash of document, coder version, dictionary hash, model and number
    document_id text not null,
    coder_version text not null,
    dictionary_hash text not null,
    model_id text not null,
    sentence_count integer not null,
    parsed_count integer not null,
    mention_count integer not null,
    coded_at timestamp not null,
    run_id text,
    coding_no integer,                     -- 1.. by document; the greatest is current, whatever the clock says
    same_as text                           -- the coding whose mentions hold here too, where nothing was coded anew
);
alter table ops.codings add column if not exists coding_no integer;
alter table ops.codings add column if not exists same_as text;

create table if not exists ops.dictionaries (
    dictionary_hash text primary key,
    row_ids text not null,                 -- of ops.dictionary_rows, joined by spaces
    first_seen_at timestamp not null
);

create table if not exists ops.dictionary_rows (
    row_id text primary key,               -- hash of table and cells; states of the dictionaries share their rows
    table_name text not null,
    cells text not null                    -- JSON: the cells that something is coded by
);

create table if not exists ops.check_results (
    check_result_id text primary key,      -- hash of run and check
    run_id text not null,
    check_id text not null,                -- <table>.<name of the entry>
    table_name text not null,
    severity text not null,                -- stop, warn
    outcome text not null,                 -- passed, failed, could_not_run
    reason text,                           -- why the check exists
    observed text,
    failing_count bigint,
    failing_sample text,                   -- JSON list of keys
    error text,
    checked_at timestamp not null
);

create table if not exists ops.alerts (    -- an outbox: what is to be told to whom, and what came of it
    alert_id text primary key,
    run_id text not null,
    cause text not null,                   -- names the same trouble in every run: ops.causes
    severity text not null,                -- stop, warn
    message text not null,
    transport text,                        -- the one that delivered or was tried last, by its name; log: standard error
    state text not null,                   -- pending, delivered, failed (given up)
    created_at timestamp not null,
    delivered_at timestamp,
    audience text,                         -- the group it is for; log: whoever sees the run's output
    kind text,                             -- failed, stale, recovered
    first_seen_at timestamp,               -- when the cause was first met at all
    since_at timestamp,                    -- when it began this time
    attempts integer default 0,
    error text                             -- of the last tries that failed, without secrets
);
alter table ops.alerts add column if not exists audience text;
alter table ops.alerts add column if not exists kind text;
alter table ops.alerts add column if not exists first_seen_at timestamp;
alter table ops.alerts add column if not exists since_at timestamp;
alter table ops.alerts add column if not exists attempts integer default 0;
alter table ops.alerts add column if not exists error text;

create table if not exists ops.causes (
    cause text primary key,                -- check:<id>, dbt:<node>, source:<id>, stale:<id>, run, build, ...
    kind text not null,                    -- failed, stale
    severity text not null,                -- as it was seen last
    message text not null,
    look text not null,                    -- the command to look further
    first_seen_at timestamp not null,
    since_at timestamp not null,           -- of the present or last time
    last_seen_at timestamp not null,
    seen_count integer not null,           -- runs that met it this time
    run_id text not null,                  -- the last of them
    recovered_at timestamp                 -- null: open
);

create table if not exists ops.schema_version (
    version integer primary key,           -- of these statements; flows/warehouse.py knows the one it can use
    applied_at timestamp not null
);

-- For the checks: what a measuring one found, group by group, and what it took for usual.
create table if not exists ops.check_measures (
    check_measure_id text primary key,     -- hash of run, check and group
    run_id text not null,
    check_id text not null,
    group_key text not null,               -- all, or what the check tells apart: a source, a root
    day date not null,                     -- the day that was judged
    value double,
    low double,                            -- null: no bound on this side
    high double,
    history_days integer not null,         -- days that the bounds were learned from
    basis text not null,                   -- weekdays, days, declared
    is_outside boolean not null,
    checked_at timestamp not null
);

create table if not exists ops.published_months (  -- what the last release said, while it is of another coder version
    actor_a text not null,
    actor_b text not null,
    direction text not null,
    month date not null,
    goldstein_mean double,
    document_count bigint,
    coder_version text not null
);

create table if not exists ops.built_deliveries (
    table_name text not null,              -- of raw
    landed_at timestamp not null,
    row_count bigint not null,             -- that were built: fewer there now, and all is built anew
    primary key (table_name, landed_at)
);

create table if not exists ops.built_from (
    fingerprint text primary key           -- of the project that ops.built_deliveries was built by; no row: none ended well
);
