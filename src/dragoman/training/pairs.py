"""Sentences with one source and at most one target marked, for the head that types what passes between the two.

``training/pairs/*.tsv`` (columns cameo, type, example) holds sentences written for each code of the CAMEO codebook
(Gerner et al. 2002; Schrodt 2012, version 1.1b3) with the PLOVER type that the code has become; in the example
``[A ...]`` is the source and ``[R ...]`` the target. Where CAMEO and the marking of whole articles part (a signed
agreement is SUPPORT there, an announced release AGREE), these sentences follow CAMEO: sets of marked pairs do.

``python -m dragoman.training.pairs FILE...`` checks files and counts their types.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from dragoman.coding.marks import Marked
from dragoman.errors import DragomanError, TableError
from dragoman.ontology.ontology import load_ontology
from dragoman.tables import read_table
from dragoman.training.examples import MarkedPair

COLUMNS = ("cameo", "type", "example")
_MARK = re.compile(r"\[([AR]) ([^\[\]{}]+)\]")
_CAMEO = re.compile(r"(?:0[1-9]|1\d|20)\d{0,2}")


def parse_pair(marked: str) -> Marked:
    """Take the marks out; raises `ValueError` where there is not one source, or more than one target."""
    text, at = "", 0
    spans: dict[str, list[tuple[int, int]]] = {"A": [], "R": []}
    for match in _MARK.finditer(marked):
        text += marked[at : match.start()]
        spans[match[1]].append((len(text), len(text) + len(match[2])))
        text, at = text + match[2], match.end()
    text += marked[at:]
    if re.search(r"[\[\]{}]", text):
        raise ValueError(f"malformed marks in {marked!r}")
    if len(spans["A"]) != 1 or len(spans["R"]) > 1:
        raise ValueError(f"{len(spans['A'])} sources and {len(spans['R'])} targets in {marked!r}; one and at most one")
    return Marked(text, tuple(spans["A"]), tuple(spans["R"]))


def written_pairs(files: Iterable[Path]) -> Iterator[MarkedPair]:
    """The pairs of files, in order; raises `TableError` naming file and line."""
    for path in sorted(files):
        for row in read_table(path, COLUMNS):
            if not _CAMEO.fullmatch(row["cameo"]):
                raise TableError(path, row.line, f"cameo is {row['cameo']!r}, no code of CAMEO")
            try:
                marked = parse_pair(row["example"])
            except ValueError as error:
                raise TableError(path, row.line, str(error)) from error
            yield MarkedPair(marked.for_encoder(), row.one_of("type", frozenset(load_ontology().types)))


def main(arguments: list[str]) -> int:
    """Check files and print how many pairs there are of each type."""
    try:
        counts = Counter(pair.type for pair in written_pairs(map(Path, arguments)))
    except (DragomanError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    for name, number in sorted(counts.items()):
        print(f"{name}\t{number}")
    print(f"all\t{sum(counts.values())}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
