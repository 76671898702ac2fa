-- The tables of a store. Every Parquet part holds exactly these columns; readers see them as views of the same names.
-- Offsets are character offsets into reports.text as given, end exclusive. NULL means: the report does not say.
-- Columns are only ever added; older parts then read as NULL.

CREATE TABLE reports (
    report_id       VARCHAR NOT NULL,
    title           VARCHAR,
    published       VARCHAR,
    published_start DATE,
    published_end   DATE,
    publisher       VARCHAR,
    url             VARCHAR,
    language        VARCHAR,
    text            VARCHAR,
    event_count     INTEGER NOT NULL,
    warnings        VARCHAR[],
    errors          VARCHAR[],
    content_hash    VARCHAR NOT NULL,
    text_hash       VARCHAR,
    record          VARCHAR NOT NULL,
    coder           VARCHAR,
    mention_of      VARCHAR
);
COMMENT ON TABLE reports IS 'One row a coded report.';
COMMENT ON COLUMN reports.report_id IS 'Id of the report; unique in the table.';
COMMENT ON COLUMN reports.title IS 'Headline as given.';
COMMENT ON COLUMN reports.published IS 'Publication date as given, ISO 8601: a day, month or year.';
COMMENT ON COLUMN reports.published_start IS 'First day of the publication date.';
COMMENT ON COLUMN reports.published_end IS 'Last day of the publication date.';
COMMENT ON COLUMN reports.publisher IS 'Who published the report.';
COMMENT ON COLUMN reports.url IS 'Address of the report.';
COMMENT ON COLUMN reports.language IS 'Language of the text, ISO 639-1.';
COMMENT ON COLUMN reports.text IS 'Text as given, never rewritten; NULL where the report was loaded without it.';
COMMENT ON COLUMN reports.event_count IS 'Number of events coded in the report.';
COMMENT ON COLUMN reports.warnings IS 'What the coder found odd, one line each.';
COMMENT ON COLUMN reports.errors IS 'What went wrong in coding, one line each.';
COMMENT ON COLUMN reports.content_hash IS 'BLAKE2b hash (128 bits, hex) of the coded record; tells whether a reload changes it.';
COMMENT ON COLUMN reports.text_hash IS 'BLAKE2b hash (128 bits, hex) of the text.';
COMMENT ON COLUMN reports.record IS 'The coded record as JSON, as dragoman code prints it.';
COMMENT ON COLUMN reports.coder IS 'Who coded it where it was imported: GDELT, ICEWS, POLECAT, ACLED or UCDP; NULL: Dragoman.';
COMMENT ON COLUMN reports.mention_of IS 'Id of the imported event that the report only mentions (GDELT''s mentions).';

