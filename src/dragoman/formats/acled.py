"""ACLED's CSV: 31 columns with a header. Written for what ACLED records alone: political violence, demonstrations and
some strategic developments; people open it in spreadsheets, so text that looks like a formula gets an apostrophe.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from functools import cache
from typing import BinaryIO

import msgspec

from dragoman.errors import TableError
from dragoman.formats import codes
from dragoman.formats.cells import csv_cell, one_line, unsafe_text
from dragoman.formats.importing import (
    BadLine,
    Importer,
    LeftOut,
    Row,
    actor,
    coordinates,
    day_of,
    make_record,
    number_of,
    place,
)
from dragoman.formats.items import Item
from dragoman.ontology.ontology import load_ontology
from dragoman.records import Actor, CodedReport, EventDate, Place

COLUMNS = codes.columns("acled")
_UNARMED = frozenset({"CVL", "REF", "JRN", "MED", "EDU", "REL", "LAB", "BUS", "AGR"})
# ACLED's kinds of actors, in words as newer files have them, by our sectors; and as older files number them.
_KINDS = (
    ("State forces", ("MIL", "COP", "GOV", "SPY", "JUD", "LEG"), "1"),
    ("Rebel group", ("REB",), "2"),
    ("Political militia", ("PRM", "UAF", "PTY", "CRM"), "3"),
    ("Civilians", tuple(sorted(_UNARMED)), "7"),
)
_READ_KINDS = {
    **{name.casefold(): sectors[0] for name, sectors, _ in _KINDS},
    **{number: sectors[0] for _, sectors, number in _KINDS},
    "civilians": "CVL",
    "7": "CVL",
    "identity militia": "UAF",
    "4": "UAF",
    "rioters": "CVL",
    "5": "CVL",
    "protesters": "CVL",
    "6": "CVL",
    "external/other forces": "MIL",
    "8": "MIL",
    "political militia": "PRM",
}
_PRECISIONS = {"city": "1", "point": "1", "region": "2", "country": "3"}
_READ_PRECISIONS = {"1": "city", "2": "region", "3": "country"}
_GRANULARITIES = {"1": "day", "2": "week", "3": "month"}
_YEARS = re.compile(r"\s*\(\d{4}-(?:\d{4})?\)\s*$")
_BRACKETED = re.compile(r"\(([^()]+)\)\s*$")
_OF_COUNTRY = re.compile(r"\b(?:of|from)\s+(?:the\s+)?(.+)$")


class SubEvent(msgspec.Struct, frozen=True):
    """One of ACLED's sub-event types and what it is in PLOVER; `type` is empty where PLOVER has no home for it."""

    event_type: str
    name: str
    disorder_type: str
    type: str
    mode: str | None
    sides: str


@cache
def sub_events() -> Mapping[str, SubEvent]:
    """The sub-event types by name; raises `TableError` where a type or mode is not PLOVER's."""
    found, ontology = dict[str, SubEvent](), load_ontology()
    for row in codes.table("acled.tsv", ("event_type", "sub_event_type", "disorder_type", "type", "mode", "sides")):
        kind, mode = row["type"], row["mode"] or None
        if kind and (kind not in ontology.types or (mode and (kind, mode) not in ontology.modes)):
            raise TableError(row.path, row.line, f"{kind} {mode or ''} is no type and mode of PLOVER")
        sides = row.one_of("sides", ("both", "first", "civilians"))
        found[row["sub_event_type"]] = SubEvent(
            row["event_type"], row["sub_event_type"], row["disorder_type"], kind, mode, sides
        )
    return found


@cache
def _written() -> Mapping[tuple[str, str, str], str]:
    found: dict[tuple[str, str, str], str] = {}
    for row in codes.table("plover_to_acled.tsv", ("type", "mode", "against", "sub_event_type")):
        against = row.one_of("against", ("", "civilians", "others"))
        if row["sub_event_type"] not in sub_events():
            raise TableError(row.path, row.line, f"ACLED has no sub-event type {row['sub_event_type']!r}")
        for side in [against] if against else ["civilians", "others"]:
            found[row["type"], row["mode"], side] = row["sub_event_type"]
    return found


def _unarmed(parties: Sequence[Actor]) -> bool:
    return bool(parties) and all(party.sector in _UNARMED for party in parties)


