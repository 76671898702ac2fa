"""A cheap test on the words alone, before the costly steps: can a report, or a sentence, hold an event at all?

One pass of an Aho-Corasick automaton finds the forms of all predicates of the tables and the strings of all actors. A
logistic model (``lexicon/pretest.tsv``, made by ``training/pretest.py`` from what the coder itself finds) turns them
into a probability for each sentence. Two decisions are taken from it, with bars that lose hardly any event:

- before the parse: a report that is likely to hold few for its length, most likely none, is not parsed;
- before the encoder: a sentence that is not likely to hold one is not encoded. It is parsed all the same, as chains of
  actors, dates and holders go through it.

The bars are of the shipped classifier; with another one, or with detectors of a user's own types, there is no test.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import ahocorasick
import msgspec

from dragoman.coding.actor_lexicon import SPECIAL_LETTERS, Gazetteer, Term, fold, gazetteer
from dragoman.errors import TableError
from dragoman.settings import DEFAULT_CLASSIFIER, Settings
from dragoman.tables import Row, package_file, read_table

COLUMNS = ("kind", "name", "forms", "share", "weight")
GROUPS = ("place", "city", "body", "person", "role", "other")
VALUES = ("best", *GROUPS, "capital", "capitals", "pronoun", "quote", "length")
BARS = ("report", "sentence")
"""Events expected in 1,000 characters of a report; the probability of a sentence."""
_GROUP_OF = {
    **dict.fromkeys(("state", "adjective", "demonym", "capital", "seat", "region"), "place"),
    "city": "city",
    "organization": "body",
    "group": "body",
    "person": "person",
}
_ACTING_ROLES = frozenset({"person", "office", "body", "people", "state", "relational", "relational-body"})
_MOST_CAPITALS = 6
_SHORT_ACRONYM = 3

_DROPPED = dict.fromkeys(map(ord, ".'’‘"))
_SPACED = dict.fromkeys(map(ord, '-–‑‐—,;:!?"“”„«»‹›()[]{}<>/\\|*_#~`´…•=+&%@^'), " ")
_PLAIN = {**_DROPPED, **_SPACED}
_ACRONYM = re.compile(r"\b[A-Z](?:\.?[A-Z])+\b")
_CAPITAL = re.compile(r"(?<=[a-z,;:] )[A-Z][a-z]+")
_PRONOUN = re.compile(r"\b(?:he|she|they|his|her|their|him|them|its?|who|both|we|i)\b", re.IGNORECASE)
_QUOTE = re.compile(r"[\"“”]|``")
_BREAK = re.compile(r"(?<=[.!?])[\"')”’]*\s+(?=[\"'“‘(]?[A-Z0-9])|\n+")
_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Gen|Sen|Rep|Gov|Lt|Col|Sgt|Capt|St|Jan|Feb|Mar|Apr|Aug|Sept?|Oct|Nov|Dec|No|vs|Inc|Co|Corp|"
    r"Ltd|Jr|Sr|Prof|Maj|Adm|Rev)|\b[A-Z]|[a-z]\.[a-z]|\.[A-Z])\.$"
)
_LOOK_BACK = 12


def sentences(text: str) -> Iterator[str]:
    """Roughly the sentences of a text: cut at line ends, and at full stops before a capital."""
    start = 0
    for found in _BREAK.finditer(text):
        stop = found.start()
        if "\n" not in found.group() and _ABBREVIATION.search(text[max(start, stop - _LOOK_BACK) : stop]):
            continue
        if stop > start:
            yield text[start:stop]
        start = found.end()
    if start < len(text):
        yield text[start:]


def plain(text: str) -> str:
    """Words in lower case without accents and marks, each with a space before and after it."""
    text = text.translate(_PLAIN).lower()
    if not text.isascii():
        text = " ".join(map(fold, text.translate(SPECIAL_LETTERS).split()))
    return f" {' '.join(text.split())} "


class Predicate(msgspec.Struct, frozen=True):
    """A lemma of the tables, its forms, and how often it names an event where it stands (0 to 1)."""

    lemma: str
    forms: tuple[str, ...]
    share: float


class Signs(NamedTuple):
    """What a sentence shows: numbers of the predicates whose forms stand in it, and the `VALUES`."""

    predicates: frozenset[int]
    values: tuple[float, ...]


Word = tuple[tuple[int, ...], int]
"""What a string of the automaton is: numbers of the predicates that have it as a form, and groups of actors as bits."""


class Vocabulary:
    """The automaton: forms of predicates, and the strings of a dictionary of actors."""

    def __init__(self, predicates: Iterable[Predicate], actors: Gazetteer) -> None:
        self.predicates = tuple(predicates)
        forms: dict[str, list[int]] = {}
        for number, predicate in enumerate(self.predicates):
            for form in predicate.forms:
                forms.setdefault(plain(form), []).append(number)
        named, self._acronyms = _actor_strings(actors)
        known: dict[Word, Word] = {}
        self._automaton = ahocorasick.Automaton()
        for string in dict.fromkeys((*forms, *named)):
            word = (tuple(forms.get(string, ())), named.get(string, 0))
            self._automaton.add_word(string, known.setdefault(word, word))
        self._automaton.make_automaton()

    def signs(self, sentence: str) -> Signs:
        """What the words of a sentence show."""
        numbers: set[int] = set()
        groups = 0
        for _, (those, bits) in self._automaton.iter(plain(sentence)):
            numbers.update(those)
            groups |= bits
        for acronym in _ACRONYM.findall(sentence):
            groups |= self._acronyms.get(acronym.replace(".", ""), 0)
        capitals = len(_CAPITAL.findall(sentence))
        values = (
            _logit(max((self.predicates[number].share for number in numbers), default=0.0)),
            *(float(groups >> bit & 1) for bit in range(len(GROUPS))),
            float(capitals > 0),
            min(capitals, _MOST_CAPITALS) / _MOST_CAPITALS,
            float(_PRONOUN.search(sentence) is not None),
            float(_QUOTE.search(sentence) is not None),
            math.log1p(len(sentence)),
        )
        return Signs(frozenset(numbers), values)


def _actor_strings(actors: Gazetteer) -> tuple[dict[str, int], dict[str, int]]:
    """The strings of a dictionary with their groups: those looked for in the plain text, and short acronyms."""
    named: dict[str, int] = {}
    acronyms: dict[str, int] = {}
    for key, terms in actors.items():
        groups = 0
        for term in terms:
            groups |= 1 << GROUPS.index(_group(term))
        word = " ".join(key).replace(" 's", "s").replace(" '", "")
        if word.isupper() and len(word) <= _SHORT_ACRONYM:
            acronyms[word] = groups
        else:
            word = f" {word.lower()} "
            named[word] = named.get(word, 0) | groups
    return named, acronyms


def _group(term: Term) -> str:
    if term.role is not None:
        return "role" if term.role.kind in _ACTING_ROLES else "other"
    return _GROUP_OF.get(term.type, "other")


def _logit(share: float) -> float:
    return math.log((share + 0.005) / (1.005 - share))


class PreTest:
    """The test. `weights` go by the name of a value or a lemma, `bars` by `BARS`; raises `ValueError` if one lacks."""

    def __init__(self, vocabulary: Vocabulary, weights: Mapping[str, float], bias: float, bars: Mapping[str, float]):
        missing = [name for name in VALUES if f"={name}" not in weights] + [name for name in BARS if name not in bars]
        if missing:
            raise ValueError(f"no weight or bar {missing[0]!r}")
        self.vocabulary = vocabulary
        self._values = tuple(weights[f"={name}"] for name in VALUES)
        self._weights = tuple(weights.get(predicate.lemma, 0.0) for predicate in vocabulary.predicates)
        self._bias = bias
        self.bars = dict(bars)

    def probability(self, sentence: str) -> float:
        """How likely a sentence is to hold an event of a political actor, by its words alone."""
        signs = self.vocabulary.signs(sentence)
        score = self._bias + math.fsum(weight * value for weight, value in zip(self._values, signs.values, strict=True))
        score += math.fsum(self._weights[number] for number in signs.predicates)
        return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, score))))

    def passes_sentence(self, sentence: str) -> bool:
        """Whether a sentence is worth the encoder's time."""
        return self.probability(sentence) >= self.bars["sentence"]

    def passes(self, text: str) -> bool:
        """Whether a report is worth the parser's time."""
        most = self.bars["report"] * len(text) / 1000
        expected = 0.0
        for sentence in sentences(text):
            expected += self.probability(sentence)
            if expected >= most:
                return True
        return False


