"""Statements whose cue is a noun, an adjective, "according to" or an adverb such as "reportedly"."""

from __future__ import annotations

from dragoman.coding.attribution_frames import (
    Draft,
    noun_clause,
    noun_content,
    source_range,
    speaker,
    verb_cue,
    verb_draft,
)
from dragoman.coding.attribution_hosts import around, trimmed
from dragoman.coding.cues import cue_table
from dragoman.coding.speech_lexicon import SpeechRow, speech_adjectives, speech_nouns, speech_verbs, word_class
from dragoman.coding.tree import Tree

COPULAS = frozenset("be seem remain become feel sound appear grow stay".split())


def noun_draft(tree: Tree, noun: int, row: SpeechRow) -> Draft | None:
    """ "The claim by Kyiv that X", "a Reuters report that X", "raised doubts about X"; None without content."""
    content, cue_last, clausal = noun_content(tree, noun, row)
    if not content:
        return None
    cue_first, source = noun, _noun_source(tree, noun)
    while cue_first - 1 in tree.children[noun] and tree.dep[cue_first - 1] == "amod":
        cue_first -= 1
    above = tree.head[noun]
    is_predicate = tree.dep[noun] == "attr" and tree.lemma[above] == "be"
    is_object = tree.dep[noun] == "dobj" and _is_light(tree, above) and noun - above <= 4
    if source is None and (is_predicate or is_object):
        source, cue_first = speaker(tree, above), verb_cue(tree, above)[0][0]
    if source is None and clausal:
        source, cue_first = _teller(tree, noun, cue_first)
    if not clausal and source is None:
        return None
    draft = Draft(cue=noun, row=row, kind="noun", cues=[(cue_first, cue_last)], clausal=clausal)
    draft.content = [trimmed(tree, min(tree.first[i] for i in content), max(tree.last[i] for i in content))]
    if source is not None:
        draft.source_head, draft.source = source, source_range(tree, source, cue_first if source < noun else noun)
    return draft


def _teller(tree: Tree, noun: int, cue_first: int) -> tuple[int | None, int]:
    """Who "said in a statement that X": the subject of the verb of saying that the noun is the medium of."""
    link = tree.head[noun]
    if tree.dep[noun] != "pobj" or tree.lower[link] not in ("in", "on", "through", "by", "via"):
        return None, cue_first
    verb = tree.head[link]
    if not tree.is_verb(verb) or tree.lemma[verb] not in speech_verbs() or tree.child(verb, "ccomp") is not None:
        return None, cue_first
    return speaker(tree, verb), verb_cue(tree, verb)[0][0]


def _is_light(tree: Tree, verb: int) -> bool:
    row = speech_verbs().get(tree.lemma[verb])
    return row is not None and "np_speech" in row.frames


def adjective_draft(tree: Tree, adjective: int, row: SpeechRow) -> Draft | None:
    """ "Kyiv is confident that X", "is critical of X", "it is unclear whether X"; None without content."""
    verb = tree.head[adjective]
    content, cue_last, clausal = noun_content(tree, adjective, row)
    if not content:
        clause = tree.child(verb, "ccomp")
        if clause is None or clause < adjective or not noun_clause(tree, clause, row):
            return None
        content, clausal = [clause], True
    draft = Draft(cue=adjective, row=row, kind="adjective", clausal=clausal)
    draft.cues = [(verb_cue(tree, verb)[0][0], cue_last)]
    draft.content = [trimmed(tree, min(tree.first[i] for i in content), max(tree.last[i] for i in content))]
    source = speaker(tree, verb)
    if source is not None and tree.lower[source] not in ("it", "there"):
        draft.source_head, draft.source = source, source_range(tree, source, draft.cues[0][0])
    return draft


def _noun_source(tree: Tree, noun: int) -> int | None:
    owner = tree.child(noun, "poss")
    if owner is not None:
        return owner
    for child in tree.children[noun]:
        if tree.dep[child] in ("prep", "agent") and tree.lower[child] in ("by", "from"):
            return tree.child(child, "pobj")
    return next((c for c in tree.children[noun] if tree.dep[c] in ("compound", "nmod") and tree.tag[c] == "NNP"), None)


ACCORDING = SpeechRow(
    lemma="according to",
    frames=frozenset({"that"}),
    prepositions=frozenset(),
    particles=frozenset(),
    stance="asserts",
    certainty=0.9,
)


