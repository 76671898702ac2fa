"""What the holder of a statement does with it, and what kind of source the holder is."""

from __future__ import annotations

from dragoman.coding.attribution_frames import Draft
from dragoman.coding.speech_lexicon import word_class
from dragoman.coding.tree import Tree

CONFIRMING = word_class("confirming")
BELIEVING = word_class("believing")
DENYING = word_class("denying")
REFUSING = word_class("refusing")
UNABLE = frozenset({"unable", "unwilling"})
NOBODY = frozenset({"nobody", "none", "no", "no-one", "neither"})
COMMENTING = word_class("commenting")


def stance_of(tree: Tree, draft: Draft) -> tuple[str, float]:
    """Stance (a value of `records.Stance`) and certainty of a draft, its negation and raising verbs considered."""
    row, cue = draft.row, draft.cue
    stance, certainty = row.stance, row.certainty
    if draft.kind == "noun":
        return stance, certainty
    negated, withheld = _polarity(tree, tree.head[cue] if draft.kind == "adjective" else cue)
    if tree.lemma[cue] in ("call", "ask") and _calls_for(tree, draft):
        stance, certainty = "calls for", 0.8
    if withheld or negated:
        return _turned(tree, cue, stance, certainty, withheld)
    return stance, _modal(tree, cue, certainty)


def _polarity(tree: Tree, cue: int) -> tuple[bool, bool]:
    """Whether the cue is negated, and whether it is withheld ("refused to", "has yet to", "declined to")."""
    neither = {tree.lower[c] for i in (cue, tree.head[cue]) for c in tree.children[i]} >= {"neither", "nor"}
    subject = tree.subject(cue)
    nobody = subject is not None and ({tree.lower[subject]} | {tree.lower[c] for c in tree.children[subject]}) & NOBODY
    negated = tree.negated(cue) or neither or bool(nobody)
    withheld = False
    at = cue
    while tree.dep[at] == "xcomp" and tree.head[at] < at:
        at = tree.head[at]
        yet = any(tree.lower[c] == "yet" and c > at for c in tree.children[at])
        if yet or tree.lemma[at] in REFUSING or tree.lower[at] in UNABLE:
            withheld = True
        negated = negated or tree.negated(at)
    before = [tree.lower[i] for i in range(max(0, cue - 4), cue)]
    if "yet" in before and "to" in before and any(w in before for w in ("has", "have", "had", "'ve", "is", "are")):
        withheld = True
    return negated, withheld


def _turned(tree: Tree, cue: int, stance: str, certainty: float, withheld: bool) -> tuple[str, float]:
    lemma = tree.lemma[cue]
    if lemma in COMMENTING - CONFIRMING - {"respond"} and not _denying_that(tree, cue):
        return "declines to comment", 0.5  # "would not say whether"
    if lemma in CONFIRMING or (lemma in DENYING and tree.lemma[tree.head[cue]] in CONFIRMING):
        return "has not confirmed", 0.5
    if lemma in DENYING:
        return "asserts", 0.5
    if lemma in BELIEVING:
        return "doubts", 0.7
    if withheld and lemma in COMMENTING:
        return "declines to comment", 0.5
    if stance == "declines to comment":
        return stance, certainty
    if stance in ("calls for", "expects"):
        return "denies" if not withheld else stance, round(certainty * 0.7, 2)
    return "has not confirmed", 0.4


def _denying_that(tree: Tree, cue: int) -> bool:
    """Whether "did not say X" says that X was not said, rather than keeps silent on a question ("whether", "who")."""
    clause = tree.child(cue, "ccomp")
    if clause is None or any(tree.lower[c] in ("would", "could", "will", "wo") for c in tree.children[cue]):
        return False
    opening = tree.first[clause]
    return not (tree.lower[opening] in ("whether", "if") or tree.tag[opening] in ("WRB", "WP", "WDT"))


def _modal(tree: Tree, cue: int, certainty: float) -> float:
    """ "may have said" vouches for less than "said"."""
    for child in tree.children[cue]:
        if tree.tag[child] == "MD" and tree.lower[child] in ("may", "might", "could", "would"):
            return round(certainty * 0.6, 2)
    return certainty


def _calls_for(tree: Tree, draft: Draft) -> bool:
    first, last = draft.cues[-1]
    if tree.lemma[draft.cue] == "ask" and tree.child(draft.cue, "xcomp") is not None:
        return True
    return tree.lower[last] in ("for", "on", "upon") and last > first


SOURCE_KINDS = ("media", "officials", "witnesses", "monitors", "social media", "anonymous")
KIND_OF = {word: kind for kind in reversed(SOURCE_KINDS) for word in word_class(f"source: {kind}")}


def source_kind(tree: Tree, draft: Draft) -> str:
    """actor, officials, media, witnesses, monitors, social media, anonymous ("it was reported") or none."""
    source, head = draft.source, draft.source_head
    if source is None or head is None:
        return "anonymous" if draft.kind == "verb" and tree.passive(draft.cue) else "none"
    kind = KIND_OF.get(tree.lower[head])
    if kind is not None:
        return kind
    if any(KIND_OF.get(tree.lower[i]) == "media" for i in range(source[0], source[1] + 1)) and tree.is_noun(head):
        return "media"
    return "actor"
