"""What happened: type, mode and parties of each predicate that tells of a political event (``dragoman_typing``).

With a classifier (`dragoman.coding.arbiter`) parse, table of predicates and encoder decide together. Without one the
table decides alone, and what stands under the predicate of another event ("agreed to lift", "urged Iran to halt") is
taken up into that event by ``lexicon/embedding.tsv``.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import msgspec
from msgspec.structs import replace
from spacy.language import Language
from spacy.tokens import Doc, Token

from dragoman.coding.answers import keeps_silent, only_asks, withheld
from dragoman.coding.arbiter import Arbiter, Verdict
from dragoman.coding.assessments import inferences, is_assessment
from dragoman.coding.encoder import Classifier, load_classifier
from dragoman.coding.extensions import declare
from dragoman.coding.features import CandidateFinder
from dragoman.coding.frames import ActorIndex, FrameMatcher, read_slots
from dragoman.coding.meeting_parties import joint_talks
from dragoman.coding.mentions import EventMention, Predicate
from dragoman.coding.pretest import PreTest
from dragoman.coding.pretest import pretest as shipped_pretest
from dragoman.coding.speech_lexicon import word_class
from dragoman.coding.syntax import clause_span
from dragoman.coding.tree import tree_of
from dragoman.lexicon.predicates import Entry, light_verbs, predicate_table
from dragoman.lexicon.word_lists import word_list
from dragoman.ontology.ontology import Ontology, load_ontology
from dragoman.tables import package_file, read_table

DENYING, CONFIRMING = word_class("denying"), word_class("confirming")
CARRIERS = frozenset({"xcomp", "ccomp", "pcomp", "pobj", "dobj", "acl", "conj", "prep", "relcl", "nsubjpass", "oprd"})


class Embedding(msgspec.Struct, frozen=True):
    """A row of ``lexicon/embedding.tsv``: what the governor becomes, and whether the embedded predicate is absorbed."""

    governor: str
    embedded: str
    polarity: str
    result: str
    mode: str
    absorb: bool


class Draft(msgspec.Struct):
    """An event mention in the making: its predicate, the entry that matched and what has been settled so far."""

    predicate: Predicate
    entry: Entry | None
    type: str
    mode: str | None
    actors: tuple[int, ...]
    recipients: tuple[int, ...]
    confidence: float
    realis: str | None = None
    absorbed: bool = False


@cache
def embeddings() -> tuple[Embedding, ...]:
    """The table of embeddings, in the order of the file: the first row that fits decides."""
    path = package_file("lexicon", "embedding.tsv")
    columns = ("governor", "embedded", "polarity", "result", "mode", "absorb", "example")
    return tuple(
        Embedding(
            row["governor"], row["embedded"], row.one_of("polarity", ("pos", "neg", "*")), row["result"], row["mode"],
            row.one_of("absorb", ("yes", "no")) == "yes",
        )
        for row in read_table(path, columns)
    )  # fmt: skip


class Typer:
    """Gives ``doc._.event_mentions`` from ``doc._.predicates``."""

    def __init__(
        self, classifier: Classifier | None = None, ontology: Ontology | None = None, pretest: PreTest | None = None
    ) -> None:
        """With `pretest`, the classifier sees the sentences that it passes."""
        self._ontology = ontology or load_ontology()
        self._matcher = FrameMatcher(predicate_table())
        self._finder = CandidateFinder(self._matcher, pretest.passes_sentence if pretest else None)
        self._arbiter = Arbiter(classifier) if classifier is not None else None

    def __call__(self, doc: Doc) -> Doc:
        mentions = self._judged(doc, self._arbiter) if self._arbiter else self._by_table(doc)
        doc._.event_mentions = joint_talks(doc, ActorIndex(doc), mentions)
        return doc

    def _judged(self, doc: Doc, arbiter: Arbiter) -> tuple[EventMention, ...]:
        sentences = list(self._finder.sentences(doc))
        index = ActorIndex(doc)
        drafts = []
        for verdict in carried(doc, arbiter.verdicts(doc, sentences)):
            token = verdict.candidate.predicate.token
            if is_judgement(doc, token) or _is_talk(doc, token, verdict.type):
                continue
            draft = self._from_verdict(doc, verdict, index)
            if _is_sure_enough(verdict, arbiter.event_bar) or _vouched_by_table(doc, verdict, draft):
                drafts.append(draft)
        _embed(doc, drafts, retype=False)
        return tuple(_mention(doc, draft) for draft in drafts if not draft.absorbed)

    def _from_verdict(self, doc: Doc, verdict: Verdict, index: ActorIndex) -> Draft:
        candidate = verdict.candidate
        if _unsure(verdict) and candidate.entry is not None:
            verdict = replace(verdict, type=candidate.entry.type, mode=candidate.entry.mode)
        actors, recipients = self._parties(doc, verdict, index)
        if self._ontology.types[verdict.type].symmetric:
            actors, recipients = _split_parties(doc, candidate.predicate, index, actors, recipients)
        realis = max(verdict.realis, key=lambda name: (verdict.realis[name], name))
        confidence = round(verdict.event * verdict.share, 4)
        mode = verdict.mode
        if verdict.type == "CONSULT" and mode != "phone" and candidate.predicate.lemma in word_list("joint_talk"):
            mode = None  # that two sides "exchanged views" does not say that one visited the other
        return Draft(candidate.predicate, candidate.entry, verdict.type, mode, actors, recipients, confidence, realis)

    def _parties(self, doc: Doc, verdict: Verdict, index: ActorIndex) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The classifier's parties; for a side that it leaves empty, those of the entry of the table, if it agrees."""
        entry, predicate = verdict.candidate.entry, verdict.candidate.predicate
        actors, recipients = verdict.actors, verdict.recipients
        if entry is None or entry.type != verdict.type:
            return actors, recipients
        if self._ontology.types[entry.type].symmetric and len((*actors, *recipients)) < 2:
            named = read_slots(entry.actors, doc, predicate, index)
            others = read_slots(entry.recipients, doc, predicate, index, taken=named)
            if len((*named, *others)) > 1:  # a meeting takes two: the table knows where the other stands
                return named, others
        actors = actors or read_slots(entry.actors, doc, predicate, index, taken=recipients)
        return actors, recipients or read_slots(entry.recipients, doc, predicate, index, taken=actors)

    def _by_table(self, doc: Doc) -> tuple[EventMention, ...]:
        index = ActorIndex(doc)
        drafts = [draft for p in doc._.predicates if (draft := self._draft(doc, p, index)) is not None]
        _embed(doc, drafts)
        kept = [draft for draft in drafts if not draft.absorbed]
        return tuple(_mention(doc, draft) for draft in kept)

    def _draft(self, doc: Doc, predicate: Predicate, index: ActorIndex) -> Draft | None:
        entry = self._matcher.match(doc, predicate, index)
        if entry is None or is_judgement(doc, predicate.token):
            return None
        if _is_talk(doc, predicate.token, entry.type):
            return None
        actors = read_slots(entry.actors, doc, predicate, index)
        recipients = read_slots(entry.recipients, doc, predicate, index, taken=actors)
        if self._ontology.types[entry.type].symmetric:
            actors, recipients = _split_parties(doc, predicate, index, actors, recipients)
        return Draft(predicate, entry, entry.type, entry.mode, actors, recipients, entry.prior)


