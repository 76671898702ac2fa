"""From the words of a phrase to country, sector and identity (PLOVER 2.0, section on entities).

The words of the phrase come first, then what the report is about (`ReportContext`), then the table of persons by the
date of the report. Nothing is looked up anywhere else.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cache

from dragoman.coding.actor_lexicon import Hit, Term, fold, gazetteer, words_of
from dragoman.coding.actor_parse import PLACE_TYPES, STATE_TYPES, Parse, Phrase
from dragoman.lexicon.actor_tables import INTERNATIONAL, Person, Role, persons
from dragoman.lexicon.countries import by_code

FORMER_OF = frozenset({"GOV", "LEG", "MIL", "JUD", "COP", "SPY", "PTY", "ELI", "IGO"})
ARMED_SECTORS = frozenset({"REB", "PRM", "UAF", "CRM"})
# Whoever is of these and of the opposition keeps the sector, with OPP as the second.
SIDED = frozenset({"LEG", "PTY", "CVL", "JRN", "EDU", "REL", "LAB"})
TAKES_GROUP_SECTOR = frozenset({"MIL", "UAF", "GOV", "PTY", "CVL", "REB", "PRM", "", None})
UNOWNED = frozenset({"IGO", "NGO"})
DEFAULT_DATE = "2022-10-31"


@dataclass(slots=True)
class Reading:
    """What one phrase says of its actor.

    `inherits` is True where a country may be taken from the report, `guessed` where it has been.
    """

    name: str
    kind: str
    country: str | None = None
    sector: str | None = None
    other: tuple[str, ...] = ()
    key: str | None = None
    named: bool = True
    office: str | None = None
    person: Person | None = None
    inherits: bool = False
    guessed: bool = False


@dataclass(slots=True)
class ReportContext:
    """What the report as a whole gives: its day, the country it is mostly about, its publisher's country."""

    date: str | None = None
    dominant: str | None = None
    publisher: str | None = None
    counts: Counter[str] = field(default_factory=Counter)
    officers: str = "MIL"

    @property
    def country(self) -> str | None:
        """The country for what has none in the text."""
        return self.publisher or self.dominant


def slug(name: str) -> str:
    """Letters and digits of a name, hyphen between words: part of a stable key."""
    return re.sub(r"[^a-z0-9]+", "-", fold(name)).strip("-")


def country_name(code: str | None) -> str:
    """The usual English name of a state code."""
    if code is None:
        return ""
    country = by_code("XKX" if code == "KOS" else code)
    return country.name if country is not None else code


def state_reading(term: Term, text: str) -> Reading:
    """A state, region or seat of government: the state acts through its government."""
    other = ("PRE",) if term.partly_recognized else ()
    if term.type == "region":
        return Reading(term.name, "state", term.country, "GOV", other, f"region:{slug(term.name)}")
    return Reading(country_name(term.country), "state", term.country, "GOV", other, f"state:{term.country}")


def read(parse: Parse, phrase: Phrase, date: str | None) -> Reading:
    """Country, sector, name and key of a phrase by its own words."""
    text = parse.span_text(phrase.start, phrase.end)
    if phrase.shared is not None:
        text = f"{text} {parse.words[phrase.shared.head]}"
    if phrase.partitive and phrase.inner is not None:
        inner = read(parse, phrase.inner, date)
        inner.name, inner.named, inner.key, inner.kind = text, False, None, "people"
        if inner.sector == "GOV" and phrase.inner.subject is not None and phrase.inner.subject.type == "state":
            inner.sector = "CVL"
        return inner
    subject = phrase.subject
    if subject is None or subject.type == "role":
        return (
            _role_reading(parse, phrase, text, date) if phrase.label != "PERSON" else _person(parse, phrase, text, date)
        )
    if subject.type == "person":
        return _person(parse, phrase, text, date)
    if subject.type in ("demonym", "adjective") and phrase.kind == "description":
        # "Kosovo Serbs", "Lebanese Armenians": people of the state named first.
        return Reading(text, "people", _owners_state(phrase) or subject.country, "CVL", named=False)
    if subject.type in PLACE_TYPES | {"adjective", "demonym", "seat"}:
        return state_reading(subject, text)
    return _named_body(phrase, subject, text)


