"""PLOVER JSON: one JSON object a line, in the fields of the PLOVER 2.0 manual.

Realis is written as the manual's auxiliary modes (PLANNED: future, POSSIBLE: hypothetical, NEGATED: negation). What the
manual has no field for (claims, attribution, certainty) stands under names of our own that begin with `dragoman_`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, BinaryIO

import msgspec

from dragoman.formats import codes
from dragoman.formats.items import Item
from dragoman.ontology.ontology import QUADS
from dragoman.records import Actor, Place

_AUXILIARY = {"PLANNED": "future", "POSSIBLE": "hypothetical", "NEGATED": "negation"}
# The manual's scale of place resolution: 5 below a city, 4 city, 3 and 2 divisions, 1 country.
_RESOLUTIONS = {"point": 5, "city": 4, "region": 2, "country": 1}


def _entity(party: Actor) -> dict[str, Any]:
    return {
        "code": party.country,
        "sector": party.sector,
        "other_sector_codes": list(party.other_sectors),
        "entity_text": party.name,
        "raw_text": party.text,
        "country_name": codes.country_name(party.country),
        "identifier_text": party.entity,
    }


def _place(where: Place) -> dict[str, Any]:
    return {
        "extracted_place": where.text,
        "resolved_place": where.name,
        "geonameid": where.geonameid,
        "lat": where.lat,
        "lon": where.lon,
        "city": where.name if where.precision in ("city", "point") else None,
        "province": where.admin1,
        "country": codes.country_name(where.country),
        "country_code": where.country,
        "resolution": _RESOLUTIONS.get(where.precision or ""),
    }


def _dates(item: Item) -> dict[str, Any]:
    days = item.days
    if days is None:
        return {"date": None}
    first, last = (day.isoformat() for day in days)
    return {"date": first} if first == last else {"date": first, "enddate": last}


def _text_cells(item: Item) -> dict[str, Any]:
    pieces = item.event.evidence
    if not pieces:
        return {}
    info = {"start": min(piece.start for piece in pieces), "end": max(piece.end for piece in pieces)}
    return {"event_text": pieces[0].text, "text": " … ".join(piece.text for piece in pieces), "text_info": info}


def _filled(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, [], {})}


def record(item: Item, version: str) -> dict[str, Any]:
    """An event or story in the manual's fields; those without a value are left out, but not the required ones."""
    event, report = item.event, item.report
    required = {
        "id": item.key,
        **_dates(item),
        "actor": [_filled(_entity(party)) for party in event.actors],
        "event": event.type,
    }
    cite = {"url": report.url, "title": report.title, "publication": report.publisher, "version": f"dragoman {version}"}
    optional = {
        "recipient": [_filled(_entity(party)) for party in event.recipients],
        "mode": event.mode,
        "auxiliary_mode": _AUXILIARY.get(event.realis),
        "context": list(event.contexts),
        "quad_code": QUADS.index(event.quad) + 1,
        "event_scale": event.score,
        "event_loc": _filled(_place(event.place)) if event.place else None,
        **_text_cells(item),
        "cite_info": _filled(cite),
        "coder": report.imported.coder if report.imported else "dragoman",
        "dragoman_published": report.published,
        "dragoman_certainty": event.certainty,
        "dragoman_confidence": event.confidence,
        "dragoman_attribution": _filled(msgspec.to_builtins(event.attribution)),
        "dragoman_claims": [_filled(msgspec.to_builtins(claim)) for claim in event.claims],
        "dragoman_story": _filled(msgspec.to_builtins(item.story)) if item.story else None,
    }
    return {**required, **_filled(optional)}


def write(items: Iterable[Item], stream: BinaryIO, left_out: Counter[str]) -> None:
    """Write events or stories as PLOVER JSON lines."""
    from dragoman import __version__

    encoder = msgspec.json.Encoder()
    for item in items:
        stream.write(encoder.encode(record(item, __version__)) + b"\n")
