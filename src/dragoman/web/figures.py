"""Charts of the pages: Vega-Lite specifications made once through Altair; a page adds its rows."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Any

QUADS = ("verbal cooperation", "material cooperation", "verbal conflict", "material conflict")
# Names of the style sheet: the script of the charts puts its colours in their place, by day and by night.
COLOURS = ("var(--vc)", "var(--mc)", "var(--vx)", "var(--mx)")


@lru_cache(maxsize=1)
def _weeks() -> dict[str, Any]:
    import altair as alt

    chart = (
        alt.Chart(alt.NamedData("rows"), width="container", height=190)
        .mark_bar(orient="vertical", binSpacing=1)
        .encode(
            x=alt.X("start:T", title=None, bandPosition=0, axis=alt.Axis(grid=False, labelOverlap=True)),
            x2="end:T",
            y=alt.Y("events:Q", title="events", stack="zero", axis=alt.Axis(tickCount=4, domain=False)),
            color=alt.Color("quad:N", scale=alt.Scale(domain=list(QUADS), range=list(COLOURS)), legend=None),
            order=alt.Order("rank:Q"),
            href="href:N",
            tooltip=[
                alt.Tooltip("start:T", title="from"),
                alt.Tooltip("quad:N", title="quad class"),
                alt.Tooltip("events:Q", title="events"),
            ],
        )
    )
    return dict(chart.to_dict())


_BY_WEEK = {"format": "%-d %b %Y", "tickCount": 7}
"""The axis of weeks; that of months and years is Vega's own, which names each unit where it begins."""


def weeks(rows: list[dict[str, Any]], by: str) -> dict[str, Any]:
    """Events by period and quad class; rows with start, end, quad, events, rank, href."""
    spec = _weeks()
    if by == "week":
        when = spec["encoding"]["x"]
        when = when | {"axis": when["axis"] | _BY_WEEK}
        spec = spec | {"encoding": spec["encoding"] | {"x": when}}
    return {"spec": spec, "data": {"rows": rows}}


_AXES: dict[str, dict[str, Any]] = {
    "days": _BY_WEEK,
    "months": {"format": "%b %Y", "tickCount": 8},
    "years": {"format": "%Y", "tickCount": "year"},
}
Days = tuple[dt.date, dt.date]


def _unit(shown: Days) -> str:
    """What the labels of an axis of time name."""
    days = (shown[1] - shown[0]).days
    return "days" if days < 200 else "months" if days < 5 * 366 else "years"


def _edges(alt: Any) -> Any:
    """A layer that shows nothing and reaches from the first to the last day that the axis is to have."""
    return alt.Chart(alt.NamedData("shown")).mark_point(opacity=0).encode(x="start:T")


def _edge_rows(shown: Days) -> list[dict[str, str]]:
    return [{"start": day.isoformat()} for day in shown]


def period_end(start: dt.date, by: str) -> dt.date:
    """The first day after a period."""
    if by == "week":
        return start + dt.timedelta(days=7)
    if by == "year":
        return start.replace(year=start.year + 1)
    return (start.replace(day=1) + dt.timedelta(days=32)).replace(day=1)


def _quad_colour(alt: Any) -> Any:
    return alt.Color("quad:N", scale=alt.Scale(domain=list(QUADS), range=list(COLOURS)), legend=None)