def _owners_state(phrase: Phrase) -> str | None:
    """The state of the first owner that names one."""
    return next((owner.country for owner in phrase.owners if owner.type in STATE_TYPES and owner.country), None)


def _named_body(phrase: Phrase, term: Term, text: str) -> Reading:
    """A group or organization of the tables; "Hamas fighters" is read by its role instead."""
    if term.group is not None:
        group = term.group
        owner = _owners_state(phrase) or group.country
        if owner != group.country and group.kind in ("party", "body", "agency", "military", "people"):
            return Reading(text, "group", owner, group.sector, group.other, f"{owner}:{slug(term.name)}")
        return Reading(term.name, "group", group.country, group.sector, group.other, f"group:{slug(term.name)}")
    assert term.organization is not None
    organization = term.organization
    country = organization.code
    owner = _owners_state(phrase)
    if country == "NGO" and owner:
        country = owner
    return Reading(term.name, "body", country, organization.sector, organization.other, f"org:{slug(term.name)}")


def _person(parse: Parse, phrase: Phrase, text: str, date: str | None) -> Reading:
    """A person by name, with the office that the text gives or the table has for the day of the report."""
    start, end = phrase.name or (phrase.head, phrase.end)
    name = parse.span_text(start, end)
    country = _owner_country(phrase)
    sector: str | None = None
    other: tuple[str, ...] = ()
    office = office_of(phrase)
    if phrase.roles:
        sector, other = role_sector(phrase, country, date)
    known = _known_person(parse, phrase, date, country)
    reading = Reading(name, "person", country, sector, other, None, office=office, person=known, inherits=True)
    if known is not None:
        from_table(reading, known, date)
    elif len(name.split()) > 1:
        reading.key = f"person:{slug(name)}"
    return reading


def _known_person(parse: Parse, phrase: Phrase, date: str | None, country: str | None) -> Person | None:
    """The person of the table that the name points to; of namesakes the one in office nearest to the day.

    A country in the phrase that is none of the person's means somebody else of that name.
    """
    if phrase.subject is None or phrase.subject.person is None or phrase.name is None:
        return None
    hit = parse.covering.get(phrase.name[1] - 1)
    namesakes = [term.person for term in hit.terms if term.person is not None] if hit is not None else []
    if country is not None and country not in INTERNATIONAL:
        namesakes = [p for p in namesakes if any(t.country in (country, *INTERNATIONAL) for t in p.tenures)]
    if not namesakes:
        return None
    return min(namesakes, key=lambda person: (person.distance(date or DEFAULT_DATE), person.name))


def from_table(reading: Reading, person: Person, date: str | None) -> None:
    """Name, key, country and sector of a person of the table on a day, where the text gives no other."""
    country, sector, other = person.position(date or DEFAULT_DATE)
    reading.name, reading.key = person.name, f"person:{slug(person.name)}"
    reading.country = reading.country or country
    if reading.sector is None:
        reading.sector, reading.other = sector, (other,) if other else ()
    reading.inherits = False


def _owner_country(phrase: Phrase) -> str | None:
    """The country that the words of the phrase give: its owners, then "of", then "in"."""
    owners = [owner for owner in phrase.owners if owner.type != "seat"] or phrase.owners
    for owner in owners:
        if owner.country is not None and owner.type != "city":
            return owner.country
        if owner.person is not None:
            return owner.person.tenures[-1].country
    if phrase.inner is not None:
        inner = phrase.inner
        if inner.subject is not None and inner.subject.country is not None:
            named = inner.subject.group is not None or inner.subject.organization is not None
            # "the Spanish Congress": the adjective's, not the Congress best known.
            return (_owners_state(inner) if named else None) or inner.subject.country
        found = _owner_country(inner)
        if found is not None:
            return found
    city = next((owner.country for owner in phrase.owners if owner.type == "city"), None)
    special = next((t.role.country for t in reversed(phrase.roles) if t.role is not None and t.role.country), None)
    return city or special or (None if _is_abroad(phrase) else phrase.place)