def read_pretest(path: Path, actors: Gazetteer) -> PreTest:
    """The test of a table with `COLUMNS`; raises `TableError` for a row that is malformed or missing."""
    predicates: list[Predicate] = []
    weights: dict[str, float] = {}
    bars: dict[str, float] = {}
    for row in read_table(path, COLUMNS):
        kind, weight = row.one_of("kind", ("value", "bar", "predicate")), _number(row, "weight")
        if kind == "bar":
            bars[row["name"]] = weight
        elif kind == "value":
            weights[f"={row['name']}"] = weight
        else:
            weights[row["name"]] = weight
            predicates.append(Predicate(row["name"], tuple(row["forms"].split("|")), _number(row, "share")))
    try:
        return PreTest(Vocabulary(predicates, actors), weights, weights.pop("=bias", 0.0), bars)
    except ValueError as error:
        raise TableError(path, 1, str(error)) from error


def _number(row: Row, column: str) -> float:
    try:
        return float(row[column])
    except ValueError:
        raise TableError(row.path, row.line, f"{column} is {row[column]!r}; allowed: a number") from None


@cache
def pretest() -> PreTest:
    """The test that ships with the package, made once."""
    return read_pretest(package_file("lexicon", "pretest.tsv"), gazetteer())


def is_pretested(settings: Settings) -> bool:
    """Whether a run has the test: where the settings want it and the classifier is the one that it was fitted for."""
    return settings.pretest and settings.classifier == DEFAULT_CLASSIFIER and not settings.detectors
