"""Statements found from their cue: verbs and nouns of saying, "according to", and what stands around them.

The frames are those of Penn-style attribution corpora (Pareti 2012; Newell et al., PolNeAR, 2018): a cue with its
auxiliaries and particle, a source phrase with titles and appositions, a content with its conjunction.
"""

from __future__ import annotations

import msgspec

from dragoman.coding.attribution_hosts import Tokens, elsewhere, trimmed
from dragoman.coding.speech_lexicon import SpeechRow, speech_nouns, word_class
from dragoman.coding.tree import SUBJECTS, Tree

RAISING = word_class("raising")
RELATIVES = frozenset({"who", "which", "that", "whom"})
OBJECTS = frozenset({"dobj", "dative", "iobj"})
NOT_HEARER = frozenset("it this that much nothing something anything everything".split())


class Draft(msgspec.Struct):
    """A statement under construction; token ranges until the quotation marks are settled."""

    cue: int
    row: SpeechRow
    kind: str  # verb, noun, according, free, colon
    source: Tokens | None = None
    source_head: int | None = None
    cues: list[Tokens] = msgspec.field(default_factory=list)
    content: list[Tokens] = msgspec.field(default_factory=list)
    spans: list[tuple[int, int]] = msgspec.field(default_factory=list)
    antecedent: Tokens | None = None  # of a relative pronoun that is the content
    clausal: bool = False
    fronted: bool = False


def source_range(tree: Tree, head: int, cue: int) -> Tokens:
    """The phrase of a source: modifiers, appositions, prepositional phrases; no relative clause, not over the cue."""
    first, last = tree.first[head], head
    for child in tree.children[head]:
        if child > head:
            if tree.dep[child] in ("relcl", "acl", "advcl", "parataxis", "dep", "ccomp", "cc") and (
                tree.dep[child] != "cc"
            ):
                break
            if tree.lower[child] == "as" and tree.dep[head] == "pobj" and tree.dep[tree.head[head]] == "agent":
                break  # "is seen by analysts as a warning"
            if tree.dep[child] == "punct" and tree.lower[child] in ",:;—-–":
                continue
            last = max(last, tree.last[child])
    if first <= cue <= last:
        if cue > head:
            last = max(head, cue - 1)
        else:
            first = min(head, cue + 1)
    while last > head and tree.dep[last] in ("punct", "cc") and tree.lower[last] not in (")", "’s", "'s"):
        last -= 1
    while first < head and tree.dep[first] in ("punct", "cc", "preconj"):
        first += 1
    return first, last


def speaker(tree: Tree, verb: int) -> int | None:
    """The head of the verb's subject, looked for upwards through co-ordination, control and participles."""
    at, steps = verb, 0
    while steps < 6:
        if tree.passive(at):
            return _agent(tree, at) if at == verb else tree.subject(at)
        found = tree.subject(at)
        if found is not None:
            return found
        dep, head = tree.dep[at], tree.head[at]
        if dep == "relcl":
            return head
        if dep == "acl":
            return head if tree.tag[at] != "VB" else _possessor(tree, head)
        if dep == "pcomp" and tree.lower[head] == "as":  # "quoted him as saying", "was quoted as saying"
            above = tree.head[head]
            quoted = tree.subject(above) if tree.passive(above) else tree.child(above, "dobj")
            if quoted is not None:
                return quoted
        if dep == "xcomp":
            controller = tree.child(head, "dobj", "dative")
            if controller is not None and tree.lemma[head] in ("force", "lead", "prompt", "cause", "allow", "hear"):
                return controller
        if head == at:
            return None
        at, steps = head, steps + 1
    return None


def _agent(tree: Tree, verb: int) -> int | None:
    agent = tree.child(verb, "agent")
    return tree.child(agent, "pobj") if agent is not None else None


def _possessor(tree: Tree, noun: int) -> int | None:
    owner = tree.child(noun, "poss")
    if owner is None and tree.dep[noun] in ("dobj", "attr"):
        return speaker(tree, tree.head[noun])
    return owner


