"""Records made by hand for tests that need no model."""

from __future__ import annotations

from typing import Any

from dragoman.records import (
    Actor,
    Assessment,
    Attribution,
    Claim,
    CodedReport,
    Event,
    EventDate,
    Place,
    Realis,
    Report,
    TextSpan,
)

TEXT = (
    "Norwegian Foreign Minister Kari Holm met her Chilean counterpart Luis Rojas in Lima on 4 March 2025. "
    "They discussed fishing quotas. Chile's navy seized a Norwegian trawler, Oslo said."
)


def span(words: str, text: str = TEXT) -> dict[str, Any]:
    """text, start and end of the first place where the words stand."""
    start = text.index(words)
    return {"text": words, "start": start, "end": start + len(words)}


def actor(words: str, name: str, country: str | None, sector: str | None = "GOV", text: str = TEXT) -> Actor:
    return Actor(name=name, country=country, sector=sector, **span(words, text))


def meeting(event_id: str = "e1", **changes: Any) -> Event:
    fields: dict[str, Any] = {
        "id": event_id,
        "type": "CONSULT",
        "mode": "third-party",
        "contexts": ("diplomatic",),
        "quad": "verbal cooperation",
        "score": 1.0,
        "actors": (actor("Norwegian Foreign Minister Kari Holm", "Kari Holm", "NOR"),),
        "recipients": (actor("her Chilean counterpart Luis Rojas", "Luis Rojas", "CHL"),),
        "date": EventDate(value="2025-03-04", granularity="day", basis="explicit", **span("4 March 2025")),
        "place": Place(name="Lima", country="PER", lat=-12.04, lon=-77.03, precision="city", **span("Lima")),
        "topics": (TextSpan(**span("fishing quotas")),),
        "realis": Realis.ACTUAL,
        "certainty": 1.0,
        "attribution": Attribution(),
        "claims": (Claim(holder="AUTHOR", stance="asserts"),),
        "evidence": (TextSpan(**span(TEXT.split(". ")[0])),),
        "salient": True,
        "confidence": 0.9,
    }
    return Event(**{**fields, **changes})


def seizure(event_id: str = "e2", **changes: Any) -> Event:
    fields: dict[str, Any] = {
        "id": event_id,
        "type": "COERCE",
        "mode": "seize",
        "quad": "material conflict",
        "score": -7.0,
        "actors": (actor("Chile's navy", "Chilean Navy", "CHL", "MIL"),),
        "recipients": (actor("a Norwegian trawler", "Norwegian trawler", "NOR", "CVL"),),
        "realis": Realis.ACTUAL,
        "certainty": 0.8,
        "attribution": Attribution(holder="Oslo", name="Norway", country="NOR", sector="GOV", cue="said"),
        "claims": (Claim(holder="Oslo", country="NOR", stance="asserts", cue="said", **_offsets("said")),),
        "evidence": (TextSpan(**span("Chile's navy seized a Norwegian trawler")),),
        "confidence": 0.7,
    }
    return Event(**{**fields, **changes})


def _offsets(words: str) -> dict[str, int]:
    start = TEXT.rindex(words)
    return {"start": start, "end": start + len(words)}


def report(report_id: str = "r1", **changes: Any) -> Report:
    fields: dict[str, Any] = {
        "text": TEXT,
        "title": "Ministers meet in Lima",
        "published": "2025-03-05",
        "publisher": "Harbour Post",
        "url": "https://example.org/lima",
        "language": "en",
    }
    return Report(id=report_id, **{**fields, **changes})


def coded(report_id: str = "r1", **changes: Any) -> CodedReport:
    fields: dict[str, Any] = {
        "title": "Ministers meet in Lima",
        "published": "2025-03-05",
        "publisher": "Harbour Post",
        "url": "https://example.org/lima",
        "events": (meeting(f"{report_id}-e1"), seizure(f"{report_id}-e2")),
        "assessments": (
            Assessment(holder="AUTHOR", cue="discussed", hedged=False, countries=("NOR",), **span("They discussed")),
        ),
    }
    return CodedReport(id=report_id, **{**fields, **changes})