CREATE TABLE events (
    event_id         VARCHAR NOT NULL,
    report_id        VARCHAR NOT NULL,
    position         INTEGER NOT NULL,
    type             VARCHAR NOT NULL,
    mode             VARCHAR,
    contexts         VARCHAR[],
    quad             VARCHAR NOT NULL,
    score            DOUBLE NOT NULL,
    realis           VARCHAR NOT NULL,
    certainty        DOUBLE NOT NULL,
    salient          BOOLEAN NOT NULL,
    confidence       DOUBLE NOT NULL,
    date_value       VARCHAR,
    date_start       DATE,
    date_end         DATE,
    date_text        VARCHAR,
    date_granularity VARCHAR,
    date_basis       VARCHAR,
    date_span_start  INTEGER,
    date_span_end    INTEGER,
    place_text       VARCHAR,
    place_name       VARCHAR,
    place_country    VARCHAR,
    place_admin1     VARCHAR,
    place_lat        DOUBLE,
    place_lon        DOUBLE,
    place_geonameid  BIGINT,
    place_precision  VARCHAR,
    place_span_start INTEGER,
    place_span_end   INTEGER,
    holder           VARCHAR NOT NULL,
    holder_name      VARCHAR,
    holder_country   VARCHAR,
    holder_sector    VARCHAR,
    holder_cue       VARCHAR,
    implied          STRUCT("value" VARCHAR, what VARCHAR, "text" VARCHAR, arithmetic VARCHAR, approximate BOOLEAN, span_start INTEGER, span_end INTEGER)[],
    coder            VARCHAR
);
COMMENT ON TABLE events IS 'One row an event, within its report.';
COMMENT ON COLUMN events.event_id IS 'Id of the event, stable across runs and machines.';
COMMENT ON COLUMN events.report_id IS 'The report that tells of it.';
COMMENT ON COLUMN events.position IS 'Place among the events of the report, from 0.';
COMMENT ON COLUMN events.type IS 'PLOVER type: one of the 16.';
COMMENT ON COLUMN events.mode IS 'PLOVER mode of the type.';
COMMENT ON COLUMN events.contexts IS 'PLOVER contexts.';
COMMENT ON COLUMN events.quad IS 'Verbal or material cooperation or conflict.';
COMMENT ON COLUMN events.score IS 'Conflict-cooperation score of type and mode, -10 to 10.';
COMMENT ON COLUMN events.realis IS 'ACTUAL, PLANNED, POSSIBLE or NEGATED.';
COMMENT ON COLUMN events.certainty IS 'How sure the report is of it, 0 to 1.';
COMMENT ON COLUMN events.salient IS 'Whether it is in the headline, the lead or a main thread.';
COMMENT ON COLUMN events.confidence IS 'How sure the coder is of its coding, 0 to 1.';
COMMENT ON COLUMN events.date_value IS 'When it happened, ISO 8601: day, month, year or start/end.';
COMMENT ON COLUMN events.date_start IS 'First day of date_value.';
COMMENT ON COLUMN events.date_end IS 'Last day of date_value.';
COMMENT ON COLUMN events.date_text IS 'The words that carry the date.';
COMMENT ON COLUMN events.date_granularity IS 'day, week, month, quarter, year, decade, range or time.';
COMMENT ON COLUMN events.date_basis IS 'explicit, relative, event-relative or publication.';
COMMENT ON COLUMN events.date_span_start IS 'Offset of date_text.';
COMMENT ON COLUMN events.date_span_end IS 'End offset of date_text.';
COMMENT ON COLUMN events.place_text IS 'The words that name the place.';
COMMENT ON COLUMN events.place_name IS 'Name of the place in the gazetteer.';
COMMENT ON COLUMN events.place_country IS 'Country of the place, ISO 3166-1 alpha-3.';
COMMENT ON COLUMN events.place_admin1 IS 'First-level administrative division.';
COMMENT ON COLUMN events.place_lat IS 'Latitude, degrees, WGS 84.';
COMMENT ON COLUMN events.place_lon IS 'Longitude, degrees, WGS 84.';
COMMENT ON COLUMN events.place_geonameid IS 'GeoNames id.';
COMMENT ON COLUMN events.place_precision IS 'point, city, region or country.';
COMMENT ON COLUMN events.place_span_start IS 'Offset of place_text.';
COMMENT ON COLUMN events.place_span_end IS 'End offset of place_text.';
COMMENT ON COLUMN events.holder IS 'Through whom it reaches the reader: the words, or AUTHOR for the report itself.';
COMMENT ON COLUMN events.holder_name IS 'Canonical name of the holder.';
COMMENT ON COLUMN events.holder_country IS 'Country of the holder.';
COMMENT ON COLUMN events.holder_sector IS 'PLOVER sector of the holder.';
COMMENT ON COLUMN events.holder_cue IS 'The words that attribute it ("said").';
COMMENT ON COLUMN events.implied IS 'Years that words beside it imply ("after a 13-year hiatus"), with how each was worked out.';
COMMENT ON COLUMN events.coder IS 'Who coded it where it was imported: GDELT, ICEWS, POLECAT, ACLED or UCDP; NULL: Dragoman.';

