"""``dragoman code``: reports in, sourced event records out."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from dragoman.cli.console import errors_as_messages, fail, messages, terminated_like_interrupted

if TYPE_CHECKING:
    from dragoman.cli.coding_run import Tally
    from dragoman.cli.sinks import Sink
    from dragoman.records import Rejected
    from dragoman.settings import Settings
    from dragoman.sources import ReadOptions

_HELP = (
    "Code reports: who did what to whom, when, where, according to whom, and how sure that is.\n\n"
    "INPUTS are files, folders, patterns in quotation marks, or - for standard input. Read are .txt .md .html .json "
    ".jsonl .csv .tsv .parquet, also as .gz or .zst and in a .zip. What cannot be used is set aside with a reason; the "
    "rest is coded.\n\n"
    "Exit code: 0 all coded, 1 some set aside or failed, 2 nothing usable."
)

_EXAMPLES = """[bold]Examples[/bold]

  dragoman code report.txt --published 2025-11-17

  dragoman code reports/ "archive/**/*.html" --output events.jsonl --rejected set-aside.jsonl --workers 4

  dragoman code news.csv --field text=body --field published=date --format csv --output events.csv

  curl -s https://example.org/report.html | dragoman code - --format table

  dragoman code reports.jsonl.gz --store account/ --link"""


Inputs = Annotated[
    list[str], typer.Argument(help="Files, folders, patterns, or - for standard input.", metavar="INPUTS...")
]
Published = Annotated[str | None, typer.Option(help="Date of publication of reports that give none.", metavar="DATE")]
Title = Annotated[str | None, typer.Option(help="Title of reports that give none.")]
Publisher = Annotated[str | None, typer.Option(help="Publisher of reports that give none.")]
Address = Annotated[str | None, typer.Option(help="Address of reports that give none.")]
Language = Annotated[str | None, typer.Option(help="Language of reports that give none.")]
Fields = Annotated[
    list[str] | None,
    typer.Option(help="Name of a field in JSON, CSV, Parquet: text=body. Repeatable.", metavar="FIELD=NAME"),
]
InputFormat = Annotated[
    str | None, typer.Option(help="text, html, json, jsonl, csv, tsv, parquet or zip, whatever the names say.")
]
OutputFormat = Annotated[
    str | None, typer.Option("--format", help="jsonl, table or csv. Default: table on a terminal, else jsonl.")
]
Output = Annotated[Path | None, typer.Option(help="Write here, whole or not at all. Default: standard output.")]
IntoStore = Annotated[
    Path | None, typer.Option(help="Load into the store in this folder; standard output stays empty.", metavar="DIR")
]
Link = Annotated[bool, typer.Option("--link", help="Then link the events of the store into stories (needs --store).")]
Workers = Annotated[int, typer.Option(help="Processes that code. The output is the same for any number.")]
Model = Annotated[str | None, typer.Option(help="spaCy pipeline with a parser and NER.", metavar="NAME")]
SettingsFile = Annotated[Path | None, typer.Option("--settings", help="TOML file with settings.", metavar="FILE")]
RejectedFile = Annotated[
    Path | None, typer.Option(help="Write what was set aside here, as JSON lines.", metavar="FILE")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no summary.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("code", help=_HELP, epilog=_EXAMPLES)(code)


def code(
    inputs: Inputs,
    published: Published = None,
    title: Title = None,
    publisher: Publisher = None,
    url: Address = None,
    language: Language = None,
    field: Fields = None,
    input_format: InputFormat = None,
    output_format: OutputFormat = None,
    output: Output = None,
    store: IntoStore = None,
    link: Link = False,
    workers: Workers = 1,
    model: Model = None,
    settings_file: SettingsFile = None,
    rejected: RejectedFile = None,
    quiet: Quiet = False,
) -> None:
    from dragoman.cli.coding_run import summarise
    from dragoman.sources import ReadOptions
    from dragoman.sources.fields import parse_mapping

    with errors_as_messages(), terminated_like_interrupted():
        if link and store is None:
            fail("--link needs --store: stories are kept in a store")
        options = ReadOptions(
            fields=parse_mapping(field or ()),
            published=published,
            title=title,
            publisher=publisher,
            url=url,
            language=language,
            input_format=input_format,
            exclude=tuple(path for path in (output, store, rejected) if path),
        )
        settings = _settings(settings_file, model)
        targets = _Targets(_format(output_format, output), output, store, rejected)
        tally = _run(inputs, settings, options, targets, workers, quiet)
        if not quiet:
            summarise(tally, str(rejected) if rejected else None)
        if link and store is not None and tally.coded:
            from dragoman.cli.link import link_and_say

            link_and_say(store, quiet=quiet)
    raise typer.Exit(tally.exit_code)


class _Targets:
    """Where the records go; opened together, and on an error none of the files is written."""

    def __init__(self, output_format: str, output: Path | None, store: Path | None, rejected: Path | None) -> None:
        self.output_format, self.output, self.store, self.rejected = output_format, output, store, rejected

    @property
    def on_terminal(self) -> bool:
        return self.output is None and self.store is None and sys.stdout.isatty()

    def open(self, stack: ExitStack) -> tuple[list[Sink], Callable[[Rejected], None] | None]:
        from dragoman.atomic import atomic_output
        from dragoman.cli.coding_run import rejected_line
        from dragoman.cli.sinks import IntoStore as StoreSink
        from dragoman.cli.sinks import make_sink

        sinks: list[Sink] = []
        if self.output is not None:
            sinks.append(make_sink(self.output_format, stack.enter_context(atomic_output(self.output))))
        elif self.store is None:
            sinks.append(make_sink(self.output_format, _standard_output()))
        if self.store is not None:
            sinks.append(StoreSink(self.store))
        if self.rejected is None:
            return sinks, None
        stream = stack.enter_context(atomic_output(self.rejected))

        def write(item: Rejected) -> None:
            stream.write(rejected_line(item))

        return sinks, write


def _run(
    inputs: list[str], settings: Settings, options: ReadOptions, targets: _Targets, workers: int, quiet: bool
) -> Tally:
    from dragoman.cli.coding_run import CodingRun
    from dragoman.engines.local import run
    from dragoman.sources import read

    items = read(inputs, settings, options)
    with ExitStack() as stack:
        sinks, rejected = targets.open(stack)
        progress = stack.enter_context(_progress(quiet or targets.on_terminal))
        coding = CodingRun(lambda reports: run(reports, settings, workers), sinks, rejected, progress)
        return coding.run(items)


def _settings(path: Path | None, model: str | None) -> Settings:
    import msgspec

    from dragoman.settings import Settings

    settings = Settings.from_toml(path) if path else Settings()
    return msgspec.structs.replace(settings, spacy_model=model) if model else settings


def _format(given: str | None, output: Path | None) -> str:
    from dragoman.cli.sinks import FORMATS

    if given is None:
        return "table" if output is None and sys.stdout.isatty() else "jsonl"
    if given not in FORMATS:
        fail(f"--format is {given!r}; allowed: {', '.join(FORMATS)}")
    return given


def _standard_output() -> BinaryIO:
    return sys.stdout.buffer


@contextmanager
def _progress(hidden: bool) -> Iterator[Callable[[Tally], None] | None]:
    """A line with counts on standard error, where that is a terminal."""
    if hidden or not messages.is_terminal:
        yield None
        return
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=messages, transient=True) as bar:
        task = bar.add_task("reading")

        def show(tally: Tally) -> None:
            said = f"{tally.coded + tally.failed:,} coded · {tally.events:,} events · {tally.set_aside:,} set aside"
            bar.update(task, description=said)

        yield show
