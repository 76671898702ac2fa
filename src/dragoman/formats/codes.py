"""Other people's codes for what Dragoman has: countries, CAMEO events, sectors, columns; all out of tables beside this.

>>> write_cameo("CONSULT", "visit", ())
'042'
>>> read_cameo("0421").mode
'visit'
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

import msgspec

from dragoman.errors import TableError
from dragoman.lexicon.countries import Country, by_code, countries
from dragoman.ontology.ontology import load_ontology
from dragoman.tables import Row, package_file, read_table

# GDELT's QuadClass by CAMEO root (GDELT's codebook): statements to cooperation are verbal, what follows is material.
_QUADS = ((5, 1), (8, 2), (13, 3), (20, 4))


class CountryCodes(msgspec.Struct, frozen=True):
    """One country's codes; empty where a scheme has none."""

    iso3: str
    iso_numeric: str
    fips: str
    cow: str
    gw: str
    cameo: str
    acled_region: str


class Cameo(msgspec.Struct, frozen=True):
    """One CAMEO code, and the PLOVER event that it is read as; `type` is empty where PLOVER has no home for it."""

    code: str
    label: str
    goldstein: float
    type: str
    mode: str | None
    contexts: tuple[str, ...]

    @property
    def quad(self) -> int:
        """GDELT's QuadClass: 1 verbal cooperation, 2 material cooperation, 3 verbal conflict, 4 material conflict."""
        return next(quad for last, quad in _QUADS if int(self.code[:2]) <= last)


def table(name: str, columns: Iterable[str]) -> Iterable[Row]:
    """Rows of a table of this package."""
    return read_table(package_file("formats", name), tuple(columns))


@cache
def columns(form: str) -> tuple[str, ...]:
    """The columns of a format that is a table, in order."""
    return tuple(row["column"] for row in table("columns.tsv", ("format", "column", "holds")) if row["format"] == form)


@cache
def country_codes() -> Mapping[str, CountryCodes]:
    """Codes by ISO 3166-1 alpha-3."""
    names = ("iso3", "iso_numeric", "fips", "fips_also", "cow", "gw", "cameo", "acled_region")
    found: dict[str, CountryCodes] = {}
    for row in table("country_codes.tsv", names):
        if by_code(row["iso3"]) is None:
            raise TableError(row.path, row.line, f"iso3 is {row['iso3']!r}, which lexicon/countries.tsv does not have")
        found[row["iso3"]] = CountryCodes(
            iso3=row["iso3"],
            iso_numeric=row["iso_numeric"],
            fips=row["fips"],
            cow=row["cow"],
            gw=row["gw"] or row["cow"],
            cameo=row["cameo"] or row["iso3"],
            acled_region=row["acled_region"],
        )
    return found


@cache
def _by(scheme: str) -> Mapping[str, str]:
    # Historic states come first, so that a living one wins where a code passed on (COW 365: Soviet Union, Russia).
    ordered = sorted(country_codes().values(), key=lambda c: not _is_historic(c.iso3))
    found = {getattr(codes, scheme): codes.iso3 for codes in ordered if getattr(codes, scheme)}
    if scheme == "fips":
        names = ("iso3", "iso_numeric", "fips", "fips_also", "cow", "gw", "cameo", "acled_region")
        also = {row["fips_also"]: row["iso3"] for row in table("country_codes.tsv", names) if row["fips_also"]}
        found = {**also, **found}
    return found


def _is_historic(iso3: str) -> bool:
    country = by_code(iso3)
    return country is not None and country.historic


def iso3_of(scheme: str, code: str) -> str | None:
    """The ISO 3166-1 alpha-3 code of a country's code in a scheme: fips, cow, gw, cameo, iso_numeric."""
    return _by(scheme).get(code)


def codes_of(iso3: str | None) -> CountryCodes | None:
    """The codes of a country; PLOVER's own codes (KOS) are understood."""
    return country_codes().get(_plover_to_iso().get(iso3 or "", iso3 or ""))