CREATE TABLE event_actors (
    event_id      VARCHAR NOT NULL,
    report_id     VARCHAR NOT NULL,
    role          VARCHAR NOT NULL,
    position      INTEGER NOT NULL,
    text          VARCHAR NOT NULL,
    name          VARCHAR NOT NULL,
    country       VARCHAR,
    sector        VARCHAR,
    other_sectors VARCHAR[],
    entity        VARCHAR,
    span_start    INTEGER NOT NULL,
    span_end      INTEGER NOT NULL
);
COMMENT ON TABLE event_actors IS 'One row an actor or recipient of an event.';
COMMENT ON COLUMN event_actors.event_id IS 'The event.';
COMMENT ON COLUMN event_actors.report_id IS 'The report of the event.';
COMMENT ON COLUMN event_actors.role IS 'actor (who did it) or recipient (to whom).';
COMMENT ON COLUMN event_actors.position IS 'Place among those of the same role, from 0.';
COMMENT ON COLUMN event_actors.text IS 'The words of the text.';
COMMENT ON COLUMN event_actors.name IS 'Canonical name.';
COMMENT ON COLUMN event_actors.country IS 'ISO 3166-1 alpha-3, or PLOVER''s IGO, UNO, EUR, NGO, ISM, IMG, MNC.';
COMMENT ON COLUMN event_actors.sector IS 'PLOVER sector.';
COMMENT ON COLUMN event_actors.other_sectors IS 'Further PLOVER sectors.';
COMMENT ON COLUMN event_actors.entity IS 'Key of the real-world actor, the same in every report.';
COMMENT ON COLUMN event_actors.span_start IS 'Offset of text.';
COMMENT ON COLUMN event_actors.span_end IS 'End offset of text.';

CREATE TABLE claims (
    event_id   VARCHAR NOT NULL,
    report_id  VARCHAR NOT NULL,
    position   INTEGER NOT NULL,
    holder     VARCHAR NOT NULL,
    stance     VARCHAR NOT NULL,
    name       VARCHAR,
    country    VARCHAR,
    sector     VARCHAR,
    certainty  DOUBLE,
    party      BOOLEAN NOT NULL,
    cue        VARCHAR,
    span_start INTEGER,
    span_end   INTEGER
);
COMMENT ON TABLE claims IS 'One row a stance that a holder takes on an event.';
COMMENT ON COLUMN claims.event_id IS 'The event.';
COMMENT ON COLUMN claims.report_id IS 'The report of the event.';
COMMENT ON COLUMN claims.position IS 'Place among the claims on the event, from 0.';
COMMENT ON COLUMN claims.holder IS 'Whoever the report gives as vouching for it; AUTHOR for the report itself.';
COMMENT ON COLUMN claims.stance IS 'asserts, denies, doubts, expects, calls for, has not confirmed or declines to comment.';
COMMENT ON COLUMN claims.name IS 'Canonical name of the holder.';
COMMENT ON COLUMN claims.country IS 'Country of the holder.';
COMMENT ON COLUMN claims.sector IS 'PLOVER sector of the holder.';
COMMENT ON COLUMN claims.certainty IS 'How firmly the holder vouches for it, 0 to 1.';
COMMENT ON COLUMN claims.party IS 'Whether the holder is a participant speaking of itself.';
COMMENT ON COLUMN claims.cue IS 'The words that show the stance.';
COMMENT ON COLUMN claims.span_start IS 'Offset of the cue.';
COMMENT ON COLUMN claims.span_end IS 'End offset of the cue.';

CREATE TABLE evidence (
    event_id   VARCHAR NOT NULL,
    report_id  VARCHAR NOT NULL,
    position   INTEGER NOT NULL,
    text       VARCHAR NOT NULL,
    span_start INTEGER NOT NULL,
    span_end   INTEGER NOT NULL
);
COMMENT ON TABLE evidence IS 'One row a stretch of text that tells of an event.';
COMMENT ON COLUMN evidence.event_id IS 'The event.';
COMMENT ON COLUMN evidence.report_id IS 'The report of the event.';
COMMENT ON COLUMN evidence.position IS 'Place among the evidence of the event, from 0.';
COMMENT ON COLUMN evidence.text IS 'The words of the text.';
COMMENT ON COLUMN evidence.span_start IS 'Offset of text.';
COMMENT ON COLUMN evidence.span_end IS 'End offset of text.';

CREATE TABLE topics (
    event_id   VARCHAR NOT NULL,
    report_id  VARCHAR NOT NULL,
    position   INTEGER NOT NULL,
    text       VARCHAR NOT NULL,
    span_start INTEGER NOT NULL,
    span_end   INTEGER NOT NULL
);
COMMENT ON TABLE topics IS 'One row a topic of an event ("discussed the ceasefire").';
COMMENT ON COLUMN topics.event_id IS 'The event.';
COMMENT ON COLUMN topics.report_id IS 'The report of the event.';
COMMENT ON COLUMN topics.position IS 'Place among the topics of the event, from 0.';
COMMENT ON COLUMN topics.text IS 'The words of the text.';
COMMENT ON COLUMN topics.span_start IS 'Offset of text.';
COMMENT ON COLUMN topics.span_end IS 'End offset of text.';

