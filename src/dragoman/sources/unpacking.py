"""Unpacking within bounds, as a stream: a file made to grow without end (a "zip bomb") is given up early.

Two bounds hold: for bytes in all, and for bytes a packed byte, which is looked at once `FREE` bytes are out: ordinary
text shrinks to a third or a tenth, very regular tables to a hundredth, the bombs that people make to a thousandth and
less. What is packed twice over is measured against the innermost packed bytes, and counted with every layer.
"""

from __future__ import annotations

import gzip
import io
import struct
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, cast

import msgspec

from dragoman.sources.lines import peek
from dragoman.sources.reasons import SetAside

FREE = 64 << 20
_BUFFER = 1 << 17
# Bytes of a zip archive's list of members, which is read whole and takes some ten times as much memory.
_MOST_LISTED = 64 << 20

# What a file packed in some way starts with; a tar archive has its sign further in.
_SIGNS = {
    b"\x1f\x8b\x08": "gz",
    b"\x28\xb5\x2f\xfd": "zst",
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",
    b"\xfd7zXZ\x00": "xz",
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"Rar!\x1a\x07": "rar",
}
_BZIP2 = (b"BZh", b"1AY&SY")
_TAR = slice(257, 262)
STREAMS = ("gz", "zst")


def packing_of(start: bytes) -> str | None:
    """How the bytes that a file starts with are packed: gz, zst, zip, xz, bz2, 7z, rar, tar; None: not at all."""
    for sign, name in _SIGNS.items():
        if start.startswith(sign):
            return name
    if start.startswith(_BZIP2[0]) and start[4:10] == _BZIP2[1]:
        return "bz2"
    return "tar" if start[_TAR] == b"ustar" else None


class Bounds(msgspec.Struct, frozen=True):
    """How far one file may be unpacked: bytes in all, and bytes for each packed byte (`Settings` of the same names)."""

    max_unpacked: int
    max_ratio: int


class Budget:
    """What has been unpacked of one file or member, `packed` telling how many packed bytes that took.

    `whole` is the budget of the archive that a member lies in, which is charged as well.
    """

    def __init__(self, bounds: Bounds, packed: Callable[[], int], whole: Budget | None = None) -> None:
        self._bounds, self._packed, self._whole = bounds, packed, whole
        self._taken = 0
        self.spent: SetAside | None = None

    def take(self, count: int) -> None:
        """Charge bytes; raises `SetAside` (too-packed) where a bound is passed, and again at each later call."""
        if self._whole is not None:
            self._whole.take(count)
        self._taken += count
        self.spent = self.spent or self._problem(self._taken)
        if self.spent is not None:
            raise self.spent

    def foresee(self, count: int) -> None:
        """Raise as `take` would for as many bytes as an archive says a member has, before any is unpacked."""
        problem = self._problem(count)
        if problem is not None:
            raise problem

    def _problem(self, count: int) -> SetAside | None:
        if count > self._bounds.max_unpacked:
            return SetAside("too-packed", f"more than {self._bounds.max_unpacked} bytes unpacked (max_unpacked)")
        ratio = self._bounds.max_ratio
        packed = self._packed() if count > FREE else count
        if count > ratio * packed:
            said = f"{packed} packed bytes unpack to {count} or more; allowed: {ratio} to one (max_ratio)"
            return SetAside("too-packed", said)
        return None


def unbounded() -> Budget:
    """A budget for what is not packed: it only counts."""
    return Budget(Bounds(sys.maxsize, 1), lambda: sys.maxsize)


