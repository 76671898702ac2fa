"""GeoJSON (RFC 7946): a FeatureCollection, a Feature an event or story; geometry is null where no place is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, BinaryIO

import msgspec

from dragoman.formats.flat import flat
from dragoman.formats.items import Item


def feature(item: Item) -> dict[str, Any]:
    """The Feature of an item; its properties are the columns of the flat row that hold something."""
    cells = flat(item)
    lat, lon = cells.pop("lat"), cells.pop("lon")
    point = None if lat is None or lon is None else {"type": "Point", "coordinates": [lon, lat]}
    properties = {name: value for name, value in cells.items() if value not in (None, [])}
    return {"type": "Feature", "id": item.key, "geometry": point, "properties": properties}


def write(items: Iterable[Item], stream: BinaryIO, left_out: Counter[str]) -> None:
    """Write events or stories as one GeoJSON document, a Feature a line."""
    encoder = msgspec.json.Encoder()
    stream.write(b'{"type":"FeatureCollection","features":[')
    for number, item in enumerate(items):
        stream.write(b",\n" if number else b"\n")
        stream.write(encoder.encode(feature(item)))
    stream.write(b"\n]}\n")