@lru_cache(maxsize=6)
def _dyad(with_turns: bool, unit: str) -> dict[str, Any]:
    import altair as alt

    when = alt.X(
        "start:T",
        title=None,
        bandPosition=0,
        axis=alt.Axis(grid=False, labels=False, ticks=False, domain=False),
    )
    bars = (
        alt.Chart(alt.NamedData("rows"), width="container", height=150)
        .mark_bar(orient="vertical", binSpacing=1)
        .encode(
            x=when,
            x2="end:T",
            y=alt.Y(
                "signed:Q",
                title="conflict | cooperation",
                stack="zero",
                axis=alt.Axis(tickCount=5, tickMinStep=1, domain=False, labelExpr="format(abs(datum.value), 'd')"),
            ),
            color=_quad_colour(alt),
            order=alt.Order("rank:Q"),
            href="href:N",
            tooltip=[
                alt.Tooltip("direction:N"),
                alt.Tooltip("start:T", title="from"),
                alt.Tooltip("quad:N", title="quad class"),
                alt.Tooltip("happenings:Q"),
            ],
        )
    )
    score = (
        alt.Chart(alt.NamedData("scores"), width="container", height=80)
        .mark_line(point={"size": 22, "color": "var(--ink)"}, strokeWidth=1.2, color="var(--soft)")
        .encode(
            x=alt.X("middle:T", title=None, axis=alt.Axis(grid=False, labelOverlap=True, **_AXES[unit])),
            y=alt.Y("score:Q", title="mean score", scale=alt.Scale(domain=[-10, 10]), axis=alt.Axis(tickCount=3)),
            tooltip=[
                alt.Tooltip("start:T", title="from"),
                alt.Tooltip("score:Q", title="mean score"),
                alt.Tooltip("happenings:Q"),
            ],
        )
    )
    turns = (
        alt.Chart(alt.NamedData("turns"))
        .mark_rule(strokeDash=[4, 3], strokeWidth=1.5, color="var(--ink)")
        .encode(x="start:T", tooltip=[alt.Tooltip("start:T", title="from"), alt.Tooltip("words:N")])
    )
    more = [_edges(alt), turns] if with_turns else [_edges(alt)]
    return dict(alt.vconcat(alt.layer(bars, *more), alt.layer(score, *more), spacing=6).to_dict())


def dyad(
    rows: list[dict[str, Any]], scores: list[dict[str, Any]], turns: list[dict[str, Any]], shown: Days
) -> dict[str, Any]:
    """Happenings of both directions by period, cooperation above the line, conflict below; mean score, turns.

    `shown` are the first and the last day of the axis: a single month is not to be the whole width.
    """
    data = {"rows": rows, "scores": scores, "shown": _edge_rows(shown), **({"turns": turns} if turns else {})}
    return {"spec": _dyad(bool(turns), _unit(shown)), "data": data}


@lru_cache(maxsize=9)
def _ties(with_spells: bool, with_points: bool, unit: str) -> dict[str, Any]:
    import altair as alt

    base = alt.Chart(alt.NamedData("ties"), width="container", height=alt.Step(22))
    y = alt.Y("lane:N", title=None, sort=None, axis=alt.Axis(labelLimit=260, ticks=False, domain=False, grid=True))
    colour = alt.Color("kind:N", legend=None, scale=alt.Scale(scheme="tableau10"))
    tips = [alt.Tooltip(f"{name}:N") for name in ("tie", "state", "from", "to", "status", "level", "derivation")]
    when = alt.X("begin:T", title=None, axis=alt.Axis(grid=False, labelOverlap=True, **_AXES[unit]))
    spells = (
        base.transform_filter("datum.spell")
        .mark_bar(height=9)
        .encode(
            x=when,
            x2="end:T",
            y=y,
            color=colour,
            opacity=alt.Opacity(
                "known:O", legend=None, scale=alt.Scale(domain=["derived", "reported"], range=[0.45, 1])
            ),
            href="href:N",
            tooltip=tips,
        )
    )
    points = (
        base.transform_filter("!datum.spell")
        .mark_point(filled=True, size=55)
        .encode(x=when, y=y, color=colour, href="href:N", tooltip=tips)
    )
    layers = [layer for layer, wanted in ((spells, with_spells), (points, with_points)) if wanted]
    return dict(alt.layer(*layers, _edges(alt)).to_dict())


