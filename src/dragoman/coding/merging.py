"""One event per happening: which event mentions of a report tell of the same thing.

A mention joins an earlier group of the same type when nothing speaks against it (another mode, another day, another
country, other parties) and the parties overlap; a mention that names no party itself ("the meeting", "these talks")
points back to the nearest group of its kind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from spacy.tokens import Doc

from dragoman.coding.mentions import Entity, EventMention, Judgement, Timex, Toponym
from dragoman.lexicon.word_lists import word_list

BACKWARD_DETERMINERS = word_list("backward_determiners")
PLAIN_SAYING = word_list("plain_saying")
SYMMETRIC = frozenset({"CONSULT", "AGREE", "COOPERATE", "SUPPORT"})
LEAD = 300
"""Characters at the opening of a report, where an undated event is what the report is about."""
TOLL_REACH = 600
"""Characters between an assault and the sentence that gives its toll."""
RESTATED_REACH = 300
"""Characters between a denial and the words of the same side that say it again."""
GENERIC_SECTORS = frozenset({None, "GOV", "MIL"})
"""Sectors that stand for the state itself: "Russia", its government and its army are one side of an event."""


class Told(msgspec.Struct, frozen=True):
    """An event mention with what the other components say of it."""

    mention: EventMention
    judgement: Judgement
    timex: Timex | None
    place: Toponym | None
    definite: bool
    past: bool = False
    """Whether the mention dates its event clearly before the report's publication."""


class Group(msgspec.Struct):
    """Mentions of one happening, in the order of the text."""

    told: list[Told]
    type: str

    @property
    def actors(self) -> tuple[int, ...]:
        """Entity indices of all actors, in order of first mention."""
        return tuple(dict.fromkeys(e for told in self.told for e in told.mention.actors))

    @property
    def recipients(self) -> tuple[int, ...]:
        """Entity indices of all recipients that are not actors, in order of first mention."""
        actors = set(self.actors)
        return tuple(dict.fromkeys(e for told in self.told for e in told.mention.recipients if e not in actors))

    @property
    def telling(self) -> list[Told]:
        """The mentions that tell of the happening rather than point back to it; all, where all point back."""
        return [told for told in self.told if not told.definite] or self.told

    @property
    def mode(self) -> str | None:
        """The mode that the first mention with one states."""
        return next((told.mention.mode for told in self.telling if told.mention.mode), None)

    @property
    def mode_of_references(self) -> str | None:
        """The mode that a mention pointing back states ("the telephone conversation")."""
        return next((told.mention.mode for told in self.told if told.mention.mode), None)

    @property
    def modes(self) -> frozenset[str]:
        """The modes that any mention states."""
        return frozenset(told.mention.mode for told in self.telling if told.mention.mode)

    @property
    def days(self) -> frozenset[str]:
        """The calendar values that any mention states."""
        return frozenset(told.timex.iso for told in self.told if told.timex and told.timex.iso)


def group_mentions(doc: Doc, told: Sequence[Told]) -> list[Group]:
    """Groups of mentions of one happening; a mention without a party that points back to nothing is left out."""
    groups: list[Group] = []
    entities: tuple[Entity, ...] = doc._.entities
    subjects = {p.token: p.slots.get("subj", ()) for p in doc._.predicates}
    for one in told:
        group = _told_by_subject(one, groups, subjects) or _toll_of(one, groups, entities)
        group = group or _restated(doc, one, groups, entities)
        if group is None and one.definite:
            group = _back_reference(one, groups, entities)
        if group is None and not _partyless(one):
            group = _same_happening(one, groups, entities)
        if group is not None:
            group.told.append(one)
        elif not _partyless(one):
            groups.append(Group([one], one.mention.type))
    return groups


def is_definite(doc: Doc, trigger: int) -> bool:
    """Whether the trigger is a noun that points back: "the meeting", "these talks"."""
    token = doc[trigger]
    return token.pos_ == "NOUN" and any(
        child.dep_ in ("det", "poss") and child.lower_ in BACKWARD_DETERMINERS for child in token.children
    )


def _told_by_subject(told: Told, groups: Sequence[Group], subjects: Mapping[int, Sequence[int]]) -> Group | None:
    """The group of the event noun that is the subject of a verb of its own type: "the strike killed six"."""
    heads = frozenset(subjects.get(told.mention.trigger, ()))
    for group in reversed(groups):
        if group.type == told.mention.type and any(t.mention.trigger in heads for t in group.told):
            return group
    return None


