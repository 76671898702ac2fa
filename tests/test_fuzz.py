"""Whatever a text holds, its record keeps its promises."""

from __future__ import annotations

from fuzz_reports import faults, mutated_reports

from dragoman.coding.coder import Coder


def test_mutated_reports_give_records_that_hold() -> None:
    reports = list(mutated_reports(150, seed=7))
    for report, coded in zip(reports, Coder().pipe(reports), strict=True):
        assert faults(report, coded) == [], report.text