CREATE TABLE assessments (
    report_id  VARCHAR NOT NULL,
    position   INTEGER NOT NULL,
    event_id   VARCHAR,
    text       VARCHAR NOT NULL,
    holder     VARCHAR NOT NULL,
    cue        VARCHAR NOT NULL,
    hedged     BOOLEAN NOT NULL,
    countries  VARCHAR[],
    span_start INTEGER NOT NULL,
    span_end   INTEGER NOT NULL
);
COMMENT ON TABLE assessments IS 'One row an inference that the report or a holder draws; never an event.';
COMMENT ON COLUMN assessments.report_id IS 'The report.';
COMMENT ON COLUMN assessments.position IS 'Place among the assessments of the report, from 0.';
COMMENT ON COLUMN assessments.event_id IS 'The event it is about.';
COMMENT ON COLUMN assessments.text IS 'The words of the text.';
COMMENT ON COLUMN assessments.holder IS 'Who draws it; AUTHOR for the report itself.';
COMMENT ON COLUMN assessments.cue IS 'The words that show it to be an inference.';
COMMENT ON COLUMN assessments.hedged IS 'Whether it is hedged.';
COMMENT ON COLUMN assessments.countries IS 'Countries that it is about.';
COMMENT ON COLUMN assessments.span_start IS 'Offset of text.';
COMMENT ON COLUMN assessments.span_end IS 'End offset of text.';

CREATE TABLE rejected (
    rejected_id VARCHAR NOT NULL,
    source      VARCHAR NOT NULL,
    line        BIGINT,
    reason      VARCHAR NOT NULL,
    detail      VARCHAR NOT NULL
);
COMMENT ON TABLE rejected IS 'One row a report that was set aside, with the reason.';
COMMENT ON COLUMN rejected.rejected_id IS 'BLAKE2b hash (128 bits, hex) of the row.';
COMMENT ON COLUMN rejected.source IS 'Where it was read from.';
COMMENT ON COLUMN rejected.line IS 'Line of the file, for files that hold many.';
COMMENT ON COLUMN rejected.reason IS 'Code of the reason.';
COMMENT ON COLUMN rejected.detail IS 'The reason, for a person.';

-- What people say, from the journals of the store (journal.py); never mixed with what coding and linking say.

CREATE TABLE rulings (
    event_a  VARCHAR NOT NULL,
    report_a VARCHAR NOT NULL,
    event_b  VARCHAR NOT NULL,
    report_b VARCHAR NOT NULL,
    verdict  VARCHAR NOT NULL,
    author   VARCHAR,
    made_at  TIMESTAMP NOT NULL
);
COMMENT ON TABLE rulings IS 'One row a person''s word on whether two events are the same happening; the last one on a pair holds.';
COMMENT ON COLUMN rulings.event_a IS 'One event.';
COMMENT ON COLUMN rulings.report_a IS 'Its report.';
COMMENT ON COLUMN rulings.event_b IS 'The other event.';
COMMENT ON COLUMN rulings.report_b IS 'Its report.';
COMMENT ON COLUMN rulings.verdict IS 'same, different, or withdrawn (as if nothing had been said).';
COMMENT ON COLUMN rulings.author IS 'Who says so.';
COMMENT ON COLUMN rulings.made_at IS 'When, UTC.';

CREATE TABLE reviews (
    review_id  VARCHAR NOT NULL,
    event_id   VARCHAR,
    report_id  VARCHAR NOT NULL,
    verdict    VARCHAR NOT NULL,
    field      VARCHAR,
    old        VARCHAR,
    new        VARCHAR,
    span_start INTEGER,
    span_end   INTEGER,
    author     VARCHAR,
    made_at    TIMESTAMP NOT NULL,
    sampled    BOOLEAN NOT NULL
);
COMMENT ON TABLE reviews IS 'One row a person''s review of one event, or of one field of it.';
COMMENT ON COLUMN reviews.review_id IS 'Id of the review.';
COMMENT ON COLUMN reviews.event_id IS 'The event; NULL for one that coding has missed.';
COMMENT ON COLUMN reviews.report_id IS 'The report.';
COMMENT ON COLUMN reviews.verdict IS 'accepted, corrected, rejected or added.';
COMMENT ON COLUMN reviews.field IS 'The field that was corrected.';
COMMENT ON COLUMN reviews.old IS 'What stood there.';
COMMENT ON COLUMN reviews.new IS 'What should stand there.';
COMMENT ON COLUMN reviews.span_start IS 'Offset of the words that show it.';
COMMENT ON COLUMN reviews.span_end IS 'End offset of these words.';
COMMENT ON COLUMN reviews.author IS 'Who reviewed it.';
COMMENT ON COLUMN reviews.made_at IS 'When, UTC.';
COMMENT ON COLUMN reviews.sampled IS 'Whether the event was drawn at random, so that counts stand for the whole store.';

