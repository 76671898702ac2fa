"""Overview: what the store holds and of which period, what is most active, what is unconfirmed or disputed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from dragoman.web import figures
from dragoman.web.data import Workbench
from dragoman.web.generation import Generation
from dragoman.web.page import Context, Items, Page

_TOTALS = """
SELECT (SELECT count(*) FROM reports) AS reports, count(*) AS events, min(day) AS first_day, max(day) AS last_day,
    (SELECT count(*) FROM stories) AS stories, (SELECT count(*) FROM actors) AS actors,
    (SELECT count(DISTINCT publisher) FROM reports) AS publishers,
    count(*) FILTER (realis = 'POSSIBLE') AS possible, count(*) FILTER (realis = 'PLANNED') AS planned,
    (SELECT min(published_start) FROM reports) AS first_published,
    (SELECT max(published_end) FROM reports) AS last_published
FROM events
"""
_WEEKS = """
SELECT date_trunc('week', day) AS week, quad, count(*) AS events FROM events
WHERE day BETWEEN ? AND ? GROUP BY ALL ORDER BY week, quad
"""
_DYADS = """
SELECT p.a, p.b, count(*) AS events, avg(e.score) AS score,
    count(*) FILTER (e.quad = 'verbal cooperation') AS vc, count(*) FILTER (e.quad = 'material cooperation') AS mc,
    count(*) FILTER (e.quad = 'verbal conflict') AS vx, count(*) FILTER (e.quad = 'material conflict') AS mx
FROM pairs AS p JOIN events AS e USING (event_no) WHERE p.a <> p.b AND e.realis = 'ACTUAL' AND e.day BETWEEN ? AND ?
GROUP BY p.a, p.b ORDER BY events DESC, p.a, p.b LIMIT 10
"""


def _period(totals: dict[str, Any]) -> tuple[dt.date, dt.date]:
    """The years about publication: reports tell of far days too, which would flatten the picture."""
    first, last = totals["first_published"], totals["last_published"]
    if first is None or last is None:
        first, last = totals["first_day"] or dt.date(2000, 1, 1), totals["last_day"] or dt.date(2000, 1, 1)
    return first - dt.timedelta(days=62), last + dt.timedelta(days=31)


def _made(book: Workbench, now: Generation) -> Context:
    totals = now.rows(_TOTALS)[0]
    first, last = _period(totals)
    weeks = now.rows(_WEEKS, [first, last])
    doubtful = book.events_of("e.realis = 'POSSIBLE'", [], limit=8)
    return {
        "totals": totals,
        "period": [first, last],
        "weeks": weeks,
        "dyads": now.rows(_DYADS, [first, last]),
        "doubtful": doubtful,
        "_weeks": figures.weeks([_week(row) for row in weeks]),
    }


def _week(row: dict[str, Any]) -> dict[str, Any]:
    last = row["week"] + dt.timedelta(days=6)
    query = urlencode({"since": row["week"].isoformat(), "until": last.isoformat(), "quad": row["quad"]})
    return {
        **row,
        "week": row["week"].isoformat(),
        "end": (last + dt.timedelta(days=1)).isoformat(),
        "rank": figures.QUADS.index(row["quad"]),
        "href": f"/events?{query}",
    }


def overview(book: Workbench, parts: Mapping[str, str], query: Items) -> Context:
    """The state of the store at a glance."""
    now = book.now
    return dict(now.remembered(("overview",), lambda: _made(book, now)))


PAGES = (Page(path="/", template="overview.html", make=overview, label="Overview", order=0),)
