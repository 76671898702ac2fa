"""How far reading has come, in bytes of the files as they lie on disk: the ground for the time that is left."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import BinaryIO

from dragoman.objects import is_object, size_of
from dragoman.sources.discover import STDIN, Found


class Meter:
    """Bytes read of all there are. Not known where standard input is read: `share` is None then."""

    def __init__(self) -> None:
        self.total = 0
        self.known = True
        self._before = 0
        self._size = 0
        self._current: BinaryIO | None = None

    def expect(self, files: Iterable[Found]) -> None:
        """Take the sizes of the files to come."""
        for found in files:
            self.known = self.known and found.path != STDIN
            self.total += _size(found)

    def begin(self, found: Found, stream: BinaryIO) -> None:
        """A file is being read through `stream`, which tells its place."""
        self._size, self._current = _size(found), stream

    def end(self) -> None:
        """The file has been read, or given up."""
        self._before += self._size
        self._size, self._current = 0, None

    @property
    def share(self) -> float | None:
        """The share of all bytes that has been read, 0 to 1; None where it is not known."""
        if not self.known or not self.total:
            return None
        return min(1.0, (self._before + self._here()) / self.total)

    def _here(self) -> int:
        try:
            return min(self._size, self._current.tell()) if self._current else 0
        except (OSError, ValueError):  # no place to tell, or closed
            return 0


def _size(found: Found) -> int:
    try:
        if found.size is None and is_object(found.path):
            return size_of(found.path)
        return found.size or (os.stat(found.path).st_size if found.path != STDIN else 0)
    except OSError:
        return 0
