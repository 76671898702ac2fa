"""What the readers of the file formats hand on: the values of one report before they are checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import msgspec

from dragoman.records import Rejected
from dragoman.sources.fields import Names
from dragoman.sources.unpacking import Bounds

# JSON may spend twelve bytes on a character (two \uXXXX escapes); a line beyond that holds too much in any case.
_BYTES_PER_CHAR = 12
_ROOM = 1 << 20
_WHOLE_FILE = 1 << 30


class Draft(msgspec.Struct, frozen=True):
    """Values by field of a report as read. `source` is the path, with the place in it for files that hold many."""

    values: Mapping[str, Any]
    source: str
    line: int | None = None
    warnings: tuple[str, ...] = ()


class Limits(msgspec.Struct, frozen=True):
    """How much is read at a time, so that no file fills the memory: `max_chars` of a text, all else follows from it."""

    max_chars: int

    @property
    def line_bytes(self) -> int:
        """Longest line of a file of rows."""
        return _BYTES_PER_CHAR * self.max_chars + _ROOM

    @property
    def text_bytes(self) -> int:
        """Longest file that holds one text."""
        return 4 * self.max_chars + _ROOM

    @property
    def file_bytes(self) -> int:
        """Longest file that has to be read whole though it holds many reports (JSON, compressed Parquet)."""
        return max(_WHOLE_FILE, self.line_bytes)


class Opened(msgspec.Struct, frozen=True):
    """An open file for a reader: the stream, the name for messages, the names of fields, the limits, how far it may be
    unpacked, the languages that are coded (empty: all)."""

    stream: BinaryIO
    source: str
    names: Names
    limits: Limits
    bounds: Bounds
    languages: tuple[str, ...] = ()


Drafts = Iterator[Draft | Rejected]
