"""Any number of made events for tests of formats: every type and mode, all kinds of dates, places, parties and nasty text."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta

from dragoman.formats.codes import bodies, codes_of
from dragoman.lexicon.countries import countries
from dragoman.ontology.ontology import load_ontology
from dragoman.records import Actor, Attribution, CodedReport, Event, EventDate, Place, Realis, TextSpan

NASTY = (
    "plain",
    'he said "no"',
    '"quoted from the start',
    "tab\there",
    "two\nlines\r\nand more",
    "=HYPERLINK(1)",
    "+1",
    "-2; three",
    "@here",
    "a, b; c",
    "Île-de-France, № 5 🎏",
    "nul\x00 and \x1b[31m",
    "<b>&amp;</b>",
    "'=apostrophe",
    "separator\u2028here",
)
_ONTOLOGY = load_ontology()
_PAIRS = [(kind, mode) for kind in _ONTOLOGY.types for mode in (None, *_ONTOLOGY.modes_of(kind))]
_LIVING = [c for c in countries() if not c.historic and codes_of(c.plover)]
_STATES = sorted({country.plover for country in _LIVING})
_SECTORS = sorted(set(_ONTOLOGY.sectors) - {"PRE"})


def _party(rng: random.Random) -> Actor:
    country = rng.choice([None, *rng.sample(_STATES, 6), rng.choice(sorted(bodies()))])
    sector = rng.choice([None, *rng.sample(_SECTORS, 4)])
    others = tuple(s for s in rng.sample(_SECTORS, rng.randint(0, 2)) if s != sector) if sector else ()
    name = f"{rng.choice(NASTY)} {rng.randint(1, 9999)}"
    start = rng.randint(0, 500)
    return Actor(
        text=f"the {name}",
        name=name,
        country=country,
        sector=sector,
        other_sectors=others,
        start=start,
        end=start + len(name) + 4,
    )


def _date(rng: random.Random) -> EventDate | None:
    day = date(1995, 1, 1) + timedelta(days=rng.randint(0, 12_000))
    monday = day - timedelta(days=day.weekday())
    return rng.choice(
        [
            EventDate(value=day.isoformat(), granularity="day", basis="explicit"),
            EventDate(value=day.isoformat(), granularity="day", basis="publication"),
            EventDate(value=f"{day:%Y-%m}", granularity="month", basis="explicit"),
            EventDate(value=f"{day:%Y}", granularity="year", basis="relative"),
            EventDate(value=f"{monday}/{monday + timedelta(days=6)}", granularity="week", basis="relative"),
            EventDate(value=f"{day}/{day + timedelta(days=400)}", granularity="range", basis="explicit"),
            None,
        ]
    )


def _place(rng: random.Random) -> Place | None:
    if rng.random() < 0.3:
        return None
    country = rng.choice(_LIVING)
    precision = rng.choice(["country", "region", "city", "point"])
    name = (
        country.name
        if precision == "country"
        else f"Upper {rng.choice(['Riva', 'Kolm, East', 'Šahr'])} {rng.randint(1, 99)}"
    )
    known = rng.random() < 0.8
    return Place(
        text=f"in {name}",
        name=name,
        country=country.iso3,
        admin1=None if precision == "country" else name if precision == "region" else rng.choice([None, "Västra"]),
        lat=round(rng.uniform(-90, 90), 5) if known else None,
        lon=round(rng.uniform(-180, 180), 5) if known else None,
        geonameid=rng.choice([None, rng.randint(1, 10_000_000)]),
        precision=precision,
        start=7,
        end=10 + len(name),
    )


def _event(rng: random.Random, number: int) -> Event:
    kind, mode = _PAIRS[number % len(_PAIRS)]
    words = rng.choice(NASTY)
    starts = rng.sample(range(1000), rng.randint(1, 3))
    return Event(
        id=f"e{number:05d}",
        type=kind,
        mode=mode,
        contexts=tuple(rng.sample(sorted(_ONTOLOGY.contexts), rng.randint(0, 2))),
        quad=_ONTOLOGY.quad(kind),
        score=_ONTOLOGY.score(kind, mode),
        actors=tuple(_party(rng) for _ in range(rng.randint(0, 3))),
        recipients=tuple(_party(rng) for _ in range(rng.randint(0, 2))),
        date=_date(rng),
        place=_place(rng),
        realis=Realis.ACTUAL,
        certainty=round(rng.random(), 2),
        attribution=Attribution(),
        evidence=tuple(TextSpan(text=words, start=s, end=s + len(words)) for s in sorted(starts)),
        salient=rng.random() < 0.5,
        confidence=round(rng.random(), 2),
    )


def made_reports(events: int, each: int = 4, seed: int = 7) -> Iterator[CodedReport]:
    """Reports with `each` events, until there are so many events; the same ones every time."""
    rng = random.Random(seed)
    for first in range(0, events, each):
        number = first // each
        published = date(2000, 1, 1) + timedelta(days=rng.randint(0, 9000))
        yield CodedReport(
            id=f"r{number:05d}",
            title=rng.choice([None, *NASTY]),
            published=rng.choice([published.isoformat(), f"{published:%Y-%m}", None]),
            publisher=rng.choice([None, "Harbour Post", *NASTY]),
            url=rng.choice([None, f"https://example.org/{number}"]),
            events=tuple(_event(rng, n) for n in range(first, min(first + each, events))),
        )
