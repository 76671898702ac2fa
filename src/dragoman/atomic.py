"""Writing files so that nobody ever sees half of one: to a file beside it, renamed when all is written."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from dragoman.errors import DragomanError


class OutputError(DragomanError):
    """A file cannot be written."""


@contextmanager
def atomic_output(path: Path | str) -> Iterator[BinaryIO]:
    """A binary stream whose content becomes the file when the block ends, and is thrown away when it raises.

    A pipe or device is written to directly. Raises `OutputError` where the file cannot be made.
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
    except BaseException:
        if not direct:
            part.unlink(missing_ok=True)
        raise
