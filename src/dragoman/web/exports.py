"""Export of what a page of events shows, in every format of `dragoman export`."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from dragoman.errors import SettingsError
from dragoman.formats import FORMATS, export, format_named
from dragoman.web.data import Workbench
from dragoman.web.facets import selection
from dragoman.web.filters import Wanted

# Events of a filter at most: their records are held in memory. The whole store is exported a piece at a time.
MOST = 100_000
_PIECE = 1 << 20
_REPORTS = """
CREATE TEMP TABLE reports AS SELECT r.*, NULL::VARCHAR AS coder, g.record
FROM main.reports AS r JOIN given_records AS g USING (report_id)
"""


def formats() -> tuple[str, ...]:
    """The names of the formats."""
    return tuple(FORMATS)


def _write(book: Workbench, wanted: Wanted, form: str, target: Path) -> None:
    now = book.now
    mask = selection(now, wanted)
    if mask is None:
        export(book.store, form, target)
        return
    numbers = mask.nonzero()[0].tolist()
    if len(numbers) > MOST:
        raise SettingsError(
            f"{len(numbers)} events are more than a page exports ({MOST}); narrow the filter, or use dragoman export"
        )
    with now.slice(numbers) as connection:
        rows = connection.execute("SELECT DISTINCT report_id FROM events ORDER BY report_id").fetchall()
        records = book.records([row[0] for row in rows])
        table = pa.table({"report_id": list(records), "record": list(records.values())}, schema=_SCHEMA)
        connection.register("given_records", table)
        connection.execute(_REPORTS)
        export(connection, form, target)


_SCHEMA = pa.schema([("report_id", pa.string()), ("record", pa.string())])


def exported(book: Workbench, wanted: Wanted, form: str) -> tuple[Iterator[bytes], str]:
    """The events of a filter in a format, a piece at a time, and a name for the file.

    Raises `SettingsError` for a format that there is not, or for too many events of a filter.
    """
    suffix = format_named(form).suffix
    folder = tempfile.TemporaryDirectory(prefix="dragoman-")
    try:
        target = Path(folder.name) / "export"
        _write(book, wanted, form, target)
    except BaseException:
        folder.cleanup()
        raise

    def pieces() -> Iterator[bytes]:
        with folder, target.open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece

    return pieces(), f"events{suffix}"
