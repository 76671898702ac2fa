"""Events on a map: near ones together, the mark tells how precisely the place is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec

from dragoman.errors import SettingsError
from dragoman.web import figures
from dragoman.web.data import Workbench
from dragoman.web.filters import Wanted, conditions, read_filter
from dragoman.web.generation import Generation
from dragoman.web.page import Context, Items, Page

# By zoom: the side of the cells (degrees) in which events are taken together, and the scale of the projection.
ZOOMS = ((6.0, 210.0), (3.0, 420.0), (1.5, 840.0), (0.7, 1700.0), (0.3, 3400.0), (0.0, 6800.0))
_MOST = 700
_SPOTS = """
WITH hit AS (
    SELECT p.place_no, p.place_name, p.place_country, p.place_lat, p.place_lon, coalesce(p.place_precision, 'city')
            AS precision, count(*) AS events,
        count(*) FILTER (e.quad = 'verbal cooperation') AS vc, count(*) FILTER (e.quad = 'material cooperation') AS mc,
        count(*) FILTER (e.quad = 'verbal conflict') AS vx, count(*) FILTER (e.quad = 'material conflict') AS mx
    FROM events AS e JOIN places AS p USING (place_no)
    WHERE p.place_lat IS NOT NULL AND p.place_lon IS NOT NULL AND p.place_lat BETWEEN ? AND ?
        AND p.place_lon BETWEEN ? AND ? AND {where}
    GROUP BY ALL
)
SELECT precision, arg_max(place_name, events) AS name, arg_max(place_country, events) AS country,
    count(*) AS places, sum(events)::INTEGER AS events, sum(place_lat * events) / sum(events) AS lat,
    sum(place_lon * events) / sum(events) AS lon, sum(vc)::INTEGER AS vc, sum(mc)::INTEGER AS mc,
    sum(vx)::INTEGER AS vx, sum(mx)::INTEGER AS mx
FROM hit GROUP BY precision, {cell} ORDER BY events DESC, name, precision LIMIT {most}
"""
_UNPLACED = "SELECT count(*) AS n FROM events AS e WHERE e.place_name IS NULL AND {where}"


def _number(asked: dict[str, str], name: str, low: float, high: float, default: float) -> float:
    try:
        value = float(asked.get(name, default))
    except ValueError:
        value = high + 1
    if not low <= value <= high:
        raise SettingsError(f"{name} is {asked[name]!r}; it takes a number from {low:g} to {high:g}")
    return value


def _box(lat: float, lon: float, zoom: int) -> list[float]:
    half = 180 / 2**zoom
    return [lat - half, lat + half, lon - half * 1.6, lon + half * 1.6] if zoom else [-90, 90, -180, 180]


def _made(now: Generation, wanted: Wanted, lat: float, lon: float, zoom: int) -> Context:
    found = conditions(wanted)
    where = " AND ".join(found.sql)
    side = ZOOMS[zoom][0]
    cell = f"floor(place_lat / {side}), floor(place_lon / {side})" if side else "place_no"
    rows = now.rows(_SPOTS.format(where=where, cell=cell, most=_MOST), [*_box(lat, lon, zoom), *found.values])
    names = {"vc": figures.QUADS[0], "mc": figures.QUADS[1], "vx": figures.QUADS[2], "mx": figures.QUADS[3]}
    spots = []
    for row in rows:
        row["lat"], row["lon"] = round(row["lat"], 3), round(row["lon"], 3)
        main = max(names, key=lambda quad: row[quad])
        label = row["name"] if row["places"] == 1 else f"{row['name']} and {row['places'] - 1} more"
        spots.append({**row, "name": label, "quad": names[main], "href": _target(wanted, row, zoom)})
    return {
        "spots": rows,
        "unplaced": now.rows(_UNPLACED.format(where=where), found.values)[0]["n"],
        "_chart": figures.world(spots, ZOOMS[zoom][1], (lon, lat)),
    }


def _target(wanted: Wanted, row: dict[str, Any], zoom: int) -> str:
    """A single place leads to its events, several to a closer look."""
    if row["places"] == 1 or zoom == len(ZOOMS) - 1:
        return f"/events?{wanted.address(place=row['name'])}"
    return f"/map?{wanted.address()}&{urlencode({'lat': row['lat'], 'lon': row['lon'], 'zoom': zoom + 1})}"


def events_map(book: Workbench, parts: Mapping[str, str], query: Items) -> Context:
    """The events of a filter on the map, at a zoom."""
    asked, now = dict(query), book.now
    wanted = msgspec.structs.replace(read_filter(query), page=1, size=50, sort="newest")
    zoom = int(_number(asked, "zoom", 0, len(ZOOMS) - 1, 0))
    lat, lon = _number(asked, "lat", -90, 90, 12), _number(asked, "lon", -180, 180, 12)
    key = ("map", wanted.address(), lat, lon, zoom)
    made = now.remembered(key, lambda: _made(now, wanted, lat, lon, zoom))
    return {
        "filter": dict(wanted.pairs()),
        "zoom": zoom,
        "lat": lat,
        "lon": lon,
        **made,
        "_wanted": wanted,
        "_closest": len(ZOOMS) - 1,
        "_moved": lambda **changes: (
            wanted.address() + "&" + urlencode({"lat": lat, "lon": lon, "zoom": zoom, **changes})
        ),
    }


PAGES = (Page(path="/map", template="map.html", make=events_map, label="Map", order=30),)
