"""Reading the tables in which words and numbers of the field are kept.

A table is a UTF-8 TSV file: lines that start with ``#`` are its header comment (what it holds, where it is from, its
date), the first other line names the columns, each further line is a row. Cells are stripped; an empty cell is ``""``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path

import msgspec

from dragoman.errors import TableError


class Row(msgspec.Struct, frozen=True):
    """One row of a table, with the line it stands on so that an error can name it."""

    path: Path
    line: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def many(self, column: str, separator: str = "|") -> tuple[str, ...]:
        """The cell as a tuple of its parts; empty for an empty cell."""
        return tuple(part.strip() for part in self.cells[column].split(separator) if part.strip())

    def one_of(self, column: str, allowed: Sequence[str] | frozenset[str]) -> str:
        """The cell, checked against the values allowed; raises `TableError` naming file, line and values."""
        value = self.cells[column]
        if value not in allowed:
            raise TableError(self.path, self.line, f"{column} is {value!r}; allowed: {', '.join(sorted(allowed))}")
        return value


def package_file(*parts: str) -> Path:
    """The path of a data file that ships inside the package, e.g. ``package_file("lexicon", "cues.tsv")``."""
    return Path(str(resources.files("dragoman").joinpath(*parts)))


def read_table(path: Path | str, columns: Sequence[str]) -> Iterator[Row]:
    """Rows of a TSV table; raises `TableError` if columns are missing, unknown or a row has another number of cells."""
    path = Path(path)
    header: list[str] | None = None
    with path.open(encoding="utf-8", newline="") as lines:
        for number, raw in enumerate(lines, start=1):
            line = raw.rstrip("\r\n")
            if not line.strip() or line.startswith("#"):
                continue
            cells = [cell.strip() for cell in line.split("\t")]
            if header is None:
                header = cells
                if set(header) != set(columns):
                    raise TableError(path, number, f"columns are {header}; expected {list(columns)}")
                continue
            if len(cells) != len(header):
                raise TableError(path, number, f"{len(cells)} cells, {len(header)} columns")
            yield Row(path, number, dict(zip(header, cells, strict=True)))
    if header is None:
        raise TableError(path, None, "the table is empty")
