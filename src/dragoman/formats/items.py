"""What is exported: events with their reports, or stories, out of a store or a file of coded reports, one at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import duckdb
import msgspec

from dragoman.errors import SettingsError, StoreError
from dragoman.isodates import date_range
from dragoman.records import (
    Actor,
    Attribution,
    CodedReport,
    Event,
    EventDate,
    Place,
    Realis,
    TextSpan,
    coded_report_from_json,
)
from dragoman.store.query import EVERY_CODER, EventFilter, connect_tables, event_conditions
from dragoman.store.rows import arrow_tables
from dragoman.store.store import Store

UNITS = ("event", "story")
# Events that carry the id of their story: what mentions of stories are made of.
STORY_MENTIONS = "story-mentions"
_AT_ONCE = 1000
# Up to so many reports are asked for by id; beyond, all are read and the others passed over.
_FEW = 20_000

T = TypeVar("T")
Source: TypeAlias = Store | Path | duckdb.DuckDBPyConnection


class StoryFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a linked store knows of a story beyond what an event has. The counts are of events, reports and origins."""

    story_id: str
    status: str | None = None
    event_count: int = 1
    report_count: int = 1
    origin_count: int = 1
    first_published: date | None = None
    last_published: date | None = None
    contested: tuple[str, ...] = ()


class Item(msgspec.Struct, frozen=True):
    """One thing to write: an event with its report (without the report's other events), or a story.

    A story is an event whose fields are the story's; its report is the first that told of it, its words are that
    report's.
    """

    event: Event
    report: CodedReport
    story: StoryFacts | None = None

    @property
    def key(self) -> str:
        """What names it in other people's files: the story's id, else report and event."""
        return self.story.story_id if self.story else f"{self.report.id}/{self.event.id}"

    @property
    def days(self) -> tuple[date, date] | None:
        """First and last day of the event; None where its date is not known or runs backwards."""
        found = date_range(self.event.date.value) if self.event.date else None
        return found if found and found[0] <= found[1] else None

    @property
    def day(self) -> date | None:
        """The day of the event, None where it is not known to one day."""
        days = self.days
        return days[0] if days and days[0] == days[1] else None

    @property
    def published(self) -> date | None:
        """The day of publication, None where it is not known to one day."""
        days = date_range(self.report.published)
        return days[0] if days and days[0] == days[1] else None


def _alone(coded: CodedReport) -> CodedReport:
    return msgspec.structs.replace(coded, events=(), assessments=(), detections=())


def items_of(coded: CodedReport, event_ids: Iterable[str] | None = None) -> Iterator[Item]:
    """The events of a report as items, all or those of some ids."""
    chosen = None if event_ids is None else set(event_ids)
    report = _alone(coded)
    for event in coded.events:
        if chosen is None or event.id in chosen:
            yield Item(event, report)


_CHOSEN = """
SELECT e.report_id, e.event_id FROM events AS e JOIN reports AS r ON r.report_id = e.report_id
WHERE {conditions}
ORDER BY coalesce(e.date_start, r.published_start) DESC NULLS LAST, e.report_id, e.position LIMIT ?
"""


def _chosen(connection: duckdb.DuckDBPyConnection, wanted: EventFilter) -> dict[str, set[str]]:
    """Ids of the events that a filter allows, by report."""
    found = event_conditions(wanted)
    limit = wanted.limit if wanted.limit is not None else 2**62
    sql = _CHOSEN.format(conditions=" AND ".join(found.sql))
    ids: dict[str, set[str]] = {}
    reader = connection.sql(sql, params=[*found.values, limit]).to_arrow_reader(50_000)
    for batch in reader:
        for report_id, event_id in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            ids.setdefault(report_id, set()).add(event_id)
    return ids


def _coder_only(wanted: EventFilter) -> bool:
    return msgspec.structs.replace(wanted, coder=None) == EventFilter()


def _of_coder(coded: CodedReport, coder: str | None) -> bool:
    if coder is None:
        return coded.imported is None
    return coder.lower() == EVERY_CODER or (coded.imported is not None and coded.imported.coder == coder.upper())


def _store_items(store: Store, wanted: EventFilter) -> Iterator[Item]:
    """In the order in which the store holds the reports; one batch of them in memory at a time."""
    if _coder_only(wanted):
        for coded in store.coded():
            if coded.events and _of_coder(coded, wanted.coder):
                yield from items_of(coded)
        return
    with store.connect() as connection:
        ids = _chosen(connection, wanted)
    if not ids:
        return
    for coded in store.coded(sorted(ids) if len(ids) <= _FEW else None):
        if coded.id in ids:
            yield from items_of(coded, ids[coded.id])


