"""Events as linking compares them: one telling is what one report says of one happening, with the words around it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any

import duckdb
import msgspec

from dragoman.linking.agencies import agency_of, quoted_agencies
from dragoman.linking.texts import Toll, lone_tolls, sentence, stems, tolls

Key = tuple[str, str]
"""Report id and event id."""
FINE = 2
"""Longest stretch, in days, that counts as one day: a night lies on two."""
REPORTS_AT_ONCE = 2000
HARM = frozenset({"ASSAULT"})
"""Types whose reports count the dead and injured, often in another sentence."""
# What the report itself dates in words; the other bases are readings of the coder.
EXACT = frozenset({"explicit", "relative"})


class Party(msgspec.Struct, frozen=True):
    """An actor or recipient."""

    name: str
    country: str | None
    sector: str | None
    other_sectors: tuple[str, ...]
    entity: str | None

    @property
    def key(self) -> str:
        """The same for the same actor in every report, as far as coding knows."""
        return self.entity or self.name.casefold()


class Stand(msgspec.Struct, frozen=True):
    """A claim on the event."""

    holder: str
    stance: str
    name: str | None
    country: str | None
    sector: str | None
    party: bool


class Telling(msgspec.Struct, frozen=True, kw_only=True):
    """One event of one report. Days are days since 1970-01-01; `context` holds the stems of its sentences and headline."""

    number: int
    report_id: str
    event_id: str
    position: int
    origin_id: str
    type: str
    mode: str | None
    contexts: tuple[str, ...]
    realis: str
    certainty: float
    salient: bool
    confidence: float
    day_from: int | None
    day_to: int | None
    date_value: str | None
    granularity: str | None
    basis: str | None
    place: Any
    published: int | None
    published_on: date | None
    publisher: str | None
    holder: str
    holder_name: str | None
    holder_country: str | None
    holder_sector: str | None
    actors: tuple[Party, ...]
    recipients: tuple[Party, ...]
    claims: tuple[Stand, ...]
    context: frozenset[str]
    evidence: frozenset[str]
    topics: frozenset[str]
    tolls: frozenset[Toll]
    agency: str | None
    quoted: tuple[str, ...]

    @property
    def key(self) -> Key:
        return self.report_id, self.event_id

    @property
    def is_denial(self) -> bool:
        """Whether somebody denies it there."""
        return self.realis == "NEGATED" and any(claim.stance == "denies" for claim in self.claims)

    @property
    def is_day(self) -> bool:
        """Whether it is dated to a day."""
        return self.day_from is not None and self.day_to is not None and self.day_to - self.day_from < FINE

    @property
    def is_exact(self) -> bool:
        """Whether words of the report date it to a day."""
        return self.is_day and self.basis in EXACT


_PLACE = ("name", "country", "admin1", "lat", "lon", "geonameid", "precision")


class Site(msgspec.Struct, frozen=True):
    """A place."""

    name: str
    country: str | None
    admin1: str | None
    lat: float | None
    lon: float | None
    geonameid: int | None
    precision: str | None

    @property
    def is_town(self) -> bool:
        return self.precision in ("city", "point")


_EVENTS = f"""
SELECT n.number, e.report_id, e.event_id, e.position, n.origin_id, e.type, e.mode, e.contexts, e.realis, e.certainty,
    e.salient, e.confidence, e.date_start - DATE '1970-01-01' AS day_from, e.date_end - DATE '1970-01-01' AS day_to,
    e.date_value, e.date_granularity AS granularity, e.date_basis AS basis,
    {", ".join(f"e.place_{name}" for name in _PLACE)},
    r.published_start - DATE '1970-01-01' AS published, r.published_start AS published_on, r.publisher,
    e.holder, e.holder_name, e.holder_country, e.holder_sector
