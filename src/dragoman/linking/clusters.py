"""From scores of pairs to stories: average linkage with vetoes.

Two clusters are joined while the mean score over all pairs between them is above 0 and no pair is impossible (average
linkage: Sokal and Michener 1958). A chain of likely neighbours therefore never joins what is unlike as a whole. No join
can happen across sets of events without a likely pair between them, so each such set is clustered by itself, and only the
sets that new events touch are done anew.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from dragoman.linking.vectors import Flags, Floats, Ints

LIKELY = 0.0
MOST = 400
"""Largest set that is clustered as a whole; a greater one is first cut at its weakest likely pairs."""
STEP = 0.5
UNCOMPARED = -6.0
"""What counts for a pair that was not worth comparing: other families, states or days."""


def components(size: int, left: Ints, right: Ints) -> Ints:
    """The number of the set that each of `size` items is in, when these pairs hang together."""
    graph = csr_matrix((np.ones(len(left)), (left, right)), shape=(size, size))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def bounded(size: int, left: Ints, right: Ints, scores: Floats, most: int = MOST) -> Ints:
    """As `components` over the likely pairs, but with ever higher demands within sets of more than `most` items."""
    keep = scores > LIKELY
    label = components(size, left[keep], right[keep])
    demand = LIKELY
    while True:
        sizes = np.bincount(label, minlength=1)
        large = sizes > most
        if not large.any():
            return label
        demand += STEP
        keep &= ~large[label[left]] | (scores > demand)
        label = components(size, left[keep], right[keep])


def average_linkage(scores: Floats, vetoes: Flags, start: Sequence[int] | None = None) -> list[int]:
    """The cluster of each item, numbered by their first items. `scores` and `vetoes` are square and symmetric.

    `start` gives clusters to begin with (items of one number are together). Ties go to the clusters with the first items.
    """
    label = list(range(len(scores))) if start is None else [list(start).index(s) for s in start]
    members = {at: [n for n, own in enumerate(label) if own == at] for at in sorted(set(label))}
    heads = list(members)
    sums, barred, sizes = _totals(scores, vetoes, [members[head] for head in heads])
    alive = np.ones(len(heads), dtype=bool)
    mean = _means(sums, barred, sizes)
    while alive.sum() > 1:
        best = int(np.argmax(mean))
        i, j = sorted(divmod(best, len(heads)))
        if not mean[i, j] > LIKELY:
            break
        for table, join in ((sums, np.add), (barred, np.logical_or)):
            table[i] = join(table[i], table[j])
            table[:, i] = table[i]
        sizes[i] += sizes[j]
        alive[j] = False
        members[heads[i]] += members.pop(heads[j])
        mean[j], mean[:, j] = -np.inf, -np.inf
        row = np.where(barred[i] | ~alive, -np.inf, np.round(sums[i] / (sizes[i] * sizes), 9))
        row[i] = -np.inf
        mean[i], mean[:, i] = row, row
    found = list(range(len(scores)))
    for head, items in members.items():
        for item in items:
            found[item] = min(items) if head != min(items) else head
    return found


def _totals(scores: Floats, vetoes: Flags, groups: list[list[int]]) -> tuple[Floats, Flags, Floats]:
    """Sums of scores and any veto between groups, and the sizes of the groups."""
    share = np.zeros((len(groups), len(scores)))
    for n, items in enumerate(groups):
        share[n, items] = 1.0
    sums = share @ scores @ share.T
    barred = (share @ vetoes.astype(float) @ share.T) > 0
    return sums, barred, share.sum(axis=1)


def _means(sums: Floats, barred: Flags, sizes: Floats) -> Floats:
    mean = np.where(barred, -np.inf, sums / np.outer(sizes, sizes))
    np.fill_diagonal(mean, -np.inf)
    return np.asarray(np.round(mean, 9))
