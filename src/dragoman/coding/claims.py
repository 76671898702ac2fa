"""Who vouches for an event: its attribution and the claims that holders make about it.

The attribution is the nearest statement whose content holds the event's word. A speaker's own verbal act (he accuses,
demands, threatens, promises) is the AUTHOR's report; what a speaker tells of a material act or a meeting, even of his
own side, is the speaker's.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Set as AbstractSet

from spacy.tokens import Doc

from dragoman.coding.answers import answers, called_false, only_asks
from dragoman.coding.assessments import inferences
from dragoman.coding.attribution_frames import RELATIVES, antecedent, source_range, speaker
from dragoman.coding.cues import cues_of
from dragoman.coding.mentions import AttributionMention, Entity, EventMention, Offsets
from dragoman.coding.realis import combine
from dragoman.coding.scopes import Effect, collect
from dragoman.coding.speech_lexicon import speech_nouns, speech_verbs, word_class
from dragoman.coding.tree import Tree, tree_of
from dragoman.records import AUTHOR, Attribution, Claim

VERBAL_TYPES = frozenset({"ACCUSE", "REQUEST", "THREATEN", "REJECT", "AGREE", "CONCEDE"})
SAID_TYPES = frozenset({"ACCUSE", "REQUEST"})
NEED = frozenset({"should", "must", "ought", "need", "needs"})
PERFORMED_TYPES = VERBAL_TYPES | {"SANCTION", "SUPPORT", "COOPERATE", "AID", "CONSULT"}
PERFORMATIVE = frozenset("announce declare proclaim unveil issue order claim allege".split())
PERFECT = frozenset({"has", "have", "had", "'ve", "’ve"})
OFFICES = word_class("own office")
NOT_HOLDERS = word_class("abstract") - word_class("texts")
VOUCHING = frozenset({"asserts", "denies", "doubts", "expects"})
ANSWERS = frozenset({"denies", "doubts", "has not confirmed", "declines to comment"})
FIRST_PERSON = frozenset({"i", "we", "me", "us", "my", "our"})
PRONOUNS = frozenset({"he", "she", "it", "they", "him", "her", "them", "his", "their", "its", "who", "which", "that"})
STATE_SECTORS = frozenset("GOV MIL COP SPY LEG JUD".split())
BACKGROUND_MARKS = frozenset({"since", "despite", "amid", "following", "although", "though"})
MAX_CLAIMS = 12


def claims_for(
    doc: Doc, event: EventMention | int, actors: AbstractSet[int] = frozenset()
) -> tuple[Attribution, tuple[Claim, ...]]:
    """The attribution of an event and all claims on it.

    `event` is an event mention or the index of the token that names the event; `actors` are the indices of the entities
    that take part in it, on either side. Claims stand in the order of their cues. Reads ``doc._.attributions``.
    """
    trigger = event if isinstance(event, int) else event.trigger
    event_type = None if isinstance(event, int) else event.type
    actors = actors or participants(doc, trigger)
    initiators = actors if isinstance(event, int) else frozenset(event.actors)
    scene = Scene(doc, trigger)
    around = scene.around()
    vouching = (m for m in around if scene.vouches(m) and not scene.first_person(m))
    nearest = next((m for m in vouching if not scene.own_act(m, event_type, initiators)), None)
    claims = scene.claims([m for m in around if m.source and scene.speaks(m) and not scene.added(m)], actors)
    return (scene.attribution(nearest) if nearest is not None else Attribution()), claims


def participants(doc: Doc, token: int) -> frozenset[int]:
    """Indices of the entities that the words around a token give it as subject, object or partner."""
    tree = tree_of(doc)
    heads = {speaker(tree, token)} if tree.is_verb(token) else set()
    for child in tree.children[token]:
        heads.add(child)
        if tree.dep[child] in ("prep", "agent"):
            heads.add(tree.child(child, "pobj"))
    for head in [h for h in heads if h is not None]:
        heads |= {c for c in tree.children[head] if tree.dep[c] in ("poss", "conj", "amod", "compound")}
    return frozenset(i for m in doc._.actor_mentions if m.head in heads for i in m.entities)


def answer_for(doc: Doc, event: EventMention | int, actors: AbstractSet[int] = frozenset()) -> Claim | None:
    """The claim that has the last word on an event, None where only the author speaks of it.

    Who denies, doubts, withholds or declines answers those who assert; of equals the one nearest to the event counts.
    """
    scene = Scene(doc, event if isinstance(event, int) else event.trigger)
    actors = actors or participants(doc, scene.trigger)
    spoken = [
        m for m in scene.around() if m.source and scene.speaks(m) and not scene.first_person(m) and not scene.added(m)
    ]
    claims = [scene.claim(m, actors) for m in spoken if not scene.intends(m)] or [
        scene.claim(m, actors) for m in spoken
    ]
    return next((c for c in claims if c.stance in ANSWERS), claims[0] if claims else None)


def spoken_of(mention: AttributionMention) -> tuple[Offsets, ...]:
    """The content of a statement, and what a relative pronoun in it stands for ("the raid, which Kyiv denied")."""
    return (*mention.content, mention.antecedent) if mention.antecedent else mention.content


class Scene:
    """One event's word amid the statements of its report."""

    def __init__(self, doc: Doc, trigger: int) -> None:
        self.doc, self.trigger = doc, trigger
        self.tree: Tree = tree_of(doc)
        self.at = self.tree.start[trigger]
        self.extra = answers(doc)
        self.mentions: tuple[AttributionMention, ...] = (*doc._.attributions, *self.extra)
        self.inferred = inferences(doc)
        self._effects: list[Effect] | None = None
        self.entities: tuple[Entity, ...] = doc._.entities

    def around(self) -> list[AttributionMention]:
        """Statements whose content holds the event, the innermost first."""
        found = [m for m in self.mentions if any(a <= self.at < b for a, b in spoken_of(m))]
        return sorted(found, key=lambda m: (sum(b - a for a, b in m.content), m not in self.extra, m.cue[0]))

    def vouches(self, mention: AttributionMention) -> bool:
        """Whether the statement carries the event to the reader, rather than judging, wanting or presupposing it."""
        if not mention.source or mention.stance not in VOUCHING or not self.speaks(mention):
            return False
        if mention in self.extra:  # an answer judges what somebody else brought up
            return mention.stance == "asserts"
        cue = self.cue_token(mention)
        if not self.direct(mention) and self.background(mention):
            return False
        if self.tree.lower[cue] in ("according", "to") or self.tree.lower[cue].endswith(":"):
            return True
        rows = speech_verbs() if self.tree.is_verb(cue) else speech_nouns()
        row = rows.get(self.tree.lemma[cue])
        if row is None:
            return self.tree.is_verb(cue)
        if not self.clausal(mention, cue):
            return "event_np" in row.frames and self.tree.child(cue, "xcomp") is None
        return bool(row.frames & {"that", "quote"})

    def speaks(self, mention: AttributionMention) -> bool:
        """Whether the source can hold a claim and does: a person, a body or a text that puts no mere question.

        An event does not speak ("the visit signals …").
        """
        if mention.head >= 0 and only_asks(self.doc, mention.head):
            return False
        if any(self.tree.start[f.cue_first] <= mention.cue[0][0] < self.tree.end[f.cue_last] for f in self.inferred):
            return False
        start, end = mention.source[0]
        first, last = bisect_left(self.tree.start, start), bisect_left(self.tree.start, end)
        head = next((i for i in range(first, last) if not first <= self.tree.head[i] < last), first)
        return not (self.tree.is_noun(head) and self.tree.lemma[head] in NOT_HOLDERS)

    def clausal(self, mention: AttributionMention, cue: int) -> bool:
        """Whether the content is a finite clause or direct speech, not an object or an infinitive."""
        if not any(start <= self.at < end for start, end in mention.content):
            return False
        piece = next(start for start, end in mention.content if start <= self.at < end)
        if piece < mention.cue[0][0] or self.direct(mention):
            return True
        labels = ("ccomp", "acl") if self.tree.is_noun(cue) else ("ccomp", "pcomp")
        clause = self.tree.child(cue, *labels)
        if clause is not None:  # a bare infinitive is a demand ("insists that the budget include")
            return self.tree.tag[clause] != "VB" or self.tree.child(clause, "aux") is not None
        quoted = self.tree.child(cue, "prep")  # "quoted him as saying"
        return quoted is not None and self.tree.child(quoted, "pcomp") is not None

    def direct(self, mention: AttributionMention) -> bool:
        """Whether the event's word stands in direct speech: in quotation marks or in the turn of a transcript."""
        start = next((a for a, b in mention.content if a <= self.at < b), 0)
        opening = self.tree.text[start : start + 2]
        return opening[:1] in ("“", '"', "„", "«") or opening == "''" or self.words(mention.cue[0]).endswith(":")

    def background(self, mention: AttributionMention) -> bool:
        """Whether the event's word stands in a relative clause, an apposition or the like: the author's addition."""
        lowest = min(a for a, _ in mention.content)
        for node in self.tree.path(self.trigger):
            if self.tree.start[node] < lowest or self.tree.dep[node] in ("ccomp", "ROOT"):
                return False
            if self.tree.dep[node] in ("relcl", "appos"):
                return True
            mark = self.tree.child(node, "mark")
            if self.tree.dep[node] == "advcl" and mark is not None and self.tree.lower[mark] in BACKGROUND_MARKS:
                return True
            if self.tree.dep[node] == "prep" and self.tree.lower[node] in BACKGROUND_MARKS:
                return True
        return False

    def added(self, mention: AttributionMention) -> bool:
        """Whether the event is an answer that the author adds to somebody's statement ("accused X, a charge X denies")."""
        if mention in self.extra or self.direct(mention):
            return False
        path = self.tree.path(self.trigger)
        nouns = (
            n for n in path[1:] if self.tree.dep[n] in ("appos", "npadvmod") and self.tree.start[n] >= mention.cue[0][1]
        )
        return any(self.tree.lemma[noun] in speech_nouns() for noun in nouns)

    def cue_token(self, mention: AttributionMention) -> int:
        """The verb or noun of the cue: where it is not marked, its last word that is no preposition or particle."""
        if mention.head >= 0:
            return mention.head
        start, end = mention.cue[0]
        tokens = [i for i in range(self.tree.size) if start <= self.tree.start[i] < end]
        heads = [i for i in tokens if self.tree.tag[i] not in ("IN", "RP", "TO", "RB")]
        return (heads or tokens or [0])[-1]

    def first_person(self, mention: AttributionMention) -> bool:
        """ "I believe that …" within a speech: the speaker of the speech is the holder."""
        return self.tree.text[mention.source[0][0] : mention.source[0][1]].lower() in FIRST_PERSON

    def speaker_of(self, mention: AttributionMention) -> AttributionMention:
        """For "I" and "we" in a speech the statement that the speech is, which names who speaks; else the same."""
        if not self.first_person(mention):
            return mention
        at = mention.cue[0][0]
        over = [m for m in self.doc._.attributions if m.source and any(a <= at < b for a, b in m.content)]
        over = [m for m in over if not self.first_person(m)]
        return min(over, key=lambda m: (sum(b - a for a, b in m.content), m.cue[0]), default=mention)

    def own_act(self, mention: AttributionMention, event_type: str | None, actors: AbstractSet[int]) -> bool:
        """Whether the event is a verbal act of the holder himself."""
        lemma = self.tree.lemma[self.trigger]
        verbal = event_type in VERBAL_TYPES if event_type else lemma in speech_verbs() or lemma in speech_nouns()
        if event_type and self.performative(mention, event_type):
            return True
        if self.saying_is_the_act(event_type, actors):
            return True
        if (event_type and not actors) or (event_type != "ACCUSE" and self.past(mention)):
            return False
        if not verbal and (self.direct(mention) or not self.future()):
            return False
        if actors and mention.entities:
            return bool(set(mention.entities) & set(actors)) or self.organ_of(mention, actors)
        subject = speaker(self.tree, self.trigger) if self.tree.is_verb(self.trigger) else None
        if subject is None:
            return False
        word = self.tree.lower[subject]
        if self.direct(mention):
            return word in FIRST_PERSON
        if word in PRONOUNS and word not in RELATIVES:
            return True
        start, end = mention.source[0]
        return start <= self.tree.start[subject] < end or word in self.tree.text[start:end].lower().split()

    def performative(self, mention: AttributionMention, event_type: str) -> bool:
        """Whether to announce the event is to do it ("announced a tariff"), with no clause that tells of it as done."""
        cue = self.cue_token(mention)
        told = self.tree.child(cue, "ccomp") is not None or self.tree.tag[self.trigger] in ("VBD", "VBZ", "VBP", "VB")
        if self.tree.lemma[cue] not in PERFORMATIVE or told:
            return False
        return event_type in PERFORMED_TYPES and not self.direct(mention)

    def saying_is_the_act(self, event_type: str | None, actors: AbstractSet[int]) -> bool:
        """Whether to say it is to accuse or to demand: the event's word names no verbal act itself.

        Where its subject is one of the event's own actors ("police were investigating"), it tells of their act.
        """
        lemma = self.tree.lemma[self.trigger]
        if event_type not in SAID_TYPES or lemma in speech_verbs() or lemma in speech_nouns():
            return False
        needed = any(self.tree.lower[c] in NEED for c in self.tree.children[self.trigger])
        if event_type == "REQUEST" and not needed:
            return False
        if event_type == "ACCUSE" and self.tree.passive(self.trigger) and self.tree.subject(self.trigger) is None:
            return False
        subject = speaker(self.tree, self.trigger)
        return not any(m.head == subject and set(m.entities) & set(actors) for m in self.doc._.actor_mentions)

    def past(self, mention: AttributionMention) -> bool:
        """Whether the act is told of as over and done ("said he had asked for"), so that the saying is not the act.

        A simple past in indirect speech may be a present shifted back ("said he demanded") and does not count.
        """
        trigger, tree = self.trigger, self.tree
        if not tree.is_verb(trigger):
            return False
        perfect = any(tree.dep[c] == "aux" and tree.lower[c] in PERFECT for c in tree.children[trigger])
        return perfect or (self.direct(mention) and tree.tag[trigger] == "VBD")

    def future(self) -> bool:
        """Whether the event is what somebody will do: to announce it is a promise or a decision, not a report."""
        return any(
            self.tree.lower[c] in ("will", "would", "'ll", "’ll", "to") for c in self.tree.children[self.trigger]
        )

    def attribution(self, mention: AttributionMention) -> Attribution:
        """The record of a statement's holder."""
        entity = self.entity(mention)
        return Attribution(
            holder=self.holder(mention),
            name=entity.name if entity else None,
            country=entity.country if entity else None,
            sector=entity.sector if entity else None,
            cue=self.words(mention.cue[0]),
        )

    def claim(self, mention: AttributionMention, actors: AbstractSet[int]) -> Claim:
        """A holder's stance on the event; the span is that of the cue."""
        speaking = self.speaker_of(mention)
        entity = self.entity(speaking)
        start, end = mention.cue[0]
        return Claim(
            holder=self.holder(speaking),
            stance=self.stance(mention),
            name=entity.name if entity else None,
            country=entity.country if entity else None,
            sector=entity.sector if entity else None,
            certainty=mention.certainty,
            party=self.is_party(speaking, actors),
            cue=self.words((start, end)),
            start=start,
            end=end,
        )

    def claims(self, mentions: list[AttributionMention], actors: AbstractSet[int]) -> tuple[Claim, ...]:
        """Claims in the order of their cues; what "I" and "we" say again in a speech adds none to the speaker's."""
        ordered = sorted(mentions, key=lambda m: m.cue[0])[:MAX_CLAIMS]
        made = [(m, self.claim(m, actors)) for m in ordered]
        own = {(c.holder, c.stance) for m, c in made if not self.first_person(m)}
        return tuple(c for m, c in made if not self.first_person(m) or (c.holder, c.stance) not in own)

    def intends(self, mention: AttributionMention) -> bool:
        """Whether the cue tells of a plan that its subject has ("plans to close"), said by nobody."""
        hits = cues_of(self.doc).by_head.get(self.cue_token(mention), ())
        return mention.stance == "expects" and any(hit.row.kind == "plan" for hit in hits)

    def stance(self, mention: AttributionMention) -> str:
        """That of the cue; who says that the event did not happen denies it, whatever the verb."""
        if mention.stance != "asserts" or mention in self.extra:
            return mention.stance
        return "denies" if self.negated_within(mention) or self.false_within(mention) else mention.stance

    def negated_within(self, mention: AttributionMention) -> bool:
        """Whether the words of the statement itself negate the event; not those of a statement within it."""
        tree = self.tree
        others = [m.cue[0] for m in self.mentions if m is not mention and not m.cue[0][0] <= self.at < m.cue[0][1]]
        inside = [
            effect
            for effect in self.effects()
            if effect.hit is not None
            and any(a <= tree.start[effect.hit.first] < b for a, b in mention.content)
            and not any(a <= tree.start[effect.hit.head] < b for a, b in others)
        ]
        return combine(cues_of(self.doc), inside).realis == "NEGATED"

    def effects(self) -> list[Effect]:
        """What the cues around the event do to it."""
        if self._effects is None:
            self._effects = collect(cues_of(self.doc), self.trigger)
        return self._effects

    def false_within(self, mention: AttributionMention) -> bool:
        """Whether the statement calls the event, or a report of it, untrue ("reports of a deal were false")."""
        said = called_false(self.tree, self.trigger)
        return said is not None and any(a <= self.tree.start[said] < b for a, b in spoken_of(mention))

    def entity(self, mention: AttributionMention) -> Entity | None:
        """The one entity that the source stands for."""
        indices = [i for i in mention.entities if i < len(self.entities)]
        return self.entities[indices[0]] if len(indices) == 1 else None

    def is_party(self, mention: AttributionMention, actors: AbstractSet[int]) -> bool:
        """Whether the holder takes part in the event, or is an organ of a state that does."""
        if set(mention.entities) & set(actors) or self.organ_of(mention, actors):
            return True
        return mention not in self.extra and (self.of_itself(mention) or self.of_own_side(mention))

    def of_itself(self, mention: AttributionMention) -> bool:
        """Whether the event's subject is "we" in direct speech, or in indirect speech "it", "he" or "they"."""
        subject = self.subject()
        if subject is None or self.tree.start[subject] < min(a for a, _ in mention.content):
            return False
        word = self.tree.lower[subject]
        if self.direct(mention):
            return word in FIRST_PERSON
        return word in PRONOUNS - RELATIVES and self.clausal(mention, self.cue_token(mention))

    def of_own_side(self, mention: AttributionMention) -> bool:
        """Whether an office without a state ("the prime minister had met") is one of the state whose organ speaks."""
        tree, subject = self.tree, self.subject()
        holders = [self.entities[i] for i in mention.entities if i < len(self.entities)]
        organ = any(e.country and e.sector in STATE_SECTORS for e in holders)
        if not organ or subject is None or tree.tag[subject] not in ("NN", "NNS") or tree.passive(self.trigger):
            return False
        words = [c for c in tree.children[subject] if tree.dep[c] in ("amod", "compound", "poss", "nmod", "prep")]
        definite = any(tree.lower[c] in ("the", "his", "her") for c in tree.children[subject])
        return definite and tree.lemma[subject] in OFFICES and all(tree.lower[c] in ("prime", "foreign") for c in words)

    def subject(self) -> int | None:
        """The subject of the event's word: of its verb, or of the verb that it is the object of."""
        tree, token = self.tree, self.trigger
        if not tree.is_verb(token):
            token = tree.head[token] if tree.dep[token] in ("dobj", "pobj") else token
        return speaker(tree, token) if tree.is_verb(token) else None

    def organ_of(self, mention: AttributionMention, actors: AbstractSet[int]) -> bool:
        """Whether the holder is an organ of a state that takes part in the event."""
        sides = [self.entities[i] for i in actors if i < len(self.entities)]
        countries = {e.country for e in sides if e.sector in STATE_SECTORS or e.sector is None} - {None}
        holders = [self.entities[i] for i in mention.entities if i < len(self.entities)]
        return any(e.country in countries and (e.sector in STATE_SECTORS or e.sector is None) for e in holders)

    def words(self, span: tuple[int, int]) -> str:
        return self.tree.text[span[0] : span[1]]

    def holder(self, mention: AttributionMention) -> str:
        """The words that name the holder: for a pronoun, those of the actor it points back to."""
        words = self.words(mention.source[0])
        if words.lower() not in PRONOUNS:
            return " ".join(words.removesuffix("'s").removesuffix("’s").split())
        entity = self.entity(mention)
        if entity is not None:
            return self.named(entity, mention.source[0][0]) or entity.name
        if words.lower() in RELATIVES:
            return self.relative(mention) or words
        return self.earlier(mention) or self.above(mention) or words

    def named(self, entity: Entity, before: int) -> str | None:
        """The last words before an offset that name or describe an entity."""
        kinds = ("name", "description", "metonym")
        found = [
            m
            for m in self.doc._.actor_mentions
            if m.entities == (entity.index,) and m.kind in kinds and m.end <= before
        ]
        return " ".join(self.words((found[-1].start, found[-1].end)).split()) if found else None

    def above(self, mention: AttributionMention) -> str | None:
        """The subject of the clause over a statement, which its pronoun most likely goes on with."""
        tree = self.tree
        cue = self.cue_token(mention)
        for node in tree.path(cue)[1:]:
            subject = tree.subject(node) if tree.is_verb(node) else None
            if subject is not None and tree.last[subject] < cue and tree.lower[subject] not in PRONOUNS:
                first, last = source_range(tree, subject, node)
                return self.words((tree.start[first], tree.end[last]))
        return None

    def relative(self, mention: AttributionMention) -> str | None:
        """What a relative pronoun refers to."""
        token = next((i for i in range(self.tree.size) if self.tree.start[i] == mention.source[0][0]), None)
        if token is None or (head := antecedent(self.tree, token)) == token:
            return None
        first, last = source_range(self.tree, head, token)
        return self.words((self.tree.start[first], self.tree.end[last]))

    def earlier(self, mention: AttributionMention) -> str | None:
        """The last source before this one that is not a pronoun: in news the pronoun of a speaker goes on with him."""
        before = [m for m in self.mentions if m.source and m.cue[0][0] < mention.cue[0][0]]
        for other in reversed(before):
            words = self.words(other.source[0])
            if words.lower() not in PRONOUNS and words.lower() not in FIRST_PERSON:
                return " ".join(words.split())
        return None


__all__ = ["AUTHOR", "answer_for", "claims_for"]
