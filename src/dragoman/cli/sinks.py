"""Where coded reports go: JSON lines, a CSV or Parquet table, a table on the screen, a store; one record at a time."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from dragoman.cli.console import shown
from dragoman.records import Actor, CodedReport, Event, Report, to_json_line

FORMATS = ("jsonl", "table", "csv", "parquet")
CSV_COLUMNS = (
    "report_id", "published", "publisher", "url", "title", "event_id", "type", "mode", "contexts", "quad", "score",
    "actors", "actor_countries", "actor_sectors", "recipients", "recipient_countries", "recipient_sectors",
    "date", "date_basis", "place", "place_country", "lat", "lon", "realis", "certainty", "holder", "salient",
    "confidence", "evidence",
)  # fmt: skip
_STORE_BATCH = 2000
# A spreadsheet takes a cell that starts so for a formula, and reports are not to be trusted with one.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class Sink(Protocol):
    """Takes coded reports in order; `finish` is called once, after the last."""

    def take(self, coded: CodedReport, report: Report) -> None:
        """One coded report and the report that it was made from."""

    def finish(self) -> None:
        """Write what is held back."""


class JsonLines:
    """One line of JSON a report."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def take(self, coded: CodedReport, report: Report) -> None:
        self._stream.write(to_json_line(coded))

    def finish(self) -> None:
        self._stream.flush()


class CsvTable:
    """One row an event; lists are joined with ``; ``. Cells that a spreadsheet would run get an apostrophe in front."""

    def __init__(self, stream: BinaryIO) -> None:
        self._text = io.TextIOWrapper(stream, encoding="utf-8", errors="replace", newline="", write_through=True)
        self._writer = csv.DictWriter(self._text, CSV_COLUMNS, lineterminator="\n")
        self._writer.writeheader()

    def take(self, coded: CodedReport, report: Report) -> None:
        for event in coded.events:
            self._writer.writerow({name: _cell(value) for name, value in _csv_row(coded, event).items()})

    def finish(self) -> None:
        self._text.flush()
        self._text.detach()  # the stream below belongs to the caller


class ScreenTable:
    """One row an event, for people."""

    def __init__(self, stream: BinaryIO) -> None:
        from rich.table import Table

        self._stream = stream
        self._table = Table(box=None, pad_edge=False, header_style="bold", show_lines=False)
        for name in ("date", "type", "who", "to whom", "where", "realis", "says", "words"):
            self._table.add_column(name, overflow="fold")

    def take(self, coded: CodedReport, report: Report) -> None:
        from rich.text import Text

        for event in coded.events:
            self._table.add_row(*(Text(cell) for cell in _screen_row(event)))

    def finish(self) -> None:
        from rich.console import Console

        text = io.TextIOWrapper(self._stream, encoding="utf-8", errors="replace", newline="", write_through=True)
        console = Console(file=text, highlight=False, width=None if self._stream.isatty() else 160)
        if self._table.row_count:
            console.print(self._table)
        else:
            console.print("no events")
        text.flush()
        text.detach()


class IntoStore:
    """A store, loaded a few thousand reports at a time; what is loaded stays when the run is stopped."""

    def __init__(self, folder: Path) -> None:
        from dragoman.store import Store

        self._store = Store.open(folder, create=True)
        self._coded: list[CodedReport] = []
        self._reports: list[Report] = []

    def take(self, coded: CodedReport, report: Report) -> None:
        self._coded.append(coded)
        self._reports.append(report)
        if len(self._coded) >= _STORE_BATCH:
            self.finish()

    def finish(self) -> None:
        if self._coded:
            self._store.load(self._coded, self._reports)
        self._coded, self._reports = [], []


def make_sink(name: str, stream: BinaryIO) -> Sink:
    """The sink for a format of `FORMATS`."""
    if name == "parquet":
        from dragoman.formats.parquet import EventWriter

        return EventWriter(stream)
    kinds: dict[str, Callable[[BinaryIO], Sink]] = {"jsonl": JsonLines, "csv": CsvTable, "table": ScreenTable}
    return kinds[name](stream)


def _csv_row(coded: CodedReport, event: Event) -> dict[str, Any]:
    date, place = event.date, event.place
    return {
        "report_id": coded.id,
        "published": coded.published,
        "publisher": coded.publisher,
        "url": coded.url,
        "title": coded.title,
        "event_id": event.id,
        "type": event.type,
        "mode": event.mode,
        "contexts": event.contexts,
        "quad": event.quad,
        "score": event.score,
        **_party_cells("actor", event.actors),
        **_party_cells("recipient", event.recipients),
        "date": date and date.value,
        "date_basis": date and date.basis,
        "place": place and place.name,
        "place_country": place and place.country,
        "lat": place and place.lat,
        "lon": place and place.lon,
        "realis": event.realis.value,
        "certainty": event.certainty,
        "holder": event.attribution.name or event.attribution.holder,
        "salient": str(event.salient).lower(),
        "confidence": event.confidence,
        "evidence": tuple(span.text for span in event.evidence),
    }


def _party_cells(role: str, parties: Iterable[Actor]) -> dict[str, tuple[str, ...]]:
    parties = tuple(parties)
    return {
        f"{role}s": tuple(party.name for party in parties),
        f"{role}_countries": tuple(party.country or "" for party in parties),
        f"{role}_sectors": tuple(party.sector or "" for party in parties),
    }


def _cell(value: Any) -> Any:
    if isinstance(value, tuple):
        value = "; ".join(value)
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return "'" + value
    return value


def _screen_row(event: Event) -> tuple[str, ...]:
    where = event.place.name if event.place else ""
    when = (event.date.value if event.date else None) or ""
    holder = event.attribution.name or event.attribution.holder
    return (
        when,
        event.type + (f" {event.mode}" if event.mode else ""),
        _parties(event.actors),
        _parties(event.recipients),
        shown(where),
        event.realis.value,
        "" if holder == "AUTHOR" else shown(holder, 30),
        shown(event.evidence[0].text if event.evidence else "", 60),
    )


def _parties(parties: Iterable[Actor]) -> str:
    return ", ".join(f"{shown(p.name, 30)}" + (f" [{p.country}]" if p.country else "") for p in parties)
