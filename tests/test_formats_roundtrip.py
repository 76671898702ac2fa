"""Ten thousand made events exported and imported again: nothing is lost that the format can hold.

What a format cannot hold is said by the functions `held_by_...`, and for people by the table in docs/formats.md.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from made_events import made_reports

from dragoman.formats import FORMATS, codes, export, importer_named
from dragoman.formats.acled import sub_event_of
from dragoman.formats.cells import number_id, one_line, tsv_cell
from dragoman.formats.importing import Reading
from dragoman.formats.items import Item, items_of
from dragoman.formats.pairs import pairs
from dragoman.records import Actor, CodedReport, Event, to_json_line

EVENTS = 10_000


@pytest.fixture(scope="module")
def items() -> list[Item]:
    return [item for coded in made_reports(EVENTS) for item in items_of(coded)]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("made") / "coded.jsonl"
    path.write_bytes(b"".join(map(to_json_line, made_reports(EVENTS))))
    return path


@cache
def exported(source: Path, form: str) -> bytes:
    stream = io.BytesIO()
    export(source, form, stream)
    return stream.getvalue()


@cache
def again(source: Path, form: str) -> tuple[list[CodedReport], Reading]:
    stream: Any = io.BytesIO(exported(source, form))
    reading = Reading(io.BufferedReader(stream), form, importer_named(form))
    return list(reading), reading


def day(item: Item) -> str | None:
    return item.day.isoformat() if item.day else None


def published(item: Item) -> str | None:
    return item.published.isoformat() if item.published else None


def shown(value: str | None) -> str | None:
    return tsv_cell(value) or None


def date_read(event: Event) -> str | None:
    return event.date.value if event.date else None


def cameo_reading(event: Event) -> tuple[str, str | None, tuple[str, ...]]:
    said = codes.cameo()[codes.write_cameo(event.type, event.mode, event.contexts)]
    return said.type, said.mode, said.contexts


def sectors_of(party: Actor) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*((party.sector,) if party.sector else ()), *party.other_sectors)))


# GDELT


def gdelt_party(party: Actor | None) -> tuple[str, str | None, tuple[str, ...]] | None:
    """Name, country and the sectors that CAMEO has, three Type codes in all (one is the body's own)."""
    if party is None:
        return None
    body = codes.bodies().get(party.country or "")
    types = codes.cameo_types(sectors_of(party))
    types = tuple(dict.fromkeys((body.cameo_type, *types)))[:3] if body else types[:3]
    sectors = codes.sectors_of_cameo(types)
    if body and len(sectors) > 1 and sectors[0] in ("IGO", "NGO"):
        sectors = sectors[1:]
    country = party.country
    if country is None and set(types) & {"IGO", "NGO"}:
        country = codes.body_of_cameo(types, "")
    return tsv_cell(party.name), country, sectors


def gdelt_date(item: Item) -> str | None:
    """A day, month or year; a week or longer stretch only by the month or year that holds it."""
    days = item.days
    if days is None:
        return None
    first, last = days
    if first == last:
        return first.isoformat()
    if (first.year, first.month) == (last.year, last.month):
        return f"{first:%Y-%m}"
    return f"{first.year}" if first.year == last.year else None


def gdelt_place(event: Event) -> tuple[Any, ...] | None:
    """A place without the commas of its name, of a country that has a FIPS code; a point is a city."""
    where = event.place
    if where is None:
        return None
    name = tsv_cell(where.name.replace(",", ""))
    precision = {"point": "city"}.get(where.precision or "", where.precision)
    admin1 = name if precision == "region" else where.admin1 if precision == "city" else None
    known = codes.codes_of(where.country)
    return name, where.country if known and known.fips else None, admin1, where.lat, where.lon, precision


def held_by_gdelt(item: Item) -> Iterator[tuple[Any, ...]]:
    for number, (one, other) in enumerate(pairs(item.event)):
        yield (
            f"GDELT:{number_id(item.key, number)}", *cameo_reading(item.event), gdelt_party(one), gdelt_party(other),
            gdelt_date(item), gdelt_place(item.event), published(item), item.report.url, item.event.salient,
        )  # fmt: skip


def read_party(parties: tuple[Actor, ...]) -> tuple[str, str | None, tuple[str, ...]] | None:
    return (parties[0].name, parties[0].country, sectors_of(parties[0])) if parties else None


def read_place(event: Event) -> tuple[Any, ...] | None:
    where = event.place
    return where and (where.name, where.country, where.admin1, where.lat, where.lon, where.precision)


def from_gdelt(report: CodedReport) -> tuple[Any, ...]:
    (event,) = report.events
    return (
        report.id, event.type, event.mode, event.contexts, read_party(event.actors), read_party(event.recipients),
        date_read(event), read_place(event), report.published, report.url, event.salient,
    )  # fmt: skip


# ICEWS


def icews_party(party: Actor | None) -> tuple[str, str | None, tuple[str, ...]] | None:
    """Name, country, and the sectors that ICEWS has, in their rank; UNO and EUR only where the name tells them."""
    if party is None:
        return None
    body = codes.bodies().get(party.country or "")
    words = (*(body.icews[:1] if body else ()), *codes.icews_sectors(sectors_of(party)))
    country = party.country
    if body or country is None:
        country = codes.body_of_icews(words, tsv_cell(party.name))
    sectors = codes.sectors_of_icews(words)
    if country in codes.bodies() and len(sectors) > 1:
        sectors = tuple(sector for sector in sectors if sector not in ("IGO", "NGO"))
    return tsv_cell(party.name), country, sectors


def icews_place(event: Event) -> tuple[Any, ...] | None:
    """As GDELT's, with its commas."""
    where = event.place
    if where is None:
        return None
    precision = {"point": "city"}.get(where.precision or "", where.precision)
    return tsv_cell(where.name), where.country, where.admin1, where.lat, where.lon, precision


def held_by_icews(item: Item) -> Iterator[tuple[Any, ...]]:
    for number, (one, other) in enumerate(pairs(item.event)):
        yield (
            f"ICEWS:{day(item) or ''}:{number_id(item.key, number)}", *cameo_reading(item.event), icews_party(one),
            icews_party(other), day(item), icews_place(item.event), shown(item.report.publisher),
        )  # fmt: skip


def from_icews(report: CodedReport) -> tuple[Any, ...]:
    (event,) = report.events
    return (
        report.id, event.type, event.mode, event.contexts, read_party(event.actors), read_party(event.recipients),
        date_read(event), read_place(event), report.publisher,
    )  # fmt: skip


# POLECAT


def polecat_party(party: Actor, alone: bool) -> tuple[Any, ...]:
    """All but the entity and the offsets; further sectors where the side has one member; no semicolons in names."""
    names = tuple(one_line(text).replace(";", ",") for text in (party.name, party.text))
    names = tuple(
        "'" + name[1:] if name.startswith('"') and first else name
        for first, name in zip((alone, alone), names, strict=True)
    )
    return (*names, party.country, party.sector, tuple(dict.fromkeys(party.other_sectors)) if alone else ())


def polecat_side(parties: tuple[Actor, ...]) -> tuple[Any, ...]:
    if not parties:
        return ()
    found = [polecat_party(party, len(parties) == 1) for party in parties]
    # A double quote at the start of the cell, not of the member, is what would swallow lines in other readers.
    first = found[0]
    found[0] = ("'" + first[0][1:] if first[0].startswith('"') else first[0], *first[1:])
    return tuple(found)


def polecat_place(event: Event) -> tuple[Any, ...] | None:
    where = event.place
    return where and (
        tsv_cell(where.name), tsv_cell(where.text), where.country, where.admin1, where.lat, where.lon, where.geonameid,
        where.precision,
    )  # fmt: skip


def held_by_polecat(item: Item) -> Iterator[tuple[Any, ...]]:
    event = item.event
    yield (
        f"POLECAT:{item.key}", event.type, event.mode, event.contexts, event.quad, event.score,
        polecat_side(event.actors), polecat_side(event.recipients), day(item), polecat_place(event), published(item),
        shown(item.report.publisher),
    )  # fmt: skip


def from_polecat(report: CodedReport) -> tuple[Any, ...]:
    (event,) = report.events
    sides = [
        tuple((p.name, p.text, p.country, p.sector, p.other_sectors) for p in side)
        for side in (event.actors, event.recipients)
    ]
    where = event.place
    place = where and (
        where.name, where.text, where.country, where.admin1, where.lat, where.lon, where.geonameid, where.precision
    )  # fmt: skip
    return (
        report.id, event.type, event.mode, event.contexts, event.quad, event.score, *sides, date_read(event), place,
        report.published, report.publisher,
    )  # fmt: skip


# ACLED


def held_by_acled(item: Item) -> Iterator[tuple[Any, ...]]:
    """Type as ACLED's sub-event type says it, when to the month, where, in which words; names with their country."""
    sub = sub_event_of(item)
    if sub is None:
        return
    event, days = item.event, item.days
    length = (days[1] - days[0]).days if days else None
    when = None if length is None or length >= 31 else event.date.value if event.date else None
    where = event.place
    precision = {"point": "city"}.get((where.precision if where else "") or "", where.precision if where else None)
    place = where and (where.name, where.country, where.admin1, where.lat, where.lon, precision)
    yield (
        f"ACLED:{item.key}", sub.type, sub.mode, when, place, item.report.publisher and item.report.publisher.strip(),
        " … ".join(one_line(piece.text) for piece in event.evidence).strip(),
    )  # fmt: skip


def from_acled(report: CodedReport) -> tuple[Any, ...]:
    (event,) = report.events
    words = event.evidence[0].text if event.evidence else ""
    return report.id, event.type, event.mode, date_read(event), read_place(event), report.publisher, words


CASES = [
    ("gdelt", held_by_gdelt, from_gdelt),
    ("icews", held_by_icews, from_icews),
    ("polecat", held_by_polecat, from_polecat),
    ("acled", held_by_acled, from_acled),
]


@pytest.mark.parametrize(("form", "held", "read"), CASES, ids=[case[0] for case in CASES])
def test_ten_thousand_events_lose_nothing_that_the_format_can_hold(
    form: str,
    held: Callable[[Item], Iterator[tuple[Any, ...]]],
    read: Callable[[CodedReport], tuple[Any, ...]],
    source: Path,
    items: list[Item],
) -> None:
    records, reading = again(source, form)
    assert reading.rejected == []
    assert not reading.left_out
    wanted = {row[0]: row for item in items for row in held(item)}
    found = {row[0]: row for row in map(read, records)}
    assert len(found) == len(records) == len(wanted)
    different = [(wanted[key], found.get(key)) for key in wanted if wanted[key] != found.get(key)]
    assert different[:3] == []


def test_mentions_lose_no_place_in_a_text_and_point_to_the_events_of_the_events_file(
    source: Path, items: list[Item]
) -> None:
    records, reading = again(source, "gdelt-mentions")
    assert reading.rejected == []
    events, _ = again(source, "gdelt")
    known = {event.id for event in events}
    assert {r.imported.mention_of for r in records if r.imported} == known
    wanted = {
        (f"GDELT:{number_id(item.key, n)}", str(piece.start), item.report.url, published(item))
        for item in items
        for n, _ in enumerate(pairs(item.event))
        for piece in item.event.evidence
    }
    found = {
        (r.imported.mention_of, r.imported.original["ActionCharOffset"], r.url, r.published)
        for r in records
        if r.imported
    }
    assert found == wanted
    assert len({record.id for record in records}) == len(records)


def test_dragomans_own_lines_lose_nothing(source: Path) -> None:
    assert exported(source, "jsonl") == source.read_bytes()


@pytest.mark.parametrize("form", ["gdelt", "gdelt-mentions", "icews", "polecat", "petrarch"])
def test_nasty_text_makes_no_line_or_cell_more(form: str, source: Path) -> None:
    text = exported(source, form).decode()
    assert {line.count("\t") + 1 for line in text.split("\n")[:-1]} == {len(codes.columns(form))}
    assert not re.search("[\x00-\x08\x0b-\x1f\x85\u2028\u2029]", text)


def test_every_import_format_is_an_export_format_or_read_alone() -> None:
    from dragoman.formats import IMPORTS

    assert set(IMPORTS) - set(FORMATS) == {"ucdp"}
