"""From what a user names (files, folders, patterns, ``-``) to the files to read, each once, in the order of paths."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from dragoman.objects import is_object, key_of, listed, local_path
from dragoman.records import Rejected
from dragoman.sources.reasons import rejected

STDIN = "-"
KINDS = {
    ".txt": "text",
    ".text": "text",
    ".md": "text",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
    ".warc": "warc",
}
COMPRESSIONS = {".gz": "gz", ".zst": "zst"}
ARCHIVES = {".zip": "zip"}
OTHER_ARCHIVES = (".tar", ".tgz", ".tar.gz", ".tar.zst", ".bz2", ".xz", ".7z", ".rar")
"""Ends of names of archives and packed files that are not read."""


class Found(msgspec.Struct, frozen=True):
    """A file to read. `kind` is a value of `KINDS`, "zip", or None where its name does not tell (it is looked into).
    `size` in bytes where listing has told it."""

    path: str
    kind: str | None
    compression: str | None = None
    size: int | None = None


def kind_of(name: str) -> tuple[str | None, str | None]:
    """Kind and compression that a file name tells, e.g. ("jsonl", "gz") for ``reports.jsonl.gz``."""
    stem, suffix = os.path.splitext(name.lower())
    compression = COMPRESSIONS.get(suffix)
    if compression:
        suffix = os.path.splitext(stem)[1]
    return KINDS.get(suffix) or ARCHIVES.get(suffix), compression


def is_address(given: str) -> bool:
    """Whether an input is an address of the web rather than a path."""
    return given.lower().startswith(("http://", "https://"))


def discover(inputs: Iterable[str | Path], exclude: Iterable[str | Path] = ()) -> Iterator[Found | Rejected]:
    """The files of all inputs, sorted by path whatever the order given, standard input first.

    In folders, files whose kind cannot be read are set aside (hidden ones are passed over); a file named by the user
    is read whatever its name. Files in or under `exclude` (what this run writes) are passed over.
    """
    apart = [os.path.realpath(path) for path in exclude]
    found: dict[str, Found | Rejected] = {}
    for given in inputs:
        for item in _expand(local_path(os.fspath(given))):
            found.setdefault(item.path if isinstance(item, Found) else item.source, item)
    for path in sorted(found, key=lambda path: (path != STDIN, path.split(os.sep))):
        if not apart or not _is_under(path, apart):
            yield found[path]


def _is_under(path: str, folders: Iterable[str]) -> bool:
    real = os.path.realpath(path)
    return any(real == folder or real.startswith(folder + os.sep) for folder in folders)


def _expand(given: str) -> Iterator[Found | Rejected]:
    if given == STDIN:
        yield Found(STDIN, None)
    elif is_object(given):
        yield from _objects(given)
    elif os.path.isdir(given):
        yield from _folder(given)
    elif os.path.lexists(given) or not glob.has_magic(given):
        yield Found(os.path.normpath(given), *kind_of(given))
    else:
        matches = glob.glob(given, recursive=True)
        if not matches:
            yield rejected(given, "unreadable", "no file matches the pattern")
        for match in sorted(matches):
            if os.path.isfile(match):
                yield Found(os.path.normpath(match), *kind_of(match))
            elif not given.endswith("**") and os.path.isdir(match):
                yield from _folder(match)


def _objects(given: str) -> Iterator[Found | Rejected]:
    try:
        stored = listed(given)
    except OSError as error:
        yield rejected(given, "unreadable", str(error))
        return
    if stored is None:
        yield Found(given, *kind_of(key_of(given)))
        return
    empty = True
    for item in stored:
        empty = False
        kind, compression = kind_of(key_of(item.address))
        yield Found(item.address, kind, compression, item.size) if kind else _unsupported(item.address)
    if empty:
        yield rejected(given, "nothing-supported", "no object is there")


def _folder(folder: str) -> Iterator[Found | Rejected]:
    problems: list[OSError] = []
    readable = 0
    for root, folders, files in os.walk(folder, onerror=problems.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(name for name in files if not name.startswith(".")):
            path = os.path.normpath(os.path.join(root, name))
            kind, compression = kind_of(name)
            readable += kind is not None
            yield Found(path, kind, compression) if kind else _unsupported(path)
    for problem in problems:
        yield rejected(str(problem.filename), "unreadable", problem.strerror or "cannot be listed")
    if not readable and not problems:
        yield rejected(os.path.normpath(folder), "nothing-supported", "the folder holds no file that can be read")


def _unsupported(path: str) -> Rejected:
    return rejected(path, "unsupported", f"known kinds: {' '.join((*KINDS, *COMPRESSIONS, *ARCHIVES))}")
