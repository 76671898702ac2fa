"""The countries of ``countries.tsv``: names, adjectives, demonyms, capitals and seats of government.

>>> by_code("SYR").name
'Syria'
>>> by_name("Burma").iso3
'MMR'
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgspec

from dragoman.errors import TableError
from dragoman.tables import Row, package_file, read_table

COLUMNS = (
    "iso3",
    "iso2",
    "plover",
    "name",
    "names",
    "adjectives",
    "demonyms",
    "capital",
    "seats",
    "lat",
    "lon",
    "geonameid",
    "note",
)

# Within one of these, a word may stand for one country only; "Taiwan" may be both a name and an adjective of Taiwan.
_KINDS = ("names", "adjectives", "demonyms", "seats")


class Country(msgspec.Struct, frozen=True, kw_only=True):
    """A country, territory or historic state.

    `iso3` and `iso2` are ISO 3166-1 (XKX, XK for Kosovo; withdrawn codes for historic states). `plover` is the code
    that PLOVER writes. `names` begins with `name`. `capitals` holds the spellings of the capital or the several seats
    of government, most usual first; `seats` the buildings and places that stand for the government (the Kremlin).
    `lat` and `lon` are degrees.
    """

    iso3: str
    iso2: str
    plover: str
    name: str
    names: tuple[str, ...]
    adjectives: tuple[str, ...]
    demonyms: tuple[str, ...]
    capitals: tuple[str, ...]
    seats: tuple[str, ...]
    lat: float
    lon: float
    geonameid: int | None
    note: str

    @property
    def historic(self) -> bool:
        """Whether the state no longer exists (Soviet Union)."""
        return self.note.startswith("historic")


def coordinates(row: Row) -> tuple[float, float]:
    """Latitude and longitude of a table row in degrees; raises `TableError` where they are no place on earth."""
    try:
        lat, lon = float(row["lat"]), float(row["lon"])
    except ValueError:
        raise TableError(row.path, row.line, f"lat {row['lat']!r}, lon {row['lon']!r}: not numbers") from None
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise TableError(row.path, row.line, f"lat {lat}, lon {lon}: allowed are -90 to 90 and -180 to 180")
    return lat, lon


def geonameid(row: Row) -> int | None:
    """The GeoNames id of a table row, None for an empty cell; raises `TableError` for anything but digits."""
    value = row["geonameid"]
    if value and not value.isdigit():
        raise TableError(row.path, row.line, f"geonameid is {value!r}; allowed: digits or nothing")
    return int(value) if value else None


def _country(row: Row) -> Country:
    for column, size in (("iso3", 3), ("iso2", 2)):
        code = row[column]
        if not (len(code) == size and code.isascii() and code.isalpha() and code.isupper()):
            raise TableError(row.path, row.line, f"{column} is {code!r}; allowed: {size} capital letters")
    if not row["name"]:
        raise TableError(row.path, row.line, "name is empty")
    lat, lon = coordinates(row)
    return Country(
        iso3=row["iso3"],
        iso2=row["iso2"],
        plover=row["plover"] or row["iso3"],
        name=row["name"],
        names=tuple(dict.fromkeys((row["name"], *row.many("names")))),
        adjectives=row.many("adjectives"),
        demonyms=row.many("demonyms"),
        capitals=row.many("capital"),
        seats=row.many("seats"),
        lat=lat,
        lon=lon,
        geonameid=geonameid(row),
        note=row["note"],
    )


def read_countries(path: Path | str) -> tuple[Country, ...]:
    """The countries of a table; raises `TableError` for bad cells, a code given twice or a word of two countries."""
    countries: list[Country] = []
    owner: dict[tuple[str, str], str] = {}
    for row in read_table(path, COLUMNS):
        country = _country(row)
        if ("iso3", country.iso3) in owner:
            raise TableError(row.path, row.line, f"iso3 {country.iso3} is given twice")
        owner["iso3", country.iso3] = country.iso3
        for kind in _KINDS:
            for word in getattr(country, kind):
                other = owner.setdefault((kind, word), country.iso3)
                if other != country.iso3:
                    raise TableError(row.path, row.line, f"{kind}: {word!r} belongs to {other} already")
        countries.append(country)
    return tuple(countries)


@cache
def countries() -> tuple[Country, ...]:
    """All countries, in the order of their codes."""
    return read_countries(package_file("lexicon", "countries.tsv"))


@cache
def _codes() -> dict[str, Country]:
    return {country.iso3: country for country in countries()}


@cache
def _codes2() -> dict[str, Country]:
    # Czechoslovakia and Serbia and Montenegro both had CS; living states come last so that they win.
    return {country.iso2: country for country in sorted(countries(), key=lambda c: not c.historic)}


@cache
def _words(kind: str) -> dict[str, Country]:
    return {word: country for country in countries() for word in getattr(country, kind)}


def by_code(iso3: str) -> Country | None:
    """The country with this ISO 3166-1 alpha-3 code (XKX for Kosovo)."""
    return _codes().get(iso3)


def by_code2(iso2: str) -> Country | None:
    """The country with this ISO 3166-1 alpha-2 code."""
    return _codes2().get(iso2)


def by_name(name: str) -> Country | None:
    """The country with exactly this name or alternative name ("Burma", "DPRK")."""
    return _words("names").get(name)


def by_adjective(word: str) -> Country | None:
    """The country of an adjective or demonym ("Syrian", "Danes")."""
    return _words("adjectives").get(word) or _words("demonyms").get(word)


def by_capital(name: str) -> Country | None:
    """The country whose capital or seat of government this is ("Moscow"); the first such in the table."""
    return _capitals().get(name)


@cache
def _capitals() -> dict[str, Country]:
    table: dict[str, Country] = {}
    for country in sorted(countries(), key=lambda c: (c.historic, c.plover != c.iso3)):
        for name in country.capitals:
            table.setdefault(name, country)
    return table


def by_seat(name: str) -> Country | None:
    """The country whose government this building or place stands for ("Kremlin", "Downing Street")."""
    return _words("seats").get(name)


def adjectives() -> Iterator[tuple[str, Country]]:
    """Every adjective and demonym with its country, each word once."""
    table = {**_words("demonyms"), **_words("adjectives")}
    yield from sorted(table.items(), key=lambda item: item[0])
