"""Stories as records, read from a connection of `Store.connect`: with versions, history, joins and the events behind them.

>>> with store.connect() as connection:                             # doctest: +SKIP
...     table = select_stories(connection, StoryFilter(countries=("RUS",), status=("disputed",)))
...     one = story(connection, table["story_id"][0].as_py())
"""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb
import msgspec
import pyarrow as pa

from dragoman.errors import SettingsError, StoreError
from dragoman.linking.status import STATUSES
from dragoman.records import Record
from dragoman.store.query import Conditions, bound_day, contains


class StoryEvent(Record, frozen=True, kw_only=True):
    """An event of a story: by which report, of which origin, in which words."""

    event_id: str
    report_id: str
    origin_id: str
    type: str
    mode: str | None = None
    realis: str
    date_value: str | None = None
    place_name: str | None = None
    published: str | None = None
    publisher: str | None = None
    title: str | None = None
    evidence: tuple[str, ...] = ()


class StoryParty(Record, frozen=True, kw_only=True):
    """An actor or recipient of a story."""

    role: str
    name: str
    country: str | None = None
    sector: str | None = None
    entity: str | None = None


class StatusChange(Record, frozen=True, kw_only=True):
    """A change of status, and the report that made it."""

    status: str
    rule: str
    since: date | None = None
    report_id: str


class StoryVersion(Record, frozen=True, kw_only=True):
    """One version of a contested field."""

    field: str
    value: str
    report_ids: tuple[str, ...]
    origin_ids: tuple[str, ...]
    chosen: bool


class StoryJoin(Record, frozen=True, kw_only=True):
    """Two events that were compared: joined, or the nearest that was not; value and weight by feature."""

    event_a: str
    report_a: str
    event_b: str
    report_b: str
    joined: bool
    score: float
    features: dict[str, tuple[float, float]]
    other_story: str | None = None


class Story(Record, frozen=True, kw_only=True):
    """A happening over all the reports that tell of it; `fields` are the columns of the table ``stories``."""

    story_id: str
    fields: dict[str, Any]
    parties: tuple[StoryParty, ...] = ()
    events: tuple[StoryEvent, ...] = ()
    history: tuple[StatusChange, ...] = ()
    versions: tuple[StoryVersion, ...] = ()
    joins: tuple[StoryJoin, ...] = ()


class StoryFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which stories to give; every field left out allows all, several values of one field are alternatives.

    `actor`: part of a party's name. `countries`: countries of a party. `since`, `until`: ISO day, month or year.
    `contested`: only stories with contradictions. `story_prefix`: how the id begins. `most`: the first this many, those
    with the most origins, then the newest, first.
    """

    actor: str | None = None
    countries: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None
    contested: bool = False
    least_origins: int = 1
    story_prefix: str | None = None
    most: int | None = None


_PARTY = "EXISTS (SELECT 1 FROM story_actors AS a WHERE a.story_id = s.story_id AND {condition})"
_EVENTS = """
SELECT x.event_id, x.report_id, x.origin_id, e.type, e.mode, e.realis, e.date_value, e.place_name, r.published,
    r.publisher, r.title, (
        SELECT list(v.text ORDER BY v.position) FROM evidence AS v
        WHERE v.report_id = x.report_id AND v.event_id = x.event_id
    ) AS evidence
