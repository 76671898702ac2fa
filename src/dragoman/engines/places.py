"""Where the shards of a run lie: a folder of this machine, which one run has for itself, or one of object storage."""

from __future__ import annotations

import fcntl
import shutil
from pathlib import Path
from typing import BinaryIO, Protocol

from dragoman.atomic import OutputError, write_whole


class Place(Protocol):
    """A folder of small files that are written whole or not at all."""

    def open(self) -> None:
        """Make the folder and take it; raises `OutputError` where that fails or another run has it."""

    def close(self) -> None:
        """Let others have it."""

    def names(self) -> set[str]:
        """The names of the files there."""

    def read(self, name: str) -> bytes:
        """A file; raises `OSError` where there is none."""

    def write(self, name: str, data: bytes) -> None:
        """Write a file; raises `OutputError`."""

    def remove(self) -> None:
        """Delete it all."""


class LocalPlace:
    """A folder of this machine; a lock (flock) keeps a second run out."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock: BinaryIO | None = None

    def __str__(self) -> str:
        return str(self.folder)

    def open(self) -> None:
        try:
            self.folder.mkdir(exist_ok=True)
            self._lock = (self.folder / "lock").open("wb")
        except OSError as error:
            raise OutputError(f"{self.folder} cannot be written: {error.strerror or error}") from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            raise OutputError(f"another run is under way in {self.folder}; wait for its end") from None

    def close(self) -> None:
        if self._lock:
            self._lock.close()

    def names(self) -> set[str]:
        return {path.name for path in self.folder.iterdir()} if self.folder.is_dir() else set()

    def read(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    def write(self, name: str, data: bytes) -> None:
        write_whole(self.folder / name, data)

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


class ObjectPlace:
    """A folder of object storage. There is no lock there: that two runs do not share an output is up to the user."""

    def __init__(self, address: str) -> None:
        from dragoman.objects import ObjectFolder

        self._folder = ObjectFolder(address)
        self.names, self.read, self.write = self._folder.names, self._folder.read, self._folder.write
        self.remove = self._folder.remove

    def __str__(self) -> str:
        return str(self._folder)

    def open(self) -> None:
        return None

    def close(self) -> None:
        return None


def place_of(folder: Path | str) -> Place:
    """The place that a path, or an address (text), names."""
    return ObjectPlace(folder) if isinstance(folder, str) else LocalPlace(folder)
