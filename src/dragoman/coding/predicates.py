"""Finding predicates, verbs and event nouns, and who stands in which of their slots (``dragoman_predicates``).

Light verbs are undone: "held talks with X in Y", "talks were held between X and Y", "engaged in a conversation with X"
and "talks took place" all give the noun, with the slots of the verb added to its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace
from spacy.language import Language
from spacy.tokens import Doc, Token

from dragoman.coding.extensions import declare
from dragoman.coding.mentions import Predicate
from dragoman.coding.syntax import Slots, governors, noun_slots, verb_slots
from dragoman.lexicon.predicates import LightVerb, PredicateTable, light_verbs, predicate_table
from dragoman.lexicon.word_lists import word_list

OCCURRENCE = word_list("occurrence")
"""Verbs that say of an event noun, their subject, that it takes place: their adjuncts are the noun's."""


class BaseForms:
    """Base forms of verbs with a prefix ("re-established": "re-establish"), which the lemmatizer's word list lacks."""

    def __init__(self, nlp: Language) -> None:
        lookups = nlp.get_pipe("lemmatizer").lookups if "lemmatizer" in nlp.pipe_names else None
        known = lookups is not None and lookups.has_table("lemma_index") and lookups.has_table("lemma_rules")
        self._words = frozenset(lookups.get_table("lemma_index")["verb"]) if lookups and known else frozenset()
        self._rules = tuple(lookups.get_table("lemma_rules")["verb"]) if lookups and known else ()

    def of(self, form: str) -> str:
        """The base form of a lower-case verb with a hyphen; the form itself where none is known."""
        prefix, _, rest = form.rpartition("-")
        for ending, base in (("", ""), *self._rules):
            candidate = rest[: len(rest) - len(ending)] + base if rest.endswith(ending) else ""
            if candidate in self._words:
                return f"{prefix}-{candidate}"
        return form


class PredicateFinder:
    """Gives ``doc._.predicates``: every full verb, and every noun that the table of predicates knows, in text order."""

    def __init__(self, table: PredicateTable | None = None, base_forms: BaseForms | None = None) -> None:
        self._table = table or predicate_table()
        self._light = light_verbs()
        self._base = base_forms

    def __call__(self, doc: Doc) -> Doc:
        doc._.predicates = tuple(self._find(doc))
        return doc

    def _find(self, doc: Doc) -> Iterator[Predicate]:
        actors = {mention.head for mention in doc._.actor_mentions if mention.kind != "adjective"}
        for token in doc:
            if token.pos_ == "VERB" and token.dep_ not in ("aux", "auxpass", "amod", "compound"):
                yield self._verb(token)
            elif (
                token.pos_ in ("NOUN", "PROPN")
                and token.i not in actors
                and self._table.lookup(token.lemma_.lower(), "NOUN")
            ):
                yield make_predicate(token, self._event_noun_slots(token))

    def _verb(self, token: Token) -> Predicate:
        predicate = make_predicate(token, verb_slots(token))
        if self._base is not None and "-" in predicate.lemma:
            return replace(predicate, lemma=self._base.of(token.lower_))
        return predicate

    def _event_noun_slots(self, noun: Token) -> Slots:
        slots = noun_slots(noun)
        anchor = _first_conjunct(noun)
        head = anchor.head
        if anchor.dep_ in ("pobj", "pcomp") and head.dep_ == "prep" and head.head.pos_ == "VERB":
            verb = head.head
            key = f"{verb.lemma_.lower()} {head.lower_}"
            if self._carries(self._light.get(key), noun):
                _merge(slots, verb_slots(verb), drop=(head.lower_,))
        elif anchor.dep_ in ("dobj", "nsubjpass") and self._carries(self._light.get(head.lemma_.lower()), noun):
            _merge(slots, verb_slots(head), drop=("obj",))
        elif anchor.dep_ == "nsubj" and head.lemma_.lower() in OCCURRENCE:
            _merge(slots, verb_slots(head), drop=("subj", "obj", "attr"))
        elif noun.dep_ in ("acl", "relcl"):
            _merge(slots, {"subj": [noun.head]}, drop=())
        self._add_reduced(slots, noun)
        return slots

    def _add_reduced(self, slots: Slots, noun: Token) -> None:
        """ "the talks held with X in Y", "an attack carried out by X", "the meeting, which X attended"."""
        for child in noun.children:
            if child.dep_ in ("acl", "relcl") and child.pos_ == "VERB":
                light = child.lemma_.lower() in self._light and self._carries(self._light[child.lemma_.lower()], noun)
                if light or child.lemma_.lower() in OCCURRENCE:
                    _merge(slots, verb_slots(child), drop=("obj",))

    def _carries(self, light: LightVerb | None, noun: Token) -> bool:
        return light is not None and light.carries(noun.lemma_.lower())


def _first_conjunct(token: Token) -> Token:
    """The first of co-ordinated nouns, which carries their grammatical role: "paid a visit to X and held talks"."""
    while token.dep_ == "conj" and token.head.pos_ in ("NOUN", "PROPN"):
        token = token.head
    return token


def _merge(slots: Slots, more: Slots, drop: tuple[str, ...]) -> None:
    for slot, tokens in more.items():
        if slot not in drop:
            here = slots.setdefault(slot, [])
            here.extend(token for token in tokens if token not in here)


def make_predicate(token: Token, slots: Slots) -> Predicate:
    """The immutable record of a predicate and its slots."""
    return Predicate(
        token=token.i,
        lemma=token.lemma_.lower(),
        pos="VERB" if token.pos_ == "VERB" else "NOUN",
        slots={slot: tuple(dict.fromkeys(t.i for t in tokens)) for slot, tokens in slots.items() if tokens},
        governors=tuple(t.i for t in governors(token)),
    )


def is_light(token: Token, light: dict[str, LightVerb]) -> bool:
    """Whether a verb only carries its object or prepositional object."""
    entry = light.get(token.lemma_.lower())
    return entry is not None and any(
        child.dep_ in ("dobj", "nsubjpass") and entry.carries(child.lemma_.lower()) for child in token.children
    )


@Language.factory("dragoman_predicates")
def make_predicate_finder(nlp: Language, name: str) -> PredicateFinder:
    """spaCy's factory for the component."""
    declare()
    return PredicateFinder(base_forms=BaseForms(nlp))
