"""Turning points of a series: where its level changes by more than chance explains.

A series of counts is made comparable over time (divided by the reports read, where their number varies) and steady in
its variance (square root, after Anscombe 1948), one column for cooperation and one for conflict. `ruptures` finds the
split that most reduces the squared deviations from the mean on either side; the same statistic of the series in random
orders (Monte Carlo permutation test; Good 2005) tells how often chance alone does as well. Only a split that passes is
kept, and its two parts are searched in turn (binary segmentation), so that of series without any order at most `alpha`
give a turning point at all.
"""

from __future__ import annotations

import msgspec
import numpy as np
import ruptures

ALPHA = 0.04
"""Below the 5 % promised, so that the share measured on shuffled series stays below it, too."""
SHUFFLES = 999
SHORTEST = 4
"""Periods on either side of a turning point, at least."""
SEED = 20251117
Series = np.ndarray


class TurningPoint(msgspec.Struct, frozen=True, kw_only=True):
    """A split: `index` is the first period after it, `start` and `end` (exclusive) the stretch that was split.

    `p`: share of the series in random order with as good a split. `gain`: share of the squared deviations that the
    split explains.
    """

    index: int
    start: int
    end: int
    p: float
    gain: float


def signal(cooperation: Series, conflict: Series, read: Series) -> Series:
    """The series to test: square roots of the counts, as if equally many reports had been read in every period."""
    known = read[read > 0]
    weight = np.where(read > 0, (known.mean() if len(known) else 1.0) / np.maximum(read, 1), 1.0)
    return np.sqrt(np.column_stack([cooperation, conflict]) * weight[:, None])


def best_split(values: Series, shortest: int = SHORTEST) -> int:
    """Where the series is split best in two, by ruptures (least squares)."""
    finder = ruptures.KernelCPD(kernel="linear", min_size=shortest).fit(np.ascontiguousarray(values, dtype=float))
    return int(finder.predict(n_bkps=1)[0])


def gains(orders: Series, shortest: int = SHORTEST) -> Series:
    """The greatest reduction of the squared deviations by one split, for many series (orders, periods, columns)."""
    periods = orders.shape[1]
    left = np.cumsum(orders, axis=1)
    total = left[:, -1:, :]
    size = np.arange(1, periods + 1)[None, :, None]
    at = slice(shortest - 1, periods - shortest)
    left, size = left[:, at], size[:, at]
    reduction = left**2 / size + (total - left) ** 2 / (periods - size) - total**2 / periods
    best: Series = reduction.sum(axis=2).max(axis=1)
    return best


def turning_points(
    values: Series, *, alpha: float = ALPHA, shuffles: int = SHUFFLES, shortest: int = SHORTEST, seed: int = SEED
) -> list[TurningPoint]:
    """The turning points of a series (periods, columns), in order of time; none in one too short or without change."""
    found: list[TurningPoint] = []
    made = np.random.default_rng(seed)
    stretches = [(0, len(values))]
    while stretches:
        start, end = stretches.pop()
        point = _tested(values, start, end, made, shuffles, shortest)
        if point is None or point.p > alpha:
            continue
        found.append(point)
        stretches += [(start, point.index), (point.index, end)]
    return sorted(found, key=lambda point: point.index)


def _tested(
    values: Series, start: int, end: int, made: np.random.Generator, shuffles: int, shortest: int
) -> TurningPoint | None:
    part = values[start:end]
    spread = float(((part - part.mean(axis=0)) ** 2).sum()) if len(part) else 0.0
    if len(part) < 2 * shortest or spread < 1e-12:
        return None
    orders = made.permuted(np.tile(np.arange(len(part)), (shuffles, 1)), axis=1)
    reached = float(gains(part[None], shortest)[0])
    by_chance = gains(part[orders], shortest)
    p = (1 + int((by_chance >= reached - 1e-9).sum())) / (shuffles + 1)
    index = start + best_split(part, shortest)
    return TurningPoint(index=index, start=start, end=end, p=round(p, 4), gain=round(reached / spread, 4))
