"""The happenings behind a figure, each with its words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import duckdb

from dragoman.records import Record
from dragoman.relations.happenings import DEFAULT_COUNTING, Counting, is_linked, with_happenings

STORIES_SHOWN = 8
Wanted = tuple[str, str, str | None]
"""Two countries, and cooperation, conflict or None for both."""

_LINES = """
WITH {parts}
, wanted AS (SELECT unnest($ones) AS a, unnest($others) AS b, unnest($sides) AS side, unnest($numbers) AS number)
, pair AS (SELECT DISTINCT unit_id, least(actor, recipient) AS a, greatest(actor, recipient) AS b FROM dyad)
, met AS (
    SELECT w.number, h.unit_id, h.date_start, h.type, h.mode
    FROM wanted AS w JOIN pair USING (a, b) JOIN happening AS h USING (unit_id)
    WHERE h.date_start >= $from_day AND h.date_end <= $to_day AND (w.side IS NULL OR ends_with(h.quad, w.side))
), told AS (
    SELECT t.unit_id, min(t.report_id || chr(31) || t.event_id) AS told, count(DISTINCT t.report_id) AS reports
    FROM telling AS t SEMI JOIN met USING (unit_id) GROUP BY ALL
), ranked AS (
    SELECT m.*, split_part(told, chr(31), 1) AS report_id, split_part(told, chr(31), 2) AS event_id, row_number()
        OVER (PARTITION BY number ORDER BY reports DESC, date_start, type, told) AS place
    FROM met AS m JOIN told USING (unit_id)
)
SELECT r.number, r.unit_id::VARCHAR AS unit, r.report_id, r.event_id, r.date_start::VARCHAR AS day, r.type, r.mode,
    coalesce(v.text, '') AS words
FROM ranked AS r LEFT JOIN evidence AS v ON v.report_id = r.report_id AND v.event_id = r.event_id AND v.position = 0
WHERE r.place <= $most ORDER BY r.number, r.place
"""


class StoryLine(Record, frozen=True, kw_only=True):
    """A happening behind a figure: id (of the story; of an event where the store is not linked), day, kind, words."""

    id: str
    report_id: str
    event_id: str
    day: str | None
    type: str
    mode: str | None
    words: str


def story_lines(
    connection: duckdb.DuckDBPyConnection,
    wanted: Sequence[Wanted],
    days: tuple[date, date],
    *,
    counting: Counting = DEFAULT_COUNTING,
    most: int = STORIES_SHOWN,
) -> list[tuple[StoryLine, ...]]:
    """For each pair wanted, its happenings in some days, those most reported first."""
    parts, values = with_happenings(connection, counting, days=days)
    bound = {
        **values,
        "ones": [min(a, b) for a, b, _ in wanted],
        "others": [max(a, b) for a, b, _ in wanted],
        "sides": [side for _, _, side in wanted],
        "numbers": list(range(len(wanted))),
        "most": most,
    }
    linked = is_linked(connection, counting)
    found: list[list[StoryLine]] = [[] for _ in wanted]
    if not wanted:
        return []
    for row in connection.sql(_LINES.format(parts=parts), params=bound).to_arrow_table().to_pylist():
        number, unit = row.pop("number"), row.pop("unit")
        found[number].append(StoryLine(id=unit if linked else row["event_id"], **row))
    return [tuple(lines) for lines in found]