SURE = 0.9
"""The prior of entries of the table that are taken at their word where the classifier is of two minds."""
TYPE_BAR = 0.5


def _is_carried(token: Token) -> bool:
    """Whether a noun is the object of a verb that only carries it ("held talks", "a raid was carried out")."""
    verb = light_verbs().get(token.head.lemma_) if token.dep_ in ("dobj", "nsubjpass") else None
    return verb is not None and token.pos_ == "NOUN" and verb.carries(token.lemma_)


def carried(doc: Doc, verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Verdicts with a noun and the verb that only carries it as one: "held talks", whose weight else falls in two.

    The noun keeps its place, type and parties; it is as sure as the surer of the two where both are of one type.
    """
    by_token = {verdict.candidate.predicate.token: verdict for verdict in verdicts}
    carriers: dict[int, Verdict] = {}
    for noun in verdicts:
        token = doc[noun.candidate.predicate.token]
        verb = by_token.get(token.head.i)
        if verb is None or verb.candidate.entry is not None or noun.candidate.entry is None:
            continue
        if _is_carried(token) and verb.type == noun.type and verb.event > noun.event:
            carriers[token.head.i] = noun
    surer = {
        noun.candidate.predicate.token: replace(
            noun,
            event=by_token[verb].event,
            realis=by_token[verb].realis,
            actors=noun.actors or by_token[verb].actors,
            recipients=noun.recipients or by_token[verb].recipients,
        )
        for verb, noun in carriers.items()
    }
    kept = (v for v in verdicts if v.candidate.predicate.token not in carriers)
    return [surer.get(v.candidate.predicate.token, v) for v in kept]


def _unsure(verdict: Verdict) -> bool:
    """Whether the classifier has no type that it gives half of the weight, and the table has a sure one."""
    entry = verdict.candidate.entry
    return entry is not None and entry.prior >= SURE and verdict.event * verdict.share < TYPE_BAR


def _is_sure_enough(verdict: Verdict, bar: float) -> bool:
    """Above the bar; without an entry of the table ("told journalists") one type must also have the better half."""
    known = verdict.candidate.entry is not None
    return verdict.event >= bar and (known or verdict.event * verdict.share >= TYPE_BAR)


def _vouched_by_table(doc: Doc, verdict: Verdict, draft: Draft) -> bool:
    """Whether an entry makes up for a probability below the bar: a sure one with both parties, any in what is denied.

    Gold for whole articles seldom counts what is denied, so the classifier has learned little of it.
    """
    entry = verdict.candidate.entry
    if entry is None:
        return False
    known = entry.prior >= SURE and bool(draft.actors) and bool(draft.recipients)
    token = draft.predicate.token
    return known or denial_over(doc, token) is not None or _confirmation_withheld(doc, token)


def _is_talk(doc: Doc, token: int, event_type: str) -> bool:
    """Whether a word that looks like a rejection or a demand tells of silence or of a question."""
    return (event_type == "REJECT" and keeps_silent(doc, token)) or (event_type == "REQUEST" and only_asks(doc, token))


def _confirmation_withheld(doc: Doc, token: int) -> bool:
    """Whether the token is what somebody has not confirmed ("has yet to confirm the presence of its delegation")."""
    head = doc[token].head
    if doc[token].dep_ not in ("dobj", "ccomp") or head.lemma_ not in CONFIRMING:
        return False
    return withheld(tree_of(doc), head.i)


def denial_over(doc: Doc, token: int) -> int | None:
    """The word of denial over a clause that holds the token ("denied that …", "denied reports that …"), if there is one.

    What stands there is an event of its own, with the denial as a claim on it; a bare noun ("denied the charge") is not.
    """
    here, clause = doc[token], False
    while here.head.i != here.i and here.dep_ in (*CARRIERS, "nsubj"):
        clause = clause or here.pos_ in ("VERB", "AUX")
        here = here.head
        if here.lemma_ in DENYING:
            return here.i if clause else None
    return None


def is_judgement(doc: Doc, token: int) -> bool:
    """Whether a token stands in the author's own judgement, or in an adjunct of it ("Through X, it reflects Y")."""
    if is_assessment(doc, token):
        return True
    cues = {found.cue_first for found in inferences(doc)}
    below = doc[token]
    while cues and below.head.i != below.i:
        if below.head.i in cues:
            return below.dep_ in ("prep", "advcl") and below.i < below.head.i
        below = below.head
    return False


def _split_parties(
    doc: Doc, predicate: Predicate, index: ActorIndex, actors: tuple[int, ...], recipients: tuple[int, ...]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Symmetric events: "talks between A and B", "A and B met", "A convened with B": the first-named is the actor."""
    if not recipients:
        beside = [e for i in predicate.slots.get("with", ()) for e in index.entities(i) if e not in actors]
        recipients = tuple(dict.fromkeys(beside))
    between = [e for i in predicate.slots.get("between", ()) for e in index.entities(i)]
    parties = tuple(dict.fromkeys((*between, *actors))) if between and not recipients else actors
    if not parties and len(recipients) > 1:
        return recipients[:1], recipients[1:]
    if not recipients and len(parties) > 1:
        return parties[:1], parties[1:]
    return parties, recipients


def _embed(doc: Doc, drafts: list[Draft], retype: bool = True) -> None:
    """Let each draft take up the drafts that stand in its complements, innermost first.

    `retype`: the one above takes its type and mode from the table, too; a classifier has already seen to that.
    """
    by_token = {draft.predicate.token: draft for draft in drafts}
    for draft in sorted(drafts, key=lambda d: -len(d.predicate.governors)):
        above = _governing(doc, draft, by_token)
        if above is not None:
            _apply(doc, above, draft, retype)


def _governing(doc: Doc, draft: Draft, by_token: dict[int, Draft]) -> Draft | None:
    """The nearest draft above whose complement, not whose adjunct or relative clause, the draft stands in."""
    token = doc[draft.predicate.token]
    for above in draft.predicate.governors:
        if token.dep_ not in CARRIERS:
            return None
        if above in by_token:
            return by_token[above] if _in_complement(doc, by_token[above], token.i) else None
        token = doc[above]
    return None


def _in_complement(doc: Doc, above: Draft, below: int) -> bool:
    """Whether the path from the governor down to the token starts in a slot that holds what is asked, said, agreed."""
    slots = above.predicate.slots
    inside = [*slots.get("comp", ()), *slots.get("for", ()), *slots.get("of", ()), *slots.get("to", ())]
    if above.type in ("REQUEST", "AGREE", "REJECT", "THREATEN"):
        inside += [*slots.get("obj", ()), *slots.get("from", ()), *slots.get("against", ()), *slots.get("on", ())]
    targets = set(inside)
    token = doc[below]
    while token.i not in targets:
        if token.i == above.predicate.token or token.head.i == token.i:
            return False
        token = token.head
    return True


def _apply(doc: Doc, above: Draft, below: Draft, retype: bool) -> None:
    polarity = "neg" if any(child.dep_ == "neg" for child in doc[below.predicate.token].children) else "pos"
    for row in embeddings():
        if row.governor != above.type or row.embedded not in ("*", below.type) or row.polarity not in ("*", polarity):
            continue
        if retype:
            _retype(above, below, row)
        if row.absorb:
            below.absorbed = denial_over(doc, below.predicate.token) != above.predicate.token
            if not above.recipients:
                above.recipients = tuple(e for e in (*below.recipients, *below.actors) if e not in above.actors)
        return


def _retype(above: Draft, below: Draft, row: Embedding) -> None:
    """Type and mode of the event above; a frame that names its complement already says the mode."""
    stated = above.entry is not None and any(part.slot == "comp" for part in above.entry.frame)
    if row.result != "=":
        above.type = row.result
        above.mode = below.mode if row.mode == "=" else None if row.mode == "-" else row.mode
    elif row.mode != "=" and not stated:
        above.mode = None if row.mode == "-" else row.mode


def _mention(doc: Doc, draft: Draft) -> EventMention:
    token = doc[draft.predicate.token]
    left, right = clause_span(token.head if _is_carried(token) else token)
    return EventMention(
        start=doc[left].idx,
        end=doc[right].idx + len(doc[right]),
        trigger=draft.predicate.token,
        type=draft.type,
        mode=draft.mode,
        actors=draft.actors,
        recipients=draft.recipients,
        confidence=draft.confidence,
        realis_hint=draft.realis,
        rule=draft.entry.rule if draft.entry else None,
    )


@Language.factory("dragoman_typing", default_config={"classifier": None, "pretest": False})
def make_typer(nlp: Language, name: str, classifier: str | None, pretest: bool) -> Typer:
    """spaCy's factory for the component; `classifier` is a model folder, None for the table of predicates alone.

    `pretest`: whether sentences are tested by their words before the classifier sees them.
    """
    declare()
    return Typer(load_classifier(classifier) if classifier else None, pretest=shipped_pretest() if pretest else None)
