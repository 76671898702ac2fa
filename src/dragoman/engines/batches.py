"""What every engine does with one batch of reports: code it, and turn what fails into a record that says so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

import msgspec

from dragoman.errors import ModelError
from dragoman.records import CodedReport, Report
from dragoman.settings import Settings

Batch = tuple[Report, ...]
# The parser holds about 3 kB for each character of a batch (measured with spaCy 3.8): some 0.6 GB for a full one.
BATCH_CHARS = 200_000
# Reports of a shard, the unit that is written, counted and resumed (engines/shards.py): about ten seconds of one core.
SHARD_REPORTS = 256


class CodesReports(Protocol):
    """What an engine needs of a coder (`dragoman.coding.coder.Coder` is one)."""

    def pipe(self, reports: Iterable[Report], /) -> Iterator[CodedReport]:
        """Code reports, in order."""


Loader = Callable[[Settings], CodesReports]


def load_coder(settings: Settings) -> CodesReports:
    """The coder of this package; raises `ModelError` where the spaCy pipeline is missing."""
    import dragoman

    return dragoman.load(settings)


def batched(reports: Iterable[Report], size: int, chars: int = BATCH_CHARS) -> Iterator[Batch]:
    """Reports in order, in batches of at most `size` reports and, where one alone is not more, `chars` characters.

    Every engine takes the same batches, so that all give the same bytes. No batch reaches from one shard into the
    next, so a run that is taken up again at a shard has the batches of one that was never stopped.
    """
    batch: list[Report] = []
    held = 0
    for number, report in enumerate(reports):
        if batch and (len(batch) == size or held + len(report.text) > chars or number % SHARD_REPORTS == 0):
            yield tuple(batch)
            batch, held = [], 0
        batch.append(report)
        held += len(report.text)
    if batch:
        yield tuple(batch)


def code_batch(coder: CodesReports, batch: Batch) -> list[CodedReport]:
    """One record a report, in order. Where coding the batch raises, each report is coded alone, and the one that
    raises gets a record with `errors` filled."""
    with _forgetting(coder):
        return _coded(coder, batch)


def _forgetting(coder: CodesReports) -> AbstractContextManager[object]:
    """spaCy keeps every word that it has met; in a memory zone it forgets those of the batch, so that a process that
    has coded a million reports is no larger than one that has coded a thousand. Records hold copies, no Docs."""
    nlp = getattr(coder, "nlp", None)
    return nullcontext() if nlp is None else nlp.memory_zone()


def _coded(coder: CodesReports, batch: Batch) -> list[CodedReport]:
    try:
        coded = list(coder.pipe(batch))
        if [record.id for record in coded] == [report.id for report in batch]:
            return _with_warnings(coded, batch)
    except ModelError:
        raise
    except Exception:  # found out below, report by report
        pass
    return [_code_alone(coder, report) for report in batch]


def failed(report: Report, error: BaseException | str) -> CodedReport:
    """The record of a report that could not be coded: no events, one line that says why."""
    said = error if isinstance(error, str) else f"{type(error).__name__}: {error}"
    return CodedReport(
        id=report.id,
        title=report.title,
        published=report.published,
        publisher=report.publisher,
        url=report.url,
        warnings=report.warnings,
        errors=(" ".join(said.split())[:300],),
    )


def _code_alone(coder: CodesReports, report: Report) -> CodedReport:
    try:
        coded = list(coder.pipe((report,)))
    except Exception as error:  # whatever one report does to the coder, the run goes on
        return failed(report, error)
    if len(coded) != 1:
        return failed(report, f"the coder gave {len(coded)} records for one report")
    return _with_warnings(coded, (report,))[0]


def _with_warnings(coded: Sequence[CodedReport], batch: Batch) -> list[CodedReport]:
    """Put the warnings of reading on each record, where the coder has not done so."""
    return [_warned(record, report.warnings) for record, report in zip(coded, batch, strict=True)]


def _warned(record: CodedReport, warnings: tuple[str, ...]) -> CodedReport:
    missing = tuple(warning for warning in warnings if warning not in record.warnings)
    return msgspec.structs.replace(record, warnings=missing + record.warnings) if missing else record
