"""Which files make up a store at a given moment, and the lock that lets one writer at a time change that.

A store is a folder::

    manifest.json     the segments that are current; replaced in one step: a reader sees the old state or the new
    parts/            Parquet files, never changed once a manifest names them
    journal/          what people say, append-only (journal.py)
    lock              held (flock) by the one writer; readers never look at it
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from dragoman.errors import StoreError

FORMAT = 1
# A reader that opened a state before a load must be able to end its work on it.
KEEP_SECONDS = 1800
NAME = "manifest.json"
PARTS = "parts"


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """The files of some reports: one a table, named ``{name}.{table}.parquet`` in ``parts/``."""

    name: str
    reports: int


class Retired(msgspec.Struct, frozen=True, kw_only=True):
    """A segment that is no longer current, with the time (seconds since 1970) since when."""

    name: str
    since: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """The current segments, and those retired of late, whose files are kept for readers that are still on them.

    `derived` names the generation of derived tables (one file a table, like a segment's); None: nothing was derived.
    """

    format: int = FORMAT
    version: int = 0
    segments: tuple[Segment, ...] = ()
    retired: tuple[Retired, ...] = ()
    derived: str | None = None

    def names(self) -> tuple[str, ...]:
        """Names of the current segments."""
        return tuple(segment.name for segment in self.segments)

    def followed_by(self, segments: tuple[Segment, ...]) -> Manifest:
        """The next state: what this one has and that one has not is retired, what has been so long enough is let go."""
        names = {segment.name for segment in segments}
        gone = [name for name in self.names() if name not in names]
        return self._next(gone, segments, self.derived)

    def derived_as(self, name: str) -> Manifest:
        """The next state: the same segments with another generation of derived tables."""
        return self._next([self.derived] if self.derived else [], self.segments, name)

    def _next(self, gone: Sequence[str], segments: tuple[Segment, ...], derived: str | None) -> Manifest:
        now = int(time.time())
        kept = tuple(old for old in self.retired if now - old.since < KEEP_SECONDS)
        retired = kept + tuple(Retired(name=name, since=now) for name in gone)
        return Manifest(version=self.version + 1, segments=segments, retired=retired, derived=derived)


def part_path(folder: Path, segment: str, table: str) -> Path:
    """The file of one table of a segment."""
    return folder / PARTS / f"{segment}.{table}.parquet"


def read_manifest(folder: Path) -> Manifest:
    """The current manifest; raises `StoreError` where the folder holds no store, or one of another format."""
    try:
        manifest = msgspec.json.decode((folder / NAME).read_bytes(), type=Manifest)
    except FileNotFoundError:
        raise StoreError(f"{folder} holds no store (no {NAME} in it)") from None
    except NotADirectoryError:
        raise StoreError(f"{folder} is not a folder") from None
    except (OSError, msgspec.DecodeError) as error:
        raise StoreError(f"{folder / NAME} cannot be read: {error}") from error
    if manifest.format != FORMAT:
        raise StoreError(f"{folder} has store format {manifest.format}; this version reads format {FORMAT}")
    return manifest


def publish(folder: Path, manifest: Manifest) -> None:
    """Make `manifest` current, in one step and on disk."""
    waiting = folder / f"{NAME}.new"
    with waiting.open("wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(manifest)) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(waiting, folder / NAME)
    sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Put the folder's names on disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove_unnamed_parts(folder: Path, manifest: Manifest) -> int:
    """Delete part files that the manifest does not name; only for the holder of the lock."""
    kept, removed = {*manifest.names(), manifest.derived, *(old.name for old in manifest.retired)}, 0
    for path in sorted((folder / PARTS).iterdir()):
        if path.name.split(".", 1)[0] not in kept:
            path.unlink(missing_ok=True)
            removed += 1
    return removed


@contextlib.contextmanager
def writer_lock(folder: Path) -> Iterator[None]:
    """Hold the store's only right to write; raises `StoreError` at once where somebody else has it.

    The lock is the kernel's (flock): it goes with the process, so a crash leaves none behind.
    """
    with (folder / "lock").open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            owner = file.read(32).strip() or "unknown"
            raise StoreError(
                f"{folder} is being written by another process (process {owner}); try again when it has ended. "
                "Reading is possible meanwhile."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        try:
            yield
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)
