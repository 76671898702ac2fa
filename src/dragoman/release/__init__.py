"""Data set releases: a folder that describes itself, byte-identical when it is made twice from the same store.

>>> make_release("events", "release-1", ReleaseOptions(title="Harbour talks", authors=("K. Holm",)))  # doctest: +SKIP
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import msgspec

from dragoman.errors import DragomanError, SettingsError
from dragoman.settings import Settings
from dragoman.store.store import Store

__all__ = ["ReleaseOptions", "ReleaseResult", "make_release"]


class ReleaseOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What a release says of itself, and whether the reports' texts go with it.

    `date`: day of the release, ISO 8601; None leaves it out, since today's date would make two releases differ.
    `license`: SPDX id of the data's licence. `settings`: those with which the reports were coded, which the store does
    not keep.
    """

    title: str = "Events coded by Dragoman"
    version: str = "1.0.0"
    authors: tuple[str, ...] = ()
    license: str | None = None
    date: str | None = None
    with_text: bool = False
    settings: Settings = Settings()


class ReleaseResult(msgspec.Struct, frozen=True, kw_only=True):
    """What was written: rows a table, and files in the folder."""

    folder: Path
    rows: dict[str, int]
    files: tuple[str, ...]


def make_release(store: Store | Path | str, folder: Path | str, options: ReleaseOptions | None = None) -> ReleaseResult:
    """Write a release of Dragoman's own records in a store to a new or empty folder: all of it, or nothing.

    Raises `SettingsError` where the folder is not empty or a value is not allowed, `StoreError` for a store that cannot
    be read, `DragomanError` where the folder cannot be written.
    """
    from dragoman.release.documents import write_documents
    from dragoman.release.tables import write_tables

    target, chosen = Path(folder), options or ReleaseOptions()
    _check(chosen)
    source = store if isinstance(store, Store) else Store.open(store)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise SettingsError(f"{target} is there already; give a new or empty folder")
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        part.mkdir(parents=True)
        tables = write_tables(source, part, chosen)
        write_documents(source, part, chosen, tables)
        if target.exists():
            target.rmdir()
        os.replace(part, target)
    except OSError as error:
        raise DragomanError(f"{target} cannot be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    files = sorted(str(path.relative_to(target)) for path in target.rglob("*") if path.is_file())
    return ReleaseResult(folder=target, rows={t.name: t.rows for t in tables}, files=tuple(files))


def _check(options: ReleaseOptions) -> None:
    from dragoman.isodates import date_range

    if options.date is not None:
        days = date_range(options.date)
        if days is None or days[0] != days[1]:
            raise SettingsError(f"date is {options.date!r}; it takes a day: 2026-03-04")
    if not options.title.strip() or not options.version.strip():
        raise SettingsError("title and version of a release may not be empty")
