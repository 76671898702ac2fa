"""Who: the spaCy component ``dragoman_actors``, and the coding of actor phrases on their own (``--layer actors``)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc

from dragoman.coding.actor_annotation import annotate_actors
from dragoman.coding.actor_chains import Chains
from dragoman.coding.actor_groups import resolve_groups
from dragoman.coding.actor_lexicon import Gazetteer, Term, build, gazetteer
from dragoman.coding.actor_parse import read_parse
from dragoman.coding.actor_phrases import find_phrases
from dragoman.coding.actor_resolution import report_context
from dragoman.coding.extensions import declare
from dragoman.coding.petrarch_dictionaries import actor_terms, agent_terms
from dragoman.errors import SettingsError
from dragoman.lexicon.actor_tables import load_groups

__all__ = ["ActorFinder", "annotate_actors", "extra_terms", "make_actor_finder"]

declare()


class ActorFinder:
    """The component: sets ``doc._.entities`` and ``doc._.actor_mentions``."""

    def __init__(self, words: Gazetteer) -> None:
        self.gazetteer = words

    def __call__(self, doc: Doc) -> Doc:
        report = doc._.report
        date = report.published if report is not None else None
        publisher = report.publisher if report is not None else None
        title = report.title if report is not None else None
        parse = read_parse(doc, self.gazetteer)
        chains = Chains(parse, report_context(parse, _day(date), publisher, title))
        chains.run(find_phrases(parse))
        doc._.entities = tuple(draft.entity() for draft in chains.drafts)
        doc._.actor_mentions = tuple(resolve_groups(doc, doc._.entities, chains.mentions))
        return doc


def _day(date: str | None) -> str | None:
    """An ISO day from a date that may be a month or a year: its first day."""
    if not date:
        return None
    return (date + "-01-01"[len(date) - 4 :])[:10] if len(date) in (4, 7) else date[:10]


def extra_terms(path: Path | str) -> Iterator[tuple[str, Term]]:
    """Entries of a user's file: a table with the columns of ``groups.tsv``, or a PETRARCH actors or agents dictionary.

    A name that ends in ``.tsv`` is a table, one with "agents" in it an agents dictionary, any other an actors
    dictionary. Raises `TableError` where the file is malformed and `SettingsError` where there is none.
    """
    file = Path(path)
    if not file.is_file():
        raise SettingsError(f"extra_actors: there is no file {str(file)!r}")
    if file.suffix == ".tsv":
        for group in load_groups(file):
            term = Term(type="group", name=group.name, country=group.country, group=group)
            yield from ((name, term) for name in (group.name, *group.aliases))
    elif "agents" in file.name.lower():
        yield from agent_terms(file)
    else:
        yield from actor_terms(file)


@Language.factory("dragoman_actors", default_config={"extra_actors": None})
def make_actor_finder(nlp: Language, name: str, extra_actors: str | list[str] | None) -> ActorFinder:
    """The component; `extra_actors` is the path of a user's own table or dictionary, or a list of such paths.

    What these files say of a name wins over the tables of the package.
    """
    if not extra_actors:
        return ActorFinder(gazetteer())
    paths = [extra_actors] if isinstance(extra_actors, str) else extra_actors
    return ActorFinder(build(entry for path in paths for entry in extra_terms(path)))
