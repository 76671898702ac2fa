"""How often each predicate of the annotated texts named an event: writes ``lexicon/predicate_counts.tsv``.

    python training/predicate_counts.py TEXTS OUTPUT.tsv

By it sentences are chosen that are shown to the encoder (`dragoman.coding.arbiter`). TEXTS is the folder of open texts
(training/README.md).
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc

from dragoman.coding.features import CandidateFinder
from dragoman.coding.frames import FrameMatcher
from dragoman.coding.pipeline import build
from dragoman.lexicon.predicates import predicate_table
from dragoman.records import Report
from dragoman.settings import NO_CLASSIFIER, Settings
from dragoman.training.corpus_format import read_corpus

HERE = Path(__file__).parent
SEEN_AT_LEAST = 4


def annotated(texts: Path) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    """Texts with the spans of their triggers: the written corpus and the annotated sentences of open texts."""
    for item in read_corpus(sorted((HERE / "corpus").glob("*.txt"))):
        triggers = {event.trigger for event in item.events}
        yield item.text, [(m.start, m.end) for m in item.marks if m.id in triggers]
    for path in sorted((HERE / "standoff").glob("*.jsonl")):
        documents = {row["id"]: row["text"] for row in map(json.loads, (texts / path.name).open(encoding="utf-8"))}
        for row in map(json.loads, path.open(encoding="utf-8")):
            spans = [(a - row["start"], b - row["start"]) for event in row["events"] for a, b in event["triggers"]]
            yield documents[row["id"]][row["start"] : row["end"]], spans


def with_report(nlp: Language, name: str, text: str) -> Doc:
    """A Doc as the pipeline wants it."""
    doc = nlp.make_doc(text)
    doc._.report = Report(id=name, text=text)
    return doc


def main(texts: Path, output: Path) -> None:
    """Count, and write the idle ones."""
    gold = list(annotated(texts))
    nlp = build(Settings(classifier=NO_CLASSIFIER), until="dragoman_predicates")
    finder = CandidateFinder(FrameMatcher(predicate_table()))
    seen: Counter[tuple[str, str]] = Counter()
    events: Counter[tuple[str, str]] = Counter()
    docs = (with_report(nlp, str(n), text) for n, (text, _) in enumerate(gold))
    for (_, spans), doc in zip(gold, nlp.pipe(docs, batch_size=64), strict=True):
        for sentence in finder.sentences(doc):
            for candidate in sentence.candidates:
                key = (candidate.predicate.lemma, candidate.predicate.pos)
                at = doc[candidate.predicate.token].idx
                seen[key] += 1
                events[key] += any(start <= at < end for start, end in spans)
    rows = sorted(key for key, count in seen.items() if events[key] or count >= SEEN_AT_LEAST)
    lines = [
        "# How often predicates stood in the annotated texts, and how often they named an event. Made by",
        "# training/predicate_counts.py.",
        f"# Left out are those that named none and stood less than {SEEN_AT_LEAST} times.",
        "lemma\tpos\tseen\tevents",
        *(f"{lemma}\t{pos}\t{seen[lemma, pos]}\t{events[lemma, pos]}" for lemma, pos in rows if lemma.isprintable()),
    ]
    output.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(gold)} texts, {len(seen)} predicates, {len(rows)} kept")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
