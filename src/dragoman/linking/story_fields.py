"""The fields of a story out of its tellings: each independent origin has one vote."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, TypeVar

from dragoman.linking.status import Change, asserts, by_publication, history
from dragoman.linking.tellings import Key, Party, Telling
from dragoman.linking.versions import Version, versions
from dragoman.ontology.ontology import load_ontology

Row = dict[str, Any]
Value = TypeVar("Value", bound=Hashable)
# A party that fewer of the origins name is left out, where there are several.
LEAST_SHARE = 0.2
_BASES = ("explicit", "relative", "event-relative", "narrative", "publication")


def votes(
    tellings: Sequence[Telling], origins: Mapping[Key, str], value_of: Callable[[Telling], Value | None]
) -> dict[Value, int]:
    """How many origins give each value; a value of None is no vote."""
    seen: dict[Value, set[str]] = {}
    for telling in tellings:
        value = value_of(telling)
        if value is not None:
            seen.setdefault(value, set()).add(origins[telling.key])
    return {value: len(found) for value, found in seen.items()}


def winner(
    tellings: Sequence[Telling], origins: Mapping[Key, str], value_of: Callable[[Telling], str | None]
) -> str | None:
    """The value of the most origins; on a draw that of the surest telling, then the first by name."""
    counts = votes(tellings, origins, value_of)
    sure: dict[str, float] = {}
    for telling in tellings:
        value = value_of(telling)
        if value is not None:
            sure[value] = max(sure.get(value, 0.0), telling.confidence)
    return min(counts, key=lambda value: (-counts[value], -sure[value], value), default=None)


def _realis(tellings: Sequence[Telling]) -> str:
    """The strongest that a telling asserts, else the strongest told: what happened goes before what is planned."""
    told = [t.realis for t in tellings if asserts(t)] or [t.realis for t in tellings]
    return next(value for value in ("ACTUAL", "PLANNED", "POSSIBLE", "NEGATED") if value in told)


def _chosen(found: Sequence[Version], field: str, tellings: Sequence[Telling]) -> list[Telling]:
    """The tellings of the chosen version, all of them where the field is not contested."""
    return next((list(v.tellings) for v in found if v.field == field and v.chosen), list(tellings))


def _date(tellings: Sequence[Telling], origins: Mapping[Key, str]) -> Row:
    """The most precise date with the best basis that most origins give."""
    dated = [t for t in tellings if t.day_from is not None]
    done = [t for t in dated if t.realis == "ACTUAL"] or dated
    counts = votes(done, origins, lambda t: (t.day_from, t.day_to))
    if not done:
        return {}

    def rank(t: Telling) -> tuple[Any, ...]:
        basis = _BASES.index(t.basis) if t.basis in _BASES else len(_BASES)
        width = (t.day_to or 0) - (t.day_from or 0)
        return (not t.is_exact, width if not t.is_day else 0, -counts[t.day_from, t.day_to], basis, width, t.key)

    best = min(done, key=rank)
    return {
        "date_value": best.date_value,
        "date_start": best.day_from,
        "date_end": best.day_to,
        "date_granularity": best.granularity,
        "date_basis": best.basis,
    }


def _place(tellings: Sequence[Telling], origins: Mapping[Key, str]) -> Row:
    """The most precise place that most origins give."""
    placed = [t for t in tellings if t.place]
    counts = votes(placed, origins, lambda t: (t.place.name, t.place.precision))
    order = ("point", "city", "region", "country")

    def rank(t: Telling) -> tuple[Any, ...]:
        fine = order.index(t.place.precision) if t.place.precision in order else len(order)
        return (max(fine, 1), -counts[t.place.name, t.place.precision], fine, t.key)

    best = min(placed, key=rank, default=None)
    if best is None:
        return {}
    site = best.place
    return {f"place_{name}": getattr(site, name) for name in site.__struct_fields__}


def _parties(tellings: Sequence[Telling], origins: Mapping[Key, str], role: str) -> list[Party]:
    """The parties of one side, those that most origins name first.

    A party that is described alone ("the minister") gives way to a named one of the same country and sector.
    """
    seen: dict[str, set[str]] = {}
    first: dict[str, Party] = {}
    place: dict[str, int] = {}
    for telling in by_publication(tellings):
        for at, party in enumerate(getattr(telling, role)):
            seen.setdefault(party.key, set()).add(origins[telling.key])
            first.setdefault(party.key, party)
            place[party.key] = min(place.get(party.key, at), at)
    total = len({origins[t.key] for t in tellings})
    named = {(p.country, p.sector) for p in first.values() if p.entity}
    kept = [
        key
        for key, party in first.items()
        if (party.entity or (party.country, party.sector) not in named) and len(seen[key]) >= LEAST_SHARE * total
    ]
    if total == 1:
        kept = list(first)
    return [first[key] for key in sorted(kept, key=lambda key: (-len(seen[key]), place[key], key))]


def _one_side_each(actors: list[Party], recipients: list[Party], symmetric: bool) -> tuple[list[Party], list[Party]]:
    """Where both sides act alike, reports name them in either order: who stands on both is left on the first."""
    if not symmetric:
        return actors, recipients
    there = {party.key for party in actors}
    return actors, [party for party in recipients if party.key not in there]


def story_rows(
    story_id: str, tellings: Sequence[Telling], origins: Mapping[Key, str]
) -> tuple[dict[str, list[Row]], list[Change]]:
    """The rows of one story by table, without its joins, and the history of its status."""
    members = sorted(tellings, key=lambda t: (t.report_id, t.position))
    contested = versions(members, origins)
    changes = history(members, origins)
    kind = winner(members, origins, lambda t: t.type)
    assert kind is not None  # a story has at least one telling, and each has a type
    mode = winner([t for t in members if t.type == kind], origins, lambda t: t.mode)
    ontology = load_ontology()
    symmetric = ontology.types[kind].symmetric
    actors, recipients = _one_side_each(
        _parties(_chosen(contested, "actors", members), origins, "actors"),
        _parties(_chosen(contested, "recipients", members), origins, "recipients"),
        symmetric,
    )
    published = sorted(t.published for t in members if t.published is not None)
    story: Row = {
        "story_id": story_id,
        "type": kind,
        "mode": mode,
        "contexts": sorted({context for t in members for context in t.contexts}),
        "quad": ontology.quad(kind),
        "score": ontology.score(kind, mode),
        "realis": _realis(members),
        "certainty": max(t.certainty for t in members),
        "status": changes[-1].status,
        "status_rule": changes[-1].rule,
        **_date(_chosen(contested, "date", members), origins),
        **_place(_chosen(contested, "place", members), origins),
        "actor_countries": sorted({p.country for p in actors if p.country}),
        "recipient_countries": sorted({p.country for p in recipients if p.country}),
        "event_count": len(members),
        "report_count": len({t.report_id for t in members}),
        "origin_count": len({origins[t.key] for t in members}),
        "first_published": published[0] if published else None,
        "last_published": published[-1] if published else None,
        "contested": sorted({version.field for version in contested}),
        "salient": any(t.salient for t in members),
        "confidence": max(t.confidence for t in members),
    }
    rows = {
        "stories": [story],
        "story_events": [
            {"story_id": story_id, "event_id": t.event_id, "report_id": t.report_id, "origin_id": origins[t.key]}
            for t in members
        ],
        "story_actors": [
            *_party_rows(story_id, "actor", actors),
            *_party_rows(story_id, "recipient", recipients),
        ],
        "story_history": [
            {
                "story_id": story_id,
                "position": n,
                "status": c.status,
                "since": c.since,
                "report_id": c.report_id,
                "rule": c.rule,
            }
            for n, c in enumerate(changes)
        ],
        "story_versions": _version_rows(story_id, contested, origins),
    }
    return rows, changes


def _party_rows(story_id: str, role: str, parties: Sequence[Party]) -> list[Row]:
    return [
        {
            "story_id": story_id,
            "role": role,
            "position": n,
            "name": party.name,
            "country": party.country,
            "sector": party.sector,
            "other_sectors": list(party.other_sectors),
            "entity": party.entity,
        }
        for n, party in enumerate(parties)
    ]


def _version_rows(story_id: str, contested: Sequence[Version], origins: Mapping[Key, str]) -> list[Row]:
    rows: list[Row] = []
    counts: dict[str, int] = {}
    for version in contested:
        position = counts.setdefault(version.field, 0)
        counts[version.field] += 1
        rows.append(
            {
                "story_id": story_id,
                "field": version.field,
                "position": position,
                "value": version.value,
                "report_ids": sorted({t.report_id for t in version.tellings}),
                "origin_ids": sorted({origins[t.key] for t in version.tellings}),
                "chosen": version.chosen,
            }
        )
    return rows
