"""The tables of who is who: roles (``agents.tsv``), persons, groups, organizations and regions.

`load_roles`, `load_persons`, `load_groups`, `load_organizations` and `load_regions` read one table each and check it:
`TableError` names the file and line of an unknown code, a bad date, a name given twice or overlapping terms of one
office. `persons` gives the package's own persons without reading their table each time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import cache
from itertools import pairwise
from pathlib import Path

import msgspec

from dragoman import cache as disk
from dragoman import tables as table_files
from dragoman.errors import TableError
from dragoman.lexicon.countries import countries
from dragoman.tables import Row, package_file, read_table

INTERNATIONAL = frozenset({"IGO", "UNO", "EUR", "NGO", "ISM", "IMG", "MNC"})
SECTORS = frozenset(
    "COP GOV JUD LEG MIL PRM PTY REB SPY UAF UNK AGR BUS CRM CVL EDU ELI JRN LAB MED REF OPP PRE REL SOC".split()
)
# PLOVER's manual keeps IGO and NGO as codes of the country slot; reports are also asked for them as a sector.
ROLE_SECTORS = SECTORS | {"IGO", "NGO"}
ROLE_KINDS = frozenset(
    "office person kin people body asset state relational relational-body partitive modifier honorific".split()
)
GROUP_KINDS = frozenset("armed party military agency body people".split())

ROLE_COLUMNS = ("term", "kind", "sector", "other", "office", "country")
PERSON_COLUMNS = ("name", "aliases", "country", "office", "sector", "start", "end", "after", "before")
GROUP_COLUMNS = ("name", "aliases", "country", "sector", "other", "kind")
ORGANIZATION_COLUMNS = ("name", "aliases", "code", "sector", "other", "members")
REGION_COLUMNS = ("name", "country", "adjectives", "kind")
REGION_KINDS = frozenset({"region", "partly-recognized", "historic"})


class Role(msgspec.Struct, frozen=True, kw_only=True):
    """A head, title or institution.

    `office` is the term that stands for all its synonyms ("foreign minister"); `country` the state of a role that only
    one state has ("taoiseach").
    """

    term: str
    kind: str
    sector: str | None = None
    other: tuple[str, ...] = ()
    office: str
    country: str | None = None


class Tenure(msgspec.Struct, frozen=True, kw_only=True):
    """One term of office; `start` and `end` are ISO dates (day, month or year), None where open."""

    office: str
    country: str
    sector: str
    start: str | None = None
    end: str | None = None
    after: str = "ELI"
    before: str = "PTY"

    def covers(self, date: str) -> bool:
        """Whether the term runs on this ISO day; a bound given as a month or a year covers all of it."""
        return (self.start is None or self.start <= date) and (self.end is None or date[: len(self.end)] <= self.end)


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A known person, with terms of office in the order of their start."""

    name: str
    aliases: tuple[str, ...]
    tenures: tuple[Tenure, ...]

    def at(self, date: str) -> Tenure | None:
        """The term that runs on an ISO day, the latest started if several do; None if none does."""
        running = [tenure for tenure in self.tenures if tenure.covers(date)]
        return running[-1] if running else None

    def position(self, date: str) -> tuple[str, str, str | None]:
        """Country, sector and further sector on a day: of the term that runs, else before the first, after the last."""
        tenure = self.at(date)
        if tenure is not None:
            return tenure.country, tenure.sector, None
        past = [t for t in self.tenures if t.end is not None and t.end < date]
        if past:
            last = max(past, key=lambda t: t.end or "")
            return last.country, last.after, last.sector if last.after == "ELI" else None
        first = self.tenures[0]
        return first.country, first.before, None

    def distance(self, date: str) -> int:
        """Years between a day and the nearest term: tells which of two namesakes a report means."""
        year = int(date[:4])
        return min(max(int((t.start or date)[:4]) - year, year - int((t.end or date)[:4]), 0) for t in self.tenures)


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """An armed group, party, military or agency with a name of its own."""

    name: str
    aliases: tuple[str, ...]
    country: str | None
    sector: str
    other: tuple[str, ...] = ()
    kind: str


