"""Origins: which reports carry one text, and who carried it first.

Texts are compared as sets of word pairs, pairs of common words left out. Candidates come from MinHash with locality
sensitive hashing (Broder 1997; Leskovec, Rajaraman and Ullman, ch. 3; the datasketch library), and each is verified on the
sets themselves. Copies are carried within days of each other. An origin is a set of reports that hang together by copies;
its first carrier is the earliest by day of publication, then by id.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

import msgspec
import numpy as np
from numpy.typing import NDArray

from dragoman.linking.agencies import agency_of
from dragoman.linking.clusters import components
from dragoman.linking.texts import weight, words

PERMUTATIONS, BANDS, ROWS = 256, 128, 2
SEED = 1
# A pair of words counts where one of them tells something.
TELLING = 0.3
LEAST_SHINGLES = 12
# Share of the smaller set that must be in the other; a short text has to share more.
CONTAINED, CONTAINED_SHORT, SHORT = 0.27, 0.4, 40
WINDOW = 10
MOST_WORDS = 3000
Shingles = NDArray[np.uint32]


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
    """The pairs of neighbouring words of a text, as sorted hashes."""
    listed = words(text[: MOST_WORDS * 8])[:MOST_WORDS]
    kept = {
        zlib.crc32(f"{a} {b}".encode("utf-8", "replace"))
        for a, b in pairwise(listed)
        if max(_telling(a), _telling(b)) >= TELLING
    }
    return np.array(sorted(kept), dtype=np.uint32)


def _telling(word: str) -> float:
    from dragoman.linking.texts import stem

    return weight(stem(word))


def likeness(one: Shingles, other: Shingles) -> float:
    """Share of the smaller set of word pairs that is in the other too (containment; Broder 1997)."""
    least = min(len(one), len(other))
    return len(np.intersect1d(one, other, assume_unique=True)) / least if least else 0.0


def is_copy(one: Shingles, other: Shingles) -> float | None:
    """The likeness of two texts that are copies; None where they are not."""
    found, least = likeness(one, other), min(len(one), len(other))
    enough = CONTAINED if least >= SHORT else CONTAINED_SHORT
    return round(found, 4) if least >= LEAST_SHINGLES and found >= enough else None


def find_copies(reports: Iterable[Carried], fresh: Iterable[str] | None = None) -> Iterator[Copy]:
    """Pairs of copies among reports, at least one of each pair among the fresh ones (all, by default)."""
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(num_perm=PERMUTATIONS, params=(BANDS, ROWS))
    model = MinHash(num_perm=PERMUTATIONS, seed=SEED, hashfunc=int)
    new = None if fresh is None else frozenset(fresh)
    held: list[tuple[str, int | None, Shingles, bool]] = []
    for report in sorted(reports, key=lambda report: report.report_id):
        found = shingles(report.text)
        if len(found) < LEAST_SHINGLES:
            continue
        sign = model.copy()
        sign.update_batch(found.tolist())
        is_new = new is None or report.report_id in new
        for at in sorted(index.query(sign)):
            other, day, theirs, was_new = held[at]
            if not (is_new or was_new) or not _near(day, report.published):
                continue
            similarity = is_copy(found, theirs)
            if similarity is not None:
                yield Copy(other, report.report_id, similarity)
        index.insert(len(held), sign)
        held.append((report.report_id, report.published, found, is_new))


def _near(one: int | None, other: int | None) -> bool:
    return one is None or other is None or abs(one - other) <= WINDOW


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
                similarity=best.get(key),
            )
    return found


def agency_behind(report: Carried) -> str | None:
    """The agency whose report this is."""
    return agency_of(report.publisher, report.text)
