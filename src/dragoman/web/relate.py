"""What relations say of a dyad, read from a slice of the store: the very functions of `dragoman relate`."""

from __future__ import annotations

import datetime as dt
from typing import Any

from dragoman.web.generation import Generation

_OF_PAIR = (
    "e.event_no IN (SELECT event_no FROM event_countries WHERE country = ? "
    "INTERSECT SELECT event_no FROM event_countries WHERE country = ?)"
)


def plain(value: Any) -> Any:
    """Rows fit for JSON: structs as dictionaries."""
    import msgspec

    return msgspec.to_builtins(value, builtin_types=(dt.date, dt.datetime))


def of_dyad(now: Generation, a: str, b: str, by: str) -> dict[str, Any]:
    """Series of both directions and both together, turning points, and ties of two countries."""
    with now.slice(_OF_PAIR, [a, b]) as connection:
        from dragoman.relations.dyads import dyad_series

        series = dyad_series(connection, a, b, by).to_pylist()
        return {"series": series, "ties": _ties(connection, a, b), "turning_points": _turns(series)}


def _ties(connection: Any, a: str, b: str) -> list[dict[str, Any]]:
    from dragoman.relations.ties import ties

    found = ties(connection, a, b)
    rows = found.to_pylist() if hasattr(found, "to_pylist") else plain(found)
    return list(rows)


def _turns(series: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return []
