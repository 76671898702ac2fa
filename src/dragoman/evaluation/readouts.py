"""Official readouts: is the one call or meeting that each tells of found, with mode, date and realis?"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import Any

from dragoman.evaluation.common import Row, keyed, rate

_SIDES = ("actors", "recipients", "sources", "targets")


def _countries(event: Row) -> set[str | None]:
    return {party.get("country") for side in _SIDES for party in event.get(side) or []}


def _day(event: Row) -> str:
    return ((event.get("date") or {}).get("value") or "")[:10]


def score_readouts(gold: Sequence[Row], predicted: Sequence[Row]) -> dict[str, Any]:
    """Found: some CONSULT has both countries expected. Date: the day of publication or the day before."""
    found, counts = keyed(predicted, "id", what="predictions"), Counter[str]()
    for key, row in keyed(gold, "id", what="gold").items():
        expected = row["expected"]
        events = found.get(key, {}).get("events") or []
        hits = [e for e in events if e.get("type") == "CONSULT" and set(expected["countries"]) <= _countries(e)]
        counts["readouts"] += 1
        if not hits:
            continue
        published = dt.date.fromisoformat(row["published"][:10])
        days = {published.isoformat(), (published - dt.timedelta(days=1)).isoformat()}
        chosen = next((event for event in hits if _day(event) in days), hits[0])
        counts["found"] += 1
        counts["dated"] += _day(chosen) in days
        counts["actual"] += chosen.get("realis") == "ACTUAL"
        if expected["mode"] == "phone":
            counts["phones"] += 1
            counts["phone_right"] += any(event.get("mode") == "phone" for event in hits)
    return {
        "readouts": counts["readouts"],
        "found": rate(counts["found"], counts["readouts"]),
        "phone_mode": rate(counts["phone_right"], counts["phones"]),
        "date_of_found": rate(counts["dated"], counts["found"]),
        "actual_of_found": rate(counts["actual"], counts["found"]),
    }
