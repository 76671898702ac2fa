"""The tables of a release, as Parquet and as CSV, in an order that depends on their content alone."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from dragoman.formats.cells import safe_text
from dragoman.store.schema import DERIVED, JOURNALS, Column, table_schemas
from dragoman.store.store import Store

if TYPE_CHECKING:
    from dragoman.release import ReleaseOptions

# Not data for others: what people said in review, what was set aside, and the working state of linking.
_KEPT_BACK = frozenset({*JOURNALS, "rejected", "link_state", "linked_reports"})
# The record repeats the tables; the coder is always Dragoman here.
_DROPPED = frozenset({"record", "coder", "mention_of"})
_AT_ONCE = 20_000


class ReleasedTable(msgspec.Struct, frozen=True):
    """A table of a release: its columns, and how many rows were written."""

    name: str
    comment: str
    columns: tuple[Column, ...]
    rows: int


def _columns(table: str, options: ReleaseOptions) -> tuple[Column, ...]:
    dropped = _DROPPED if options.with_text else _DROPPED | {"text"} if table == "reports" else _DROPPED
    return tuple(column for column in table_schemas()[table].columns if column.name not in dropped)


def _own(table: str) -> str:
    """Which rows are Dragoman's own: the records of other coders have their own terms and releases."""
    if table in ("reports", "events"):
        return "coder IS NULL"
    if "report_id" in {column.name for column in table_schemas()[table].columns}:
        return "report_id IN (SELECT report_id FROM reports WHERE coder IS NULL)"
    return "true"


def _connection(store: Store, scratch: Path) -> duckdb.DuckDBPyConnection:
    """A connection that may sort on disk, unlike `Store.connect`; it runs no query but ours."""
    connection = duckdb.connect(":memory:", config={"temp_directory": str(scratch)})
    connection.execute("SET python_enable_replacements = false")
    for name, table in store.tables().items():
        connection.register(name, table)
    return connection


def _batches(connection: duckdb.DuckDBPyConnection, table: str, columns: tuple[Column, ...]) -> Iterator[pa.Table]:
    held = [column.name for column in columns]
    names = ", ".join(f'"{name}"' for name in held)
    first = [name for name in ("report_id", "event_id", "story_id", "role", "position") if name in held]
    order = ", ".join([*(f'"{name}"' for name in first), names])
    sql = f"SELECT {names} FROM {table} WHERE {_own(table)} ORDER BY {order}"
    for batch in connection.sql(sql).to_arrow_reader(_AT_ONCE):
        yield pa.Table.from_batches([batch])


def schema_of(table: str, columns: tuple[Column, ...]) -> pa.Schema:
    """The Arrow schema of a released table, with the meaning of table and columns in it."""
    known = table_schemas()[table]
    fields = [
        pa.field(column.name, known.arrow.field(column.name).type, metadata={"description": column.comment})
        for column in columns
    ]
    return pa.schema(fields, metadata={"title": table, "description": known.comment})


_json = msgspec.json.Encoder()


def csv_value(value: Any) -> Any:
    """A cell: lists as JSON, text that a spreadsheet cannot take for a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return _json.encode(value).decode()
    return safe_text(value) if isinstance(value, str) else value


def _write_table(
    connection: duckdb.DuckDBPyConnection, folder: Path, table: str, columns: tuple[Column, ...]
) -> ReleasedTable:
    schema, rows = schema_of(table, columns), 0
    names = [column.name for column in columns]
    with (
        pq.ParquetWriter(folder / f"{table}.parquet", schema, compression="zstd") as parquet,
        (folder / f"{table}.csv").open("w", encoding="utf-8", errors="replace", newline="") as text,
    ):
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(names)
        for batch in _batches(connection, table, columns):
            parquet.write_table(batch.cast(schema))
            writer.writerows([csv_value(row[name]) for name in names] for row in batch.to_pylist())
            rows += batch.num_rows
    return ReleasedTable(table, table_schemas()[table].comment, columns, rows)


def write_tables(store: Store, folder: Path, options: ReleaseOptions) -> list[ReleasedTable]:
    """Write all tables to ``data/``; those of linking only where the store is linked."""
    data, scratch = folder / "data", folder / "scratch"
    data.mkdir()
    scratch.mkdir()
    written: list[ReleasedTable] = []
    with _connection(store, scratch) as connection:
        linked = bool(connection.sql("SELECT count(*) FROM stories").fetchall()[0][0])
        for table in table_schemas():
            if table in _KEPT_BACK or (table in DERIVED and not linked):
                continue
            written.append(_write_table(connection, data, table, _columns(table, options)))
    for left in scratch.iterdir():
        left.unlink()
    scratch.rmdir()
    return written


def counted(store: Store, sql: str) -> list[dict[str, Any]]:
    """Rows of a query on the store's own records."""
    with store.connect() as connection:
        found: list[dict[str, Any]] = connection.sql(sql).to_arrow_table().to_pylist()
    return found


def markdown(rows: list[dict[str, Any]]) -> str:
    """Rows as a Markdown table."""
    if not rows:
        return "(none)\n"
    text = io.StringIO()
    names = list(rows[0])
    text.write(f"| {' | '.join(names)} |\n| {' | '.join('---' for _ in names)} |\n")
    for row in rows:
        cells = ("" if value is None else str(value).replace("|", "\\|").replace("\n", " ") for value in row.values())
        text.write(f"| {' | '.join(cells)} |\n")
    return text.getvalue()