-- What linking derives from all reports (dragoman link). Empty in a store that is not linked; always made as one whole.

CREATE TABLE origins (
    report_id       VARCHAR NOT NULL,
    origin_id       VARCHAR NOT NULL,
    first_report_id VARCHAR NOT NULL,
    relation        VARCHAR NOT NULL,
    agency          VARCHAR,
    similarity      DOUBLE
);
COMMENT ON TABLE origins IS 'One row a report: the origin that it draws on. Copies of one text, and reports that quote one agency alone, share an origin.';
COMMENT ON COLUMN origins.report_id IS 'The report.';
COMMENT ON COLUMN origins.origin_id IS 'Id of the origin.';
COMMENT ON COLUMN origins.first_report_id IS 'Who carried it first: the earliest by day of publication, then by id.';
COMMENT ON COLUMN origins.relation IS 'first, copy (much the same text) or quotes (names the agency as its only source).';
COMMENT ON COLUMN origins.agency IS 'The news agency that is behind it.';
COMMENT ON COLUMN origins.similarity IS 'Likeness to the text of the origin that is nearest, 0 to 1.';

CREATE TABLE stories (
    story_id            VARCHAR NOT NULL,
    type                VARCHAR NOT NULL,
    mode                VARCHAR,
    contexts            VARCHAR[],
    quad                VARCHAR NOT NULL,
    score               DOUBLE NOT NULL,
    realis              VARCHAR NOT NULL,
    certainty           DOUBLE NOT NULL,
    status              VARCHAR NOT NULL,
    status_rule         VARCHAR NOT NULL,
    date_value          VARCHAR,
    date_start          DATE,
    date_end            DATE,
    date_granularity    VARCHAR,
    date_basis          VARCHAR,
    place_name          VARCHAR,
    place_country       VARCHAR,
    place_admin1        VARCHAR,
    place_lat           DOUBLE,
    place_lon           DOUBLE,
    place_geonameid     BIGINT,
    place_precision     VARCHAR,
    actor_countries     VARCHAR[],
    recipient_countries VARCHAR[],
    event_count         INTEGER NOT NULL,
    report_count        INTEGER NOT NULL,
    origin_count        INTEGER NOT NULL,
    first_published     DATE,
    last_published      DATE,
    contested           VARCHAR[],
    salient             BOOLEAN NOT NULL,
    confidence          DOUBLE NOT NULL
);
COMMENT ON TABLE stories IS 'One row a happening, over all the reports that tell of it.';
COMMENT ON COLUMN stories.story_id IS 'Id of the story; stays when reports are added (see story_redirects for those that had to go).';
COMMENT ON COLUMN stories.type IS 'PLOVER type that most origins give.';
COMMENT ON COLUMN stories.mode IS 'PLOVER mode that most origins give.';
COMMENT ON COLUMN stories.contexts IS 'PLOVER contexts, of all its events.';
COMMENT ON COLUMN stories.quad IS 'Verbal or material cooperation or conflict.';
COMMENT ON COLUMN stories.score IS 'Conflict-cooperation score of type and mode, -10 to 10.';
COMMENT ON COLUMN stories.realis IS 'ACTUAL, PLANNED, POSSIBLE or NEGATED, over all reports.';
COMMENT ON COLUMN stories.certainty IS 'How sure the surest of its events is, 0 to 1.';
COMMENT ON COLUMN stories.status IS 'unconfirmed, reported, corroborated, confirmed, disputed or denied.';
COMMENT ON COLUMN stories.status_rule IS 'The rule that gave the status (linking/status_rules.tsv).';
COMMENT ON COLUMN stories.date_value IS 'When it happened, ISO 8601: day, month, year or start/end.';
COMMENT ON COLUMN stories.date_start IS 'First day of date_value.';
COMMENT ON COLUMN stories.date_end IS 'Last day of date_value.';
COMMENT ON COLUMN stories.date_granularity IS 'day, week, month, quarter, year, decade, range or time.';
COMMENT ON COLUMN stories.date_basis IS 'How the report that it is taken from dates it.';
COMMENT ON COLUMN stories.place_name IS 'Name of the place in the gazetteer.';
COMMENT ON COLUMN stories.place_country IS 'Country of the place, ISO 3166-1 alpha-3.';
COMMENT ON COLUMN stories.place_admin1 IS 'First-level administrative division.';
COMMENT ON COLUMN stories.place_lat IS 'Latitude, degrees, WGS 84.';
COMMENT ON COLUMN stories.place_lon IS 'Longitude, degrees, WGS 84.';
COMMENT ON COLUMN stories.place_geonameid IS 'GeoNames id.';
COMMENT ON COLUMN stories.place_precision IS 'point, city, region or country.';
COMMENT ON COLUMN stories.actor_countries IS 'Countries of its actors, sorted, each once.';
COMMENT ON COLUMN stories.recipient_countries IS 'Countries of its recipients, sorted, each once.';
COMMENT ON COLUMN stories.event_count IS 'Events linked in it.';
COMMENT ON COLUMN stories.report_count IS 'Reports that tell of it.';
COMMENT ON COLUMN stories.origin_count IS 'Independent origins among them.';
COMMENT ON COLUMN stories.first_published IS 'Earliest day of publication.';
COMMENT ON COLUMN stories.last_published IS 'Latest day of publication.';
COMMENT ON COLUMN stories.contested IS 'Fields in which reports contradict each other (see story_versions).';
COMMENT ON COLUMN stories.salient IS 'Whether it is a main matter of one report at least.';
COMMENT ON COLUMN stories.confidence IS 'How sure the coder is of its surest event, 0 to 1.';