@cache
def _plover_to_iso() -> Mapping[str, str]:
    # Dependencies fold into a sovereign that has a row of its own; only codes that are no ISO code are turned around.
    known = {country.iso3 for country in countries()}
    return {country.plover: country.iso3 for country in countries() if country.plover not in known}


def plover_country(iso3: str | None) -> str | None:
    """The code that PLOVER writes for an actor's country: KOS for Kosovo, the sovereign's for a dependency."""
    country = by_code(iso3 or "")
    return country.plover if country else iso3


def country_name(iso3: str | None) -> str | None:
    """The usual English name of a country's code."""
    country = _country(iso3)
    return country.name if country else None


def _country(iso3: str | None) -> Country | None:
    return by_code(_plover_to_iso().get(iso3 or "", iso3 or ""))


@cache
def _names() -> Mapping[str, str]:
    # "Country, Republic of" as ICEWS and UCDP write it, beside the usual names.
    found: dict[str, str] = {}
    for country in sorted(countries(), key=lambda c: not c.historic):
        for name in country.names:
            found[name.casefold()] = country.iso3
            found[f"the {name}".casefold()] = country.iso3
    return found


def iso3_of_name(name: str | None) -> str | None:
    """The ISO code of a country's name in other people's files ("Moldova, Republic of"); None where it is none."""
    key = (name or "").strip().casefold()
    found = _names().get(key)
    if found is None and ("," in key or "(" in key):
        found = _names().get(key.split(",")[0].split("(")[0].strip())
    if found is None and "yugoslav republic of macedonia" in key:
        found = "MKD"
    return found


@cache
def cameo() -> Mapping[str, Cameo]:
    """All CAMEO codes of the table; raises `TableError` where a type, mode or context is not PLOVER's."""
    ontology, found = load_ontology(), dict[str, Cameo]()
    for row in table("cameo.tsv", ("code", "label", "goldstein", "type", "mode", "contexts")):
        mode, contexts = row["mode"] or None, row.many("contexts")
        if row["type"] and row["type"] not in ontology.types:
            raise TableError(row.path, row.line, f"type is {row['type']!r}; allowed: {', '.join(ontology.types)}")
        if mode and (row["type"], mode) not in ontology.modes:
            raise TableError(row.path, row.line, f"{row['type']} has no mode {mode!r}")
        for context in contexts:
            if context not in ontology.contexts:
                raise TableError(row.path, row.line, f"there is no context {context!r}")
        found[row["code"]] = Cameo(row["code"], row["label"], float(row["goldstein"]), row["type"], mode, contexts)
    return found


def read_cameo(code: str) -> Cameo | None:
    """What a CAMEO code says; a code that the table lacks is read as its longest beginning that it has."""
    known = cameo()
    while len(code) >= 2:
        if code in known:
            return known[code]
        code = code[:-1]
    return None


@cache
def _to_cameo() -> Mapping[tuple[str, str], tuple[tuple[str, str], ...]]:
    ontology, found = load_ontology(), dict[tuple[str, str], tuple[tuple[str, str], ...]]()
    for row in table("plover_to_cameo.tsv", ("type", "mode", "context", "cameo")):
        key = (row["type"], row["mode"])
        if key[0] not in ontology.types or (key[1] and key not in ontology.modes):
            raise TableError(row.path, row.line, f"{' '.join(key)} is no type and mode of PLOVER")
        if row["cameo"] not in cameo():
            raise TableError(row.path, row.line, f"cameo is {row['cameo']!r}, which cameo.tsv does not have")
        found[key] = (*found.get(key, ()), (row["context"], row["cameo"]))
    return found


def write_cameo(type_name: str, mode: str | None, contexts: Iterable[str]) -> str:
    """The CAMEO code of a PLOVER event: the narrowest that says no more than the event does."""
    held = set(contexts)
    rows = _to_cameo().get((type_name, mode or "")) or _to_cameo()[type_name, ""]
    return next(code for context, code in rows if not context or context in held)


def cameo_loss(type_name: str, mode: str | None) -> tuple[str, str | None] | None:
    """Type and mode that reading the CAMEO code of an event again gives, where they are not the event's; else None."""
    again = cameo()[write_cameo(type_name, mode, ())]
    return None if (again.type, again.mode) == (type_name, mode) else (again.type, again.mode)


