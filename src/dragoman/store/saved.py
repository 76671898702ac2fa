"""Saved questions of a store: a name and its SQL, in an append-only journal; the last line on a name holds."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from dragoman.errors import SettingsError, StoreError
from dragoman.store.journal import opened, path_of, read_lines, stamp
from dragoman.tables import package_file

_JOURNAL = "questions"
_NAME = re.compile(r"[\w][\w .,()'?-]{0,79}")
MOST = 500
"""Questions kept under a name."""


class Saved(msgspec.Struct, frozen=True, kw_only=True):
    """A question under a name; `sql` is None where it was removed. `made_at` is ISO 8601 in UTC."""

    name: str
    sql: str | None
    author: str | None = None
    made_at: str = ""


def saved(folder: Path) -> dict[str, Saved]:
    """The saved questions of a store by name, in the order of the alphabet.

    Raises `StoreError` naming file and line of one that is none.
    """
    found = {entry.name: entry for entry in read_lines(path_of(folder, _JOURNAL), Saved)}
    return {name: entry for name, entry in sorted(found.items()) if entry.sql is not None}


def save(folder: Path, name: str, sql: str, author: str | None = None) -> None:
    """Keep a question under a name, in place of one that had it.

    Raises `SettingsError` for a name that is not one, `StoreError` where the disk fails.
    """
    name = name.strip()
    if not _NAME.fullmatch(name):
        raise SettingsError("a name has letters, digits, spaces and . , ( ) ' ? - and at most 80 characters")
    there = saved(folder)
    if name not in there and len(there) >= MOST:
        raise SettingsError(f"there are {MOST} saved questions: remove one first")
    _append(folder, Saved(name=name, sql=sql, author=author))


def remove(folder: Path, name: str) -> None:
    """Take a saved question away; raises `SettingsError` where there is none of that name."""
    if name not in saved(folder):
        raise SettingsError(f"there is no saved question {name!r}")
    _append(folder, Saved(name=name, sql=None))


def _append(folder: Path, entry: Saved) -> None:
    line = msgspec.json.encode(msgspec.structs.replace(entry, made_at=stamp())) + b"\n"
    try:
        with opened(path_of(folder, _JOURNAL)) as file:
            file.write(line)
    except OSError as error:
        raise StoreError(f"cannot write to {folder}: {error}") from error


def example_questions() -> dict[str, str]:
    """Questions to begin with (``example_questions.yaml``): SQL by name."""
    import yaml  # here: the workbench starts without it

    rows = yaml.safe_load(package_file("store", "example_questions.yaml").read_text(encoding="utf-8"))
    return {row["name"]: row["sql"].strip() for row in rows}
