"""How far a cue reaches: "said in an interview", "went on to explain", "made it clear that"."""

from __future__ import annotations

from dragoman.coding.attribution_frames import Draft
from dragoman.coding.speech_lexicon import word_class
from dragoman.coding.tree import Tree

OCCASIONS = word_class("occasion")
AT = frozenset({"in", "on", "over", "via", "by"})
LEADING = word_class("leading adjective")
MAX_WIDTH = 8


def widen(tree: Tree, draft: Draft) -> None:
    """Give the cue of a verb the medium it was said in, and the words that lead up to it."""
    if draft.kind != "verb":
        return
    (first, last) = draft.cues[-1]
    medium = _medium(tree, draft.cue, last)
    limit = min((a for a, _ in draft.content if a > last), default=tree.size)
    if medium is not None and medium < limit and not _meets(draft.source, last + 1, medium):
        last = medium
    start = _leading(tree, draft.cue)
    if start is not None and first - start <= MAX_WIDTH and not _meets(draft.source, start, first):
        first = start
    draft.cues[-1] = (first, last)


def _meets(other: tuple[int, int] | None, first: int, last: int) -> bool:
    return other is not None and other[0] <= last and other[1] >= first


def _medium(tree: Tree, verb: int, last: int) -> int | None:
    """The last token of "in an interview" right behind the cue."""
    at = last + 1
    if at >= tree.size or tree.dep[at] != "prep" or tree.head[at] != verb or tree.lower[at] not in AT:
        return None
    noun = tree.child(at, "pobj")
    if noun is None or tree.lemma[noun] not in OCCASIONS:
        return None
    end = noun
    for child in tree.children[noun]:
        if child > end and tree.dep[child] == "prep":
            end = tree.last[child]
        elif child > end:
            break
    return end if end - at < MAX_WIDTH else noun


def _leading(tree: Tree, verb: int) -> int | None:
    """The first token of "went on to", "was able to", "was reluctant to" over an infinitive of saying."""
    above = tree.head[verb]
    if above >= verb or tree.dep[verb] not in ("xcomp", "advcl") or tree.tag[verb] != "VB":
        return None
    if tree.lemma[above] == "go" and tree.lower[above + 1] == "on":
        return above
    if tree.dep[verb] == "xcomp" and tree.lower[above] in LEADING:
        copula = tree.head[above]
        if tree.dep[above] == "acomp" and copula < above:
            helpers = [c for c in tree.children[copula] if tree.dep[c] in ("aux", "neg") and c < copula]
            return min([copula, *helpers])
    return None