class Unpacked(io.RawIOBase):
    """A stream whose bytes are counted, and charged to a budget, as they are read.

    It says that it can seek, as fastwarc wants to be told the place, but it goes nowhere; see `at_will`.
    """

    def __init__(self, stream: BinaryIO, budget: Budget) -> None:
        self.budget = budget
        # One step at a time: where a file breaks off, what came before is handed out first.
        self._read: Callable[[int], bytes] = getattr(stream, "read1", stream.read)
        self._place = 0

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """For the sake of `tell` alone."""
        return True

    def tell(self) -> int:
        """How many bytes have been read."""
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Stay; raises `io.UnsupportedOperation` for any other place."""
        if (offset, whence) not in ((0, io.SEEK_CUR), (self._place, io.SEEK_SET)):
            raise io.UnsupportedOperation("the stream is read once, from its start to its end")
        return self._place

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer as far as there are bytes; raises `SetAside` where the budget is spent."""
        data = self._read(len(buffer))
        count = len(data)
        self.budget.take(count)
        buffer[:count] = data
        self._place += count
        return count


def counted(stream: BinaryIO, budget: Budget) -> BinaryIO:
    """The stream, buffered, charged to the budget."""
    return cast(BinaryIO, io.BufferedReader(Unpacked(stream, budget), _BUFFER))


def spent(stream: BinaryIO) -> SetAside | None:
    """Why a stream was given up, whatever the libraries that read it have made of the error; None where it was not."""
    raw = getattr(stream, "raw", None)
    return raw.budget.spent if isinstance(raw, Unpacked) else None


def unpacked(stream: BinaryIO, packing: str, budget: Budget) -> BinaryIO:
    """What a stream packed as one of `STREAMS` holds, charged to the budget."""
    if packing == "gz":
        return counted(cast(BinaryIO, gzip.GzipFile(fileobj=stream, mode="rb")), budget)
    import pyarrow

    return counted(cast(BinaryIO, pyarrow.CompressedInputStream(stream, "zstd")), budget)


def refuse_other_packing(stream: BinaryIO, inside: bool) -> None:
    """Raise `SetAside` where a stream turns out to be packed in a way that is not undone: `inside` of another packing
    any (nested), else those that are not read at all (unsupported)."""
    packing = packing_of(peek(stream))
    if packing is not None and inside:
        raise SetAside("nested", f"{packing} inside another archive or packed file; unpack the outer one first")
    if packing is not None and packing not in (*STREAMS, "zip"):
        raise SetAside("unsupported", f"a file packed as {packing}; read are gz, zst and zip")


@contextmanager
def at_will(stream: BinaryIO, most: int) -> Iterator[BinaryIO]:
    """The stream where it can be read in any order, else a copy of it on disk (in memory, if small).

    Raises `SetAside` (too-long) where more than `most` bytes would have to be copied.
    """
    if stream.seekable() and not isinstance(getattr(stream, "raw", None), Unpacked):
        yield stream
        return
    with tempfile.SpooledTemporaryFile(max_size=FREE) as copy:
        held = 0
        while data := stream.read(1 << 20):
            held += len(data)
            if held > most:
                raise SetAside("too-long", f"more than {most} bytes in a file that cannot be read as a stream")
            copy.write(data)
        copy.seek(0)
        yield cast(BinaryIO, copy)


def check_list_of_members(stream: BinaryIO) -> None:
    """Raise `SetAside` (too-packed) where a zip archive's list of members is too long to be held.

    The sizes are read where zipfile will read them (APPNOTE 4.3.14 to 4.3.16); what is no archive it will refuse.
    """
    size = stream.seek(0, io.SEEK_END)
    start = max(0, size - 65_557 - 76)  # the end record with the longest comment, and the two of Zip64 before it
    stream.seek(start)
    tail = stream.read()
    stream.seek(0)
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) < end + 22:
        return
    (listed,) = struct.unpack_from("<L", tail, end + 12)
    if end >= 76 and tail[end - 20 : end - 16] == b"PK\x06\x07" and tail[end - 76 : end - 72] == b"PK\x06\x06":
        (listed,) = struct.unpack_from("<Q", tail, end - 76 + 40)
    if listed > _MOST_LISTED:
        raise SetAside("too-packed", f"its list of members has {listed} bytes; allowed: {_MOST_LISTED}")
