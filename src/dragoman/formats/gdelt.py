"""GDELT 2.0 Events: 61 columns parted by tabs, no header; CAMEO codes, FIPS countries in the Geo fields.

A row has one actor and one recipient, so an event of several becomes several rows (`dragoman.formats.pairs`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import BinaryIO

from dragoman.formats import codes
from dragoman.formats.cells import number_id, tsv_line
from dragoman.formats.importing import BadLine, Importer, LeftOut, Row, actor, coordinates, day_of, make_record, place
from dragoman.formats.items import Item
from dragoman.formats.pairs import pairs
from dragoman.records import Actor, CodedReport, Event, EventDate, Place

COLUMNS = codes.columns("gdelt")
# Type of a Geo field by precision of the place: in the United States, elsewhere (GDELT's codebook).
_GEO_TYPES = {"country": ("1", "1"), "region": ("2", "5"), "city": ("3", "4"), "point": ("3", "4")}
_PRECISIONS = {"1": "country", "2": "region", "5": "region", "3": "city", "4": "city"}


def _date_cells(item: Item) -> dict[str, object]:
    days = item.days
    if days is None:
        return {}
    (first, last), cells = days, dict[str, object]()
    if first == last:
        cells["SQLDATE"] = f"{first:%Y%m%d}"
        cells["FractionDate"] = f"{first.year + min((first.month * 30 + first.day) / 365, 0.9999):.4f}"
    if (first.year, first.month) == (last.year, last.month):
        cells["MonthYear"] = f"{first:%Y%m}"
    if first.year == last.year:
        cells["Year"] = first.year
    return cells


def cameo_actor(party: Actor | None) -> dict[str, str]:
    """An actor's code, country, known group and types in CAMEO; empty for no actor."""
    if party is None:
        return {}
    country, body = codes.codes_of(party.country), codes.bodies().get(party.country or "")
    sectors = (party.sector, *party.other_sectors) if party.sector else party.other_sectors
    types = codes.cameo_types(filter(None, sectors))
    if body:
        types = tuple(dict.fromkeys((body.cameo_type, *types)))
        lead = body.cameo_type + body.cameo_country + body.cameo_group
        rest = types[1:]
    else:
        lead, rest = country.cameo if country else "", types
    cells = {"Code": lead + "".join(rest), "CountryCode": body.cameo_country if body else lead}
    cells["KnownGroupCode"] = body.cameo_group if body else ""
    return {**cells, **{f"Type{number}Code": kind for number, kind in enumerate(types[:3], start=1)}}


def _actor_cells(side: str, party: Actor | None) -> dict[str, object]:
    if party is None:
        return {}
    cells: dict[str, object] = {f"{side}{name}": value for name, value in cameo_actor(party).items()}
    return {**cells, f"{side}Name": party.name}


def _full_name(where: Place) -> str:
    parts = (where.name, where.admin1 if where.precision in ("city", "point") else None)
    country = codes.country_name(where.country)
    named = [part.replace(",", "") for part in (*parts, country if country != where.name else None) if part]
    return ", ".join(named)


def _place_cells(where: Place | None) -> dict[str, object]:
    if where is None:
        return {}
    country = codes.codes_of(where.country)
    at_home, elsewhere = _GEO_TYPES.get(where.precision or "", ("", ""))
    return {
        "ActionGeo_Type": at_home if where.country == "USA" else elsewhere,
        "ActionGeo_Fullname": _full_name(where),
        "ActionGeo_CountryCode": country.fips if country else "",
        "ActionGeo_Lat": where.lat,
        "ActionGeo_Long": where.lon,
    }


def _event_cells(item: Item) -> dict[str, object]:
    event, story = item.event, item.story
    code = codes.write_cameo(event.type, event.mode, event.contexts)
    said = codes.cameo()[code]
    return {
        "IsRootEvent": int(event.salient),
        "EventCode": code,
        "EventBaseCode": code[:3],
        "EventRootCode": code[:2],
        "QuadClass": said.quad,
        "GoldsteinScale": said.goldstein,
        "NumMentions": story.event_count if story else len(places_told(event)),
        "NumSources": story.origin_count if story else 1,
        "NumArticles": story.report_count if story else 1,
        "DATEADDED": stamp(item.published),
        "SOURCEURL": item.report.url or item.report.id,
    }


def stamp(day: date | None) -> str:
    """A day as GDELT's stamp of date and time; empty for none."""
    return f"{day:%Y%m%d}000000" if day else ""


