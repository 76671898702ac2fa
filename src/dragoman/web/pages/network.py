"""The network of countries in a period: who has most to do with whom, and how cooperative that is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import numpy as np

from dragoman.errors import SettingsError
from dragoman.isodates import date_range
from dragoman.web import figures
from dragoman.web.columns import EPOCH
from dragoman.web.data import Workbench
from dragoman.web.generation import Generation
from dragoman.web.page import Context, Items, MovedError, Page
from dragoman.web.templating import country_name

_MOST_COUNTRIES = 36
_BY = ("month", "quarter", "year")
_BOUNDS = "SELECT min(published_start) - 366 AS first, max(published_end) + 62 AS last FROM reports"


def _periods(now: Generation, by: str) -> list[dict[str, Any]]:
    """All periods about those of publication, with the number of events of countries with one another."""
    bounds = now.rows(_BOUNDS)[0]
    if bounds["first"] is None:
        return []
    pairs, found = now.columns.fields["dyad"], []
    assert pairs.events is not None
    days = np.sort(now.columns.day[np.unique(pairs.events)])
    start = dt.date(bounds["first"].year, 1, 1)
    while start <= bounds["last"]:
        last = _last_day(start, by)
        low, high = np.searchsorted(days, [(start - EPOCH).days, (last - EPOCH).days + 1])
        found.append({"start": start, "events": int(high - low)})
        start = last + dt.timedelta(days=1)
    busy = [i for i, period in enumerate(found) if period["events"]]
    return found[busy[0] : busy[-1] + 1] if busy else []


def _links(now: Generation, since: dt.date, until: dt.date) -> list[dict[str, Any]]:
    """Pairs of countries without direction. Events that count for both directions count once."""
    pairs, mask = now.columns.fields["dyad"], now.columns.between(since, until)
    assert pairs.events is not None
    mask &= ~now.columns.having("realis", "NEGATED")
    codes, where = pairs.chosen(mask)
    events = pairs.events[where]
    sides = [tuple(sorted(value.split("-"))) for value in pairs.values]
    undirected = {pair: number for number, pair in enumerate(sorted(set(sides)))}
    to_pair = np.array([undirected[pair] for pair in sides] or [0], dtype=np.int64)
    keys = np.unique(to_pair[codes] * now.columns.count + events)
    pair_of, event_of = keys // max(1, now.columns.count), keys % max(1, now.columns.count)
    counts = np.bincount(pair_of, minlength=len(undirected))
    sums = np.bincount(pair_of, weights=now.columns.score[event_of], minlength=len(undirected))
    found = [
        {"a": a, "b": b, "events": int(counts[number]), "score": round(float(sums[number] / counts[number]), 2)}
        for (a, b), number in undirected.items()
        if a != b and counts[number]
    ]
    return sorted(found, key=lambda link: (-link["events"], link["a"], link["b"]))


def _last_day(start: dt.date, by: str) -> dt.date:
    months = {"month": 1, "quarter": 3, "year": 12}[by]
    month = start.year * 12 + start.month - 1 + months
    return dt.date(month // 12, month % 12 + 1, 1) - dt.timedelta(days=1)


def _name(start: dt.date, by: str) -> str:
    if by == "year":
        return f"{start:%Y}"
    return f"{start:%Y-%m}" if by == "month" else f"{start:%Y-%m-%d}/{_last_day(start, by).isoformat()}"


def layout(links: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Places for the most active countries, the same each time, and the links between them."""
    import networkx as nx

    busy: dict[str, int] = {}
    for link in links:
        for code in (link["a"], link["b"]):
            busy[code] = busy.get(code, 0) + link["events"]
    kept = sorted(busy, key=lambda code: (-busy[code], code))[:_MOST_COUNTRIES]
    if not kept:
        return [], []
    graph = nx.Graph()
    graph.add_nodes_from(kept)
    shown = [link for link in links if link["a"] in graph and link["b"] in graph]
    for link in shown:
        graph.add_edge(link["a"], link["b"], weight=float(np.log1p(link["events"])))
    start = nx.circular_layout(graph)
    places = nx.spring_layout(graph, pos=start, k=1.6 / max(1, len(kept)) ** 0.5, iterations=80, seed=7)
    at = {code: (round(float(x), 4), round(float(y), 4)) for code, (x, y) in _spread(places).items()}
    nodes = [
        {"country": code, "name": country_name(code), "events": busy[code], "x": at[code][0], "y": at[code][1]}
        for code in kept
    ]
    for link in shown:
        (link["x"], link["y"]), (link["x2"], link["y2"]) = at[link["a"]], at[link["b"]]
    return nodes, shown


def _spread(places: dict[str, Any]) -> dict[str, Any]:
    """Stretch the picture to the whole frame; far-off small parts are drawn in."""
    if not places:
        return {}
    codes, points = list(places), np.array(list(places.values()), dtype=float)
    ranks = points.argsort(axis=0).argsort(axis=0) / max(1, len(codes) - 1) * 2 - 1
    extent = np.abs(points - points.mean(axis=0)).max(axis=0)
    scaled = (points - points.mean(axis=0)) / np.where(extent > 0, extent, 1)
    return dict(zip(codes, 0.35 * scaled + 0.65 * ranks, strict=True))


def _made(now: Generation, by: str, since: dt.date, until: dt.date) -> Context:
    links = _links(now, since, until)
    nodes, shown = layout([dict(link) for link in links])
    bounds = {"since": since.isoformat(), "until": until.isoformat()}
    for node in nodes:
        node["href"] = f"/events?{urlencode({'country': node['country'], **bounds})}"
    for link in shown:
        link["pair"] = f"{country_name(link['a'])} – {country_name(link['b'])}"
        link["href"] = f"/dyad/{link['a']}-{link['b']}"
    return {
        "since": since,
        "until": until,
        "countries": [{"country": n["country"], "events": n["events"]} for n in nodes],
        "links": links[:200],
        "_chart": figures.network(nodes, shown),
        "_bounds": urlencode(bounds),
    }


def network(book: Workbench, parts: Mapping[str, str], query: Items) -> Context:
    """The network of one period; ``at`` is the place of a slider and leads to the address of its period."""
    asked, now = dict(query), book.now
    by = asked.get("by", "month")
    if by not in _BY:
        raise SettingsError(f"by is {by!r}; allowed: {', '.join(_BY)}")
    periods = now.remembered(("periods", by), lambda: _periods(now, by))
    if asked.get("at", "").isdecimal() and periods:
        chosen = periods[min(int(asked["at"]), len(periods) - 1)]["start"]
        raise MovedError(f"/network?{urlencode({'by': by, 'period': _name(chosen, by)})}")
    busiest = periods[-1]["start"] if periods else dt.date.today()
    span = date_range(asked.get("period") or _name(busiest, by))
    if span is None:
        raise SettingsError(f"period is {asked['period']!r}; it takes a day, month, year or two days: 2025-03")
    made = now.remembered(("network", by, span), lambda: _made(now, by, *span))
    at = max((i for i, period in enumerate(periods) if period["start"] <= span[0]), default=0)
    return {
        "by": by,
        "period": asked.get("period") or _name(busiest, by),
        "periods": [{"period": _name(p["start"], by), "events": p["events"]} for p in periods],
        **made,
        "_at": at,
        "_sizes": _BY,
    }


PAGES = (Page(path="/network", template="network.html", make=network, label="Network", order=20),)
