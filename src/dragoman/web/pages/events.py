"""Events: filters with counts beside them, full-text search, sorting, paging, export of what is shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dragoman.web.data import Workbench
from dragoman.web.exports import formats
from dragoman.web.facets import LABELS, facets, selection
from dragoman.web.filters import MANY, SIZES, SORTS, read_filter
from dragoman.web.page import Context, Items, Page

# Reading goes no deeper than this; narrowing the filter does.
_DEEPEST = 100_000


def events(book: Workbench, parts: Mapping[str, str], query: Items) -> Context:
    """One page of events, and how many there are of each kind."""
    wanted = read_filter(query)
    now = book.now
    mask = selection(now, wanted)
    counts = now.remembered(("facets", wanted.address(sort="newest", size=50)), lambda: facets(now, wanted, mask))
    if wanted.sort == "newest" and mask is not None:
        rows = book.numbered(now.columns.newest(mask, wanted.size, (wanted.page - 1) * wanted.size))
    else:
        rows = book.events(wanted)
    pages = max(1, -(-min(counts.total, _DEEPEST) // wanted.size))
    return {
        "total": counts.total,
        "filter": dict(_plain(wanted.pairs())),
        "page": wanted.page,
        "pages": pages,
        "events": rows,
        "facets": counts.shown(),
        "_wanted": wanted,
        "_facets": counts.facets,
        "_sorts": {key: label for key, (label, _) in SORTS.items()},
        "_sizes": SIZES,
        "_formats": formats(),
        "_hidden": [(name, value) for name in MANY for value in getattr(wanted, name)],
        "_labels": LABELS,
        "_page_at": lambda number: wanted.address(page=number),
    }


def _plain(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return {name: values if name in MANY else values[0] for name, values in found.items()}


PAGES = (Page(path="/events", template="events.html", make=events, label="Events", order=10),)
