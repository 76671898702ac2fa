"""Stories out of compared events: sets that hang together, clusters within them, and why each event is where it is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

import msgspec
import numpy as np

from dragoman.linking.clusters import UNCOMPARED, average_linkage, bounded, components
from dragoman.linking.compare import Comparison, scores_between
from dragoman.linking.story_features import AT_ONCE, explained, pair_features
from dragoman.linking.tellings import Telling
from dragoman.linking.vectors import Flags, Ints


class Join(msgspec.Struct, frozen=True):
    """Two events that were compared: places in the comparison, whether both are in the story, the score."""

    one: int
    other: int
    joined: bool
    score: float


class Group(msgspec.Struct, frozen=True):
    """A story to be: places of its events in the comparison, in order; the set that it lies in; what explains it."""

    items: tuple[int, ...]
    cluster: str
    joins: tuple[Join, ...]


def cluster_name(tellings: Sequence[Telling]) -> str:
    """The name of a set of events: the same whenever it holds the same first event."""
    first = min(telling.key for telling in tellings)
    return "c" + hashlib.blake2b("\x1f".join(first).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _forced(count: int, same: Sequence[tuple[int, int]], different: Sequence[tuple[int, int]]) -> list[int]:
    """Where each of `count` items starts when what people call the same is together; "different" goes before."""
    barred = set(different)
    label = list(range(count))
    for one, other in same:
        a, b = label[one], label[other]
        if a == b:
            continue
        side_a = [n for n in range(count) if label[n] == a]
        side_b = [n for n in range(count) if label[n] == b]
        if any((min(x, y), max(x, y)) in barred for x in side_a for y in side_b):
            continue
        for n in side_b:
            label[n] = a
    return label


def _rows_by_label(label: Ints, left: Ints, rows: Ints) -> dict[int, Ints]:
    """The pairs within each label, given that both items of a pair have one."""
    order = rows[np.argsort(label[left[rows]], kind="stable")]
    labels = label[left[order]]
    cuts = np.flatnonzero(np.diff(labels)) + 1
    return {int(label[left[part[0]]]): part for part in np.split(order, cuts) if len(part)}


def _clusters(comparison: Comparison, items: Ints, rows: Ints) -> list[list[int]]:
    """The clusters among some items that hang together."""
    place = {int(item): n for n, item in enumerate(items)}
    left = np.array([place[int(comparison.left[row])] for row in rows], dtype=np.int64)
    right = np.array([place[int(comparison.right[row])] for row in rows], dtype=np.int64)
    usable = np.where(comparison.barred[rows], UNCOMPARED, comparison.scores[rows])
    pieces = bounded(len(items), left, right, usable)
    found: list[list[int]] = []
    for label in range(int(pieces.max()) + 1):
        members = np.flatnonzero(pieces == label)
        inside = rows[(pieces[left] == label) & (pieces[right] == label)]
        own = items[members]
        scores, barred = scores_between(comparison, own, inside, UNCOMPARED)
        at = {int(item): n for n, item in enumerate(own)}
        said = [
            [(at[a], at[b]) for a, b in pairs if a in at and b in at]
            for pairs in (comparison.same, comparison.different)
        ]
        start = _forced(len(own), said[0], said[1]) if said[0] else None
        labels = average_linkage(scores, barred, start)
        for head in sorted(set(labels)):
            found.append([int(own[n]) for n, value in enumerate(labels) if value == head])
    return found


def sets_of(comparison: Comparison, wanted: Sequence[int]) -> tuple[dict[int, list[int]], Ints, Flags]:
    """The wanted tellings (by place) in sets that hang together by likely pairs.

    Also the number of the set that each telling is in, and which of the pairs lie within what is wanted.
    """
    size = len(comparison.tellings)
    chosen = np.zeros(size, dtype=bool)
    chosen[list(wanted)] = True
    within: Flags = chosen[comparison.left] & chosen[comparison.right]
    likely = comparison.likely & within
    label = components(size, comparison.left[likely], comparison.right[likely])
    sets: dict[int, list[int]] = {}
    for item in sorted(wanted):
        sets.setdefault(int(label[item]), []).append(item)
    return sets, label, within


def groups(comparison: Comparison, wanted: Sequence[int]) -> Iterator[Group]:
    """The stories of the wanted tellings (by place), which hang together with no others."""
    sets, label, within = sets_of(comparison, wanted)
    both = np.flatnonzero(within & (label[comparison.left] == label[comparison.right]))
    inside = _rows_by_label(label, comparison.left, both)
    story = np.full(len(comparison.tellings), -1, dtype=np.int64)
    made: list[tuple[list[int], str]] = []
    for number, items in sets.items():
        name = cluster_name([comparison.tellings[n] for n in items])
        pairs = inside.get(number)
        parts = [items] if pairs is None else _clusters(comparison, np.array(items, dtype=np.int64), pairs)
        for part in parts:
            story[part] = len(made)
            made.append((part, name))
    joins = _joins(comparison, story)
    for number, (part, name) in enumerate(made):
        yield Group(tuple(part), name, tuple(joins.get(number, ())))


def _joins(comparison: Comparison, story: Ints) -> dict[int, list[Join]]:
    """For each event its best link within its story, and for each story its nearest event left out."""
    found: dict[int, list[Join]] = {}
    seen: set[tuple[int, int]] = set()
    linked: set[int] = set()
    nearest: set[int] = set()
    order = np.lexsort((comparison.right, comparison.left, -comparison.scores))
    for row in order.tolist():
        a, b, score = int(comparison.left[row]), int(comparison.right[row]), float(comparison.scores[row])
        if story[a] >= 0 and story[a] == story[b]:
            if (a not in linked or b not in linked) and (a, b) not in seen:
                seen.add((a, b))
                linked |= {a, b}
                found.setdefault(int(story[a]), []).append(Join(a, b, True, score))
            continue
        for one, other in ((a, b), (b, a)):
            number = int(story[one])
            if number >= 0 and number not in nearest:
                nearest.add(number)
                found.setdefault(number, []).append(Join(one, other, False, score))
    return found


def join_features(comparison: Comparison, joins: Sequence[Join]) -> Iterator[dict[str, list[float]]]:
    """Value and weight of each feature of some joins, in their order."""
    left = np.array([min(join.one, join.other) for join in joins], dtype=np.int64)
    right = np.array([max(join.one, join.other) for join in joins], dtype=np.int64)
    for at in range(0, len(joins), AT_ONCE):
        part = slice(at, at + AT_ONCE)
        yield from (explained(row) for row in pair_features(comparison.frame, left[part], right[part]))
