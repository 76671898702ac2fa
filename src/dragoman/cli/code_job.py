"""Doing what ``dragoman code`` was asked for: from options to readers, an engine, sinks and a summary."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import msgspec
import typer

from dragoman import __version__
from dragoman.atomic import atomic_output
from dragoman.cli.code_options import Job
from dragoman.cli.coding_run import CodingRun, Hooks, Tally, rejected_line, summarise
from dragoman.cli.console import ExitCode, errors_as_messages, fail, say, terminated_like_interrupted
from dragoman.cli.run_log import LOG_FORMATS, JsonLog, Pace, moving_line
from dragoman.cli.sinks import FORMATS, IntoStore, Sink, make_sink
from dragoman.engines.dead_letters import DeadLetters
from dragoman.engines.shards import Engine, Shards, remove_parts_of_the_dead, run_sharded
from dragoman.errors import DragomanError
from dragoman.objects import beside, is_object, local_path, output
from dragoman.records import CodedReport, Rejected, Report
from dragoman.settings import Settings
from dragoman.sources.discover import is_address
from dragoman.sources.fields import parse_mapping
from dragoman.sources.meter import Meter
from dragoman.sources.reading import Reading, ReadOptions, read

if TYPE_CHECKING:
    from dragoman.sources.feed_reading import FeedReading


def do(job: Job) -> ExitCode:
    """Run a job; returns the exit code. Errors made on purpose end it with one line (of JSON, where that is asked)."""
    if job.log_format not in LOG_FORMATS:
        fail(f"--log-format is {job.log_format!r}; allowed: {', '.join(LOG_FORMATS)}")
    with errors_as_messages(), terminated_like_interrupted():
        try:
            _check(job)
            running = _Running(job)
            tally = running.follow() if job.follow else running.run()
            _afterwards(job, tally)
        except DragomanError as error:
            if job.log_format != "json":
                raise
            JsonLog(Pace(lambda: None)).write("error", "error", detail=str(error))
            raise typer.Exit(ExitCode.NOTHING_USABLE) from error
    return tally.exit_code


def _check(job: Job) -> None:
    """Options that make no sense together; the first is named."""
    if job.link and job.store is None:
        fail("--link needs --store: stories are kept in a store")
    if job.resume and job.output is None and job.store is None:
        fail("--resume needs --output or --store: a run into standard output leaves nothing to go on with")
    if job.retry is not None and (job.inputs or job.resume):
        fail("--retry takes no INPUTS and no --resume: it codes what a --dead-letters folder holds")
    if job.retry is None and not job.inputs:
        fail("no INPUTS: give files, folders, patterns, - for standard input, or --retry DIR")
    _check_feeds(job)
    _check_places(job)
    if job.output_format == "parquet" and job.output is None:
        fail("--format parquet needs --output: it is no text")
    if job.engine not in ("local", "ray"):
        fail(f"--engine is {job.engine!r}; allowed: local, ray")
    if job.ray_address and job.engine != "ray":
        fail("--ray-address needs --engine ray")
    if job.output_format is not None and job.output_format not in FORMATS:
        fail(f"--format is {job.output_format!r}; allowed: {', '.join(FORMATS)}")


def _check_places(job: Job) -> None:
    """What has to be on this machine; a path has lost one of the two strokes of an address."""
    places = {
        "--store": job.store,
        "--rejected": job.rejected,
        "--dead-letters": job.dead_letters,
        "--retry": job.retry,
    }
    for option, path in places.items():
        if path is not None and is_object(str(path).replace(":/", "://", 1)):
            fail(
                f"{option} is {path}; it takes a place on this machine: only INPUTS and --output may be in object storage"
            )


def _check_feeds(job: Job) -> None:
    addresses = [given for given in job.inputs or () if is_address(given)]
    if not (job.follow or addresses or job.metrics_port is not None):
        return
    from dragoman.cli.following import seconds_of

    if job.follow and (job.store is None or job.output is not None or job.retry or len(addresses) != len(job.inputs)):
        fail("--follow takes addresses of feeds alone, and --store, where their reports go")
    if job.follow and seconds_of(job.every) is None:
        fail(f"--every is {job.every!r}; it takes 90s, 15m or 2h: from a minute to a day")
    if job.metrics_port is not None and not job.follow:
        fail("--metrics-port needs --follow")
    if job.resume and addresses:
        fail("--resume needs inputs that stay the same: files, not addresses")


def _afterwards(job: Job, tally: Tally) -> None:
    if not job.quiet and job.log_format == "text":
        summarise(tally, str(job.rejected) if job.rejected else None)
        if tally.failed and job.dead_letters:
            say(f"  kept in {job.dead_letters}; dragoman code --retry {job.dead_letters} takes them up again")
    if job.link and job.store is not None and tally.coded:
        from dragoman.cli.link import link_and_say, spread_of

        spread = spread_of(job.engine, job.workers, job.ray_address)
        link_and_say(job.store, quiet=job.quiet or job.log_format == "json", spread=spread)


class _Running:
    """One run: what is read, what codes it, where it goes, who is told."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.output = _place(job.output)
        self.settings = _settings(job)
        self.meter = Meter()
        self.pace = Pace(lambda: self.meter.share)
        letters = job.retry or job.dead_letters
        self.letters = DeadLetters(letters) if letters else None
        self.json_log = JsonLog(self.pace) if job.log_format == "json" and not job.quiet else None
        self.settled: list[str] = []
        self.feeds: FeedReading | None = None

    def follow(self) -> Tally:
        """Feeds, until a signal."""
        from dragoman.cli.following import Following, seconds_of

        every = seconds_of(self.job.every)
        assert every is not None
        with ExitStack() as stack:
            following = Following(self.job, self.settings, self._options(), every)
            return following.run(self._hooks(stack))

    def run(self) -> Tally:
        job = self.job
        items = self._items()
        with ExitStack() as stack:
            engine = self._engine(stack)
            sinks = self._sinks(stack)
            hooks = self._hooks(stack)
            if self.json_log:
                self.json_log.write("info", "started", inputs=job.inputs or [str(job.retry)], workers=job.workers)
            tally = CodingRun(engine, sinks, hooks).run(items)
        if self.feeds is not None:
            self.feeds.keep()
        for report_id in self.settled:
            assert self.letters is not None
            self.letters.settle(report_id)
        if self.json_log:
            self.json_log.ended(tally)
        return tally

    def _items(self) -> Iterable[Report | Rejected]:
        job = self.job
        if job.retry:
            return DeadLetters(job.retry).read()
        options = self._options()
        addresses = [given for given in job.inputs if is_address(given)]
        paths = [given for given in job.inputs if not is_address(given)]
        if not addresses:
            return read(paths, self.settings, options, self.meter)
        from dragoman.cli.following import state_file
        from dragoman.sources.feed_reading import FeedReading
        from dragoman.sources.fetching import Fetcher

        self.feeds = FeedReading(Fetcher(allow_private=job.allow_private), state_file(job))
        reading = Reading(self.settings, options, self.meter)
        return chain(reading.all(paths), self.feeds.items(addresses, reading))

    def _options(self) -> ReadOptions:
        job = self.job
        written = (self.output, job.store, job.rejected, job.dead_letters, self._run_folder())
        return ReadOptions(
            fields=parse_mapping(job.field or ()),
            published=job.published,
            title=job.title,
            publisher=job.publisher,
            url=job.url,
            language=job.language,
            input_format=job.input_format,
            exclude=tuple(path for path in written if path),
        )

    def _run_folder(self) -> Path | str | None:
        """Where finished shards wait for the end of the run; None for a run that cannot be resumed."""
        if isinstance(self.output, str):
            return beside(self.output, ".run")
        if self.output is not None:
            is_file = self.output.is_file() or not self.output.exists()
            return self.output.with_name(self.output.name + ".run") if is_file else None
        return self.job.store / "run" if self.job.store else None

    def _engine(self, stack: ExitStack) -> Engine:
        from dragoman.engines import local, ray

        job, folder = self.job, self._run_folder()

        def engine(reports: Iterable[Report]) -> Iterator[CodedReport]:
            if job.engine == "ray":
                return ray.run(reports, self.settings, job.workers, address=job.ray_address or ray.LOCAL)
            return local.run(reports, self.settings, job.workers, isolate=folder is not None)

        if folder is None or job.retry:
            return engine
        if job.store is not None and job.output is None:
            IntoStore(job.store)  # the folder has to be a store before anything else lies in it
        shards = stack.enter_context(Shards(folder, self._started_with(), job.resume))
        stack.push(self._tell_of_shards(shards))
        if isinstance(self.output, Path):
            remove_parts_of_the_dead(self.output)
        return lambda reports: run_sharded(shards, engine, reports)

    def _tell_of_shards(self, shards: Shards) -> Callable[..., bool]:
        def tell(kind: object, error: object, trace: object) -> bool:
            if kind is not None and shards.finished() and self.job.log_format == "text":
                say(f"{shards.finished()} finished shards are kept in {shards.place}; --resume goes on with them")
            return False

        return tell

    def _started_with(self) -> dict[str, str]:
        values = {name: repr(value) for name, value in msgspec.structs.asdict(self.settings).items()}
        return {"version": __version__, **values}

    def _sinks(self, stack: ExitStack) -> list[Sink]:
        job, sinks = self.job, list[Sink]()
        form = job.output_format or ("table" if self._shows() else "jsonl")
        if self.output is not None:
            sinks.append(make_sink(form, stack.enter_context(output(self.output))))
        elif job.store is None:
            sinks.append(make_sink(form, _standard_output()))
        if job.store is not None:
            sinks.append(IntoStore(job.store))
        return sinks

    def _shows(self) -> bool:
        """Whether the records themselves go to a terminal."""
        return self.job.output is None and self.job.store is None and sys.stdout.isatty()

    def _hooks(self, stack: ExitStack) -> Hooks:
        hooks, job = Hooks(), self.job
        if job.rejected is not None:
            stream = stack.enter_context(atomic_output(job.rejected))
            hooks.rejected.append(lambda item: _write(stream, rejected_line(item)))
        if self.letters is not None:
            letters = self.letters
            hooks.failed.append(lambda coded, report: letters.keep(report, coded))
        if job.retry:
            hooks.coded.append(lambda coded, report: self.settled.append(coded.id))
        if self.json_log:
            hooks.rejected.append(self.json_log.set_aside)
            hooks.failed.append(self.json_log.failed)
            hooks.progress.append(self.json_log.progress)
        elif show := stack.enter_context(moving_line(self.pace, job.quiet or self._shows())):
            hooks.progress.append(show)
        return hooks


def _write(stream: BinaryIO, data: bytes) -> None:
    stream.write(data)


def _settings(job: Job) -> Settings:
    settings = Settings.from_toml(job.settings_file) if job.settings_file else Settings()
    settings = msgspec.structs.replace(settings, spacy_model=job.model) if job.model else settings
    return msgspec.structs.replace(settings, pretest=False) if job.no_pretest else settings


def _place(given: str | None) -> Path | str | None:
    """A path of this machine, or an address of object storage (text)."""
    return given if given is None or is_object(given) else Path(local_path(given))


def _standard_output() -> BinaryIO:
    return sys.stdout.buffer
