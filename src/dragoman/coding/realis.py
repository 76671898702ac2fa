"""Whether an event took place and how sure that is: the component ``dragoman_realis`` and `judge`.

From the word that names the event the parse is climbed; what modifies a word on the way, or takes it as a complement,
acts on what lies below it, the innermost first (the polarity propagation of Nairn, Condoravdi and Karttunen, 2006).
Clauses that presuppose what is in them (relative, "after", the object of "condemn") end the climb.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc

from dragoman.coding.answers import called_false, retraction_of, unconfirmed_above
from dragoman.coding.cues import DocCues, Hit, cues_of
from dragoman.coding.extensions import declare
from dragoman.coding.mentions import EventMention, Judgement, RealisCue
from dragoman.coding.scopes import Effect, collect
from dragoman.coding.speech_lexicon import speech_nouns, speech_verbs, word_class
from dragoman.coding.tree import tree_of

declare()

CONSUMED: dict[str, frozenset[str]] = {
    "REJECT": frozenset({"negation", "implicative-"}),
    "THREATEN": frozenset({"future", "plan", "threat", "condition"}),
    "REQUEST": frozenset({"modal", "request"}),
}
FALSITY = word_class("falsity")
WRONGLY = frozenset({"wrongly", "falsely", "mistakenly", "erroneously", "mistaken", "erroneous"})
HINTED_CERTAINTY = {"ACTUAL": 0.95, "PLANNED": 0.7, "POSSIBLE": 0.45, "NEGATED": 0.85}


def judge(doc: Doc, token_index: int, hint: str | None = None, consumed: frozenset[str] = frozenset()) -> Judgement:
    """Realis and certainty of the event that a token names, with the cues that decided.

    `hint` is the realis that the event's own frame gives ("plans to", "failed to"), taken as the start. `consumed` are
    kinds of cues that made the event what it is and so do not count again: negation where "did not accept" was typed as
    a rejection, future where "will bomb" was typed as a threat. Certainty is how sure the report is of the status, in
    [0, 1].
    """
    cues = cues_of(doc)
    effects = collect(cues, token_index)
    if consumed:
        effects = [effect for effect in effects if effect.kind not in consumed]
    if hint == "NEGATED" and not any(effect.realis == "NEGATED" for effect in effects) and _denies(cues, token_index):
        hint = None  # the classifier read the negation of another clause of the sentence
    return _taken_back(doc, token_index, combine(cues, effects, hint))


def _denies(cues: DocCues, token: int) -> bool:
    """Whether some word of a token's sentence denies something."""
    begin, end = cues.tree.sentence_bounds[cues.tree.sentence[token]]
    hits = (hit.row for i in range(begin, end + 1) for hit in cues.by_token.get(i, ()))
    return any(row.realis == "NEGATED" and row.kind in ("negation", "denial") for row in hits)


def _taken_back(doc: Doc, token: int, judged: Judgement) -> Judgement:
    """NEGATED what a clause above calls false, POSSIBLE what is taken back by who had said it, or is not confirmed."""
    denied = any(mark.kind in ("negation", "denial") for mark in judged.cues)
    if judged.realis in ("ACTUAL", "NEGATED") and not denied and (cue := unconfirmed_above(doc, token)) is not None:
        mark = RealisCue(start=doc[cue].idx, end=doc[cue].idx + len(doc[cue]), kind="unconfirmed")
        return Judgement(realis="POSSIBLE", certainty=0.45, cues=(*judged.cues, mark))
    if judged.realis == "NEGATED" or not doc.has_annotation("DEP"):
        return judged
    tree = tree_of(doc)
    false = called_false(tree, token)
    retracted = retraction_of(doc, tree.start[token])
    if false is None and retracted is None:
        return judged
    begin, end = tree.sentence_bounds[tree.sentence[token]]
    wrong = false is not None or any(tree.lower[i] in FALSITY | WRONGLY for i in range(begin, end + 1))
    start, stop = retracted or (tree.start[false or 0], tree.end[false or 0])
    marks = (*judged.cues, RealisCue(start=start, end=stop, kind="denial"))
    return Judgement(realis="NEGATED" if wrong else "POSSIBLE", certainty=0.7 if wrong else 0.4, cues=marks)


