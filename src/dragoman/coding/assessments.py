"""The author's own inference ("signals a potential thaw"): kept beside the events, never one of them.

An inference has an event or an abstract thing as its subject ("the visit", "this", "a move that"), or hangs as a
participle on the clause of an event ("reopened its embassy, signalling a thaw"). Where a person, a state or an
organisation is the subject ("Ankara signalled its readiness"), it is an act and no assessment.
"""

from __future__ import annotations

from functools import lru_cache

import msgspec
from spacy.tokens import Doc

from dragoman.coding.attribution_frames import antecedent
from dragoman.coding.mentions import Entity
from dragoman.coding.speech_lexicon import word_class
from dragoman.coding.tree import SUBJECTS, Tree, tree_of
from dragoman.errors import TableError
from dragoman.lexicon.predicates import predicate_table
from dragoman.records import AUTHOR, Assessment
from dragoman.tables import package_file, read_table

COLUMNS = ("cue", "pos", "kind", "hedged", "example")
KINDS = frozenset("sign effect effect_noun equals outlook weight aside".split())
PARTS = frozenset("verb noun adj phrase".split())
OUTLOOK_NOUNS = word_class("outlook")
ABSTRACT = word_class("abstract")
DOCUMENTS = word_class("documents")
HEDGES = word_class("hedge")
PRONOUNS = frozenset({"he", "she", "it", "they", "his", "her", "its", "their", "who"})
FIRST_PERSON = frozenset({"i", "we", "me", "us"})
PERSONAL_TAGS = frozenset({"NNP", "NNPS", "PRP"})
CLAUSE_ENDS = frozenset({"relcl", "advcl", "parataxis", "conj"})


class AssessmentCue(msgspec.Struct, frozen=True):
    """One row of ``lexicon/assessment_cues.tsv``."""

    words: tuple[str, ...]
    pos: str
    kind: str
    hedged: bool
    example: str


class Inference(msgspec.Struct, frozen=True):
    """One assessment by tokens: the cue, its subject (None: a clause) and the range of what is inferred."""

    cue_first: int
    cue_last: int
    subject: int | None
    first: int
    last: int
    start: int
    hedged: bool


@lru_cache(maxsize=1)
def assessment_cues() -> dict[str, list[AssessmentCue]]:
    """``lexicon/assessment_cues.tsv`` by first word, longest first."""
    out: dict[str, list[AssessmentCue]] = {}
    for row in read_table(package_file("lexicon", "assessment_cues.tsv"), COLUMNS):
        words = tuple(row["cue"].lower().split())
        if not words or "{" not in row["example"]:
            raise TableError(row.path, row.line, "cue is empty, or its example has no word in braces")
        hedged = row.one_of("hedged", frozenset({"yes", "no"})) == "yes"
        cue = AssessmentCue(words, row.one_of("pos", PARTS), row.one_of("kind", KINDS), hedged, row["example"])
        out.setdefault(words[0], []).append(cue)
    for cues in out.values():
        cues.sort(key=lambda cue: (-len(cue.words), cue.pos))
    return out


def assessments_for(doc: Doc) -> tuple[Assessment, ...]:
    """The assessments of a report in the order of the text; `holder` is AUTHOR or whoever is quoted with it."""
    tree = tree_of(doc)
    return tuple(_record(doc, tree, found) for found in inferences(doc))


def is_assessment(doc: Doc, token_index: int) -> bool:
    """Whether a token stands in what an assessment infers (the event it infers from is not part of that)."""
    return any(found.first <= token_index <= found.last for found in inferences(doc))


_last: tuple[Doc, int, tuple[Inference, ...]] | None = None


def inferences(doc: Doc) -> tuple[Inference, ...]:
    """All assessments of a Doc by tokens; those of the last Doc are kept."""
    global _last
    held = _last
    if held is not None and held[0] is doc and held[1] == len(doc):
        return held[2]
    tree = tree_of(doc)
    actors = _actor_heads(doc)
    found: list[Inference] = []
    table = assessment_cues()
    for i in range(tree.size):
        for cue in (
            *table.get(tree.lemma[i], ()),
            *(table.get(tree.lower[i], ()) if tree.lower[i] != tree.lemma[i] else ()),
        ):
            inference = _inference(tree, i, cue, actors)
            if inference is not None and not any(f.first <= inference.first <= f.last for f in found):
                found.append(inference)
                break
    _last = (doc, len(doc), tuple(found))
    return tuple(found)


def _actor_heads(doc: Doc) -> frozenset[int]:
    if not Doc.has_extension("actor_mentions"):
        return frozenset()
    return frozenset(mention.head for mention in doc._.actor_mentions)


