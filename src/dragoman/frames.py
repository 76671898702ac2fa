"""Coded reports as tables: Arrow always, pandas and polars where the extra ``frames`` is installed."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dragoman.errors import SettingsError
from dragoman.records import CodedReport
from dragoman.store.query import EventFilter, connect_tables, select_events
from dragoman.store.rows import arrow_tables

if TYPE_CHECKING:
    import pandas
    import polars

_ACTORS = """
SELECT x.report_id, x.event_id, e.type, e.mode, e.date_value, e.date_start, e.date_end, e.realis, x.role, x.position,
    x.text, x.name, x.country, x.sector, x.other_sectors, x.entity, x.span_start, x.span_end
FROM event_actors AS x JOIN events AS e USING (report_id, event_id)
ORDER BY x.report_id, e.position, x.role, x.position
"""


def _listed(coded: CodedReport | Iterable[CodedReport]) -> list[CodedReport]:
    return [coded] if isinstance(coded, CodedReport) else list(coded)


def events_table(coded: CodedReport | Iterable[CodedReport], wanted: EventFilter | None = None) -> pa.Table:
    """One row an event, newest first, in the columns of `dragoman.store.Store.events`."""
    with connect_tables(dict(arrow_tables(_listed(coded)))) as connection:
        return select_events(connection, wanted or EventFilter())


def actors_table(coded: CodedReport | Iterable[CodedReport]) -> pa.Table:
    """One row an actor or recipient of an event, with type, date and realis of the event."""
    with connect_tables(dict(arrow_tables(_listed(coded)))) as connection:
        return connection.sql(_ACTORS).to_arrow_table()


def _library(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise SettingsError(f"{name} is not installed; install it with: pip install 'dragoman[frames]'") from error


def to_pandas(coded: CodedReport | Iterable[CodedReport], rows: str = "events") -> pandas.DataFrame:
    """`events_table`, or with ``rows="actors"`` `actors_table`, as a pandas frame (extra ``frames``)."""
    _library("pandas")
    return _table(coded, rows).to_pandas()


def to_polars(coded: CodedReport | Iterable[CodedReport], rows: str = "events") -> polars.DataFrame:
    """`events_table`, or with ``rows="actors"`` `actors_table`, as a polars frame (extra ``frames``)."""
    return _library("polars").from_arrow(_table(coded, rows))


def _table(coded: CodedReport | Iterable[CodedReport], rows: str) -> pa.Table:
    tables = {"events": events_table, "actors": actors_table}
    if rows not in tables:
        raise SettingsError(f"rows is {rows!r}; allowed: {', '.join(tables)}")
    return tables[rows](coded)
