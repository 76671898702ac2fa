"""Things that are built once from files that do not change, kept on disk: in ``$DRAGOMAN_CACHE``, else
``$XDG_CACHE_HOME/dragoman``, else ``~/.cache/dragoman``.

What is kept carries a digest of all that it was built from in its name, so another version of the tables or of the code
is another file. A cache is never needed: where none can be written, things are built anew each time.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

# Versions of one thing that are kept: environments that share the folder each have their own.
_KEPT = 5
Built = TypeVar("Built")


def cache_folder() -> Path:
    """Where things are kept (see the module's docstring)."""
    if own := os.environ.get("DRAGOMAN_CACHE"):
        return Path(own)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "dragoman"


def digest_of(files: Iterable[Path | str], *more: str) -> str | None:
    """A digest of files by content and of further strings; None where a file cannot be read (nothing is kept then)."""
    digest = hashlib.sha256("\0".join(more).encode())
    try:
        for file in files:
            content = Path(file).read_bytes()
            digest.update(f"\0{len(content)}\0".encode() + content)
    except OSError:
        return None
    return digest.hexdigest()[:16]


def kept(
    name: str, digest: str | None, read: Callable[[bytes], Built], make: Callable[[], tuple[bytes, Built]]
) -> Built:
    """What `make` builds, from disk where it was built before from the same (`digest`).

    `make` gives the bytes to keep and the thing itself; `read` makes the thing of the bytes and raises `ValueError`
    where they are damaged, as does every decoder of msgspec; it is built anew then.
    """
    path = cache_folder() / f"{name}-{digest}.bin"
    if digest is not None:
        with suppress(OSError, ValueError):
            return read(path.read_bytes())
    data, built = make()
    if digest is not None:
        with suppress(OSError):
            _keep(path, data)
            _forget_old(path.parent, name)
    return built


def _keep(path: Path, data: bytes) -> None:
    """Put a file in place whole; two processes that do so at once do not meet."""
    path.parent.mkdir(parents=True, exist_ok=True)
    number, part = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(number, "wb") as stream:
            stream.write(data)
        Path(part).chmod(0o644)
        os.replace(part, path)
    finally:
        Path(part).unlink(missing_ok=True)


def _forget_old(folder: Path, name: str) -> None:
    versions = sorted(folder.glob(f"{name}-*.bin"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in versions[_KEPT:]:
        path.unlink(missing_ok=True)