# Where an envoy or a mission is says whom it was sent to, not who sent it.
SENT = ("ambassador", "envoy", "embassy", "consul", "consulate", "consulate general", "high commission", "mission")


def _is_abroad(phrase: Phrase) -> bool:
    """Whether the place after the phrase is not its country: "its troops in Mali", "the embassy in Rome"."""
    return phrase.possessor is not None or is_sent(phrase)


def is_sent(phrase: Phrase) -> bool:
    """Whether the phrase is an envoy's or a mission's."""
    return phrase.role is not None and phrase.role.office.endswith(SENT)


def _role_reading(parse: Parse, phrase: Phrase, text: str, date: str | None) -> Reading:
    """A description: a role with its owner ("the Turkish ambassador"), or an organization that only NER knows."""
    role = phrase.role
    country = _owner_country(phrase)
    if role is None:
        kind = "body" if phrase.label == "ORG" else "people"
        hit = parse.covering.get(phrase.head)
        country = country or (hit.terms[0].country if hit is not None else None)
        sector = "CVL" if phrase.label == "NORP" else None
        key = f"org:{slug(text)}" if kind == "body" else None
        return Reading(text, kind, country, sector, (), key, inherits=True)
    sector, other = role_sector(phrase, country, date)
    if sector in UNOWNED and country is None:
        country = sector
    kind = _kind_of(role, phrase)
    capital = phrase.kind == "name" or any(w[:1].isupper() for w in parse.words[phrase.head : phrase.head + 1])
    office = office_of(phrase) or role.office
    key = f"{country}:{slug(office)}" if country and kind in ("body", "office") and not phrase.plural else None
    named = kind == "body" and bool(capital)
    if phrase.label == "ORG" and phrase.kind == "name":
        kind, key, named = "body", f"org:{slug(text)}", True
    return Reading(text, kind, country, sector, other, key, named, office, inherits=sector not in UNOWNED)


def _kind_of(role: Role, phrase: Phrase) -> str:
    if role.kind in ("office", "relational"):
        return "people" if phrase.plural else "office"
    if role.kind in ("person", "kin"):
        return "people" if phrase.plural else "someone"
    if role.kind == "state":
        return "country"
    return "people" if role.kind == "people" and phrase.plural and role.sector in ("CVL", "UAF") else "body"


def role_sector(phrase: Phrase, country: str | None, date: str | None) -> tuple[str | None, tuple[str, ...]]:
    """Sector and further sectors that the roles, owners and complement of a phrase give."""
    role = phrase.roles[-1].role
    assert role is not None
    sector, other = role.sector, role.other
    if role.kind.startswith("relational"):
        sector, other = _relational_sector(phrase, role, country, date)
    sector = _presided_sector(phrase) or sector
    earlier = [term.role for term in phrase.roles[:-1] if term.role is not None]
    if role.kind == "kin" and _is_officials_kin(phrase, earlier):
        return "ELI", ()
    group = next((owner.group for owner in phrase.owners if owner.group is not None), None)
    if group is None and phrase.inner is not None and phrase.inner.subject is not None:
        group = phrase.inner.subject.group
    body = next((owner.organization for owner in phrase.owners if owner.organization is not None), None)
    if body is not None and body.sector == "IGO" and sector == "GOV":
        sector = "IGO"
    elif body is not None and body.sector == "NGO" and sector in ("CVL", "SOC", None):
        sector = "NGO"
    if group is not None and group.sector in ARMED_SECTORS and sector in TAKES_GROUP_SECTOR:
        sector, other = group.sector, group.other
    elif any(r.sector == "REB" for r in earlier) and sector in ("MIL", "UAF", None):
        sector = "REB"
    elif any(r.sector == "OPP" for r in earlier) and sector != "OPP":
        sector, other = (sector, (*other, "OPP")) if sector in SIDED else ("OPP", other)
    elif role.kind == "modifier" and sector == "OPP":  # "dissidents": the manual puts OPP second
        sector, other = "CVL", ("OPP",)
    if phrase.former and sector in FORMER_OF:
        return "ELI", tuple(s for s in (sector,) if s != "ELI")
    return sector, other


