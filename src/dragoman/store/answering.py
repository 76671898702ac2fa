"""The process that answers questions (`dragoman.store.ask`): one line of JSON in, one out, within limits of the kernel.

DuckDB's own limits do not hold inside one function call (``repeat('x', 900000000)`` neither counts as memory nor can it be
interrupted), so it runs in a process of its own, whose memory is bounded and which is killed when it is late.
"""

from __future__ import annotations

import resource
import sys
import threading
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pyarrow as pa

from dragoman.errors import DragomanError, SettingsError, StoreError
from dragoman.store.ask import Answer, Question, Refusal, first_line
from dragoman.store.journal import path_of
from dragoman.store.manifest import read_manifest
from dragoman.store.query import connect_tables
from dragoman.store.schema import JOURNALS
from dragoman.store.store import Store

MEMORY = 3 * 1024**3
"""Bytes of memory that the process may take."""
_BYTES = 16 * 1024 * 1024
"""Bytes of an answer, before it is turned into Python values."""
_CELL = 4000
"""Characters of a value; longer ones are cut."""
_SETTINGS = {
    "threads": "2",
    "memory_limit": "1GB",
    "temp_directory": "",
    "allow_persistent_secrets": "false",
    "max_temp_directory_size": "0B",
    "allow_community_extensions": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}
_TOO_MUCH = "the question needs more memory than it may have"


class Tables:
    """A connection on the current state of a store, made anew when the state changes."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._state: tuple[int, ...] | None = None
        self._connection: duckdb.DuckDBPyConnection | None = None

    def connection(self) -> duckdb.DuckDBPyConnection:
        manifest = read_manifest(self._store.folder)
        state = (
            manifest.version,
            *(_size(path_of(self._store.folder, n)) for n in JOURNALS),
        )
        if self._connection is None or state != self._state:
            self._connection = connect_tables(self._store.tables_of(manifest), _SETTINGS)
            self._state = state
        return self._connection


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def answer(connection: duckdb.DuckDBPyConnection, question: Question) -> Answer:
    """The answer; raises `SettingsError`, in one line, for what DuckDB refuses or what breaks a limit."""
    late = threading.Event()

    def stop() -> None:
        late.set()
        connection.interrupt()

    timer = threading.Timer(question.seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        return _read(connection, question)
    except (duckdb.OutOfMemoryException, MemoryError):
        raise SettingsError(_TOO_MUCH) from None
    except (duckdb.Error, pa.ArrowException, OverflowError, RuntimeError) as error:
        if late.is_set():
            raise SettingsError(f"the question took longer than {question.seconds:g} seconds") from None
        if isinstance(error, duckdb.IOException):
            raise StoreError(f"the store has been written anew; ask again ({first_line(error)})") from None
        raise SettingsError(first_line(error)) from None
    finally:
        timer.cancel()


def _read(connection: duckdb.DuckDBPyConnection, question: Question) -> Answer:
    relation = connection.sql(question.sql)
    reader = relation.to_arrow_reader(min(question.rows + 1, 1000))
    rows: list[tuple[Any, ...]] = []
    size, cut = 0, False
    for batch in reader:
        size += batch.nbytes
        if size > _BYTES:
            raise SettingsError(
                f"the answer is larger than {_BYTES // 2**20} MB: ask for fewer columns or shorter values"
            )
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            values = [_plain(value) for value in row]
            cut = cut or any(was_cut for _, was_cut in values)
            rows.append(tuple(value for value, _ in values))
        if len(rows) > question.rows:
            break
    more = len(rows) > question.rows
    return Answer(columns=tuple(reader.schema.names), rows=tuple(rows[: question.rows]), more_rows=more, cut_values=cut)


def _plain(value: Any) -> tuple[Any, bool]:
    """The value as JSON has it, and whether it was cut."""
    if value is None or isinstance(value, bool):
        return value, False
    if isinstance(value, int):
        return (value, False) if abs(value) < 2**53 else (str(value), False)
    if isinstance(value, float):
        return (value, False) if value - value == 0 else (str(value), False)
    if isinstance(value, date | datetime):
        return value.isoformat(), False
    if isinstance(value, list | tuple):
        found = [_plain(item) for item in value]
        return [item for item, _ in found], any(cut for _, cut in found)
    if isinstance(value, Mapping):
        pairs = {str(key): _plain(item) for key, item in value.items()}
        return {key: item for key, (item, _) in pairs.items()}, any(cut for _, cut in pairs.values())
    text = value if isinstance(value, str) else str(value)
    return (text, False) if len(text) <= _CELL else (text[:_CELL] + "…", True)


def serve(folder: Path) -> None:
    """Answer the questions that come in, until there are no more."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    tables = Tables(Store.open(folder))
    for line in sys.stdin.buffer:
        said: Answer | Refusal
        try:
            said = answer(tables.connection(), msgspec.json.decode(line, type=Question))
        except DragomanError as error:
            said = Refusal(error=str(error), busy=isinstance(error, StoreError))
        sys.stdout.buffer.write(msgspec.json.encode(said) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