def _inference(tree: Tree, i: int, cue: AssessmentCue, actors: frozenset[int]) -> Inference | None:
    last = i + len(cue.words) - 1
    if last >= tree.size:
        return None
    if any(word not in (tree.lemma[i + k], tree.lower[i + k]) for k, word in enumerate(cue.words)):
        return None
    if cue.kind == "aside":
        return _aside(tree, i, last, cue)
    verb = _verb_of(tree, i, last, cue)
    if verb is None or _excluded(tree, verb, i, cue):
        return None
    subject = _subject(tree, verb) if tree.is_verb(verb) else _misread(tree, verb)
    if subject is None:
        subject = _hanging(tree, verb)
        if subject is None:
            return None
        subject = subject if subject >= 0 else None
    elif not _abstract(tree, antecedent(tree, subject), actors):
        return None
    first, end = _range(tree, verb, last)
    if first > end:
        return None
    start = _start(tree, verb, subject, i)
    return Inference(i, last, subject, first, end, start, cue.hedged or _hedged(tree, start, end))


def _verb_of(tree: Tree, i: int, last: int, cue: AssessmentCue) -> int | None:
    """The verb that carries the inference: the cue itself, or "be" over a noun or an adjective."""
    if cue.pos == "verb" and _misread(tree, i) is not None:
        return i
    if cue.pos == "verb":
        return i if tree.is_verb(i) and tree.dep[i] not in ("amod", "aux", "auxpass", "compound") else None
    if cue.pos == "phrase":
        return i if tree.is_verb(i) else None
    if cue.kind == "outlook" and tree.is_verb(i):  # "is set to", which the parser takes for a passive
        return i if tree.child(i, "auxpass") is not None and tree.child(i, "xcomp") is not None else None
    head = tree.head[last]
    copula = tree.lemma[head] in ("be", "become", "remain", "constitute", "represent", "mark")
    if cue.pos == "noun":
        return head if tree.is_noun(last) and tree.dep[last] in ("attr", "dobj", "oprd") and copula else None
    return head if tree.dep[i] in ("acomp", "oprd") and copula else None


def _subject(tree: Tree, verb: int) -> int | None:
    """The subject; of two, which the parser makes of "hacked e-mails suggest", the nearer."""
    first = tree.subject(verb)
    found = [c for c in tree.children[verb] if tree.dep[c] == "nsubj" and c < verb and tree.is_noun(c)]
    return found[-1] if found and first is not None and tree.is_verb(first) else first


def _misread(tree: Tree, i: int) -> int | None:
    """The subject where the parser took a verb for a plural noun ("the meeting hints at"), in a sentence with no other."""
    begin, end = tree.sentence_bounds[tree.sentence[i]]
    if tree.tag[i] != "NNS" or i == begin or i >= end or tree.tag[i + 1] not in ("IN", "TO", "DT", "PRP$"):
        return None
    if any(tree.tag[t] in ("VBD", "VBZ", "VBP", "MD") for t in range(begin, end + 1)):
        return None
    subject = i - 1 if tree.dep[i - 1] == "compound" and tree.dep[i] == "ROOT" else tree.path(i)[-1]
    return subject if subject < i and tree.lemma[subject] in ABSTRACT else None


def _excluded(tree: Tree, verb: int, i: int, cue: AssessmentCue) -> bool:
    """Passives with an agent that is named, and light uses: "raises the flag" infers nothing."""
    if tree.is_verb(verb) and tree.passive(verb) and cue.kind != "outlook":
        return True
    if cue.kind == "weight" and _extraposed(tree, verb):
        return True
    if cue.kind == "effect_noun":
        noun = tree.child(verb, "dobj")
        return noun is None or tree.lemma[noun] not in OUTLOOK_NOUNS
    if cue.kind in ("sign", "effect") and tree.is_verb(verb):
        return tree.child(verb, "dobj", "ccomp", "prep", "xcomp") is None
    if cue.pos == "verb" and cue.kind == "equals":
        return tree.child(verb, "prep", "dobj", "ccomp", "xcomp", "attr") is None
    return False


def _extraposed(tree: Tree, verb: int) -> bool:
    """ "It is important that both sides show restraint": a call, and no inference from an event."""
    subject = tree.subject(verb)
    expletive = subject is not None and tree.lower[subject] == "it"
    return expletive and any(
        tree.dep[c] in ("ccomp", "xcomp", "csubj", "advcl", "acl")
        for node in (verb, tree.child(verb, "acomp", "attr") or verb)
        for c in tree.children[node]
        if c > verb
    )


def _hanging(tree: Tree, verb: int) -> int | None:
    """For a participle or a second verb: -1 where it hangs on a clause, its subject's index where it shares one."""
    if tree.tag[verb] == "VBG" and tree.dep[verb] == "advcl":
        before = tree.lower[tree.first[verb] - 1] if tree.first[verb] else ""
        follows = tree.head[verb] < verb and before == ","
        return -1 if follows and tree.child(verb, "mark", "prep") != tree.first[verb] else None
    if tree.tag[verb] == "VBG" and tree.dep[verb] == "acl" and tree.lemma[tree.head[verb]] in ABSTRACT:
        return tree.head[verb]
    if tree.dep[verb] in ("conj", "xcomp") and tree.is_verb(tree.head[verb]):
        subject = tree.subject(tree.head[verb])
        if subject is not None and tree.lemma[antecedent(tree, subject)] in ABSTRACT:
            return subject
    return None


