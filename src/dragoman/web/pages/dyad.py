"""A dyad: two countries over time, with scores, turning points, ties, visits and calls, open claims, events."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from dragoman.errors import SettingsError
from dragoman.isodates import date_range
from dragoman.web import figures
from dragoman.web.data import Workbench
from dragoman.web.filters import Wanted, dyad_codes
from dragoman.web.generation import Generation
from dragoman.web.page import Context, Items, MovedError, Page
from dragoman.web.relate import of_dyad

_BY = ("week", "month", "year")
_OF = "e.event_no IN (SELECT event_no FROM pairs WHERE (a = ? AND b = ?) OR (a = ? AND b = ?))"
_OPEN = f"{_OF} AND (e.realis = 'POSSIBLE' OR e.status IN ('unconfirmed', 'disputed'))"
_MET = f"{_OF} AND e.type = 'CONSULT' AND e.realis IN ('ACTUAL', 'PLANNED')"
_TOTALS = """
SELECT p.a, p.b, count(*) AS events, count(DISTINCT e.report_no) AS reports, avg(e.score) AS score,
    count(*) FILTER (e.quad = 'verbal cooperation') AS vc, count(*) FILTER (e.quad = 'material cooperation') AS mc,
    count(*) FILTER (e.quad = 'verbal conflict') AS vx, count(*) FILTER (e.quad = 'material conflict') AS mx,
    min(e.day) AS first_day, max(e.day) AS last_day
FROM pairs AS p JOIN events AS e USING (event_no) WHERE (p.a = ? AND p.b = ?) OR (p.a = ? AND p.b = ?)
GROUP BY p.a, p.b ORDER BY p.a = ? DESC
"""


def _read(key: str) -> tuple[str, str]:
    first, second = dyad_codes(key)
    if first == second:
        raise SettingsError(f"a dyad is of two countries; both are {first}")
    if key != f"{first}-{second}":
        raise MovedError(f"/dyad/{first}-{second}")
    return first, second


def _rows(series: list[dict[str, Any]], by: str) -> list[dict[str, Any]]:
    """The series as the chart wants it: conflict below the line, cooperation above, with links to the events."""
    rows = []
    for row in series:
        start: dt.date = row["period_start"]
        end = figures.period_end(start, by)
        for quad in figures.QUADS:
            count = row[quad.replace(" ", "_")]
            if not count:
                continue
            last = (end - dt.timedelta(days=1)).isoformat()
            query = {
                "dyad": row["direction"].replace(">", "-"),
                "quad": quad,
                "since": start.isoformat(),
                "until": last,
            }
            rows.append(
                {
                    "start": start.isoformat(),
                    "end": end.isoformat(),
                    "direction": f"{row['actor']} → {row['recipient']}",
                    "quad": quad,
                    "happenings": count,
                    "signed": -count if "conflict" in quad else count,
                    "rank": figures.QUADS.index(quad),
                    "href": f"/events?{urlencode(query)}",
                }
            )
    return rows


def _scores(series: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The mean score of both directions by period."""
    sums: dict[dt.date, list[float]] = {}
    for row in series:
        both = sums.setdefault(row["period_start"], [0.0, 0])
        both[0] += row["score_sum"]
        both[1] += row["events"]
    return [
        {"start": start.isoformat(), "score": round(total / count, 2), "happenings": count}
        for start, (total, count) in sorted(sums.items())
    ]


def _bounds(now: Generation) -> tuple[dt.date | None, dt.date | None]:
    """The newest day of publication, and a year before the oldest: reports tell of days long gone as well."""
    row = now.rows("SELECT max(published_end) AS newest, min(published_start) - 366 AS oldest FROM reports")[0]
    return row["newest"], row["oldest"]


def _made(book: Workbench, now: Generation, a: str, b: str, by: str) -> Context:
    pair = [a, b, b, a]
    related = of_dyad(now, a, b, by)
    newest, oldest = now.remembered(("bounds",), lambda: _bounds(now))
    near = [row for row in related["series"] if oldest is None or row["period_start"] >= oldest]
    turns = [{"start": turn["start"], "words": turn["words"]} for turn in related["turning_points"]]
    return {
        "dyad": [a, b],
        "by": by,
        "totals": now.rows(_TOTALS, [*pair, a]),
        "series": [_short(row) for row in related["series"]],
        "earlier": sum(row["events"] for row in related["series"]) - sum(row["events"] for row in near),
        "turning_points": related["turning_points"],
        "ties": related["ties"],
        "meetings": book.events_of(_MET, pair, limit=12),
        "open": book.events_of(_OPEN, pair, limit=12),
        "events": book.events_of(_OF, pair, limit=25),
        "_bars": figures.dyad(_rows(near, by), _scores(near), turns),
        "_ties": figures.ties(lanes(related["ties"], newest)),
        "_all": Wanted(dyad=f"{a}-{b}", both=True).address(),
        "_sizes": _BY,
    }


def _span(value: str | None) -> tuple[dt.date, dt.date] | None:
    return date_range(value) if value else None


def lanes(found: list[dict[str, Any]], newest: dt.date | None) -> list[dict[str, Any]]:
    """Ties as bars: a lane a kind and direction; an open one runs to the newest day of the store."""
    rows = []
    for number, tie in enumerate(found):
        begin, end = _span(tie["begin"]), _span(tie["end"])
        start, stop = begin or end, end or begin
        if start is None or stop is None:
            continue
        spell = tie["status"] != "happened"
        until = stop[1] if end else newest or stop[1]
        side = f"{tie['a']} → {tie['b']}" if tie["directed"] else "both"
        rows.append(
            {
                "lane": f"{tie['tie']}, {side}",
                "kind": tie["tie"],
                "begin": start[0].isoformat(),
                "end": max(until, start[0] + dt.timedelta(days=1)).isoformat(),
                "spell": spell,
                "known": "derived" if tie["derived"] else "reported",
                "tie": tie["tie"],
                "state": tie["state"],
                "from": tie["begin"],
                "to": tie["end"] or "–",
                "status": tie["status"],
                "level": tie["level"] or "–",
                "derivation": tie["derivation"] or "–",
                "href": f"#tie-{number}",
            }
        )
    return rows


_KEPT = ("actor", "recipient", "period", "events", "score_mean", "score_sum", "reports_read", "unconfirmed", "origins")


def _short(row: dict[str, Any]) -> dict[str, Any]:
    quads = [quad.replace(" ", "_") for quad in figures.QUADS]
    return {name: row[name] for name in (*_KEPT, *quads) if name in row}


def dyad(book: Workbench, parts: Mapping[str, str], query: Items) -> Context:
    """Two countries, in both directions."""
    a, b = _read(parts["dyad"])
    by = dict(query).get("by", "month")
    if by not in _BY:
        raise SettingsError(f"by is {by!r}; allowed: {', '.join(_BY)}")
    now = book.now
    return dict(now.remembered(("dyad", a, b, by), lambda: _made(book, now, a, b, by)))


PAGES = (Page(path="/dyad/{dyad}", template="dyad.html", make=dyad),)
