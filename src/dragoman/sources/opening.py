"""Opening files: plain, compressed, members of archives, standard input."""

from __future__ import annotations

import gzip
import io
import os
import re
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, cast

from dragoman.records import Rejected
from dragoman.sources.discover import STDIN, Found, kind_of
from dragoman.sources.encoding import wide_encoding
from dragoman.sources.lines import peek
from dragoman.sources.meter import Meter
from dragoman.sources.reasons import SetAside, rejected

_HTML = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*|<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)


@contextmanager
def opened_stream(found: Found, meter: Meter | None = None) -> Iterator[BinaryIO]:
    """The bytes of a file, decompressed, buffered so that they can be peeked into."""
    if found.path == STDIN:
        yield _buffered(sys.stdin.buffer)
        return
    if not os.path.lexists(found.path):
        raise SetAside("unreadable", "there is no such file")
    with open(found.path, "rb") as raw:
        if meter:
            meter.begin(found, raw)
        if found.kind == "warc" and found.compression == "gz":
            yield raw  # each record is a gzip member of its own, which fastwarc unpacks, several times faster
        elif found.compression == "gz":
            with gzip.open(raw) as unpacked:
                yield cast(BinaryIO, unpacked)
        elif found.compression == "zst":
            import pyarrow

            yield _buffered(pyarrow.CompressedInputStream(raw, "zstd"))
        else:
            yield raw


def members(stream: BinaryIO, source: str) -> Iterator[tuple[Found, BinaryIO] | Rejected]:
    """The files in a zip archive that can be read, in the order of their names, each open while it is handed over."""
    with zipfile.ZipFile(stream if stream.seekable() else io.BytesIO(stream.read())) as archive:
        readable = 0
        for info in sorted(archive.infolist(), key=lambda info: info.filename):
            parts = info.filename.split("/")
            if info.is_dir() or any(part.startswith((".", "__MACOSX")) for part in parts):
                continue
            path = f"{source}/{info.filename}"
            kind, compression = kind_of(info.filename)
            if kind in (None, "zip") or compression:
                yield rejected(path, "unsupported", "not a kind of file that is read inside an archive")
                continue
            readable += 1
            try:
                with archive.open(info) as member:
                    yield Found(path, kind), _buffered(member)
            except (RuntimeError, zipfile.BadZipFile, OSError) as error:  # a password, a damaged member
                yield rejected(path, "unreadable", str(error))
        if not readable:
            yield rejected(source, "nothing-supported", "the archive holds no file that can be read")


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