def _abstract(tree: Tree, subject: int, actors: frozenset[int]) -> bool:
    """Whether a subject is an event or an abstract thing, not a person, state or organisation."""
    if tree.lower[subject] == "it" and subject in actors and tree.lemma[tree.head[subject]] != "be":
        return False  # "it had captured the town": the army
    if tree.lemma[subject] in ABSTRACT or tree.lower[subject] in ABSTRACT:
        return True
    if tree.lemma[subject] in DOCUMENTS:
        return False
    if subject in actors or tree.tag[subject] in PERSONAL_TAGS:
        return False
    if tree.is_verb(subject):
        return True
    token = tree.doc[subject]
    if not token.ent_type_ and predicate_table().lookup(tree.lemma[subject], "NOUN"):
        return True
    return not token.ent_type_ and token.text.lower().endswith(_ABSTRACT_ENDINGS)


_ABSTRACT_ENDINGS = (
    "tion",
    "tions",
    "ment",
    "ments",
    "ance",
    "ence",
    "ity",
    "ness",
    "sion",
    "sions",
    "ism",
    "ship",
    "ing",
)


def _range(tree: Tree, verb: int, cue_last: int) -> tuple[int, int]:
    """What is inferred: the complements of the verb to the end of its clause, other clauses beside it left out."""
    last = cue_last
    if not tree.is_verb(verb):  # misread: the parse says nothing of its complements
        last = tree.sentence_bounds[tree.sentence[verb]][1]
    for child in tree.children[verb]:
        if child > verb and tree.dep[child] not in ("punct", "cc", "conj", "parataxis", *SUBJECTS):
            if tree.dep[child] == "advcl" and tree.child(child, "mark") is not None:
                continue
            last = max(last, tree.last[child])
    while last > cue_last and (tree.dep[last] == "punct" or tree.tag[last] == "_SP"):
        last -= 1
    return cue_last + 1, last


def _start(tree: Tree, verb: int, subject: int | None, cue: int) -> int:
    """The first token of the whole assessment: its subject's where it has one."""
    if subject is None:
        return min(verb, cue)
    if tree.dep[subject] in SUBJECTS and subject < cue:
        return tree.first[subject] if tree.head[subject] == verb else min(verb, cue)
    return min(verb, cue)


def _aside(tree: Tree, first: int, last: int, cue: AssessmentCue) -> Inference | None:
    """Words that open an inference by themselves: all that follows in the clause, up to a comma."""
    end = tree.sentence_bounds[tree.sentence[last]][1]
    stop = next((i for i in range(last + 1, end + 1) if tree.lower[i] in (",", ";", ".", "?", "—")), end)
    if stop - 1 <= last:
        return None
    return Inference(first, last, None, last + 1, stop - 1, first, cue.hedged)


def _hedged(tree: Tree, first: int, last: int) -> bool:
    return any(tree.lower[i] in HEDGES or tree.lemma[i] in HEDGES for i in range(first, last + 1))


def _record(doc: Doc, tree: Tree, found: Inference) -> Assessment:
    start, end = tree.start[found.start], tree.end[found.last]
    cue_start, cue_end = tree.start[found.cue_first], tree.end[found.cue_last]
    return Assessment(
        text=tree.text[start:end],
        holder=_holder(doc, tree, cue_start),
        cue=tree.text[cue_start:cue_end],
        hedged=found.hedged,
        countries=_countries(doc, start, end),
        start=start,
        end=end,
    )


def _holder(doc: Doc, tree: Tree, at: int) -> str:
    """The source of the innermost statement with a source around the cue, else AUTHOR."""
    around = [m for m in doc._.attributions if m.source and any(a <= at < b for a, b in m.content)]
    around = [m for m in around if tree.text[slice(*m.source[0])].lower() not in FIRST_PERSON]
    if not around:
        return AUTHOR
    nearest = min(around, key=lambda m: (sum(b - a for a, b in m.content), m.cue[0]))
    start, end = nearest.source[0]
    words = " ".join(tree.text[start:end].split())
    known = [doc._.entities[i] for i in nearest.entities if i < len(doc._.entities)]
    return known[0].name if words.lower() in PRONOUNS and len(known) == 1 else words


def _countries(doc: Doc, start: int, end: int) -> tuple[str, ...]:
    """Countries of the actors mentioned in the assessment, each once, in the order of the text."""
    entities: tuple[Entity, ...] = doc._.entities
    found: dict[str, None] = {}
    for mention in doc._.actor_mentions:
        if start <= mention.start and mention.end <= end:
            for index in mention.entities:
                country = entities[index].country if index < len(entities) else None
                if country:
                    found.setdefault(country)
    return tuple(found)