class _Sectors(msgspec.Struct, frozen=True):
    """PLOVER sectors in the order of their rank, and the words of both other schemes."""

    order: tuple[str, ...]
    to_cameo: dict[str, str]
    of_cameo: dict[str, str]
    to_icews: dict[str, str]
    of_icews: dict[str, str]


@cache
def _sectors() -> _Sectors:
    found = _Sectors((), {}, {}, {}, {})
    order: list[str] = []
    allowed = frozenset(load_ontology().sectors) | {"IGO", "NGO"}
    for row in table("sectors.tsv", ("plover", "cameo", "icews")):
        sector = row.one_of("plover", allowed)
        order.append(sector)
        for column, written, read in (
            ("cameo", found.to_cameo, found.of_cameo),
            ("icews", found.to_icews, found.of_icews),
        ):
            for number, word in enumerate(row.many(column)):
                read[word] = sector
                if number == 0:
                    written[sector] = word
    return msgspec.structs.replace(found, order=tuple(order))


def cameo_types(sectors: Iterable[str]) -> tuple[str, ...]:
    """GDELT's Type codes of PLOVER sectors; those that CAMEO lacks are left out."""
    return tuple(dict.fromkeys(_sectors().to_cameo[s] for s in sectors if s in _sectors().to_cameo))


def sectors_of_cameo(types: Iterable[str]) -> tuple[str, ...]:
    """PLOVER sectors of GDELT's Type codes, in the order given."""
    return tuple(dict.fromkeys(_sectors().of_cameo[t] for t in types if t in _sectors().of_cameo))


def icews_sectors(sectors: Iterable[str]) -> tuple[str, ...]:
    """ICEWS's sectors of PLOVER sectors; those that ICEWS lacks are left out."""
    return tuple(_sectors().to_icews[s] for s in sectors if s in _sectors().to_icews)


def sectors_of_icews(words: Iterable[str]) -> tuple[str, ...]:
    """PLOVER sectors of ICEWS's, main one first."""
    known, found = _sectors(), set[str]()
    for word in words:
        if word in known.of_icews:
            found.add(known.of_icews[word])
        elif word.endswith("Ministry"):
            found.add("GOV")
        elif word.endswith("Party") or "Party (" in word:
            found.add("PTY")
    return tuple(sector for sector in known.order if sector in found)


class Body(msgspec.Struct, frozen=True):
    """An international body that PLOVER writes in the place of a country."""

    plover: str
    cameo_type: str
    cameo_group: str
    cameo_country: str
    icews: tuple[str, ...]
    names: tuple[str, ...]


@cache
def bodies() -> Mapping[str, Body]:
    """PLOVER's international codes with what CAMEO and ICEWS have for them."""
    names = ("plover", "cameo_type", "cameo_group", "cameo_country", "icews", "names")
    return {
        row["plover"]: Body(
            row["plover"],
            row["cameo_type"],
            row["cameo_group"],
            row["cameo_country"],
            row.many("icews"),
            row.many("names"),
        )
        for row in table("bodies.tsv", names)
    }


def body_of_cameo(types: Iterable[str], group: str) -> str | None:
    """PLOVER's code of an international body by GDELT's Type and KnownGroup codes."""
    held = set(types)
    for body in bodies().values():
        if body.cameo_type in held and (not body.cameo_group or body.cameo_group == group):
            return body.plover
    return None


def body_of_name(name: str) -> str | None:
    """PLOVER's code of an international body that is known by how its name begins."""
    for body in bodies().values():
        if any(name == start or name.startswith(f"{start} ") for start in body.names):
            return body.plover
    return None


def body_of_icews(words: Iterable[str], name: str) -> str | None:
    """PLOVER's code of an international body by ICEWS's sectors, and by name where several share them."""
    held = set(words)
    for body in bodies().values():
        if held & set(body.icews) and (not body.names or body_of_name(name) == body.plover):
            return body.plover
    return None