def chunks(values: Iterable[T], size: int) -> Iterator[list[T]]:
    """Values in lists of at most `size`."""
    rest = iter(values)
    while part := list(islice(rest, size)):
        yield part


def _connection_items(connection: duckdb.DuckDBPyConnection, wanted: EventFilter) -> Iterator[Item]:
    ids = _chosen(connection, wanted)
    for keys in chunks(sorted(ids), _AT_ONCE):
        sql = "SELECT record FROM reports WHERE list_contains(?, report_id) ORDER BY report_id"
        for (record,) in connection.execute(sql, [keys]).fetchall():
            coded = coded_report_from_json(record)
            yield from items_of(coded, ids[coded.id])


def coded_lines(path: Path) -> Iterator[CodedReport]:
    """The coded reports of a JSONL file, one at a time; raises `StoreError` naming file and line of a wrong one."""
    number = 0
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):  # noqa: B007  the error names the line
                if line.strip():
                    yield coded_report_from_json(line)
    except msgspec.DecodeError as error:
        raise StoreError(f"{path}:{number}: not a coded report ({error})") from None
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error}") from error


def _file_items(path: Path, wanted: EventFilter) -> Iterator[Item]:
    if _coder_only(wanted):
        for coded in coded_lines(path):
            if _of_coder(coded, wanted.coder):
                yield from items_of(coded)
        return
    newest = _newest(path, wanted) if wanted.limit is not None else None
    every = msgspec.structs.replace(wanted, limit=None)
    for batch in chunks(coded_lines(path), _AT_ONCE):
        with connect_tables(dict(arrow_tables(batch))) as connection:
            ids = _chosen(connection, every)
        for coded in batch:
            chosen = ids.get(coded.id, set())
            if newest is not None:
                chosen = {event_id for event_id in chosen if (coded.id, event_id) in newest}
            yield from items_of(coded, chosen)


def _newest(path: Path, wanted: EventFilter) -> set[tuple[str, str]]:
    """Report and event ids of the newest that a filter allows, found in a reading of the file of its own."""
    import heapq

    limit = wanted.limit or 0
    unlimited = msgspec.structs.replace(wanted, limit=None)
    best: list[tuple[int, str, str]] = []
    for item in _file_items(path, unlimited):
        start = (item.days or date_range(item.report.published) or (date.min,))[0]
        entry = (start.toordinal(), item.report.id, item.event.id)
        if len(best) < limit:
            heapq.heappush(best, entry)
        elif best:
            heapq.heappushpop(best, entry)
    return {(report_id, event_id) for _, report_id, event_id in best}


_STORIES = """
WITH chosen AS (
    SELECT DISTINCT m.story_id FROM story_events AS m JOIN events AS e USING (report_id, event_id)
    JOIN reports AS r ON r.report_id = e.report_id WHERE {conditions}
), wanted AS (
    SELECT s.* FROM stories AS s SEMI JOIN chosen USING (story_id)
    ORDER BY coalesce(s.date_start, s.first_published) DESC NULLS LAST, s.story_id LIMIT ?
), parties AS (
    SELECT story_id,
        list(struct_pack(role, name, country, sector, other_sectors, entity) ORDER BY role, position) AS members
    FROM story_actors SEMI JOIN wanted USING (story_id) GROUP BY story_id
), firsts AS (
    SELECT m.story_id, arg_min(struct_pack(report_id := m.report_id, event_id := m.event_id),
        struct_pack(day := coalesce(r.published_start, DATE '9999-12-31'), a := m.report_id, b := m.event_id)) AS told
    FROM story_events AS m SEMI JOIN wanted USING (story_id) JOIN reports AS r ON r.report_id = m.report_id
    GROUP BY m.story_id
), words AS (
    SELECT f.story_id, list(struct_pack(v.text, v.span_start, v.span_end) ORDER BY v.position) AS pieces
    FROM firsts AS f JOIN evidence AS v ON v.report_id = f.told.report_id AND v.event_id = f.told.event_id
    GROUP BY f.story_id
)
SELECT w.*, coalesce(p.members, []) AS members, coalesce(x.pieces, []) AS pieces,
    r.report_id, r.title, r.published, r.publisher, r.url
FROM wanted AS w JOIN firsts AS f USING (story_id) JOIN reports AS r ON r.report_id = f.told.report_id
LEFT JOIN parties AS p USING (story_id) LEFT JOIN words AS x USING (story_id)
ORDER BY w.story_id
"""


def _party(member: dict[str, Any]) -> Actor:
    return Actor(
        text=member["name"],
        name=member["name"],
        country=member["country"],
        sector=member["sector"],
        other_sectors=tuple(member["other_sectors"] or ()),
        entity=member["entity"],
        start=0,
        end=0,
    )


