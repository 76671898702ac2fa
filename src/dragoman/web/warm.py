"""What is made as soon as a store's tables are ready, so that nobody waits: modules, the first pages, what changed."""

from __future__ import annotations

import time
from typing import Any

from dragoman.web import assets
from dragoman.web.data import Workbench
from dragoman.web.generation import Generation

CHANGES = "changes"
# Seconds between what the first page needs and what later ones may need.
_PAUSE = 1.0
# Weeks before the last one that changes are measured against.
_WEEKS = 56


def changes_of(now: Generation) -> dict[str, Any]:
    """What changed in the last week of reports, by `dragoman.relations.changes`, over a slice of the last year."""
    import datetime as dt

    import numpy as np

    from dragoman.errors import SettingsError
    from dragoman.relations.changes import changes
    from dragoman.web.relate import plain

    newest = now.rows("SELECT max(published_end) AS day FROM reports")[0]["day"]
    if newest is None:
        return {"changes": [], "ties": []}
    days = now.columns.between(newest - dt.timedelta(weeks=_WEEKS), newest + dt.timedelta(weeks=_WEEKS))
    with now.slice(np.flatnonzero(days).tolist()) as connection:
        try:
            return dict(plain(changes(connection, "7d", most=8)))
        except SettingsError:
            return {"changes": [], "ties": []}


def _rest(book: Workbench) -> None:
    """Leave the machine to whoever opens the first page."""
    ends = time.monotonic() + _PAUSE
    while time.monotonic() < ends and not book.closing:
        time.sleep(0.05)


def warm(book: Workbench, now: Generation) -> None:
    """Make ahead what the first visitor will ask for."""
    from dragoman.web.pages import dyad, map, network, overview  # noqa: A004  the page of that name

    overview.overview(book, {}, [])
    kept = now.kept(CHANGES)
    if kept is not None:
        now.later[CHANGES] = kept
    assets.asset(assets.BUNDLE)
    _rest(book)
    try:
        if kept is None:
            now.later[CHANGES] = changes_of(now)
            now.keep(CHANGES, now.later[CHANGES])
    except Exception as error:
        # The page says so; it must not say for ever that the answer is coming.
        now.later[CHANGES] = {"changes": [], "ties": [], "failure": f"{type(error).__name__}: {error}"}
    for pair in overview.overview(book, {}, [])["dyads"][:1]:
        dyad.dyad(book, {"dyad": f"{pair['a']}-{pair['b']}"}, [])
    network.network(book, {}, [])
    map.events_map(book, {}, [])
