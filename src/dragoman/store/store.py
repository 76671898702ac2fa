"""The store: a folder of coded reports that one process writes and any number read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from dragoman.errors import StoreError
from dragoman.records import CodedReport, Rejected, Report, coded_report_from_json
from dragoman.store import journal, parts
from dragoman.store.ledger import count_claims, select_claims
from dragoman.store.loading import Loading, LoadResult
from dragoman.store.manifest import (
    NAME,
    PARTS,
    Manifest,
    publish,
    read_manifest,
    remove_unnamed_parts,
    writer_lock,
)
from dragoman.store.query import EventFilter, connect_tables, select_events
from dragoman.store.schema import DERIVED, JOURNALS, coded_tables

__all__ = ["LoadResult", "Store"]


class Store:
    """Coded reports in a folder; get one with `Store.open`.

    Readers always see the state of one finished load, and are never held up by a writer. The files of a state are kept
    for half an hour after a load has replaced it: a connection that is to live longer must be made anew.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def open(cls, path: Path | str, *, create: bool = False) -> Store:
        """The store in a folder; with `create`, an empty one where there is none.

        Raises `StoreError` where the folder holds no store, one of another format, or cannot be made.
        """
        folder = Path(path)
        if create and not (folder / NAME).exists():
            cls._create(folder)
        read_manifest(folder)
        return cls(folder)

    @staticmethod
    def _create(folder: Path) -> None:
        try:
            if folder.exists() and any(entry.name not in {PARTS, "lock"} for entry in folder.iterdir()):
                raise StoreError(f"{folder} is not empty and holds no store; give a new or empty folder")
            (folder / PARTS).mkdir(parents=True, exist_ok=True)
            with writer_lock(folder):
                if not (folder / NAME).exists():
                    publish(folder, Manifest())
        except OSError as error:
            raise StoreError(f"cannot make a store in {folder}: {error}") from error

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is held open."""

    def load(
        self,
        coded: Iterable[CodedReport],
        reports: Iterable[Report] | None = None,
        rejected: Iterable[Rejected] = (),
    ) -> LoadResult:
        """Take in coded reports, with the reports themselves where their text is to be shown.

        A report that is there already, unchanged, is left alone; a changed one replaces the old. Nothing is visible to
        readers before all is written. A record whose words do not stand in its text is set aside in the table
        `rejected`, like what `rejected` gives. Raises `StoreError` where another process is writing or the disk fails.
        """
        texts = {report.id: report for report in reports or ()}
        with writer_lock(self.folder):
            manifest = read_manifest(self.folder)
            remove_unnamed_parts(self.folder, manifest)
            loading = Loading(self.folder, manifest, texts)
            for item in coded:
                loading.add(item)
            updated, result = loading.finish(rejected)
            if updated is not manifest:
                publish(self.folder, updated)
                remove_unnamed_parts(self.folder, updated)
        return result

    def tables(self) -> dict[str, Any]:
        """Every table by name, as Arrow datasets over the current files (empty Arrow tables in an empty store)."""
        return self.tables_of(read_manifest(self.folder))

    def tables_of(self, manifest: Manifest) -> dict[str, Any]:
        """Every table by name, in the state of a manifest."""
        coded = {name: parts.source(self.folder, manifest.names(), name) for name in coded_tables()}
        said = {name: journal.read_journal(self.folder, name) for name in JOURNALS}
        derived = {name: parts.generation_source(self.folder, manifest.derived, name) for name in DERIVED}
        return {**coded, **said, **derived}

    def replace_derived(self, manifest: Manifest, tables: Mapping[str, pa.Table]) -> None:
        """Make these derived tables current, all at once; only for the holder of the lock who has read `manifest`."""
        name = f"d{manifest.version + 1:08d}"
        parts.write_generation(self.folder, name, tables)
        updated = manifest.derived_as(name)
        publish(self.folder, updated)
        remove_unnamed_parts(self.folder, updated)

    def connect(self) -> duckdb.DuckDBPyConnection:
        """A DuckDB connection on the current state, able to read these tables and nothing else on the machine."""
        return self.connect_to(read_manifest(self.folder))

    def connect_to(self, manifest: Manifest) -> duckdb.DuckDBPyConnection:
        """As `connect`, on the state of a manifest."""
        return connect_tables(self.tables_of(manifest))

    def events(self, wanted: EventFilter | None = None) -> pa.Table:
        """The events that a filter allows, newest first, with their parties and words in lists."""
        with self.connect() as connection:
            return select_events(connection, wanted or EventFilter())

    def claims(self, wanted: EventFilter | None = None) -> pa.Table:
        """The claims on the events that a filter allows, newest first; its `holder` is that of the claim."""
        with self.connect() as connection:
            return select_claims(connection, wanted or EventFilter())

    def claim_counts(self, holder: str) -> pa.Table:
        """How many claims of a holder others confirmed or denied; see `dragoman.store.ledger.count_claims`."""
        with self.connect() as connection:
            return count_claims(connection, holder)

    def _report_rows(self, columns: list[str], report_ids: Iterable[str] | None) -> Iterator[dict[str, Any]]:
        segments = read_manifest(self.folder).names()
        if not segments:
            return
        chosen = None if report_ids is None else pc.field("report_id").isin(list(report_ids))
        data = parts.dataset(self.folder, segments, "reports")
        for batch in data.to_batches(columns=columns, filter=chosen, batch_size=500):
            yield from batch.to_pylist()

    def coded(self, report_ids: Iterable[str] | None = None) -> Iterator[CodedReport]:
        """The coded reports as they were loaded, all or those of some ids; one batch in memory at a time."""
        for row in self._report_rows(["record"], report_ids):
            yield coded_report_from_json(row["record"])

    def report(self, report_id: str) -> Report | None:
        """The report with its text, None where the store has no such report or not its text."""
        columns = ["report_id", "title", "published", "publisher", "url", "language", "text"]
        for row in self._report_rows(columns, [report_id]):
            if row["text"] is not None:
                return Report(id=row.pop("report_id"), **row)
        return None

    def counts(self) -> dict[str, int]:
        """Rows a table."""
        return {
            name: table.num_rows if isinstance(table, pa.Table) else table.count_rows()
            for name, table in self.tables().items()
        }
