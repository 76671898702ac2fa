"""The table of predicates: which verbs and nominal events tell of which PLOVER type and mode, and who is who in them.

Three tables, checked against each other as they are read:

``predicates.tsv``    one entry a row: trigger lemma, part of speech, frame, type, mode, who is who
``noun_classes.tsv``  classes of nouns and verbs that frames name with ``@``
``light_verbs.tsv``   verbs that only carry a noun ("hold talks", "carry out a strike")

Frame conditions, all of which must hold (`Condition.kind` in brackets)::

    prt=out             has one of these particles                                    (prt)
    prep=with|against   has one of these prepositions attached, any object            (prep)
    prep:with=@actor    the head of that slot is one of these words or classes        (fills)
    obj=treaty|@pact    the same for the direct object, in active terms               (fills)
    subj= poss= comp= of= against= …   the same for that slot                         (fills)
    obj / comp / poss   the slot is filled at all                                     (has)
    !obj                the slot is empty                                             (lacks)
    mod=phone           the noun, or the verb's object, has one of these modifiers    (mod)
    passive / active    the voice                                                     (voice)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import msgspec

from dragoman.errors import TableError
from dragoman.lexicon.examples import parse_example
from dragoman.tables import Row, package_file, read_table

PREDICATE_COLUMNS = ("trigger", "pos", "frame", "type", "mode", "actors", "recipients", "prior", "example")
NOUN_CLASS_COLUMNS = ("class", "words", "note")
LIGHT_VERB_COLUMNS = ("verb", "nouns", "note")
TYPE_COLUMNS = ("type", "quad", "score", "recipient_required", "symmetric", "gloss")
MODE_COLUMNS = ("type", "mode", "score", "gloss")

ACTOR_CLASS = "actor"
"""The built-in class: the slot holds a political actor. It has no word list; the actors layer decides."""

CORE_SLOTS = frozenset({"subj", "obj", "iobj", "poss", "amod", "comp", "comp.subj"})
PREPOSITIONS = frozenset(
    {"about", "across", "after", "against", "amid", "among", "around", "as", "at", "because", "before", "behind"}
    | {"between", "by", "during", "for", "from", "in", "inside", "into", "near", "of", "off", "on", "onto", "over"}
    | {"through", "to", "toward", "towards", "under", "upon", "via", "with", "within", "without"}
)
SLOTS = CORE_SLOTS | PREPOSITIONS
POS = frozenset({"VERB", "NOUN"})
PRIORS = {"high": 0.9, "medium": 0.6, "low": 0.3}
"""How likely a hit of an entry is a real political event, by the table's word for it."""

NAMING = frozenset({"fills", "mod", "prt"})
"""Kinds of conditions that name words: firmer than a slot that must be filled by something, or by some actor."""

ANY_NOUN = "*"

_SPELLINGS = (
    (re.compile(r"is(e|ation|ing)$"), r"iz\1"),
    (re.compile(r"yse$"), "yze"),
    (re.compile(r"our(?=$|ing$)"), "or"),
    (re.compile(r"ence$"), "ense"),
    (re.compile(r"oeuvre$"), "euver"),
)
"""British endings and their American forms: organise, normalisation, paralyse, honour, defence, manoeuvre."""


class Condition(msgspec.Struct, frozen=True):
    """One condition of a frame.

    `kind` is prt, prep, fills, has, lacks, mod or voice; `slot` is "" for prt, prep, mod and voice. `words` are lemmas
    (prepositions for prep, "active" or "passive" for voice), `classes` names of noun classes without the ``@``; a
    filler that is in either satisfies the condition.
    """

    kind: str
    slot: str = ""
    words: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()


