"""The cues of ``lexicon/realis_cues.tsv``: reading them, and finding them in a parsed Doc."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import msgspec
from spacy.tokens import Doc

from dragoman.coding.speech_lexicon import certainty_of
from dragoman.coding.tree import Tree, tree_of
from dragoman.errors import TableError
from dragoman.records import Realis
from dragoman.tables import Row, package_file, read_table

COLUMNS = ("cue", "pos", "kind", "scope", "terminators", "realis", "certainty", "example")
KINDS = frozenset(
    "accusation attempt belief condition counterfactual denial doubt factive future hedge implicative+ implicative- "
    "modal negation occur perform plan pseudo question request threat unconfirmed".split()
)
SCOPES = frozenset("modifier complement clausal preposition object subject right".split())
PARTS = frozenset("verb noun adj adv aux conj prep det passive subject phrase".split())
REALIS = frozenset({"", *(value.value for value in Realis)})
_WORD = re.compile(r"[^\s-]+|-")
_EXAMPLE = re.compile(r"[^{}]*\{[^{}\s]+\}[^{}]*")


class CueRow(msgspec.Struct, frozen=True):
    """One cue; `words` in order, the other fields as in the table's header."""

    words: tuple[str, ...]
    pos: str
    kind: str
    scope: str
    terminators: frozenset[str]
    realis: str
    certainty: float
    example: str


class Hit(msgspec.Struct, frozen=True):
    """A cue found in a Doc: its first and last token and the one that heads them."""

    row: CueRow
    first: int
    last: int
    head: int


def _cue_row(row: Row) -> CueRow:
    words = tuple(_WORD.findall(row["cue"].lower()))  # the tokenizer parts "so-called" in three
    if not words:
        raise TableError(row.path, row.line, "cue is empty")
    if not _EXAMPLE.fullmatch(row["example"]):
        raise TableError(row.path, row.line, f"example {row['example']!r} must have one event word in braces")
    return CueRow(
        words=words,
        pos=row.one_of("pos", PARTS),
        kind=row.one_of("kind", KINDS),
        scope=row.one_of("scope", SCOPES),
        terminators=frozenset(row.many("terminators")),
        realis=row.one_of("realis", REALIS),
        certainty=certainty_of(row),
        example=row["example"],
    )


def read_cues(path: Path | str) -> tuple[CueRow, ...]:
    """All rows of a table of cues; raises `TableError` for a wrong value, no example or a cue that stands twice."""
    seen: dict[tuple[str, str], int] = {}
    out = []
    for row in read_table(path, COLUMNS):
        key = (row["cue"].lower(), row["pos"])
        if key in seen:
            raise TableError(row.path, row.line, f"{key[0]!r} as {key[1]} stands on line {seen[key]} too")
        seen[key] = row.line
        out.append(_cue_row(row))
    return tuple(out)


class CueTable:
    """Cues by their first word, longest first, so that a phrase is found before the words in it."""

    def __init__(self, rows: tuple[CueRow, ...]) -> None:
        self.rows = rows
        self.by_first: dict[str, list[CueRow]] = {}
        for row in rows:
            self.by_first.setdefault(row.words[0], []).append(row)
        for entries in self.by_first.values():
            entries.sort(key=lambda row: (-len(row.words), row.pos))

    def find(self, tree: Tree) -> list[Hit]:
        """All cues of a Doc; single words inside a phrase that is a cue are none."""
        hits: list[Hit] = []
        covered: set[int] = set()
        lower, lemma, by_first = tree.lower, tree.lemma, self.by_first
        for i in range(tree.size):
            rows = by_first.get(lower[i])
            other = by_first.get(lemma[i]) if lemma[i] != lower[i] else None
            if rows is None and other is None:
                continue
            long_found = i in covered
            for row in [*(rows or ()), *(other or ())]:
                size = len(row.words)
                if (size == 1 and long_found) or not _matches(tree, i, row):
                    continue
                if size > 1:
                    long_found = True
                    covered.update(range(i, i + size))
                hits.append(Hit(row, i, i + size - 1, _span_head(tree, i, i + size - 1)))
        return hits


def _matches(tree: Tree, i: int, row: CueRow) -> bool:
    size = len(row.words)
    if size > 1:
        if i + size > tree.size:
            return False
        return all(word in (tree.lower[i + k], tree.lemma[i + k]) for k, word in enumerate(row.words))
    return _part_fits(tree, i, row.pos)


def _part_fits(tree: Tree, i: int, pos: str) -> bool:
    """Whether a token can be a cue of this part of speech where it stands."""
    tag, dep = tree.tag[i], tree.dep[i]
    if pos == "verb":
        return tree.is_verb(i) and dep != "amod"
    if pos == "passive":
        return tree.is_verb(i) and tree.passive(i)
    if pos == "subject":
        return tree.is_verb(i)
    if pos == "noun":
        return tag in ("NN", "NNS", "NNP")
    if pos == "adj":
        return tag.startswith("JJ") or dep == "amod"
    if pos == "adv":
        return dep in ("advmod", "neg") or tag.startswith("RB")
    if pos == "aux":
        return tag == "MD"
    if pos == "conj":
        return dep in ("mark", "preconj", "cc", "advmod", "nsubj", "det")
    return tag in ("DT", "IN", "PDT") or dep in ("det", "prep", "neg")


def _span_head(tree: Tree, first: int, last: int) -> int:
    for i in range(first, last + 1):
        if not first <= tree.head[i] <= last or tree.head[i] == i:
            return i
    return first


@lru_cache(maxsize=1)
def cue_table() -> CueTable:
    """``lexicon/realis_cues.tsv``, read once."""
    return CueTable(read_cues(package_file("lexicon", "realis_cues.tsv")))


class DocCues:
    """The cues of one Doc, by the token that heads them."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.hits = cue_table().find(tree)
        self.by_head: dict[int, list[Hit]] = {}
        self.by_token: dict[int, list[Hit]] = {}
        self.right: list[Hit] = []
        for hit in self.hits:
            self.by_head.setdefault(hit.head, []).append(hit)
            for i in range(hit.first, hit.last + 1):
                self.by_token.setdefault(i, []).append(hit)
            if hit.row.scope == "right":
                self.right.append(hit)


_last: tuple[Doc, DocCues] | None = None


def cues_of(doc: Doc) -> DocCues:
    """The cues of a Doc; the last one is kept."""
    global _last
    held = _last
    if held is not None and held[0] is doc and held[1].tree.size == len(doc):
        return held[1]
    found = DocCues(tree_of(doc))
    _last = (doc, found)
    return found