FROM story_events AS x JOIN events AS e USING (report_id, event_id) JOIN reports AS r USING (report_id)
WHERE x.story_id = ? ORDER BY r.published_start NULLS LAST, x.report_id, e.position
"""
_JOINS = """
SELECT j.event_a, j.report_a, j.event_b, j.report_b, j.joined, j.score, j.features, o.story_id AS other_story
FROM story_joins AS j LEFT JOIN story_events AS o ON o.report_id = j.report_b AND o.event_id = j.event_b
WHERE j.story_id = ? ORDER BY j.joined DESC, j.score DESC, j.report_a, j.event_a
"""


def _rows(connection: duckdb.DuckDBPyConnection, sql: str, *values: Any) -> list[dict[str, Any]]:
    found = connection.execute(sql, list(values))
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def find_story(connection: duckdb.DuckDBPyConnection, prefix: str) -> str | None:
    """The id of the story whose id begins so, or to which such an id has moved; None where there is none.

    Raises `StoreError` where several begin so.
    """
    found = [
        row["story_id"]
        for row in _rows(connection, "SELECT story_id FROM stories WHERE starts_with(story_id, ?)", prefix)
    ]
    if not found:
        moved = "SELECT DISTINCT new_id FROM story_redirects WHERE starts_with(old_id, ?) AND reason = 'merged'"
        found = [row["new_id"] for row in _rows(connection, moved, prefix)]
    if len(found) > 1 and prefix not in found:
        raise StoreError(f"more than one story has an id that begins with {prefix!r}; give more of it")
    return prefix if prefix in found else next(iter(found), None)


def story(connection: duckdb.DuckDBPyConnection, story_id: str) -> Story:
    """A story by its id, or by an id that was merged into it; raises `StoreError` where there is none."""
    found = find_story(connection, story_id)
    if found is None:
        raise StoreError(f"there is no story {story_id!r}; stories come from linking (dragoman link)")
    [fields] = _rows(connection, "SELECT * FROM stories WHERE story_id = ?", found)
    parties = _rows(connection, "SELECT * FROM story_actors WHERE story_id = ? ORDER BY role, position", found)
    changes = _rows(connection, "SELECT * FROM story_history WHERE story_id = ? ORDER BY position", found)
    versions = _rows(connection, "SELECT * FROM story_versions WHERE story_id = ? ORDER BY field, position", found)
    joins = _rows(connection, _JOINS, found)
    for row in joins:
        row["features"] = msgspec.json.decode(row["features"])
    return Story(
        story_id=fields.pop("story_id"),
        fields=fields,
        parties=tuple(msgspec.convert(row, StoryParty) for row in parties),
        events=tuple(msgspec.convert(row, StoryEvent) for row in _rows(connection, _EVENTS, found)),
        history=tuple(msgspec.convert(row, StatusChange) for row in changes),
        versions=tuple(msgspec.convert(row, StoryVersion) for row in versions),
        joins=tuple(msgspec.convert(row, StoryJoin) for row in joins),
    )


def _conditions(wanted: StoryFilter) -> Conditions:
    found = Conditions()
    for status in wanted.status:
        if status not in STATUSES:
            raise SettingsError(f"status is {status!r}; allowed: {', '.join(STATUSES)}")
    found.one_of("s.type", tuple(value.upper() for value in wanted.types))
    found.one_of("s.status", wanted.status)
    if wanted.actor:
        found.add(_PARTY.format(condition=contains("a.name")), wanted.actor)
    if wanted.countries:
        codes = [value.upper() for value in wanted.countries]
        found.add("(list_has_any(s.actor_countries, ?) OR list_has_any(s.recipient_countries, ?))", codes, codes)
    if wanted.since:
        found.add("s.date_end >= ?", bound_day(wanted.since, "since", last=False))
    if wanted.until:
        found.add("s.date_start <= ?", bound_day(wanted.until, "until", last=True))
    if wanted.contested:
        found.add("len(s.contested) > 0")
    if wanted.story_prefix:
        found.add("starts_with(s.story_id, ?)", wanted.story_prefix)
    found.add("s.origin_count >= ?", wanted.least_origins)
    return found


def select_stories(connection: duckdb.DuckDBPyConnection, wanted: StoryFilter | None = None) -> pa.Table:
    """The stories that a filter allows, one row each; raises `SettingsError` for a value not allowed."""
    asked = wanted or StoryFilter()
    found = _conditions(asked)
    limit = asked.most if asked.most is not None else 2**62
    query = (
        f"SELECT s.* FROM stories AS s WHERE {' AND '.join(found.sql)} "
        "ORDER BY s.origin_count DESC, s.date_start DESC NULLS LAST, s.story_id LIMIT ?"
    )
    return connection.sql(query, params=[*found.values, limit]).to_arrow_table()
