"""A parsed Doc as plain lists, and the record of what the words of one noun phrase say about an actor."""

from __future__ import annotations

from dataclasses import dataclass, field

from spacy.tokens import Doc

from dragoman.coding.actor_lexicon import SKIPPED, Gazetteer, Hit, Term
from dragoman.lexicon.actor_tables import Role

NOMINAL = frozenset({"NOUN", "PROPN"})
LOOSE_NOMINAL = frozenset({"ADJ", "NUM", "DET", "PRON"})
INNER = frozenset({"compound", "nmod", "amod", "npadvmod", "nummod", "quantmod", "det", "predet"})
ARGUMENTS = frozenset(
    {"nsubj", "nsubjpass", "dobj", "pobj", "attr", "conj", "appos", "agent", "ROOT", "dative", "oprd"}
)
TRIMMED = frozenset({"PUNCT", "CCONJ", "ADP", "SCONJ", "SPACE", "INTJ", "PART", "VERB", "AUX"})
PLACE_TYPES = frozenset({"state", "region", "capital", "city"})
STATE_TYPES = frozenset({"state", "adjective", "demonym", "region"})
NAME_TYPES = frozenset({"group", "organization", "person"})
ENTITY_LABELS = frozenset({"PERSON", "ORG", "NORP"})
# "Iran-backed militias" are not Iran's; "London-based groups", "Houthi-led government" and "Russian-held areas" are.
OWNING = frozenset(
    {"based", "born", "led", "run", "controlled", "dominated", "held", "administered", "appointed"}
    | {"owned", "flagged", "registered", "operated"}
)
PREFIXES = frozenset({"pro", "anti", "non", "post", "pre"})
RELATION_PREPOSITIONS = frozenset({"of", "for", "from", "in", "at", "to", "with", "within", "across", "on"})


@dataclass(slots=True)
class Parse:
    """A parsed Doc as lists, so that no token object is made twice."""

    doc: Doc
    words: list[str]
    pos: list[str]
    tag: list[str]
    dep: list[str]
    head: list[int]
    entity: list[str]
    left: list[int]
    children: list[list[int]]
    hits: list[Hit]
    covering: dict[int, Hit]

    def span_text(self, start: int, end: int) -> str:
        """Text of the tokens [start, end) as it stands in the report."""
        return str(self.doc[start:end].text)


@dataclass(slots=True)
class Phrase:
    """One phrase: tokens [start, end), head token, and what its words say about the actor.

    `subject` is what the head itself is: a term, or None where only NER or a title tells. `roles` are the roles in the
    phrase, head or title last. `owners` are terms of states, groups and organizations that it belongs to ("Syria's",
    "Hamas", "Russian"), nearest to the head last. `name` is the span of a personal or proper name without titles.
    `inner` is the phrase after "of" and the like; `place` a state code from "in Lisbon". `shared` is the phrase whose
    head noun a bare adjective has too ("Russian" in "of Russian, American and Turkish delegations").
    """

    head: int
    start: int
    end: int
    kind: str
    subject: Term | None = None
    roles: list[Term] = field(default_factory=list)
    owners: list[Term] = field(default_factory=list)
    name: tuple[int, int] | None = None
    label: str = ""
    plural: bool = False
    definite: bool = False
    possessor: int | None = None
    inner: Phrase | None = None
    place: str | None = None
    partitive: bool = False
    former: bool = False
    bare: bool = False
    shared: Phrase | None = None

    @property
    def role(self) -> Role | None:
        """The role that the phrase gives its actor: the last one in it."""
        return self.roles[-1].role if self.roles else None


def read_parse(doc: Doc, gazetteer: Gazetteer, *, loose: bool = False) -> Parse:
    """The lists of a Doc and the dictionary's hits in it."""
    words, pos, tag, dep, head, entity = [], [], [], [], [], []
    for token in doc:
        words.append(token.text)
        pos.append(token.pos_)
        tag.append(token.tag_)
        dep.append(token.dep_)
        head.append(token.head.i)
        entity.append(token.ent_type_)
    left = list(range(len(words)))
    children: list[list[int]] = [[] for _ in words]
    for i, h in enumerate(head):
        if h != i:
            children[h].append(i)
        if h > i and left[i] < left[h] and dep[i] not in ("nsubj", "nsubjpass", "cc", "mark", "aux", "csubj"):
            left[h] = left[i]
    hits = gazetteer.scan(words, loose=loose)
    covering = {i: hit for hit in hits for i in range(hit.start, hit.end)}
    return Parse(doc, words, pos, tag, dep, head, entity, left, children, hits, covering)


def is_relational_prefix(parse: Parse, hit: Hit) -> bool:
    """Whether the name stands in "Iran-backed", "pro-Russian", "anti-Israel": the phrase is not its own."""
    after = hit.end
    if after + 1 < len(parse.words) and parse.words[after] in SKIPPED:
        word = parse.words[after + 1].lower()
        if parse.tag[after + 1] in ("VBN", "VBD", "VBG", "JJ") and after + 1 not in parse.covering:
            return word not in OWNING
    before = hit.start - 1
    if before >= 1 and parse.words[before] in SKIPPED and parse.words[before - 1].lower() in PREFIXES:
        return True
    return before >= 0 and parse.words[before].lower().rstrip("-") in PREFIXES
