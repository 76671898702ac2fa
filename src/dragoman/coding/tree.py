"""A dependency parse as plain lists, for components that walk up and down it often.

Reading one attribute of a spaCy token costs about as much as reading twenty list items, so each Doc is unpacked once.
"""

from __future__ import annotations

from functools import lru_cache

from spacy.attrs import DEP, HEAD, LEMMA, LOWER, TAG
from spacy.tokens import Doc

from dragoman.coding.extensions import text_of
from dragoman.tables import package_file, read_table

SUBJECTS = frozenset({"nsubj", "nsubjpass", "csubj", "csubjpass"})
VERB_TAGS = frozenset({"VB", "VBD", "VBG", "VBN", "VBP", "VBZ"})
NOUN_TAGS = frozenset({"NN", "NNS", "NNP", "NNPS"})


@lru_cache(maxsize=1)
def lemma_fixes() -> dict[str, str]:
    """``lexicon/lemma_fixes.tsv``: words that the pipeline's lemmatizer gets wrong."""
    rows = read_table(package_file("lexicon", "lemma_fixes.tsv"), ("word", "lemma"))
    return {row["word"]: row["lemma"] for row in rows}


class Tree:
    """Words, lemmas, tags, labels, heads, children and subtree bounds of a Doc, indexed by token."""

    def __init__(self, doc: Doc) -> None:
        strings = doc.vocab.strings
        size = len(doc)
        columns = doc.to_array([LOWER, LEMMA, TAG, DEP, HEAD])
        names: dict[int, str] = {0: ""}
        for key in set(columns[:, :4].ravel().tolist()):
            names.setdefault(key, strings[key] if key else "")
        self.doc = doc
        self.text: str = text_of(doc)
        self.size = size
        self.lower = [names[key] for key in columns[:, 0].tolist()]
        self.lemma = [names[key].lower() or word for key, word in zip(columns[:, 1].tolist(), self.lower, strict=True)]
        fixes = lemma_fixes()
        for i, word in enumerate(self.lower):
            if word in fixes:
                self.lemma[i] = fixes[word]
        self.tag = [names[key] for key in columns[:, 2].tolist()]
        self.dep = [names[key] for key in columns[:, 3].tolist()]
        self.head = [i + offset for i, offset in enumerate(columns[:, 4].astype("int64").tolist())]
        self.start = [token.idx for token in doc]
        self.end = [start + len(token) for start, token in zip(self.start, doc, strict=True)]
        self.sentence = self._sentences()
        self.children: list[list[int]] = [[] for _ in range(size)]
        self.first = list(range(size))
        self.last = list(range(size))
        for i, head in enumerate(self.head):
            if self.sentence[head] != self.sentence[i]:  # a parse that runs on over a line break
                self.head[i], self.dep[i] = i, "ROOT"
            elif head != i:
                self.children[head].append(i)
        self._bounds()

    def _bounds(self) -> None:
        for i in range(self.size):
            if self.tag[i] == "_SP":
                continue
            at, steps = self.head[i], 0
            while steps < 200:
                if i < self.first[at]:
                    self.first[at] = i
                elif i > self.last[at]:
                    self.last[at] = i
                above = self.head[at]
                if above == at:
                    break
                at, steps = above, steps + 1

    def _sentences(self) -> list[int]:
        """For each token the index of its sentence; `sentence_bounds` holds first and last token of each.

        A line break ends a sentence too: the parser runs headlines into what follows.
        """
        out, starts = [0] * self.size, []
        broken = True
        for i, token in enumerate(self.doc):
            if broken or token.is_sent_start:
                starts.append(i)
            broken = self.tag[i] == "_SP" and "\n" in token.text
            out[i] = len(starts) - 1
        ends = [*(start - 1 for start in starts[1:]), self.size - 1]
        self.sentence_bounds = [self._no_blanks(a, b) for a, b in zip(starts, ends, strict=False)]
        return out

    def _no_blanks(self, first: int, last: int) -> tuple[int, int]:
        while last > first and self.tag[last] == "_SP":
            last -= 1
        return first, last

    def child(self, i: int, *labels: str) -> int | None:
        """The first child with one of the labels."""
        for j in self.children[i]:
            if self.dep[j] in labels:
                return j
        return None

    def is_verb(self, i: int) -> bool:
        """Whether the token is tagged as a verb (auxiliaries and modals aside from MD included)."""
        return self.tag[i] in VERB_TAGS

    def is_noun(self, i: int) -> bool:
        """Whether the token is tagged as a noun or name."""
        return self.tag[i] in NOUN_TAGS

    def within(self, i: int, top: int) -> bool:
        """Whether `top` is the token or above it."""
        for _ in range(200):
            if i == top:
                return True
            if self.head[i] == i:
                return False
            i = self.head[i]
        return False

    def path(self, i: int) -> list[int]:
        """The token and all above it, nearest first."""
        out = [i]
        while self.head[i] != i and len(out) < 200:
            i = self.head[i]
            out.append(i)
        return out

    def negated(self, i: int) -> bool:
        """Whether the token has a negation of its own."""
        return any(self.dep[j] == "neg" or self.lower[j] == "never" for j in self.children[i])

    def subject(self, verb: int) -> int | None:
        """The token that stands as the verb's own subject (a relative pronoun where that is the subject)."""
        found = None
        for j in self.children[verb]:
            if self.dep[j] in SUBJECTS:
                if self.lower[j] not in ("that", "which", "who"):
                    return j
                found = j if found is None else found
        return found

    def passive(self, verb: int) -> bool:
        """Whether the verb is a passive participle."""
        if self.child(verb, "auxpass", "nsubjpass") is not None:
            return True
        return self.tag[verb] == "VBN" and self.dep[verb] in ("acl", "advcl") and self.child(verb, "aux") is None


_last: tuple[Doc, Tree] | None = None


def tree_of(doc: Doc) -> Tree:
    """The Tree of a Doc; the last one is kept, since several components read the same Doc one after another."""
    global _last
    held = _last
    if held is not None and held[0] is doc and held[1].size == len(doc):
        return held[1]
    tree = Tree(doc)
    _last = (doc, tree)
    return tree
