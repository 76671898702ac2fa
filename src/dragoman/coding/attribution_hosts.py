"""Content that is no complement of its verb of saying: as-clauses, relative clauses, clauses behind another phrase."""

from __future__ import annotations

import msgspec

from dragoman.coding.speech_lexicon import SpeechRow
from dragoman.coding.tree import Tree

Tokens = tuple[int, int]  # first and last token, both included

FINITE = frozenset({"VBD", "VBZ", "VBP", "MD"})
DASHES = (",", ":", ";", "—", "-", "–", "--")


class Elsewhere(msgspec.Struct, frozen=True):
    """Content found away from the cue; `antecedent`: the noun phrase that a relative clause of saying hangs on."""

    pieces: list[Tokens]
    clausal: bool = False
    antecedent: Tokens | None = None


def elsewhere(tree: Tree, verb: int, row: SpeechRow) -> Elsewhere | None:
    """Content of a verb of saying that has none among its complements; None where the text holds none."""
    if "that" in row.frames and _as_clause(tree, verb):
        pieces = around(tree, verb, tree.first[verb], tree.last[verb])
        return Elsewhere(pieces, clausal=True) if pieces else None
    behind = _behind_phrase(tree, verb) if {"that", "quote"} <= row.frames else None
    if behind is not None:
        return Elsewhere([behind], clausal=True)
    if row.frames & {"that", "np"}:
        return _relative(tree, verb)
    return None


def _as_clause(tree: Tree, verb: int) -> bool:
    """Whether the verb heads "as Smith told reporters", which says of its host clause who speaks."""
    first = tree.first[verb]
    return tree.dep[verb] == "advcl" and tree.lower[first] == "as" and tree.head[first] == verb and first < verb


def _behind_phrase(tree: Tree, verb: int) -> Tokens | None:
    """ "Told a meeting of leaders that X": the parser hangs the clause on a noun between the verb and it."""
    for i in range(verb + 2, tree.last[verb] + 1):
        clause = tree.head[i]
        if tree.lower[i] == "that" and tree.dep[i] == "mark" and clause > i and tree.dep[clause] != "ccomp":
            return trimmed(tree, i, tree.last[clause])
    after = verb + 1
    if after >= tree.size or tree.dep[after] not in ("prep", "npadvmod") or tree.lemma[verb] != "say":
        return None
    for i in range(after + 1, tree.last[verb] + 1):
        bare = tree.dep[i] in ("pcomp", "relcl", "acl") and tree.tag[tree.first[i]] in ("PRP", "NNP", "DT", "EX")
        if bare and _finite(tree, i) and tree.last[i] == tree.last[verb]:
            return trimmed(tree, tree.first[i], tree.last[i])
    return None


def _finite(tree: Tree, verb: int) -> bool:
    own = any(tree.dep[c] == "nsubj" for c in tree.children[verb])
    helper = any(tree.dep[c] in ("aux", "auxpass") and tree.tag[c] in FINITE for c in tree.children[verb])
    return own and (tree.tag[verb] in FINITE or helper)


def _relative(tree: Tree, verb: int) -> Elsewhere | None:
    """ "The charge, which Kyiv denies": the pronoun is the content, and what it stands for."""
    noun = tree.head[verb]
    spoken_of = next((c for c in tree.children[verb] if c < verb and tree.dep[c] in ("dobj", "pobj")), None)
    if tree.dep[verb] == "relcl":
        free = spoken_of is None and tree.child(verb, "dobj", "ccomp", "nsubjpass") is None
        if spoken_of is not None and tree.tag[spoken_of] in ("WDT", "WP", "IN"):
            return Elsewhere([(spoken_of, spoken_of)], antecedent=phrase(tree, noun, verb))
        if free and tree.subject(verb) is not None and tree.tag[tree.first[verb]] not in ("WDT", "WP", "WRB"):
            return Elsewhere([phrase(tree, noun, verb)])
    elif tree.dep[verb] == "acl" and tree.tag[verb] == "VBN" and tree.child(verb, "agent") is not None:
        return Elsewhere([phrase(tree, noun, verb)])
    elif spoken_of is not None and tree.lower[spoken_of] == "what":
        return Elsewhere([(spoken_of, spoken_of)])
    return None


def phrase(tree: Tree, noun: int, until: int) -> Tokens:
    """A noun phrase up to the clause that hangs on it."""
    return trimmed(tree, tree.first[noun], max(noun, tree.first[until] - 1))


def around(tree: Tree, at: int, first: int, last: int) -> list[Tokens]:
    """The clause that a phrase stands in, without the phrase itself, up to the bounds of the sentence."""
    begin, end = tree.sentence_bounds[tree.sentence[first]]
    head = tree.head[at]
    clause = next((i for i in tree.path(head) if tree.is_verb(i) or tree.dep[i] == "ROOT"), head)
    while tree.dep[clause] == "conj" and tree.is_verb(tree.head[clause]):
        clause = tree.head[clause]
    low, high = max(begin, tree.first[clause]), min(end, tree.last[clause])
    pieces = []
    if low < first:
        pieces.append(trimmed(tree, low, first - 1))
    if last < high:
        pieces.append(trimmed(tree, last + 1, high))
    return [(a, b) for a, b in pieces if a <= b and not (a == b and tree.dep[a] == "punct")]


def trimmed(tree: Tree, first: int, last: int) -> Tokens:
    """A range without the punctuation at its edges that parts clauses."""
    while first < last and tree.dep[first] == "punct" and tree.lower[first] in DASHES:
        first += 1
    while last > first and tree.dep[last] == "punct" and tree.lower[last] in (*DASHES, "."):
        last -= 1
    return first, last
