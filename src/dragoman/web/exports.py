"""Export of what a page of events shows: in any format that `dragoman export` knows, else as CSV or JSON lines."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from dragoman.errors import SettingsError
from dragoman.web.data import Workbench
from dragoman.web.filters import Wanted, conditions

OWN = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}
_AT_ONCE = 2000
_COLUMNS = (
    "event_id",
    "report_id",
    "story_id",
    "status",
    "date_value",
    "date_basis",
    "type",
    "mode",
    "contexts",
    "quad",
    "score",
    "actors",
    "recipients",
    "place_name",
    "place_country",
    "place_precision",
    "realis",
    "certainty",
    "confidence",
    "holder",
    "holder_name",
    "holder_country",
    "evidence",
    "title",
    "publisher",
    "published",
    "url",
)


def formats() -> tuple[str, ...]:
    """The names of the formats that can be had now."""
    return (*OWN, *(name for name in _registered() if name not in OWN))


def _registered() -> tuple[str, ...]:
    try:
        from dragoman import formats as registry
    except ImportError:
        return ()
    return tuple(sorted(getattr(registry, "FORMATS", ())))


def _batches(book: Workbench, wanted: Wanted) -> Iterator[list[dict[str, Any]]]:
    found = conditions(wanted)
    sql = f"SELECT e.event_no FROM events AS e WHERE {' AND '.join(found.sql)} ORDER BY e.event_no"
    numbers = book.now.numbers(sql, found.values).tolist()
    for start in range(0, len(numbers), _AT_ONCE):
        yield book.numbered(numbers[start : start + _AT_ONCE])


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    shown = {name: row[name] for name in _COLUMNS}
    for side in ("actors", "recipients"):
        shown[side] = [{key: party[key] for key in ("name", "country", "sector")} for party in row[side]]
    shown["evidence"] = [piece["text"] for piece in row["evidence"]]
    return shown


def _cell(value: Any) -> Any:
    """Lists joined; text that a spreadsheet would take for a formula gets an apostrophe before it."""
    if isinstance(value, list):
        parts = ("/".join(str(part) for part in v.values() if part) if isinstance(v, dict) else str(v) for v in value)
        value = "; ".join(parts)
    return f"'{value}" if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value


def _csv(book: Workbench, wanted: Wanted) -> Iterator[bytes]:
    for number, rows in enumerate(_batches(book, wanted)):
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        if number == 0:
            writer.writerow(_COLUMNS)
        writer.writerows([_cell(value) for value in _plain(row).values()] for row in rows)
        yield text.getvalue().encode()


def _jsonl(book: Workbench, wanted: Wanted) -> Iterator[bytes]:
    encoder = msgspec.json.Encoder()
    for rows in _batches(book, wanted):
        yield b"".join(encoder.encode(_plain(row)) + b"\n" for row in rows)


def _other(book: Workbench, wanted: Wanted, form: str) -> Iterator[bytes]:
    """A format of the registry: written to a file of its own, then sent."""
    from dragoman import formats as registry
    from dragoman.store.query import EventFilter

    found = conditions(wanted)
    sql = f"SELECT e.event_id, e.report_id FROM events AS e WHERE {' AND '.join(found.sql)} ORDER BY e.event_no"
    rows = book.now.rows(sql, found.values)
    chosen = EventFilter(
        event_ids=tuple(row["event_id"] for row in rows) or ("",),
        report_ids=tuple(dict.fromkeys(row["report_id"] for row in rows)),
    )
    with tempfile.TemporaryDirectory(prefix="dragoman-") as folder:
        target = Path(folder) / "export"
        write: Any = registry.__dict__["export"]
        write(book.store, form, target, chosen)
        yield target.read_bytes()


def export(book: Workbench, wanted: Wanted, form: str) -> tuple[Iterator[bytes], str]:
    """The events of a filter in a format, in pieces, with the media type; raises `SettingsError` for another format."""
    if form == "csv":
        return _csv(book, wanted), OWN["csv"]
    if form == "jsonl":
        return _jsonl(book, wanted), OWN["jsonl"]
    if form not in formats():
        raise SettingsError(f"format is {form!r}; allowed: {', '.join(formats())}")
    return _other(book, wanted, form), "application/octet-stream"
