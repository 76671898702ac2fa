"""Comparing what is worth comparing: candidate pairs of events with their scores, and people's rulings among them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property

import duckdb
import msgspec
import numpy as np
import pyarrow as pa

from dragoman.linking.blocking import candidate_pairs
from dragoman.linking.blocks import Spread, places, scored
from dragoman.linking.clusters import LIKELY
from dragoman.linking.denials import misplaced
from dragoman.linking.story_features import Frame, impossible, pair_scores
from dragoman.linking.tellings import Key, Telling, read_tellings
from dragoman.linking.vectors import Flags, Floats, Ints

SURE = 20.0
"""What counts for a pair that a person has called the same."""
FEW = 60
"""Up to so many tellings that hang together, all pairs among them are scored, also those that share no key."""
Ruling = tuple[Key, Key, str]


class Located(msgspec.Struct, frozen=True):
    """An event by its keys, with the origin of its report and whether another report shares that origin."""

    report_id: str
    event_id: str
    origin_id: str
    shared: bool

    @property
    def key(self) -> Key:
        return self.report_id, self.event_id


class Comparison:
    """Tellings, and the pairs of them (by their places) that were compared, with scores; impossible ones barred."""

    def __init__(
        self,
        tellings: Sequence[Telling],
        left: Ints,
        right: Ints,
        rulings: Iterable[Ruling],
        spread: Spread | None = None,
    ) -> None:
        self.tellings = tellings
        self.same: list[tuple[int, int]] = []
        self.different: list[tuple[int, int]] = []
        self._rule(rulings)
        self.left, self.right = _with(left, right, self.same)
        self.parted: Flags = np.zeros(len(self.left), dtype=bool)
        self.scores, self.barred = self._scored() if spread is None else scored(tellings, self.left, self.right, spread)
        self.parted = misplaced(tellings, self.left, self.right, self.likely)
        self.barred |= self.parted
        self._obey()

    @cached_property
    def frame(self) -> Frame:
        """The tellings as arrays; made when first asked for, as blocks have their own."""
        return Frame(self.tellings)

    def _scored(self) -> tuple[Floats, Flags]:
        scores = pair_scores(self.frame, self.left, self.right)
        barred: Flags = np.zeros(len(self.left), dtype=bool)
        for at in range(0, len(self.left), 100_000):
            part = slice(at, at + 100_000)
            barred[part] = impossible(self.frame, self.left[part], self.right[part])
        return scores, barred

    def part(self, used: Ints) -> Comparison:
        """What was found out about some of the tellings (by their places, in order), as a comparison of its own."""
        made = Comparison.__new__(Comparison)
        made.tellings = [self.tellings[n] for n in used.tolist()]
        inside = np.zeros(len(self.tellings), dtype=bool)
        inside[used] = True
        rows = inside[self.left] & inside[self.right]
        made.left, made.right = places(used, self.left[rows]), places(used, self.right[rows])
        made.scores, made.barred, made.parted = self.scores[rows], self.barred[rows], self.parted[rows]
        at = {n: place for place, n in enumerate(used.tolist())}
        made.same, made.different = (
            [(at[one], at[other]) for one, other in pairs if one in at and other in at]
            for pairs in (self.same, self.different)
        )
        return made

    def _rule(self, rulings: Iterable[Ruling]) -> None:
        place = {telling.key: n for n, telling in enumerate(self.tellings)}
        for one, other, verdict in rulings:
            if one in place and other in place and one != other:
                pair = sorted((place[one], place[other]))
                (self.same if verdict == "same" else self.different).append((pair[0], pair[1]))

    def _obey(self) -> None:
        said = {**dict.fromkeys(self.same, SURE), **dict.fromkeys(self.different, -SURE)}
        if not said:
            return
        for n, pair in enumerate(zip(self.left.tolist(), self.right.tolist(), strict=True)):
            if (score := said.get((min(pair), max(pair)))) is not None:
                self.scores[n] = score
                self.barred[n] = score < 0

    @property
    def likely(self) -> np.ndarray:
        """Which of the pairs speak for one happening and are not impossible.

        The pairs of a denial with the happenings that it is not about are among them: what is near it decides which.
        """
        return (self.scores > LIKELY) & (~self.barred | self.parted)


def _with(left: Ints, right: Ints, extra: Sequence[tuple[int, int]]) -> tuple[Ints, Ints]:
    """The pairs with some added, the lesser place first, each once, in order."""
    pairs = np.stack([np.minimum(left, right), np.maximum(left, right)], axis=1)
    if extra:
        pairs = np.concatenate([pairs, np.array(extra, dtype=np.int64)])
    pairs = np.unique(pairs, axis=0)
    return pairs[:, 0].astype(np.int64), pairs[:, 1].astype(np.int64)


def compare(
    connection: duckdb.DuckDBPyConnection,
    events: Sequence[Located],
    fresh: Collection[Key],
    rulings: Sequence[Ruling],
    known: Mapping[Key, Telling] | None = None,
    spread: Spread | None = None,
) -> Comparison:
    """Compare fresh events with all of `events` (given in order); the others only with fresh ones.

    The tellings of the comparison are those of all fresh events and of the events that they were compared with.
    """
    new = fresh if isinstance(fresh, (set, frozenset)) else frozenset(fresh)
    table = pa.table(
        {
            "number": pa.array(range(len(events)), pa.int64()),
            "report_id": pa.array([e.report_id for e in events], pa.string()),
            "event_id": pa.array([e.event_id for e in events], pa.string()),
            "origin_id": pa.array([e.origin_id for e in events], pa.string()),
            "shared_origin": pa.array([e.shared for e in events], pa.bool_()),
            "fresh": pa.array([e.key in new for e in events], pa.bool_()),
        }
    )
    connection.register("numbered", table)
    left, right = candidate_pairs(connection)
    connection.unregister("numbered")
    ruled = {key for one, other, _ in rulings if one in new or other in new for key in (one, other)}
    used = (
        {n for n, e in enumerate(events) if e.key in new or e.key in ruled} | set(left.tolist()) | set(right.tolist())
    )
    numbers = sorted(used)
    held = known or {}
    missing = [
        (n, events[n].report_id, events[n].event_id, events[n].origin_id) for n in numbers if events[n].key not in held
    ]
    read = {telling.key: telling for telling in read_tellings(connection, missing, spread)}
    tellings = [read.get(events[n].key) or held[events[n].key] for n in numbers]
    place = np.full(len(events), -1, dtype=np.int64)
    place[numbers] = np.arange(len(numbers))
    return Comparison(tellings, place[left], place[right], rulings, spread)


def scores_between(comparison: Comparison, items: Ints, rows: Ints, empty: float) -> tuple[Floats, np.ndarray]:
    """Square tables of the scores and vetoes among some tellings; `rows` are the pairs among them that were compared.

    Up to `FEW` tellings, the other pairs are scored here; among more, they count as `empty`.
    """
    size = len(items)
    place = {int(item): n for n, item in enumerate(items)}
    left = np.array([place[int(item)] for item in comparison.left[rows]], dtype=np.int64)
    right = np.array([place[int(item)] for item in comparison.right[rows]], dtype=np.int64)
    scores = np.full((size, size), empty)
    barred = np.zeros((size, size), dtype=bool)
    if size <= FEW:
        seen = np.eye(size, dtype=bool)
        seen[left, right] = seen[right, left] = True
        more, other = (np.asarray(found, dtype=np.int64) for found in np.nonzero(np.triu(~seen)))
        low, high = np.minimum(items[more], items[other]), np.maximum(items[more], items[other])
        scores[more, other] = scores[other, more] = pair_scores(comparison.frame, low, high)
        if len(more):
            barred[more, other] = barred[other, more] = impossible(comparison.frame, low, high)
    for one, two in comparison.different:
        if one in place and two in place:
            barred[place[one], place[two]] = barred[place[two], place[one]] = True
    scores[left, right] = scores[right, left] = comparison.scores[rows]
    barred[left, right] = barred[right, left] = comparison.barred[rows]
    return scores, barred
