"""The whole of training: annotated texts to a model folder, seeded and resumable (``dragoman train``)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import msgspec
from spacy.tokens import Doc

from dragoman.coding.features import CandidateFinder
from dragoman.coding.frames import FrameMatcher
from dragoman.coding.pipeline import build
from dragoman.errors import SourceError
from dragoman.lexicon.predicates import predicate_table
from dragoman.ontology.ontology import load_ontology
from dragoman.records import Report
from dragoman.settings import NO_CLASSIFIER, Settings
from dragoman.training.base import SMALL, load_base
from dragoman.training.calibrate import Calibration, calibrate, held_back
from dragoman.training.examples import Coverage, Example, GoldText, MarkedPair, examples
from dragoman.training.export import export
from dragoman.training.fit import Model, Options, fit
from dragoman.training.folds import is_held_back
from dragoman.training.gold import (
    article_texts,
    corpus_texts,
    marked_pairs,
    standoff_texts,
    synthetic_pairs,
    table_texts,
)


class Trained(msgspec.Struct, frozen=True):
    """What a run reports: how much it saw, what the candidates reach, and the calibration."""

    sentences: int
    texts: int
    coverage: dict[str, int]
    calibration: Calibration


def gold_texts(data: Path, texts: Path | None) -> list[GoldText]:
    """All annotated texts of a data folder.

    ``corpus/*.txt`` is the written corpus; ``standoff/NAME.jsonl`` annotates documents of ``NAME.jsonl`` in `texts`;
    ``coded/*.jsonl`` in `texts` are articles with every event coded. Raises `SourceError` if there is nothing.
    """
    found = list(corpus_texts((data / "corpus").glob("*.txt")))
    found.extend(table_texts(predicate_table()))
    if texts is not None:
        for annotations in sorted((data / "standoff").glob("*.jsonl")):
            if (texts / annotations.name).exists():
                found.extend(standoff_texts(annotations, texts / annotations.name))
        for articles in sorted((texts / "coded").glob("*.jsonl")):
            found.extend(article_texts(articles))
    if not found:
        raise SourceError(f"{data} has no annotated texts: corpus/*.txt or standoff/*.jsonl")
    return found


def make_examples(texts: Sequence[GoldText], settings: Settings) -> tuple[list[Example], Coverage]:
    """Parse the texts and label their candidates."""
    nlp = build(settings, until="dragoman_predicates")
    finder = CandidateFinder(FrameMatcher(predicate_table()))

    def docs() -> Iterator[Doc]:
        for gold in texts:
            doc = nlp.make_doc(gold.text)
            doc._.report = Report(id=gold.id, text=gold.text, published=gold.published)
            yield doc

    coverage = Coverage()
    return list(examples(texts, nlp.pipe(docs(), batch_size=settings.batch_size), finder, coverage)), coverage


def train(
    data: Path,
    output: Path,
    texts: Path | None = None,
    base: str = SMALL,
    options: Options | None = None,
    report: Callable[[str], None] = print,
) -> Trained:
    """Train a classifier and write its folder; takes up an interrupted run of the same options."""
    options = options or Options()
    gold = gold_texts(data, texts)
    made, coverage = make_examples(gold, Settings(classifier=NO_CLASSIFIER))
    report(f"{len(gold)} texts, {len(made)} sentences; triggers reached {coverage.reached} of {coverage.events}")
    kept = [e for e in made if is_held_back(e.group, e.id)]
    seen = [e for e in made if not is_held_back(e.group, e.id)]
    encoder, tokenizer, marks = load_base(base)
    modes = tuple(load_ontology().modes)
    model = Model(encoder, encoder.config.hidden_size, len(modes))
    output.mkdir(parents=True, exist_ok=True)
    pairs = [*_pairs(gold, False), *_synthetic(texts)]
    report(f"{len(pairs)} marked pairs")
    fit(model, seen, pairs, tokenizer, modes, marks, options, output / "checkpoint.pt", report)
    found = calibrate(held_back(model, kept, _pairs(gold, True), tokenizer, modes, marks))
    report(f"calibration error of the event decision {found.error_before} -> {found.error_after}")
    tokenizer.save(str(output / "tokenizer.full.json"))
    export(
        model, output / "tokenizer.full.json", modes, marks, dict(found.temperatures), dict(found.thresholds), output
    )
    (output / "tokenizer.full.json").unlink()
    return Trained(len(made), len(gold), msgspec.to_builtins(coverage), found)


def _synthetic(texts: Path | None) -> list[MarkedPair]:
    """Pairs from ``synthetic/*.jsonl`` in the folder of texts, if there are any."""
    if texts is None:
        return []
    return [pair for path in sorted((texts / "synthetic").glob("*.jsonl")) for pair in synthetic_pairs(path)]


def _pairs(gold: Iterable[GoldText], held: bool) -> list[MarkedPair]:
    return list(marked_pairs(g for g in gold if is_held_back(g.group, g.id) is held))
