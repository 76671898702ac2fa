"""Grouping by block: sets of events that hang together are clustered apart from each other, here or on other machines.

The groups are those of `dragoman.linking.grouping.groups` over everything, in its order: no cluster reaches out of its set,
and what explains a story are the pairs that touch it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np

from dragoman.linking.blocks import Spread, places
from dragoman.linking.compare import Comparison
from dragoman.linking.grouping import Group, groups, join_features, sets_of
from dragoman.linking.vectors import Ints

EVENTS = 2000
"""Events of a block; a set is never divided."""
Features = dict[str, list[float]]


class GroupBlock(msgspec.Struct, frozen=True):
    """A comparison, and the places in it of the events to group."""

    comparison: Comparison
    wanted: list[int]


def group_block(block: GroupBlock) -> list[tuple[Group, list[Features]]]:
    """The groups of a block, each with the features of its joins."""
    found = list(groups(block.comparison, block.wanted))
    features = join_features(block.comparison, [join for group in found for join in group.joins])
    return [(group, [next(features) for _ in group.joins]) for group in found]


def groups_by_block(
    comparison: Comparison, wanted: Sequence[int], spread: Spread
) -> Iterator[tuple[Group, list[Features]]]:
    """As `groups`, with the features of the joins, worked out block by block."""
    parts = list(_parts(comparison, wanted))
    blocks = (GroupBlock(comparison.part(used), places(used, items).tolist()) for items, used in parts)
    for (_, used), found in zip(parts, spread(group_block, blocks), strict=True):
        for group, features in found:
            yield _moved(group, used), features


def _moved(group: Group, used: Ints) -> Group:
    """A group by its places in the whole comparison."""
    joins = (
        msgspec.structs.replace(join, one=int(used[join.one]), other=int(used[join.other])) for join in group.joins
    )
    return Group(tuple(int(used[n]) for n in group.items), group.cluster, tuple(joins))


def _parts(comparison: Comparison, wanted: Sequence[int]) -> Iterator[tuple[Ints, Ints]]:
    """The wanted events in whole sets, some `EVENTS` at a time, and with each part all that its events were compared with."""
    sets, _, _ = sets_of(comparison, wanted)
    part: list[int] = []
    for items in sets.values():
        if part and len(part) + len(items) > EVENTS:
            yield _with_compared(comparison, part)
            part = []
        part += items
    if part:
        yield _with_compared(comparison, part)


def _with_compared(comparison: Comparison, part: list[int]) -> tuple[Ints, Ints]:
    items = np.array(part, dtype=np.int64)
    own = np.zeros(len(comparison.tellings), dtype=bool)
    own[items] = True
    touching = own[comparison.left] | own[comparison.right]
    used = np.unique(np.concatenate([items, comparison.left[touching], comparison.right[touching]]))
    return items, used.astype(np.int64)