FROM wanted AS n JOIN events AS e USING (report_id, event_id) JOIN reports AS r USING (report_id) ORDER BY n.number
"""
_PARTIES = """
SELECT n.number, a.role, a.name, a.country, a.sector, a.other_sectors, a.entity
FROM wanted AS n JOIN event_actors AS a USING (report_id, event_id) ORDER BY n.number, a.role, a.position
"""
_CLAIMS = """
SELECT n.number, c.holder, c.stance, c.name, c.country, c.sector, c.party
FROM wanted AS n JOIN claims AS c USING (report_id, event_id) ORDER BY n.number, c.position
"""
_WORDS = """
SELECT n.number, w.text, w.span_start, w.span_end
FROM wanted AS n JOIN {table} AS w USING (report_id, event_id) ORDER BY n.number, w.position
"""


def _grouped(connection: duckdb.DuckDBPyConnection, sql: str) -> dict[int, list[tuple[Any, ...]]]:
    found: dict[int, list[tuple[Any, ...]]] = {}
    for number, *cells in connection.execute(sql).fetchall():
        found.setdefault(number, []).append(tuple(cells))
    return found


def _party(cells: tuple[Any, ...]) -> Party:
    _, name, country, sector, others, entity = cells
    return Party(name, country, sector, tuple(others or ()), entity)


class _Words:
    """The stems and counts of a telling, read from its report where the text is stored, else from its evidence."""

    def __init__(self, pieces: list[tuple[Any, ...]], text: str | None, title: str | None, lead: bool) -> None:
        spans = sorted({sentence(text, start, end) if text else (start, end) for _, start, end in pieces})
        shown = [text[start:end] for start, end in spans] if text else [words for words, _, _ in pieces]
        self.evidence = stems(" ".join(words for words, _, _ in pieces))
        self.context = stems(" ".join((title or "", *shown)))
        own = frozenset[Toll]().union(*(tolls(words) for words, _, _ in pieces))
        near = own or frozenset[Toll]().union(*(tolls(words) for words in shown))
        self.tolls = near or (lone_tolls(text) if text and lead else near)


def _reports(connection: duckdb.DuckDBPyConnection, ids: list[str]) -> dict[str, tuple[str | None, str | None]]:
    rows = connection.execute(
        "SELECT report_id, text, title FROM reports WHERE report_id IN (SELECT unnest(?))", [ids]
    ).fetchall()
    return {key: (text, title) for key, text, title in rows}


def _batches(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """The rows in order, cut after so many reports, never within one."""
    batch: list[dict[str, Any]] = []
    seen: set[str] = set()
    for row in rows:
        if row["report_id"] not in seen and len(seen) == REPORTS_AT_ONCE:
            yield batch
            batch, seen = [], set()
        seen.add(row["report_id"])
        batch.append(row)
    if batch:
        yield batch


class _Rows(msgspec.Struct, frozen=True):
    """What the store says of some events, by their numbers, with the text and title of each report."""

    events: list[dict[str, Any]]
    parties: dict[int, list[tuple[Any, ...]]]
    claims: dict[int, list[tuple[Any, ...]]]
    evidence: dict[int, list[tuple[Any, ...]]]
    topics: dict[int, list[tuple[Any, ...]]]
    texts: dict[str, tuple[str | None, str | None]]


def read_tellings(
    connection: duckdb.DuckDBPyConnection,
    wanted: Iterable[tuple[int, str, str, str]],
    spread: Callable[[Callable[[_Rows], list[Telling]], Iterable[_Rows]], Iterable[list[Telling]]] | None = None,
) -> list[Telling]:
    """The tellings with these (number, report id, event id, origin id), in the order of their numbers.

    Where there is a `spread` (`dragoman.linking.blocks`), it works through the words of the reports.
    """
    import pyarrow as pa

    names = ("number", "report_id", "event_id", "origin_id")
    kinds = (pa.int64(), pa.string(), pa.string(), pa.string())
    columns = list(zip(*wanted, strict=True)) or [(), (), (), ()]
    arrays = [pa.array(column, kind) for column, kind in zip(columns, kinds, strict=True)]
    connection.register("wanted", pa.Table.from_arrays(arrays, names=list(names)))
    rows = connection.sql(_EVENTS).to_arrow_table().to_pylist()
    grouped = [_grouped(connection, _PARTIES), _grouped(connection, _CLAIMS)]
    grouped += [_grouped(connection, _WORDS.format(table=table)) for table in ("evidence", "topics")]
    connection.unregister("wanted")
    blocks = (_block(connection, batch, grouped) for batch in _batches(rows))
    return [telling for found in (spread or map)(_told, blocks) for telling in found]


def _block(
    connection: duckdb.DuckDBPyConnection, events: list[dict[str, Any]], grouped: list[dict[int, list[tuple[Any, ...]]]]
) -> _Rows:
    parties, claims, evidence, topics = (
        {row["number"]: cells[row["number"]] for row in events if row["number"] in cells} for cells in grouped
    )
    texts = _reports(connection, sorted({row["report_id"] for row in events}))
    return _Rows(events, parties, claims, evidence, topics, texts)


def _told(rows: _Rows) -> list[Telling]:
    quoted = {key: quoted_agencies(text) if text else () for key, (text, _) in rows.texts.items()}
    found: list[Telling] = []
    for row in rows.events:
        number, report = row["number"], row["report_id"]
        words = _Words(rows.evidence.get(number, []), *rows.texts[report], row["position"] == 0 and row["type"] in HARM)
        row["quoted"] = quoted[report]
        row["agency"] = agency_of(row["publisher"], rows.texts[report][0])
        parties, claims, topics = (cells.get(number, []) for cells in (rows.parties, rows.claims, rows.topics))
        found.append(_telling(row, parties, claims, topics, words))
    return found


def _telling(
    row: dict[str, Any],
    parties: list[tuple[Any, ...]],
    claims: list[tuple[Any, ...]],
    topics: list[tuple[Any, ...]],
    words: _Words,
) -> Telling:
    place = [row.pop(f"place_{name}") for name in _PLACE]
    row["contexts"] = tuple(row["contexts"] or ())
    return Telling(
        **row,
        place=Site(*place) if place[0] else None,
        actors=tuple(_party(cells) for cells in parties if cells[0] == "actor"),
        recipients=tuple(_party(cells) for cells in parties if cells[0] == "recipient"),
        claims=tuple(Stand(*cells) for cells in claims),
        topics=stems(" ".join(text for text, _, _ in topics)),
        context=words.context,
        evidence=words.evidence,
        tolls=words.tolls,
    )