# Who presides over a body has the body's sector, and is no president of a state.
PRESIDENTS = frozenset({"president", "vice president", "first vice president", "deputy president"})
PRESIDING = {"LEG": "speaker", "JUD": "chief justice"}
PRESIDED = frozenset({"LEG", "JUD", "PTY", "LAB", "EDU", "BUS", "JRN"})


def _presided_sector(phrase: Phrase) -> str | None:
    """Sector of the body that a president presides over ("president of the Senate", "the Supreme Court president")."""
    role = phrase.role
    if role is None or role.office not in PRESIDENTS:
        return None
    before = phrase.roles[-2].role if len(phrase.roles) > 1 else None
    if before is not None and before.kind == "body" and before.sector in PRESIDED:
        return before.sector
    inner = phrase.inner
    if inner is None or (phrase.name is not None and phrase.name[1] <= inner.start):
        return None
    body = inner.role
    if body is not None and body.kind in ("body", "relational-body") and body.sector in PRESIDED:
        return body.sector
    subject = inner.subject
    named = None if subject is None else subject.group or subject.organization
    return named.sector if named is not None and named.sector in PRESIDED else None


def office_of(phrase: Phrase) -> str | None:
    """The office that a phrase gives: of a president of a parliament or court, that of its speaker or chief justice."""
    if phrase.role is None:
        return None
    presided = _presided_sector(phrase)
    return PRESIDING.get(presided, "chairman") if presided else phrase.role.office


def _is_officials_kin(phrase: Phrase, earlier: list[Role]) -> bool:
    """Whether the family is an official's: PLOVER counts it among the elite ("the president's daughter")."""
    inner = phrase.inner
    roles = [*earlier, *(term.role for term in (inner.roles if inner is not None else ()) if term.role is not None)]
    known = any(owner.person is not None for owner in phrase.owners) or (
        inner is not None and inner.subject is not None and inner.subject.person is not None
    )
    return known or any(r.sector == "ELI" or (r.kind == "office" and r.sector in FORMER_OF) for r in roles)


def _relational_sector(
    phrase: Phrase, role: Role, country: str | None, date: str | None
) -> tuple[str | None, tuple[str, ...]]:
    """Sector of "spokesman", "leader", "group": of what stands before it or after "of", else the government's."""
    for term in reversed(phrase.roles[:-1]):
        if term.role is not None and term.role.sector:
            return term.role.sector, term.role.other
    inner = phrase.inner
    if inner is not None:
        if inner.roles:
            return role_sector(inner, country, date)
        if inner.subject is not None:
            return _term_sector(inner.subject, date)
    for owner in reversed(phrase.owners):
        if owner.group is not None or owner.organization is not None:
            return _term_sector(owner, date)
    if role.sector:
        return role.sector, role.other
    if role.kind == "relational" and (country is not None and country not in INTERNATIONAL):
        return "GOV", ()
    return None, ()


def _term_sector(term: Term, date: str | None) -> tuple[str | None, tuple[str, ...]]:
    if term.group is not None:
        return term.group.sector, term.group.other
    if term.organization is not None:
        return term.organization.sector, ()
    if term.person is not None:
        return term.person.position(date or DEFAULT_DATE)[1], ()
    return "GOV", ()


@cache
def _holders() -> dict[tuple[str, str], list[Person]]:
    table: dict[tuple[str, str], list[Person]] = {}
    for person in persons():
        for tenure in person.tenures:
            holders = table.setdefault((tenure.country, tenure.office), [])
            if person not in holders:
                holders.append(person)
    return table