def _story_place(row: dict[str, Any]) -> Place | None:
    if row["place_name"] is None:
        return None
    names = ("name", "country", "admin1", "lat", "lon", "geonameid", "precision")
    return Place(text=row["place_name"], start=0, end=0, **{name: row[f"place_{name}"] for name in names})


def _story_event(row: dict[str, Any]) -> Event:
    when = EventDate(value=row["date_value"], granularity=row["date_granularity"], basis=row["date_basis"])
    return Event(
        id=row["story_id"],
        type=row["type"],
        mode=row["mode"],
        contexts=tuple(row["contexts"] or ()),
        quad=row["quad"],
        score=row["score"],
        actors=tuple(_party(m) for m in row["members"] if m["role"] == "actor"),
        recipients=tuple(_party(m) for m in row["members"] if m["role"] == "recipient"),
        date=when if row["date_value"] else None,
        place=_story_place(row),
        realis=Realis(row["realis"]),
        certainty=row["certainty"],
        attribution=Attribution(),
        evidence=tuple(TextSpan(text=v["text"], start=v["span_start"], end=v["span_end"]) for v in row["pieces"]),
        salient=row["salient"],
        confidence=row["confidence"],
    )


def _story_item(row: dict[str, Any]) -> Item:
    names = ("story_id", "status", "event_count", "report_count", "origin_count", "first_published", "last_published")
    facts = StoryFacts(**{name: row[name] for name in names}, contested=tuple(row["contested"] or ()))
    report = CodedReport(
        id=row["report_id"], title=row["title"], published=row["published"], publisher=row["publisher"], url=row["url"]
    )
    return Item(_story_event(row), report, facts)


def _story_items(connection: duckdb.DuckDBPyConnection, wanted: EventFilter) -> Iterator[Item]:
    _check_linked(connection)
    found = event_conditions(wanted)
    sql = _STORIES.format(conditions=" AND ".join(found.sql))
    limit = wanted.limit if wanted.limit is not None else 2**62
    for batch in connection.sql(sql, params=[*found.values, limit]).to_arrow_reader(_AT_ONCE):
        yield from map(_story_item, batch.to_pylist())


def read_items(source: Source, wanted: EventFilter, unit: str = "event") -> Iterator[Item]:
    """What a filter allows, as events or as stories (those with an event that it allows), one at a time.

    Events come in the order in which the source holds them, stories by their ids; the same source gives the same order.
    Raises `SettingsError` for a value not allowed and `StoreError` where the source cannot be read or has no stories.
    """
    if unit not in (*UNITS, STORY_MENTIONS):
        raise SettingsError(f"unit is {unit!r}; allowed: {', '.join(UNITS)}")
    if wanted.limit is not None and wanted.limit < 0:
        raise SettingsError(f"limit is {wanted.limit}; it takes a number from 0")
    if isinstance(source, Path):
        source = Store.open(source) if source.is_dir() else source
    if unit != "event":
        yield from _stories(source, wanted, unit == STORY_MENTIONS)
    elif isinstance(source, Store):
        yield from _store_items(source, wanted)
    elif isinstance(source, Path):
        yield from _file_items(source, wanted)
    else:
        yield from _connection_items(source, wanted)


def _stories(source: Source, wanted: EventFilter, mentions: bool) -> Iterator[Item]:
    if isinstance(source, Path):
        raise StoreError(f"{source} is a file of coded reports and has no stories; give a linked store")
    if not isinstance(source, Store):
        yield from _mention_items(source, source, wanted) if mentions else _story_items(source, wanted)
        return
    with source.connect() as connection:
        yield from _mention_items(source, connection, wanted) if mentions else _story_items(connection, wanted)


def _mention_items(source: Source, connection: duckdb.DuckDBPyConnection, wanted: EventFilter) -> Iterator[Item]:
    _check_linked(connection)
    sql = (
        "SELECT m.report_id, m.event_id, m.story_id, s.first_published "
        "FROM story_events AS m JOIN stories AS s USING (story_id)"
    )
    told = {(report, event): (story, first) for report, event, story, first in connection.execute(sql).fetchall()}
    for item in read_items(source, wanted):
        known = told.get((item.report.id, item.event.id))
        if known:
            yield Item(item.event, item.report, StoryFacts(story_id=known[0], first_published=known[1]))


def _check_linked(connection: duckdb.DuckDBPyConnection) -> None:
    if not connection.execute("SELECT count(*) FROM stories").fetchall()[0][0]:
        raise StoreError("the store is not linked, so it has no stories; run dragoman link, or export events")