CREATE TABLE story_events (
    story_id  VARCHAR NOT NULL,
    event_id  VARCHAR NOT NULL,
    report_id VARCHAR NOT NULL,
    origin_id VARCHAR NOT NULL
);
COMMENT ON TABLE story_events IS 'One row an event: the story that it belongs to.';
COMMENT ON COLUMN story_events.story_id IS 'The story.';
COMMENT ON COLUMN story_events.event_id IS 'The event.';
COMMENT ON COLUMN story_events.report_id IS 'The report of the event.';
COMMENT ON COLUMN story_events.origin_id IS 'The origin of this telling: that of the report, or of the agency it is attributed to.';

CREATE TABLE story_actors (
    story_id      VARCHAR NOT NULL,
    role          VARCHAR NOT NULL,
    position      INTEGER NOT NULL,
    name          VARCHAR NOT NULL,
    country       VARCHAR,
    sector        VARCHAR,
    other_sectors VARCHAR[],
    entity        VARCHAR
);
COMMENT ON TABLE story_actors IS 'One row an actor or recipient of a story.';
COMMENT ON COLUMN story_actors.story_id IS 'The story.';
COMMENT ON COLUMN story_actors.role IS 'actor or recipient.';
COMMENT ON COLUMN story_actors.position IS 'Place among those of the same role, from 0; the most often named first.';
COMMENT ON COLUMN story_actors.name IS 'Canonical name.';
COMMENT ON COLUMN story_actors.country IS 'ISO 3166-1 alpha-3, or PLOVER''s IGO, UNO, EUR, NGO, ISM, IMG, MNC.';
COMMENT ON COLUMN story_actors.sector IS 'PLOVER sector.';
COMMENT ON COLUMN story_actors.other_sectors IS 'Further PLOVER sectors.';
COMMENT ON COLUMN story_actors.entity IS 'Key of the real-world actor, the same in every report.';

