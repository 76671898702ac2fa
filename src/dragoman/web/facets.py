"""Counts beside each filter: how many of the selected events each value has.

The counts of a field leave that field's own choice aside, so that its other values can still be compared and chosen.
"""

from __future__ import annotations

from typing import Any

import msgspec

from dragoman.web.filters import MANY, Wanted, conditions
from dragoman.web.generation import Generation

LABELS = {
    "quad": "Quad class",
    "type": "Type",
    "mode": "Mode",
    "realis": "Realis",
    "status": "Status",
    "country": "Country of an actor",
    "dyad": "Dyad",
    "context": "Context",
    "place": "Place",
    "holder": "According to",
    "publisher": "Publisher",
    "confidence": "Confidence of coding",
    "year": "Year",
}
_MOST = 12

_PLAIN = "SELECT '{field}' AS field, CAST({column} AS VARCHAR) AS value, count(*) AS n FROM {hits} GROUP BY 2"
_SOURCES = {
    "quad": "quad",
    "type": "type",
    "mode": "mode",
    "realis": "realis",
    "status": "status",
    "publisher": "publisher",
    "place": "place_country",
    "holder": "coalesce(holder_name, holder)",
    "year": "year(day)",
    "confidence": "floor(confidence * 10) / 10",
}
_JOINED = {
    "country": "SELECT 'country' AS field, country AS value, count(*) AS n FROM event_countries SEMI JOIN {hits} "
    "USING (event_no) GROUP BY country",
    "context": "SELECT 'context' AS field, context AS value, count(*) AS n FROM event_contexts SEMI JOIN {hits} "
    "USING (event_no) GROUP BY context",
    "dyad": "SELECT 'dyad' AS field, a || '-' || b AS value, n FROM (SELECT a, b, count(*) AS n FROM pairs SEMI JOIN "
    "{hits} USING (event_no) GROUP BY a, b ORDER BY n DESC, a, b LIMIT 12)",
}
_COLUMNS = "event_no, quad, type, mode, realis, status, publisher, place_country, holder, holder_name, day, confidence"


class Facet(msgspec.Struct, frozen=True):
    """One field: its values with their counts, most frequent first; `more` values are left out."""

    field: str
    values: tuple[tuple[str, int], ...]
    more: int


class Counts(msgspec.Struct, frozen=True):
    """All fields, and the number of events selected."""

    total: int
    facets: tuple[Facet, ...]

    def shown(self) -> dict[str, dict[str, int]]:
        return {facet.field: dict(facet.values) for facet in self.facets}


def _queries(fields: list[str], hits: str) -> str:
    pieces = []
    for field in fields:
        template = _JOINED.get(field) or _PLAIN.replace("{field}", field).replace("{column}", _SOURCES[field])
        pieces.append(f"SELECT * FROM ({template.replace('{hits}', hits)})")
    return " UNION ALL ".join(pieces)


def _count(now: Generation, wanted: Wanted, fields: list[str], total: bool) -> list[dict[str, Any]]:
    found = conditions(wanted)
    chosen = f"SELECT {_COLUMNS} FROM events AS e WHERE {' AND '.join(found.sql)}"
    total_row = "SELECT 'total' AS field, NULL AS value, count(*) AS n FROM hits UNION ALL " if total else ""
    return now.rows(f"WITH hits AS MATERIALIZED ({chosen}) {total_row}{_queries(fields, 'hits')}", found.values)


def _facet(field: str, rows: list[dict[str, Any]]) -> Facet:
    found = sorted(((row["value"], row["n"]) for row in rows if row["value"] is not None), key=lambda x: (-x[1], x[0]))
    if field in {"year", "confidence"}:
        found = sorted(found, key=lambda item: item[0], reverse=True)
    return Facet(field, tuple(found[:_MOST]), max(0, len(found) - _MOST))


def facets(now: Generation, wanted: Wanted) -> Counts:
    """The counts for a filter."""
    own = [field for field in LABELS if field in MANY and getattr(wanted, field)]
    rows = _count(now, wanted, [field for field in LABELS if field not in own], total=True)
    for field in own:
        rows += _count(now, wanted.without(field), [field], total=False)
    by_field: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_field.setdefault(row["field"], []).append(row)
    total = by_field.pop("total")[0]["n"]
    shown = [_facet(field, by_field[field]) for field in LABELS if by_field.get(field)]
    return Counts(total, tuple(facet for facet in shown if facet.values))
