"""Writing and reading the Parquet files of a store."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dragoman.errors import StoreError
from dragoman.store.manifest import PARTS, Segment, part_path, sync_folder
from dragoman.store.schema import DERIVED, coded_tables, table_schemas

if TYPE_CHECKING:
    import pyarrow.dataset as ds

_ROWS_A_GROUP = 50_000


def dataset(folder: Path, segments: Sequence[str], table: str) -> ds.Dataset:
    """One table over some segments (at least one); columns that an older part lacks read as null."""
    # here, for it takes pandas along where that is installed: a second for those who read no part
    import pyarrow.dataset as ds

    paths = [str(part_path(folder, segment, table)) for segment in segments]
    return ds.dataset(paths, schema=table_schemas()[table].arrow, format="parquet")


def source(folder: Path, segments: Sequence[str], table: str) -> ds.Dataset | pa.Table:
    """One table as something that DuckDB can read: a dataset, or an empty table where there are no segments."""
    return dataset(folder, segments, table) if segments else table_schemas()[table].arrow.empty_table()


def write_part(path: Path, batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> int:
    """Write one file under a temporary name, put it on disk and give it its name; returns the number of rows."""
    waiting, rows = path.with_suffix(".tmp"), 0
    with pq.ParquetWriter(waiting, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_table(pa.Table.from_batches([batch], schema), row_group_size=_ROWS_A_GROUP)
            rows += batch.num_rows
    with waiting.open("rb") as file:
        os.fsync(file.fileno())
    os.replace(waiting, path)
    return rows


def write_segment(folder: Path, name: str, tables: Mapping[str, pa.Table]) -> Segment:
    """Write the files of a new segment; not visible to anyone until a manifest names it."""
    try:
        for table, rows in tables.items():
            write_part(part_path(folder, name, table), rows.to_batches(), table_schemas()[table].arrow)
        sync_folder(folder / PARTS)
    except OSError as error:
        raise StoreError(f"cannot write to {folder}: {error}") from error
    return Segment(name=name, reports=tables["reports"].num_rows)


def _kept_batches(data: ds.Dataset, table: str, dropped: Collection[str]) -> Iterator[pa.RecordBatch]:
    if table == "rejected" or not dropped:
        yield from data.to_batches()
        return
    yield from data.to_batches(filter=~pc.field("report_id").isin(sorted(dropped)))


def copy_segments(folder: Path, old: Sequence[str], name: str, dropped: Collection[str]) -> Segment | None:
    """Write the rows of some segments, less the reports `dropped`, as one new segment; None if no row is left."""
    counts: dict[str, int] = {}
    for table, schema in coded_tables().items():
        batches = _kept_batches(dataset(folder, old, table), table, dropped)
        counts[table] = write_part(part_path(folder, name, table), batches, schema.arrow)
    sync_folder(folder / PARTS)
    return Segment(name=name, reports=counts["reports"]) if any(counts.values()) else None


def write_generation(folder: Path, name: str, tables: Mapping[str, pa.Table]) -> None:
    """Write the derived tables as one generation; not visible to anyone until a manifest names it."""
    try:
        for table in DERIVED:
            write_part(part_path(folder, name, table), tables[table].to_batches(), table_schemas()[table].arrow)
        sync_folder(folder / PARTS)
    except OSError as error:
        raise StoreError(f"cannot write to {folder}: {error}") from error


def generation_source(folder: Path, name: str | None, table: str) -> ds.Dataset | pa.Table:
    """One derived table; empty where the store is not linked, or was linked before there was such a table."""
    there = name is not None and part_path(folder, name, table).exists()
    return source(folder, [name] if there and name else [], table)
