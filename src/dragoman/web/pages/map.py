"""Events on a map: near ones together, the mark tells how precisely the place is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec
import numpy as np

from dragoman.errors import SettingsError
from dragoman.web import figures
from dragoman.web.columns import Mask
from dragoman.web.data import Workbench
from dragoman.web.facets import selection
from dragoman.web.filters import Wanted, read_filter
from dragoman.web.generation import Generation
from dragoman.web.page import Context, Items, Page

# By zoom: the side of the cells (degrees) in which events are taken together, and the scale of the projection.
ZOOMS = ((9.0, 232.0), (4.0, 460.0), (2.0, 920.0), (0.9, 1850.0), (0.35, 3700.0), (0.0, 7400.0))
_MOST = 700
_WORLD = (12.0, 12.0, 0)
# A map nobody has moved holds this share of the events; half of what it shows at zoom 0, in degrees, less a margin.
_NEARLY_ALL = 0.97
_HALF = (140.0, 55.0)
_PLACES = (
    "SELECT place_no, place_name, place_country, place_lat, place_lon, place_precision FROM places ORDER BY place_no"
)
_QUADS = ("vc", "mc", "vx", "mx")


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


def clusters(now: Generation, mask: Mask | None, lat: float, lon: float, zoom: int) -> list[dict[str, Any]]:
    """Places of the same precision within one cell together, those with most events first."""
    places = now.remembered(("places",), lambda: now.rows(_PLACES))
    counts = now.columns.by_place(mask, len(places))
    low_lat, high_lat, low_lon, high_lon = _box(lat, lon, zoom)
    side = ZOOMS[zoom][0]
    cells: dict[tuple[str, float, float], list[tuple[int, int]]] = {}
    for number in np.flatnonzero(counts.sum(axis=1)).tolist():
        place = places[number - 1]
        at_lat, at_lon = place["place_lat"], place["place_lon"]
        if at_lat is None or at_lon is None or not (low_lat <= at_lat <= high_lat and low_lon <= at_lon <= high_lon):
            continue
        precision = place["place_precision"] or "city"
        cell = (precision, at_lat // side, at_lon // side) if side else (precision, number, 0)
        cells.setdefault(cell, []).append((int(counts[number].sum()), number))
    spots = [_spot(cell[0], sorted(found, reverse=True), places, counts) for cell, found in cells.items()]
    return sorted(spots, key=lambda spot: (-spot["events"], spot["name"], spot["precision"]))[:_MOST]


def _spot(precision: str, found: list[tuple[int, int]], places: list[dict[str, Any]], counts: Any) -> dict[str, Any]:
    total = sum(events for events, _ in found)
    first = places[found[0][1] - 1]
    quads = counts[[number for _, number in found]].sum(axis=0)
    return {
        "precision": precision,
        "name": first["place_name"],
        "country": first["place_country"],
        "places": len(found),
        "events": total,
        "lat": round(sum(n * places[number - 1]["place_lat"] for n, number in found) / total, 3),
        "lon": round(sum(n * places[number - 1]["place_lon"] for n, number in found) / total, 3),
        **dict(zip(_QUADS, map(int, quads), strict=True)),
    }


def spots_of(now: Generation, wanted: Wanted, rows: list[dict[str, Any]], zoom: int) -> list[dict[str, Any]]:
    """Clusters as marks: with a label, the main quad class and the address that they lead to."""
    spots = []
    for row in rows:
        main = max(range(4), key=lambda quad: row[_QUADS[quad]])
        label = row["name"] if row["places"] == 1 else f"{row['name']} and {row['places'] - 1} more"
        spots.append({**row, "name": label, "quad": figures.QUADS[main], "href": _target(wanted, row, zoom)})
    return spots


def _made(now: Generation, wanted: Wanted, lat: float, lon: float, zoom: int) -> Context:
    mask = selection(now, wanted)
    rows = clusters(now, mask, lat, lon, zoom)
    spots = spots_of(now, wanted, rows, zoom)
    chosen = now.columns.place if mask is None else now.columns.place[mask]
    return {
        "spots": rows,
        "unplaced": int(np.count_nonzero(chosen == 0)),
        "_chart": figures.world(spots, ZOOMS[zoom][1], (lon, lat)),
    }


def _target(wanted: Wanted, row: dict[str, Any], zoom: int) -> str:
    """A single place leads to its events, several to a closer look."""
    if row["places"] == 1 or zoom == len(ZOOMS) - 1:
        return f"/events?{wanted.address(place=row['name'])}"
    return f"/map?{wanted.address()}&{urlencode({'lat': row['lat'], 'lon': row['lon'], 'zoom': zoom + 1})}"


def _fitting(now: Generation, wanted: Wanted) -> tuple[float, float, int]:
    """The centre and the closest of the first zooms at which nearly all events of a filter are in the picture."""
    spots = clusters(now, selection(now, wanted), *_WORLD)
    total = sum(spot["events"] for spot in spots)
    shown, seen = [], 0
    for spot in spots:  # most events first
        shown.append(spot)
        seen += spot["events"]
        if seen >= _NEARLY_ALL * total:
            break
    if not shown:
        return _WORLD
    (west, east), (south, north) = (
        (min(at), max(at)) for at in ([spot[name] for spot in shown] for name in ("lon", "lat"))
    )
    for zoom in (2, 1):
        if (east - west) / 2 <= _HALF[0] / 2**zoom and (north - south) / 2 <= _HALF[1] / 2**zoom:
            return round((south + north) / 2), round((west + east) / 2), zoom
    return _WORLD


def events_map(book: Workbench, parts: Mapping[str, str], query: Items) -> Context:
    """The events of a filter on the map, at a zoom."""
    asked, now = dict(query), book.now
    wanted = msgspec.structs.replace(read_filter(query), page=1, size=50, sort="newest")
    if not asked.keys() & {"zoom", "lat", "lon"}:
        lat, lon, zoom = now.remembered(("fitting", wanted.address()), lambda: _fitting(now, wanted))
    else:
        zoom = int(_number(asked, "zoom", 0, len(ZOOMS) - 1, _WORLD[2]))
        lat, lon = _number(asked, "lat", -90, 90, _WORLD[0]), _number(asked, "lon", -180, 180, _WORLD[1])
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
