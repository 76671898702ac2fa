"""Which documents tell of the same affair: average-link clustering of TF-IDF vectors of content words and names."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.cluster.hierarchy import cophenet, fcluster, linkage
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import squareform

from dragoman.linking.vectors import Floats, Ints


class Topics:
    """`group` of each document, and how near two documents of one group are: by themselves and through their like."""

    def __init__(self, vectors: csr_matrix, apart: float, faint: float) -> None:
        """Group documents (rows of length 1) of average distance below `apart`; cosines below `faint` are 0."""
        self.group: Ints = np.zeros(vectors.shape[0], dtype=np.int64)
        self._place: Ints = np.zeros(vectors.shape[0], dtype=np.int64)
        self._part: Ints = np.zeros(vectors.shape[0], dtype=np.int64)
        self._near: list[Floats] = []
        self._joined: list[Floats] = []
        cosines = (vectors @ vectors.T).tocsr()
        cosines.data[cosines.data < faint] = 0.0
        cosines.eliminate_zeros()
        _, part = connected_components(cosines, directed=False)
        groups = 0
        for number in range(int(part.max()) + 1 if len(part) else 0):
            members = np.flatnonzero(part == number)
            groups += self._cluster(members, cosines[members][:, members].toarray(), apart, groups)

    def _cluster(self, members: Ints, cosines: Floats, apart: float, first: int) -> int:
        distances = np.clip(np.round(1.0 - cosines, 9), 0.0, 1.0)
        np.fill_diagonal(distances, 0.0)
        self._place[members] = np.arange(len(members))
        self._part[members] = len(self._near)
        self._near.append(1.0 - distances)
        if len(members) == 1:
            self._joined.append(np.ones((1, 1)))
            self.group[members] = first
            return 1
        tree = linkage(squareform(distances, checks=False), "average")
        self._joined.append(1.0 - squareform(cophenet(tree)))
        labels = fcluster(tree, apart, "distance")
        self.group[members] = first + labels - 1
        return int(labels.max())

    def near(self, left: Sequence[int] | Ints, right: Sequence[int] | Ints) -> tuple[Floats, Floats]:
        """Cosine of each pair of documents, and 1 minus the height at which clustering joins them."""
        near, joined = np.zeros(len(left)), np.zeros(len(left))
        left, right = np.asarray(left), np.asarray(right)
        for part in np.unique(self._part[left]) if len(left) else ():
            chosen = np.flatnonzero((self._part[left] == part) & (self._part[right] == part))
            at = self._place[left[chosen]], self._place[right[chosen]]
            near[chosen], joined[chosen] = self._near[part][at], self._joined[part][at]
        near[left == right] = joined[left == right] = 1.0
        return near, joined