def antecedent(tree: Tree, token: int) -> int:
    """What a relative pronoun stands for; any other token itself."""
    if tree.lower[token] in RELATIVES and tree.dep[token] in SUBJECTS:
        verb = tree.head[token]
        if tree.dep[verb] == "relcl":
            return tree.head[verb]
    return token


def verb_cue(tree: Tree, verb: int) -> list[Tokens]:
    """The verb with auxiliaries, negation, adverbs between them, particle, and a raising verb over it."""
    first, last = verb, verb
    top = verb
    while tree.dep[top] == "xcomp" and tree.lemma[tree.head[top]] in RAISING and tree.head[top] < top:
        top = tree.head[top]
    allowed = {
        i
        for node in tree.path(verb)
        for child in tree.children[node]
        if tree.dep[child] in _VERB_GROUP
        for i in range(tree.first[child], min(tree.last[child], verb) + 1)
    }
    if top != verb and verb - top <= 4:
        first = top
    while first - 1 in allowed:
        first -= 1
    particle = tree.child(verb, "prt")
    if particle is not None and particle == last + 1:
        last = particle
    agent = tree.child(verb, "agent")
    if agent is not None and agent == last + 1:
        last = agent
    return [(first, last)]


_VERB_GROUP = frozenset({"aux", "auxpass", "neg", "advmod"})


def verb_draft(tree: Tree, verb: int, row: SpeechRow) -> Draft | None:
    """The statement of one verb of saying, or None where the verb has no content of a kind its frames allow."""
    if "np_speech" in row.frames and _speech_object(tree, verb) is not None:
        return None
    draft = Draft(cue=verb, row=row, kind="verb", cues=verb_cue(tree, verb))
    passive = tree.passive(verb)
    pieces = _right_content(tree, verb, row, draft, passive)
    if not pieces:
        pieces = _fronted(tree, verb, draft)
    if not pieces and passive:
        pieces = _passive_subject(tree, verb, row)
    if not pieces and (away := elsewhere(tree, verb, row)) is not None:
        pieces, draft.clausal, draft.antecedent = away.pieces, away.clausal, away.antecedent
    if not pieces and "quote" not in row.frames and "that" not in row.frames:
        return None
    draft.content = pieces
    _set_source(tree, draft, passive)
    return draft


def _speech_object(tree: Tree, verb: int) -> int | None:
    """The object of a light verb that brings its own content ("raised questions about X")."""
    noun = tree.child(verb, "dobj")
    if noun is None or tree.lemma[noun] not in speech_nouns():
        return None
    return noun if noun_content(tree, noun, speech_nouns()[tree.lemma[noun]])[0] else None


def _set_source(tree: Tree, draft: Draft, passive: bool) -> None:
    verb = draft.cue
    head = _agent(tree, verb) if passive else speaker(tree, verb)
    if head is None or any(a <= head <= b for a, b in draft.content) or tree.dep[head] == "expl":
        return
    if tree.lower[head] == "it" and passive:
        return
    draft.source_head = antecedent(tree, head)
    draft.source = source_range(tree, head, verb)


def _right_content(tree: Tree, verb: int, row: SpeechRow, draft: Draft, passive: bool) -> list[Tokens]:
    """Complements after the verb, as one range from the first to the last."""
    frames = row.frames
    chosen: list[int] = []
    has_object = False
    for child in tree.children[verb]:
        if child < verb:
            continue
        dep = tree.dep[child]
        if dep in OBJECTS and not has_object:
            has_object = True
            if _object_counts(tree, verb, child, row, passive):
                chosen.append(child)
        elif dep == "ccomp" and tree.lower[child] not in ("think",):
            if "that" in frames or "quote" in frames or tree.tag[child] == "VB":
                chosen.append(child)
                draft.clausal = True
        elif dep == "xcomp" and (_infinitive_counts(tree, child, frames) or (chosen and row.prepositions)):
            chosen.append(child)
            draft.clausal = True
        elif dep in ("oprd", "acomp", "attr") and ("obj_pred" in frames or ("as" in frames and chosen)):
            chosen.append(child)
        elif dep in ("prep", "dative", "agent") and not (passive and dep == "agent"):
            _prepositional(tree, child, row, chosen, draft, has_object)
    if not chosen:
        return []
    first = min(tree.first[i] for i in chosen)
    last = max(tree.last[i] for i in chosen)
    return [trimmed(tree, max(first, verb + 1), last)]


