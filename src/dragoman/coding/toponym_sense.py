"""Deciding which place of the gazetteer a name stands for: a log-linear model over the names of one report together.

Every distinct name has one sense in a report. Its candidates are scored twice: first from the name alone and what the
text says outright (population, kind, "Paris, Texas", "Idlib province", states that are named), then again with what the
first round makes of the other names (their distance, region and country). Scores of a name's candidates become
probabilities by a softmax: conditional logit, McFadden 1974; the features are those of the field (Leidner 2007;
Lieberman and Samet 2012).
The weights are data: ``lexicon/toponym_weights.tsv`` says how they were fitted.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any

import msgspec
import numpy as np

from dragoman.coding.gazetteer import AREA, CAPITAL, CITY, COUNTRY, DISTRICT, KNOWN, PRIMARY, REGION, SPOT, Gazetteer
from dragoman.coding.toponym_spans import Found
from dragoman.errors import TableError
from dragoman.tables import package_file, read_table

# Candidates of one name, and of those the likeliest that other names look at; fewer in a text of very many names.
CANDIDATES, FEWEST, ALL_CANDIDATES = 25, 3, 2000
COLUMNS, FEW_COLUMNS, MANY_NAMES = 6, 2, 80
REACH_KM = 150.0
NEIGHBOUR_KM = 800.0
EARTH_KM = 6371.0
LOCAL = (
    "population",
    "primary",
    "country",
    "region",
    "district",
    "area",
    "spot",
    "largest",
    "wanted",
    "unwanted",
    "inside",
    "outside",
    "country_share",
    "country_named",
    "region_share",
    "region_named",
    "known",
    "capital",
    "town_within",
)
CONTEXT = ("nearest", "near", "same_region", "same_country", "near_dateline", "same_kind", "neighbour")
_KINDS = (COUNTRY, REGION, DISTRICT, AREA, SPOT)


class Sense(msgspec.Struct, frozen=True, kw_only=True):
    """What a name stands for: the number of an entry, its probability, and that of its country."""

    entry: int
    probability: float
    country_probability: float


class Group(msgspec.Struct, kw_only=True):
    """All mentions of one name in a report."""

    members: list[Found]
    entries: list[int]
    weights: list[int]
    wanted: int = -1
    containers: list[int]
    dateline: bool = False
    start: int = 0


class Problem:
    """The names of one report with their candidates in arrays: one row a candidate, groups side by side."""

    def __init__(self, names: list[Found], gazetteer: Gazetteer, hints: list[Found]) -> None:
        self.gazetteer = gazetteer
        self.groups = _groups(names, hints)
        self.size = sum(len(group.entries) for group in self.groups)
        if not self.size:
            return
        self.entries = np.asarray([entry for group in self.groups for entry in group.entries], dtype=np.int64)
        self.weights = np.asarray([weight for group in self.groups for weight in group.weights])
        self.starts = np.asarray([group.start for group in self.groups])
        self.owner = np.repeat(np.arange(len(self.groups)), [len(group.entries) for group in self.groups])
        self.kind = gazetteer.kind[self.entries]
        self.country = gazetteer.country_index[self.entries].astype(np.int64)
        self.region = gazetteer.region[self.entries].astype(np.int64)
        self.mentions = np.asarray([len(group.members) for group in self.groups], dtype=float)

    def softmax(self, scores: Any) -> Any:
        """Probabilities of the candidates within each group."""
        top = np.maximum.reduceat(scores, self.starts)
        weights = np.exp(scores - top[self.owner])
        return weights / np.add.reduceat(weights, self.starts)[self.owner]

    def local_features(self) -> Any:
        """One row of the features LOCAL for each candidate."""
        out = np.zeros((self.size, len(LOCAL)))
        population = self.gazetteer.population[self.entries].astype(float)
        out[:, 0] = np.log10(population + 10) / 8
        out[:, 1] = self.weights == PRIMARY
        for column, kind in enumerate(_KINDS, start=2):
            out[:, column] = self.kind == kind
        out[:, 7] = population == np.maximum.reduceat(population, self.starts)[self.owner]
        standing = self.gazetteer.standing[self.entries]
        primary = self.weights == PRIMARY
        out[:, 16], out[:, 17] = primary & (standing == KNOWN), primary & (standing == CAPITAL)
        out[:, 18] = self._town_within()
        self._said_outright(out)
        self._named(out, 12, self.country, 0)
        self._named(out, 14, self.region, -1)
        return out

    def _town_within(self) -> Any:
        """Which candidates are divisions with a town of their name inside: a bare "Kaduna" is more often the town."""
        towns = {(int(o), int(r)) for o, r, k in zip(self.owner, self.region, self.kind, strict=True) if k == CITY}
        rows = zip(self.owner.tolist(), self.region.tolist(), self.kind.tolist(), strict=True)
        return [kind in (REGION, DISTRICT) and (owner, region) in towns for owner, region, kind in rows]

    def _said_outright(self, out: Any) -> None:
        """Columns wanted, unwanted, inside, outside: "X province", "X, Y"."""
        for number, group in enumerate(self.groups):
            rows = slice(group.start, group.start + len(group.entries))
            if group.wanted >= 0:
                match = self.kind[rows] == group.wanted
                out[rows, 8], out[rows, 9] = match, ~match & match.any()
            if group.containers:
                inside = np.zeros(len(group.entries), dtype=bool)
                for container in group.containers:
                    if container != number:
                        inside |= self._within(rows, container)
                out[rows, 10], out[rows, 11] = inside, ~inside & inside.any()

    def _within(self, rows: slice, container: int) -> Any:
        """Which of the candidates lie in a candidate country or division of the group that contains them."""
        other = self.groups[container]
        there = slice(other.start, other.start + len(other.entries))
        kinds = self.kind[there]
        states = self.country[there][kinds == COUNTRY]
        regions = self.entries[there][kinds == REGION]
        inside = np.isin(self.country[rows], states) & (self.kind[rows] != COUNTRY)
        inside |= np.isin(self.region[rows], regions) & ~np.isin(self.entries[rows], regions)
        if (kinds == DISTRICT).any():
            inside |= np.isin(self.region[rows], self.region[there][kinds == DISTRICT])
        return inside

    def _named(self, out: Any, column: int, values: Any, none: int) -> None:
        """Share of the report's unambiguous other names in the candidate's country or region, and whether any is."""
        counts: Counter[int] = Counter()
        own: list[int | None] = []
        for group in self.groups:
            found = set(values[group.start : group.start + len(group.entries)].tolist())
            only = found.pop() if len(found) == 1 else None
            own.append(only if only != none else None)
            if own[-1] is not None:
                counts[own[-1]] += len(group.members)
        total = sum(counts.values())
        for number, group in enumerate(self.groups):
            for row in range(group.start, group.start + len(group.entries)):
                value = int(values[row])
                if value == none:
                    continue
                count = counts.get(value, 0) - (len(group.members) if own[number] == value else 0)
                out[row, column] = count / total if total else 0.0
                out[row, column + 1] = count > 0

    def context_features(self, probability: Any) -> Any:
        """One row of the features CONTEXT for each candidate, given probabilities of all."""
        out = np.zeros((self.size, len(CONTEXT)))
        if len(self.groups) < 2:
            return out
        columns = self._likeliest(probability)
        distance = self._distance(columns)
        kernel = np.exp(-distance / REACH_KM)
        towns = (self.kind[columns] != COUNTRY) & (self.kind[columns] != AREA)
        near = self._by_group(kernel * (probability[columns] * towns), columns)
        out[:, 0] = near.max(axis=1)
        out[:, 1] = self._mean(near)
        for column, values, none in ((2, self.region, -1), (3, self.country, 0)):
            same = (values[:, None] == values[None, columns]) & (values[:, None] != none)
            out[:, column] = self._mean(self._by_group(same * probability[columns], columns))
        kinds = self.kind[:, None] == self.kind[None, columns]
        out[:, 5] = self._mean(self._by_group(kinds * probability[columns], columns))
        wide = np.exp(-distance / NEIGHBOUR_KM)
        out[:, 6] = self._by_group(wide * probability[columns], columns).max(axis=1)
        lines = np.asarray([group.dateline for group in self.groups])
        if lines.any():
            out[:, 4] = near[:, lines].max(axis=1)
        return out

    def _likeliest(self, probability: Any) -> Any:
        order = np.lexsort((-probability, self.owner))
        rank = np.arange(self.size) - self.starts[self.owner[order]]
        return np.sort(order[rank < (COLUMNS if len(self.groups) < MANY_NAMES else FEW_COLUMNS)])

    def _distance(self, columns: Any) -> Any:
        lat = np.radians(self.gazetteer.lat[self.entries].astype(float))
        lon = np.radians(self.gazetteer.lon[self.entries].astype(float))
        unit = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)
        chord = np.sqrt(np.maximum(0.0, 2 - 2 * unit @ unit[columns].T))
        return chord * EARTH_KM

    def _by_group(self, values: Any, columns: Any) -> Any:
        """Sum of the columns of each group, nothing for a candidate's own group."""
        owners = self.owner[columns]
        starts = np.flatnonzero(np.append(True, owners[1:] != owners[:-1]))
        summed = np.add.reduceat(values, starts, axis=1)
        summed[np.arange(self.size), self.owner] = 0.0
        return summed

    def _mean(self, by_group: Any) -> Any:
        others = self.mentions.sum() - self.mentions[self.owner]
        return (by_group @ self.mentions) / np.maximum(others, 1.0)


