"""Whatever a text holds, its record keeps its promises."""

from __future__ import annotations

from fuzz_reports import faults, mutated_reports

from dragoman.coding.coder import Coder
from dragoman.engines.batches import code_batch


def test_mutated_reports_give_records_that_hold() -> None:
    reports = list(mutated_reports(150, seed=7))
    for report, coded in zip(reports, Coder().pipe(reports), strict=True):
        assert faults(report, coded) == [], report.text


def test_words_that_reports_bring_are_forgotten_and_the_records_are_the_same(table_coder: Coder) -> None:
    reports = tuple(mutated_reports(60, seed=8))
    list(table_coder.pipe(reports[:10]))  # what is made once, at the first use
    known = len(table_coder.nlp.vocab.strings)
    coded = code_batch(table_coder, reports)
    assert len(table_coder.nlp.vocab.strings) == known
    assert coded == list(table_coder.pipe(reports))
    assert len(table_coder.nlp.vocab.strings) > known  # outside of an engine, Docs may be kept, and so are their words
