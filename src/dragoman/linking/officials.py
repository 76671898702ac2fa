"""Who speaks for a party to a happening: its officials, in releases of their own or quoted by others."""

from __future__ import annotations

import re
from functools import cache

import msgspec

from dragoman.linking.tellings import Stand, Telling
from dragoman.tables import package_file, read_table

# Sectors whose members speak for their state, and those who speak for the armed group that they are.
STATE = frozenset({"GOV", "MIL", "COP", "JUD", "LEG", "SPY", "ELI", "IGO"})
GROUP = frozenset({"REB", "SEP", "INS", "UAF", "OPP", "PTY", "UNS", "IMG"})
_WORD = re.compile(r"[^\W\d_]+(?:['’]s)?")


class Speaker(msgspec.Struct, frozen=True):
    """Who published a report: whether a body of a state or group, its country, the words of its name."""

    official: bool
    country: str | None
    name: str


@cache
def _words() -> dict[str, frozenset[str]]:
    rows = read_table(package_file("linking", "official_words.tsv"), ("list", "words"))
    return {row["list"]: frozenset(row.many("words")) for row in rows}


@cache
def _countries(publisher: str) -> str | None:
    from dragoman.coding.actor_lexicon import gazetteer

    for hit in gazetteer().scan(publisher.split()):
        for term in hit.terms:
            if term.country and term.type in ("state", "seat", "adjective", "organization", "group"):
                return term.country
    return None


@cache
def speaker(publisher: str | None) -> Speaker:
    """The publisher as one who may speak for a party."""
    if not publisher:
        return Speaker(False, None, "")
    named = {word.lower() for word in _WORD.findall(publisher)}
    official = bool(named & _words()["official"]) and not named & _words()["not"]
    return Speaker(official, _countries(publisher) if official else None, publisher.casefold())


def involved(tellings: list[Telling]) -> tuple[frozenset[str], frozenset[str]]:
    """Countries of the parties to a happening and of its place, and the names of its armed groups."""
    countries = {p.country for t in tellings for p in (*t.actors, *t.recipients) if p.country}
    countries |= {t.place.country for t in tellings if t.place and t.place.country}
    groups = {p.name.casefold() for t in tellings for p in (*t.actors, *t.recipients) if p.sector in GROUP}
    return frozenset(countries), frozenset(groups)


def speaks_for_party(stand: Stand, countries: frozenset[str], groups: frozenset[str]) -> bool:
    """Whether a holder is an official of an involved state, or of an involved group."""
    name = (stand.name or stand.holder).casefold()
    if any(group in name or name in group for group in groups if len(group) > 2):
        return True
    if stand.country not in countries:
        return False
    return stand.sector in STATE or (stand.party and (stand.sector is None or stand.sector in GROUP))


def published_by_party(telling: Telling, countries: frozenset[str], groups: frozenset[str]) -> bool:
    """Whether a report is a release of an involved party."""
    who = speaker(telling.publisher)
    if not who.name:
        return False
    if any(group in who.name for group in groups if len(group) > 3):
        return True
    return who.official and (who.country is None or who.country in countries)
