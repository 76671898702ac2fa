"""Reports in tables: CSV, TSV (one report a row under a line of column names) and Parquet."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any, BinaryIO

from dragoman.records import Rejected
from dragoman.sources.draft import Draft, Drafts, Opened
from dragoman.sources.encoding import decode_line
from dragoman.sources.fields import Names, pick
from dragoman.sources.lines import numbered_lines
from dragoman.sources.reasons import SetAside, rejected
from dragoman.sources.unpacking import Budget, at_will

_SEPARATORS = ",;\t|"
_BATCH = 256


def read_csv(opened: Opened) -> Drafts:
    """A report a row; the separator (comma, semicolon, tab, bar) is the one that the column names are set apart by."""
    return _read(opened, None)


def read_tsv(opened: Opened) -> Drafts:
    """A report a row, cells set apart by tabs."""
    return _read(opened, "\t")


def _read(opened: Opened, separator: str | None) -> Drafts:
    csv.field_size_limit(max(csv.field_size_limit(), opened.limits.line_bytes))
    lost: list[Rejected] = []
    lines = _decoded_lines(opened, lost)
    first = next((line for line in lines if line.strip()), None)
    if first is None:
        yield from lost
        raise SetAside("empty", "the file is empty")
    separator = separator or max(_SEPARATORS, key=first.count)
    header = [name.strip() for name in next(csv.reader([first], delimiter=separator))]
    pick(dict.fromkeys(header, ""), opened.names)
    skipped = _Counter(1)
    for cells in _cells(csv.reader(skipped.counting(lines), delimiter=separator, strict=True)):
        yield from _drained(lost)
        yield from _row(cells, header, skipped.count, opened)
    if skipped.count == 1:
        raise SetAside("empty", "the table has column names and no rows")
    yield from _drained(lost)


class _Counter:
    """Counts lines as a csv reader takes them, so that a row can be named by the line on which it ends."""

    def __init__(self, count: int) -> None:
        self.count = count

    def counting(self, lines: Iterator[str]) -> Iterator[str]:
        for line in lines:
            self.count += 1
            yield line


def _decoded_lines(opened: Opened, lost: list[Rejected]) -> Iterator[str]:
    known: str | None = None
    for number, line in numbered_lines(opened.stream, opened.limits.line_bytes):
        source = f"{opened.source}:{number}"
        if line is None:
            lost.append(rejected(source, "too-long", "the line is longer than the limit for a report", number))
            yield ""
            continue
        try:
            text, known = decode_line(line, known)
            yield text
        except SetAside as problem:
            lost.append(rejected(source, problem.reason, str(problem), number))
            yield ""


def _cells(reader: Iterator[list[str]]) -> Iterator[list[str] | csv.Error]:
    """Rows, and errors in the place of rows that are broken; reading goes on with the line after."""
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield error


def _row(cells: list[str] | csv.Error, header: list[str], line: int, opened: Opened) -> Drafts:
    source = f"{opened.source}:{line}"
    if isinstance(cells, csv.Error):
        yield rejected(source, "broken-table", str(cells), line)
    elif any(cells[len(header) :]):
        yield rejected(source, "broken-table", f"{len(cells)} cells under {len(header)} column names", line)
    elif any(cells):
        row = dict(zip(header, cells, strict=False))
        try:
            yield Draft(pick(row, opened.names), source, line)
        except SetAside as problem:
            yield rejected(source, problem.reason, str(problem), line)


def _drained(lost: list[Rejected]) -> Iterator[Rejected]:
    while lost:
        yield lost.pop(0)


def read_parquet(opened: Opened) -> Drafts:
    """A report a row; only the columns that a report has are read."""
    with at_will(opened.stream, opened.limits.file_bytes) as stream:
        yield from _parquet(stream, opened)


def _parquet(stream: BinaryIO, opened: Opened) -> Drafts:
    import pyarrow.parquet as pq

    table = pq.ParquetFile(stream)
    columns = table.schema_arrow.names
    pick(dict.fromkeys(columns, ""), opened.names)
    wanted = _columns(columns, opened.names)
    _check_columns(table.metadata, wanted, opened)
    position = 0
    for batch in table.iter_batches(batch_size=_BATCH, columns=wanted):
        for index in range(batch.num_rows):
            position += 1
            yield _parquet_row(batch, index, f"{opened.source}#{position}", opened.names)
    if not position:
        raise SetAside("empty", "the table has no rows")


def _check_columns(metadata: Any, wanted: list[str], opened: Opened) -> None:
    """Raise `SetAside` where the columns unpack to more than is allowed, going by what the file says of itself."""
    packed = size = 0
    for group in (metadata.row_group(number) for number in range(metadata.num_row_groups)):
        for column in (group.column(number) for number in range(group.num_columns)):
            if column.path_in_schema.split(".")[0] in wanted:
                packed += column.total_compressed_size
                size += column.total_uncompressed_size
    Budget(opened.bounds, lambda: packed).take(size)


def _parquet_row(batch: Any, index: int, source: str, names: Names) -> Draft | Rejected:
    try:
        return Draft(pick(batch.slice(index, 1).to_pylist()[0], names), source)
    except SetAside as problem:
        return rejected(source, problem.reason, str(problem))
    except (ValueError, OverflowError) as error:
        return rejected(source, "broken-table", str(error))


def _columns(columns: list[str], names: Names) -> list[str]:
    known = {name.lower() for all_names in names.values() for name in all_names}
    known |= {name.split(".")[0] for name in known}
    return [column for column in columns if column.strip().lower() in known]
