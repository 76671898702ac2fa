"""Trips: visits as COLT counts them, one row a traveller, host and stay.

COLT (Country and Organizational Leader Travel, Korbel School) records the trips of heads of state and of government,
and of ministers for some countries. A stay that reports tell of on several days is one trip, with a first and last day.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from msgspec.structs import replace

from dragoman.isodates import date_range
from dragoman.records import Record
from dragoman.relations.ties import Tie

LEVELS = ("leader", "minister")
SAME_STAY = timedelta(days=2)
"""Between two days that are told of within one stay."""


class Trip(Record, frozen=True, kw_only=True):
    """One stay of one traveller in one host country; `first` and `last` are ISO days that reports tell of."""

    traveller: str
    country: str
    level: str
    host: str
    places: tuple[str, ...]
    first: str
    last: str
    happenings: tuple[str, ...]
    reports: tuple[str, ...]


def trips(found: Iterable[Tie], levels: tuple[str, ...] = LEVELS) -> tuple[Trip, ...]:
    """The trips in some ties, by first day; visits that are dated to less than a day are left out.

    `levels`: of which travellers. A traveller who is known by title alone has no trip.
    """
    stays: dict[tuple[str, str, str], list[Trip]] = {}
    for day, tie in sorted(_dated(found), key=lambda pair: (pair[0], pair[1].a, pair[1].b, pair[1].happenings)):
        for traveller, level in zip(tie.visitors, tie.visitor_levels, strict=True):
            if level not in levels or not traveller[:1].isupper():
                continue
            before = stays.setdefault((traveller, tie.a, tie.b), [])
            if before and day - date.fromisoformat(before[-1].last) <= SAME_STAY:
                before[-1] = _longer(before[-1], day, tie)
            else:
                before.append(_trip(traveller, level, day, tie))
    every = (trip for group in stays.values() for trip in group)
    return tuple(sorted(every, key=lambda trip: (trip.first, trip.country, trip.host, trip.traveller)))


def _dated(found: Iterable[Tie]) -> Iterable[tuple[date, Tie]]:
    for tie in found:
        days = date_range(tie.begin) if tie.tie == "visit" and not tie.derived else None
        if days and days[0] == days[1]:
            yield days[0], tie


def _trip(traveller: str, level: str, day: date, tie: Tie) -> Trip:
    return Trip(
        traveller=traveller,
        country=tie.a,
        level=level,
        host=tie.b,
        places=(tie.place,) if tie.place else (),
        first=day.isoformat(),
        last=day.isoformat(),
        happenings=tie.happenings,
        reports=tuple(dict.fromkeys(piece.report_id for piece in tie.evidence)),
    )


def _longer(trip: Trip, day: date, tie: Tie) -> Trip:
    more = _trip(trip.traveller, trip.level, day, tie)
    return replace(
        trip,
        last=more.last,
        places=tuple(dict.fromkeys((*trip.places, *more.places))),
        happenings=tuple(dict.fromkeys((*trip.happenings, *more.happenings))),
        reports=tuple(dict.fromkeys((*trip.reports, *more.reports))),
    )
