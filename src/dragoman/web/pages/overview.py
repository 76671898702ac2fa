"""Overview: what the store holds and of which period, what is most active, what is unconfirmed or disputed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from dragoman.web import figures
from dragoman.web.data import Workbench
from dragoman.web.filters import Wanted
from dragoman.web.generation import Generation
from dragoman.web.page import Context, Items, Page
from dragoman.web.pages.map import clusters, spots_of
from dragoman.web.pages.review import summary

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
SELECT date_trunc('{by}', day)::DATE AS start, quad, count(*) AS events FROM events
WHERE day BETWEEN ? AND ? GROUP BY ALL ORDER BY start, quad
"""
_KEPT = "overview"
_CENTRE = (14.0, 12.0)
_DOUBTFUL = "e.status IN ('unconfirmed', 'disputed', 'denied')"
# More weeks than this make bars thinner than a line: months then.
_MOST_WEEKS = 160


def _period(totals: dict[str, Any]) -> tuple[dt.date, dt.date]:
    """The years about publication: reports tell of far days too, which would flatten the picture."""
    first, last = totals["first_published"], totals["last_published"]
    if first is None or last is None:
        first, last = totals["first_day"] or dt.date(2000, 1, 1), totals["last_day"] or dt.date(2000, 1, 1)
    return first - dt.timedelta(days=62), last + dt.timedelta(days=31)


def _dyads(now: Generation, first: dt.date, last: dt.date) -> list[dict[str, Any]]:
    columns = now.columns
    if not columns.count:
        return []
    actual = columns.between(first, last) & columns.having("realis", "ACTUAL")
    found = columns.profile("dyad", actual, 24)
    pairs = [{**dict(zip(("a", "b"), row.pop("value").split("-"), strict=True)), **row} for row in found]
    return [pair for pair in pairs if pair["a"] != pair["b"]][:10]


def _made(book: Workbench, now: Generation) -> Context:
    totals = now.rows(_TOTALS)[0]
    first, last = _period(totals)
    by = "week" if (last - first).days <= 7 * _MOST_WEEKS else "month"
    weeks = now.rows(_WEEKS.format(by=by), [first, last])
    linked = bool(totals["stories"])
    doubtful = _stories(book) if linked else book.events_of("e.realis = 'POSSIBLE'", [], limit=8)
    return {
        "totals": totals,
        "period": [first, last],
        "by": by,
        "weeks": weeks,
        "dyads": _dyads(now, first, last),
        "doubtful": doubtful,
        "status": now.rows("SELECT status, count(*) AS stories FROM stories GROUP BY 1 ORDER BY 2 DESC, 1"),
        "spots": (spots := clusters(now, None, *_CENTRE, 0))[:200],
        "_map": figures.world(spots_of(now, Wanted(), spots, 0), 150.0, (_CENTRE[1], _CENTRE[0]), 800, 390),
        "_weeks": figures.weeks([_week(row, by) for row in weeks], by),
    }


def _stories(book: Workbench, most: int = 8) -> list[dict[str, Any]]:
    """The newest stories in doubt, disputed ones first, each by its newest event."""
    sql = """
    SELECT min(e.event_no) AS event_no FROM events AS e WHERE {} GROUP BY e.story_id
    ORDER BY min(CASE e.status WHEN 'disputed' THEN 0 WHEN 'denied' THEN 1 ELSE 2 END), event_no LIMIT {}
    """
    return book.numbered([row["event_no"] for row in book.now.rows(sql.format(_DOUBTFUL, most))])


def _week(row: dict[str, Any], by: str) -> dict[str, Any]:
    end = figures.period_end(row["start"], by)
    last = (end - dt.timedelta(days=1)).isoformat()
    query = urlencode({"since": row["start"].isoformat(), "until": last, "quad": row["quad"]})
    return {
        **row,
        "start": row["start"].isoformat(),
        "end": end.isoformat(),
        "rank": figures.QUADS.index(row["quad"]),
        "href": f"/events?{query}",
    }


def _keep(now: Generation, made: Context) -> Context:
    now.keep(_KEPT, made)
    return made


def overview(book: Workbench, parts: Mapping[str, str], query: Items) -> Context:
    """The state of the store at a glance."""
    now = book.now
    made = now.remembered(("overview",), lambda: now.kept(_KEPT) or _keep(now, _made(book, now)))
    return {**made, "changes": now.later.get("changes"), "review": summary(book)}


PAGES = (Page(path="/", template="overview.html", make=overview, label="Overview", order=0),)
