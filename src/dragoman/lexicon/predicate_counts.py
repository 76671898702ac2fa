"""Which predicates named events in the annotated texts (``predicate_counts.tsv``)."""

from __future__ import annotations

from functools import cache

from dragoman.errors import TableError
from dragoman.tables import package_file, read_table

Key = tuple[str, str]
SHARE = 0.05
"""A predicate that named an event less often than this ("have", "say") is no reason to encode its sentence."""


@cache
def predicate_counts() -> dict[Key, tuple[int, int]]:
    """How often a predicate (lemma, VERB or NOUN) was seen and how often it named an event; raises `TableError`."""
    counts: dict[Key, tuple[int, int]] = {}
    for row in read_table(package_file("lexicon", "predicate_counts.tsv"), ("lemma", "pos", "seen", "events")):
        if not (row["seen"].isdigit() and row["events"].isdigit()):
            raise TableError(row.path, row.line, "seen and events are whole numbers")
        counts[row["lemma"], row["pos"]] = (int(row["seen"]), int(row["events"]))
    return counts


def may_name_event(lemma: str, pos: str, has_entry: bool) -> bool:
    """Whether a predicate is worth a look: often enough it named an event; if it was hardly seen, it has an entry."""
    seen, events = predicate_counts().get((lemma, pos), (0, 0))
    return events >= SHARE * seen if events else has_entry and not seen
