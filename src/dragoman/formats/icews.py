"""ICEWS: 20 columns parted by tabs with a header; a row has one actor (source) and one recipient (target)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import BinaryIO

from dragoman.formats import codes
from dragoman.formats.cells import number_id, tsv_line
from dragoman.formats.gdelt import global_id
from dragoman.formats.importing import (
    BadLine,
    Importer,
    LeftOut,
    Row,
    actor,
    coordinates,
    day_date,
    day_of,
    make_record,
    place,
)
from dragoman.formats.items import Item
from dragoman.formats.pairs import pairs
from dragoman.records import Actor, CodedReport, Place

COLUMNS = codes.columns("icews")
# ICEWS writes NA in some releases and NULL or nothing in others.
_MISSING = ("", "NA", "NULL")


def _actor_cells(side: str, party: Actor | None) -> dict[str, object]:
    if party is None:
        return {}
    body = codes.bodies().get(party.country or "")
    sectors = codes.icews_sectors(filter(None, (party.sector, *party.other_sectors)))
    marks = body.icews[:1] if body else ()
    return {
        f"{side} Name": party.name,
        f"{side} Sectors": ",".join(dict.fromkeys((*marks, *sectors))),
        f"{side} Country": codes.country_name(party.country),
    }


def _place_cells(where: Place | None) -> dict[str, object]:
    if where is None:
        return {}
    return {
        "City": where.name if where.precision in ("city", "point") else None,
        "Province": where.name if where.precision == "region" else where.admin1,
        "Country": codes.country_name(where.country),
        "Latitude": where.lat,
        "Longitude": where.lon,
    }


def _rows(item: Item) -> Iterable[dict[str, object]]:
    code = codes.write_cameo(item.event.type, item.event.mode, item.event.contexts)
    said, story = codes.cameo()[code], item.story
    shared = {
        "Event Date": item.day.isoformat() if item.day else None,
        "Event Text": said.label,
        "CAMEO Code": code,
        "Intensity": said.goldstein,
        "Story ID": number_id(story.story_id if story else item.report.id),
        "Publisher": item.report.publisher,
        **_place_cells(item.event.place),
    }
    for number, (one, other) in enumerate(pairs(item.event)):
        sides = {**_actor_cells("Source", one), **_actor_cells("Target", other)}
        yield {"Event ID": global_id(item, number), **shared, **sides}


def write(items: Iterable[Item], stream: BinaryIO, left_out: Counter[str]) -> None:
    """Write events or stories as an ICEWS file; missing cells are empty, as in ICEWS's yearly files."""
    stream.write(tsv_line(COLUMNS))
    for item in items:
        for row in _rows(item):
            stream.write(tsv_line(row.get(name) for name in COLUMNS))


def _known(row: dict[str, str], column: str) -> str:
    cell = row.get(column, "").strip()
    return "" if cell in _MISSING else cell


def _read_actor(row: dict[str, str], side: str) -> tuple[Actor, ...]:
    name = _known(row, f"{side} Name")
    if not name:
        return ()
    words = [word.strip() for word in _known(row, f"{side} Sectors").split(",")]
    body = codes.body_of_icews(words, name)
    country = codes.plover_country(codes.iso3_of_name(_known(row, f"{side} Country"))) or body
    sectors = codes.sectors_of_icews(words)
    if body == country and len(sectors) > 1:
        sectors = tuple(sector for sector in sectors if sector not in ("IGO", "NGO"))
    return (actor(name, country, sectors),)


def _read_place(row: dict[str, str]) -> Place | None:
    city, province, country = (_known(row, name) for name in ("City", "Province", "Country"))
    lat, lon = coordinates(_known(row, "Latitude"), _known(row, "Longitude"))
    precision = "city" if city else "region" if province else "country"
    iso3 = codes.iso3_of_name(country)
    return place(city or province or country, iso3, admin1=province or None, lat=lat, lon=lon, precision=precision)


def read_row(row: dict[str, str]) -> CodedReport:
    """The record of a row; raises `BadLine`, or `LeftOut` for CAMEO 01 and 02, which PLOVER has no home for.

    Event ids repeat across years, so that the date is part of the record's id.
    """
    key, code = row["Event ID"].strip(), row["CAMEO Code"].strip()
    if not key.isdigit():
        raise BadLine(f"Event ID is {key[:40]!r}, which is no number")
    # Some releases lost the zero before the code.
    said = codes.read_cameo(code) or codes.read_cameo(f"0{code}")
    if said is None or not code.isdigit():
        raise BadLine(f"CAMEO Code is {code[:40]!r}, which CAMEO does not have")
    if not said.type:
        raise LeftOut(f"CAMEO {said.code[:2]} ({codes.cameo()[said.code[:2]].label}) has no type in PLOVER")
    day = day_of(row["Event Date"], "Event Date") if _known(row, "Event Date") else None
    return make_record(
        Row(
            coder="ICEWS",
            key=f"{day.isoformat() if day else ''}:{key}",
            original=row,
            type=said.type,
            mode=said.mode,
            contexts=said.contexts,
            actors=_read_actor(row, "Source"),
            recipients=_read_actor(row, "Target"),
            date=day_date(day) if day else None,
            place=_read_place(row),
            publisher=_known(row, "Publisher") or None,
        )
    )


IMPORTER = Importer(
    coder="ICEWS", columns=COLUMNS, header=True, convert=read_row, required=("Event ID", "Event Date", "CAMEO Code")
)