def _infinitive_counts(tree: Tree, child: int, frames: frozenset[str]) -> bool:
    if tree.tag[child] == "VBG":
        return bool(frames & {"ing", "that", "np"})
    return bool(frames & {"to", "obj_to", "that"})


def _object_counts(tree: Tree, verb: int, child: int, row: SpeechRow, passive: bool) -> bool:
    """Whether the object is content: not for a hearer, only with a noun of speech for light verbs."""
    frames = row.frames
    if passive or tree.tag[child] in ("CD", "$") or any(tree.tag[c] in ("CD", "$") for c in tree.children[child]):
        return False  # "add 84 billion dollars": nothing is said
    if "np_speech" in frames and "np" not in frames:
        return tree.lemma[child] in speech_nouns()
    if "rec" in frames:
        return tree.child(verb, "ccomp") is None and "obj_to" in frames and tree.child(verb, "xcomp") is not None
    if "np" in frames or "obj_pred" in frames or "as" in frames:
        return True
    if "obj_to" in frames and tree.child(verb, "xcomp", "ccomp") is not None:
        return True
    return tree.lower[child] in NOT_HEARER and "that" in frames


def _prepositional(tree: Tree, child: int, row: SpeechRow, chosen: list[int], draft: Draft, has_object: bool) -> None:
    """A preposition of the frame: with its object it is content; right after the verb the word belongs to the cue."""
    word = tree.lower[child]
    inner = tree.child(child, "pobj", "pcomp")
    if word == "as" and "as" in row.frames and inner is not None:
        chosen.append(child)
    elif word in row.prepositions and inner is not None:
        if chosen:
            chosen.append(child)
        else:
            start, end = draft.cues[-1]
            if child == end + 1:
                draft.cues[-1] = (start, child)
            chosen.append(inner)
    elif chosen and "np" in row.frames and not _circumstance(tree, child):
        chosen.append(child)


MEDIA_NOUNS = word_class("medium")
CALENDAR = word_class("calendar")


def _circumstance(tree: Tree, preposition: int) -> bool:
    """Whether a phrase tells when or in which medium something was said, and so is no part of what was said."""
    inner = tree.child(preposition, "pobj", "pcomp")
    if inner is None:
        return True
    return tree.lower[inner] in MEDIA_NOUNS or tree.lower[inner] in CALENDAR or tree.lower[inner].isdigit()


def _fronted(tree: Tree, verb: int, draft: Draft) -> list[Tokens]:
    """Content before the cue ("X, Smith said") or around it ("X, Smith said, Y")."""
    subject = tree.subject(verb)
    left = verb if subject is None else min(tree.first[subject], verb)
    left = min([left, *(c for c in tree.children[verb] if tree.dep[c] in _VERB_GROUP)])
    complement = next((c for c in tree.children[verb] if c < left and tree.dep[c] == "ccomp"), None)
    if complement is not None:
        draft.clausal = draft.fronted = True
        return [trimmed(tree, tree.first[complement], min(tree.last[complement], left - 1))]
    if tree.dep[verb] not in ("parataxis", "ccomp", "ROOT", "advcl", "conj", "dep") or tree.tag[verb] in ("VB", "VBG"):
        return []
    return _parenthetical(tree, verb, left, draft)


