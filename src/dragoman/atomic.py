"""Writing files so that nobody ever sees half of one: to a file beside it, renamed when all is written."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from dragoman.errors import DragomanError

# What the disk says, not what a program did wrong: full, over quota, too large, read-only, broken.
_DISK_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO})


class OutputError(DragomanError):
    """A file cannot be written."""


@contextmanager
def atomic_output(path: Path | str) -> Iterator[BinaryIO]:
    """A binary stream whose content becomes the file when the block ends, and is thrown away when it raises.

    A pipe or device is written to directly. Raises `OutputError` where the file cannot be made or the disk does not
    take what is written.
    """
    direct = Path(path).exists() and not Path(path).is_file()
    target = Path(path) if direct else Path(os.path.realpath(path))
    part = target if direct else target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        stream = part.open("wb")
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror or error}") from error
    try:
        with stream:
            yield stream
        if not direct:
            os.replace(part, target)
    except BaseException as error:
        if not direct:
            part.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno in _DISK_ERRORS:
            raise OutputError(f"{path} cannot be written: {error.strerror}") from error
        raise


def write_whole(path: Path, data: bytes) -> None:
    """Write a file in one step, on disk when this returns; raises `OutputError` where that fails, and leaves no part."""
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(part, path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise OutputError(f"{path} cannot be written: {error.strerror or error}") from error