CREATE TABLE story_history (
    story_id  VARCHAR NOT NULL,
    position  INTEGER NOT NULL,
    status    VARCHAR NOT NULL,
    since     DATE,
    report_id VARCHAR NOT NULL,
    rule      VARCHAR NOT NULL
);
COMMENT ON TABLE story_history IS 'One row a change of a story''s status.';
COMMENT ON COLUMN story_history.story_id IS 'The story.';
COMMENT ON COLUMN story_history.position IS 'Number of the change, from 0.';
COMMENT ON COLUMN story_history.status IS 'The status from then on.';
COMMENT ON COLUMN story_history.since IS 'Day of publication of the report that changed it.';
COMMENT ON COLUMN story_history.report_id IS 'The report that changed it.';
COMMENT ON COLUMN story_history.rule IS 'The rule that gave it.';

CREATE TABLE story_versions (
    story_id   VARCHAR NOT NULL,
    field      VARCHAR NOT NULL,
    position   INTEGER NOT NULL,
    value      VARCHAR NOT NULL,
    report_ids VARCHAR[] NOT NULL,
    origin_ids VARCHAR[] NOT NULL,
    chosen     BOOLEAN NOT NULL
);
COMMENT ON TABLE story_versions IS 'One row a version of a field in which the reports of a story contradict each other.';
COMMENT ON COLUMN story_versions.story_id IS 'The story.';
COMMENT ON COLUMN story_versions.field IS 'date, place, actors, recipients, toll or happened.';
COMMENT ON COLUMN story_versions.position IS 'Number of the version, from 0; the chosen one first, then the most origins.';
COMMENT ON COLUMN story_versions.value IS 'The version.';
COMMENT ON COLUMN story_versions.report_ids IS 'Reports that give it.';
COMMENT ON COLUMN story_versions.origin_ids IS 'Their origins.';
COMMENT ON COLUMN story_versions.chosen IS 'Whether the story takes this one (docs/linking.md has the rule).';

CREATE TABLE story_joins (
    story_id VARCHAR NOT NULL,
    event_a  VARCHAR NOT NULL,
    report_a VARCHAR NOT NULL,
    event_b  VARCHAR NOT NULL,
    report_b VARCHAR NOT NULL,
    joined   BOOLEAN NOT NULL,
    score    DOUBLE NOT NULL,
    features VARCHAR NOT NULL
);
COMMENT ON TABLE story_joins IS 'One row a pair of events that was compared: for each event its best link within the story, and the nearest event left out.';
COMMENT ON COLUMN story_joins.story_id IS 'The story.';
COMMENT ON COLUMN story_joins.event_a IS 'An event of the story.';
COMMENT ON COLUMN story_joins.report_a IS 'Its report.';
COMMENT ON COLUMN story_joins.event_b IS 'The event that it was compared with.';
COMMENT ON COLUMN story_joins.report_b IS 'Its report.';
COMMENT ON COLUMN story_joins.joined IS 'Whether both are in the story.';
COMMENT ON COLUMN story_joins.score IS 'Sum of value times weight over the features; above 0 speaks for one happening.';
COMMENT ON COLUMN story_joins.features IS 'JSON: for each feature its value and its weight (linking/story_weights.tsv).';

CREATE TABLE story_redirects (
    old_id VARCHAR NOT NULL,
    new_id VARCHAR NOT NULL,
    reason VARCHAR NOT NULL
);
COMMENT ON TABLE story_redirects IS 'One row a story id that is no longer used.';
COMMENT ON COLUMN story_redirects.old_id IS 'The id that was.';
COMMENT ON COLUMN story_redirects.new_id IS 'The story to look at instead.';
COMMENT ON COLUMN story_redirects.reason IS 'merged, or split (the greater part is the new one).';

CREATE TABLE link_state (
    report_id VARCHAR NOT NULL,
    event_id  VARCHAR NOT NULL,
    cluster   VARCHAR NOT NULL
);
COMMENT ON TABLE link_state IS 'One row an event that linking has seen: what it needs to redo only what new reports touch.';
COMMENT ON COLUMN link_state.report_id IS 'The report.';
COMMENT ON COLUMN link_state.event_id IS 'The event.';
COMMENT ON COLUMN link_state.cluster IS 'Set of events that hang together by likely pairs; each story lies within one.';

CREATE TABLE linked_reports (
    report_id VARCHAR NOT NULL,
    digest    VARCHAR NOT NULL
);
COMMENT ON TABLE linked_reports IS 'One row a report that linking has seen.';
COMMENT ON COLUMN linked_reports.report_id IS 'The report.';
COMMENT ON COLUMN linked_reports.digest IS 'Hash of what its linking rested on: record, text, rulings on its events, weights and rules.';
