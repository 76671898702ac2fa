"""Comparing by block, so that other processes and machines can do the work of linking.

A `Spread` runs a function over blocks and gives the results back in the order of the blocks; ``map`` is one, a Ray cluster
is another (`dragoman.engines.ray_blocks`). Blocks of pairs are stretches of days: only events whose days meet are
compared, so a telling is in two blocks at most times. Scores are those of `pair_scores` over all, as the score of a pair
depends on its two tellings alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol

import msgspec
import numpy as np

from dragoman.linking.story_features import Frame, impossible, pair_scores
from dragoman.linking.tellings import Telling
from dragoman.linking.vectors import Flags, Floats, Ints

PAIRS = 50_000
"""Pairs of a block: seconds of one core."""


class Spread(Protocol):
    """Runs a function of a module, which changes nothing, over blocks; the results come in the order of the blocks."""

    def __call__(self, work: Callable[[Any], Any], blocks: Iterable[Any], /) -> Iterator[Any]:
        """The result of each block."""


class PairBlock(msgspec.Struct, frozen=True):
    """Some tellings, and the pairs of them (by their places here) to be scored."""

    tellings: list[Telling]
    left: Ints
    right: Ints


def score_block(block: PairBlock) -> tuple[Floats, Flags]:
    """Scores of the pairs, and which of them are impossible."""
    frame = Frame(block.tellings)
    return pair_scores(frame, block.left, block.right), impossible(frame, block.left, block.right).astype(bool)


def scored(tellings: Sequence[Telling], left: Ints, right: Ints, spread: Spread) -> tuple[Floats, Flags]:
    """Scores and vetoes of pairs of tellings, worked out block by block."""
    scores, barred = np.zeros(len(left)), np.zeros(len(left), dtype=bool)
    day = np.array([t.day_from if t.day_from is not None else t.published or 0 for t in tellings], dtype=np.int64)
    order = np.argsort(day[left], kind="stable") if len(left) else np.zeros(0, dtype=np.int64)
    cuts = [order[at : at + PAIRS] for at in range(0, len(order), PAIRS)]
    blocks = (_pair_block(tellings, left[rows], right[rows]) for rows in cuts)
    for rows, (found, vetoes) in zip(cuts, spread(score_block, blocks), strict=True):
        scores[rows], barred[rows] = found, vetoes
    return scores, barred


def _pair_block(tellings: Sequence[Telling], left: Ints, right: Ints) -> PairBlock:
    used = np.unique(np.concatenate([left, right]))
    return PairBlock([tellings[n] for n in used.tolist()], places(used, left), places(used, right))


def places(used: Ints, items: Ints) -> Ints:
    """Where each of some items stands among those used (which are in order)."""
    return np.asarray(np.searchsorted(used, items), dtype=np.int64)
