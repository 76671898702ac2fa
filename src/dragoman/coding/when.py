"""When: the spaCy component `dragoman_when` and the layer `timexes`.

Time expressions after TIMEX3 (TimeML 1.2.1), resolved against the publication date, the tense of their clause and the
dates that the report states before them. `timex_for` finds the one that dates a predicate.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import tee
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc

from dragoman.coding.extensions import declare
from dragoman.coding.mentions import Timex
from dragoman.coding.pipeline import load_parser
from dragoman.coding.timex_attach import timex_for
from dragoman.coding.timex_find import find, shifted
from dragoman.coding.timex_reading import reading_of
from dragoman.coding.timex_scan import tokens_of
from dragoman.coding.timex_years import ImpliedYear, find_years
from dragoman.settings import Settings

__all__ = ["ImpliedYear", "When", "annotate_timexes", "shifted", "timex_for"]

_PARTS = ("tok2vec", "transformer", "tagger", "parser", "attribute_ruler", "lemmatizer", "senter")


class When:
    """Sets ``doc._.timexes`` and ``doc._.implied_years`` and appends to ``doc._.warnings``."""

    def __call__(self, doc: Doc) -> Doc:
        report = doc._.report
        reading = reading_of(doc, report.published, report.text) if report else reading_of(doc, None)
        tokens = tokens_of(reading.text)
        doc._.timexes = find(reading, tokens)
        doc._.implied_years = find_years(reading, tokens)
        doc._.warnings.extend(reading.warnings)
        return doc


@Language.factory("dragoman_when")
def create_when(nlp: Language, name: str) -> When:
    """The factory of the component."""
    declare()
    return When()


def annotate_timexes(
    rows: Iterable[dict[str, Any]], nlp: Language | None = None, batch_size: int = 64
) -> Iterator[dict[str, Any]]:
    """The layer `timexes`: rows with ``text`` and ``dct`` (ISO 8601 or missing) to rows with ``timexes``.

    `nlp` is a spaCy pipeline with tagger, parser and lemmatizer, by default that of the settings; its other parts are
    left out. Identifying fields (``id``, ``doc``, ``set``) are handed on as given. Raises `ModelError`.
    """
    nlp = nlp if nlp is not None else load_parser(Settings().spacy_model)
    for_text, for_row = tee(rows)
    unused = [name for name in nlp.pipe_names if name not in _PARTS]
    with nlp.select_pipes(disable=unused):
        docs = nlp.pipe((row["text"] for row in for_text), batch_size=batch_size)
        for row, doc in zip(for_row, docs, strict=True):
            timexes = find(reading_of(doc, row.get("dct"), row["text"]), tokens_of(row["text"]))
            kept: dict[str, Any] = {key: row[key] for key in ("id", "doc", "set") if key in row}
            yield {**kept, "timexes": [_layer_row(timex) for timex in timexes if timex.value]}


def _layer_row(timex: Timex) -> dict[str, Any]:
    return {
        "start": timex.start,
        "end": timex.end,
        "type": timex.type,
        "value": timex.value,
        "mod": timex.mod,
    }
