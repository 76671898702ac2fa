-- What the pages read: the store's tables with integer keys, sorted so that the newest events come first.
-- Records of other coders (imported ones) are left out. Run once for each state of a store, into a DuckDB file of its own; `store` is the schema with the store's tables.

CREATE TABLE reports AS
SELECT row_number() OVER (ORDER BY published_start DESC NULLS LAST, report_id)::INTEGER - 1 AS report_no,
    CASE WHEN regexp_full_match(report_id, '[A-Za-z0-9_-][A-Za-z0-9_-]{0,99}') THEN report_id
         ELSE '~' || left(md5(report_id), 20) END AS report_key,
    report_id, title, published, published_start, published_end, publisher, url, language, event_count, lead, part
FROM store.reports LEFT JOIN store.files USING (report_id) WHERE coder IS NULL ORDER BY report_no;

CREATE TABLE holders AS
SELECT row_number() OVER (ORDER BY holder, holder_name, holder_country)::INTEGER AS holder_no, holder, holder_name,
    holder_country, lower(strip_accents(concat_ws(' ', holder, holder_name))) AS folded
FROM (SELECT DISTINCT holder, holder_name, holder_country FROM store.events);

CREATE TABLE places AS
SELECT row_number() OVER (ORDER BY place_name, place_country, place_lat, place_lon, place_precision)::INTEGER AS place_no,
    place_name, place_country, place_lat, place_lon, place_precision, lower(strip_accents(place_name)) AS folded
FROM (SELECT DISTINCT place_name, place_country, place_lat, place_lon, place_precision FROM store.events
      WHERE place_name IS NOT NULL);

CREATE TABLE events AS
SELECT row_number() OVER (ORDER BY coalesce(e.date_start, r.published_start) DESC NULLS LAST, r.report_no, e.position)
        ::INTEGER - 1 AS event_no,
    r.report_no, h.holder_no, p.place_no, e.*, coalesce(e.date_start, r.published_start) AS day, r.publisher, s.story_id,
    t.status
FROM store.events AS e JOIN reports AS r USING (report_id)
LEFT JOIN holders AS h ON h.holder = e.holder AND h.holder_name IS NOT DISTINCT FROM e.holder_name
    AND h.holder_country IS NOT DISTINCT FROM e.holder_country
LEFT JOIN places AS p ON p.place_name = e.place_name AND p.place_country IS NOT DISTINCT FROM e.place_country
    AND p.place_lat IS NOT DISTINCT FROM e.place_lat AND p.place_lon IS NOT DISTINCT FROM e.place_lon
    AND p.place_precision IS NOT DISTINCT FROM e.place_precision
LEFT JOIN store.story_events AS s ON s.report_id = e.report_id AND s.event_id = e.event_id
LEFT JOIN store.stories AS t ON t.story_id = s.story_id
WHERE e.coder IS NULL
ORDER BY event_no;

CREATE TABLE actors AS
SELECT row_number() OVER (ORDER BY identity)::INTEGER AS actor_no, '~' || left(md5(identity), 20) AS actor_key, identity,
    arg_max(name, uses) AS name, arg_max(country, uses) AS country, arg_max(sector, uses) AS sector,
    any_value(entity) AS entity, sum(uses)::INTEGER AS uses,
    lower(strip_accents(string_agg(DISTINCT name, ' '))) AS folded
FROM (SELECT coalesce(entity, name || '|' || coalesce(country, '')) AS identity, name, country, sector, entity,
        count(*) AS uses
      FROM store.event_actors GROUP BY ALL)
GROUP BY identity;

CREATE TABLE parties AS
SELECT e.event_no, a.actor_no, x.* EXCLUDE (report_id, event_id)
FROM store.event_actors AS x JOIN events AS e USING (report_id, event_id)
JOIN actors AS a ON a.identity = coalesce(x.entity, x.name || '|' || coalesce(x.country, ''))
ORDER BY e.event_no, x.role, x.position;

CREATE TABLE evidence AS
SELECT e.event_no, x.position, x.text, x.span_start, x.span_end
FROM store.evidence AS x JOIN events AS e USING (report_id, event_id) ORDER BY e.event_no, x.position;

CREATE TABLE claims AS
SELECT e.event_no, k.position, k.holder, k.name, k.country, k.sector, k.stance, k.certainty, k.party, k.cue,
    k.span_start, k.span_end
FROM store.claims AS k JOIN events AS e USING (report_id, event_id) ORDER BY e.event_no, k.position;

CREATE TABLE event_topics AS
SELECT e.event_no, x.* EXCLUDE (report_id, event_id)
FROM store.topics AS x JOIN events AS e USING (report_id, event_id) ORDER BY e.event_no, x.position;

-- The same by country and actor, with what an actor's page counts: its rows lie together.
CREATE TABLE deeds AS
SELECT p.event_no, p.actor_no, p.role, p.name, p.country, p.sector, p.text, e.report_no, e.day
FROM parties AS p JOIN events AS e USING (event_no) ORDER BY p.country NULLS LAST, p.actor_no, p.event_no, p.position;

CREATE TABLE event_countries AS
SELECT DISTINCT event_no, country FROM parties WHERE country IS NOT NULL ORDER BY event_no, country;

CREATE TABLE event_contexts AS
SELECT event_no, unnest(contexts) AS context FROM events ORDER BY event_no;

-- Ordered pairs of countries; an event of several actors without recipients counts for each pair of them, both ways.
CREATE TABLE pairs AS
WITH sides AS (SELECT DISTINCT event_no, role, country FROM parties WHERE country IS NOT NULL),
lone AS (SELECT event_no FROM parties GROUP BY event_no HAVING count(*) FILTER (role = 'recipient') = 0)
SELECT x.event_no, x.country AS a, y.country AS b FROM sides AS x JOIN sides AS y USING (event_no)
WHERE x.role = 'actor' AND y.role = 'recipient'
UNION
SELECT x.event_no, x.country, y.country FROM sides AS x JOIN sides AS y USING (event_no) SEMI JOIN lone USING (event_no)
WHERE x.country <> y.country
ORDER BY event_no, a, b;

CREATE TABLE words AS
SELECT DISTINCT unnest(regexp_extract_all(lower(strip_accents(text)), '[\p{L}\p{N}]+')) AS word, event_no
FROM evidence ORDER BY word, event_no;
