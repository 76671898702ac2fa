"""The columns of a store, read from ``schema.sql``, which is their only definition."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import duckdb
import msgspec
import pyarrow as pa

from dragoman.tables import package_file

# Tables that coding fills, one part a segment, are all but these two kinds.
JOURNALS = ("rulings", "reviews")
DERIVED = (
    "origins",
    "stories",
    "story_events",
    "story_actors",
    "story_history",
    "story_versions",
    "story_joins",
    "story_redirects",
    "link_state",
    "linked_reports",
)


class Column(msgspec.Struct, frozen=True):
    """One column: its SQL type and what it holds."""

    name: str
    type: str
    nullable: bool
    comment: str


class TableSchema(msgspec.Struct, frozen=True):
    """One table, its columns in order, and its Arrow schema (a `pyarrow.Schema`)."""

    name: str
    comment: str
    columns: tuple[Column, ...]
    arrow: Any


def _read_table(connection: duckdb.DuckDBPyConnection, name: str, comment: str | None) -> TableSchema:
    rows = connection.execute(
        "SELECT column_name, data_type, is_nullable, comment FROM duckdb_columns() WHERE table_name = ? "
        "ORDER BY column_index",
        [name],
    ).fetchall()
    columns = tuple(Column(column, kind, nullable, text or "") for column, kind, nullable, text in rows)
    arrow = connection.table(name).to_arrow_table().schema
    # NOT NULL is checked on the way in; Arrow's own flag would refuse older parts that lack a new column
    return TableSchema(name, comment or "", columns, pa.schema([pa.field(f.name, _plain(f.type)) for f in arrow]))


def _plain(kind: pa.DataType) -> pa.DataType:
    """The Arrow type with the item name that Parquet readers give back, so that schemas compare equal."""
    return pa.list_(pa.field("element", kind.value_type)) if pa.types.is_list(kind) else kind


@lru_cache(maxsize=1)
def table_schemas() -> Mapping[str, TableSchema]:
    """All tables by name, in the order of ``schema.sql``."""
    with duckdb.connect() as connection:
        connection.execute(package_file("store", "schema.sql").read_text(encoding="utf-8"))
        names = connection.execute("SELECT table_name, comment FROM duckdb_tables() ORDER BY table_oid").fetchall()
        return {name: _read_table(connection, name, comment) for name, comment in names}


@lru_cache(maxsize=1)
def coded_tables() -> Mapping[str, TableSchema]:
    """The tables that coding fills."""
    return {name: table for name, table in table_schemas().items() if name not in {*JOURNALS, *DERIVED}}
