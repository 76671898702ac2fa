"""Where the reports of one happening contradict each other, and which version the story takes.

A contradiction is between values that cannot both be true; a difference in precision is none. The story takes the version
of the most independent origins; where that is a draw, the one that was published last; then the one whose value sorts
first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import asin, cos, radians, sin, sqrt

import msgspec

from dragoman.linking.officials import GROUP, STATE, involved, published_by_party, speaks_for_party
from dragoman.linking.status import asserts
from dragoman.linking.tellings import Key, Party, Site, Telling
from dragoman.linking.texts import Toll, compatible
from dragoman.ontology.ontology import load_ontology

FIELDS = ("date", "place", "actors", "recipients", "toll", "happened")
APART_KM = 12.0
_EVEN = 1


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a field, with the tellings that give it."""

    field: str
    value: str
    tellings: tuple[Telling, ...]
    chosen: bool = False


class _Value(msgspec.Struct, frozen=True):
    """What one telling says of a field: how it is shown, and what it is compared by."""

    telling: Telling
    shown: str
    content: object


def distance(one: Site, other: Site) -> float:
    """Great-circle distance in km; 0 where a position is missing."""
    if None in (one.lat, one.lon, other.lat, other.lon):
        return 0.0
    a1, o1, a2, o2 = map(radians, (one.lat or 0.0, one.lon or 0.0, other.lat or 0.0, other.lon or 0.0))
    return 2 * 6371.0 * asin(sqrt(min(1.0, sin((a1 - a2) / 2) ** 2 + cos(a1) * cos(a2) * sin((o1 - o2) / 2) ** 2)))


def _dates(tellings: Sequence[Telling]) -> list[_Value]:
    return [
        _Value(t, t.date_value or "", (t.day_from, t.day_to)) for t in tellings if t.is_exact and t.realis != "PLANNED"
    ]


def _days_meet(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def _places(tellings: Sequence[Telling]) -> list[_Value]:
    return [_Value(t, t.place.name, t.place) for t in tellings if t.place and t.place.is_town]


def _places_agree(one: Site, other: Site) -> bool:
    return one.geonameid == other.geonameid is not None or distance(one, other) <= APART_KM


def _named(parties: Sequence[Party]) -> frozenset[str]:
    """States, and armed groups by their own names: what can be held against each other."""
    groups = {p.name for p in parties if p.entity and p.sector in GROUP}
    states = {p.country for p in parties if p.country and len(p.country) == 3 and p.sector in STATE}
    return frozenset(groups or states)


def _sides(role: str) -> Callable[[Sequence[Telling]], list[_Value]]:
    def read(tellings: Sequence[Telling]) -> list[_Value]:
        symmetric = {name for name, kind in load_ontology().types.items() if kind.symmetric}
        found = [(t, _named(getattr(t, role))) for t in tellings if t.type not in symmetric]
        return [_Value(t, ", ".join(sorted(names)), names) for t, names in found if names]

    return read


def _sides_agree(one: frozenset[str], other: frozenset[str]) -> bool:
    return bool(one & other)


def _tolls(kind: str) -> Callable[[Sequence[Telling]], list[_Value]]:
    def read(tellings: Sequence[Telling]) -> list[_Value]:
        found = [(t, sorted(toll for toll in t.tolls if toll.kind == kind)) for t in tellings]
        return [_Value(t, _toll_text(tolls[-1]), tolls[-1]) for t, tolls in found if len(tolls) == _EVEN]

    return read


def _toll_text(toll: Toll) -> str:
    if toll.low == toll.high:
        return f"{toll.low} {toll.kind}"
    if toll.high >= 10**6:
        return f"at least {toll.low} {toll.kind}"
    return f"{toll.low}-{toll.high} {toll.kind}"


def _happened(tellings: Sequence[Telling]) -> list[_Value]:
    countries, groups = involved(list(tellings))
    found = []
    for t in tellings:
        if t.realis == "NEGATED":
            spoken = published_by_party(t, countries, groups) or any(
                speaks_for_party(c, countries, groups) for c in t.claims
            )
            found += [_Value(t, "no", "no")] if spoken else []
        elif asserts(t):
            found.append(_Value(t, "yes", "yes"))
        if t.realis != "NEGATED" and any(c.stance == "denies" for c in t.claims):
            found.append(_Value(t, "no", "no"))
    return found


def _equal(one: object, other: object) -> bool:
    return one == other


_READERS: tuple[tuple[str, Callable[[Sequence[Telling]], list[_Value]], Callable[..., bool]], ...] = (
    ("date", _dates, _days_meet),
    ("place", _places, _places_agree),
    ("actors", _sides("actors"), _sides_agree),
    ("recipients", _sides("recipients"), _sides_agree),
    *(("toll", _tolls(kind), compatible) for kind in ("killed", "injured", "arrested", "released", "abducted")),
    ("happened", _happened, _equal),
)


def _grouped(values: Sequence[_Value], agree: Callable[..., bool]) -> list[list[_Value]]:
    """Values that agree with one another together: each goes to the first group whose every value it agrees with."""
    groups: list[list[_Value]] = []
    for value in sorted(values, key=lambda v: (v.shown, v.telling.key)):
        home = next((g for g in groups if all(agree(value.content, other.content) for other in g)), None)
        if home is None:
            groups.append([value])
        else:
            home.append(value)
    return groups


def _contradict(groups: Sequence[list[_Value]], agree: Callable[..., bool]) -> bool:
    """Whether some value of one group agrees with none of another."""
    return any(
        not any(agree(one.content, other.content) for one in a for other in b)
        for n, a in enumerate(groups)
        for b in groups[n + 1 :]
    )


def versions(tellings: Sequence[Telling], origins: Mapping[Key, str]) -> list[Version]:
    """The versions of each contested field, the chosen one of each first.

    Where each side lays the act at the other's door, the actors are contested, not whether it happened.
    """
    found: list[Version] = []
    for field, read, agree in _READERS:
        if field == "happened" and any(version.field == "actors" for version in found):
            continue
        groups = _grouped(read(tellings), agree)
        if len(groups) < 2 or not _contradict(groups, agree):
            continue
        ranked = sorted(groups, key=lambda group: _rank(group, origins))
        for number, group in enumerate(ranked):
            told = tuple(dict.fromkeys(value.telling for value in group))
            found.append(Version(field=field, value=_shown(group), tellings=told, chosen=number == 0))
    return found


def _shown(group: Sequence[_Value]) -> str:
    """The value given most often."""
    counts: dict[str, int] = {}
    for value in group:
        counts[value.shown] = counts.get(value.shown, 0) + 1
    return min(counts, key=lambda shown: (-counts[shown], shown))


def _rank(group: Sequence[_Value], origins: Mapping[Key, str]) -> tuple[int, int, str]:
    count = len({origins[value.telling.key] for value in group})
    last = max((value.telling.published or 0) for value in group)
    return -count, -last, min(value.shown for value in group)
