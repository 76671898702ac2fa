-- The tables that linking writes, for stores whose schema has none of them yet: empty, with the same columns.
CREATE TABLE IF NOT EXISTS store.stories (story_id VARCHAR, type VARCHAR, mode VARCHAR, contexts VARCHAR[], quad VARCHAR,
    score DOUBLE, realis VARCHAR, certainty DOUBLE, status VARCHAR, status_rule VARCHAR, date_value VARCHAR,
    date_start DATE, date_end DATE, date_granularity VARCHAR, date_basis VARCHAR, place_name VARCHAR,
    place_country VARCHAR, place_admin1 VARCHAR, place_lat DOUBLE, place_lon DOUBLE, place_geonameid BIGINT,
    place_precision VARCHAR, actor_countries VARCHAR[], recipient_countries VARCHAR[], event_count INTEGER,
    report_count INTEGER, origin_count INTEGER, first_published DATE, last_published DATE, contested VARCHAR[],
    salient BOOLEAN, confidence DOUBLE);
CREATE TABLE IF NOT EXISTS store.story_events (story_id VARCHAR, event_id VARCHAR, report_id VARCHAR, origin_id VARCHAR);
CREATE TABLE IF NOT EXISTS store.story_actors (story_id VARCHAR, role VARCHAR, position INTEGER, name VARCHAR,
    country VARCHAR, sector VARCHAR, other_sectors VARCHAR[], entity VARCHAR);
CREATE TABLE IF NOT EXISTS store.story_history (story_id VARCHAR, position INTEGER, status VARCHAR, since DATE,
    report_id VARCHAR, rule VARCHAR);
CREATE TABLE IF NOT EXISTS store.story_versions (story_id VARCHAR, field VARCHAR, position INTEGER, value VARCHAR,
    report_ids VARCHAR[], origin_ids VARCHAR[], chosen BOOLEAN);
CREATE TABLE IF NOT EXISTS store.story_joins (story_id VARCHAR, event_a VARCHAR, report_a VARCHAR, event_b VARCHAR,
    report_b VARCHAR, joined BOOLEAN, score DOUBLE, features VARCHAR);
CREATE TABLE IF NOT EXISTS store.story_redirects (old_id VARCHAR, new_id VARCHAR, reason VARCHAR);
CREATE TABLE IF NOT EXISTS store.origins (report_id VARCHAR, origin_id VARCHAR, first_report_id VARCHAR,
    relation VARCHAR, agency VARCHAR, similarity DOUBLE);