def office_holder(country: str, office: str, date: str) -> Person | None:
    """Who holds an office of a country on a day, if the table has exactly one such person."""
    names = {"head of state": ("president",), "leader": ()}.get(office, (office,))
    for name in names:
        running = [
            person
            for person in _holders().get((country, name), ())
            if any(t.office == name and t.country == country and t.covers(date) for t in person.tenures)
        ]
        if len(running) == 1:
            return running[0]
    return None


# A country is the report's own if it has this share of all mentions of countries.
DOMINANT_SHARE = 0.34


def report_context(parse: Parse, date: str | None, publisher: str | None, title: str | None = None) -> ReportContext:
    """Count the countries that a report names, the first sentences three times, and find the one it is about."""
    counts: Counter[str] = Counter()
    sectors: Counter[str | None] = Counter()
    early = min(len(parse.words), 60)
    for hit in parse.hits:
        term = hit.terms[0]
        country = term.country
        weight = 3.0 if hit.start < early else 1.0
        if term.role is not None:
            sectors[term.role.sector] += 1
        if _is_generic(hit):
            continue
        if len(hit.terms) > 1 and len({t.country for t in hit.terms if t.type in ("state", "region")}) > 1:
            continue
        if term.person is not None:
            country, weight = term.person.tenures[-1].country, weight * 0.7
        elif term.type in ("city", "group", "organization"):
            weight *= 0.6
        if country is not None and country not in INTERNATIONAL:
            counts[country] += weight  # type: ignore[assignment]
    counts.update(title_countries(title))
    _settle_namesakes(parse, counts)
    total = sum(counts.values())
    dominant = None
    if counts:
        code, most = min(counts.items(), key=lambda item: (-item[1], item[0]))
        dominant = code if most >= DOMINANT_SHARE * total else None
    officers = "COP" if sectors["COP"] > sectors["MIL"] else "MIL"
    return ReportContext(date, dominant, publisher_country(publisher), counts, officers)


def _settle_namesakes(parse: Parse, counts: Counter[str]) -> None:
    """Read a name of both a state and a region ("Georgia") as the one whose country the report names more."""
    total = sum(counts.values())
    for k, hit in enumerate(parse.hits):
        if _is_generic(hit) and total and not counts[hit.terms[0].country or ""]:
            _replace(parse, k, Hit(hit.start, hit.end, tuple(t for t in hit.terms if t.role is not None)))
            continue
        places = [t for t in hit.terms if t.type in ("state", "region")]
        if len({t.country for t in places}) < 2:
            continue
        best = max(places, key=lambda t: (counts[t.country or ""], t.type == "state"))
        if best is not hit.terms[0]:
            _replace(parse, k, Hit(hit.start, hit.end, (best, *(t for t in hit.terms if t is not best))))


def _is_generic(hit: Hit) -> bool:
    """Whether the name of one state's institution or party is also the word for any state's ("Congress")."""
    return hit.terms[0].group is not None and any(term.role is not None for term in hit.terms)


def _replace(parse: Parse, k: int, hit: Hit) -> None:
    parse.hits[k] = hit
    for i in range(hit.start, hit.end):
        parse.covering[i] = hit


def title_countries(title: str | None) -> dict[str, int]:
    """Countries that a title names, each counting as much as in the first sentence."""
    if not title:
        return {}
    found: dict[str, int] = {}
    for hit in gazetteer().scan([word for part in title.split() for word in words_of(part.strip(',;:!?"“”'))]):
        term = hit.terms[0]
        if (
            term.country is not None
            and term.country not in INTERNATIONAL
            and term.type in STATE_TYPES | {"seat", "capital"}
        ):
            found[term.country] = found.get(term.country, 0) + 3
    return found


def publisher_country(publisher: str | None) -> str | None:
    """The country of a publisher that is a body of a state ("President of Russia", "The White House")."""
    if not publisher:
        return None
    words = publisher.split()
    for hit in gazetteer().scan(words):
        for term in hit.terms:
            if term.type in ("state", "seat", "adjective"):
                return term.country
    return None