def _parenthetical(tree: Tree, verb: int, left: int, draft: Draft) -> list[Tokens]:
    """The host clause of a comment clause, which commas set off: "X, Smith said" where the parser made X the head."""
    begin, end = tree.sentence_bounds[tree.sentence[verb]]
    if left <= begin or tree.lower[left - 1] not in (",", "”", '"', "''", "—", "–", "--", "’", "'"):
        return []
    if tree.dep[verb] == "ROOT" and not _loose_clause(tree, verb, left, end):
        return []
    if tree.dep[verb] != "ROOT" and not (begin <= tree.head[verb] <= end):
        return []
    head = tree.head[verb] if tree.dep[verb] != "ROOT" else left - 1
    if tree.dep[verb] in ("advcl", "conj", "ccomp", "dep") and head < left:
        following = _after_cue(tree, verb)
        if following <= end and tree.lower[following] not in (",", ".", "”", '"', "?", "!"):
            return []
    draft.clausal = draft.fronted = True
    pieces = [trimmed(tree, begin, left - 1)]
    following = _after_cue(tree, verb)
    if following < end - 1 and tree.lower[following] == "," and tree.dep[verb] in ("parataxis", "ccomp", "dep"):
        pieces.append(trimmed(tree, following + 1, end))
    return [(a, b) for a, b in pieces if a <= b]


def _loose_clause(tree: Tree, verb: int, left: int, end: int) -> bool:
    """Whether a clause without a conjunction hangs loosely before a cue that ends its sentence ("X, police said.")."""
    if _after_cue(tree, verb) < end - 1:
        return False
    for child in tree.children[verb]:
        if child < left and tree.dep[child] in ("dep", "advcl", "parataxis", "nsubj"):
            finite = tree.tag[child] in ("VBD", "VBZ", "VBP") or tree.child(child, "aux", "auxpass") is not None
            if finite and tree.child(child, "mark", "advmod") is None:
                return True
    return False


def _after_cue(tree: Tree, verb: int) -> int:
    """The first token after the cue clause of a parenthetical (its subject may stand after the verb)."""
    last = verb
    for child in tree.children[verb]:
        if child > verb and tree.dep[child] in (*SUBJECTS, "prt", "npadvmod", "advmod", "dobj", "dative", "prep"):
            last = max(last, tree.last[child])
    return last + 1


def _passive_subject(tree: Tree, verb: int, row: SpeechRow) -> list[Tokens]:
    """ "The claim was denied by Kyiv", "Troops are said to have crossed": the subject belongs to the content."""
    subject = tree.subject(verb)
    if subject is None or tree.dep[subject] not in ("nsubjpass", "csubjpass"):
        return []
    if not row.frames & {"np", "obj_to", "to", "as", "obj_pred", "that"} or tree.lower[subject] == "it":
        return []
    return [trimmed(tree, tree.first[subject], tree.last[subject])]


def noun_content(tree: Tree, noun: int, row: SpeechRow) -> tuple[list[int], int, bool]:
    """Heads of the content of a noun or adjective, the last token of the cue, and whether the content is a clause."""
    content: list[int] = []
    cue_last, clausal = noun, False
    for child in tree.children[noun]:
        if child < noun:
            continue
        dep, word = tree.dep[child], tree.lower[child]
        if dep in ("acl", "ccomp", "xcomp") and noun_clause(tree, child, row):
            content.append(child)
            clausal = True
        elif dep == "prep" and word in row.prepositions and not content:
            inner = tree.child(child, "pobj", "pcomp")
            if inner is not None and child == noun + 1:
                content.append(inner)
                cue_last = child
    return content, cue_last, clausal


def noun_clause(tree: Tree, clause: int, row: SpeechRow) -> bool:
    mark = tree.child(clause, "mark")
    if mark is not None and tree.lower[mark] in ("that", "whether", "if"):
        return bool(row.frames & {"that", "whether"})
    auxiliary = tree.child(clause, "aux")
    if auxiliary is not None and tree.tag[auxiliary] == "TO":
        return "to" in row.frames
    return tree.dep[clause] == "ccomp" and "that" in row.frames
