"""PETRARCH's line: date, source, target, CAMEO code, id, publication, parted by tabs; no header."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import BinaryIO

from dragoman.formats import codes
from dragoman.formats.cells import tsv_line
from dragoman.formats.gdelt import cameo_actor
from dragoman.formats.items import Item
from dragoman.formats.pairs import pairs

# What PETRARCH writes for an actor that it cannot code.
_UNKNOWN = "---"


def write(items: Iterable[Item], stream: BinaryIO, left_out: Counter[str]) -> None:
    """Write events or stories as PETRARCH writes them; those without a day are left out, the line has no other date."""
    for item in items:
        if item.day is None:
            left_out["not dated to a day"] += 1
            continue
        code = codes.write_cameo(item.event.type, item.event.mode, item.event.contexts)
        for one, other in pairs(item.event):
            source, target = (cameo_actor(party).get("Code") or _UNKNOWN for party in (one, other))
            cells = (f"{item.day:%Y%m%d}", source, target, code, item.key, item.report.publisher)
            stream.write(tsv_line(cells))
