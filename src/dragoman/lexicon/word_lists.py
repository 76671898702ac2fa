"""Short lists of words (``word_lists.tsv``), read once."""

from __future__ import annotations

from functools import cache

from dragoman.errors import TableError
from dragoman.tables import package_file, read_table


@cache
def _lists() -> dict[str, frozenset[str]]:
    lists: dict[str, frozenset[str]] = {}
    for row in read_table(package_file("lexicon", "word_lists.tsv"), ("list", "words", "note")):
        words = row.many("words")
        if row["list"] in lists or len(set(words)) != len(words):
            raise TableError(row.path, row.line, f"list {row['list']!r} stands twice or repeats a word")
        lists[row["list"]] = frozenset(words)
    return lists


def word_list(name: str) -> frozenset[str]:
    """The words of a list; `KeyError` for a name that the table does not have."""
    return _lists()[name]
