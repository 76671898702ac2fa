"""Coded reports as rows of the store's tables."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import msgspec
import pyarrow as pa

from dragoman.isodates import date_range
from dragoman.records import (
    Actor,
    Assessment,
    CodedReport,
    Event,
    EventDate,
    ImpliedDate,
    Place,
    Record,
    Rejected,
    Report,
    TextSpan,
    to_json_line,
)
from dragoman.store.schema import coded_tables, table_schemas

Row = dict[str, Any]
Rows = dict[str, list[Row]]


def content_hash(record: Record) -> str:
    """BLAKE2b hash, 128 bits in hex, of the record's JSON."""
    return hashlib.blake2b(to_json_line(record), digest_size=16).hexdigest()


def text_hash(text: str) -> str:
    """BLAKE2b hash, 128 bits in hex, of a text; lone surrogates count as themselves."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def days(value: str | None) -> tuple[date | None, date | None]:
    """First and last day of an ISO value; both None where it is none or runs backwards."""
    found = date_range(value)
    return found if found and found[0] <= found[1] else (None, None)


def _report_row(coded: CodedReport, report: Report | None) -> Row:
    start, end = days(coded.published)
    return {
        "report_id": coded.id,
        "title": coded.title,
        "published": coded.published,
        "published_start": start,
        "published_end": end,
        "publisher": coded.publisher,
        "url": coded.url,
        "language": report.language if report else None,
        "text": report.text if report else None,
        "event_count": len(coded.events),
        "warnings": coded.warnings,
        "errors": coded.errors,
        "content_hash": content_hash(coded),
        "text_hash": text_hash(report.text) if report else None,
        "record": to_json_line(coded).decode().rstrip("\n"),
        "coder": coded.imported.coder if coded.imported else None,
        "mention_of": coded.imported.mention_of if coded.imported else None,
    }


def _date_cells(when: EventDate | None) -> Row:
    if when is None:
        return {}
    start, end = days(when.value)
    return {
        "date_value": when.value,
        "date_start": start,
        "date_end": end,
        "date_text": when.text,
        "date_granularity": when.granularity,
        "date_basis": when.basis,
        "date_span_start": when.start,
        "date_span_end": when.end,
    }


def _place_cells(place: Place | None) -> Row:
    if place is None:
        return {}
    cells = {f"place_{name}": value for name, value in msgspec.structs.asdict(place).items()}
    return {**cells, "place_span_start": place.start, "place_span_end": place.end}


def _event_row(report_id: str, position: int, event: Event, coder: str | None) -> Row:
    by = event.attribution
    return {
        "event_id": event.id,
        "report_id": report_id,
        "position": position,
        "type": event.type,
        "mode": event.mode,
        "contexts": event.contexts,
        "quad": event.quad,
        "score": event.score,
        "realis": str(event.realis),
        "certainty": event.certainty,
        "salient": event.salient,
        "confidence": event.confidence,
        **_date_cells(event.date),
        **_place_cells(event.place),
        "holder": by.holder,
        "holder_name": by.name,
        "holder_country": by.country,
        "holder_sector": by.sector,
        "holder_cue": by.cue,
        "implied": [_span_cells(year) for year in event.implied],
        "coder": coder,
    }


def _span_cells(record: Record) -> Row:
    """The record's fields, its offsets under names that SQL does not reserve."""
    cells: Row = msgspec.structs.asdict(record)
    cells["span_start"], cells["span_end"] = cells.pop("start"), cells.pop("end")
    return cells


def _add_parts(rows: Rows, keys: Row, event: Event) -> None:
    actors: tuple[tuple[str, tuple[Actor, ...]], ...] = (("actor", event.actors), ("recipient", event.recipients))
    for role, members in actors:
        rows["event_actors"] += [
            {**keys, "role": role, "position": n, **_span_cells(actor)} for n, actor in enumerate(members)
        ]
    parts: tuple[tuple[str, tuple[Record, ...]], ...] = (
        ("claims", event.claims),
        ("evidence", event.evidence),
        ("topics", event.topics),
    )
    for table, members_of in parts:
        rows[table] += [{**keys, "position": n, **_span_cells(part)} for n, part in enumerate(members_of)]


def _assessment_row(report_id: str, position: int, assessment: Assessment) -> Row:
    cells = _span_cells(assessment)
    return {"report_id": report_id, "position": position, "event_id": cells.pop("event"), **cells}


def report_rows(coded: CodedReport, report: Report | None = None) -> Rows:
    """The rows of one coded report by table; `report` gives its text and language."""
    rows: Rows = {name: [] for name in coded_tables()}
    rows["reports"].append(_report_row(coded, report))
    coder = coded.imported.coder if coded.imported else None
    for n, event in enumerate(coded.events):
        rows["events"].append(_event_row(coded.id, n, event, coder))
        _add_parts(rows, {"event_id": event.id, "report_id": coded.id}, event)
    rows["assessments"] += [_assessment_row(coded.id, n, item) for n, item in enumerate(coded.assessments)]
    return rows


def rejected_row(item: Rejected) -> Row:
    """The row of a report that was set aside; its id is the hash of its content."""
    return {"rejected_id": content_hash(item), **msgspec.structs.asdict(item)}


def arrow_table(name: str, rows: Iterable[Row]) -> pa.Table:
    """Rows as a typed Arrow table in the columns of `name`; cells that a row lacks are null."""
    schema = table_schemas()[name].arrow
    listed = list(rows)
    return pa.Table.from_arrays(
        [pa.array([row.get(field.name) for row in listed], field.type) for field in schema], schema=schema
    )


def arrow_tables(coded: Iterable[CodedReport], reports: Mapping[str, Report] | None = None) -> dict[str, pa.Table]:
    """All tables that coding fills, of some coded reports, in memory."""
    known, merged = reports or {}, {name: list[Row]() for name in coded_tables()}
    for item in coded:
        for name, rows in report_rows(item, known.get(item.id)).items():
            merged[name] += rows
    return {name: arrow_table(name, rows) for name, rows in merged.items()}


def spans_of(coded: CodedReport) -> list[tuple[str, int, int]]:
    """(words, start, end) of everything in the record that quotes the text."""
    found: list[tuple[str, int, int]] = []
    for event in coded.events:
        quoted: tuple[Actor | Place | TextSpan | ImpliedDate, ...] = (
            *event.actors,
            *event.recipients,
            *event.evidence,
            *event.topics,
            *event.implied,
        )
        found += [(part.text, part.start, part.end) for part in quoted]
        if event.place:
            found.append((event.place.text, event.place.start, event.place.end))
    found += [(item.text, item.start, item.end) for item in coded.assessments]
    for detection in coded.detections:
        parts: tuple[Actor | TextSpan, ...] = (
            detection.trigger,
            detection.evidence,
            *detection.actors,
            *detection.recipients,
        )
        found += [(part.text, part.start, part.end) for part in parts]
    return found


def fits_text(coded: CodedReport, text: str) -> bool:
    """Whether all quoted words stand in the text where the record says."""
    return all(text[start:end] == words for words, start, end in spans_of(coded))
