"""Made reports for tests of linking: few states, few days, so that much is alike."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from dragoman.ontology.ontology import load_ontology
from dragoman.records import Actor, Attribution, Claim, CodedReport, Event, EventDate, Place, Realis, Report, TextSpan
from dragoman.store import Store

TOWNS = {
    "Lima": ("PER", -12.04, -77.03, 1),
    "Kharkiv": ("UKR", 49.98, 36.25, 2),
    "Odesa": ("UKR", 46.48, 30.73, 3),
    "Ankara": ("TUR", 39.92, 32.85, 4),
}


def party(country: str, name: str | None = None, sector: str = "GOV") -> Actor:
    words = name or country
    key = f"person:{words.lower().replace(' ', '-')}" if name else f"state:{country}"
    return Actor(text=words, name=words, country=country, sector=sector, entity=key, start=0, end=0)


def town(name: str) -> Place:
    country, lat, lon, key = TOWNS[name]
    return Place(
        text=name, name=name, country=country, lat=lat, lon=lon, geonameid=key, precision="city", start=0, end=0
    )


def told(
    number: str,
    kind: str,
    actors: str,
    recipients: str = "",
    *,
    mode: str | None = None,
    day: str | None = "2025-03-04",
    basis: str = "relative",
    place: str | None = None,
    words: str = "",
    realis: str = "ACTUAL",
    claims: tuple[Claim, ...] = (),
) -> Event:
    """An event; parties are codes of countries, or Code:Name, separated by spaces (underscores for spaces in names)."""
    ontology = load_ontology()

    def parties(text: str) -> tuple[Actor, ...]:
        parts = [part.partition(":") for part in text.split()]
        return tuple(party(code, name.replace("_", " ") or None) for code, _, name in parts)

    return Event(
        id=number,
        type=kind,
        mode=mode,
        quad=ontology.quad(kind),
        score=ontology.score(kind, mode),
        actors=parties(actors),
        recipients=parties(recipients),
        date=EventDate(value=day, basis=basis, granularity="day") if day else None,
        place=town(place) if place else None,
        realis=Realis(realis),
        certainty=1.0,
        attribution=Attribution(),
        claims=claims,
        evidence=(TextSpan(text=words, start=0, end=len(words)),),
        salient=True,
        confidence=0.9,
    )


def coded(key: str, *events: Event, published: str | None = "2025-03-05", publisher: str = "Post") -> CodedReport:
    return CodedReport(id=key, published=published, publisher=f"{publisher} {key}", events=tuple(events))


def report(key: str, text: str, published: str | None = "2025-03-05", publisher: str = "Post") -> Report:
    return Report(id=key, text=text, published=published, publisher=publisher)


def store_of(folder: Path, *reports: CodedReport, texts: tuple[Report, ...] = ()) -> Store:
    store = Store.open(folder, create=True)
    store.load(reports, texts)
    return store


def random_reports(seed: int, count: int) -> list[CodedReport]:
    """Reports whose events look much alike, with dates, places and parties left out now and then."""
    rng = random.Random(seed)
    acts: list[dict[str, Any]] = [
        {"kind": "CONSULT", "mode": "visit", "actors": "RUS:Ivan_Petrov", "recipients": "TUR:Kemal_Demir"},
        {"kind": "CONSULT", "mode": "phone", "actors": "RUS:Ivan_Petrov", "recipients": "TUR:Kemal_Demir"},
        {"kind": "ASSAULT", "mode": "drone", "actors": "RUS", "recipients": "UKR", "place": "Kharkiv"},
        {"kind": "ASSAULT", "mode": "drone", "actors": "RUS", "recipients": "UKR", "place": "Odesa"},
        {"kind": "SANCTION", "mode": "expel", "actors": "PER", "recipients": "RUS"},
    ]
    made = []
    for number in range(count):
        events = []
        for place in range(rng.choice((1, 1, 2))):
            act = dict(rng.choice(acts))
            if rng.random() < 0.2:
                act.pop("recipients", None)
            day = None if rng.random() < 0.15 else f"2025-03-{rng.choice((3, 4, 4, 5, 8)):02d}"
            words = rng.choice(
                ("the talks in the palace", "drones struck a market", "an envoy was sent home", "they met")
            )
            events.append(told(f"e{place}", **act, day=day, basis=rng.choice(("relative", "publication")), words=words))
        made.append(coded(f"r{number:03d}", *events, published=f"2025-03-{rng.choice((4, 5, 6, 9)):02d}"))
    return made