def sub_event_of(item: Item) -> SubEvent | None:
    """The sub-event type of an event; None where it is outside of what ACLED records."""
    event = item.event
    side = "civilians" if _unarmed(event.recipients) else "others"
    found = _written().get((event.type, event.mode or "", side)) or _written().get((event.type, "*", side))
    return sub_events()[found] if found else None


def _kind(party: Actor | None, sub: SubEvent) -> str:
    if party is None:
        return ""
    if sub.event_type in ("Protests", "Riots") and party.sector in _UNARMED:
        return "Protesters" if sub.event_type == "Protests" else "Rioters"
    return next((name for name, sectors, _ in _KINDS if party.sector in sectors), "")


def _name(party: Actor | None) -> str:
    if party is None:
        return ""
    country = codes.country_name(party.country)
    return party.name if country is None or country in party.name else f"{party.name} ({country})"


def _parties(item: Item) -> tuple[list[Actor], list[Actor]]:
    """Who stands as actor1 and who as actor2: of two-sided fighting without recipients, the first and the others."""
    actors, recipients = list(item.event.actors), list(item.event.recipients)
    if not recipients and len(actors) > 1:
        return actors[:1], actors[1:]
    return actors, recipients


def _party_cells(item: Item, sub: SubEvent) -> dict[str, object]:
    ones, others = _parties(item)
    one, other = (ones or [None])[0], (others or [None])[0]  # type: ignore[list-item]
    kinds = [_kind(one, sub), _kind(other, sub)]
    return {
        "actor1": _name(one),
        "assoc_actor_1": "; ".join(map(_name, ones[1:])),
        "inter1": kinds[0],
        "actor2": _name(other),
        "assoc_actor_2": "; ".join(map(_name, others[1:])),
        "inter2": kinds[1],
        "interaction": "-".join(filter(None, kinds)),
        "civilian_targeting": "Civilian targeting" if _unarmed(item.event.recipients) else "",
    }


def _place_cells(where: Place | None) -> dict[str, object]:
    if where is None:
        return {}
    known = codes.codes_of(where.country)
    return {
        "iso": known.iso_numeric if known else "",
        "region": known.acled_region if known else "",
        "country": codes.country_name(where.country),
        "admin1": where.admin1,
        "location": where.name,
        "latitude": where.lat,
        "longitude": where.lon,
        "geo_precision": _PRECISIONS.get(where.precision or "", ""),
    }


def _date_cells(item: Item) -> dict[str, object]:
    days = item.days
    if days is None:
        return {}
    length = (days[1] - days[0]).days
    precision = "1" if length == 0 else "2" if length < 7 else "3" if length < 31 else ""
    if not precision:
        return {"year": days[0].year} if days[0].year == days[1].year else {}
    return {"event_date": days[0].isoformat(), "year": days[0].year, "time_precision": precision}


def _row(item: Item, sub: SubEvent) -> dict[str, object]:
    return {
        "event_id_cnty": item.key,
        **_date_cells(item),
        "disorder_type": sub.disorder_type,
        "event_type": sub.event_type,
        "sub_event_type": sub.name,
        **_party_cells(item, sub),
        **_place_cells(item.event.place),
        "source": item.report.publisher,
        "notes": " … ".join(one_line(piece.text) for piece in item.event.evidence),
    }


def write(items: Iterable[Item], stream: BinaryIO, left_out: Counter[str]) -> None:
    """Write what ACLED would record of events or stories; the rest is left out and counted."""
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for item in items:
        sub = sub_event_of(item)
        if sub is None:
            left_out["outside of what ACLED records"] += 1
            continue
        row = _row(item, sub)
        writer.writerow([csv_cell(row.get(name)) for name in COLUMNS])
    text.flush()
    text.detach()  # the stream below belongs to the caller


def country_of(name: str) -> str | None:
    """The country that an actor's name gives: "Military Forces of Ukraine (2019-)", "Protesters (Nepal)"; else None."""
    plain = _YEARS.sub("", name)
    bracketed = _BRACKETED.search(plain)
    if bracketed and (found := codes.iso3_of_name(bracketed[1])):
        return codes.plover_country(found)
    bare = _BRACKETED.sub("", plain).strip()
    of = _OF_COUNTRY.search(bare)
    found = codes.iso3_of_name(of[1]) if of else codes.iso3_of_name(bare)
    return codes.plover_country(found) or codes.body_of_name(bare)


