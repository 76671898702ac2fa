"""What people say of events, kept in append-only journals beside the tables.

``journal/rulings.jsonl`` holds rulings (two events are one happening, or not), ``journal/reviews.jsonl`` reviews of
coding. A line is on disk before the call returns; none is ever changed. A line that a crash cut off was never
acknowledged and is dropped. Writing holds a lock of the journals for a moment only, so that people are not kept waiting
while a load or a link holds the store's.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import msgspec
import pyarrow as pa

from dragoman.errors import SettingsError, StoreError
from dragoman.store.manifest import sync_folder
from dragoman.store.schema import table_schemas

FOLDER = "journal"
VERDICTS = {
    "rulings": ("same", "different", "withdrawn"),
    "reviews": ("accepted", "corrected", "rejected", "added"),
}


class Ruling(msgspec.Struct, frozen=True, kw_only=True):
    """A person's word on whether two events are one happening; events go by their report's id and their own."""

    event_a: str
    report_a: str
    event_b: str
    report_b: str
    verdict: str
    author: str | None = None
    made_at: str = ""


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """A person's review of an event, or of one field of it; `made_at` is ISO 8601 in UTC, filled when it is written."""

    review_id: str
    report_id: str
    verdict: str
    event_id: str | None = None
    field: str | None = None
    old: str | None = None
    new: str | None = None
    span_start: int | None = None
    span_end: int | None = None
    author: str | None = None
    made_at: str = ""
    sampled: bool = False


Entry = Ruling | Review
Line = TypeVar("Line")
_KINDS: dict[str, type[Entry]] = {"rulings": Ruling, "reviews": Review}


def path_of(folder: Path, name: str) -> Path:
    """The file of a journal."""
    return folder / FOLDER / f"{name}.jsonl"


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The journal, locked, at its end; what a crash left of a line is cut off."""
    new = not path.exists()
    path.parent.mkdir(exist_ok=True)
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        whole = file.read()
        end = whole.rfind(b"\n") + 1
        if end != len(whole):
            file.truncate(end)
        file.seek(end)
        yield file
        file.flush()
        os.fsync(file.fileno())
    if new:
        sync_folder(path.parent)
        sync_folder(path.parent.parent)


def stamp() -> str:
    """The time now as entries carry it: ISO 8601 in UTC."""
    return datetime.now(UTC).isoformat(timespec="microseconds").removesuffix("+00:00")


def append(folder: Path, entries: Iterable[Entry]) -> int:
    """Write rulings or reviews to the journals of a store, with the time; returns how many.

    Raises `SettingsError` for a verdict that is not allowed, `StoreError` where the disk fails.
    """
    now = stamp()
    lines: dict[str, list[bytes]] = {name: [] for name in _KINDS}
    for entry in entries:
        name = "rulings" if isinstance(entry, Ruling) else "reviews"
        if entry.verdict not in VERDICTS[name]:
            raise SettingsError(f"verdict is {entry.verdict!r}; allowed: {', '.join(VERDICTS[name])}")
        timed = entry if entry.made_at else msgspec.structs.replace(entry, made_at=now)
        lines[name].append(msgspec.json.encode(timed) + b"\n")
    try:
        for name, written in lines.items():
            if written:
                with opened(path_of(folder, name)) as file:
                    file.write(b"".join(written))
    except OSError as error:
        raise StoreError(f"cannot write to {folder}: {error}") from error
    return sum(map(len, lines.values()))


def entries(folder: Path, name: str) -> list[Any]:
    """All entries of a journal, oldest first; raises `StoreError` naming file and line of one that is none."""
    return read_lines(path_of(folder, name), _KINDS[name])


def read_lines(path: Path, kind: type[Line]) -> list[Line]:
    """What the whole lines of a journal hold, oldest first; as `entries` for journals of any kind of entry."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error}") from error
    found = []
    for number, line in enumerate(data[: data.rfind(b"\n") + 1].splitlines(), start=1):
        try:
            found.append(msgspec.json.decode(line, type=kind))
        except msgspec.DecodeError as error:
            raise StoreError(f"{path}:{number}: {error}") from None
    return found


def read_journal(folder: Path, name: str) -> pa.Table:
    """A journal as a table with the columns of the schema, oldest first."""
    schema = table_schemas()[name].arrow
    rows = [msgspec.structs.asdict(entry) for entry in entries(folder, name)]
    for row in rows:
        row["made_at"] = datetime.fromisoformat(row["made_at"])
    return pa.Table.from_pylist(rows, schema=schema)
