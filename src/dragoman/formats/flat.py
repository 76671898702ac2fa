"""An event or story as one flat row: what CSV, GeoJSON, Parquet and the graph formats write of it."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from dragoman.formats.items import Item

_TEXTS = pa.list_(pa.string())
# Column, Arrow type, meaning. The names are those of `dragoman code --format csv` where it has the column.
FIELDS: tuple[tuple[str, pa.DataType, str], ...] = (
    ("report_id", pa.string(), "Id of the report; of a story, of the first that told of it."),
    ("event_id", pa.string(), "Id of the event, unique with the report's; null for a story."),
    ("story_id", pa.string(), "Id of the story; null for an event."),
    ("published", pa.string(), "Publication date as given, ISO 8601."),
    ("publisher", pa.string(), "Who published the report."),
    ("url", pa.string(), "Address of the report."),
    ("title", pa.string(), "Headline of the report."),
    ("type", pa.string(), "PLOVER type."),
    ("mode", pa.string(), "PLOVER mode of the type."),
    ("contexts", _TEXTS, "PLOVER contexts."),
    ("quad", pa.string(), "Verbal or material cooperation or conflict."),
    ("score", pa.float64(), "Conflict-cooperation score of type and mode, -10 to 10."),
    ("actors", _TEXTS, "Names of who did it."),
    ("actor_countries", _TEXTS, "Their countries, ISO 3166-1 alpha-3 or PLOVER's bodies, in the same order."),
    ("actor_sectors", _TEXTS, "Their PLOVER sectors, in the same order."),
    ("recipients", _TEXTS, "Names of to whom."),
    ("recipient_countries", _TEXTS, "Their countries, in the same order."),
    ("recipient_sectors", _TEXTS, "Their PLOVER sectors, in the same order."),
    ("date", pa.string(), "When it happened, ISO 8601: day, month, year or start/end."),
    ("date_start", pa.date32(), "First day of the date."),
    ("date_end", pa.date32(), "Last day of the date."),
    (
        "date_basis",
        pa.string(),
        "Where the date comes from: explicit, relative, event-relative, narrative, publication.",
    ),
    ("place", pa.string(), "Name of the place."),
    ("place_country", pa.string(), "Country of the place, ISO 3166-1 alpha-3."),
    ("place_admin1", pa.string(), "First-level administrative division."),
    ("place_precision", pa.string(), "point, city, region or country."),
    ("geonameid", pa.int64(), "GeoNames id of the place."),
    ("lat", pa.float64(), "Latitude, degrees, WGS 84."),
    ("lon", pa.float64(), "Longitude, degrees, WGS 84."),
    ("realis", pa.string(), "ACTUAL, PLANNED, POSSIBLE or NEGATED."),
    ("certainty", pa.float64(), "How sure the report is of it, 0 to 1."),
    ("holder", pa.string(), "Through whom it reaches the reader; AUTHOR for the report itself."),
    ("salient", pa.bool_(), "Whether it is in the headline, the lead or a main thread."),
    ("confidence", pa.float64(), "How sure the coder is of its coding, 0 to 1."),
    ("evidence", _TEXTS, "The words that tell of it."),
    ("status", pa.string(), "What all reports together support; null for an event."),
    ("event_count", pa.int64(), "Events of the story; null for an event."),
    ("report_count", pa.int64(), "Reports that tell of the story; null for an event."),
    ("origin_count", pa.int64(), "Origins of the story: reports less copies; null for an event."),
    ("coder", pa.string(), "Who coded it, where that was not Dragoman."),
)
COLUMNS = tuple(name for name, _, _ in FIELDS)


def _parties(item: Item) -> dict[str, Any]:
    cells: dict[str, Any] = {}
    for side, members in (("actor", item.event.actors), ("recipient", item.event.recipients)):
        cells[f"{side}s"] = [member.name for member in members]
        cells[f"{side}_countries"] = [member.country for member in members]
        cells[f"{side}_sectors"] = [member.sector for member in members]
    return cells


def _place(item: Item) -> dict[str, Any]:
    where = item.event.place
    if where is None:
        return {}
    return {
        "place": where.name,
        "place_country": where.country,
        "place_admin1": where.admin1,
        "place_precision": where.precision,
        "geonameid": where.geonameid,
        "lat": where.lat,
        "lon": where.lon,
    }


def _story(item: Item) -> dict[str, Any]:
    story = item.story
    if story is None:
        return {"event_id": item.event.id}
    names = ("story_id", "status", "event_count", "report_count", "origin_count")
    return {name: getattr(story, name) for name in names}


def flat(item: Item) -> dict[str, Any]:
    """The row of an item, in the order of `COLUMNS`; None where it has nothing."""
    event, report, days = item.event, item.report, item.days
    cells = {
        "report_id": report.id,
        "published": report.published,
        "publisher": report.publisher,
        "url": report.url,
        "title": report.title,
        "type": event.type,
        "mode": event.mode,
        "contexts": list(event.contexts),
        "quad": event.quad,
        "score": event.score,
        **_parties(item),
        "date": event.date.value if event.date else None,
        "date_start": days[0] if days else None,
        "date_end": days[1] if days else None,
        "date_basis": event.date.basis if event.date else None,
        **_place(item),
        "realis": str(event.realis),
        "certainty": event.certainty,
        "holder": event.attribution.name or event.attribution.holder,
        "salient": event.salient,
        "confidence": event.confidence,
        "evidence": [piece.text for piece in event.evidence],
        **_story(item),
        "coder": report.imported.coder if report.imported else None,
    }
    return {name: cells.get(name) for name in COLUMNS}
