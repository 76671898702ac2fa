"""One state of a store in a form that pages can read fast: a DuckDB file, built once, opened read-only.

The file lies in the folder ``workbench`` of the store (or in a temporary folder where that cannot be written), named by
the state it shows; it can be deleted at any time. Nothing in it is anyone's only copy.
"""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import os
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from functools import cache, cached_property
from pathlib import Path
from typing import Any, BinaryIO

import duckdb
import msgspec
import numpy.typing as npt
import pyarrow as pa

from dragoman import __version__
from dragoman.store.manifest import NAME
from dragoman.store.store import Store
from dragoman.tables import package_file
from dragoman.web import ready
from dragoman.web.columns import Columns
from dragoman.web.ready import ReadyEvents

# Raise it when what is kept beside the tables changes for another reason than these files.
FORMAT = 6
_SHAPED_BY = ("tables.sql", "columns.py", "ready.py", "figures.py", "warm.py", "pages/overview.py", "pages/map.py")
Step = Callable[[str], None]
_PLAIN_ID = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_-]{0,99}")
_CREATED = re.compile(r"CREATE TABLE (\w+)")
FOLDER = "workbench"
_GIVEN_UP = 3600.0
"""Seconds without a write after which a file that is not whole is nobody's."""
_OURS = (".duckdb", ".npz", ".rows", ".json")
# Tables of the store that pages read as they are; the others are rebuilt with integer keys by tables.sql.
_AS_THEY_ARE = (
    "assessments",
    "origins",
    "stories",
    "story_events",
    "story_actors",
    "story_history",
    "story_versions",
    "story_joins",
    "story_redirects",
)
# More events than this are sliced by a query.
_MOST_READY = 2000
# Temporary tables go before those of the file, and each connection has its own.
_PARTS = {"evidence": "evidence", "claims": "claims", "topics": "event_topics"}
_SLICE = (
    "CREATE TEMP TABLE events AS SELECT * FROM main.events SEMI JOIN chosen USING (event_no)",
    "CREATE TEMP TABLE event_actors AS SELECT e.report_id, e.event_id, x.* EXCLUDE (event_no, actor_no) "
    "FROM main.parties AS x JOIN temp.events AS e USING (event_no)",
    *(
        f"CREATE TEMP TABLE {name} AS SELECT e.report_id, e.event_id, x.* EXCLUDE (event_no) "
        f"FROM main.{source} AS x JOIN temp.events AS e USING (event_no)"
        for name, source in _PARTS.items()
    ),
)
# The newest report is kept as well: the day on which ties are said to hold is read from it.
_NEWEST = "SELECT * FROM main.reports WHERE published_end = (SELECT max(published_end) FROM main.reports) LIMIT 1"
_SLICE_REPORTS = (
    f"CREATE TEMP TABLE reports AS SELECT {', '.join(ready.REPORT)} FROM ("
    f"SELECT * FROM main.reports WHERE report_no IN (SELECT report_no FROM temp.events) UNION ({_NEWEST}))"
)
_SLICE_STORIES = (
    "CREATE TEMP TABLE story AS SELECT DISTINCT story_id FROM temp.events",
    *(
        f"CREATE TEMP TABLE {name} AS SELECT * FROM main.{name} SEMI JOIN story USING (story_id)"
        for name in ("stories", "story_events", "story_actors", "story_versions", "story_history")
    ),
)


@cache
def _shape() -> bytes:
    """A digest of what gives the files of a state their shape, so that those of other versions are not read."""
    digest = hashlib.blake2b(f"{__version__}:{FORMAT}".encode())
    for name in _SHAPED_BY:
        digest.update(package_file("web", *name.split("/")).read_bytes())
    return digest.digest()


def state_of(store: Store) -> str:
    """A name for the store's current state: it changes whenever a load or a link has ended."""
    digest = hashlib.blake2b((store.folder / NAME).read_bytes(), digest_size=8)
    digest.update(_shape())
    return digest.hexdigest()


def report_key(report_id: str) -> str:
    """The key in the address of a report, as tables.sql makes it."""
    if _PLAIN_ID.fullmatch(report_id):
        return report_id
    return f"~{hashlib.md5(report_id.encode(), usedforsecurity=False).hexdigest()[:20]}"


