"""From event mentions to the events of a report: merged, dated, placed, vouched for (``dragoman_document``)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import cache

from msgspec.structs import replace
from spacy.language import Language
from spacy.tokens import Doc

from dragoman.coding.addressees import addressee
from dragoman.coding.assessments import assessments_for
from dragoman.coding.claims import claims_for
from dragoman.coding.contexts import ContextFinder
from dragoman.coding.dating import event_dates, is_past
from dragoman.coding.entity_places import localize, with_crowd, without_place
from dragoman.coding.event_place import place_for
from dragoman.coding.extensions import declare, text_of
from dragoman.coding.implied import implied_dates
from dragoman.coding.meeting_parties import complete_meetings
from dragoman.coding.mentions import ActorMention, Entity, EventMention, Judgement, Timex, Toponym
from dragoman.coding.merging import Group, Told, group_mentions, is_definite
from dragoman.coding.timex_attach import timex_for
from dragoman.coding.topics import TopicFinder
from dragoman.lexicon.countries import by_code
from dragoman.lexicon.toponym_cues import cue_words
from dragoman.lexicon.word_lists import word_list
from dragoman.ontology.ontology import Ontology, load_ontology
from dragoman.records import AUTHOR, Actor, Attribution, Claim, Cue, Event, EventDate, Place, Realis, TextSpan
from dragoman.tables import package_file, read_table

SALIENT_SENTENCES = 2


@cache
def future_types() -> dict[str, str]:
    """What a type becomes where the event is planned (``lexicon/future.tsv``)."""
    return {
        row["type"]: row["planned"]
        for row in read_table(package_file("lexicon", "future.tsv"), ("type", "planned", "example"))
    }


class DocumentCoder:
    """Gives ``doc._.events`` and ``doc._.assessments``."""

    def __init__(self, ontology: Ontology | None = None) -> None:
        self._ontology = ontology or load_ontology()
        self._topics = TopicFinder()

    def __call__(self, doc: Doc) -> Doc:
        aside = self._topics.topic_tokens(doc, [m for m in doc._.event_mentions if m.type == "CONSULT"])
        told = [self._told(doc, m, j) for m, j in _paired(doc) if m.trigger not in aside]
        groups = [group for group in group_mentions(doc, told) if _has_party(group)]
        localize(doc, _met_at_home(groups))
        dates = event_dates(doc, groups)
        contexts = ContextFinder(doc, self._ontology) if groups else None
        salient = _salient_end(doc)
        implied = implied_dates(doc, groups)
        ids: dict[str, int] = {}
        events = []
        for number, (group, date) in enumerate(zip(groups, dates, strict=True)):
            assert contexts is not None
            event = self._event(doc, group, date, contexts, salient, ids)
            events.append(replace(event, implied=implied[number]) if number in implied else event)
        doc._.events = tuple(events)
        doc._.assessments = tuple(assessments_for(doc))
        return doc

    def _told(self, doc: Doc, mention: EventMention, judgement: Judgement) -> Told:
        if judgement.realis == "PLANNED" and mention.type in future_types():
            mention = replace(mention, type=future_types()[mention.type], mode=None)
        timex = timex_for(doc, mention.trigger) or _timex_beside(doc, mention.trigger)
        if timex is not None and mention.type == "CONSULT" and self._in_topic(doc, mention, timex):
            timex = None
        found = place_for(doc, mention.trigger, (mention.start, mention.end), mention.type)
        if found and mention.type == "PROTEST":
            mention = without_place(doc, with_crowd(doc, mention, found[0]), found[0])
        return Told(
            mention=mention,
            judgement=judgement,
            timex=timex,
            place=found[0] if found else None,
            definite=is_definite(doc, mention.trigger),
            past=timex is not None and is_past(timex, doc._.report.published),
        )

    def _in_topic(self, doc: Doc, mention: EventMention, timex: Timex) -> bool:
        """Whether a date is that of what was talked about ("discussed the session held on May 3")."""
        return any(topic.start <= timex.start < topic.end for topic in self._topics.topics(doc, [mention]))

    def _event(
        self, doc: Doc, group: Group, date: EventDate | None, contexts: ContextFinder, salient: int, ids: dict[str, int]
    ) -> Event:
        first = group.told[0].mention
        topics = self._topics.topics(doc, [t.mention for t in group.told]) if group.type == "CONSULT" else ()
        place = _place(doc, group, topics) or _home(doc, group)
        mode = group.mode or _meeting_mode(doc, group, place) or group.mode_of_references
        realis, certainty, cues = _realis(doc, group)
        attribution, claims = _vouched(doc, group)
        realis, certainty = _contested(realis, certainty, attribution, claims)
        sentence = doc[first.trigger].sent
        return Event(
            id=_event_id(doc, group, ids),
            type=group.type,
            mode=mode,
            contexts=contexts.contexts(sentence.start_char, sentence.end_char),
            quad=self._ontology.quad(group.type),
            score=self._ontology.score(group.type, mode),
            actors=actor_records(doc, group.actors, first.start),
            recipients=actor_records(doc, group.recipients or addressee(doc, first, group.actors), first.start),
            date=date,
            place=place,
            topics=topics,
            realis=realis,
            certainty=round(certainty, 2),
            attribution=attribution,
            claims=claims,
            cues=cues,
            evidence=_evidence(doc, group),
            salient=first.start < salient or len(group.told) > 2,
            confidence=round(max(t.mention.confidence for t in group.told), 2),
        )


def _timex_beside(doc: Doc, trigger: int) -> Timex | None:
    """The time of a participle set beside an event noun: "this dialogue, occurring a day before the meeting, ..."."""
    token = doc[trigger]
    if token.pos_ != "NOUN" or token.head.i == token.i:
        return None
    for child in (*token.children, *token.head.children):
        if child.tag_ == "VBG" and trigger < child.i <= trigger + 3 and child.lemma_.lower() in word_list("occurrence"):
            return timex_for(doc, child.i)
    return None


def _paired(doc: Doc) -> Iterator[tuple[EventMention, Judgement]]:
    return zip(complete_meetings(doc, doc._.event_mentions), doc._.judgements, strict=True)


def _has_party(group: Group) -> bool:
    return any(told.mention.actors or told.mention.recipients for told in group.told)


def _salient_end(doc: Doc) -> int:
    end = 0
    for number, sentence in enumerate(doc.sents):
        if number == SALIENT_SENTENCES:
            break
        end = sentence.end_char
    return end


def _event_id(doc: Doc, group: Group, ids: dict[str, int]) -> str:
    """An id that is the same on every machine: of the report, the type and the words of the first mention."""
    first = group.told[0].mention
    seed = "\x1f".join((doc._.report.id, group.type, str(first.start), doc[first.trigger].lower_))
    digest = hashlib.blake2b(seed.encode(), digest_size=8).hexdigest()
    ids[digest] = ids.get(digest, 0) + 1
    return digest if ids[digest] == 1 else f"{digest}-{ids[digest]}"


def actor_records(doc: Doc, indices: Sequence[int], near: int) -> tuple[Actor, ...]:
    """The records of entities, each with its fullest mention (the nearest to `near` of equals)."""
    entities: tuple[Entity, ...] = doc._.entities
    records = []
    for index in indices:
        entity, mention = entities[index], _best_mention(doc, index, near)
        if mention is None:
            continue
        records.append(
            Actor(
                text=text_of(doc)[mention.start : mention.end],
                name=entity.name,
                country=entity.country,
                sector=entity.sector,
                other_sectors=entity.other_sectors,
                entity=entity.key,
                start=mention.start,
                end=mention.end,
            )
        )
    return tuple(records)


MENTION_RANK = {"name": 0, "metonym": 1, "description": 2, "adjective": 3, "pronoun": 4}
MAX_FULL = 90


def _best_mention(doc: Doc, index: int, near: int) -> ActorMention | None:
    mentions = [m for m in doc._.actor_mentions if index in m.entities]
    if not mentions:
        return None
    alone = [m for m in mentions if len(m.entities) == 1] or mentions
    return min(
        alone,
        key=lambda m: (
            MENTION_RANK.get(m.kind, 5),
            m.end - m.start > MAX_FULL,
            -(m.end - m.start) if m.end - m.start <= MAX_FULL else m.end - m.start,
            abs(m.start - near),
        ),
    )


def _realis(doc: Doc, group: Group) -> tuple[Realis, float, tuple[Cue, ...]]:
    """Of several mentions the surest decides; the cues of all are kept."""
    best = max(group.telling, key=lambda t: (t.judgement.realis == "ACTUAL", t.judgement.certainty)).judgement
    seen: dict[tuple[int, int], Cue] = {}
    for told in group.told:
        for cue in told.judgement.cues:
            text = text_of(doc)[cue.start : cue.end]
            seen.setdefault((cue.start, cue.end), Cue(text=text, kind=cue.kind, start=cue.start, end=cue.end))
    return Realis(best.realis), best.certainty, tuple(seen[key] for key in sorted(seen))


def _vouched(doc: Doc, group: Group) -> tuple[Attribution, tuple[Claim, ...]]:
    """The attribution of the mention nearest to the author, and the claims of all mentions, each once.

    A noun that points back ("such a meeting") speaks of the event and does not vouch for it.
    """
    parties = frozenset((*group.actors, *group.recipients))
    found = [claims_for(doc, told.mention, parties) for told in group.told]
    telling = [a for (a, _), told in zip(found, group.told, strict=True) if not told.definite] or [found[0][0]]
    attribution = next((a for a in telling if a.holder == "AUTHOR"), telling[0])
    claims = {(c.holder, c.stance, c.start): c for _, many in found for c in many}
    return attribution, tuple(claims.values())


CONTESTING = frozenset({"denies", "has not confirmed"})
CONTESTED_CERTAINTY = 0.5


def _contested(
    realis: Realis, certainty: float, attribution: Attribution, claims: Sequence[Claim]
) -> tuple[Realis, float]:
    """What somebody asserts and another denies or does not confirm is possible, as long as the author keeps out of it."""
    against = {claim.holder for claim in claims if claim.stance in CONTESTING} - {attribution.holder}
    if realis is not Realis.ACTUAL or attribution.holder == AUTHOR or not against:
        return realis, certainty
    return Realis.POSSIBLE, min(certainty, CONTESTED_CERTAINTY)


def _meeting_mode(doc: Doc, group: Group, place: Place | None) -> str | None:
    """A meeting of two states in the land of one of them is a visit, elsewhere it has a third party as its host."""
    if group.type != "CONSULT" or place is None or place.country is None:
        return None
    states = {doc._.entities[index].country for index in (*group.actors, *group.recipients)} - {None}
    if len(states) < 2:
        return None
    return "visit" if place.country in states else "third-party" if len(states) == 2 else None


def _place(doc: Doc, group: Group, topics: Sequence[TextSpan]) -> Place | None:
    """The most precise place of the mentions; one that a meeting was about is not where it was held."""
    placed = [
        told.place
        for told in group.told
        if told.place is not None and not any(t.start <= told.place.start < t.end for t in topics)
    ]
    if not placed:
        return None
    best = max(placed, key=_precise)
    return Place(
        text=text_of(doc)[best.start : best.end],
        name=best.name,
        country=best.country,
        admin1=best.admin1,
        lat=best.lat,
        lon=best.lon,
        geonameid=best.geonameid,
        precision=best.precision,
        start=best.start,
        end=best.end,
    )


def _met_at_home(groups: Sequence[Group]) -> Iterator[tuple[int, str]]:
    """Those who took part in acts at a spot, other than those who came to fight, with the country of the spot."""
    for group in groups:
        country = next((told.place.country for told in group.told if told.place and told.place.country), None)
        if country is not None and group.type in cue_words()["physical"] | cue_words()["domestic"]:
            local = group.recipients if group.type != "PROTEST" else group.actors
            yield from ((index, country) for index in local)


def _home(doc: Doc, group: Group) -> Place | None:
    """The state of all parties of an act that is done at home, in the words that name the first of them."""
    if group.type not in cue_words()["domestic"]:
        return None
    parties = actor_records(doc, (*group.actors, *group.recipients), group.told[0].mention.start)
    states = {party.country for party in parties if party.country}
    country = by_code(states.pop()) if len(states) == 1 else None
    if country is None:
        return None
    words = next(party for party in parties if party.country)
    return Place(
        text=words.text,
        name=country.name,
        country=country.iso3,
        lat=country.lat,
        lon=country.lon,
        geonameid=country.geonameid,
        precision="country",
        start=words.start,
        end=words.end,
    )


def _precise(place: Toponym) -> tuple[int, float]:
    return {"point": 3, "city": 2, "region": 1}.get(place.precision or "", 0), place.score


def _evidence(doc: Doc, group: Group) -> tuple[TextSpan, ...]:
    spans: dict[tuple[int, int], TextSpan] = {}
    for told in group.told:
        start, end = told.mention.start, told.mention.end
        spans.setdefault((start, end), TextSpan(text=text_of(doc)[start:end], start=start, end=end))
    return tuple(spans[key] for key in sorted(spans))


@Language.factory("dragoman_document")
def make_document_coder(nlp: Language, name: str) -> DocumentCoder:
    """spaCy's factory for the component."""
    declare()
    return DocumentCoder()
