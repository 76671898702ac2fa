"""Bags of words as sparse matrices: TF-IDF (Salton and Buckley 1988, sublinear term frequency) and plain overlaps."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


class Weights:
    """Inverse document frequencies over the documents given; a word of none of them weighs as one of a single one."""

    def __init__(self, documents: Sequence[Iterable[str]]) -> None:
        self.size = len(documents)
        self.counts: Counter[str] = Counter(word for words in documents for word in sorted(set(words)))

    def of(self, word: str) -> float:
        return float(np.log((1 + self.size) / max(1, self.counts[word])))


def matrix(bags: Sequence[Iterable[str]], weights: Weights | None = None, unit: bool = False) -> csr_matrix:
    """One row for each bag: 1 for each word, or its TF-IDF; rows of length 1 where `unit` is set."""
    column: dict[str, int] = {}
    starts, columns, values = [0], list[int](), list[float]()
    for bag in bags:
        counts = Counter(bag)
        row = [
            (1 + math.log(count)) * weights.of(word) if weights is not None else 1.0 for word, count in counts.items()
        ]
        length = math.sqrt(sum(value * value for value in row)) if unit else 1.0
        columns += [column.setdefault(word, len(column)) for word in counts]
        values += [value / length if length else 0.0 for value in row]
        starts.append(len(columns))
    return csr_matrix((values, columns, starts), shape=(len(bags), max(1, len(column))))


def products(rows: csr_matrix, left: Ints, right: Ints, step: int = 50_000) -> Floats:
    """The inner product of the rows `left[n]` and `right[n]` for each n; in portions, so that memory stays bounded."""
    out = np.zeros(len(left))
    for at in range(0, len(left), step):
        part = slice(at, at + step)
        out[part] = np.asarray(rows[left[part]].multiply(rows[right[part]]).sum(axis=1)).ravel()
    return out
