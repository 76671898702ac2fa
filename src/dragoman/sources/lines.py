"""Lines of a file of rows, as UTF-8 bytes with their numbers, never more than a limit at a time."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from typing import BinaryIO

from dragoman.sources.encoding import wide_encoding


def peek(stream: BinaryIO, size: int = 8192) -> bytes:
    """The first bytes of a buffered stream, which are not consumed."""
    return bytes(stream.peek(size)[:size])  # type: ignore[attr-defined]


def numbered_lines(stream: BinaryIO, limit: int) -> Iterator[tuple[int, bytes | None]]:
    """Number and bytes of each line, line ends kept; None in the place of a line that is longer than `limit` bytes.

    UTF-16 and UTF-32 are turned into UTF-8; bytes in other encodings stay as they are. A byte order mark is dropped.
    """
    wide = wide_encoding(peek(stream))
    if wide:
        yield from _wide_lines(stream, wide, limit)
        return
    number = 0
    while line := stream.readline(limit):
        number += 1
        if number == 1:
            line = line.removeprefix(codecs.BOM_UTF8)
        if len(line) >= limit and not line.endswith(b"\n"):
            _skip_line(stream, limit)
            yield number, None
        else:
            yield number, line


def _skip_line(stream: BinaryIO, limit: int) -> None:
    while (rest := stream.readline(limit)) and not rest.endswith(b"\n"):
        pass


def _wide_lines(stream: BinaryIO, encoding: str, limit: int) -> Iterator[tuple[int, bytes | None]]:
    text = io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="\n")
    number = 0
    while line := text.readline(limit):
        number += 1
        whole = len(line) < limit or line.endswith("\n")
        while not whole and (rest := text.readline(limit)):
            whole, line = rest.endswith("\n"), ""
        yield number, (line.encode("utf-8", errors="replace") if line else None)
