"""Reports that could not be coded, kept whole in a folder until ``dragoman code --retry`` has coded them.

One file a report, named by a hash of its id (a report's own words never become a path)::

    3f1c….json    {"report": {…}, "errors": ["…"]}
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path

import msgspec

from dragoman.atomic import OutputError, write_whole
from dragoman.errors import SourceError
from dragoman.records import CodedReport, Rejected, Report
from dragoman.sources.reasons import rejected


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A report and why it could not be coded."""

    report: Report
    errors: tuple[str, ...]


class DeadLetters:
    """The folder; made when there is something to keep. Raises `OutputError` where it cannot be written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, report: Report, coded: CodedReport) -> None:
        """Keep a report that failed; one that is there already is replaced."""
        letter = DeadLetter(report=report, errors=coded.errors)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"{self.folder} cannot be made: {error.strerror or error}") from error
        write_whole(self._path(report.id), msgspec.json.format(msgspec.json.encode(letter)) + b"\n")

    def settle(self, report_id: str) -> None:
        """Drop a report that has been coded since."""
        self._path(report_id).unlink(missing_ok=True)

    def read(self) -> Iterator[Report | Rejected]:
        """The reports, in the order of their files; a file that holds none is set aside.

        Raises `SourceError` where there is no such folder.
        """
        if not self.folder.is_dir():
            raise SourceError(f"{self.folder} is not a folder of dead letters")
        for path in sorted(self.folder.glob("*.json")):
            try:
                yield msgspec.json.decode(path.read_bytes(), type=DeadLetter).report
            except OSError as error:
                yield rejected(str(path), "unreadable", error.strerror or str(error))
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                yield rejected(str(path), "broken-json", f"no dead letter: {error}")

    def _path(self, report_id: str) -> Path:
        name = blake2b(report_id.encode("utf-8", errors="surrogatepass"), digest_size=12).hexdigest()
        return self.folder / f"{name}.json"
