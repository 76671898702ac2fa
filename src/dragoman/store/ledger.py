"""The ledger of claims: who said what of which event, when and how firmly, and what others said of the same.

Two events of different reports count as the same happening here where type, the states on either side and the date
agree (dates overlap); a claim without states on the acting side or without a date is compared within its report alone.
"""

from __future__ import annotations

from typing import Any

import duckdb
import pyarrow as pa

from dragoman.errors import SettingsError
from dragoman.store.query import Conditions, EventFilter, contains, event_conditions

_CLAIMS = """
WITH chosen AS (
    SELECT e.event_id, e.report_id, e.position AS event_position, e.type, e.mode, e.realis, e.date_value,
        r.published, r.published_start, r.publisher, r.title, r.url
    FROM events AS e JOIN reports AS r ON r.report_id = e.report_id WHERE {events}
), parties AS (
    SELECT report_id, event_id,
        list(name ORDER BY position) FILTER (role = 'actor') AS actors,
        list(name ORDER BY position) FILTER (role = 'recipient') AS recipients
    FROM event_actors SEMI JOIN chosen USING (report_id, event_id) GROUP BY report_id, event_id
), words AS (
    SELECT report_id, event_id, list(text ORDER BY position) AS evidence
    FROM evidence SEMI JOIN chosen USING (report_id, event_id) GROUP BY report_id, event_id
)
SELECT c.published, k.holder, k.name AS holder_name, k.country AS holder_country, k.sector AS holder_sector, k.party,
    k.stance, k.certainty, k.cue, c.event_id, c.type, c.mode, c.realis, c.date_value,
    coalesce(p.actors, []) AS actors, coalesce(p.recipients, []) AS recipients, coalesce(w.evidence, []) AS evidence,
    c.report_id, c.publisher, c.title, c.url, k.span_start, k.span_end
FROM claims AS k JOIN chosen AS c USING (report_id, event_id)
LEFT JOIN parties AS p USING (report_id, event_id) LEFT JOIN words AS w USING (report_id, event_id)
WHERE {claims}
ORDER BY c.published_start DESC NULLS LAST, c.report_id, c.event_position, k.position
LIMIT ?
"""

# A denial by one and an assertion by another are on opposite sides; who expects a thing is on its side.
_COUNTS = """
WITH states AS (
    SELECT report_id, event_id,
        list_sort(list_distinct(list(country) FILTER (role = 'actor' AND country IS NOT NULL))) AS doers,
        list_sort(list_distinct(list(country) FILTER (role = 'recipient' AND country IS NOT NULL))) AS others
    FROM event_actors GROUP BY report_id, event_id
), sided AS (
    SELECT k.report_id, k.event_id, k.position, k.holder, k.name, k.country, k.stance,
        lower(coalesce(k.name, k.holder)) AS who, CASE k.stance WHEN 'denies' THEN -1 ELSE 1 END AS side,
        e.type, e.date_start, e.date_end, r.published_start,
        coalesce(s.doers, []) AS doers, coalesce(s.others, []) AS others
    FROM claims AS k JOIN events AS e USING (report_id, event_id) JOIN reports AS r USING (report_id)
    LEFT JOIN states AS s USING (report_id, event_id)
    WHERE k.stance IN ('asserts', 'denies', 'expects') AND k.holder <> 'AUTHOR'
), mine AS (SELECT * FROM sided AS k WHERE {claims}), met AS (
    SELECT m.report_id, m.event_id, m.position, any_value(coalesce(m.name, m.holder)) AS holder,
        coalesce(bool_or(o.side = m.side AND o.stance <> 'expects'), false) AS confirmed,
        coalesce(bool_or(o.side <> m.side AND o.stance <> 'expects'), false) AS denied
    FROM mine AS m LEFT JOIN sided AS o ON o.who <> m.who AND (
        (o.report_id = m.report_id AND o.event_id = m.event_id)
        OR (o.report_id <> m.report_id AND o.type = m.type AND len(m.doers) > 0
            AND o.doers = m.doers AND o.others = m.others
            AND o.date_start <= m.date_end AND o.date_end >= m.date_start
            AND o.published_start >= m.published_start))
    GROUP BY m.report_id, m.event_id, m.position
)
SELECT holder, count(*) AS claims, count(*) FILTER (confirmed) AS confirmed_by_others,
    count(*) FILTER (denied) AS denied_by_others
FROM met GROUP BY holder ORDER BY claims DESC, holder
"""


def _holder(holder: str | None) -> Conditions:
    """Claims of a holder: part of its words or name, or its country."""
    found = Conditions()
    if holder:
        found.add(f"({contains('k.holder', 'k.name')} OR k.country = ?)", holder, holder, holder.upper())
    return found


def _without_holder(wanted: EventFilter) -> Conditions:
    """What the filter asks of events; `holder` is asked of claims instead."""
    fields: dict[str, Any] = {name: getattr(wanted, name) for name in wanted.__struct_fields__}
    return event_conditions(EventFilter(**{**fields, "holder": None}))


def select_claims(connection: duckdb.DuckDBPyConnection, wanted: EventFilter) -> pa.Table:
    """Claims on the events that `wanted` allows, of its holder if it names one; newest reports first, a row each.

    Raises `SettingsError` for a value not allowed.
    """
    if wanted.limit is not None and wanted.limit < 0:
        raise SettingsError(f"limit is {wanted.limit}; it takes a number from 0")
    events, claims = _without_holder(wanted), _holder(wanted.holder)
    query = _CLAIMS.format(events=" AND ".join(events.sql), claims=" AND ".join(claims.sql))
    limit = wanted.limit if wanted.limit is not None else 2**62
    return connection.sql(query, params=[*events.values, *claims.values, limit]).to_arrow_table()


def count_claims(connection: duckdb.DuckDBPyConnection, holder: str) -> pa.Table:
    """For each holder that fits: its claims, and how many of them others confirmed or denied; counts, no score.

    Counted are claims that assert, deny or expect, over all events. Another holder confirms who asserts the same (or
    denies the same), and denies who takes the other side, in the same report or in one of the same day or later.
    """
    claims = _holder(holder)
    return connection.sql(_COUNTS.format(claims=" AND ".join(claims.sql)), params=claims.values).to_arrow_table()
