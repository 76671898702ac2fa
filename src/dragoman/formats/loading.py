"""Reading a file of another coder into a store: streamed, with what was set aside and left out counted."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import BinaryIO, cast

import msgspec

from dragoman.errors import SourceError
from dragoman.formats import importer_named
from dragoman.formats.importing import Reading
from dragoman.records import CodedReport, Rejected
from dragoman.settings import Settings
from dragoman.sources.discover import Found, kind_of
from dragoman.sources.opening import opened_stream
from dragoman.sources.reasons import SetAside
from dragoman.sources.unpacking import Bounds, Budget, counted
from dragoman.store.store import Store


class ImportResult(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did, in lines of the file.

    `added`, `replaced`, `unchanged`: records in the store (a later line with the id of an earlier one replaces it and
    is counted once); `rejected`: bad lines, which the store keeps in its table of that name; `left_out`: well-formed
    lines that PLOVER has no home for, by reason.
    """

    coder: str
    lines: int
    added: int
    replaced: int
    unchanged: int
    repeated: int
    rejected: tuple[Rejected, ...]
    left_out: dict[str, int]


class _Passed:
    """Records on their way into the store, counted."""

    def __init__(self, first: CodedReport | None, rest: Iterator[CodedReport]) -> None:
        self._records = rest if first is None else chain([first], rest)
        self.count = 0

    def __iter__(self) -> Iterator[CodedReport]:
        for record in self._records:
            self.count += 1
            yield record


def _first_problem(reading: Reading) -> str:
    return f"; line {reading.rejected[0].line}: {reading.rejected[0].detail}" if reading.rejected else ""


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """The bytes of a file, unpacked: .gz, .zst, or the one member of a .zip, as GDELT publishes its files."""
    kind, compression = kind_of(path.name)
    settings = Settings()
    bounds = Bounds(settings.max_unpacked, settings.max_ratio)
    try:
        with opened_stream(Found(str(path), kind, compression), bounds) as (_, stream):
            if path.suffix.lower() != ".zip":
                yield stream
                return
            with zipfile.ZipFile(stream) as archive:
                names = [info.filename for info in archive.infolist() if not info.is_dir()]
                if len(names) != 1:
                    raise SourceError(f"{path} holds {len(names)} files; allowed: one")
                packed = archive.getinfo(names[0]).compress_size
                with archive.open(names[0]) as member:
                    yield counted(cast(BinaryIO, member), Budget(bounds, lambda: packed))
    except SetAside as problem:
        raise SourceError(f"{path} cannot be read: {problem}") from None
    except (OSError, EOFError, zipfile.BadZipFile) as error:
        raise SourceError(f"{path} cannot be read: {error}") from error


def import_file(path: Path | str, form: str, store: Store | Path | str) -> ImportResult:
    """Read a file of another coder into a store, which is made where there is none; nothing is visible before the end.

    Raises `SettingsError` for a format that cannot be read, `SourceError` where the file is none of its files.
    """
    importer = importer_named(form)
    with _opened(Path(path)) as stream:
        reading = Reading(stream, str(path), importer)
        records = iter(reading)
        first = next(records, None)  # a file of another format is refused before a store is made for it
        if first is None and not reading.records:
            raise SourceError(f"{path} holds no line of {importer.coder}" + _first_problem(reading))
        target = store if isinstance(store, Store) else Store.open(store, create=True)
        given = _Passed(first, records)
        result = target.load(given, rejected=reading.rejected)
    return ImportResult(
        coder=importer.coder,
        lines=reading.lines,
        added=result.added,
        replaced=result.replaced,
        unchanged=result.unchanged,
        repeated=given.count - result.added - result.replaced - result.unchanged,
        rejected=tuple(reading.rejected),
        left_out=dict(reading.left_out),
    )
