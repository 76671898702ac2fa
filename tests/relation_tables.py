"""Made stores for tests of relations: in memory, with the columns of the store, linked and not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import duckdb
import pyarrow as pa

from dragoman.ontology.ontology import load_ontology
from dragoman.records import (
    Actor,
    Attribution,
    CodedReport,
    Event,
    EventDate,
    ImpliedDate,
    Realis,
    Report,
    TextSpan,
)
from dragoman.store.query import connect_tables
from dragoman.store.rows import arrow_tables

STORY_COLUMNS = {
    "stories": {
        "story_id": pa.string(),
        "type": pa.string(),
        "mode": pa.string(),
        "contexts": pa.list_(pa.string()),
        "quad": pa.string(),
        "score": pa.float64(),
        "realis": pa.string(),
        "certainty": pa.float64(),
        "status": pa.string(),
        "date_value": pa.string(),
        "date_start": pa.date32(),
        "date_end": pa.date32(),
        "date_granularity": pa.string(),
        "date_basis": pa.string(),
        "place_name": pa.string(),
        "place_country": pa.string(),
        "event_count": pa.int32(),
        "report_count": pa.int32(),
        "origin_count": pa.int32(),
        "first_published": pa.date32(),
    },
    "story_events": dict.fromkeys(("story_id", "event_id", "report_id", "origin_id"), pa.string()),
    "story_actors": {
        **dict.fromkeys(("story_id", "role", "name", "country", "sector", "entity"), pa.string()),
        "position": pa.int32(),
    },
}


def party(country: str | None, sector: str | None = "GOV", name: str | None = None, words: str | None = None) -> Actor:
    shown = name or str(country)
    return Actor(text=words or shown, name=shown, country=country, sector=sector, start=0, end=0)


def event(
    number: int,
    kind: str,
    actors: Sequence[Actor | str],
    recipients: Sequence[Actor | str] = (),
    *,
    day: str | None = "2025-03-04",
    mode: str | None = None,
    realis: str = "ACTUAL",
    words: str = "",
    implied: Sequence[ImpliedDate] = (),
    place: Any = None,
) -> Event:
    ontology = load_ontology()
    return Event(
        id=f"e{number}",
        type=kind,
        mode=mode,
        quad=ontology.quad(kind),
        score=ontology.score(kind, mode),
        actors=tuple(party(a) if isinstance(a, str) else a for a in actors),
        recipients=tuple(party(a) if isinstance(a, str) else a for a in recipients),
        date=EventDate(value=day, basis="explicit", granularity="day") if day else None,
        place=place,
        realis=Realis(realis),
        certainty=1.0,
        attribution=Attribution(),
        evidence=(TextSpan(text=words, start=0, end=len(words)),),
        confidence=0.9,
        implied=tuple(implied),
    )


def reports(*groups: Sequence[Event], published: str | Sequence[str] = "2025-03-05") -> list[CodedReport]:
    days = [published] * len(groups) if isinstance(published, str) else list(published)
    return [
        CodedReport(id=f"r{number}", published=day, events=tuple(events))
        for number, (events, day) in enumerate(zip(groups, days, strict=True))
    ]


def unlinked(coded: Iterable[CodedReport]) -> duckdb.DuckDBPyConnection:
    """A store as `link` has not seen it."""
    return connect_tables(dict(arrow_tables(coded)))


def linked(coded: Sequence[CodedReport], stories: Sequence[Sequence[tuple[str, str]]]) -> duckdb.DuckDBPyConnection:
    """A linked store: each story is a list of (report id, event id); its fields are those of its first event."""
    events = {(report.id, item.id): item for report in coded for item in report.events}
    published = {report.id: report.published for report in coded}
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in STORY_COLUMNS}
    for number, members in enumerate(stories):
        first = events[members[0]]
        rows["stories"].append(_story(f"s{number}", first, [published[report] or "" for report, _ in members]))
        for report, item in members:
            told = {"story_id": f"s{number}", "event_id": item, "report_id": report, "origin_id": report}
            rows["story_events"].append(told)
        for role, parties in (("actor", first.actors), ("recipient", first.recipients)):
            for at, one in enumerate(parties):
                cells = {"name": one.name, "country": one.country, "sector": one.sector}
                rows["story_actors"].append({"story_id": f"s{number}", "role": role, "position": at, **cells})
    tables = {
        name: pa.Table.from_pylist(rows[name], schema=pa.schema(list(columns.items())))
        for name, columns in STORY_COLUMNS.items()
    }
    return connect_tables({**arrow_tables(coded), **tables})


def _story(story_id: str, first: Event, published: Sequence[str]) -> dict[str, Any]:
    day = date.fromisoformat(first.date.value) if first.date and first.date.value else None
    return {
        "story_id": story_id,
        "type": first.type,
        "mode": first.mode,
        "quad": first.quad,
        "score": first.score,
        "realis": str(first.realis),
        "certainty": first.certainty,
        "status": "unconfirmed" if first.realis == "POSSIBLE" else "reported",
        "date_value": first.date.value if first.date else None,
        "date_start": day,
        "date_end": day,
        "date_basis": "explicit",
        "event_count": len(published),
        "report_count": len(set(published)),
        "origin_count": len(published),
        "first_published": date.fromisoformat(min(published)),
    }


def text_report(number: int, text: str, published: str) -> Report:
    return Report(id=f"t{number}", text=text, published=published)
