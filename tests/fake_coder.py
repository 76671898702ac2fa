"""A coder for tests of the engine and the command line: quick, and it fails when a text asks for it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from dragoman.errors import TableError
from dragoman.records import CodedReport, Report
from dragoman.settings import Settings


class FakeCoder:
    def pipe(self, reports: Iterable[Report]) -> Iterator[CodedReport]:
        for report in reports:
            if "RAISE" in report.text:
                raise ValueError("two\nlines of trouble")
            if "DIE" in report.text:
                os._exit(9)
            yield CodedReport(id=report.id, title=report.title, published=report.published)


def load(settings: Settings) -> FakeCoder:
    return FakeCoder()


def load_badly(settings: Settings) -> FakeCoder:
    raise TableError("cues.tsv", 3, "a row is short")
