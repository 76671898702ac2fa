"""Object storage by address: ``s3://bucket/news/*.jsonl.gz``, ``gs://``, ``abfs://``, ``hdfs://`` and what fsspec knows.

The stores that Arrow reads by itself (its addresses take options: ``?region=…&endpoint_override=…``) need no package more
than fsspec, which gives all of them one interface; others need the package that fsspec names. Keys come from where the
store's own tools look for them: environment, profile, the machine's role.
"""

from __future__ import annotations

import importlib
import io
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, BinaryIO, cast
from urllib.parse import urlsplit
from urllib.request import url2pathname

import msgspec

from dragoman.atomic import OutputError, atomic_output
from dragoman.errors import DragomanError, SettingsError

_ADDRESS = re.compile(r"(?!https?:)[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_ARROW = ("s3", "gs", "gcs", "abfs", "abfss", "hdfs", "viewfs")
_BUFFER = 1 << 20


class Stored(msgspec.Struct, frozen=True):
    """A file of an object store: its address and its size in bytes."""

    address: str
    size: int


def is_object(given: str) -> bool:
    """Whether an input or output is an address of object storage (``file://`` is none: see `local_path`)."""
    return bool(_ADDRESS.match(given)) and not given.lower().startswith("file:")


def local_path(given: str) -> str:
    """The path that a ``file://`` address means; anything else as it is."""
    return url2pathname(urlsplit(given).path) if given.lower().startswith("file://") else given


class _Place(msgspec.Struct, frozen=True):
    """A store, a path in it, and what makes an address of a path: what stands before it and behind it."""

    store: Any
    path: str
    before: str
    behind: str

    def address(self, path: str) -> str:
        return f"{self.before}{path.lstrip('/')}{self.behind}"


def listed(address: str) -> Iterator[Stored] | None:
    """The files under an address that is a folder or a pattern, in order, hidden ones left out; None where it names a
    file. Raises `OSError` where the store does not answer, `SettingsError` where a package is missing."""
    place = _place(address)
    store, path = place.store, place.path
    pattern = re.search(r"[*?\[]", path)
    if pattern:
        base, found = path[: pattern.start()].rpartition("/")[0], store.glob(path, detail=True)
    elif store.isdir(path):
        base, found = path, store.find(path, detail=True)
    else:
        return None
    return (
        Stored(place.address(name), int(found[name].get("size") or 0))
        for name in sorted(found)
        if found[name].get("type") != "directory" and not _is_hidden(name.removeprefix(base))
    )


def _is_hidden(path: str) -> bool:
    return any(part.startswith(".") for part in path.split("/"))


def open_object(address: str) -> BinaryIO:
    """An object for reading, buffered, with a place in it that can be told and set."""
    place = _place(address)
    return cast(BinaryIO, io.BufferedReader(place.store.open(place.path, "rb"), _BUFFER))


def size_of(address: str) -> int:
    """Size in bytes; raises `OSError` where there is no such object."""
    place = _place(address)
    return int(place.store.size(place.path) or 0)


def key_of(address: str) -> str:
    """The path that an address names, without the options behind it: what tells the kind of the file."""
    return address.partition("?")[0] if _scheme(address) in _ARROW else address


def beside(address: str, ending: str) -> str:
    """The address of what lies beside an object under its name with an ending more."""
    key = key_of(address)
    return key + ending + address[len(key) :]


class ObjectFolder:
    """A folder of an object store, whose small files are written whole or not at all, as the store writes objects."""

    def __init__(self, address: str) -> None:
        self.address = address
        place = _place(address)
        self._store, self._path = place.store, place.path.rstrip("/")

    def __str__(self) -> str:
        return self.address

    def names(self) -> set[str]:
        """The names of the files there."""
        with _told(self.address, "cannot be listed"):
            if not self._store.exists(self._path):
                return set()
            return {str(name).rpartition("/")[2] for name in self._store.find(self._path)}

    def read(self, name: str) -> bytes:
        """A file; raises `OSError` where there is none."""
        return bytes(self._store.cat_file(f"{self._path}/{name}"))

    def write(self, name: str, data: bytes) -> None:
        """Write a file whole; raises `OutputError`."""
        path = f"{self._path}/{name}"
        with _told(f"{self.address}/{name}", "cannot be written"):
            _in_folder(self._store, path, lambda: self._store.pipe_file(path, data))

    def remove(self) -> None:
        """Delete the folder and what is in it; what cannot be deleted stays."""
        try:
            self._store.rm(self._path, recursive=True)
        except Exception:
            return


@contextmanager
def output(where: Path | str) -> Iterator[BinaryIO]:
    """`dragoman.atomic.atomic_output` for a path or an address.

    What goes to an address is kept in a nameless file of this machine and sent when the block ends, so that nobody sees
    half of it. Raises `OutputError`.
    """
    if not isinstance(where, str):
        with atomic_output(where) as stream:
            yield stream
        return
    place = _place(where)
    with tempfile.TemporaryFile() as kept:
        yield cast(BinaryIO, kept)
        with _told(where, "cannot be written"):
            _in_folder(place.store, place.path, lambda: _send(kept, place))


def _send(kept: IO[bytes], place: _Place) -> None:
    with place.store.open(place.path, "wb") as sent:
        kept.seek(0)
        shutil.copyfileobj(kept, sent, _BUFFER)


def _in_folder(store: Any, path: str, write: Callable[[], None]) -> None:
    """Write; where the store has folders and wants one, it is made. (S3 has none, and a mark for one would stay behind.)"""
    try:
        write()
    except FileNotFoundError:
        store.makedirs(path.rpartition("/")[0], exist_ok=True)
        write()


@contextmanager
def _told(what: str, fault: str) -> Iterator[None]:
    """Whatever a store's own package raises becomes one line."""
    try:
        yield
    except DragomanError:
        raise
    except Exception as error:
        said = " ".join(str(error).split())[:200] or type(error).__name__
        raise OutputError(f"{what} {fault}: {said}") from error


def _scheme(address: str) -> str:
    return address.partition("://")[0].lower()


@lru_cache(maxsize=64)
def _place(address: str) -> _Place:
    try:
        scheme = _scheme(address)
        if scheme not in _ARROW:
            fsspec: Any = importlib.import_module("fsspec")
            store, path = fsspec.core.url_to_fs(address)
            return _Place(store, path, scheme + "://", "")
        path, mark, options = address.partition("://")[2].partition("?")
        # the bucket alone: the marks of a pattern would make no valid address
        return _Place(
            _arrow_store(f"{scheme}://{path.partition('/')[0]}/{mark}{options}"), path, f"{scheme}://", mark + options
        )
    except ImportError as error:
        wanted = "fsspec" if "fsspec" in str(error) else str(error)
        raise SettingsError(f"{address} needs a package that is not installed: {wanted}") from error
    except Exception as error:
        raise SettingsError(f"{address} cannot be used: {' '.join(str(error).split())[:200]}") from error


def _arrow_store(bucket: str) -> Any:
    """What Arrow reads by itself, with the interface of fsspec."""
    from pyarrow.fs import FileSystem

    wrapper: Any = importlib.import_module("fsspec.implementations.arrow")
    return wrapper.ArrowFSWrapper(FileSystem.from_uri(bucket)[0])
