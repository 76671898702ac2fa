"""What reading other people's files has in common: rows with their lines, what is set aside, records made of a row."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from typing import BinaryIO

import msgspec

from dragoman.errors import SourceError
from dragoman.ontology.ontology import load_ontology
from dragoman.records import (
    Actor,
    Attribution,
    CodedReport,
    Event,
    EventDate,
    Imported,
    Place,
    Realis,
    Rejected,
    TextSpan,
)
from dragoman.sources.lines import numbered_lines
from dragoman.sources.reasons import rejected

_LONGEST_LINE = 4_000_000
# A file whose first so many lines are all bad is not of the format at all.
_HOPELESS = 200


class BadLine(Exception):  # noqa: N818  (never leaves this package: it becomes a Rejected)
    """A line cannot be read; its text says why."""


class LeftOut(Exception):  # noqa: N818  (not an error: the line is well formed, but has no home here)
    """A line is left out and counted under this reason."""


class Importer(msgspec.Struct, frozen=True, kw_only=True):
    """How a format is read.

    `columns`: in order. `header`: whether the first line names them, and so may order them otherwise;
    `renamed`: other names for columns. `required`: those without which a file is not of the format. `comma`: whether it
    is CSV with quotes, else cells are parted by tabs. `convert` makes the record of a row, and raises `BadLine` or
    `LeftOut`.
    """

    coder: str
    columns: tuple[str, ...]
    header: bool
    convert: Callable[[dict[str, str]], CodedReport]
    required: tuple[str, ...] = ()
    renamed: dict[str, str] = {}
    comma: bool = False


class Reading:
    """One file read by an importer: iterate for its records; what was set aside and left out is collected meanwhile."""

    def __init__(self, stream: BinaryIO, source: str, importer: Importer) -> None:
        self._stream, self._source, self._importer = stream, source, importer
        self.lines = 0
        self.records = 0
        self.rejected: list[Rejected] = []
        self.left_out: Counter[str] = Counter()

    def __iter__(self) -> Iterator[CodedReport]:
        for number, cells in self._rows():
            self.lines += 1
            try:
                record = self._importer.convert(self._row(cells))
            except BadLine as error:
                self._set_aside(number, str(error))
            except LeftOut as reason:
                self.left_out[str(reason)] += 1
                self.records += 1
            else:
                self.records += 1
                yield record

    def _set_aside(self, number: int, detail: str) -> None:
        self.rejected.append(rejected(self._source, "broken-table", detail, number))
        if not self.records and len(self.rejected) >= _HOPELESS:
            raise SourceError(f"{self._source} is not a {self._importer.coder} file: {self.rejected[0].detail}")

    def _row(self, cells: list[str]) -> dict[str, str]:
        if len(cells) != len(self._columns):
            raise BadLine(f"{len(cells)} cells, {len(self._columns)} columns")
        return dict(zip(self._columns, cells, strict=True))

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        rows = self._quoted() if self._importer.comma else self._tabbed()
        self._columns = self._importer.columns
        if self._importer.header:
            self._columns = self._named(next(rows, (1, []))[1])
        return rows

    def _named(self, header: list[str]) -> tuple[str, ...]:
        found = tuple(self._importer.renamed.get(name.strip(), name.strip()) for name in header)
        missing = [name for name in self._importer.required if name not in found]
        if missing:
            raise SourceError(f"{self._source} is not a {self._importer.coder} file: it has no column {missing[0]!r}")
        return found

    def _tabbed(self) -> Iterator[tuple[int, list[str]]]:
        for number, line in numbered_lines(self._stream, _LONGEST_LINE):
            if line is None:
                self.lines += 1
                self._set_aside(number, "the line is too long")
                continue
            text = _decoded(line).rstrip("\r\n")
            if text.strip():
                yield number, text.split("\t")

    def _quoted(self) -> Iterator[tuple[int, list[str]]]:
        text = io.TextIOWrapper(self._stream, encoding="utf-8-sig", errors="replace", newline="")
        reader = csv.reader(text)
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                self.lines += 1
                self._set_aside(reader.line_num, str(error))
                continue
            if cells:
                yield reader.line_num, cells


def _decoded(line: bytes) -> str:
    """UTF-8, or Latin-1 where it is none, as older files of the field are."""
    try:
        return line.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("latin-1")


_DAY = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:[ T].*)?")
_US_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?: .*)?")
_WORD_DAY = re.compile(r"(\d{1,2}) ([A-Za-z]{3})[a-z]* (\d{4})")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def day_of(text: str, what: str) -> date:
    """A day in the ways in which the field writes it: 2025-03-04, 20250304, 3/4/2025 (month first), 04 March 2025."""
    text = text.strip()
    try:
        if found := _DAY.fullmatch(text):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := _US_DAY.fullmatch(text):
            return date(int(found[3]), int(found[1]), int(found[2]))
        if (found := _WORD_DAY.fullmatch(text)) and found[2].lower() in _MONTHS:
            return date(int(found[3]), _MONTHS.index(found[2].lower()) + 1, int(found[1]))
    except ValueError:
        pass
    raise BadLine(f"{what} is {text[:40]!r}, which is no day")


def number_of(text: str, what: str, low: float, high: float) -> float | None:
    """A number between bounds; None for an empty cell."""
    if not text.strip():
        return None
    try:
        value = float(text)
    except ValueError:
        raise BadLine(f"{what} is {text[:40]!r}, which is no number") from None
    if not low <= value <= high:
        raise BadLine(f"{what} is {text[:40]}; allowed: {low:g} to {high:g}")
    return value


def coordinates(lat: str, lon: str) -> tuple[float | None, float | None]:
    """Latitude and longitude in degrees; both or none."""
    found = number_of(lat, "latitude", -90, 90), number_of(lon, "longitude", -180, 180)
    return found if None not in found else (None, None)


def day_date(day: date) -> EventDate:
    """A day that another coder gives; how it came by it is not known."""
    return EventDate(value=day.isoformat(), granularity="day")


def actor(
    name: str, country: str | None, sectors: tuple[str, ...] = (), *, text: str | None = None, entity: str | None = None
) -> Actor:
    """A party of another coder: there is no text that its words could stand in, so its offsets are 0."""
    return Actor(
        text=text or name,
        name=name,
        country=country,
        sector=sectors[0] if sectors else None,
        other_sectors=sectors[1:],
        entity=entity,
        start=0,
        end=0,
    )


def place(name: str, country: str | None, **details: object) -> Place | None:
    """A place of another coder; None without a name."""
    if not name:
        return None
    text = str(details.pop("text", None) or name)
    return msgspec.convert({"text": text, "name": name, "country": country, "start": 0, "end": 0, **details}, Place)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """What a row says, in PLOVER; `make_record` puts the rest around it."""

    coder: str
    key: str
    original: dict[str, str]
    type: str
    mode: str | None = None
    contexts: tuple[str, ...] = ()
    actors: tuple[Actor, ...] = ()
    recipients: tuple[Actor, ...] = ()
    date: EventDate | None = None
    place: Place | None = None
    words: str | None = None
    title: str | None = None
    published: str | None = None
    publisher: str | None = None
    url: str | None = None
    salient: bool = False
    confidence: float = 1.0


def make_record(row: Row) -> CodedReport:
    """The record of a row of another coder.

    Quad and score are those of PLOVER's type and mode, so that coders can be compared. Other coders do not say whether
    and how surely a thing happened: realis is ACTUAL and certainty 1. Raises `BadLine` for a type or mode that PLOVER
    does not have.
    """
    ontology = load_ontology()
    if row.type not in ontology.types:
        raise BadLine(f"event type is {row.type[:40]!r}, which PLOVER does not have")
    event = Event(
        id=f"{row.coder}:{row.key}",
        type=row.type,
        mode=row.mode,
        contexts=row.contexts,
        quad=ontology.quad(row.type),
        score=ontology.score(row.type, row.mode),
        actors=row.actors,
        recipients=row.recipients,
        date=row.date,
        place=row.place,
        realis=Realis.ACTUAL,
        certainty=1.0,
        attribution=Attribution(),
        evidence=(TextSpan(text=row.words, start=0, end=len(row.words)),) if row.words else (),
        salient=row.salient,
        confidence=row.confidence,
    )
    return CodedReport(
        id=event.id,
        title=row.title,
        published=row.published,
        publisher=row.publisher,
        url=row.url,
        events=(event,),
        imported=Imported(coder=row.coder, original={name: cell for name, cell in row.original.items() if cell}),
    )
