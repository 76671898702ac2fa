"""Words around place names (``toponym_cues.tsv``, ``place_cues.tsv``) and adjectives of places (``demonyms.tsv``)."""

from __future__ import annotations

from functools import cache

import msgspec

from dragoman.errors import TableError
from dragoman.lexicon import countries
from dragoman.lexicon.places import places
from dragoman.tables import package_file, read_table

KINDS = frozenset({"locative", "after", "before", "institution", "local", "street", "person", "direction", "never"})
EVENT_KINDS = frozenset(
    "locative goal motion direct struck target origin source container neverplace physical domestic".split()
)
VALUES = frozenset({"", "region", "district", "city", "area", "country"})


class Cues(msgspec.Struct, frozen=True, kw_only=True):
    """Cue words by kind; `after` and `before` map a word to the sort of place that it announces."""

    words: dict[str, frozenset[str]]
    after: dict[str, str]
    before: dict[str, str]

    def has(self, kind: str, word: str) -> bool:
        """Whether the word is a cue of this kind."""
        return word in self.words[kind]


@cache
def cues() -> Cues:
    """The cues of ``toponym_cues.tsv``; raises `TableError` for unknown kinds and cues given twice."""
    words: dict[str, set[str]] = {kind: set() for kind in KINDS}
    valued: dict[str, dict[str, str]] = {"after": {}, "before": {}}
    for row in read_table(package_file("lexicon", "toponym_cues.tsv"), ("cue", "kind", "value")):
        kind, cue, value = row.one_of("kind", KINDS), row["cue"], row.one_of("value", VALUES)
        if cue in words[kind]:
            raise TableError(row.path, row.line, f"{kind} cue {cue!r} is given twice")
        words[kind].add(cue)
        if kind in valued:
            valued[kind][cue] = value
    frozen = {kind: frozenset(members) for kind, members in words.items()}
    return Cues(words=frozen, after=valued["after"], before=valued["before"])


@cache
def demonyms() -> dict[str, str]:
    """Adjectives and names of people, each with the name of its place ("Syrian": "Syria", "Texans": "Texas")."""
    table = {word: country.name for word, country in countries.adjectives()}
    for row in read_table(package_file("lexicon", "demonyms.tsv"), ("words", "place")):
        for word in row.many("words"):
            if word in table:
                raise TableError(row.path, row.line, f"{word!r} stands for {table[word]!r} already")
            table[word] = row["place"]
    return table


@cache
def abbreviations() -> dict[str, str]:
    """Written abbreviations of states and provinces ("Ala.", "N.Y.", "TX"), each with the name of its place."""
    table: dict[str, str] = {}
    full = {}
    for place in places():
        if place.kind == "province" and place.country in ("USA", "CAN"):
            full[place.geonameid] = place.name
            table.update({name: place.name for name in place.names if name.endswith(".")})
    for row in read_table(
        package_file("lexicon", "admin1.tsv"), ("country", "code", "name", "ascii", "lat", "lon", "geonameid")
    ):
        if row["country"] == "USA" and row["geonameid"].isdigit():
            table[row["code"]] = full.get(int(row["geonameid"]), row["name"])
    return table


@cache
def cue_words() -> dict[str, frozenset[str]]:
    """The words of ``place_cues.tsv`` by kind; raises `TableError` for a word given twice under one kind."""
    words: dict[str, set[str]] = {kind: set() for kind in EVENT_KINDS}
    for row in read_table(package_file("lexicon", "place_cues.tsv"), ("word", "kind")):
        kind = row.one_of("kind", EVENT_KINDS)
        if row["word"] in words[kind]:
            raise TableError(row.path, row.line, f"{row['word']!r} is given twice as {kind}")
        words[kind].add(row["word"])
    return {kind: frozenset(members) for kind, members in words.items()}