def combine(cues: DocCues, effects: list[Effect], hint: str | None = None) -> Judgement:
    """Fold effects, innermost first, into one judgement."""
    if hint == "NEGATED" and any(effect.realis == "NEGATED" for effect in effects):
        hint = None  # the words below say so themselves: counted once, not as the denial of a denial
    if hint == "POSSIBLE" and any(effect.kind == "denial" for effect in effects):
        hint = None  # "denied that": the words say more than that it is open
    state, certainty = hint or "ACTUAL", HINTED_CERTAINTY[hint or "ACTUAL"]
    used: list[Hit] = []
    last = ""
    for effect in effects:
        if effect.hit is not None:
            used.append(effect.hit)
        if effect.kind in ("factive", "pseudo"):
            certainty = max(certainty, effect.certainty) if state == "ACTUAL" else certainty
            if effect.kind == "factive" and effect.stops:
                break
            continue
        before = state
        state = effect.realis if _settles(state, effect, last) else turned(state, effect.realis)
        last = effect.kind
        if state != before or effect.realis:
            certainty = effect.certainty if before in ("ACTUAL",) else min(certainty, effect.certainty)
    tree = cues.tree
    marks = tuple(RealisCue(start=tree.start[h.first], end=tree.end[h.last], kind=h.row.kind) for h in used)
    return Judgement(realis=state, certainty=round(certainty, 2), cues=marks)


def _settles(state: str, effect: Effect, last: str) -> bool:
    """Whether a denial does away with a claim that left things open ("rejected claims that")."""
    return state == "POSSIBLE" and effect.kind == "denial" and last == "unconfirmed" and bool(effect.realis)


def turned(state: str, effect: str) -> str:
    """What an effect makes of a state that lies under it: negation of a negation affirms, a plan not to do negates."""
    if not effect or effect == "ACTUAL":
        return state
    if effect == "NEGATED":
        return {"ACTUAL": "NEGATED", "NEGATED": "ACTUAL", "PLANNED": "NEGATED"}.get(state, state)
    if effect == "PLANNED":
        return "PLANNED" if state == "ACTUAL" else state
    return "POSSIBLE"


@Language.factory("dragoman_realis", assigns=["doc._.judgements"])
class RealisJudge:
    """spaCy component: sets ``doc._.judgements``, one for each of ``doc._.event_mentions``, in their order."""

    def __init__(self, nlp: Language, name: str) -> None:
        self.name = name

    def __call__(self, doc: Doc) -> Doc:
        """Judge the event mentions of one Doc."""
        doc._.judgements = tuple(
            judge(doc, m.trigger, m.realis_hint, consumed_by(doc, m)) for m in doc._.event_mentions
        )
        return doc


def consumed_by(doc: Doc, mention: EventMention) -> frozenset[str]:
    """Kinds of cues that made an event of its type: "did not accede" is a rejection that took place.

    Where the word itself names the verbal act ("rejected", "threatened"), cues count as ever.
    """
    lemma = tree_of(doc).lemma[mention.trigger]
    row = speech_verbs().get(lemma) or speech_nouns().get(lemma)
    if row is not None and row.stance != "asserts":
        return frozenset()
    return CONSUMED.get(mention.type, frozenset())


def annotate_factuality(rows: Iterable[dict[str, Any]], nlp: Language | None = None) -> Iterator[dict[str, Any]]:
    """The layer ``factuality``: see `dragoman.coding.factuality.annotate_factuality`."""
    from dragoman.coding import factuality

    return factuality.annotate_factuality(rows, nlp)
