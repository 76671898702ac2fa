"""Which happening a denial without a date is about, where several of its kind between the same parties fit.

It answers what was told last before it, or soonest around it: the happening whose reports were published nearest. Where
two are as near, it stays by itself rather than with the wrong one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dragoman.linking.tellings import Telling
from dragoman.linking.vectors import Flags, Ints

FAR = 10**6
SLACK = 1
"""Days by which reports of one happening may date it apart."""
Found = tuple[int, Telling]


def misplaced(tellings: Sequence[Telling], left: Ints, right: Ints, likely: Flags) -> Flags:
    """Which likely pairs would join a denial without a date to another happening than the one told nearest to it."""
    denials = np.array([telling.is_denial and telling.day_from is None for telling in tellings], dtype=bool)
    barred = np.zeros(len(left), dtype=bool)
    if not denials.any():
        return barred
    answers: dict[int, list[Found]] = {}
    for row in np.flatnonzero(likely & (denials[left] != denials[right])).tolist():
        one, other = int(left[row]), int(right[row])
        denial, told = (one, other) if denials[one] else (other, one)
        if tellings[told].day_from is not None and tellings[told].realis != "NEGATED":
            answers.setdefault(denial, []).append((row, tellings[told]))
    for denial, found in answers.items():
        barred[_others(tellings[denial], found)] = True
    return barred


def _others(denial: Telling, found: Sequence[Found]) -> list[int]:
    """The rows of all happenings but the nearest; of all where two are nearest, none where there is but one."""
    happenings = _by_day(found)
    gaps = [min(_gap(denial, told) for _, told in happening) for happening in happenings]
    least = min(gaps)
    nearest = gaps.index(least) if gaps.count(least) == 1 else -1
    if len(happenings) == 1:
        return []
    return [row for n, happening in enumerate(happenings) if n != nearest for row, _ in happening]


def _by_day(found: Sequence[Found]) -> list[list[Found]]:
    """The tellings whose days meet, or lie side by side, together."""
    groups: list[list[Found]] = []
    end = -FAR
    for row, told in sorted(found, key=lambda item: (item[1].day_from or 0, item[1].day_to or 0, item[0])):
        if not groups or (told.day_from or 0) > end + SLACK:
            groups.append([])
        groups[-1].append((row, told))
        end = max(end, told.day_to if told.day_to is not None else told.day_from or 0)
    return groups


def _gap(denial: Telling, told: Telling) -> int:
    """Days between the publication of both; a great number where one is unknown."""
    if denial.published is None or told.published is None:
        return FAR
    return abs(denial.published - told.published)
