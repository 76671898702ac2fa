"""CSV with a header, a row an event or story, for people: lists joined with ``; ``, nothing that runs as a formula."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable
from typing import BinaryIO

from dragoman.formats.cells import csv_cell
from dragoman.formats.flat import COLUMNS, flat
from dragoman.formats.items import Item


def write(items: Iterable[Item], stream: BinaryIO, left_out: Counter[str]) -> None:
    """Write events or stories as CSV."""
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for item in items:
        writer.writerow([csv_cell(value) for value in flat(item).values()])
    text.flush()
    text.detach()  # the stream below belongs to the caller
