"""The coding pipeline: one explicit list of steps, each with what it needs and what it gives.

`build` makes a spaCy pipeline of any installed model with a parser and NER and adds the components in this order; a
wrong order, or a model without the parts that are needed, fails before anything runs.
"""

from __future__ import annotations

import importlib
import re
from typing import TYPE_CHECKING, Any

import msgspec
import spacy
from spacy.language import Language

from dragoman.coding.extensions import declare
from dragoman.coding.pretest import is_pretested
from dragoman.errors import ModelError
from dragoman.lexicon.word_lists import word_list
from dragoman.settings import NO_CLASSIFIER

if TYPE_CHECKING:
    from dragoman.settings import Settings


class Step(msgspec.Struct, frozen=True):
    """One component: its factory, the module that registers it, the ``doc._`` attributes it needs and gives."""

    factory: str
    module: str
    needs: tuple[str, ...]
    gives: tuple[str, ...]


STEPS: tuple[Step, ...] = (
    Step("dragoman_actors", "dragoman.coding.actors", ("report",), ("entities", "actor_mentions")),
    Step("dragoman_when", "dragoman.coding.when", ("report",), ("timexes", "implied_years")),
    Step("dragoman_where", "dragoman.coding.where", ("report",), ("toponyms",)),
    Step("dragoman_entity_places", "dragoman.coding.entity_places", ("actor_mentions", "toponyms"), ()),
    Step("dragoman_attribution", "dragoman.coding.attribution", ("actor_mentions",), ("attributions",)),
    Step("dragoman_predicates", "dragoman.coding.predicates", ("actor_mentions",), ("predicates",)),
    Step(
        "dragoman_typing",
        "dragoman.coding.typing",
        ("predicates", "entities", "toponyms", "attributions"),
        ("event_mentions",),
    ),
    Step("dragoman_realis", "dragoman.coding.realis", ("event_mentions",), ("judgements",)),
    Step(
        "dragoman_document",
        "dragoman.coding.document",
        ("event_mentions", "judgements", "timexes", "toponyms", "attributions"),
        ("events", "assessments"),
    ),
)

DATELINES = Step("dragoman_datelines", "dragoman.coding.datelines", (), ())
"""What runs before the parser."""
NEEDED_PARTS = ("parser", "ner")
DETECTORS = Step("dragoman_detectors", "dragoman.coding.detectors", ("predicates", "events"), ("detections",))
"""The step of a user's own types; only there where the settings name detectors."""

UNUSED_PARTS = ("lemmatizer_trainable", "senter", "textcat")


def check_steps(steps: tuple[Step, ...]) -> None:
    """Raise `ModelError` if a step needs what no step before it gives."""
    given = {"report"}
    for step in steps:
        missing = [name for name in step.needs if name not in given]
        if missing:
            raise ModelError(f"{step.factory} needs {', '.join(missing)}, which no step before it gives")
        given.update(step.gives)


def load_parser(name: str) -> Language:
    """Load an installed spaCy pipeline by name; raises `ModelError` if it is missing or has no parser or NER."""
    try:
        nlp = spacy.load(name)
    except OSError as error:
        installed = ", ".join(spacy.util.get_installed_models()) or "none"
        raise ModelError(f"no spaCy pipeline {name!r} is installed; installed: {installed}") from error
    missing = [part for part in NEEDED_PARTS if part not in nlp.pipe_names]
    if missing:
        raise ModelError(f"the spaCy pipeline {name!r} has no {' and no '.join(missing)}")
    _keep_prefixed_words(nlp)
    return nlp


def _keep_prefixed_words(nlp: Language) -> None:
    """Keep "re-established" one token: cut at the hyphen, the parser takes "re" for the verb."""
    prefixes = "|".join(sorted(word_list("joined_prefixes")))
    nlp.tokenizer.token_match = re.compile(rf"(?:{prefixes})-[a-z]+", re.IGNORECASE).fullmatch


def _config(step: Step, settings: Settings) -> dict[str, Any]:
    """What the settings say about one step."""
    if step.factory == "dragoman_typing" and settings.classifier != NO_CLASSIFIER:
        return {"classifier": settings.classifier, "pretest": is_pretested(settings)}
    if step is DETECTORS:
        return {"classifier": settings.classifier, "folders": list(settings.detectors)}
    return {}


def build(settings: Settings, until: str | None = None) -> Language:
    """The whole pipeline, or its steps up to and including the factory `until`."""
    steps = (*STEPS, DETECTORS) if settings.detectors else STEPS
    check_steps(steps)
    declare()
    nlp = load_parser(settings.spacy_model)
    nlp.max_length = settings.max_chars + 1
    importlib.import_module(DATELINES.module)
    nlp.add_pipe(DATELINES.factory, before="parser")
    for step in steps:
        importlib.import_module(step.module)
        nlp.add_pipe(step.factory, config=_config(step, settings))
        if step.factory == until:
            break
    return nlp