class Slots(msgspec.Struct, frozen=True):
    """Where an entry's actors or recipients stand.

    The alternatives are tried in order and the first that holds an actor wins; each alternative is a group of slots
    that are all taken together ("subj+poss").
    """

    alternatives: tuple[tuple[str, ...], ...] = ()


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One sense of a predicate. `mode` is None where the codebook gives none; `prior` in (0, 1]; `order` in file."""

    trigger: str
    pos: str
    frame: tuple[Condition, ...]
    type: str
    mode: str | None
    actors: Slots
    recipients: Slots
    prior: float
    example: str
    order: int

    @property
    def specificity(self) -> tuple[int, int]:
        """How many conditions the frame has, and how many of them name what must stand in a slot.

        The most specific matching entry wins, then the earlier one in the file.
        """
        lexical = [part for part in self.frame if part.kind in NAMING and ACTOR_CLASS not in part.classes]
        return len(self.frame), len(lexical)

    @property
    def rule(self) -> str:
        """A short name for messages and `EventMention.rule`: trigger, part of speech and line order."""
        return f"{self.trigger}/{self.pos}#{self.order}"


class NounClass(msgspec.Struct, frozen=True):
    """A class of lemmas that frames refer to."""

    name: str
    words: frozenset[str]


class LightVerb(msgspec.Struct, frozen=True):
    """A verb that carries an event noun; `nouns` is None where any event noun will do."""

    verb: str
    nouns: frozenset[str] | None

    def carries(self, noun: str) -> bool:
        """Whether "verb a noun" is a light-verb construction."""
        return self.nouns is None or noun in self.nouns


class PredicateTable(msgspec.Struct, frozen=True):
    """All entries, found by trigger and part of speech, most specific first; with the classes that they name."""

    entries: tuple[Entry, ...]
    by_trigger: Mapping[tuple[str, str], tuple[Entry, ...]]
    noun_classes: Mapping[str, NounClass]

    def lookup(self, lemma: str, pos: str) -> tuple[Entry, ...]:
        """Entries of a lemma ("VERB" or "NOUN"), most specific first, file order within; empty if there are none.

        A British spelling that the table lacks is looked up in its American form.
        """
        found = self.by_trigger.get((lemma, pos))
        if found is None:
            found = self.by_trigger.get((_american(lemma), pos), ())
        return found

    def in_class(self, lemma: str, classes: Iterable[str]) -> bool:
        """Whether a lemma is in one of the classes; `ACTOR_CLASS` has no words and is never true here."""
        return any(name in self.noun_classes and lemma in self.noun_classes[name].words for name in classes)


def _american(lemma: str) -> str:
    """The American spelling of a British one; any other word comes back as it is or as a word that no table has."""
    for pattern, replacement in _SPELLINGS:
        lemma = pattern.sub(replacement, lemma)
    return lemma


def parse_frame(cell: str) -> tuple[Condition, ...]:
    """The conditions of a frame cell; raises `ValueError` saying which part is wrong."""
    conditions = tuple(_parse_condition(part) for part in cell.split())
    if len(set(conditions)) != len(conditions):
        raise ValueError(f"frame {cell!r} repeats a condition")
    return conditions


def _parse_condition(part: str) -> Condition:
    name, equals, value = part.partition("=")
    if not equals:
        return _parse_bare(part)
    words, classes = _parse_values(part, value)
    if name in {"prt", "prep", "mod"}:
        if classes and name != "mod":
            raise ValueError(f"{part!r}: only words may follow {name}=")
        if name == "prep" and not set(words) <= PREPOSITIONS:
            raise ValueError(f"{part!r}: not a known preposition")
        return Condition(name, "", words, classes)
    slot = name.removeprefix("prep:")
    if slot not in SLOTS or (name.startswith("prep:") and slot not in PREPOSITIONS):
        raise ValueError(f"{part!r}: {slot!r} is not a slot")
    return Condition("fills", slot, words, classes)


def _parse_bare(part: str) -> Condition:
    if part in {"passive", "active"}:
        return Condition("voice", "", (part,))
    slot = part.removeprefix("!").removeprefix("prep:")
    if slot not in SLOTS:
        raise ValueError(f"{part!r} is not a condition")
    return Condition("lacks" if part.startswith("!") else "has", slot)


def _parse_values(part: str, value: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    values = value.split("|")
    if not all(item.removeprefix("@") for item in values):
        raise ValueError(f"{part!r}: an alternative is empty")
    words = tuple(item for item in values if not item.startswith("@"))
    return words, tuple(item[1:] for item in values if item.startswith("@"))


def parse_slots(cell: str) -> Slots:
    """The slots of an actors or recipients cell ("-" for none); raises `ValueError` naming an unknown slot."""
    if cell == "-":
        return Slots()
    alternatives = tuple(tuple(group.split("+")) for group in cell.split("|"))
    for slot in (slot for group in alternatives for slot in group):
        if slot not in SLOTS:
            raise ValueError(f"{cell!r}: {slot!r} is not a slot")
    return Slots(alternatives)


def read_noun_classes(path: Path | None = None) -> dict[str, NounClass]:
    """The classes by name; raises `TableError` for an empty, repeated or reserved class or a repeated word."""
    path = path or package_file("lexicon", "noun_classes.tsv")
    classes: dict[str, NounClass] = {}
    for row in read_table(path, NOUN_CLASS_COLUMNS):
        name, words = row["class"], row.many("words")
        if not name or name in classes or name == ACTOR_CLASS:
            raise TableError(row.path, row.line, f"class {name!r} is empty, repeated or reserved")
        if not words or len(set(words)) != len(words):
            raise TableError(row.path, row.line, f"class {name!r} has no words or repeats one")
        classes[name] = NounClass(name, frozenset(words))
    return classes


def read_light_verbs(path: Path | None = None) -> dict[str, LightVerb]:
    """The light verbs by lemma; raises `TableError` for a repeated verb or an empty list of nouns."""
    path = path or package_file("lexicon", "light_verbs.tsv")
    verbs: dict[str, LightVerb] = {}
    for row in read_table(path, LIGHT_VERB_COLUMNS):
        verb, nouns = row["verb"], row.many("nouns")
        if not verb or verb in verbs or not nouns:
            raise TableError(row.path, row.line, f"light verb {verb!r} is empty, repeated or has no nouns")
        verbs[verb] = LightVerb(verb, None if ANY_NOUN in nouns else frozenset(nouns))
    return verbs


def read_predicates(path: Path | None = None, noun_classes: Mapping[str, NounClass] | None = None) -> PredicateTable:
    """Read and check the table of predicates; raises `TableError` with file and line on any mistake."""
    path = path or package_file("lexicon", "predicates.tsv")
    classes = read_noun_classes() if noun_classes is None else noun_classes
    entries: list[Entry] = []
    seen: dict[object, int] = {}
    for row in read_table(path, PREDICATE_COLUMNS):
        entry = _entry(row, len(entries), classes)
        for key in ((entry.trigger, entry.pos, frozenset(entry.frame)), entry.example):
            if key in seen:
                raise TableError(row.path, row.line, f"repeats line {seen[key]}: {key!r}")
            seen[key] = row.line
        entries.append(entry)
    by_trigger: dict[tuple[str, str], list[Entry]] = {}
    for entry in sorted(entries, key=lambda entry: entry.specificity, reverse=True):
        by_trigger.setdefault((entry.trigger, entry.pos), []).append(entry)
    return PredicateTable(tuple(entries), {key: tuple(group) for key, group in by_trigger.items()}, classes)


def _entry(row: Row, order: int, classes: Mapping[str, NounClass]) -> Entry:
    modes = codebook_modes()
    plover_type = row.one_of("type", frozenset(modes))
    mode = row.one_of("mode", modes[plover_type] | {"-"})
    try:
        frame = parse_frame(row["frame"])
        actors, recipients = parse_slots(row["actors"]), parse_slots(row["recipients"])
        parse_example(row["example"])
    except ValueError as error:
        raise TableError(row.path, row.line, str(error)) from error
    unknown = sorted({name for part in frame for name in part.classes} - set(classes) - {ACTOR_CLASS})
    if unknown or not row["trigger"] or row["trigger"] != row["trigger"].lower():
        raise TableError(row.path, row.line, f"trigger {row['trigger']!r}, unknown noun classes {unknown}")
    return Entry(
        trigger=row["trigger"],
        pos=row.one_of("pos", POS),
        frame=frame,
        type=plover_type,
        mode=None if mode == "-" else mode,
        actors=actors,
        recipients=recipients,
        prior=PRIORS[row.one_of("prior", frozenset(PRIORS))],
        example=row["example"],
        order=order,
    )


@cache
def codebook_modes() -> Mapping[str, frozenset[str]]:
    """The modes of each type in the codebook, against which the table is checked."""
    types = read_table(package_file("ontology", "plover", "types.tsv"), TYPE_COLUMNS)
    modes: dict[str, set[str]] = {row["type"]: set() for row in types}
    for row in read_table(package_file("ontology", "plover", "modes.tsv"), MODE_COLUMNS):
        modes[row["type"]].add(row["mode"])
    return {name: frozenset(values) for name, values in modes.items()}


@cache
def predicate_table() -> PredicateTable:
    """The table that ships with the package, read once."""
    return read_predicates()


@cache
def light_verbs() -> Mapping[str, LightVerb]:
    """The light verbs that ship with the package, read once."""
    return read_light_verbs()
