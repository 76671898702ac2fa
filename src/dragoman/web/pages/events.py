"""Events: filters with counts beside them, full-text search, sorting, paging, export of what is shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dragoman.web.data import Workbench
from dragoman.web.exports import formats
from dragoman.web.facets import LABELS, Counts, facets, selection
from dragoman.web.filters import MANY, SIZES, SORTS, Wanted, read_filter
from dragoman.web.generation import Generation
from dragoman.web.page import Context, Items, Page

# Reading goes no deeper than this; narrowing the filter does.
_DEEPEST = 100_000


def events(book: Workbench, parts: Mapping[str, str], query: Items) -> Context:
    """One page of events, and how many there are of each kind."""
    wanted = read_filter(query)
    now = book.now
    mask = selection(now, wanted)
    all_of = next((value for name, value in query if name == "all" and value in LABELS), None)
    key = ("facets", wanted.address(sort="newest", size=50), all_of)
    counts = now.remembered(key, lambda: facets(now, wanted, mask, all_of))
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
        "names": _names(now, counts, wanted),
        "_wanted": wanted,
        "_facets": counts.facets,
        "_sorts": {key: label for key, (label, _) in SORTS.items()},
        "_sizes": SIZES,
        "_formats": formats(),
        "_hidden": [(name, value) for name in MANY for value in getattr(wanted, name)],
        "_labels": LABELS,
        "_all_of": all_of,
        "_countries": sorted(now.columns.fields["country"].values),
        "_page_at": lambda number: wanted.address(page=number),
    }


_NAMES = "SELECT actor_key, name, country FROM actors WHERE actor_key IN (SELECT unnest(?))"


def _names(now: Generation, counts: Counts, wanted: Wanted) -> dict[str, str]:
    """Names of the actors that go by their keys, in the counts and in the filter."""
    keys = list(counts.shown().get("actor", ()))
    if wanted.actor and wanted.actor.startswith("~"):
        keys.append(wanted.actor)
    return {row["actor_key"]: row["name"] for row in now.rows(_NAMES, [sorted(keys)])} if keys else {}


def _plain(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return {name: values if name in MANY else values[0] for name, values in found.items()}


PAGES = (Page(path="/events", template="events.html", make=events, label="Events", order=10),)
