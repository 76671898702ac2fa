"""Reading: inputs to reports, one at a time. What cannot be used is handed out as `Rejected`, and reading goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import BinaryIO

import msgspec

from dragoman.errors import DragomanError, SettingsError
from dragoman.records import Rejected, Report
from dragoman.settings import Settings
from dragoman.sources.csvs import read_csv, read_parquet, read_tsv
from dragoman.sources.dates import normalise
from dragoman.sources.discover import Found, discover
from dragoman.sources.draft import Draft, Drafts, Limits, Opened
from dragoman.sources.fields import field_names, label
from dragoman.sources.identity import Register, content_id
from dragoman.sources.jsons import read_json, read_jsonl
from dragoman.sources.language import language_code, language_name, other_language
from dragoman.sources.meter import Meter
from dragoman.sources.opening import members, opened_stream, sniff
from dragoman.sources.pages import read_html, read_text
from dragoman.sources.reasons import SetAside, rejected
from dragoman.sources.unpacking import Bounds, spent
from dragoman.sources.warcs import read_warc

READERS: Mapping[str, Callable[[Opened], Drafts]] = {
    "text": read_text,
    "html": read_html,
    "json": read_json,
    "jsonl": read_jsonl,
    "csv": read_csv,
    "tsv": read_tsv,
    "parquet": read_parquet,
    "warc": read_warc,
}
FORMATS = (*READERS, "zip")
_LABELS = ("title", "publisher", "url", "language")


class ReadOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How to read.

    fields: names of columns or JSON fields by field of a report, in the place of the known ones (``{"text": "body"}``).
    published, title, publisher, url, language: values for reports that have none of their own.
    input_format: one of `FORMATS` where file names do not tell; None: from the name, else from the content.
    exclude: files and folders that are passed over: what the run itself writes.
    today: the day that dates in the future are judged by; None: the clock's, once at the start.
    """

    fields: dict[str, str] = msgspec.field(default_factory=dict)
    published: str | None = None
    title: str | None = None
    publisher: str | None = None
    url: str | None = None
    language: str | None = None
    input_format: str | None = None
    exclude: tuple[str | Path, ...] = ()
    today: date | None = None


def read(
    inputs: Iterable[str | Path],
    settings: Settings | None = None,
    options: ReadOptions | None = None,
    meter: Meter | None = None,
) -> Iterator[Report | Rejected]:
    """Reports of files, folders, patterns and standard input (``-``), in the order of their paths.

    `meter` is told how far reading has come. Raises `SettingsError` for options that are not allowed, before anything
    is read; a bad file, row or report never raises but comes out as `Rejected` with a code of `REASONS`.
    """
    reading = Reading(settings or Settings(), options or ReadOptions(), meter or Meter())
    return reading.all(inputs)


class Reading:
    """One run of reading: its options, and the reports seen so far."""

    def __init__(self, settings: Settings, options: ReadOptions, meter: Meter) -> None:
        self.settings, self.options, self.meter = settings, options, meter
        self.names = field_names(options.fields)
        self.limits = Limits(settings.max_chars)
        self.bounds = Bounds(settings.max_unpacked, settings.max_ratio)
        self.register = Register()
        self.today = options.today or date.today()
        self.published, problem = normalise(options.published, self.today)
        if problem:
            raise SettingsError(f"{problem.removesuffix(': left out')}; allowed: YYYY-MM-DD, YYYY-MM or YYYY")
        if options.input_format not in (None, *FORMATS):
            raise SettingsError(f"input format is {options.input_format!r}; allowed: {', '.join(FORMATS)}")

    def all(self, inputs: Iterable[str | Path]) -> Iterator[Report | Rejected]:
        files = list(discover(inputs, self.options.exclude))
        self.meter.expect(found for found in files if isinstance(found, Found))
        for found in files:
            if isinstance(found, Rejected):
                yield found
                continue
            for draft in self._file(found):
                yield draft if isinstance(draft, Rejected) else self.report(draft)
            self.meter.end()

    def _file(self, found: Found) -> Drafts:
        try:
            with opened_stream(found, self.bounds, self.meter) as (opened, stream):
                yield from self._stream(opened, stream)
        except GeneratorExit:
            raise
        except Exception as error:
            yield _file_rejected(found.path, error)

    def _stream(self, found: Found, stream: BinaryIO) -> Drafts:
        kind = self.options.input_format or found.kind or sniff(stream)
        if kind == "zip" and found.compression:
            raise SetAside("nested", "a zip archive inside a packed file; unpack the outer one first")
        if kind != "zip":
            yield from self._drafts(READERS[kind], stream, found)
            return
        for member in members(stream, found.path, self.bounds):
            if isinstance(member, Rejected):
                yield member
            else:
                yield from self._member(*member)

    def _opened(self, stream: BinaryIO, found: Found) -> Opened:
        return Opened(stream, found.path, self.names, self.limits, self.bounds, self.settings.languages)

    def _member(self, found: Found, stream: BinaryIO) -> Drafts:
        try:
            yield from self._drafts(READERS[found.kind or "text"], stream, found)
        except Exception as error:
            yield _file_rejected(found.path, error)

    def _drafts(self, reader: Callable[[Opened], Drafts], stream: BinaryIO, found: Found) -> Drafts:
        try:
            yield from reader(self._opened(stream, found))
        except Exception as error:
            raise spent(stream) or error from error

    def report(self, draft: Draft) -> Report | Rejected:
        """The report that a draft makes, checked; `Rejected` where it cannot be used."""
        try:
            return self.register.admit(self._checked(draft), draft.line)
        except SetAside as problem:
            return rejected(draft.source, problem.reason, str(problem), draft.line)

    def _checked(self, draft: Draft) -> Report:
        text: str = draft.values["text"]
        if len(text) > self.settings.max_chars:
            raise SetAside("too-long", f"{len(text)} characters; the limit is {self.settings.max_chars} (max_chars)")
        if not text.strip():
            raise SetAside("empty", "the text is empty")
        given = {name: label(draft.values.get(name)) or getattr(self.options, name) for name in _LABELS}
        other = other_language(text, given["language"], self.settings.languages)
        if other:
            allowed = ", ".join(map(language_name, self.settings.languages))
            raise SetAside("language", f"the text is in {language_name(other)} ({other}); coded: {allowed}")
        published, warning = normalise(draft.values.get("published"), self.today)
        published = published or self.published
        given["language"] = language_code(given["language"]) or given["language"]
        return Report(
            id=label(draft.values.get("id")) or content_id(text, given["title"], published),
            text=text,
            published=published,
            source=draft.source,
            warnings=(*draft.warnings, *([warning] if warning else [])),
            **given,
        )


def _file_rejected(path: str, error: Exception) -> Rejected:
    """What a whole file is set aside for. Readers raise as the libraries below them do; no such error stops a run."""
    if isinstance(error, SetAside):
        return rejected(path, error.reason, str(error), error.line)
    if isinstance(error, (DragomanError, ImportError)):  # not the file's fault
        raise error
    if isinstance(error, OSError) and error.strerror:
        return rejected(path, "unreadable", error.strerror)
    return rejected(path, "unreadable", f"{type(error).__name__}: {error}")
