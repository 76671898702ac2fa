"""What a meeting or call was about: "focused on X", "discussed X", "exchanged views on X", "talks on X"."""

from __future__ import annotations

from collections.abc import Iterator

from spacy.tokens import Doc, Token

from dragoman.coding.extensions import text_of
from dragoman.coding.mentions import EventMention
from dragoman.coding.syntax import NOMINAL, conjuncts
from dragoman.lexicon.word_lists import word_list
from dragoman.records import TextSpan
from dragoman.tables import package_file, read_table

MAX_TOPICS = 12


class TopicFinder:
    """Finds the topics of CONSULT events by the cues of ``lexicon/topic_cues.tsv``."""

    def __init__(self) -> None:
        self._cues: dict[tuple[str, str], frozenset[str]] = {}
        for row in read_table(package_file("lexicon", "topic_cues.tsv"), ("lemma", "pos", "slots", "example")):
            self._cues[row["lemma"], row["pos"]] = frozenset(row.many("slots"))

    def topics(self, doc: Doc, mentions: list[EventMention]) -> tuple[TextSpan, ...]:
        """Topics told of with the mentions, or in the sentences that hold them, in the order of the text."""
        found: dict[tuple[int, int], TextSpan] = {}
        for mention in mentions:
            for token in doc[mention.trigger].sent:
                for head in self._topic_heads(token):
                    span = _phrase(head)
                    if span is not None:
                        found.setdefault((span.start, span.end), span)
        spans = sorted(found.values(), key=lambda span: (span.start, -span.end))
        return tuple(_without_nested(spans))[:MAX_TOPICS]

    def topic_tokens(self, doc: Doc, mentions: list[EventMention]) -> frozenset[int]:
        """Indices of nouns inside the topics of meetings: what a meeting was about is no event told of there."""
        tokens: set[int] = set()
        for mention in mentions:
            for topic in self.topics(doc, [mention]):
                span = doc.char_span(topic.start, topic.end, alignment_mode="contract")
                tokens.update(token.i for token in span or () if token.pos_ != "VERB" and token.i != mention.trigger)
        return frozenset(tokens)

    def _topic_heads(self, token: Token) -> Iterator[Token]:
        pos = "VERB" if token.pos_ == "VERB" else "NOUN"
        slots = self._cues.get((token.lemma_.lower(), pos))
        if slots is None:
            return
        for child in token.children:
            if child.dep_ in ("dobj", "nsubjpass") and child.dep_ in slots:
                yield from _unfold(child)
            elif child.dep_ == "prep" and child.lower_ in slots:
                for inner in child.children:
                    if inner.dep_ in ("pobj", "pcomp"):
                        yield from _unfold(inner)
                yield from _strays(token, child)


def _strays(cue: Token, preposition: Token) -> Iterator[Token]:
    """Further items of a list that the parser hung on the cue: "views on the dam, the war in Sudan and trade"."""
    for child in cue.children:
        if child.dep_ == "conj" and child.i > preposition.i and child.pos_ in NOMINAL:
            yield from _listed(child)


SHELLS = word_list("shell_nouns")
EFFORTS = word_list("effort_nouns")


def _unfold(head: Token) -> Iterator[Token]:
    """The topics behind a shell noun ("a range of issues, including A and B"; "enhancing efforts in A and B")."""
    inner = [child for child in head.children if child.dep_ == "prep" and child.lower_ in ("including", "of", "like")]
    listed = [
        t for prep in inner if prep.lower_ != "of" for c in prep.children if c.dep_ == "pobj" for t in conjuncts(c)
    ]
    if listed:
        yield from listed
        return
    if head.lemma_.lower() in SHELLS:
        of = [t for prep in inner for c in prep.children if c.dep_ == "pobj" for t in conjuncts(c)]
        trailing = _sentence_list(head)
        yield from (trailing or of or [head])
        return
    if head.pos_ == "VERB":
        objects = [c for c in head.children if c.dep_ == "dobj"]
        for item in objects:
            yield from _inside(item)
        return
    yield from _listed(head)


def _listed(head: Token) -> Iterator[Token]:
    """The items of a list, also those that the parser hung on a noun inside an item ("... in Gaza, the talks ...")."""
    yield head
    stack, depth = [head], 0
    while stack and depth < 40:
        depth += 1
        for child in stack.pop(0).children:
            if child.dep_ in ("conj", "appos") and child.pos_ in NOMINAL:
                yield child
                stack.append(child)
            elif child.dep_ in ("prep", "pobj"):
                stack.append(child)


def _inside(item: Token) -> Iterator[Token]:
    """Objects of "enhancing joint efforts in A, B and C": what the efforts are in, else the objects themselves."""
    if item.lemma_.lower() in EFFORTS:
        for prep in item.children:
            if prep.dep_ == "prep" and prep.lower_ in ("in", "on", "against"):
                for child in prep.children:
                    if child.dep_ == "pobj":
                        yield from _listed(child)
                        yield from (other for other in conjuncts(item) if other.i != item.i)
                        return
    yield from conjuncts(item)


def _sentence_list(head: Token) -> list[Token]:
    """A list that the parser hung elsewhere in the sentence: "views on a range of issues, including A, B and C"."""
    for token in head.sent[head.i - head.sent.start :]:
        if token.lower_ == "including" and token.dep_ == "prep":
            return [t for c in token.children if c.dep_ == "pobj" for t in _listed(c)]
    return []


def _phrase(head: Token) -> TextSpan | None:
    """The noun phrase of a head, without what is co-ordinated with it and without relative clauses."""
    if head.pos_ not in NOMINAL and head.tag_ != "VBG":
        return None
    if head.pos_ == "PRON" or head.ent_type_ in ("DATE", "TIME"):  # "spoke on Monday"
        return None
    keep = [head.i]
    stack = [head]
    while stack:
        for child in stack.pop().children:
            if child.dep_ in ("conj", "cc", "punct", "relcl", "appos", "preconj", "advcl"):
                continue
            keep.append(child.i)
            stack.append(child)
    left, right = min(keep), max(keep)
    doc = head.doc
    start, end = doc[left].idx, doc[right].idx + len(doc[right])
    return TextSpan(text=text_of(doc)[start:end], start=start, end=end)


def _without_nested(spans: list[TextSpan]) -> Iterator[TextSpan]:
    last = -1
    for span in spans:
        if span.start >= last:
            yield span
            last = span.end
