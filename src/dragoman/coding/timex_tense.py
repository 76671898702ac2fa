"""Whether a bare weekday, day or month lies before or after the report, from the tense of the clause around it."""

from __future__ import annotations

from functools import cache

from spacy.tokens import Doc, Token

from dragoman.tables import package_file, read_table

PAST, UNKNOWN, FUTURE = -1, 0, 1
_MODALS = frozenset({"will", "'ll", "’ll", "wo", "shall", "would", "could", "may", "might", "must", "should", "can"})
_HAVE = frozenset({"had", "has", "have", "'ve", "’ve", "'d", "’d", "having"})
_DEPTH = 24
_ROLES = frozenset({"plan", "timetable", "coming", "limit"})


@cache
def tense_words() -> dict[str, str]:
    """Lemma to role, from ``lexicon/time_tense.tsv``."""
    path = package_file("lexicon", "time_tense.tsv")
    return {r["lemma"]: r.one_of("role", _ROLES) for r in read_table(path, ("lemma", "role"))}


def root_token(doc: Doc, start: int, end: int) -> Token | None:
    """The token at the top of the words between two character offsets; None where the Doc has no tokens there."""
    span = doc.char_span(start, end, alignment_mode="expand")
    return span.root if span is not None and len(span) else None


def direction(doc: Doc, start: int, end: int, limit: bool = False) -> int:
    """`PAST`, `FUTURE` or `UNKNOWN` for the time expression between two character offsets.

    `limit`: it is a time limit ("until Monday"), ahead even of a past "had" or "gave".
    """
    if not doc.has_annotation("DEP"):
        return UNKNOWN
    token = root_token(doc, start, end)
    if token is None:
        return UNKNOWN
    for _ in range(_DEPTH):
        if not _is_verb(token) and _is_coming(token):
            return FUTURE
        if _is_verb(token):
            if limit and tense_words().get(token.lemma_.lower()) == "limit":
                return FUTURE
            return _verb_direction(token, 0)
        if any(_is_coming(child) for child in token.lefts if child.dep_ == "amod"):
            return FUTURE
        if token.lower_ == "of" and token.head.lower_ == "ahead":
            return FUTURE
        if token.head.i == token.i:
            break
        token = token.head
    return UNKNOWN


def _is_verb(token: Token) -> bool:
    return token.pos_ in ("VERB", "AUX") and token.tag_ != "NN"


def _is_coming(token: Token) -> bool:
    return tense_words().get(token.lower_) == "coming"


def _is_plan(token: Token) -> bool:
    return tense_words().get(token.lemma_.lower()) == "plan"


def _verb_direction(verb: Token, depth: int) -> int:
    """The direction of a clause by its verb: auxiliaries first, then its form, then the verb that governs it."""
    if verb.dep_ in ("aux", "auxpass") and verb.head.i != verb.i:
        verb = verb.head
    helpers = {child.lower_ for child in verb.children if child.dep_ in ("aux", "auxpass")}
    if helpers & _MODALS:
        return PAST if helpers & _HAVE and "will" not in helpers else FUTURE
    if helpers & _HAVE:
        return PAST
    if verb.tag_ == "VBD" or helpers & {"was", "were", "did", "been"}:
        return FUTURE if verb.tag_ != "VBD" and _is_plan(verb) and verb.tag_ == "VBN" else PAST
    if verb.tag_ in ("VBZ", "VBP"):
        return FUTURE if tense_words().get(verb.lemma_.lower()) in ("plan", "timetable") else UNKNOWN
    if verb.tag_ == "VBN":
        return _participle(verb, helpers)
    if verb.tag_ == "VBG" and helpers & {"is", "are", "'s", "'re", "’s", "’re", "am"}:
        return FUTURE
    return _governed(verb, helpers, depth)


def _participle(verb: Token, helpers: set[str]) -> int:
    if _is_plan(verb):
        return FUTURE
    if helpers & {"is", "are", "be", "being"}:
        return UNKNOWN
    return PAST


def _governed(verb: Token, helpers: set[str], depth: int) -> int:
    """An infinitive or -ing form: future under a plan or on its own, else as the clause it belongs to."""
    governor = verb.head
    for _ in range(_DEPTH):
        if governor.i == verb.i or _is_verb(governor) or _is_plan(governor) or governor.head.i == governor.i:
            break
        governor = governor.head
    if governor.i == verb.i:
        return FUTURE if "to" in helpers or verb.tag_ == "VB" else UNKNOWN
    if verb.tag_ == "VB" and (_is_plan(governor) or depth > 4):
        return FUTURE
    if depth > 4 or not _is_verb(governor):
        return UNKNOWN
    above = _verb_direction(governor, depth + 1)
    return FUTURE if above == UNKNOWN and verb.tag_ == "VB" else above