def _groups(names: list[Found], hints: list[Found]) -> list[Group]:
    by_key: dict[str, Group] = {}
    distinct = len({found.key for found in names if found.entries})
    limit = max(FEWEST, min(CANDIDATES, ALL_CANDIDATES // max(1, distinct)))
    for found in [*names, *hints]:
        if not found.entries:
            continue
        group = by_key.get(found.key)
        if group is None:
            entries, weights = found.entries[:limit], found.weights[:limit]
            group = by_key[found.key] = Group(members=[], entries=entries, weights=weights, containers=[])
        group.members.append(found)
        group.wanted = found.wanted if group.wanted < 0 else group.wanted
        group.dateline = group.dateline or found.dateline
    numbers = {key: number for number, key in enumerate(by_key)}
    start = 0
    for group in by_key.values():
        group.start = start
        start += len(group.entries)
        keys = [names[found.container].key for found in group.members if found.container >= 0]
        group.containers = sorted({numbers[key] for key in keys if key in numbers})
    return list(by_key.values())


@cache
def weights() -> tuple[Any, Any]:
    """The weights of the first round (LOCAL) and the second (LOCAL and CONTEXT); raises `TableError`."""
    path = package_file("lexicon", "toponym_weights.tsv")
    table: dict[str, tuple[float, float]] = {}
    for row in read_table(path, ("feature", "first", "second")):
        try:
            table[row.one_of("feature", (*LOCAL, *CONTEXT))] = (float(row["first"]), float(row["second"]))
        except ValueError:
            raise TableError(row.path, row.line, f"not a number: {row['first']!r}, {row['second']!r}") from None
    missing = [name for name in (*LOCAL, *CONTEXT) if name not in table]
    if missing:
        raise TableError(path, None, f"no weight for {', '.join(missing)}")
    first = np.asarray([table[name][0] for name in LOCAL])
    return first, np.asarray([table[name][1] for name in (*LOCAL, *CONTEXT)])


def resolve(names: list[Found], gazetteer: Gazetteer, hints: list[Found] | None = None) -> dict[str, Sense]:
    """The sense of each name by its key; `hints` are further names, such as the publisher's town, that only inform."""
    problem = Problem(names, gazetteer, hints or [])
    if not problem.size:
        return {}
    first, second = weights()
    local = problem.local_features()
    probability = problem.softmax(local @ first)
    for _ in range(2):
        features = np.hstack([local, problem.context_features(probability)])
        probability = problem.softmax(features @ second)
    return {group.members[0].key: _sense(problem, group, probability) for group in problem.groups}


def _sense(problem: Problem, group: Group, probability: Any) -> Sense:
    rows = slice(group.start, group.start + len(group.entries))
    best = int(np.argmax(probability[rows]))
    best = _town_of(problem, group, best)
    country = problem.country[rows][best]
    mass = float(probability[rows][problem.country[rows] == country].sum())
    likely = max(float(probability[rows][best]), float(probability[rows].max()))
    return Sense(entry=group.entries[best], probability=likely, country_probability=mass)


def _town_of(problem: Problem, group: Group, best: int) -> int:
    """The town in place of the division around it that is called like it, for a name that stands alone ("Kaduna").

    Not where our own table gives the division that bare name (Idlib), nor in the United States, where "New York" and
    "Washington" are as often the states.
    """
    places, entry = problem.gazetteer, group.entries[best]
    known = group.weights[best] == PRIMARY and places.standing[entry] == KNOWN
    if places.kind[entry] != REGION or known or group.wanted == REGION:
        return best
    if places.country(entry) == "USA":
        return best
    for number, other in enumerate(group.entries):
        if places.kind[other] == CITY and places.region[other] == entry and group.weights[number] == PRIMARY:
            return number
    return best
