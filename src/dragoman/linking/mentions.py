"""Event mentions as linking sees them: the trigger, who stands in which slot of it, and the words around it.

Everything is read from a spaCy parse; whoever links mentions needs no more than their character offsets.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from spacy.tokens import Doc, Span, Token

from dragoman.coding.syntax import Slots, clause_span, noun_slots, verb_slots
from dragoman.lexicon.word_lists import word_list
from dragoman.linking.triggers import NOUN, VERB, senses_of, types_of, vector_table

CONTENT = frozenset({"NOUN", "PROPN", "VERB", "ADJ", "NUM"})
AGENT, PATIENT = ("subj", "poss", "by"), ("obj", "of", "iobj")
NAMES = frozenset({"PERSON", "ORG", "GPE", "LOC", "NORP", "FAC", "PRODUCT", "EVENT", "WORK_OF_ART"})
NUMBERS = frozenset({"CARDINAL", "MONEY", "PERCENT", "QUANTITY", "ORDINAL"})
TIMES = frozenset({"DATE", "TIME"})
Words = tuple[str, ...]


class Mention(msgspec.Struct, frozen=True, kw_only=True):
    """One event mention; word fields hold lower-case lemmas, most of them sorted and without repeats.

    `document` and `sentence` are indices; `start` and `end` offsets into the document's text. `forms` are the words of
    the trigger as they stand, `words` its content words with its head, `clause`, `context`, `near` those around it
    (the clause, its sentence, the sentences beside it too).
    """

    document: int
    sentence: int
    start: int
    end: int
    head: str
    pos: str
    forms: Words
    words: Words
    senses: Words
    broader: Words
    types: Words
    agents: Words
    patients: Words
    others: Words
    names: Words
    numbers: Words
    times: Words
    clause: Words
    context: Words
    near: Words
    negated: bool
    modal: bool


def content_words(tokens: Iterable[Token]) -> Words:
    """Lower-case lemmas of content words and figures, in order, repeats kept."""
    return tuple(
        token.lemma_.lower()
        for token in tokens
        if (token.pos_ in CONTENT and not token.is_stop and len(token) > 1 and (token.is_alpha or token.is_digit))
        or (token.is_alpha and token.pos_ == "PROPN" and len(token) > 1)
        or "-" in token.text[1:-1]
    )


def trigger_token(doc: Doc, start: int, end: int) -> Token:
    """The head of the words at these offsets; of a light verb with its noun ("held talks") the noun."""
    span = doc.char_span(start, end, alignment_mode="expand")
    if span is None or not len(span):
        raise ValueError(f"no words at {start} to {end}")
    head = span.root
    if head.pos_ in (VERB, "AUX") and head.lemma_.lower() in _light():
        for token in span:
            if token.pos_ == NOUN and token.head.i == head.i and token.dep_ in ("dobj", "attr"):
                return token
    return head


def _light() -> frozenset[str]:
    from dragoman.lexicon.predicates import light_verbs

    return frozenset(light_verbs()) | word_list("occurrence")


def _sorted(words: Iterable[str]) -> Words:
    return tuple(sorted(set(words)))


def _phrase(token: Token) -> Words:
    """The words that say who or what a phrase stands for: its head and the nouns and names before it."""
    if token.pos_ == "PRON":
        return ()
    before = [child for child in token.children if child.dep_ in ("compound", "nmod", "amod", "poss", "nummod")]
    return content_words((*before, token))


def _slot_words(slots: Slots, names: Sequence[str]) -> Words:
    return _sorted(word for name in names for token in slots.get(name, ()) for word in _phrase(token))


def _entities(span: Span, labels: frozenset[str]) -> Words:
    return _sorted(
        token.lemma_.lower()
        for token in span
        if token.ent_type_ in labels and not token.is_stop and (token.is_alpha or token.like_num)
    )


def _forms(trigger: Span | None, lemma: str) -> Words:
    """The words of a trigger in lower case, in order; the lemma of its head for a head that is not known as it stands."""
    known = tuple(token.lower_ for token in trigger or () if token.lower_ in vector_table())
    return known or (lemma,)


def _modal(token: Token) -> bool:
    return any(child.tag_ == "MD" or (child.dep_ == "mark" and child.lower_ == "if") for child in token.children)


def read_mention(doc: Doc, document: int, sentence: int, sentences: Sequence[Span], start: int, end: int) -> Mention:
    """What linking needs to know of one mention. `sentences` are the document's, `sentence` an index into them."""
    head = trigger_token(doc, start, end)
    pos = VERB if head.pos_ in (VERB, "AUX") else NOUN
    lemma = head.lemma_.lower()
    slots = verb_slots(head) if pos == VERB else noun_slots(head)
    here = sentences[sentence]
    first, last = clause_span(head)
    trigger = doc.char_span(start, end, alignment_mode="expand")
    own = {token.i for token in trigger or ()}
    around = sentences[max(0, sentence - 1) : sentence + 2]
    senses = senses_of(lemma, pos)
    taken = {*AGENT, *PATIENT, "comp", "prt"}
    words = _sorted((*content_words(trigger or ()), lemma))
    return Mention(
        document=document,
        sentence=sentence,
        start=start,
        end=end,
        head=lemma,
        pos=pos,
        forms=_forms(trigger, lemma),
        words=words,
        senses=_sorted(senses.own),
        broader=_sorted(senses.broader),
        types=_sorted(types_of(lemma, pos)),
        agents=_slot_words(slots, AGENT),
        patients=_slot_words(slots, PATIENT),
        others=_slot_words(slots, [name for name in slots if name not in taken]),
        names=_entities(here, NAMES),
        numbers=_entities(here, NUMBERS),
        times=_entities(here, TIMES),
        clause=content_words(token for token in doc[first : last + 1] if token.i not in own),
        context=content_words(token for token in here if token.i not in own),
        near=content_words(token for span in around for token in span if token.i not in own),
        negated=any(child.dep_ == "neg" for child in head.children),
        modal=_modal(head),
    )


def sentence_spans(doc: Doc, bounds: Sequence[Sequence[int]]) -> list[Span]:
    """The sentences at the offsets given, in order; the parser's own where none are given."""
    if not bounds:
        return list(doc.sents)
    spans = [doc.char_span(start, end, alignment_mode="expand") for start, end in bounds]
    return [span if span is not None else doc[0:0] for span in spans]