class Generation:
    """The tables of one state, with a cache of answers that lives as long as the state does."""

    def __init__(self, state: str, path: Path) -> None:
        self.state, self.path = state, path
        self._connection = duckdb.connect(str(path), read_only=True)
        for setting in ("enable_external_access = false", "python_enable_replacements = false"):
            self._connection.execute(f"SET {setting}")
        self._answers: dict[Any, Any] = {}
        self.ready: ReadyEvents | None = None
        # What takes long and is made in the background; absent until it is there.
        self.later: dict[str, Any] = {}
        self._lock = threading.Lock()

    def rows(self, sql: str, values: list[Any] | tuple[Any, ...] = ()) -> list[dict[str, Any]]:
        """The rows of a query as dictionaries; values are bound."""
        with self._connection.cursor() as cursor:
            cursor.execute(sql, list(values))
            names = [column[0] for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def report_keys(self, report_ids: Iterable[str]) -> dict[str, str]:
        """The keys in the addresses of reports, by id; unknown ones are left out. Where they are known: `report_key`."""
        sql = "SELECT report_id, report_key FROM reports WHERE report_id IN (SELECT unnest(?))"
        ids = sorted(set(report_ids))
        return {row["report_id"]: row["report_key"] for row in self.rows(sql, [ids])} if ids else {}

    @cached_property
    def linked(self) -> bool:
        """Whether there are stories."""
        return bool(self.rows("SELECT 1 FROM stories LIMIT 1"))

    @cached_property
    def columns(self) -> Columns:
        """The fields that pages count by."""
        path = self.path.with_suffix(".npz")
        with contextlib.suppress(OSError, ValueError, KeyError):
            return Columns.load(path)
        with self._connection.cursor() as cursor:
            made = Columns.read(cursor)
        with contextlib.suppress(OSError):
            self._keep(path, made.save)
        return made

    def open_ready(self) -> None:
        """Open the file from which events are read one by one, where it is there."""
        path = self.path.with_suffix(".rows")
        if path.exists():
            self.ready = ReadyEvents(path)

    def make_ready(self, stop: Callable[[], bool] = lambda: False) -> None:
        """The same, and the file is made where it is not there; raises `InterruptedError` once `stop` says so."""
        path = self.path.with_suffix(".rows")
        if not path.exists():
            with self._connection.cursor() as cursor:
                self._keep(path, lambda file: ready.write(cursor, file, stop))
        self.open_ready()

    def kept(self, name: str) -> Any:
        """What `keep` kept under a name, None where there is nothing."""
        try:
            return msgspec.json.decode(self.path.with_suffix(f".{name}.json").read_bytes())
        except (OSError, msgspec.DecodeError):
            return None

    def keep(self, name: str, value: Any) -> None:
        """Keep an answer beside the tables, for the next start; dates become words. Nothing where it cannot be."""
        with contextlib.suppress(OSError):
            self._keep(self.path.with_suffix(f".{name}.json"), lambda file: file.write(msgspec.json.encode(value)))

    def _keep(self, path: Path, write: Callable[[BinaryIO], Any]) -> None:
        """Write a file whole or not at all."""
        waiting = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_native_id()}.tmp")
        try:
            with waiting.open("wb") as file:
                write(file)
            os.replace(waiting, path)
        finally:
            waiting.unlink(missing_ok=True)

    def numbers(self, sql: str, values: list[Any]) -> npt.NDArray[Any]:
        """The first column of a query, of whole numbers, as an array."""
        with self._connection.cursor() as cursor:
            return next(iter(cursor.execute(sql, values).fetchnumpy().values()))

    def slice(self, numbers: list[int], *, few_reports: bool = False) -> duckdb.DuckDBPyConnection:
        """A connection on which the store's tables hold these events alone: for functions that read whole tables.

        `reports` is whole, or with `few_reports` some columns (`ready.REPORT`) of those of the events and of the newest.
        To be closed.
        """
        cursor = self._connection.cursor()
        if self.ready is not None and len(numbers) <= _MOST_READY:
            self._slice_ready(cursor, self.ready, numbers, few_reports)
        else:
            cursor.execute("CREATE TEMP TABLE chosen AS SELECT unnest(?)::INTEGER AS event_no", [numbers])
            for script in _SLICE:
                cursor.execute(script)
            if few_reports:
                cursor.execute(_SLICE_REPORTS)
        for script in _SLICE_STORIES if self.linked else ():
            cursor.execute(script)
        return cursor

    def _slice_ready(
        self, cursor: duckdb.DuckDBPyConnection, source: ReadyEvents, numbers: list[int], few_reports: bool
    ) -> None:
        """The same tables as `_SLICE` makes, from the events that lie ready: nothing is scanned."""
        rows: dict[str, list[dict[str, Any]]] = {name: [] for name in ("events", "event_actors", *_PARTS)}
        reports = {row["report_no"]: row for row in self._newest} if few_reports else {}
        for found in source.whole(numbers):
            event = found["event"]
            rows["events"].append(event)
            reports[event["report_no"]] = found["report"]
            keys = {"report_id": event["report_id"], "event_id": event["event_id"]}
            rows["event_actors"] += [row | keys for row in found["parties"]]
            for name in _PARTS:
                rows[name] += [row | keys for row in found[name]]
        if few_reports:
            rows["reports"] = [reports[number] for number in sorted(reports)]
        for name, part in rows.items():
            cursor.register(name, pa.Table.from_pylist(part, schema=self._schemas[name]))

    @cached_property
    def _newest(self) -> list[dict[str, Any]]:
        """The newest report, if there is any."""
        return self.rows(f"SELECT {', '.join(ready.REPORT)} FROM ({_NEWEST})")

    @cached_property
    def _schemas(self) -> dict[str, pa.Schema]:
        """Of the tables that a slice has, in Arrow's terms."""
        tables = {
            "events": "SELECT * FROM main.events LIMIT 0",
            "reports": f"SELECT {', '.join(ready.REPORT)} FROM main.reports LIMIT 0",
        }
        for name, source in {"event_actors": "parties", **_PARTS}.items():
            left_out = "event_no, actor_no" if source == "parties" else "event_no"
            tables[name] = (
                f"SELECT e.report_id, e.event_id, x.* EXCLUDE ({left_out}) "
                f"FROM main.{source} AS x JOIN main.events AS e USING (event_no) LIMIT 0"
            )
        with self._connection.cursor() as cursor:
            return {name: cursor.sql(sql).to_arrow_table().schema for name, sql in tables.items()}

    def remembered(self, key: Any, make: Callable[[], Any], most: int = 2000) -> Any:
        """The answer to `key`, made once for this state; the oldest are let go when there are too many."""
        with self._lock:
            if key in self._answers:
                return self._answers[key]
        made = make()
        with self._lock:
            self._answers[key] = made
            while len(self._answers) > most:
                self._answers.pop(next(iter(self._answers)))
        return made

    def close(self) -> None:
        self._connection.close()


