"""Which events are worth comparing: those that share a family of types, a state and a stretch of time.

All of it is SQL over the store's tables. Each event gets a window of days in which its happening may lie, cut into
buckets, and one key for each family, country and bucket; events that share a key and whose windows meet are a pair. Two
events that both name two countries or more must share two. The number of pairs grows with the events of a few days, not
with the store.
"""

from __future__ import annotations

from functools import cache

import duckdb
import numpy as np
import pyarrow as pa

from dragoman.linking.vectors import Ints
from dragoman.ontology.ontology import load_ontology
from dragoman.tables import package_file, read_table

BUCKET = 8
# Days by which two reports may date one happening apart, on each side.
SLACK = 2
# Longest range of days that is taken as it stands; what is vaguer, or undated, is looked for before its publication.
LONGEST = 45
BACK, AHEAD, PLANNED_AHEAD = 21, 2, 45
MOST_COUNTRIES = 8

_SPANS = f"""
CREATE OR REPLACE TEMP TABLE span AS
WITH e AS (
    SELECT n.number, n.report_id, n.origin_id, n.shared_origin, n.fresh, e.event_id, e.type, e.place_country,
        e.place_geonameid, e.realis, e.date_value,
        e.date_start - DATE '1970-01-01' AS s, e.date_end - DATE '1970-01-01' AS t,
        r.published_start - DATE '1970-01-01' AS p
    FROM numbered AS n JOIN events AS e USING (report_id, event_id) JOIN reports AS r USING (report_id)
), w AS (
    SELECT *, s IS NOT NULL AND t - s <= {LONGEST} AS fine,
        p - {BACK} AS back, p + CASE realis WHEN 'PLANNED' THEN {PLANNED_AHEAD} ELSE {AHEAD} END AS ahead
    FROM e
)
SELECT number, report_id, event_id, origin_id, shared_origin, fresh, type, place_country, place_geonameid, realis,
    CASE WHEN fine THEN s - {SLACK} WHEN s IS NULL THEN back WHEN s <= ahead AND t >= back THEN greatest(s, back) END
        AS low,
    CASE WHEN fine THEN t + {SLACK} WHEN s IS NULL THEN ahead WHEN s <= ahead AND t >= back THEN least(t, ahead) END
        AS high,
    CASE WHEN NOT fine AND s IS NOT NULL AND NOT (s <= ahead AND t >= back) THEN date_value END AS vague
FROM w
"""
_COUNTRIES = f"""
CREATE OR REPLACE TEMP TABLE about AS
SELECT number, list_sort(list(DISTINCT country))[1:{MOST_COUNTRIES}] AS countries FROM (
    SELECT s.number, a.country FROM span AS s JOIN event_actors AS a USING (report_id, event_id)
    WHERE a.country IS NOT NULL
    UNION ALL SELECT number, place_country FROM span WHERE place_country IS NOT NULL
) GROUP BY number
"""
_LOOSE = """
CREATE OR REPLACE TEMP TABLE loose AS
SELECT s.number, list(DISTINCT coalesce(a.entity, a.name)) AS names
FROM span AS s ANTI JOIN about USING (number) JOIN event_actors AS a USING (report_id, event_id) GROUP BY s.number
"""
_KEYS = f"""
CREATE OR REPLACE TEMP TABLE block AS
WITH what AS (
    SELECT number, unnest(countries) AS what, len(countries) AS many FROM about
    UNION ALL SELECT number, 'N:' || unnest(names), 1 FROM loose
    UNION ALL SELECT number, 'G:' || place_geonameid, 1 FROM span ANTI JOIN about USING (number)
    WHERE place_geonameid IS NOT NULL
), timed AS (
    SELECT s.number, s.fresh, s.type, s.low, s.high, w.what, w.many,
        unnest(range(s.low // {BUCKET}, s.high // {BUCKET} + 1))::VARCHAR AS bucket
    FROM span AS s JOIN what AS w USING (number) WHERE s.low IS NOT NULL
    UNION ALL SELECT s.number, s.fresh, s.type, 0, 0, w.what, w.many, 'V:' || s.vague
    FROM span AS s JOIN what AS w USING (number) WHERE s.vague IS NOT NULL
    UNION ALL SELECT number, fresh, type, 0, 0, 'O:' || origin_id, 1, '' FROM span WHERE shared_origin
)
SELECT t.number, t.fresh, t.low, t.high, t.many, t.what, f.family || ' ' || t.what || ' ' || t.bucket AS key
FROM timed AS t JOIN family AS f USING (type)
"""
_PAIRS = """
SELECT x.number AS one, y.number AS other
FROM block AS x JOIN block AS y ON x.key = y.key AND x.number <> y.number AND x.low <= y.high AND y.low <= x.high
WHERE x.fresh AND (NOT y.fresh OR x.number < y.number)
GROUP BY one, other
HAVING bool_or(starts_with(x.what, 'O:')) OR count(DISTINCT x.what) >= least(2, min(x.many), min(y.many))
ORDER BY one, other
"""


@cache
def families() -> pa.Table:
    """Pairs of type and family, from ``type_families.tsv``; raises `TableError` for a type that there is not."""
    types = frozenset(load_ontology().types)
    pairs: list[tuple[str, str]] = []
    for row in read_table(package_file("linking", "type_families.tsv"), ("family", "types")):
        for name in row.many("types"):
            if name not in types:
                row.one_of("types", types)
            pairs.append((name, row["family"]))
    return pa.table({"type": [name for name, _ in pairs], "family": [family for _, family in pairs]})


def candidate_pairs(connection: duckdb.DuckDBPyConnection) -> tuple[Ints, Ints]:
    """The pairs to compare, by the numbers of the table ``numbered``; at least one of each pair is fresh.

    ``numbered`` holds number, report_id, event_id, origin_id, shared_origin (whether another report has that origin)
    and fresh (whether the event is to be compared with all others, or only with the fresh ones).
    """
    connection.register("family", families())
    for statement in (_SPANS, _COUNTRIES, _LOOSE, _KEYS):
        connection.execute(statement)
    found = connection.execute(_PAIRS).fetchnumpy()
    connection.unregister("family")
    for table in ("block", "loose", "about", "span"):
        connection.execute(f"DROP TABLE {table}")
    return np.asarray(found["one"], dtype=np.int64), np.asarray(found["other"], dtype=np.int64)