def according_draft(tree: Tree, at: int) -> Draft | None:
    """ "According to X, Y" and "Y, according to X": the content is the clause that the phrase modifies."""
    inner = tree.child(at, "prep", "prt")
    start = inner if inner is not None and inner > at else at
    source = tree.child(start, "pobj", "pcomp")
    if source is None and at + 1 < tree.size and tree.lower[at + 1] == "to":
        source = tree.child(at + 1, "pobj")
        start = at + 1
    if source is None:
        return None
    draft = Draft(cue=at, row=ACCORDING, kind="according", cues=[(at, start)], clausal=True)
    draft.source_head = source
    first, last = source_range(tree, source, at)
    draft.source = (max(first, start + 1), last)
    draft.content = around(tree, at, at, tree.last[source] if tree.last[source] >= last else last)
    return draft


FREE_CUES = word_class("free")


def _adverb_certainty(word: str) -> float:
    rows = cue_table().by_first.get(word, ())
    return next((row.certainty for row in rows if row.words == (word,)), 0.5)


def free_draft(tree: Tree, at: int) -> Draft | None:
    """ "reportedly", "allegedly": a statement without a source over the clause or phrase that the adverb modifies."""
    head = tree.head[at]
    row = SpeechRow(
        lemma=tree.lower[at],
        frames=frozenset({"that"}),
        prepositions=frozenset(),
        particles=frozenset(),
        stance="asserts",
        certainty=_adverb_certainty(tree.lower[at]),
    )
    draft = Draft(cue=at, row=row, kind="free", cues=[(at, at)])
    low, high = tree.first[head], tree.last[head]
    if tree.is_verb(head):
        for child in tree.children[head]:  # another clause beside this one is not under the adverb
            if tree.dep[child] in ("advcl", "parataxis", "ccomp") and child < head:
                low = max(low, tree.last[child] + 1)
            if tree.dep[child] in ("conj", "parataxis") and tree.is_verb(child):
                high = min(high, tree.first[child] - 1)
    pieces = [(low, at - 1), (at + 1, high)]
    draft.content = [trimmed(tree, a, b) for a, b in pieces if a <= b]
    return draft if draft.content else None


CLAUSE_VERB = SpeechRow(
    lemma="",
    frames=frozenset({"that"}),
    prepositions=frozenset(),
    particles=frozenset(),
    stance="asserts",
    certainty=0.6,
)
NOT_SAYING = word_class("not saying")


def _takes_that(tree: Tree, verb: int) -> bool:
    """Whether a verb that no table knows takes a finite clause with "that": such verbs are of saying or thinking."""
    clause = tree.child(verb, "ccomp")
    if clause is None or clause < verb or tree.lemma[verb] in NOT_SAYING:
        return False
    mark = tree.child(clause, "mark")
    return mark is not None and tree.lower[mark] in ("that", "whether") and mark > verb


def drafts(tree: Tree) -> list[Draft]:
    """All statements with a cue of their own, in the order of their cues."""
    verbs, nouns, adjectives = speech_verbs(), speech_nouns(), speech_adjectives()
    out: list[Draft] = []
    for i in range(tree.size):
        word, lemma = tree.lower[i], tree.lemma[i]
        found: Draft | None = None
        if tree.is_verb(i) and tree.dep[i] not in ("aux", "auxpass", "amod", "compound"):
            if word == "according":
                found = according_draft(tree, i)
            elif lemma in verbs:
                found = verb_draft(tree, i, verbs[lemma])
            elif _takes_that(tree, i):
                found = verb_draft(tree, i, CLAUSE_VERB)
        elif tree.dep[i] in ("acomp", "oprd") and lemma in adjectives and tree.lemma[tree.head[i]] in COPULAS:
            found = adjective_draft(tree, i, adjectives[lemma])
        elif lemma in nouns and tree.is_noun(i):
            found = noun_draft(tree, i, nouns[lemma])
        elif word in FREE_CUES and tree.dep[i] in ("advmod", "amod"):
            found = free_draft(tree, i)
        if found is not None:
            out.append(found)
    return out


def without_governors(found: list[Draft]) -> list[Draft]:
    """A verb that only governs another cue ("declined" in "declined to comment on") is part of that cue."""
    within = {
        i for draft in found if draft.kind == "verb" for a, b in draft.cues for i in range(a, b + 1) if i != draft.cue
    }
    return [draft for draft in found if draft.kind != "verb" or draft.cue not in within]