def _folder(store: Store) -> Path:
    """Where files may be written: beside the store, else a temporary folder for this store."""
    beside = store.folder / FOLDER
    with contextlib.suppress(OSError):
        beside.mkdir(exist_ok=True)
        if os.access(beside, os.W_OK):
            return beside
    made = tempfile.mkdtemp(prefix="dragoman-")
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return Path(made)


def _fill(connection: duckdb.DuckDBPyConnection, store: Store, step: Step) -> None:
    connection.execute("CREATE SCHEMA store")
    for name, table in store.tables().items():
        step(f"reading {name}")
        connection.register(f"given_{name}", table)
        connection.execute(f"CREATE TABLE store.{name} AS SELECT {_columns(name)} FROM given_{name}")
    connection.register("given_files", _files(store))
    connection.execute("CREATE TABLE store.files AS SELECT * FROM given_files")
    script = package_file("web", "tables.sql").read_text(encoding="utf-8")
    for statement in duckdb.extract_statements(script):
        step(f"making {_CREATED.findall(statement.query)[0]}")
        connection.execute(statement)
    for name in _AS_THEY_ARE:
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM store.{name}")
    connection.execute("DROP SCHEMA store CASCADE")


def _files(store: Store) -> pa.Table:
    """For each report the Parquet file that holds its text and record."""
    source = store.tables()["reports"]
    if isinstance(source, pa.Table):
        return pa.table({"report_id": pa.array([], pa.string()), "part": pa.array([], pa.string())})
    table = source.to_table(columns=["report_id", "__filename"])
    coded = table["__filename"].combine_chunks().dictionary_encode()
    names = pa.array([Path(name).name for name in coded.dictionary.to_pylist()], pa.string())
    part = pa.DictionaryArray.from_arrays(coded.indices, names).cast(pa.string())
    return pa.table({"report_id": table["report_id"], "part": part})


def _columns(table: str) -> str:
    """All columns, less the long ones that pages read from the store itself, one report at a time."""
    return "* EXCLUDE (text, record), left(text, 160) AS lead" if table == "reports" else "*"


def build(store: Store, state: str, step: Step = lambda words: None) -> Path:
    """The file for a state, made if need be; older files of the store are removed."""
    folder = _folder(store)
    path = folder / f"{state}.duckdb"
    if path.exists():
        return path
    waiting = folder / f"{state}.{os.getpid()}.{threading.get_native_id()}.tmp"
    waiting.unlink(missing_ok=True)
    try:
        with duckdb.connect(str(waiting)) as connection:
            _fill(connection, store, step)
            connection.execute("CHECKPOINT")
        os.replace(waiting, path)
    finally:
        waiting.unlink(missing_ok=True)
        waiting.with_name(waiting.name + ".wal").unlink(missing_ok=True)
    _tidy(folder, state)
    return path


def _tidy(folder: Path, state: str) -> None:
    """Remove the files of other states, and what a process that was ended left half written."""
    for old in folder.iterdir():
        with contextlib.suppress(OSError):
            given_up = old.suffix in {".tmp", ".wal"} and time.time() - old.stat().st_mtime > _GIVEN_UP
            if given_up or (old.suffix in _OURS and not old.name.startswith(f"{state}.")):
                old.unlink()
