"""Counts beside each filter: how many of the selected events each value has.

The counts of a field leave that field's own choice aside, so that its other values can still be compared and chosen.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np

from dragoman.isodates import date_range
from dragoman.web.columns import Mask
from dragoman.web.filters import MANY, Wanted, conditions, dyad_codes
from dragoman.web.generation import Generation

LABELS = {
    "quad": "Quad class",
    "type": "Type",
    "mode": "Mode",
    "realis": "Realis",
    "status": "Status",
    "actor": "Actor",
    "country": "Country of an actor",
    "dyad": "Dyad",
    "context": "Context",
    "place": "Country of the place",
    "holder": "According to",
    "publisher": "Publisher",
    "confidence": "Confidence of the coding",
    "year": "Year",
}
_MOST = 12
_MOST_OF_ONE = 1000
_BY_VALUE = frozenset({"year", "confidence"})


class Facet(msgspec.Struct, frozen=True):
    """One field: its values with their counts, most frequent first; `more` values are left out."""

    field: str
    values: tuple[tuple[str, int], ...]
    more: int


class Counts(msgspec.Struct, frozen=True):
    """All fields, and the number of events selected."""

    total: int
    facets: tuple[Facet, ...]

    def shown(self) -> dict[str, dict[str, int]]:
        return {facet.field: dict(facet.values) for facet in self.facets}


def _masks(now: Generation, wanted: Wanted) -> Iterator[Mask]:
    """What the arrays of fields can tell at once, without a query: one selection a field of the filter."""
    columns = now.columns
    for name in MANY:
        values: tuple[str, ...] = getattr(wanted, name)
        if values:
            yield columns.any_of(name, [value.upper() for value in values] if name == "country" else values)
    if wanted.dyad:
        first, second = dyad_codes(wanted.dyad)
        pairs = [f"{first}-{second}", f"{second}-{first}"]
        yield columns.any_of("dyad", pairs if wanted.both else pairs[:1])
    if wanted.actor and wanted.actor.startswith("~"):
        yield columns.having("actor", wanted.actor)
    since, until = (date_range(value) if value else None for value in (wanted.since, wanted.until))
    if since:
        yield columns.since(since[0])
    if until:
        yield columns.until(until[1])
    if wanted.confidence is not None:
        yield columns.confidence >= wanted.confidence


_QUICK: dict[str, Any] = dict.fromkeys(MANY, ()) | dict.fromkeys(("dyad", "since", "until", "confidence"))


def selection(now: Generation, wanted: Wanted) -> Mask | None:
    """The events that a filter allows; None for all."""
    made = list(_masks(now, wanted))
    by_key = wanted.actor and wanted.actor.startswith("~")
    found = conditions(msgspec.structs.replace(wanted, **_QUICK, **({"actor": None} if by_key else {})))
    if len(found.sql) > 1:
        sql = f"SELECT e.event_no FROM events AS e WHERE {' AND '.join(found.sql)}"
        made.append(now.columns.mask(now.numbers(sql, found.values)))
    return np.logical_and.reduce(made) if len(made) > 1 else made[0] if made else None


def _facet(now: Generation, field: str, mask: Mask | None, most: int) -> Facet:
    values = now.columns.fields[field].values
    counts = now.columns.fields[field].counts(mask)
    codes = np.flatnonzero(counts)
    found = len(codes)
    if field not in _BY_VALUE and found > most:
        # all that may be among the first: ties at the edge are decided by their names
        edge = np.partition(counts[codes], found - most)[found - most]
        codes = codes[counts[codes] >= edge]
    shown = [(values[code], int(counts[code])) for code in codes]
    shown.sort(key=lambda item: (-item[1], item[0]))
    if field in _BY_VALUE:
        shown.sort(reverse=True)
    return Facet(field, tuple(shown[:most]), max(0, found - most))


def facets(now: Generation, wanted: Wanted, mask: Mask | None, all_of: str | None = None) -> Counts:
    """The counts for a filter; `mask` is what it selects. All values of one field are shown, of the others the first."""
    shown = []
    for field in LABELS:
        own = field in MANY and getattr(wanted, field)
        most = _MOST_OF_ONE if field == all_of else _MOST
        shown.append(_facet(now, field, selection(now, wanted.without(field)) if own else mask, most))
    total = now.columns.count if mask is None else int(np.count_nonzero(mask))
    return Counts(total, tuple(facet for facet in shown if facet.values))
