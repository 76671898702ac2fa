"""Origins: which reports carry one text, and who carried it first.

Texts are compared as sets of word pairs, pairs of common words left out. Candidates come from MinHash with locality
sensitive hashing (Broder 1997; Leskovec, Rajaraman and Ullman, ch. 3; the datasketch library), and each is verified on the
sets themselves: texts that share less than half must share it all along, for interviews and readouts made to one pattern
share whole passages and nothing between them, an edited copy a little of everything. Copies are carried within days of each
other. An origin is a set of reports that hang together by copies; its first carrier is the earliest by day of publication,
then by id.
"""

from __future__ import annotations

import hashlib
import zlib
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import pairwise

import msgspec
import numpy as np
from numpy.typing import NDArray

from dragoman.linking.clusters import components
from dragoman.linking.texts import stem, weight, words

PERMUTATIONS, BANDS, ROWS = 256, 128, 2
SEED = 1
# A pair of words counts where one of them tells something.
TELLING = 0.3
LEAST_SHINGLES = 12
# Share of the smaller set that must be in the other; a short text has to share more.
CONTAINED, CONTAINED_SHORT, SHORT = 0.33, 0.45, 60
# Below this share the lesser text is cut into up to so many stretches of at least so many pairs; most have to share some.
PLAIN, STRETCHES, LEAST_STRETCH, STRETCH_SHARES, MOST_STRETCHES = 0.5, 8, 10, 0.12, 0.85
WINDOW = 10
MOST_WORDS = 3000


class Shingles(msgspec.Struct, frozen=True):
    """Pairs of neighbouring words as sorted hashes, each once, and the order in which they first stand in the text."""

    hashes: NDArray[np.uint32]
    order: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.hashes)


class Carried(msgspec.Struct, frozen=True, kw_only=True):
    """A report as origins see it; `published` is its first day of publication since 1970-01-01."""

    report_id: str
    published: int | None
    publisher: str | None
    text: str


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """A report's origin; the columns of the table ``origins``."""

    report_id: str
    origin_id: str
    first_report_id: str
    relation: str
    agency: str | None = None
    similarity: float | None = None


class Copy(msgspec.Struct, frozen=True):
    """Two reports that carry one text."""

    one: str
    other: str
    similarity: float


def shingles(text: str) -> Shingles:
    """The pairs of neighbouring words of a text that tell something."""
    listed = words(text[: MOST_WORDS * 8])[:MOST_WORDS]
    kept = [
        zlib.crc32(f"{a} {b}".encode("utf-8", "replace"))
        for a, b in pairwise(listed)
        if max(_telling(a), _telling(b)) >= TELLING
    ]
    hashes, first = np.unique(np.array(kept, dtype=np.uint32), return_index=True)
    return Shingles(hashes, np.argsort(first))


@lru_cache(maxsize=200_000)
def _telling(word: str) -> float:
    return weight(stem(word))


def likeness(one: Shingles, other: Shingles) -> float:
    """Share of the smaller set of word pairs that is in the other too (containment; Broder 1997)."""
    least = min(len(one), len(other))
    return len(np.intersect1d(one.hashes, other.hashes, assume_unique=True)) / least if least else 0.0


