"""Rows of a story that linking would make of the meetings in the made reports r1 and r2 (`make_records.coded`)."""

from __future__ import annotations

from typing import Any


def linked_rows() -> dict[str, list[dict[str, Any]]]:
    """Rows of the tables stories, story_events and story_actors."""
    story = {
        "story_id": "s1", "type": "CONSULT", "mode": "third-party", "contexts": ["diplomatic"],
        "quad": "verbal cooperation", "score": 1.0, "realis": "ACTUAL", "certainty": 1.0, "status": "corroborated",
        "status_rule": "two origins", "date_value": "2025-03-04", "date_granularity": "day", "date_basis": "explicit",
        "place_name": "Lima", "place_country": "PER", "place_lat": -12.04, "place_lon": -77.03, "place_precision": "city",
        "event_count": 2, "report_count": 2, "origin_count": 2, "contested": [], "salient": True, "confidence": 0.9,
    }  # fmt: skip
    members = [{"story_id": "s1", "event_id": f"r{n}-e1", "report_id": f"r{n}", "origin_id": f"r{n}"} for n in (1, 2)]
    party = {"story_id": "s1", "position": 0, "sector": "GOV", "other_sectors": []}
    parties = [
        {**party, "role": "recipient", "name": "Luis Rojas", "country": "CHL"},
        {**party, "role": "actor", "name": "Kari Holm", "country": "NOR"},
    ]
    return {"stories": [story], "story_events": members, "story_actors": parties}