def _toll_of(told: Told, groups: Sequence[Group], entities: Sequence[Entity]) -> Group | None:
    """The assault just told of, for a sentence that only gives its toll: "Two people were killed."

    Nobody is named in it as the one who did it, and those it was done to have no names.
    """
    mention = told.mention
    if mention.type != "ASSAULT" or mention.actors or any(entities[e].named for e in mention.recipients):
        return None
    for group in reversed(groups):
        if group.type == "ASSAULT" and mention.start - group.told[-1].mention.start <= TOLL_REACH:
            fits = _times_fit(told, group) and _places_fit(told, group) and _realis_fits(told, group)
            return group if fits else None
    return None


def _restated(doc: Doc, told: Told, groups: Sequence[Group], entities: Sequence[Entity]) -> Group | None:
    """The denial just told of, which its side says again in words of its own: "Such reports are groundless, it said."

    A verb that carries any statement has no target of its own here; what it carries is the denial.
    """
    mention = told.mention
    if mention.type not in ("REJECT", "ACCUSE") or mention.recipients or not mention.actors or not groups:
        return None
    last = groups[-1]
    near = mention.start - last.told[-1].mention.start <= RESTATED_REACH
    if last.type != "REJECT" or not near or doc[mention.trigger].lemma_ not in PLAIN_SAYING:
        return None
    return last if _side_fits(mention.actors, last.actors, entities) else None


def _partyless(told: Told) -> bool:
    return not told.mention.actors and not told.mention.recipients


def _back_reference(told: Told, groups: Sequence[Group], entities: Sequence[Entity]) -> Group | None:
    """The nearest earlier group that a definite noun ("the meeting", "these talks") can point to.

    What stands beside the noun may look like a party ("as Russia continues"); it must not be of another state.
    """
    mine = {entities[e].country for e in (*told.mention.actors, *told.mention.recipients)} - {None}
    for group in reversed(groups):
        if group.type != told.mention.type or not _times_fit(told, group):
            continue
        theirs = {entities[e].country for e in (*group.actors, *group.recipients)}
        if mine <= theirs and (not mine or told.mention.type in SYMMETRIC) and _modes_fit(told, group):
            return group
    return None


def _same_happening(told: Told, groups: Sequence[Group], entities: Sequence[Entity]) -> Group | None:
    for group in reversed(groups):
        if (
            group.type == told.mention.type
            and _modes_fit(told, group)
            and _times_fit(told, group)
            and _places_fit(told, group)
            and _realis_fits(told, group)
            and _parties_fit(told, group, entities)
        ):
            return group
    return None


def _modes_fit(told: Told, group: Group) -> bool:
    mode = None if told.definite else told.mention.mode
    return mode is None or not group.modes or mode in group.modes


def _times_fit(told: Told, group: Group) -> bool:
    if told.timex is None or not told.timex.iso:
        return True
    if not group.days:
        # An undated event in the lead is news; a date long past belongs to another happening of the kind.
        return not (told.past and group.told[0].mention.start < LEAD)
    value = told.timex.iso
    return any(value == day or value in day or day in value for day in group.days)


def _places_fit(told: Told, group: Group) -> bool:
    if told.place is None or told.place.country is None:
        return True
    countries = {t.place.country for t in group.told if t.place is not None and t.place.country}
    return not countries or told.place.country in countries


def _realis_fits(told: Told, group: Group) -> bool:
    """What happened and what did not are two records; what is planned or possible may turn out to be either."""
    negated = told.judgement.realis == "NEGATED"
    return all((t.judgement.realis == "NEGATED") == negated for t in group.told)


def _parties_fit(told: Told, group: Group, entities: Sequence[Entity]) -> bool:
    if group.type in SYMMETRIC:
        mine = {*told.mention.actors, *told.mention.recipients}
        theirs = {*group.actors, *group.recipients}
        shared = sum(any(same_party(a, b, entities) for b in theirs) for a in mine)
        return shared >= min(len(mine), len(theirs), 2)
    actors = _side_fits(told.mention.actors, group.actors, entities)
    recipients = _side_fits(told.mention.recipients, group.recipients, entities)
    return False not in (actors, recipients) and True in (actors, recipients)


def _side_fits(mine: Sequence[int], theirs: Sequence[int], entities: Sequence[Entity]) -> bool | None:
    """True where the sides share a party, False where both are known and do not, None where one is unknown."""
    if not mine or not theirs:
        return None
    return any(same_party(a, b, entities) for a in mine for b in theirs)


def same_party(a: int, b: int, entities: Sequence[Entity]) -> bool:
    """Whether two actors can be one side of one event: the same actor, or a state and an organ of it."""
    if a == b:
        return True
    first, second = entities[a], entities[b]
    if first.key is not None and first.key == second.key:
        return True
    if first.country is None or first.country != second.country:
        return False
    return first.sector in GENERIC_SECTORS and second.sector in GENERIC_SECTORS
