"""Asking for events: a filter of plain values, turned into SQL whose every value is a bound parameter."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import duckdb
import msgspec
import pyarrow as pa

from dragoman.errors import SettingsError
from dragoman.isodates import date_range
from dragoman.records import Realis


class EventFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which events to give; every field left out allows all, several values of one field are alternatives.

    `actor`: part of the name or words of an actor or recipient, any case. `countries`: countries of an actor or
    recipient. `dyad`: country of an actor, country of a recipient (or two actors of an event without recipients);
    `both_ways` takes either order. `since`, `until`: ISO day, month or year; events whose date overlaps the stretch, so
    undated events are left out. `place`: part of its name, or its country. `holder`: part of the holder's words or
    name, its country, or AUTHOR. `event_ids`, `report_ids`: these alone; `event_prefix`: how the id begins. `coder`:
    records imported from this coder (GDELT, ICEWS, POLECAT, ACLED, UCDP) instead of Dragoman's own; ``all`` takes both.
    """

    actor: str | None = None
    countries: tuple[str, ...] = ()
    dyad: tuple[str, str] | None = None
    both_ways: bool = False
    types: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None
    place: str | None = None
    realis: tuple[str, ...] = ()
    holder: str | None = None
    event_ids: tuple[str, ...] = ()
    report_ids: tuple[str, ...] = ()
    event_prefix: str | None = None
    limit: int | None = None
    coder: str | None = None


EVERY_CODER = "all"
_SELECT = """
WITH chosen AS (
    SELECT e.*, r.title, r.published, r.published_start, r.publisher, r.url
    FROM events AS e JOIN reports AS r ON r.report_id = e.report_id
    WHERE {conditions}
    ORDER BY coalesce(e.date_start, r.published_start) DESC NULLS LAST, e.report_id, e.position
    LIMIT ?
), parties AS (
    SELECT report_id, event_id,
        list(name ORDER BY position) FILTER (role = 'actor') AS actors,
        list(country ORDER BY position) FILTER (role = 'actor') AS actor_countries,
        list(name ORDER BY position) FILTER (role = 'recipient') AS recipients,
        list(country ORDER BY position) FILTER (role = 'recipient') AS recipient_countries
    FROM event_actors SEMI JOIN chosen USING (report_id, event_id) GROUP BY report_id, event_id
), words AS (
    SELECT report_id, event_id, list(text ORDER BY position) AS evidence
    FROM evidence SEMI JOIN chosen USING (report_id, event_id) GROUP BY report_id, event_id
)
SELECT c.event_id, c.report_id, c.date_value, c.date_start, c.date_end, c.date_basis, c.type, c.mode, c.contexts,
    c.quad, c.score, coalesce(p.actors, []) AS actors, coalesce(p.actor_countries, []) AS actor_countries,
    coalesce(p.recipients, []) AS recipients, coalesce(p.recipient_countries, []) AS recipient_countries,
    c.place_name, c.place_country, c.realis, c.certainty, c.holder, c.holder_name, c.holder_country, c.salient,
    c.confidence, coalesce(w.evidence, []) AS evidence, c.title, c.published, c.publisher, c.url, c.coder
FROM chosen AS c
LEFT JOIN parties AS p USING (report_id, event_id) LEFT JOIN words AS w USING (report_id, event_id)
ORDER BY coalesce(c.date_start, c.published_start) DESC NULLS LAST, c.report_id, c.position
"""
_PARTY = "FROM event_actors AS x WHERE x.report_id = e.report_id AND x.event_id = e.event_id"
_HAS_PARTY = f"EXISTS (SELECT 1 {_PARTY} AND x.country = ? AND x.role = ?)"
_NO_RECIPIENT = f"NOT EXISTS (SELECT 1 {_PARTY} AND x.role = 'recipient')"


def contains(*columns: str) -> str:
    """SQL that asks for one bound value in any of the columns, whatever case and accents."""
    return "(" + " OR ".join(f"contains(strip_accents(lower({c})), strip_accents(lower(?)))" for c in columns) + ")"


def bound_day(value: str, option: str, last: bool) -> date:
    """The first (or last) day of an ISO day, month or year; raises `SettingsError` naming the option."""
    found = date_range(value)
    if found is None:
        raise SettingsError(f"{option} is {value!r}; it takes a day, month or year: 2025-03-04, 2025-03 or 2025")
    return found[1] if last else found[0]


