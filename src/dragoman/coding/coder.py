"""The coder: reports in, coded reports out; one object, made once, for the library, the commands and the engines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import compress, islice
from typing import Any

from spacy.tokens import Doc

from dragoman.coding.encoder import Classifier, load_classifier
from dragoman.coding.pipeline import build
from dragoman.coding.pretest import PreTest, is_pretested, pretest
from dragoman.records import CodedReport, Report
from dragoman.settings import NO_CLASSIFIER, Settings

NOT_PARSED = "not parsed: by its words the report holds no event (pretest)"
"""The warning of a report that the pre-test passed over."""


class Coder:
    """Codes reports; the same report always gives the same record.

    `nlp` is the spaCy pipeline, whose Docs carry what each component found (``doc._.events`` and so on).
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self.nlp = build(self.settings)
        self._pretest = pretest() if is_pretested(self.settings) else None

    @property
    def classifier(self) -> Classifier | None:
        """The classifier that decides what is an event; None where the table of predicates decides alone."""
        return load_classifier(self.settings.classifier) if self.settings.classifier != NO_CLASSIFIER else None

    def code(self, report: Report | str, **fields: Any) -> CodedReport:
        """Code one report, or a text with fields of `Report` by name (``published="2025-11-17"``)."""
        if isinstance(report, str):
            from dragoman.sources.identity import report_from_text

            report = report_from_text(report, **fields)
        return next(self.pipe([report]))

    def docs(self, reports: Iterable[Report]) -> Iterator[Doc]:
        """The spaCy Docs of reports, in order, with all that the components found.

        The Doc of a report that the pre-test passes over has its tokens and a warning, and is not parsed.
        """
        if self._pretest is None:
            return self.nlp.pipe(self._make_docs(reports), batch_size=self.settings.batch_size)
        return self._tested(iter(reports), self._pretest)

    def _tested(self, reports: Iterator[Report], test: PreTest) -> Iterator[Doc]:
        while batch := list(islice(reports, self.settings.batch_size)):
            passing = [test.passes(report.text) for report in batch]
            parsed = self.nlp.pipe(self._make_docs(compress(batch, passing)), batch_size=self.settings.batch_size)
            for report, passes in zip(batch, passing, strict=True):
                yield next(parsed) if passes else self._not_parsed(report)

    def _not_parsed(self, report: Report) -> Doc:
        doc = next(self._make_docs([report]))
        doc._.warnings.append(NOT_PARSED)
        return doc

    def pipe(self, reports: Iterable[Report]) -> Iterator[CodedReport]:
        """Code many reports, in order. An error in one ends the iteration; `engines` isolates it instead."""
        for doc in self.docs(reports):
            yield coded_report(doc)

    def _make_docs(self, reports: Iterable[Report]) -> Iterator[Doc]:
        for report in reports:
            doc = self.nlp.make_doc(report.text)
            doc._.report = report
            doc._.warnings = list(report.warnings)
            yield doc


def coded_report(doc: Doc) -> CodedReport:
    """The record of a Doc that went through the pipeline."""
    report: Report = doc._.report
    warnings = list(dict.fromkeys(doc._.warnings))
    if report.published is None:
        warnings.insert(0, "no publication date: relative dates are left open")
    return CodedReport(
        id=report.id,
        title=report.title,
        published=report.published,
        publisher=report.publisher,
        url=report.url,
        events=tuple(doc._.events),
        assessments=tuple(doc._.assessments),
        detections=tuple(doc._.detections),
        warnings=tuple(warnings),
    )
