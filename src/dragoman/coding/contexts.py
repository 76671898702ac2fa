"""PLOVER's contexts of an event: which of the 37 its sentence, and more weakly its paragraph, speaks of.

The words that speak for each context stand in ``ontology/plover/context_words.tsv`` with a weight; a context is given
where the sum over the event's sentence, and half of the rest of its paragraph, reaches the threshold.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from functools import cache

import ahocorasick
from spacy.tokens import Doc

from dragoman.coding.extensions import text_of
from dragoman.errors import TableError
from dragoman.ontology.ontology import Ontology, load_ontology
from dragoman.tables import package_file, read_table

THRESHOLD = 1.0
PARAGRAPH_WEIGHT = 0.5
MAX_CONTEXTS = 4
PARAGRAPH_BREAK = re.compile(r"\n\s*\n|\n")


@cache
def _automaton() -> ahocorasick.Automaton:
    ontology = load_ontology()
    automaton = ahocorasick.Automaton()
    words: dict[str, list[tuple[str, float]]] = {}
    path = package_file("ontology", "plover", "context_words.tsv")
    for row in read_table(path, ("context", "weight", "words")):
        context = row.one_of("context", frozenset(ontology.contexts))
        try:
            weight = float(row["weight"])
        except ValueError as error:
            raise TableError(row.path, row.line, f"weight {row['weight']!r} is no number") from error
        for word in row.many("words"):
            words.setdefault(word.lower(), []).append((context, weight))
    for word, contexts in words.items():
        automaton.add_word(word, (len(word), tuple(contexts)))
    automaton.make_automaton()
    return automaton


class ContextFinder:
    """Contexts of any stretch of a report; the scan of the text is done once."""

    def __init__(self, doc: Doc, ontology: Ontology | None = None) -> None:
        self._text = text_of(doc)
        self._order = {name: i for i, name in enumerate((ontology or load_ontology()).contexts)}
        self._hits = list(_hits(text_of(doc).lower())) if len(text_of(doc).lower()) == len(text_of(doc)) else []
        breaks = [0, *(match.end() for match in PARAGRAPH_BREAK.finditer(text_of(doc))), len(text_of(doc))]
        self._paragraphs = list(itertools.pairwise(breaks))

    def contexts(self, start: int, end: int) -> tuple[str, ...]:
        """The contexts that the sentence at characters `start` to `end` and its paragraph support, strongest first."""
        sums: defaultdict[str, float] = defaultdict(float)
        left, right = next(((a, b) for a, b in self._paragraphs if a <= start < b), (start, end))
        for at, contexts in self._hits:
            if left <= at < right:
                factor = 1.0 if start <= at < end else PARAGRAPH_WEIGHT
                for context, weight in contexts:
                    sums[context] += factor * weight
        chosen = [name for name, total in sums.items() if total >= THRESHOLD]
        return tuple(sorted(chosen, key=lambda name: (-sums[name], self._order[name]))[:MAX_CONTEXTS])


def _hits(lowered: str) -> list[tuple[int, tuple[tuple[str, float], ...]]]:
    """Words of the table in the text, each with its offset: whole words, after which a plural s may follow."""
    found = []
    for last, (length, contexts) in _automaton().iter(lowered):
        start = last - length + 1
        before = lowered[start - 1] if start else " "
        after = lowered[last + 1 : last + 3]
        if before.isalnum() or (after[:1].isalnum() and not (after[:1] == "s" and not after[1:2].isalnum())):
            continue
        found.append((start, contexts))
    return found
