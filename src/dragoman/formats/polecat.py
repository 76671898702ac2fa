"""POLECAT (``ngecEvents.DV.YYYY.txt``): 40 columns parted by tabs with a header, PLOVER's types; None where missing.

Several actors of an event stand in one cell, joined with ``; ``, in the same order in every cell of a side that has one
entry a member; `Actor Sectors` holds all sectors of all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import BinaryIO

from dragoman.formats import codes
from dragoman.formats.cells import one_line, tsv_line
from dragoman.formats.importing import (
    BadLine,
    Importer,
    Row,
    actor,
    coordinates,
    day_date,
    day_of,
    make_record,
    number_of,
    place,
)
from dragoman.formats.items import Item
from dragoman.ontology.ontology import load_ontology
from dragoman.records import Actor, CodedReport, Place

COLUMNS = codes.columns("polecat")
MISSING = "None"
_JOIN = "; "
# 'ban' stands in older code books for COERCE restrict (ontology/plover/modes.tsv).
_MODES = {"ban": "restrict"}
_PRECISIONS = frozenset({"point", "city", "region", "country"})


def _joined(values: Iterable[object]) -> str | None:
    """One entry a member, None where a member lacks it; None for no member at all."""
    parts = [one_line(value).replace(";", ",") or MISSING for value in values]
    return _JOIN.join(parts) if any(part != MISSING for part in parts) else None


def _cow(country: str | None) -> str | None:
    known = codes.codes_of(country)
    return known.cow if known and known.cow else None


def _side(name: str, parties: Sequence[Actor]) -> dict[str, object]:
    sectors = dict.fromkeys(s for p in parties for s in (p.sector, *p.other_sectors) if s)
    return {
        f"{name} Name": _joined(p.name for p in parties),
        f"{name} Country": _joined(p.country for p in parties),
        f"{name} COW": _joined(_cow(p.country) for p in parties),
        f"Primary {name} Sector": _joined(p.sector for p in parties),
        f"{name} Sectors": _JOIN.join(sectors) or None,
        f"{name} Name Raw": _joined(p.text for p in parties),
    }


def _place_cells(where: Place | None) -> dict[str, object]:
    if where is None:
        return {}
    return {
        "Placename": where.name,
        "City": where.name if where.precision == "city" else None,
        "Province": where.admin1,
        "Country": where.country,
        "Latitude": where.lat,
        "Longitude": where.lon,
        "GeoNames ID": where.geonameid,
        "Raw Placename": where.text,
        "Feature Type": where.precision,
    }


def _row(item: Item, version: str) -> dict[str, object]:
    event = item.event
    return {
        "Event ID": item.key,
        "Event Date": item.day,
        "Event Type": event.type,
        "Event Mode": event.mode,
        "Event Intensity": event.score,
        "Quad Code": event.quad.upper(),
        "Contexts": _JOIN.join(event.contexts) or None,
        **_side("Actor", event.actors),
        **_side("Recipient", event.recipients),
        **_place_cells(event.place),
        "Source": item.report.publisher,
        "Publication Date": item.published,
        "Version": f"dragoman {version}",
    }


def write(items: Iterable[Item], stream: BinaryIO, left_out: Counter[str]) -> None:
    """Write events or stories as a POLECAT file."""
    from dragoman import __version__

    stream.write(tsv_line(COLUMNS))
    for item in items:
        row = _row(item, __version__)
        cells = (row.get(name) for name in COLUMNS)
        stream.write(tsv_line(MISSING if cell is None or cell == "" else cell for cell in cells))


def _known(row: dict[str, str], column: str) -> str | None:
    cell = row.get(column, "").strip()
    return None if cell in ("", MISSING) else cell


def _parts(row: dict[str, str], column: str) -> list[str | None]:
    cell = _known(row, column)
    return [None if part in ("", MISSING) else part for part in map(str.strip, cell.split(";"))] if cell else []


def _read_side(row: dict[str, str], name: str) -> tuple[Actor, ...]:
    names, raw = _parts(row, f"{name} Name"), _parts(row, f"{name} Name Raw")
    shown = names if len(names) >= len(raw) else raw
    countries, primary = _parts(row, f"{name} Country"), _parts(row, f"Primary {name} Sector")
    every = [sector for sector in _parts(row, f"{name} Sectors") if sector]
    parties = []
    for number, given in enumerate(shown):
        words = raw[number] if len(raw) == len(shown) else None
        label = given or words
        if label is None:
            continue
        main = _at(primary, number, len(shown))
        # Which member a further sector belongs to is known only where there is one member.
        others = tuple(s for s in every if s != main) if len(shown) == 1 else ()
        sectors = (main, *others) if main else others
        country = _at(countries, number, len(shown))
        parties.append(actor(label, country, sectors, text=words))
    return tuple(parties)


def _at(values: list[str | None], number: int, size: int) -> str | None:
    """The entry of a member, where there is one a member; or the only one, where all share it."""
    if len(values) == size:
        return values[number]
    return values[0] if len(values) == 1 else None


def _read_place(row: dict[str, str]) -> Place | None:
    city, kind = _known(row, "City"), _known(row, "Feature Type")
    lat, lon = coordinates(_known(row, "Latitude") or "", _known(row, "Longitude") or "")
    country = _known(row, "Country")
    name = _known(row, "Placename") or city or _known(row, "Province") or codes.country_name(country)
    geonameid = number_of((_known(row, "GeoNames ID") or "").removesuffix(".0"), "GeoNames ID", 0, 1e12)
    precision = kind if kind in _PRECISIONS else "city" if city else "region" if _known(row, "Province") else "country"
    return place(
        name or "",
        country,
        text=_known(row, "Raw Placename"),
        admin1=_known(row, "Province"),
        lat=lat,
        lon=lon,
        geonameid=int(geonameid) if geonameid is not None else None,
        precision=precision,
    )


def _read_mode(type_name: str, mode: str | None) -> str | None:
    mode = _MODES.get(mode or "", mode)
    if mode and (type_name, mode) not in load_ontology().modes:
        raise BadLine(f"event mode is {mode[:40]!r}, which {type_name} does not have in PLOVER")
    return mode


def read_row(row: dict[str, str]) -> CodedReport:
    """The record of a row; raises `BadLine`."""
    key, kind = _known(row, "Event ID"), (_known(row, "Event Type") or "").upper()
    if key is None:
        raise BadLine("there is no Event ID")
    if kind not in load_ontology().types:
        raise BadLine(f"event type is {kind[:40]!r}, which PLOVER does not have")
    day, published = _known(row, "Event Date"), _known(row, "Publication Date")
    return make_record(
        Row(
            coder="POLECAT",
            key=key,
            original={name: cell for name, cell in row.items() if cell != MISSING},
            type=kind,
            mode=_read_mode(kind, _known(row, "Event Mode")),
            contexts=tuple(filter(None, _parts(row, "Contexts"))),
            actors=_read_side(row, "Actor"),
            recipients=_read_side(row, "Recipient"),
            date=day_date(day_of(day, "Event Date")) if day else None,
            place=_read_place(row),
            published=day_of(published, "Publication Date").isoformat() if published else None,
            publisher=_known(row, "Source"),
        )
    )


IMPORTER = Importer(
    coder="POLECAT",
    columns=COLUMNS,
    header=True,
    convert=read_row,
    required=("Event ID", "Event Date", "Event Type"),
    renamed={"Intensity": "Event Intensity"},
)
