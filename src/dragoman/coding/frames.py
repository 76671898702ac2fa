"""Matching a predicate against the frames of the table of predicates, and reading its actors off its slots."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from spacy.tokens import Doc, Token

from dragoman.coding.mentions import ActorMention, Predicate
from dragoman.coding.syntax import conjuncts, is_passive
from dragoman.lexicon.countries import by_code
from dragoman.lexicon.predicates import ACTOR_CLASS, Condition, Entry, PredicateTable
from dragoman.lexicon.predicates import Slots as EntrySlots

PARTS_OF = frozenset({"of", "by", "from", "in", "for", "against", "on", "with", "to"})


class ActorIndex:
    """Which actor mention has a token as its head, and which actors an arbitrary phrase stands for."""

    def __init__(self, doc: Doc) -> None:
        self._doc = doc
        self._by_head: dict[int, ActorMention] = {}
        for mention in doc._.actor_mentions:
            known = self._by_head.get(mention.head)
            if known is None or mention.end - mention.start > known.end - known.start:
                self._by_head[mention.head] = mention
        self._hosts = _hosts(doc)

    def mention(self, token: int) -> ActorMention | None:
        """The mention that the token heads."""
        return self._by_head.get(token)

    def entities(self, token: int, within: bool = True) -> tuple[int, ...]:
        """Entities of the phrase that the token heads.

        Where the phrase is no actor itself ("a Ukrainian base", "strikes by Israel") those of its modifiers,
        possessors and of-phrases are taken, unless `within` is False.
        """
        mention = self._by_head.get(token)
        if mention is not None:
            return mention.entities
        return (self._inside(self._doc[token]) or self._hosts.get(token, ())) if within else ()

    def _inside(self, token: Token) -> tuple[int, ...]:
        """Entities of the modifiers of a phrase that is no actor: of its possessor, else adjective, else "of"."""
        groups: dict[str, list[int]] = {"poss": [], "amod": [], "prep": []}
        for child in token.children:
            if child.dep_ == "poss":
                groups["poss"].extend(self.entities(child.i, within=False))
            elif child.dep_ in ("amod", "compound", "nmod"):
                groups["amod"].extend(self.entities(child.i, within=False))
            elif child.dep_ in ("prep", "agent") and child.lower_ in PARTS_OF:
                for inner in child.children:
                    if inner.dep_ == "pobj":
                        for one in conjuncts(inner):  # "delegations from A, B and C"
                            groups["prep"].extend(self.entities(one.i, within=False))
        for found in groups.values():
            if found:
                return tuple(dict.fromkeys(found))
        return ()


def _state_name(code: str) -> str | None:
    country = by_code(code)
    return country.name if country is not None else None


def _hosts(doc: Doc) -> dict[int, tuple[int, ...]]:
    """The state that a place stands in, by the token of the place's last word, where the report speaks of that state.

    It is taken for an actor only where a slot is one of place: "reopened its embassy in Damascus", to Syria.
    """
    states = {e.country: e.index for e in doc._.entities if e.country and e.name == _state_name(e.country)}
    found: dict[int, tuple[int, ...]] = {}
    for toponym in doc._.toponyms:
        if toponym.kind == "literal" and toponym.country in states:
            span = doc.char_span(toponym.start, toponym.end, alignment_mode="contract")
            if span is not None:
                found[span.root.i] = (states[toponym.country],)
    return found


class FrameMatcher:
    """Finds the entry of the table that fits a predicate in its sentence."""

    def __init__(self, table: PredicateTable) -> None:
        self._table = table

    def match(self, doc: Doc, predicate: Predicate, actors: ActorIndex) -> Entry | None:
        """The most specific entry whose conditions all hold, or None."""
        for entry in self._table.lookup(predicate.lemma, predicate.pos):
            if all(self._holds(condition, doc, predicate, actors) for condition in entry.frame):
                return entry
        return None

    def _holds(self, condition: Condition, doc: Doc, predicate: Predicate, actors: ActorIndex) -> bool:
        slots = predicate.slots
        if condition.kind == "has":
            return condition.slot in slots
        if condition.kind == "lacks":
            return condition.slot not in slots
        if condition.kind == "fills":
            return self._fills(condition, doc, slots.get(condition.slot, ()), actors)
        if condition.kind == "prep":
            return any(word in slots for word in condition.words)
        if condition.kind == "prt":
            return any(doc[i].lower_ in condition.words for i in slots.get("prt", ()))
        if condition.kind == "mod":
            return self._modified(condition, doc, predicate)
        return is_passive(doc[predicate.token]) == ("passive" in condition.words)

    def _fills(self, condition: Condition, doc: Doc, fillers: Iterable[int], actors: ActorIndex) -> bool:
        for index in fillers:
            lemma, form = doc[index].lemma_.lower(), doc[index].lower_
            if lemma in condition.words or form in condition.words or self._table.in_class(lemma, condition.classes):
                return True
            if ACTOR_CLASS in condition.classes and actors.entities(index, within=False):
                return True
        return False

    def _modified(self, condition: Condition, doc: Doc, predicate: Predicate) -> bool:
        candidates = list(predicate.slots.get("amod", ())) + list(predicate.slots.get("by", ()))
        for index in predicate.slots.get("obj", ()):
            candidates.extend(child.i for child in doc[index].children if child.dep_ in ("amod", "compound"))
        return self._fills(condition, doc, candidates, actors=_NO_ACTORS)


class _NoActors(ActorIndex):
    """An index without mentions, for conditions that concern words alone."""

    def __init__(self) -> None:
        self._by_head = {}
        self._hosts = {}

    def entities(self, token: int, within: bool = True) -> tuple[int, ...]:
        return ()


_NO_ACTORS = _NoActors()


def read_slots(
    slots: EntrySlots, doc: Doc, predicate: Predicate, actors: ActorIndex, taken: Iterable[int] = ()
) -> tuple[int, ...]:
    """Entities that stand in an entry's slots: the first alternative that holds any, without those already taken."""
    gone = frozenset(taken)
    for group in slots.alternatives:
        found: list[int] = []
        for slot in group:
            for index in _fillers(slot, doc, predicate):
                found.extend(entity for entity in actors.entities(index) if entity not in gone)
        if found:
            return tuple(dict.fromkeys(found))
    return ()


def _fillers(slot: str, doc: Doc, predicate: Predicate) -> tuple[int, ...]:
    """Head tokens in a slot; a preposition is also looked for at the object ("extended sanctions against X")."""
    if slot != "comp.subj":
        direct = predicate.slots.get(slot, ())
        return direct or tuple(_at_object(slot, doc, predicate))
    found: list[int] = []
    for index in predicate.slots.get("comp", ()):
        found.extend(c.i for c in doc[index].children if c.dep_ in ("nsubj", "nsubjpass"))
    return tuple(found)


def _at_object(preposition: str, doc: Doc, predicate: Predicate) -> Iterator[int]:
    carriers = ("of",) if predicate.pos == "NOUN" else ("obj", "attr")
    for index in (token for slot in carriers for token in predicate.slots.get(slot, ())):
        for child in doc[index].children:
            if child.dep_ in ("prep", "agent") and child.lower_ == preposition:
                for inner in child.children:
                    if inner.dep_ == "pobj":
                        yield from (token.i for token in conjuncts(inner))
