"""What the coding components find in one report and hand on: immutable, with character offsets into its text.

Each component reads what earlier ones left in ``doc._`` and adds one attribute of its own:

======================== ============================ ==========================================
component                 gives                        type
======================== ============================ ==========================================
dragoman_actors           doc._.entities               tuple[Entity, ...]
                          doc._.actor_mentions         tuple[ActorMention, ...]
dragoman_when             doc._.timexes                tuple[Timex, ...]
dragoman_where            doc._.toponyms               tuple[Toponym, ...]
dragoman_entity_places    doc._.entities               again, with states that places give
dragoman_attribution      doc._.attributions           tuple[AttributionMention, ...]
dragoman_predicates       doc._.predicates             tuple[Predicate, ...]
dragoman_typing           doc._.event_mentions         tuple[EventMention, ...]
dragoman_realis           doc._.judgements             tuple[Judgement, ...], one an event mention
dragoman_document         doc._.events                 tuple[records.Event, ...]
                          doc._.assessments            tuple[records.Assessment, ...]
======================== ============================ ==========================================

``doc._.report`` is the `records.Report` the text came from (set before the first component) and ``doc._.warnings`` a
list of one-line messages that any component may append to.
"""

from __future__ import annotations

import msgspec

Offsets = tuple[int, int]


class Mention(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of the text: character offsets, end exclusive."""

    start: int
    end: int


class Entity(msgspec.Struct, frozen=True, kw_only=True):
    """One actor within one report, with all its mentions.

    `index` is its place in ``doc._.entities``; `country`, `sector` and `other_sectors` as in `records.Actor`;
    `key` is an id that is the same in every report for the same real-world actor (None where it is not known who);
    `named` is False for actors known by description alone ("three gunmen"); `group` holds the indices of the members
    where the report uses one phrase for several ("the two leaders"). `guessed` is True where no words give the country
    and it is that of the report.
    """

    index: int
    name: str
    country: str | None = None
    sector: str | None = None
    other_sectors: tuple[str, ...] = ()
    key: str | None = None
    named: bool = True
    guessed: bool = False


class ActorMention(Mention, frozen=True, kw_only=True):
    """A phrase that names, describes or points back to one actor or, in a plural, several.

    `head` is the index of its head token in the Doc (the token that carries its grammatical role). `entities` are
    indices into ``doc._.entities``: one for most mentions, several for "the two leaders" or "both sides".
    `kind`: name, description ("three gunmen", "the Syrian army"), pronoun, adjective ("Russian" in "Russian strikes"),
    metonym ("Moscow", "the Kremlin").
    """

    head: int
    entities: tuple[int, ...]
    kind: str


class Timex(Mention, frozen=True, kw_only=True):
    """A time expression after TIMEX3 (TimeML 1.2.1).

    `type`: DATE, TIME, DURATION, SET. `value` as in TIMEX3 or None. `iso` is the calendar day, month, year or
    ``start/end`` range it stands for, None where it stands for none; `granularity` and `basis` as in
    `records.EventDate`. For a basis of event-relative, `anchor` is the span of the words that name the other event and
    `shift_days` the signed distance to it ("a day before the Damascus meeting": -1), and `iso` is None until resolved.
    """

    type: str
    value: str | None = None
    mod: str | None = None
    iso: str | None = None
    granularity: str | None = None
    basis: str | None = None
    anchor: Offsets | None = None
    shift_days: int | None = None


class Toponym(Mention, frozen=True, kw_only=True):
    """A place name, resolved where it can be. `kind`: literal, demonym, metonym, embedded (inside another name).

    `precision`: point, city, region, country. `score` in [0, 1]; below the threshold the fields from `lat` on are None.
    """

    name: str
    kind: str = "literal"
    country: str | None = None
    admin1: str | None = None
    lat: float | None = None
    lon: float | None = None
    geonameid: int | None = None
    precision: str | None = None
    score: float = 0.0


class AttributionMention(msgspec.Struct, frozen=True, kw_only=True):
    """A statement that the report gives to somebody: source, cue and content, each one or more pieces of text.

    `stance` is a value of `records.Stance`; `certainty` in [0, 1] is how firmly the cue has the holder vouch for the
    content; `entities` are the indices of the entities that the source stands for (empty: none, or not an actor);
    `source_kind`: actor, officials, media, witnesses, monitors, social media, anonymous, none. `head` is the index of the
    cue's main token (-1: not known); `antecedent` the noun phrase that a relative pronoun in the content stands for.
    """

    source: tuple[Offsets, ...]
    cue: tuple[Offsets, ...]
    content: tuple[Offsets, ...]
    stance: str
    certainty: float = 1.0
    entities: tuple[int, ...] = ()
    source_kind: str = "actor"
    head: int = -1
    antecedent: Offsets | None = None


class Predicate(msgspec.Struct, frozen=True, kw_only=True):
    """A verb or noun that may tell of an event, with its arguments by grammatical slot.

    `token` is the index of its head token. `slots` maps a slot (subj, obj, iobj, poss, amod, comp, or a preposition
    such as with, to, against, between) to indices of head tokens in the order of the text; passives, control, raising,
    relative clauses and light verbs are already undone. `governors` are the token indices of predicates above it,
    nearest first ("agreed" over "lift" in "agreed to lift").
    """

    token: int
    lemma: str
    pos: str
    slots: dict[str, tuple[int, ...]]
    governors: tuple[int, ...] = ()


class EventMention(Mention, frozen=True, kw_only=True):
    """One place in the report that tells of an event; `start`/`end` bound the clause or phrase that is its evidence.

    `trigger` is the index of the token that names the event; `actors` and `recipients` are entity indices;
    `confidence` in [0, 1]; `realis_hint` is set where the predicate's own frame decides ("plans to", "failed to").
    """

    trigger: int
    type: str
    mode: str | None = None
    actors: tuple[int, ...] = ()
    recipients: tuple[int, ...] = ()
    contexts: tuple[str, ...] = ()
    confidence: float = 0.5
    realis_hint: str | None = None
    rule: str | None = None


class RealisCue(Mention, frozen=True, kw_only=True):
    """A cue that bears on an event mention: `kind` is a kind of ``lexicon/realis_cues.tsv``."""

    kind: str


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """How sure one event mention is: `realis` is a value of `records.Realis`, `certainty` in [0, 1]."""

    realis: str
    certainty: float
    cues: tuple[RealisCue, ...] = ()
