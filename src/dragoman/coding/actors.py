"""Who: the spaCy component ``dragoman_actors``, and the coding of actor phrases on their own (``--layer actors``)."""

from __future__ import annotations

from spacy.language import Language
from spacy.tokens import Doc

from dragoman.coding.actor_annotation import annotate_actors
from dragoman.coding.actor_chains import Chains
from dragoman.coding.actor_lexicon import Gazetteer, gazetteer
from dragoman.coding.actor_parse import read_parse
from dragoman.coding.actor_phrases import find_phrases
from dragoman.coding.actor_resolution import report_context
from dragoman.coding.extensions import declare

__all__ = ["ActorFinder", "annotate_actors", "make_actor_finder"]

declare()


class ActorFinder:
    """The component: sets ``doc._.entities`` and ``doc._.actor_mentions``."""

    def __init__(self, words: Gazetteer) -> None:
        self.gazetteer = words

    def __call__(self, doc: Doc) -> Doc:
        report = doc._.report
        date = report.published if report is not None else None
        publisher = report.publisher if report is not None else None
        parse = read_parse(doc, self.gazetteer)
        chains = Chains(parse, report_context(parse, _day(date), publisher))
        chains.run(find_phrases(parse))
        doc._.entities = tuple(draft.entity() for draft in chains.drafts)
        doc._.actor_mentions = tuple(sorted(chains.mentions, key=lambda m: (m.start, m.end)))
        return doc


def _day(date: str | None) -> str | None:
    """An ISO day from a date that may be a month or a year: its first day."""
    if not date:
        return None
    return (date + "-01-01"[len(date) - 4 :])[:10] if len(date) in (4, 7) else date[:10]


@Language.factory("dragoman_actors", default_config={"extra_actors": None})
def make_actor_finder(nlp: Language, name: str, extra_actors: str | None) -> ActorFinder:
    """The component."""
    return ActorFinder(gazetteer())