def ties(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Ties as bars on a time line, visits and calls as points; faint where the beginning is derived."""
    days = [dt.date.fromisoformat(row[name]) for row in rows for name in ("begin", "end")]
    first, last = min(days), max(days)
    room = max(dt.timedelta(days=15), (last - first) / 30)
    shown = (first - room, last + room)
    kinds = {bool(row["spell"]) for row in rows}
    spec = _ties(True in kinds, False in kinds, _unit(shown))
    return {"spec": spec, "data": {"ties": rows, "shown": _edge_rows(shown)}}


@lru_cache(maxsize=1)
def _network() -> dict[str, Any]:
    import altair as alt

    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[-1.12, 1.12]))
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[-1.12, 1.12]))
    lines = (
        alt.Chart(alt.NamedData("links"))
        .mark_rule(opacity=0.75)
        .encode(
            x=x,
            y=y,
            x2="x2:Q",
            y2="y2:Q",
            size=alt.Size("events:Q", scale=alt.Scale(type="sqrt", range=[0.6, 9]), legend=None),
            color=alt.Color(
                "score:Q",
                scale=alt.Scale(
                    domain=[-8, 0, 8], range=[COLOURS[3], "var(--middle)", COLOURS[1]], clamp=True, interpolate="lab"
                ),
                legend=None,
            ),
            href="href:N",
            tooltip=[alt.Tooltip("pair:N"), alt.Tooltip("events:Q"), alt.Tooltip("score:Q", title="mean score")],
        )
    )
    nodes = (
        alt.Chart(alt.NamedData("nodes"))
        .mark_circle(opacity=1, color="var(--soft)", stroke="var(--paper)", strokeWidth=1)
        .encode(
            x=x,
            y=y,
            size=alt.Size("events:Q", scale=alt.Scale(type="linear", range=[40, 900]), legend=None),
            href="href:N",
            tooltip=[alt.Tooltip("name:N"), alt.Tooltip("events:Q")],
        )
    )
    names = (
        alt.Chart(alt.NamedData("nodes"))
        .mark_text(dy=-20, fontSize=12, fontWeight=600)
        .encode(x=x, y=y, text="country:N")
    )
    chart = (lines + nodes + names).resolve_scale(size="independent").properties(width="container", height=560)
    return dict(chart.to_dict())


def network(nodes: list[dict[str, Any]], links: list[dict[str, Any]]) -> dict[str, Any]:
    """Countries and what is between them: width tells how much, colour how cooperative."""
    return {"spec": _network(), "data": {"nodes": nodes, "links": links}}


@lru_cache(maxsize=1)
def _map() -> dict[str, Any]:
    import altair as alt

    land = alt.Chart(alt.NamedData("land", format=alt.TopoDataFormat(type="topojson", feature="land"))).mark_geoshape(
        fill="#8d949b", fillOpacity=0.22, stroke="#8d949b", strokeOpacity=0.6, strokeWidth=0.5
    )
    lines = alt.Chart(alt.graticule(step=[15, 15])).mark_geoshape(
        filled=False, stroke="#8d949b", strokeOpacity=0.18, strokeWidth=0.5
    )
    spots = (
        alt.Chart(alt.NamedData("spots"))
        .mark_point(strokeWidth=1.6)
        .encode(
            longitude="lon:Q",
            latitude="lat:Q",
            size=alt.Size("events:Q", scale=alt.Scale(type="sqrt", range=[24, 1100]), legend=None),
            shape=alt.Shape(
                "precision:N",
                scale=alt.Scale(
                    domain=["point", "city", "region", "country"], range=["cross", "circle", "square", "diamond"]
                ),
                legend=None,
            ),
            fill=alt.Fill("quad:N", scale=alt.Scale(domain=list(QUADS), range=list(COLOURS)), legend=None),
            stroke=alt.Stroke("quad:N", scale=alt.Scale(domain=list(QUADS), range=list(COLOURS)), legend=None),
            fillOpacity=alt.FillOpacity(
                "precision:O",
                scale=alt.Scale(
                    type="ordinal", domain=["point", "city", "region", "country"], range=[0.75, 0.6, 0.06, 0]
                ),
                legend=None,
            ),
            href="href:N",
            tooltip=[
                alt.Tooltip("name:N"),
                alt.Tooltip("precision:N"),
                alt.Tooltip("events:Q"),
                alt.Tooltip("quad:N", title="mostly"),
            ],
        )
    )
    chart = (lines + land + spots).resolve_scale(fill="shared").properties(width=1240, height=600)
    return dict(chart.to_dict())


def world(
    spots: list[dict[str, Any]], scale: float, centre: tuple[float, float], width: int = 1240, height: int = 600
) -> dict[str, Any]:
    """Events on the map: the form of a mark tells the precision, its area the number, its colour the main quad."""
    projection = {"type": "equalEarth", "scale": scale, "rotate": [-centre[0], 0, 0], "center": [0, centre[1]]}
    return {"spec": {**_map(), "width": width, "height": height, "projection": projection}, "data": {"spots": spots}}
