"""UCDP's Georeferenced Event Dataset, read alone: CSV with a header, 49 columns in version 23.1."""

from __future__ import annotations

from dragoman.formats import codes
from dragoman.formats.acled import country_of
from dragoman.formats.importing import BadLine, Importer, Row, actor, coordinates, day_of, make_record, number_of, place
from dragoman.records import Actor, CodedReport, EventDate, Place

COLUMNS = codes.columns("ucdp")
_STATE_BASED, _NON_STATE, _ONE_SIDED = "1", "2", "3"
# where_prec: 1 a place, 2 near it, 3 second-level division, 4 first-level, 5 a line or area, 6 country, 7 sea or air.
_PRECISIONS = {"1": "city", "2": "city", "3": "region", "4": "region", "5": "region", "6": "country"}


def _side(row: dict[str, str], side: str, state: bool) -> Actor | None:
    name = row.get(f"side_{side}", "").strip()
    if not name:
        return None
    gw = row.get(f"gwno{side}", "").strip().removesuffix(".0")
    country = codes.plover_country(codes.iso3_of("gw", gw)) if gw else country_of(name)
    if name == "Civilians":
        return actor(name, codes.plover_country(codes.iso3_of_name(row.get("country"))), ("CVL",))
    government = name.startswith("Government of")
    return actor(name, country, ("MIL",) if government else ("REB",) if state else ("UAF",))


def _date(row: dict[str, str]) -> EventDate:
    first, last = day_of(row["date_start"], "date_start"), day_of(row["date_end"], "date_end")
    if last < first:
        raise BadLine(f"date_end {last} is before date_start {first}")
    if first == last:
        return EventDate(value=first.isoformat(), granularity="day")
    return EventDate(value=f"{first}/{last}", granularity="range")


def _place(row: dict[str, str]) -> Place | None:
    lat, lon = coordinates(row.get("latitude", ""), row.get("longitude", ""))
    return place(
        row.get("where_coordinates", "").strip() or row.get("country", "").strip(),
        codes.iso3_of_name(row.get("country")),
        text=row.get("where_description", "").strip() or None,
        admin1=row.get("adm_1", "").strip() or None,
        lat=lat,
        lon=lon,
        precision=_PRECISIONS.get(row.get("where_prec", "").strip()),
    )


def read_row(row: dict[str, str]) -> CodedReport:
    """The record of a row: an ASSAULT. Sides of fighting are both actors; of one-sided violence, side B suffers it."""
    key, violence = row["id"].strip(), row["type_of_violence"].strip()
    if not key:
        raise BadLine("there is no id")
    if violence not in (_STATE_BASED, _NON_STATE, _ONE_SIDED):
        raise BadLine(f"type_of_violence is {violence[:20]!r}; allowed: 1, 2, 3")
    for name in ("best", "high", "low"):
        number_of(row.get(name, ""), name, 0, 1e7)
    state = violence == _STATE_BASED
    one, other = _side(row, "a", state), _side(row, "b", state)
    sides = tuple(filter(None, (one, other)))
    one_sided = violence == _ONE_SIDED
    return make_record(
        Row(
            coder="UCDP",
            key=key,
            original=row,
            type="ASSAULT",
            actors=tuple(filter(None, (one,))) if one_sided else sides,
            recipients=tuple(filter(None, (other,))) if one_sided else (),
            date=_date(row),
            place=_place(row),
            title=row.get("source_headline", "").strip() or None,
            publisher=row.get("source_office", "").strip() or None,
        )
    )


IMPORTER = Importer(
    coder="UCDP",
    columns=COLUMNS,
    header=True,
    convert=read_row,
    required=("id", "type_of_violence", "date_start", "date_end"),
    comma=True,
)
