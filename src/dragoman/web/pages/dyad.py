"""A dyad: two countries over time, with scores, turning points, ties, visits and calls, open claims, events."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import numpy as np

from dragoman.errors import SettingsError
from dragoman.web import figures
from dragoman.web.columns import Mask
from dragoman.web.data import Workbench
from dragoman.web.filters import Wanted, dyad_codes
from dragoman.web.generation import Generation
from dragoman.web.page import Context, Items, MovedError, Page
from dragoman.web.relate import lanes, of_dyad

_BY = ("week", "month", "year")
_FEW, _MANY = 12, 25


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
                "dyad": f"{row['actor']}-{row['recipient']}",
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


def _scores(series: list[dict[str, Any]], by: str) -> list[dict[str, Any]]:
    """The mean score of both directions by period."""
    sums: dict[dt.date, list[float]] = {}
    for row in series:
        both = sums.setdefault(row["period_start"], [0.0, 0])
        both[0] += row["score_sum"]
        both[1] += row["events"]
    return [
        {
            "start": start.isoformat(),
            "middle": (start + (figures.period_end(start, by) - start) / 2).isoformat(),
            "score": round(total / count, 2),
            "happenings": count,
        }
        for start, (total, count) in sorted(sums.items())
    ]


_FEWEST_SHOWN = {"week": dt.timedelta(weeks=12), "month": dt.timedelta(days=366), "year": dt.timedelta(days=5 * 366)}


def _axis(near: list[dict[str, Any]], by: str) -> tuple[dt.date, dt.date]:
    """The days that the chart shows: those of its periods with one to spare, and never fewer than make a line of time."""
    starts = [row["period_start"] for row in near]
    first, last = min(starts), figures.period_end(max(starts), by)
    short = max(dt.timedelta(0), _FEWEST_SHOWN[by] - (last - first)) / 2
    room = max(short, (figures.period_end(first, by) - first) / 2)
    return first - room, last + room


def _bounds(now: Generation) -> tuple[dt.date | None, dt.date | None]:
    """The newest day of publication, and a year before the oldest: reports tell of days long gone as well."""
    row = now.rows("SELECT max(published_end) AS newest, min(published_start) - 366 AS oldest FROM reports")[0]
    return row["newest"], row["oldest"]


def _usual(newest: dt.date | None, oldest: dt.date | None) -> str:
    """Weeks where the reports are of half a year at most (`oldest` is a year before the first of them)."""
    return "week" if newest and oldest and (newest - oldest).days < 366 + 183 else "month"


def _totals(now: Generation, a: str, b: str) -> list[dict[str, Any]]:
    """What there is in each direction."""
    found = []
    for first, second in ((a, b), (b, a)):
        numbers = now.columns.numbers("dyad", f"{first}-{second}")
        if numbers.size:
            score = round(float(now.columns.score[numbers].mean()), 2)
            found.append(
                {"a": first, "b": second, **now.columns.by_quad(numbers), "score": score, **now.columns.days(numbers)}
            )
    return found


def _shown(now: Generation, a: str, b: str) -> dict[str, list[int]]:
    """The newest events of each list: meetings, open claims, all."""
    columns = now.columns
    every = np.union1d(columns.numbers("dyad", f"{a}-{b}"), columns.numbers("dyad", f"{b}-{a}"))

    def of(field: str, *values: str) -> Mask:
        known = columns.fields[field]
        codes = [known.values.index(value) for value in values if value in known.values]
        return np.isin(known.codes[every], codes)

    met = of("type", "CONSULT") & ~of("realis", "NEGATED")
    doubtful = of("realis", "POSSIBLE") | of("status", "unconfirmed", "disputed")
    lists = {"meetings": every[met][:_FEW], "open": every[doubtful][:_FEW], "events": every[:_MANY]}
    return {name: numbers.tolist() for name, numbers in lists.items()}


def _made(book: Workbench, now: Generation, a: str, b: str, by: str) -> Context:
    related = of_dyad(now, a, b, by)
    newest, oldest = now.remembered(("bounds",), lambda: _bounds(now))
    near = [row for row in related["series"] if oldest is None or row["period_start"] >= oldest]
    bars = lanes(related["ties"], newest)
    turns = [{"start": turn["start"], "words": turn["words"]} for turn in related["turning_points"]]
    return {
        "dyad": [a, b],
        "by": by,
        "totals": _totals(now, a, b),
        "series": [_short(row) for row in related["series"]],
        "earlier": sum(row["events"] for row in related["series"]) - sum(row["events"] for row in near),
        "turning_points": related["turning_points"],
        "ties": related["ties"],
        **book.lists(_shown(now, a, b)),
        "_bars": figures.dyad(_rows(near, by), _scores(near, by), turns, _axis(near, by)) if near else None,
        "_ties": figures.ties(bars) if bars else None,
        "_all": Wanted(dyad=f"{a}-{b}", both=True).address(),
        "_sizes": _BY,
    }


_KEPT = ("actor", "recipient", "period", "events", "score_mean", "score_sum", "reports_read", "unconfirmed", "origins")


def _short(row: dict[str, Any]) -> dict[str, Any]:
    quads = [quad.replace(" ", "_") for quad in figures.QUADS]
    return {name: row[name] for name in (*_KEPT, *quads) if name in row}


def dyad(book: Workbench, parts: Mapping[str, str], query: Items) -> Context:
    """Two countries, in both directions."""
    a, b = _read(parts["dyad"])
    by = dict(query).get("by") or _usual(*book.now.remembered(("bounds",), lambda: _bounds(book.now)))
    if by not in _BY:
        raise SettingsError(f"by is {by!r}; allowed: {', '.join(_BY)}")
    now = book.now
    return dict(now.remembered(("dyad", a, b, by), lambda: _made(book, now, a, b, by)))


PAGES = (Page(path="/dyad/{dyad}", template="dyad.html", make=dyad),)
