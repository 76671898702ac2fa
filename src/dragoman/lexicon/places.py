"""The tables of places that a gazetteer of cities lacks: ``places.tsv``, ``admin1.tsv`` and ``admin2.tsv``."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

from dragoman.errors import TableError
from dragoman.lexicon import countries
from dragoman.tables import Row, package_file, read_table

PLACE_COLUMNS = ("name", "names", "country", "kind", "precision", "lat", "lon", "geonameid", "flag")
REGION_COLUMNS = ("country", "code", "name", "ascii", "lat", "lon", "geonameid")
DISTRICT_COLUMNS = ("country", "admin1", "name", "lat", "lon", "geonameid")

_AREAS = ("continent", "region", "sea", "ocean", "strait", "canal", "province", "border", "island", "lake", "river")
KINDS = frozenset({*_AREAS, "base", "battlefield", "city", "mountain", "point"})
PRECISIONS = frozenset({"point", "city", "region"})
FLAGS = frozenset({"", "seat"})


class PlaceRow(msgspec.Struct, frozen=True, kw_only=True):
    """A place of our tables. `country` is ISO 3166-1 alpha-3 or None; `admin1` the GeoNames code or None; degrees."""

    name: str
    names: tuple[str, ...]
    country: str | None
    admin1: str | None
    kind: str
    precision: str
    lat: float
    lon: float
    geonameid: int | None
    seat: bool = False


def _country(row: Row) -> str | None:
    code = row["country"]
    if code and countries.by_code(code) is None:
        raise TableError(row.path, row.line, f"country {code!r} is not in countries.tsv")
    return code or None


def _place(row: Row) -> PlaceRow:
    lat, lon = countries.coordinates(row)
    return PlaceRow(
        name=row["name"],
        names=tuple(dict.fromkeys((row["name"], *row.many("names")))),
        country=_country(row),
        admin1=None,
        kind=row.one_of("kind", KINDS),
        precision=row.one_of("precision", PRECISIONS),
        lat=lat,
        lon=lon,
        geonameid=countries.geonameid(row),
        seat=row.one_of("flag", FLAGS) == "seat",
    )


def read_places(path: Path | str) -> tuple[PlaceRow, ...]:
    """Rows of ``places.tsv``; raises `TableError` for bad cells and for a name that two rows of one country share."""
    rows: list[PlaceRow] = []
    seen: set[tuple[str, str | None]] = set()
    for row in read_table(path, PLACE_COLUMNS):
        place = _place(row)
        for name in place.names:
            if (name, place.country) in seen:
                raise TableError(row.path, row.line, f"name {name!r} stands twice for {place.country}")
            seen.add((name, place.country))
        rows.append(place)
    return tuple(rows)


def read_regions(path: Path | str) -> tuple[PlaceRow, ...]:
    """Rows of ``admin1.tsv``; raises `TableError` for bad cells and for a code given twice."""
    rows: list[PlaceRow] = []
    seen: set[tuple[str | None, str]] = set()
    for row in read_table(path, REGION_COLUMNS):
        lat, lon = countries.coordinates(row)
        country = _country(row)
        if (country, row["code"]) in seen:
            raise TableError(row.path, row.line, f"code {row['code']!r} stands twice for {country}")
        seen.add((country, row["code"]))
        names = tuple(dict.fromkeys(name for name in (row["name"], row["ascii"]) if name))
        rows.append(_division(row, country, row["code"], names, "province", lat, lon))
    return tuple(rows)


def read_districts(path: Path | str) -> tuple[PlaceRow, ...]:
    """Rows of ``admin2.tsv``; raises `TableError` for bad cells."""
    rows = []
    for row in read_table(path, DISTRICT_COLUMNS):
        lat, lon = countries.coordinates(row)
        rows.append(_division(row, _country(row), row["admin1"], (row["name"],), "district", lat, lon))
    return tuple(rows)


def _division(
    row: Row, country: str | None, admin1: str, names: tuple[str, ...], kind: str, lat: float, lon: float
) -> PlaceRow:
    return PlaceRow(
        name=names[0],
        names=names,
        country=country,
        admin1=admin1,
        kind=kind,
        precision="region",
        lat=lat,
        lon=lon,
        geonameid=countries.geonameid(row),
    )


TABLES = ("places.tsv", "admin1.tsv", "admin2.tsv", "countries.tsv")


def table_paths() -> tuple[Path, ...]:
    """The files whose rows go into the gazetteer's index."""
    return tuple(package_file("lexicon", name) for name in TABLES)


@cache
def places() -> tuple[PlaceRow, ...]:
    """All rows of ``places.tsv``."""
    return read_places(package_file("lexicon", "places.tsv"))
