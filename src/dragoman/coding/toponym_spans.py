"""Finding place names in a parsed text: entities of the parser, names of the gazetteer, and the words around them.

A country, sea or region of our tables is taken wherever it stands; the name of a town needs a witness (the parser's
entity label, a preposition, "Town, State", a dateline, or the same name with a witness elsewhere in the report),
because nearly every English word is a town somewhere.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec

from dragoman.coding.extensions import text_of
from dragoman.coding.gazetteer import AREA, CAPITAL, CITY, COUNTRY, DISTRICT, PRIMARY, REGION, SPOT, Gazetteer, fold
from dragoman.lexicon import countries
from dragoman.lexicon.places import places
from dragoman.lexicon.toponym_cues import Cues, abbreviations, cue_words, cues, demonyms

LONGEST = 5
# A city of so many people needs no witness; a country never is one, so nothing but a capital passes the second.
LARGE, CAPITAL_ONLY = 400_000, 2**31 - 1
_PLACE_LABELS = frozenset({"GPE", "LOC", "FAC"})
_JOINERS = frozenset("of the and on upon & . ' 's ’s - – al al- el el- es az ez bin ben".split()) | frozenset(
    "de del der des di do da dos du e la las le los am sur van".split()
)
_DASHES = frozenset({"-", "--", "—", "–", "(", "―", "---"})
_TYPE_KINDS = {"city": CITY, "region": REGION, "district": DISTRICT, "area": AREA, "country": COUNTRY}


class Found(msgspec.Struct, kw_only=True):
    """A name found: tokens `first` to `last` (exclusive), its entries, and what the words around it say.

    `kind` is as in `Toponym`. `wanted` is the kind of entry that a neighbouring word announces ("province"), or -1.
    `container` is the number of the name that follows after a comma ("Paris, Texas"), -1 for none.
    """

    first: int
    last: int
    key: str
    kind: str
    entries: list[int]
    weights: list[int]
    wanted: int = -1
    container: int = -1
    dateline: bool = False


class _Text:
    """The tokens of a Doc as plain lists, read once."""

    def __init__(self, doc: Any) -> None:
        self.doc = doc
        self.text: str = text_of(doc)
        self.words: list[str] = [token.text for token in doc]
        self.starts: list[int] = [token.idx for token in doc]
        self.upper = [_is_capitalised(word) for word in self.words]
        self.label = [""] * len(self.words)
        self.span = [(i, i + 1) for i in range(len(self.words))]
        self.entities: list[tuple[int, int, str]] = []
        self.surnames: set[str] = set()
        for entity in doc.ents:
            self.entities.append((entity.start, entity.end, entity.label_))
            if entity.label_ == "PERSON" and entity.end - entity.start > 1:
                self.surnames.update(word for word in self.words[entity.start + 1 : entity.end] if len(word) > 2)
            for i in range(entity.start, entity.end):
                self.label[i], self.span[i] = entity.label_, (entity.start, entity.end)

    def end(self, last: int) -> int:
        return self.starts[last - 1] + len(self.words[last - 1])

    def surface(self, first: int, last: int) -> str:
        return self.text[self.starts[first] : self.end(last)]

    def word(self, i: int) -> str:
        return self.words[i] if 0 <= i < len(self.words) else ""

    def capital(self, i: int) -> bool:
        return 0 <= i < len(self.words) and self.upper[i]


def _is_capitalised(word: str) -> bool:
    """Whether a word begins with a capital, after an article or particle grown onto it ("d'Ivoire", "al-Bab")."""
    if word[0].isupper():
        return True
    head, mark, rest = word.partition("-") if "-" in word else word.partition("'" if "'" in word else "’")
    return bool(mark) and head in {"d", "l", "al", "el", "ad", "ar", "as", "at", "az", "an"} and rest[:1].isupper()


@cache
def _always_places() -> frozenset[str]:
    """Folded names of countries and of our own places: taken wherever they stand."""
    names = {name for place in places() for name in place.names if not name.endswith(".")}
    names.update(name for country in countries.countries() for name in country.names)
    return frozenset(fold(name) for name in names)


@cache
def _seats() -> frozenset[str]:
    """Folded names of the buildings that stand for a government."""
    return frozenset(fold(name) for place in places() if place.seat for name in place.names)


class Finder:
    """Finds the place names of one text; use `find`."""

    def __init__(self, doc: Any, gazetteer: Gazetteer) -> None:
        self.text, self.gazetteer = _Text(doc), gazetteer
        self.cues: Cues = cues()
        self.found: list[Found] = []
        self.doubtful: list[Found] = []
        self.taken = 0

    def find(self) -> list[Found]:
        """All names, in the order of the text."""
        i = 0
        while i < len(self.text.words):
            i = self._at(i) if self.text.upper[i] else i + 1
        self._entities_left()
        self._same_names()
        self.found.sort(key=lambda found: found.first)
        self._surroundings()
        return self.found

    def _at(self, i: int) -> int:
        """Try the names that begin at a capitalised token, longest first; returns the token to go on with."""
        text = self.text
        if abbreviation := self._abbreviation(i):
            self.found.append(abbreviation)
            return i + 1
        last = i + 1
        while last < len(text.words) and last - i < LONGEST and (text.upper[last] or text.words[last] in _JOINERS):
            last += 1
        for end in range(last, i, -1):
            if not text.upper[end - 1]:
                continue
            found = self._try(i, end)
            if found is not None:
                self.found.append(found)
                return end
        return i + 1

    def _abbreviation(self, i: int) -> Found | None:
        word = self.text.words[i]
        name = abbreviations().get(word) if len(word) <= 6 else None
        if name is None or not (self.text.word(i - 1) in {",", "("} or word.count(".") > 1):
            return None
        return self._found(i, i + 1, name, "literal")

    def _found(self, first: int, last: int, name: str, kind: str) -> Found:
        entries, weights = self.gazetteer.lookup(name)
        return Found(first=first, last=last, key=fold(name), kind=kind, entries=entries, weights=weights)

    def _try(self, first: int, last: int) -> Found | None:
        """The name at these tokens, if it is one and its surroundings allow it."""
        surface = self.text.surface(first, last)
        if place := self._demonym(surface):
            return None if self._inside_person(first, last) else self._people(first, last, place)
        if last - first == 1 and (self.cues.has("never", surface) or surface in abbreviations()):
            return None
        if len(surface) <= 3 and not (surface.isupper() or self.text.label[first] == "GPE"):
            return None
        key = fold(surface)
        entries, weights = self.gazetteer.lookup(key)
        if not entries:
            return None
        found = Found(first=first, last=last, key=key, kind="literal", entries=entries, weights=weights)
        if surface.isupper() and len(surface) <= 5:
            if not self._acronym(found):
                return None
        elif self._is_street(found):
            return None
        return self._judge(found)

    def _acronym(self, found: Found) -> bool:
        """Whether a short word in capitals may be a place: EU, UAE; a town only in a dateline or a line of capitals."""
        first, last = found.first, found.last
        if found.key in _always_places():
            pairs = [
                (e, w) for e, w in zip(found.entries, found.weights, strict=True) if self.gazetteer.kind[e] != CITY
            ]
            found.entries, found.weights = [e for e, _ in pairs], [w for _, w in pairs]
            return True
        if self.text.label[first] == "ORG":
            return False
        neighbours = (self.text.word(first - 1), self.text.word(last))
        return self._is_dateline(first, last) or any(word.isupper() and len(word) > 3 for word in neighbours)

    def _is_street(self, found: Found) -> bool:
        return found.key not in _always_places() and self.cues.has("street", self.text.word(found.last))

    def _people(self, first: int, last: int, place: str) -> Found:
        """A demonym: its place is that country or division, never a town that shares the name."""
        found = self._found(first, last, place, "demonym")
        kinds = [int(self.gazetteer.kind[entry]) for entry in found.entries]
        best = next((kind for kind in (COUNTRY, AREA, REGION, CITY) if kind in kinds), CITY)
        found.entries = [entry for entry, kind in zip(found.entries, kinds, strict=True) if kind == best][:1]
        found.weights, found.key = [2] * len(found.entries), f"{found.key} (people)"
        return found

    def _demonym(self, surface: str) -> str | None:
        table = demonyms()
        place = table.get(surface)
        if place is None and surface.isupper() and len(surface) > 3:
            place = table.get(surface.title())
        # "US", "UAE", "Hong Kong" are names as well as adjectives: a name is what they are found as.
        return None if place is None or fold(surface) in _always_places() else place

    def _inside_person(self, first: int, last: int) -> bool:
        start, end = self.text.span[first]
        if self.cues.has("institution", self.text.word(last)):
            return False
        if self.text.label[first] != "PERSON":
            return self.cues.has("person", self.text.word(first - 1)) and not self._capital_country(first, last)
        return (start < first and self.text.upper[start]) or (end > last and self.text.capital(last))

    def _capital_country(self, first: int, last: int) -> bool:
        return self.text.label[first] == "GPE" and not self.text.capital(last)

    def _judge(self, found: Found) -> Found | None:
        """The name if it has a witness; else None, kept among the doubtful that a witness elsewhere may confirm."""
        if self._inside_person(found.first, found.last):
            return None
        start, end = self.text.span[found.first]
        label = self.text.label[found.first]
        inside = (start < found.first or end > found.last) and label not in _PLACE_LABELS and label != "NORP"
        if inside and label:
            found.kind = "embedded"
        if found.key in _seats() and self.text.word(found.first - 1).lower() not in {"in", "at", "near", "outside"}:
            before = self.text.word(found.first - 2).lower()
            if not (self.text.word(found.first - 1).lower() == "the" and before in {"in", "at", "near", "outside"}):
                found.kind = "metonym"
        if found.key in _always_places() or self._witness(found, label, inside):
            return found
        self.doubtful.append(found)
        return None

    def _witness(self, found: Found, label: str, inside: bool) -> bool:
        text, first, last = self.text, found.first, found.last
        before, after = text.word(first - 1), text.word(last)
        if last - first == 1 and text.words[first] in text.surnames and before not in {"in", "near"}:
            return (after == "," and self._region_at(last + 1)) or self._is_dateline(first, last)
        if label in _PLACE_LABELS:
            return True
        if last - first > 1 and any(self.gazetteer.kind[entry] == DISTRICT for entry in found.entries):
            return True
        if inside:
            return self.cues.has("institution", after) or before in {"of", "in", "at"}
        if after == "," and self._region_at(last + 1):
            return True
        if self._is_dateline(first, last):
            return True
        if self.cues.has("institution", after) and text.span[first][0] == first:
            found.kind = "embedded"
            return label in {"", "ORG"}
        alone = not text.capital(last) and not (text.capital(first - 1) and not self.cues.has("direction", before))
        if not alone:
            return False
        if label in {"DATE", "CARDINAL", "TIME", "MONEY"}:
            return False
        if label in {"", "PERSON", "NORP", "PRODUCT"} and self._is_large(found, CAPITAL_ONLY if label else LARGE):
            return True
        if first and text.doc[first - 1].lemma_.lower() in cue_words()["direct"]:
            return True
        if label == "PERSON":
            return before in {"in", "near", "outside"}
        local = after in self.cues.after or self.cues.has("local", after)
        return before.lower() in self.cues.words["locative"] or local

    def _is_large(self, found: Found, people: int) -> bool:
        """Whether the name is first of all that of a capital, or of a city of so many people."""
        pairs = zip(found.entries, found.weights, strict=True)
        main = [entry for entry, weight in pairs if weight == PRIMARY]
        places = self.gazetteer
        return any(places.standing[entry] == CAPITAL or places.population[entry] >= people for entry in main)

    def _region_at(self, i: int) -> bool:
        """Whether a state, province or country begins at this token."""
        if not self.text.capital(i):
            return False
        if self.text.words[i] in abbreviations():
            return True
        return any(fold(self.text.surface(i, end)) in _always_places() for end in range(i + 1, self._run_end(i) + 1))

    def _run_end(self, i: int) -> int:
        end = i
        while self.text.capital(end) and end - i < 3:
            end += 1
        return end

    def _is_dateline(self, first: int, last: int) -> bool:
        """Whether a line opens with the name and a dash or bracket follows, or it stands in capitals alone there."""
        text = self.text
        opens = first == 0 or "\n" in text.words[first - 1] or text.words[first - 1] in {".", "!", "?", "”", '"'}
        shout = text.words[first].isupper() and len(text.words[first]) > 3
        near_dash = any(text.word(i) in _DASHES for i in range(last, last + 5))
        if shout and (near_dash or (first == 0 and text.capital(last) and not text.word(last).isupper())):
            return True
        return opens and text.word(last) in _DASHES

    def _entities_left(self) -> None:
        """Entities of the parser that no name covers yet, less a direction before ("southern") or a mark after."""
        covered = {i for found in self.found for i in range(found.first, found.last)}
        for start, end, label in self.text.entities:
            if label not in {"GPE", "LOC"} or any(i in covered for i in range(start, end)):
                continue
            while start < end - 1 and (
                not self.text.upper[start] or self.cues.has("direction", self.text.words[start])
            ):
                start += 1
            while end > start + 1 and self.text.words[end - 1] in {"'s", "’s", "'", ".", ","}:
                end -= 1
            if not self.text.upper[start] or self.cues.has("never", self.text.words[start]):
                continue
            found = self._found(start, end, self.text.surface(start, end), "literal")
            if not found.entries and not self._bare_place(start, end):
                continue
            if not found.entries and self.text.words[end - 1] in self.cues.after and end - start > 1:
                found.entries, found.weights = self.gazetteer.lookup(self.text.surface(start, end - 1))
            self.found.append(found)

    def _bare_place(self, start: int, end: int) -> bool:
        """Whether the words around an entity that the gazetteer lacks show it to be a place."""
        before, after = self.text.word(start - 1).lower(), self.text.word(end)
        if before == "the":
            before = self.text.word(start - 2).lower()
        if end - start == 1 and self.text.words[start] in self.text.surnames:
            return False
        typed = self.text.words[end - 1] in self.cues.after or after in self.cues.after
        return before in self.cues.words["locative"] or typed or self._is_dateline(start, end)

    def _beside_place(self, found: Found, ends: set[int], starts: set[int]) -> bool:
        """Whether the name is joined to a place by "and", "or" or a comma ("Homs and Hama")."""
        joins = {"and", "or", ",", "&"}
        left = self.text.word(found.first - 1) in joins and found.first - 1 in ends
        right = self.text.word(found.last) in joins and found.last + 1 in starts
        return (left and right) or ((left or right) and self.text.label[found.first] in {"", "ORG"})

    def _same_names(self) -> None:
        """Doubtful names that have a witness elsewhere in the text, or stand in one list with a place."""
        ends = {found.last for found in self.found if found.kind == "literal"}
        starts = {found.first for found in self.found if found.kind == "literal"}
        sure = {found.key for found in self.found if found.kind == "literal" and found.entries}
        covered = {i for found in self.found for i in range(found.first, found.last)}
        for found in self.doubtful:
            told = found.key in sure or self._beside_place(found, ends, starts)
            if told and not any(i in covered for i in range(found.first, found.last)):
                self.found.append(found)
                covered.update(range(found.first, found.last))

    def _surroundings(self) -> None:
        """Set `wanted`, `container` and `dateline` from the words around each name."""
        at = {found.first: number for number, found in enumerate(self.found)}
        for found in self.found:
            after = self.text.word(found.last)
            if after in {",", "("}:
                found.container = at.get(found.last + 1, -1)
            if after[:1].isupper() and after != "City" and after in self.cues.after and found.last not in at:
                found.last += 1
            kind = self.cues.after.get(after) or self._before(found.first)
            found.wanted = _TYPE_KINDS[kind] if kind else -1
            found.dateline = found.kind == "literal" and self._is_dateline(found.first, found.last)

    def _before(self, first: int) -> str | None:
        start = first - 1 if self.text.word(first - 1).lower() == "the" else first
        near, far = self.text.word(start - 1).lower(), self.text.word(start - 2).lower()
        return self.cues.before.get(f"{far} {near}") or self.cues.before.get(near)


def find_names(doc: Any, gazetteer: Gazetteer) -> list[Found]:
    """The place names of a parsed text, in order, unresolved."""
    return Finder(doc, gazetteer).find()


__all__ = ["AREA", "CITY", "COUNTRY", "DISTRICT", "REGION", "SPOT", "Found", "find_names"]
