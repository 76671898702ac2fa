"""A small store for the pages: two happenings in plain reports, and one report in which everything is hostile."""

from __future__ import annotations

from pathlib import Path

from dragoman.records import (
    Actor,
    Assessment,
    Attribution,
    Claim,
    CodedReport,
    Event,
    EventDate,
    Place,
    Realis,
    Report,
    TextSpan,
)
from dragoman.store import Store

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}"
EVIL_ID = "../../etc/pass wd?#.json"
RTL = "قال \u202eevil\u202c الوزير"

MET = "Kenya's foreign minister Amina Odhiambo met Somalia's president in Mogadishu on 4 March 2025."
DENIED = "Somalia denied that Kenyan aircraft struck a camp near Kismayo on 8 March 2025."
HOSTILE = f"{EVIL} Kenya warned Somalia. {RTL} </script></textarea><svg onload=alert(3)>"


def span(text: str, words: str) -> dict[str, object]:
    start = text.index(words)
    return {"text": words, "start": start, "end": start + len(words)}


def actor(text: str, words: str, name: str, country: str | None, sector: str | None = "GOV") -> Actor:
    return Actor(**span(text, words), name=name, country=country, sector=sector)


def _met() -> Event:
    place = Place(**span(MET, "Mogadishu"), name="Mogadishu", country="SOM", lat=2.04, lon=45.34, precision="city")
    return Event(
        id="e1meeting0000001",
        type="CONSULT",
        mode="visit",
        contexts=("diplomatic",),
        quad="verbal cooperation",
        score=4.0,
        actors=(actor(MET, "Kenya's foreign minister Amina Odhiambo", "Amina Odhiambo", "KEN"),),
        recipients=(actor(MET, "Somalia's president", "President of Somalia", "SOM"),),
        date=EventDate(value="2025-03-04", granularity="day", basis="explicit", **span(MET, "4 March 2025")),
        place=place,
        topics=(TextSpan(**span(MET, "Mogadishu")),),
        realis=Realis.ACTUAL,
        certainty=0.95,
        attribution=Attribution(),
        evidence=(TextSpan(**span(MET, "Kenya's foreign minister Amina Odhiambo met Somalia's president")),),
        salient=True,
        confidence=0.9,
    )


def _struck() -> Event:
    return Event(
        id="e2strike00000002",
        type="ASSAULT",
        mode="aerial",
        contexts=("military",),
        quad="material conflict",
        score=-9.5,
        actors=(actor(DENIED, "Kenyan aircraft", "Kenyan aircraft", "KEN", "MIL"),),
        recipients=(actor(DENIED, "a camp", "a camp", "SOM", None),),
        date=EventDate(value="2025-03-08", granularity="day", basis="explicit", **span(DENIED, "8 March 2025")),
        realis=Realis.POSSIBLE,
        certainty=0.3,
        attribution=Attribution(holder="Somalia", name="Somalia", country="SOM", sector="GOV", cue="denied"),
        claims=(
            Claim(holder="Somalia", name="Somalia", country="SOM", stance="denies", cue="denied", start=8, end=14),
        ),
        evidence=(TextSpan(**span(DENIED, "Kenyan aircraft struck a camp near Kismayo")),),
        confidence=0.6,
    )


def _warned() -> Event:
    return Event(
        id="e3hostile0000003",
        type="THREATEN",
        quad="verbal conflict",
        score=-3.5,
        actors=(actor(HOSTILE, "Kenya", EVIL, "KEN"),),
        recipients=(actor(HOSTILE, "Somalia", RTL, "SOM"),),
        realis=Realis.ACTUAL,
        certainty=0.9,
        attribution=Attribution(holder=EVIL, name=EVIL),
        evidence=(TextSpan(**span(HOSTILE, HOSTILE)),),
        confidence=0.5,
    )


def reports() -> tuple[list[CodedReport], list[Report]]:
    """Coded reports and their texts."""
    given = [
        Report(
            id="plain-1",
            text=MET,
            title="A visit",
            published="2025-03-05",
            publisher="The Post",
            url="https://example.org/1",
        ),
        Report(
            id="plain-2",
            text=DENIED,
            title="A denial",
            published="2025-03-09",
            publisher="Radio",
            url="http://example.org/2",
        ),
        Report(
            id=EVIL_ID,
            text=HOSTILE,
            title=EVIL,
            published="2025-03-10",
            publisher=RTL,
            url="javascript:alert(document.cookie)",
        ),
        Report(
            id="empty-1",
            text="Nothing happened.",
            title="Quiet",
            published="2025-03-11",
            publisher="Radio",
            url="data:text/html,x",
        ),
    ]
    events = {"plain-1": (_met(),), "plain-2": (_struck(),), EVIL_ID: (_warned(),)}
    note = Assessment(
        text="Kenya warned Somalia", holder="AUTHOR", cue="warned", hedged=False, **_at(HOSTILE, "Kenya warned Somalia")
    )
    coded = [
        CodedReport(
            id=r.id,
            title=r.title,
            published=r.published,
            publisher=r.publisher,
            url=r.url,
            events=events.get(r.id, ()),
            assessments=(note,) if r.id == EVIL_ID else (),
            warnings=(EVIL,) if r.id == EVIL_ID else (),
        )
        for r in given
    ]
    return coded, given


def _at(text: str, words: str) -> dict[str, int]:
    start = text.index(words)
    return {"start": start, "end": start + len(words)}


def make_store(folder: Path) -> Path:
    """A store with these reports."""
    coded, given = reports()
    with Store.open(folder, create=True) as store:
        store.load(coded, given)
    return folder