class Organization(msgspec.Struct, frozen=True, kw_only=True):
    """An IGO, alliance, NGO, court, company or medium; `code` is a PLOVER code or the country it belongs to."""

    name: str
    aliases: tuple[str, ...]
    code: str | None
    sector: str
    other: tuple[str, ...] = ()
    members: tuple[str, ...] = ()


class Region(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a state, a partly recognised entity or a former state, and the state it is filed under."""

    name: str
    country: str
    adjectives: tuple[str, ...]
    kind: str


@cache
def country_codes() -> frozenset[str]:
    """Every code that PLOVER writes for a state."""
    return frozenset(country.plover for country in countries())


def load_roles(path: Path | str | None = None) -> tuple[Role, ...]:
    """The rows of ``agents.tsv``."""
    seen: set[str] = set()
    allowed = country_codes() | INTERNATIONAL | {""}
    roles: list[Role] = []
    for row in read_table(path or package_file("lexicon", "agents.tsv"), ROLE_COLUMNS):
        _once(seen, row, "term")
        sector = row.one_of("sector", ROLE_SECTORS | {""}) or None
        other = _codes(row, "other", ROLE_SECTORS)
        kind = row.one_of("kind", ROLE_KINDS)
        office = row["office"] or row["term"]
        country = row.one_of("country", allowed) or None
        roles.append(Role(term=row["term"], kind=kind, sector=sector, other=other, office=office, country=country))
    return tuple(roles)


def load_persons(
    path: Path | str | None = None, offices: Iterable[str] = (), *, shared: frozenset[str] = frozenset()
) -> tuple[Person, ...]:
    """The persons of ``persons.tsv``; rows of one name are terms of one person.

    `offices` limits the offices allowed (all are, if empty); `shared` names those that several hold at a time.
    """
    allowed = frozenset(offices)
    aliases: dict[str, list[str]] = {}
    tenures: dict[str, list[Tenure]] = {}
    held: dict[tuple[str, str], list[tuple[Tenure, str, Row]]] = {}
    for row in read_table(path or package_file("lexicon", "persons.tsv"), PERSON_COLUMNS):
        tenure = _tenure(row)
        if allowed:
            row.one_of("office", allowed)
        name = row["name"]
        aliases.setdefault(name, []).extend(row.many("aliases"))
        tenures.setdefault(name, []).append(tenure)
        if tenure.office in UNIQUE_OFFICES - shared:
            held.setdefault((tenure.country, tenure.office), []).append((tenure, name, row))
    _check_overlaps(held)
    return tuple(
        Person(
            name=name,
            aliases=tuple(dict.fromkeys(a for a in aliases[name] if a != name)),
            tenures=tuple(sorted(tenures[name], key=lambda t: t.start or "")),
        )
        for name in tenures
    )


@cache
def persons() -> tuple[Person, ...]:
    """The persons of the package's own table, checked once and kept on disk."""

    def make() -> tuple[bytes, tuple[Person, ...]]:
        made = load_persons()
        return msgspec.msgpack.encode(made), made

    read_from = [package_file("lexicon", name) for name in ("persons.tsv", "countries.tsv")]
    digest = disk.digest_of([__file__, *read_from, *filter(None, [table_files.__file__])])
    return disk.kept("persons", digest, msgspec.msgpack.Decoder(tuple[Person, ...]).decode, make)


# Offices of which a state has one holder at a time; terms of these may not overlap.
UNIQUE_OFFICES = frozenset(
    {"president", "prime minister", "chancellor", "king", "queen", "foreign minister", "defense minister"}
    | {"supreme leader", "emir", "sultan", "finance minister", "interior minister", "secretary-general"}
)


def load_groups(path: Path | str | None = None) -> tuple[Group, ...]:
    """The rows of ``groups.tsv``, or of a user's table with the same columns."""
    seen: set[str] = set()
    allowed = country_codes() | INTERNATIONAL | {""}
    groups: list[Group] = []
    for row in read_table(path or package_file("lexicon", "groups.tsv"), GROUP_COLUMNS):
        _once(seen, row, "name", "aliases")
        groups.append(
            Group(
                name=row["name"],
                aliases=row.many("aliases"),
                country=row.one_of("country", allowed) or None,
                sector=row.one_of("sector", SECTORS),
                other=_codes(row, "other", SECTORS),
                kind=row.one_of("kind", GROUP_KINDS),
            )
        )
    return tuple(groups)


def load_organizations(path: Path | str | None = None) -> tuple[Organization, ...]:
    """The rows of ``organizations.tsv``."""
    seen: set[str] = set()
    states = country_codes()
    rows: list[Organization] = []
    for row in read_table(path or package_file("lexicon", "organizations.tsv"), ORGANIZATION_COLUMNS):
        _once(seen, row, "name", "aliases")
        rows.append(
            Organization(
                name=row["name"],
                aliases=row.many("aliases"),
                code=row.one_of("code", states | INTERNATIONAL | {""}) or None,
                sector=row.one_of("sector", ROLE_SECTORS),
                other=_codes(row, "other", SECTORS),
                members=_codes(row, "members", states),
            )
        )
    return tuple(rows)


def load_regions(path: Path | str | None = None) -> tuple[Region, ...]:
    """The rows of ``regions.tsv``."""
    seen: set[str] = set()
    states = country_codes()
    rows: list[Region] = []
    for row in read_table(path or package_file("lexicon", "regions.tsv"), REGION_COLUMNS):
        _once(seen, row, "name")
        kind = row.one_of("kind", REGION_KINDS)
        country = row.one_of("country", states)
        rows.append(Region(name=row["name"], country=country, adjectives=row.many("adjectives"), kind=kind))
    return tuple(rows)


def _tenure(row: Row) -> Tenure:
    if not row["name"]:
        raise TableError(row.path, row.line, "name is empty")
    start, end = _date(row, "start"), _date(row, "end")
    if start and end and end < start[: len(end)]:
        raise TableError(row.path, row.line, f"the term ends ({end}) before it starts ({start})")
    return Tenure(
        office=row["office"],
        country=row.one_of("country", country_codes() | INTERNATIONAL),
        sector=row.one_of("sector", ROLE_SECTORS),
        start=start,
        end=end,
        after=row.one_of("after", ROLE_SECTORS | {""}) or "ELI",
        before=row.one_of("before", ROLE_SECTORS | {""}) or "PTY",
    )


def _date(row: Row, column: str) -> str | None:
    """An ISO day, month or year, or None for an empty cell."""
    value = row[column]
    if not value:
        return None
    padded = value + "-01-01"[len(value) - 4 :] if len(value) in (4, 7) else value
    try:
        dt.date.fromisoformat(padded)
    except ValueError:
        raise TableError(row.path, row.line, f"{column} is {value!r}; allowed: YYYY, YYYY-MM or YYYY-MM-DD") from None
    return value


def _codes(row: Row, column: str, allowed: frozenset[str]) -> tuple[str, ...]:
    values = row.many(column)
    for value in values:
        if value not in allowed:
            raise TableError(row.path, row.line, f"{column} has {value!r}; allowed: {', '.join(sorted(allowed))}")
    return values


def _once(seen: set[str], row: Row, *columns: str) -> None:
    """Refuse a name that an earlier row of the table has."""
    for column in columns:
        for value in row.many(column):
            if value in seen:
                raise TableError(row.path, row.line, f"{column}: {value!r} is given twice")
            seen.add(value)
    if not row[columns[0]]:
        raise TableError(row.path, row.line, f"{columns[0]} is empty")


def _check_overlaps(held: dict[tuple[str, str], list[tuple[Tenure, str, Row]]]) -> None:
    for (country, office), terms in held.items():
        terms.sort(key=lambda item: item[0].start or "")
        for (first, name, _), (second, other, row) in pairwise(terms):
            start = second.start or ""
            # A month or a year as a bound touches the next term: that is no overlap.
            if name != other and (first.end is None or first.end[: len(start)] > start[: len(first.end)]):
                raise TableError(
                    row.path, row.line, f"{office} of {country}: {other} from {start} overlaps {name} to {first.end}"
                )
