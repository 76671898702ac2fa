"""What a group of documents as a whole shows of two trigger words: used of the same parties, side by side, or not.

Two words that a group uses with the same participants tend to name one event ("bought", "deal"); two words that stand
in the same sentences tend to name two ("killed", "said").
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix, diags

from dragoman.linking.vectors import Floats, Ints, products

PROFILES = ("clauses", "agents", "patients", "contexts")
HEAD_FEATURES = (
    *(f"head_{name}" for name in PROFILES),
    "head_documents",
    "head_sentences",
    "head_rarer",
    "head_commoner",
    "group_size",
)


def _counts(rows: Ints, columns: Ints) -> csr_matrix:
    """1 where a row (a head of a group) has a column (a document, a sentence)."""
    _, columns = np.unique(columns, return_inverse=True)
    shape = (int(rows.max()) + 1, int(columns.max()) + 1) if len(rows) else (1, 1)
    found = csr_matrix((np.ones(len(rows)), (rows, columns)), shape=shape)
    found.data[:] = 1.0
    return found


def _unit(rows: csr_matrix) -> csr_matrix:
    length = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    return (diags(1.0 / np.where(length > 0, length, 1.0)) @ rows).tocsr()


class Heads:
    """The heads of each group of documents, with the sums of the vectors of their mentions."""

    def __init__(self, group: Ints, head: Ints, document: Ints, sentence: Ints, vectors: Sequence[csr_matrix]) -> None:
        """`vectors` holds a matrix for each of `PROFILES`, one row for each mention."""
        size = len(group)
        _, of = np.unique(group * (int(head.max(initial=0)) + 1) + head, return_inverse=True)
        self._of: Ints = of.astype(np.int64)
        heads = int(self._of.max(initial=0)) + 1
        members = csr_matrix((np.ones(size), (self._of, np.arange(size))), shape=(heads, size))
        self._profiles = [_unit(members @ rows) for rows in vectors]
        places = document * (int(sentence.max(initial=0)) + 1) + sentence
        self._beside = {
            "head_documents": _counts(self._of, document),
            "head_sentences": _counts(self._of, places),
        }
        self._documents: Floats = np.asarray(self._beside["head_documents"].sum(axis=1)).ravel()
        self._size: Floats = np.log(np.bincount(group, minlength=1)[group]) if size else np.zeros(0)

    def features(self, left: Ints, right: Ints) -> dict[str, Floats]:
        """Of pairs of mentions: cosines of their heads' profiles; share of documents, sentences that have both (0 for
        one head); in how many documents the rarer and the commoner head stand, and how many mentions there are (logs).
        """
        a, b = self._of[left], self._of[right]
        values = {f"head_{name}": products(rows, a, b) for name, rows in zip(PROFILES, self._profiles, strict=True)}
        for name, rows in self._beside.items():
            uses = np.asarray(rows.sum(axis=1)).ravel()
            values[name] = np.where(a == b, 0.0, products(rows, a, b) / np.minimum(uses[a], uses[b]))
        in_documents = np.log1p(self._documents)
        values["head_rarer"] = np.minimum(in_documents[a], in_documents[b])
        values["head_commoner"] = np.maximum(in_documents[a], in_documents[b])
        values["group_size"] = self._size[left]
        return values