class Conditions:
    """Pieces of SQL and the values bound to them, in step."""

    def __init__(self) -> None:
        self.sql: list[str] = ["true"]
        self.values: list[Any] = []

    def add(self, sql: str, *values: Any) -> None:
        self.sql.append(sql)
        self.values += values

    def one_of(self, column: str, values: tuple[str, ...]) -> None:
        if values:
            self.add(f"list_contains(?, {column})", list(values))


def _dyad(conditions: Conditions, wanted: EventFilter) -> None:
    if wanted.dyad is None:
        return
    first, second = (code.upper() for code in wanted.dyad)
    ordered = f"({_HAS_PARTY} AND {_HAS_PARTY})"
    together = f"({_NO_RECIPIENT} AND {_HAS_PARTY} AND {_HAS_PARTY})"
    sql, values = [ordered, together], [first, "actor", second, "recipient", first, "actor", second, "actor"]
    if wanted.both_ways:
        sql.append(ordered)
        values += [second, "actor", first, "recipient"]
    conditions.add("(" + " OR ".join(sql) + ")", *values)


def event_conditions(wanted: EventFilter) -> Conditions:
    """The conditions of a filter on ``events AS e``; raises `SettingsError` for a value not allowed."""
    found = Conditions()
    found.one_of("e.type", tuple(value.upper() for value in wanted.types))
    found.one_of("e.mode", tuple(value.lower() for value in wanted.modes))
    found.one_of("e.realis", _realis(wanted.realis))
    found.one_of("e.event_id", wanted.event_ids)
    found.one_of("e.report_id", wanted.report_ids)
    if wanted.coder is None:
        found.add("e.coder IS NULL")
    elif wanted.coder.lower() != EVERY_CODER:
        found.add("e.coder = ?", wanted.coder.upper())
    if wanted.event_prefix:
        found.add("starts_with(e.event_id, ?)", wanted.event_prefix)
    if wanted.actor:
        found.add(f"EXISTS (SELECT 1 {_PARTY} AND {contains('x.name', 'x.text')})", wanted.actor, wanted.actor)
    if wanted.countries:
        countries = [value.upper() for value in wanted.countries]
        found.add(f"EXISTS (SELECT 1 {_PARTY} AND list_contains(?, x.country))", countries)
    _dyad(found, wanted)
    if wanted.since:
        found.add("e.date_end >= ?", bound_day(wanted.since, "since", last=False))
    if wanted.until:
        found.add("e.date_start <= ?", bound_day(wanted.until, "until", last=True))
    if wanted.place:
        words = contains("e.place_name", "e.place_text")
        found.add(f"({words} OR e.place_country = ?)", wanted.place, wanted.place, wanted.place.upper())
    if wanted.holder:
        words = contains("e.holder", "e.holder_name")
        found.add(f"({words} OR e.holder_country = ?)", wanted.holder, wanted.holder, wanted.holder.upper())
    return found


def _realis(values: tuple[str, ...]) -> tuple[str, ...]:
    upper = tuple(value.upper() for value in values)
    for value in upper:
        if value not in set(Realis):
            raise SettingsError(f"realis is {value!r}; allowed: {', '.join(Realis)}")
    return upper


def select_events(connection: duckdb.DuckDBPyConnection, wanted: EventFilter) -> pa.Table:
    """The events that `wanted` allows, newest first, one row each; raises `SettingsError` for a value not allowed."""
    if wanted.limit is not None and wanted.limit < 0:
        raise SettingsError(f"limit is {wanted.limit}; it takes a number from 0")
    found = event_conditions(wanted)
    limit = wanted.limit if wanted.limit is not None else 2**62
    query = _SELECT.format(conditions=" AND ".join(found.sql))
    return connection.sql(query, params=[*found.values, limit]).to_arrow_table()


def connect_tables(tables: dict[str, Any], settings: Mapping[str, str] | None = None) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB connection that sees these Arrow tables or datasets and nothing else.

    `settings` are settings of DuckDB of our own (never a user's words), made before they are locked.

    It cannot read or write files, load extensions or change its settings. (Views over the Parquet files themselves
    would need their folder allowed, and that permission covers ``COPY … TO`` into it: measured with DuckDB 2.0.)
    """
    connection = duckdb.connect(":memory:")
    connection.execute("SET enable_progress_bar = false")
    for name, value in (settings or {}).items():
        connection.execute(f"SET {name} = '{value}'")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET python_enable_replacements = false")
    for name, table in tables.items():
        connection.register(name, table)
    connection.execute("SET lock_configuration = true")
    return connection
