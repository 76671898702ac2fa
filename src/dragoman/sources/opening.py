"""Opening files: plain, compressed, members of archives, standard input."""

from __future__ import annotations

import io
import os
import re
import sys
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, BinaryIO, cast

import msgspec

from dragoman.objects import is_object, open_object
from dragoman.records import Rejected
from dragoman.sources.discover import OTHER_ARCHIVES, STDIN, Found, kind_of
from dragoman.sources.encoding import wide_encoding
from dragoman.sources.lines import peek
from dragoman.sources.meter import Meter
from dragoman.sources.reasons import SetAside, rejected
from dragoman.sources.unpacking import (
    STREAMS,
    Bounds,
    Budget,
    at_will,
    check_list_of_members,
    counted,
    packing_of,
    refuse_other_packing,
    unbounded,
    unpacked,
)

_HTML = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*|<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)


@contextmanager
def opened_stream(found: Found, bounds: Bounds, meter: Meter | None = None) -> Iterator[tuple[Found, BinaryIO]]:
    """A file, unpacked as its first bytes or its name say, buffered so that they can be peeked into; with what it is."""
    if found.path == STDIN:
        stream = _buffered(sys.stdin.buffer)
        yield _unpacked(found, stream if stream.seekable() else counted(stream, unbounded()), bounds)
        return
    with _raw(found.path) as raw:
        if meter:
            meter.begin(found, raw)
        yield _unpacked(found, raw, bounds)


def _raw(path: str) -> BinaryIO:
    if is_object(path):
        return open_object(path)
    if not os.path.lexists(path):
        raise SetAside("unreadable", "there is no such file")
    return open(path, "rb")


def _unpacked(found: Found, stream: BinaryIO, bounds: Bounds) -> tuple[Found, BinaryIO]:
    packing = found.compression or packing_of(peek(stream))
    if packing not in STREAMS:
        refuse_other_packing(stream, inside=False)
        return found, stream
    inner = unpacked(stream, packing, Budget(bounds, stream.tell))
    refuse_other_packing(inner, inside=True)
    return msgspec.structs.replace(found, compression=packing), inner


def members(stream: BinaryIO, source: str, bounds: Bounds) -> Iterator[tuple[Found, BinaryIO] | Rejected]:
    """The files in a zip archive that can be read, in the order of their names, each open while it is handed over."""
    with at_will(stream, bounds.max_unpacked) as file:
        check_list_of_members(file)
        size = file.seek(0, os.SEEK_END)
        whole = Budget(bounds, lambda: size)
        with zipfile.ZipFile(file) as archive:
            readable = 0
            for info in sorted(archive.infolist(), key=lambda info: info.filename):
                if info.is_dir() or any(part.startswith((".", "__MACOSX")) for part in info.filename.split("/")):
                    continue
                for item in _member(archive, info, source, Budget(bounds, partial(int, info.compress_size), whole)):
                    readable += not isinstance(item, Rejected) or item.reason != "unsupported"
                    yield item
                if whole.spent is not None:
                    yield rejected(source, "too-packed", f"given up at {info.filename}: {whole.spent}")
                    return
        if not readable:
            yield rejected(source, "nothing-supported", "the archive holds no file that can be read")


def _member(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, source: str, budget: Budget
) -> Iterator[tuple[Found, BinaryIO] | Rejected]:
    """One member, by its own name; a packed one (``a.jsonl.gz``) is unpacked, an archive is refused."""
    path = f"{source}/{info.filename}"
    kind, packing = kind_of(info.filename)
    try:
        if kind == "zip" or info.filename.lower().endswith(OTHER_ARCHIVES):
            raise SetAside("nested", "an archive inside an archive; unpack the outer one first")
        if kind is None:
            raise SetAside("unsupported", "not a kind of file that is read inside an archive")
        budget.foresee(info.file_size)
        with archive.open(info) as member:
            stream = counted(cast(BinaryIO, member), budget)
            if packing:
                stream = unpacked(stream, packing, budget)
            refuse_other_packing(stream, inside=True)
            yield Found(path, kind, packing), stream
    except SetAside as problem:
        yield rejected(path, problem.reason, str(problem))
    except (RuntimeError, zipfile.BadZipFile, OSError, EOFError, zlib.error) as error:  # a password, a damaged member
        yield rejected(path, "unreadable", str(error))


def sniff(stream: BinaryIO) -> str:
    """The kind of a file whose name does not tell, from its first bytes; plain text where nothing else fits."""
    start = peek(stream)
    if start.startswith(b"PAR1"):
        return "parquet"
    if start.startswith(b"PK\x03\x04"):
        return "zip"
    if start.startswith(b"WARC/"):
        return "warc"
    text = start.decode(wide_encoding(start) or "utf-8-sig", errors="replace").lstrip()
    if text.startswith("["):
        return "json"
    if text.startswith("{"):
        return _json_or_lines(text)
    return "html" if _HTML.match(text) else "text"


def _json_or_lines(text: str) -> str:
    from dragoman.sources.jsons import parse

    first, newline, _ = text.partition("\n")
    if not newline:
        return "jsonl" if len(text) >= 4096 else "json"
    try:
        parse(first)
    except SetAside:
        return "json"
    return "jsonl"


def _buffered(stream: Any) -> BinaryIO:
    return cast(BinaryIO, stream if hasattr(stream, "peek") else io.BufferedReader(stream))