def global_id(item: Item, number: int) -> int:
    """The GLOBALEVENTID of the pair of this number of an event."""
    return number_id(item.key, number)


def places_told(event: Event) -> list[int]:
    """Where in the text the event is told, each place once: a mention each; -1 where that is not known."""
    return sorted({piece.start for piece in event.evidence}) or [-1]


def rows(item: Item) -> Iterable[dict[str, object]]:
    """The rows of an event or story, one a pair."""
    shared = {**_date_cells(item), **_place_cells(item.event.place), **_event_cells(item)}
    for number, (one, other) in enumerate(pairs(item.event)):
        sides = {**_actor_cells("Actor1", one), **_actor_cells("Actor2", other)}
        yield {"GLOBALEVENTID": global_id(item, number), **sides, **shared}


def write(items: Iterable[Item], stream: BinaryIO, left_out: Counter[str]) -> None:
    """Write events or stories as a GDELT 2.0 Events file."""
    for item in items:
        for row in rows(item):
            stream.write(tsv_line(row.get(name) for name in COLUMNS))


def _read_actor(row: dict[str, str], side: str) -> tuple[Actor, ...]:
    name, code = row[f"{side}Name"].strip(), row[f"{side}Code"].strip()
    if not name and not code:
        return ()
    types = tuple(filter(None, (row[f"{side}Type{number}Code"] for number in (1, 2, 3))))
    body = codes.body_of_cameo(types, row[f"{side}KnownGroupCode"])
    country = codes.plover_country(codes.iso3_of("cameo", row[f"{side}CountryCode"])) or body
    sectors = codes.sectors_of_cameo(types)
    if body == country and len(sectors) > 1 and sectors[0] in ("IGO", "NGO"):
        sectors = sectors[1:]
    return (actor(name or code, country, sectors),)


def _read_place(row: dict[str, str]) -> Place | None:
    precision = _PRECISIONS.get(row["ActionGeo_Type"])
    parts = [part.strip() for part in row["ActionGeo_Fullname"].split(",")]
    lat, lon = coordinates(row["ActionGeo_Lat"], row["ActionGeo_Long"])
    admin1 = parts[-2] if precision == "city" and len(parts) > 2 else parts[0] if precision == "region" else None
    return place(
        parts[0],
        codes.iso3_of("fips", row["ActionGeo_CountryCode"]),
        admin1=admin1,
        lat=lat,
        lon=lon,
        precision=precision,
    )


def _read_date(row: dict[str, str]) -> EventDate | None:
    if row["SQLDATE"]:
        return EventDate(value=day_of(row["SQLDATE"], "SQLDATE").isoformat(), granularity="day")
    month, year = row["MonthYear"], row["Year"]
    if month:
        first = day_of(f"{month}01", "MonthYear")
        return EventDate(value=f"{first:%Y-%m}", granularity="month")
    if year and not (len(year) == 4 and year.isdigit()):
        raise BadLine(f"Year is {year[:40]!r}")
    return EventDate(value=year, granularity="year") if year else None


def read_row(row: dict[str, str]) -> CodedReport:
    """The record of a row; raises `BadLine`, or `LeftOut` for CAMEO 01 and 02, which PLOVER has no home for."""
    if not row["GLOBALEVENTID"].isdigit():
        raise BadLine(f"GLOBALEVENTID is {row['GLOBALEVENTID'][:40]!r}, which is no number")
    said = codes.read_cameo(row["EventCode"])
    if said is None:
        raise BadLine(f"EventCode is {row['EventCode'][:40]!r}, which CAMEO does not have")
    if not said.type:
        raise LeftOut(f"CAMEO {said.code[:2]} ({codes.cameo()[said.code[:2]].label}) has no type in PLOVER")
    url = row["SOURCEURL"]
    return make_record(
        Row(
            coder="GDELT",
            key=row["GLOBALEVENTID"],
            original=row,
            type=said.type,
            mode=said.mode,
            contexts=said.contexts,
            actors=_read_actor(row, "Actor1"),
            recipients=_read_actor(row, "Actor2"),
            date=_read_date(row),
            place=_read_place(row),
            published=day_of(row["DATEADDED"][:8], "DATEADDED").isoformat() if row["DATEADDED"] else None,
            url=url if url.startswith(("http://", "https://")) else None,
            salient=row["IsRootEvent"] == "1",
        )
    )


IMPORTER = Importer(coder="GDELT", columns=COLUMNS, header=False, convert=read_row)