def shares_throughout(one: Shingles, other: Shingles) -> bool:
    """Whether most stretches of the lesser text have some of their pairs of words in the other."""
    lesser, greater = (one, other) if len(one) <= len(other) else (other, one)
    shared = np.isin(lesser.hashes, greater.hashes, assume_unique=True)[lesser.order]
    count = min(STRETCHES, max(1, len(lesser) // LEAST_STRETCH))
    sharing = sum(float(part.mean()) >= STRETCH_SHARES for part in np.array_split(shared, count))
    return sharing >= MOST_STRETCHES * count


def is_copy(one: Shingles, other: Shingles) -> float | None:
    """The likeness of two texts that are copies; None where they are not."""
    found, least = likeness(one, other), min(len(one), len(other))
    enough = CONTAINED if least >= SHORT else CONTAINED_SHORT
    if least < LEAST_SHINGLES or found < enough:
        return None
    return round(found, 4) if found >= PLAIN or shares_throughout(one, other) else None


class _Index:
    """The texts seen so far that a later one may be a copy of: those of the last days, and those of unknown date."""

    def __init__(self) -> None:
        from datasketch import MinHash, MinHashLSH

        self._lsh = MinHashLSH(num_perm=PERMUTATIONS, params=(BANDS, ROWS))
        self._model = MinHash(num_perm=PERMUTATIONS, seed=SEED, hashfunc=int)
        self._held: dict[int, tuple[Carried, Shingles]] = {}
        self._dated: deque[int] = deque()
        self._next = 0

    def like(self, report: Carried, found: Shingles) -> list[tuple[Carried, Shingles]]:
        """The texts that may be copies of this one; it is then one of those seen."""
        self._forget(report.published)
        sign = self._model.copy()
        sign.update_batch(found.hashes.tolist())
        near = [self._held[at] for at in sorted(self._lsh.query(sign))]
        self._lsh.insert(self._next, sign)
        self._held[self._next] = report, found
        if report.published is not None:
            self._dated.append(self._next)
        self._next += 1
        return near

    def _forget(self, day: int | None) -> None:
        """Drop what is too old to be copied on a day; days come in order."""
        while day is not None and self._dated and (self._held[self._dated[0]][0].published or 0) < day - WINDOW:
            gone = self._dated.popleft()
            self._lsh.remove(gone)
            del self._held[gone]


def find_copies(reports: Iterable[Carried], fresh: Iterable[str] | None = None) -> Iterator[Copy]:
    """Pairs of copies among reports, at least one of each pair among the fresh ones (all, by default).

    Dated reports have to come in the order of their days, after those without a date.
    """
    index, new = _Index(), None if fresh is None else frozenset(fresh)
    for report in reports:
        found = shingles(report.text)
        if len(found) < LEAST_SHINGLES:
            continue
        for other, theirs in index.like(report, found):
            if new is not None and report.report_id not in new and other.report_id not in new:
                continue
            similarity = is_copy(found, theirs)
            if similarity is not None:
                one, two = sorted((other.report_id, report.report_id))
                yield Copy(one, two, similarity)


def origin_id(report_id: str) -> str:
    """The id of the origin that a report carried first."""
    return "o" + hashlib.blake2b(report_id.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def group_origins(reports: Mapping[str, tuple[int | None, str | None]], copies: Iterable[Copy]) -> dict[str, Origin]:
    """The origin of each report; `reports` gives day of publication and agency by id."""
    ids = sorted(reports)
    at = {key: n for n, key in enumerate(ids)}
    pairs = [copy for copy in copies if copy.one in at and copy.other in at]
    left = np.array([at[copy.one] for copy in pairs], dtype=np.int64)
    right = np.array([at[copy.other] for copy in pairs], dtype=np.int64)
    best: dict[str, float] = {}
    for copy in pairs:
        for key in (copy.one, copy.other):
            best[key] = max(best.get(key, 0.0), copy.similarity)
    groups: dict[int, list[str]] = {}
    for key, label in zip(ids, components(len(ids), left, right).tolist(), strict=True):
        groups.setdefault(label, []).append(key)
    found: dict[str, Origin] = {}
    for members in groups.values():
        first = min(members, key=lambda key: (reports[key][0] is None, reports[key][0] or 0, key))
        named = sorted({agency for key in members if (agency := reports[key][1])})
        for key in members:
            found[key] = Origin(
                report_id=key,
                origin_id=origin_id(first),
                first_report_id=first,
                relation="first" if key == first else "copy",
                agency=named[0] if named else None,
                similarity=None if key == first else best.get(key),
            )
    return found