def _sector(name: str, kind: str) -> tuple[str, ...]:
    if name.startswith("Police Forces"):
        return ("COP",)
    if name.startswith(("Government of", "Judiciary")):
        return ("JUD",) if name.startswith("Judiciary") else ("GOV",)
    found = _READ_KINDS.get(kind.strip().casefold())
    return (found,) if found else ()


def _read_parties(row: dict[str, str], number: str) -> tuple[Actor, ...]:
    first = row.get(f"actor{number}", "").strip()
    names = [first, *row.get(f"assoc_actor_{number}", "").split(";")]
    kind = row.get(f"inter{number}", "")
    found = []
    for name in dict.fromkeys(filter(None, (unsafe_text(name.strip()) for name in names))):
        found.append(actor(name, country_of(name), _sector(name, kind if name == unsafe_text(first) else "")))
    return tuple(found)


def _sides(sub: SubEvent, row: dict[str, str]) -> tuple[tuple[Actor, ...], tuple[Actor, ...]]:
    """Actors and recipients in PLOVER's sense; ACLED's actor 1 and 2 are not doer and done to."""
    ones, others = _read_parties(row, "1"), _read_parties(row, "2")
    if sub.sides == "both":
        return ones + others, ()
    if sub.sides == "civilians" and _unarmed(ones[:1]) and others and not _unarmed(others[:1]):
        return others, ones
    return ones, others


def _read_date(row: dict[str, str]) -> EventDate:
    day = day_of(row["event_date"], "event_date")
    granularity = _GRANULARITIES.get(row.get("time_precision", "").strip(), "day")
    # ACLED gives one day of the week or month that it knows.
    monday = day - timedelta(days=day.weekday())
    week = f"{monday}/{monday + timedelta(days=6)}"
    value = {"day": day.isoformat(), "week": week, "month": f"{day:%Y-%m}"}[granularity]
    return EventDate(value=value, granularity=granularity)


def _read_place(row: dict[str, str]) -> Place | None:
    lat, lon = coordinates(row.get("latitude", ""), row.get("longitude", ""))
    iso = row.get("iso", "").strip().removesuffix(".0")
    country = codes.iso3_of("iso_numeric", iso.lstrip("0")) or codes.iso3_of_name(row.get("country", ""))
    return place(
        unsafe_text(row.get("location", "").strip()) or row.get("country", "").strip(),
        country,
        admin1=unsafe_text(row.get("admin1", "").strip()) or None,
        lat=lat,
        lon=lon,
        precision=_READ_PRECISIONS.get(row.get("geo_precision", "").strip()),
    )


def read_row(row: dict[str, str]) -> CodedReport:
    """The record of a row; raises `BadLine`, or `LeftOut` for what PLOVER has no home for."""
    key = unsafe_text(row["event_id_cnty"].strip())
    sub = sub_events().get(row["sub_event_type"].strip())
    if not key:
        raise BadLine("there is no event_id_cnty")
    if sub is None:
        raise BadLine(f"sub_event_type is {row['sub_event_type'][:60]!r}, which ACLED does not have")
    if not sub.type:
        raise LeftOut(f"ACLED's {sub.event_type}: {sub.name} has no type in PLOVER")
    number_of(row.get("fatalities", ""), "fatalities", 0, 1e7)
    actors, recipients = _sides(sub, row)
    return make_record(
        Row(
            coder="ACLED",
            key=key,
            original=row,
            type=sub.type,
            mode=sub.mode,
            actors=actors,
            recipients=recipients,
            date=_read_date(row) if row["event_date"].strip() else None,
            place=_read_place(row),
            words=unsafe_text(row.get("notes", "").strip()) or None,
            publisher=unsafe_text(row.get("source", "").strip()) or None,
        )
    )


IMPORTER = Importer(
    coder="ACLED",
    columns=COLUMNS,
    header=True,
    convert=read_row,
    required=("event_id_cnty", "event_date", "sub_event_type"),
    comma=True,
)
