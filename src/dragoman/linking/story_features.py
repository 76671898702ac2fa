"""The features of a pair of tellings: what speaks for one happening, and what against it.

Each feature is a number, 0 where either side does not say: empty fields never make two events the same. The score of a
pair is the sum of value times weight (``story_weights.tsv``) and is read as log odds: above 0 speaks for one happening.
The shape (named feature functions with published weights) is that of entity matching in nomenklatura's "logic" matchers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from dragoman.errors import TableError
from dragoman.linking.tellings import Party, Telling
from dragoman.linking.texts import compatible, weight
from dragoman.linking.vectors import Floats, Ints, Weights, matrix, products
from dragoman.ontology.ontology import load_ontology
from dragoman.tables import package_file, read_table

AT_ONCE = 100_000
NEAR_KM, TOWN_KM = 60.0, 15.0
RARE = 0.5
"""From which weight on a stem counts as rare: mostly names."""
MOST_RARE = 4.0
UNKNOWN_DAY = -(10**6)
LONG_AGO = 30
DENIED_WITHIN = 10
"""Days between the publication of a denial and of what it denies."""
VAGUE = 14
LATER = 10
"""Days after which a report without a date for an act is taken to speak of another one, in one outlet."""
REMOTE = "phone"
TALK = "CONSULT"


class NewsWeights(Weights):
    """Weights of stems that do not depend on which reports are compared, so that adding some changes no score."""

    def __init__(self) -> None:
        super().__init__(())

    def of(self, word: str) -> float:
        return weight(word)


def _numbered(values: Sequence[str | None]) -> Ints:
    """Whole numbers for values, -1 for None."""
    number: dict[str, int] = {}
    return np.array(
        [-1 if value is None else number.setdefault(value, len(number)) for value in values], dtype=np.int64
    )


class Frame:
    """Some tellings as arrays, so that many pairs are compared at a time."""

    def __init__(self, tellings: Sequence[Telling]) -> None:
        self.tellings = tellings
        symmetric = {name for name, kind in load_ontology().types.items() if kind.symmetric}
        self.type = _numbered([t.type for t in tellings])
        self.mode = _numbered([t.mode for t in tellings])
        self.remote = np.array([t.mode == REMOTE for t in tellings])
        self.symmetric = np.array([t.type in symmetric for t in tellings])
        self.repeats = np.array([bool({(t.type, t.mode), (t.type, None)} & repeating()) for t in tellings], dtype=bool)
        self.report = _numbered([t.report_id for t in tellings])
        self.publisher = _numbered([t.publisher for t in tellings])
        self.origin = _numbered([t.origin_id for t in tellings])
        self.published = np.array([UNKNOWN_DAY if t.published is None else t.published for t in tellings])
        self.denied = np.array([t.is_denial for t in tellings], dtype=bool)
        self.planned = np.array([_is_planned(t) for t in tellings], dtype=bool)
        self.talk = np.array([t.type == TALK and t.mode != REMOTE for t in tellings], dtype=bool)
        self.news = np.array([_is_news(t) for t in tellings], dtype=bool)
        self.lead = self.news & np.array([t.position == 0 for t in tellings], dtype=bool)
        self.counted = np.array([bool(t.tolls) for t in tellings])
        self._days(tellings)
        self._places(tellings)
        self._sets(tellings)

    def _days(self, tellings: Sequence[Telling]) -> None:
        self.dated = np.array([t.day_from is not None and t.day_to is not None for t in tellings])
        self.first = np.array([t.day_from or 0 for t in tellings])
        self.last = np.array([t.day_to or 0 for t in tellings])
        self.day = np.array([t.is_day for t in tellings])
        self.exact = np.array([t.is_exact for t in tellings])

    def _places(self, tellings: Sequence[Telling]) -> None:
        sites = [t.place for t in tellings]
        self.town = np.array([bool(s and s.is_town and s.lat is not None and s.lon is not None) for s in sites])
        self.lat = np.radians(np.array([s.lat if s and s.lat is not None else 0.0 for s in sites]))
        self.lon = np.radians(np.array([s.lon if s and s.lon is not None else 0.0 for s in sites]))
        self.site = _numbered([str(s.geonameid or s.name.casefold()) if s else None for s in sites])
        self.land = _numbered([s.country if s else None for s in sites])
        self.province = _numbered([f"{s.country}/{s.admin1}" if s and s.admin1 else None for s in sites])
        self.broad = np.array([bool(s and s.precision == "country") for s in sites])

    def _sets(self, tellings: Sequence[Telling]) -> None:
        self.sets: dict[str, csr_matrix] = {}
        self.sizes: dict[str, Floats] = {}
        sides: dict[str, list[Any]] = {
            "actors": [{p.country for p in t.actors if p.country} for t in tellings],
            "recipients": [{p.country for p in t.recipients if p.country} for t in tellings],
            "names": [{p.key for p in (*t.actors, *t.recipients) if is_somebody(p)} for t in tellings],
            "topics": [t.topics for t in tellings],
        }
        sides["parties"] = [a | b for a, b in zip(sides["actors"], sides["recipients"], strict=True)]
        lands = [{t.place.country} if t.place and t.place.country else set() for t in tellings]
        sides["states"] = [a | b for a, b in zip(sides["parties"], lands, strict=True)]
        sides["persons"] = [
            {p.key for p in (*t.actors, *t.recipients) if p.entity and p.entity.startswith("person:")} for t in tellings
        ]
        # one numbering for both sides, so that who acts can be compared with who is acted on
        both = matrix([sorted(s) for s in (*sides["actors"], *sides["recipients"])])
        self.sets["actors"], self.sets["recipients"] = both[: len(tellings)], both[len(tellings) :]
        for name in ("names", "topics", "parties", "states", "persons"):
            self.sets[name] = matrix([sorted(found) for found in sides[name]])
        for name, found in sides.items():
            self.sizes[name] = np.array([float(len(items)) for items in found])
        news = NewsWeights()
        rare = [[word for word in sorted(t.context) if weight(word) >= RARE] for t in tellings]
        self.sets["rare"] = matrix(rare)
        self.sizes["rare"] = np.array([float(len(found)) for found in rare])
        self.alike = {
            "context": matrix([sorted(t.context) for t in tellings], news, unit=True),
            "evidence": matrix([sorted(t.evidence) for t in tellings], news, unit=True),
        }


def _is_planned(telling: Telling) -> bool:
    """Whether a telling lies before its happening; one dated before its report does not, however it was read."""
    past = telling.day_to is not None and telling.published is not None and telling.day_to < telling.published
    return telling.realis == "PLANNED" and not past


def _is_news(telling: Telling) -> bool:
    """Whether a telling is of the day on which its report was published, and not told beforehand."""
    day = telling.published
    if day is None or not telling.is_day or telling.day_from is None or telling.day_to is None:
        return False
    return telling.day_from <= day <= telling.day_to and telling.realis != "PLANNED"


def is_somebody(party: Party) -> bool:
    """Whether a party is a person or body of its own, not a state as such."""
    return party.entity is not None and not party.entity.startswith(("state:", "region:"))


def _share(frame: Frame, name: str, left: Ints, right: Ints) -> tuple[Floats, Floats]:
    """Share of the lesser set that is in both, and 1 where neither of two sets holds the other."""
    shared = products(frame.sets[name], left, right)
    least = np.minimum(frame.sizes[name][left], frame.sizes[name][right])
    same = np.divide(shared, least, out=np.zeros(len(left)), where=least > 0)
    return same, ((least > 0) & (shared < least)).astype(float)


def _dates(frame: Frame, left: Ints, right: Ints) -> Mapping[str, Floats]:
    dated = frame.dated[left] & frame.dated[right]
    gap = np.maximum(frame.first[left], frame.first[right]) - np.minimum(frame.last[left], frame.last[right])
    days = frame.day[left] & frame.day[right]
    exact = frame.exact[left] & frame.exact[right]
    narrow = np.minimum(frame.last[left] - frame.first[left], frame.last[right] - frame.first[right])
    width = 1 + np.maximum(frame.last[left] - frame.first[left], frame.last[right] - frame.first[right])
    apart = np.maximum(0, gap)
    repeats = frame.repeats[left] & frame.repeats[right]
    meets = dated & (gap <= 0)
    return {
        "date_same": (meets & days & exact).astype(float),
        "date_same_unsure": (meets & days & ~exact).astype(float),
        "date_within": np.where(meets & ~days, 1.0 / np.log2(1.0 + width), 0.0),
        "date_next": (dated & (apart == 1) & exact).astype(float),
        "date_apart": np.where(dated & (apart > 1) & exact, np.minimum(apart, 5) / 5.0, 0.0),
        "date_unsure_next": (dated & (apart == 1) & ~exact).astype(float),
        "date_unsure_apart": np.where(dated & (apart > 1) & ~exact, np.minimum(apart, 10) / 10.0, 0.0),
        "date_missing": (~frame.dated[left]).astype(float) + (~frame.dated[right]).astype(float),
        "date_both_missing": (~frame.dated[left] & ~frame.dated[right]).astype(float),
        "date_vague": (dated & (narrow > VAGUE)).astype(float),
        "recurs": repeats.astype(float),
        "recurs_apart": (dated & (apart > 0) & repeats).astype(float),
    }


def distance_km(frame: Frame, left: Ints, right: Ints) -> Floats:
    """Great-circle distance between the places of pairs (haversine formula, radius 6371 km)."""
    dlat, dlon = frame.lat[left] - frame.lat[right], frame.lon[left] - frame.lon[right]
    a = np.sin(dlat / 2) ** 2 + np.cos(frame.lat[left]) * np.cos(frame.lat[right]) * np.sin(dlon / 2) ** 2
    return np.asarray(2 * 6371.0 * np.arcsin(np.sqrt(np.clip(a, 0.0, 1.0))))


def _places(frame: Frame, left: Ints, right: Ints) -> Mapping[str, Floats]:
    known = (frame.site[left] >= 0) & (frame.site[right] >= 0)
    towns = frame.town[left] & frame.town[right]
    km = distance_km(frame, left, right)
    site = known & (frame.site[left] == frame.site[right])
    lands = (frame.land[left] >= 0) & (frame.land[right] >= 0)
    land = lands & (frame.land[left] == frame.land[right])
    province = (frame.province[left] >= 0) & (frame.province[left] == frame.province[right])
    same_town = (site & ~frame.broad[left]) | (towns & (km <= TOWN_KM))
    holds = ~same_town & land & ~towns & (frame.broad[left] | frame.broad[right] | province | site)
    return {
        "place_same": same_town.astype(float),
        "place_near": (towns & ~same_town & (km <= NEAR_KM)).astype(float),
        "place_within": holds.astype(float),
        "place_far": (towns & (km > NEAR_KM)).astype(float),
        "place_land_differs": (lands & ~land & ~(towns & (km <= NEAR_KM))).astype(float),
    }


def _parties(frame: Frame, left: Ints, right: Ints) -> Mapping[str, Floats]:
    even = frame.symmetric[left] & frame.symmetric[right]
    out: dict[str, Floats] = {}
    same, differ = _share(frame, "parties", left, right)
    sure = np.minimum(frame.sizes["parties"][left], frame.sizes["parties"][right])
    out["parties_same"] = np.where(even & (sure > 1), same, 0.0)
    out["party_shared"] = np.where(even & (sure <= 1), same, 0.0)
    out["parties_differ"] = np.where(even, differ, 0.0)
    two = (products(frame.sets["states"], left, right) > 1) | (products(frame.sets["names"], left, right) > 1)
    out["lone_party"] = (even & ~two).astype(float)
    out["persons_differ"] = _share(frame, "persons", left, right)[1]
    for side in ("actors", "recipients"):
        same, _ = _share(frame, side, left, right)
        known = (frame.sizes[side][left] > 0) & (frame.sizes[side][right] > 0)
        out[f"{side}_same"] = np.where(even, 0.0, same)
        out[f"{side}_differ"] = np.where(~even & known & (same == 0), 1.0, 0.0)
    there = _crossing(frame, left, right)
    back = _crossing(frame, right, left)
    apart = (out["actors_same"] == 0) & (out["recipients_same"] == 0)
    out["roles_crossed"] = (~even & there & back & apart).astype(float)
    out["names_same"], out["names_differ"] = _share(frame, "names", left, right)
    return out


def _crossing(frame: Frame, left: Ints, right: Ints) -> NDArray[np.bool_]:
    """Whether an actor of the left is a recipient of the right."""
    rows, others = frame.sets["actors"][left], frame.sets["recipients"][right]
    return np.asarray(np.asarray(rows.multiply(others).sum(axis=1)).ravel() > 0)


def _tolls(frame: Frame, left: Ints, right: Ints) -> Mapping[str, Floats]:
    same, differ = np.zeros(len(left)), np.zeros(len(left))
    for n in np.flatnonzero(frame.counted[left] & frame.counted[right]).tolist():
        one, other = frame.tellings[left[n]].tolls, frame.tellings[right[n]].tolls
        met = [compatible(a, b) for a in one for b in other if a.kind == b.kind]
        exact = any(a == b and a.high - a.low < 10 and a.low > 1 for a in one for b in other)
        same[n] = float(exact)
        differ[n] = float(bool(met) and not any(met))
    return {"toll_same": same, "toll_differs": differ}


def _kinds(frame: Frame, left: Ints, right: Ints) -> Mapping[str, Floats]:
    type_same = frame.type[left] == frame.type[right]
    modes = (frame.mode[left] >= 0) & (frame.mode[right] >= 0) & type_same
    same = modes & (frame.mode[left] == frame.mode[right])
    remote = modes & (frame.remote[left] != frame.remote[right])
    planned = frame.planned[left] | frame.planned[right]
    done = np.where(frame.planned[left], frame.talk[right], frame.talk[left])
    return {
        "done_is_talk": done.astype(float),
        "talk_and_deed": ((frame.talk[left] != frame.talk[right]) & ~type_same & ~planned).astype(float),
        "type_differs": (~type_same).astype(float),
        "mode_same": same.astype(float),
        "mode_differs": (modes & ~same & ~remote).astype(float),
        "mode_remote_differs": remote.astype(float),
    }


def _reports(frame: Frame, left: Ints, right: Ints) -> Mapping[str, Floats]:
    within = frame.report[left] == frame.report[right]
    known = (frame.published[left] != UNKNOWN_DAY) & (frame.published[right] != UNKNOWN_DAY)
    days = np.abs(frame.published[left] - frame.published[right])
    copies = (frame.origin[left] == frame.origin[right]) & ~within
    evidence = products(frame.alike["evidence"], left, right)
    outlet = (frame.publisher[left] >= 0) & (frame.publisher[left] == frame.publisher[right])
    return {
        "same_report": within.astype(float),
        "same_outlet_day": (outlet & known & (days == 0) & ~within & ~copies).astype(float),
        **_one_outlet(frame, left, right, outlet & known & ~within & ~copies, days),
        "copied_words": np.where(copies, evidence, 0.0),
        "published_apart": np.where(known, np.minimum(days, LONG_AGO) / LONG_AGO, 0.0),
        "evidence": evidence,
        "context": products(frame.alike["context"], left, right),
        "rare_shared": np.minimum(products(frame.sets["rare"], left, right), MOST_RARE) / MOST_RARE,
        "rare_differ": _rare_differ(frame, left, right),
        "topics": _share(frame, "topics", left, right)[0],
        "planned_differs": (frame.planned[left] != frame.planned[right]).astype(float),
        "denial_near": _denial_near(frame, left, right, known & (days <= DENIED_WITHIN)),
    }


def _one_outlet(frame: Frame, left: Ints, right: Ints, outlet: NDArray[np.bool_], days: Ints) -> Mapping[str, Floats]:
    """What speaks against one happening in two reports of one outlet: it tells news once, and each day its own."""
    news = frame.news[left] & frame.news[right]
    undated = ~frame.dated[left] | ~frame.dated[right]
    return {
        "same_outlet_leads": (outlet & frame.lead[left] & frame.lead[right]).astype(float),
        "same_outlet_news": (outlet & news & (days > 0)).astype(float),
        "same_outlet_undated": np.where(outlet & undated, np.minimum(days, LATER) / LATER, 0.0),
    }


def _denial_near(frame: Frame, left: Ints, right: Ints, near: NDArray[np.bool_]) -> Floats:
    """Whether one, without a date of its own, is denied and the other told as a fact, both published about then."""
    answers = np.zeros(len(left), dtype=bool)
    for one, other in ((left, right), (right, left)):
        answers |= frame.denied[one] & ~frame.dated[one] & ~frame.denied[other] & ~frame.planned[other]
    return (answers & near).astype(float)


def _rare_differ(frame: Frame, left: Ints, right: Ints) -> Floats:
    least = np.minimum(frame.sizes["rare"][left], frame.sizes["rare"][right])
    return ((least > 1) & (products(frame.sets["rare"], left, right) == 0)).astype(float)


@cache
def repeating() -> frozenset[tuple[str, str | None]]:
    """Types, or modes of types, that happen between the same parties day after day (``repeating_types.tsv``)."""
    ontology = load_ontology()
    found: set[tuple[str, str | None]] = set()
    for row in read_table(package_file("linking", "repeating_types.tsv"), ("type", "mode", "why")):
        name = row.one_of("type", frozenset(ontology.types))
        mode = row.one_of("mode", frozenset({"", *ontology.modes_of(name)})) or None
        found.add((name, mode))
    return frozenset(found)


FEATURES = (
    "bias", "type_differs", "mode_same", "mode_differs", "mode_remote_differs", "parties_same", "party_shared",
    "parties_differ", "actors_same", "actors_differ", "recipients_same", "recipients_differ", "roles_crossed",
    "names_same", "names_differ", "date_same", "date_same_unsure", "date_within", "date_next", "date_apart",
    "date_unsure_next", "date_unsure_apart", "date_missing", "date_both_missing", "date_vague", "lone_party", "persons_differ",
    "recurs", "recurs_apart", "rare_shared", "rare_differ",
    "place_same", "place_near", "place_within", "place_far",
    "place_land_differs", "evidence", "context", "topics", "toll_same", "toll_differs", "same_report", "copied_words",
    "published_apart", "planned_differs",
    "day_and_place", "day_and_parties", "unsure_day_and_parties", "unsure_and_far", "recurs_place", "recurs_rare",
    "recurs_day", "recurs_toll", "recurs_context", "recurs_vague", "recurs_missing", "recurs_far",
    "recurs_toll_differs", "planned_other_type", "planned_day", "talk_and_deed", "same_outlet_day", "same_outlet_leads",
    "same_outlet_news", "same_outlet_undated",
    "missing_other_type", "denial_near", "denial_of_parties",
)  # fmt: skip


def _together(values: Mapping[str, Floats]) -> Mapping[str, Floats]:
    """What tells more together than each by itself: day, place and parties that all agree."""
    type_same = 1.0 - values["type_differs"]
    day = np.maximum(values["date_same"], values["date_same_unsure"])
    sides = np.maximum(values["parties_same"], (values["actors_same"] + values["recipients_same"]) / 2)
    recurs = values["recurs"]
    return {
        "recurs_place": recurs * values["place_same"],
        "recurs_rare": recurs * values["rare_shared"],
        "recurs_day": recurs * values["date_same"],
        "recurs_toll": recurs * values["toll_same"],
        "recurs_context": recurs * values["context"],
        "recurs_vague": recurs * values["date_within"],
        "recurs_far": recurs * values["place_far"],
        "recurs_missing": recurs * values["date_missing"],
        "recurs_toll_differs": recurs * values["toll_differs"] * (1.0 - values["date_same"]),
        "denial_of_parties": type_same * values["denial_near"] * sides,
        "planned_other_type": values["type_differs"] * values["planned_differs"] * values["done_is_talk"],
        "planned_day": values["type_differs"] * values["planned_differs"] * day,
        "missing_other_type": values["type_differs"] * values["date_missing"] * (1.0 - values["planned_differs"]),
        "day_and_place": type_same * values["date_same"] * values["place_same"],
        "day_and_parties": type_same * values["date_same"] * sides,
        "unsure_day_and_parties": type_same * values["date_same_unsure"] * sides,
        "unsure_and_far": (1.0 - np.maximum(day, values["date_within"])) * (1.0 - values["rare_shared"]),
    }


def pair_features(frame: Frame, left: Ints, right: Ints) -> Floats:
    """The features of pairs of tellings (by their places in the frame), one row a pair, columns as in `FEATURES`."""
    values: dict[str, Floats] = {"bias": np.ones(len(left))}
    for make in (_kinds, _parties, _dates, _places, _tolls, _reports):
        values.update(make(frame, left, right))
    values.update(_together(values))
    return np.stack([values[name] for name in FEATURES], axis=1)


def impossible(frame: Frame, left: Ints, right: Ints) -> Ints:
    """Pairs that cannot be one happening, whatever else speaks for it.

    Two of one report, which coding held apart; both dated to a day in words of the report, two days apart or more, or on
    two days where the act is of those that recur; who acts and who is acted on exchanged.
    """
    exact = frame.exact[left] & frame.exact[right]
    gap = np.maximum(frame.first[left], frame.first[right]) - np.minimum(frame.last[left], frame.last[right])
    one_report = frame.report[left] == frame.report[right]
    recurring = exact & (gap > 0) & frame.repeats[left] & frame.repeats[right]
    return one_report | recurring | (exact & (gap > 1)) | (_parties(frame, left, right)["roles_crossed"] > 0)


@cache
def story_weights() -> Floats:
    """The weights of the features, from ``story_weights.tsv``; raises `TableError` where one is missing or unknown."""
    path = package_file("linking", "story_weights.tsv")
    found: dict[str, float] = {}
    for row in read_table(path, ("feature", "weight", "meaning")):
        name = row.one_of("feature", frozenset(FEATURES))
        found[name] = float(row["weight"])
        if not math.isfinite(found[name]):
            raise TableError(path, row.line, f"weight of {name} is no number")
    missing = [name for name in FEATURES if name not in found]
    if missing:
        raise TableError(path, None, f"no weight for {', '.join(missing)}")
    return np.array([found[name] for name in FEATURES])


def pair_scores(frame: Frame, left: Ints, right: Ints) -> Floats:
    """The scores of pairs, rounded, in portions so that memory stays bounded; the same pair scores the same anywhere."""
    out = np.zeros(len(left))
    for at in range(0, len(left), AT_ONCE):
        part = slice(at, at + AT_ONCE)
        out[part] = pair_features(frame, left[part], right[part]) @ story_weights()
    return np.round(out, 6)


def explained(values: Floats) -> dict[str, list[float]]:
    """Value and weight by feature, of those that are not 0."""
    rows = zip(FEATURES, values.tolist(), story_weights().tolist(), strict=True)
    return {name: [round(value, 4), round(weight, 4)] for name, value, weight in rows if value}
