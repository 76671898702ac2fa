"""Parquet with the schema in it: every column carries its meaning, the file what it is and what made it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from dragoman.formats.flat import FIELDS, flat
from dragoman.formats.items import Item, chunks, items_of
from dragoman.records import CodedReport, Report

_ROWS_A_GROUP = 20_000


def schema() -> pa.Schema:
    """The Arrow schema, with a `description` a column."""
    from dragoman import __version__

    about = {
        "title": "Events coded by Dragoman",
        "ontology": "PLOVER 2.0",
        "software": f"dragoman {__version__}",
        "description": "One row an event, or a story where events are linked; null where the reports do not say.",
    }
    fields = [pa.field(name, kind, metadata={"description": text}) for name, kind, text in FIELDS]
    return pa.schema(fields, metadata=about)


def write(items: Iterable[Item], stream: BinaryIO, left_out: Counter[str]) -> None:
    """Write events or stories as one Parquet file."""
    kind = schema()
    with pq.ParquetWriter(stream, kind, compression="zstd") as writer:
        for part in chunks(items, _ROWS_A_GROUP):
            writer.write_table(pa.Table.from_pylist([flat(item) for item in part], schema=kind))


class EventWriter:
    """Coded reports as they come, in the file that `write` makes of their events."""

    def __init__(self, stream: BinaryIO) -> None:
        self._schema = schema()
        self._writer = pq.ParquetWriter(stream, self._schema, compression="zstd")
        self._rows: list[dict[str, Any]] = []

    def take(self, coded: CodedReport, report: Report) -> None:
        """Add the events of a report; its text is not needed."""
        self._rows += map(flat, items_of(coded))
        while len(self._rows) >= _ROWS_A_GROUP:
            self._write(self._rows[:_ROWS_A_GROUP])
            self._rows = self._rows[_ROWS_A_GROUP:]

    def finish(self) -> None:
        """Write what is held back, and the end of the file."""
        if self._rows:
            self._write(self._rows)
        self._writer.close()

    def _write(self, rows: list[dict[str, Any]]) -> None:
        self._writer.write_table(pa.Table.from_pylist(rows, schema=self._schema))
