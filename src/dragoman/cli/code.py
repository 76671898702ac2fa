"""``dragoman code``: reports in, sourced event records out."""

from __future__ import annotations

import typer

from dragoman.cli.code_options import (
    Address,
    AllowPrivate,
    DeadLetterFolder,
    Engine,
    Every,
    FeedStateFile,
    Fields,
    Follow,
    InputFormat,
    Inputs,
    IntoStore,
    Job,
    Language,
    Link,
    LogFormat,
    MetricsPort,
    Model,
    NoPretest,
    Output,
    OutputFormat,
    Published,
    Publisher,
    Quiet,
    RayAddress,
    RejectedFile,
    Resume,
    Retry,
    SettingsFile,
    Title,
    Workers,
)

_HELP = (
    "Code reports: who did what to whom, when, where, according to whom, and how sure that is.\n\n"
    "INPUTS are files, folders, patterns in quotation marks, addresses of feeds (RSS, Atom) or pages, or - for standard "
    "input. Read are .txt .md .html .json "
    ".jsonl .csv .tsv .parquet .warc, also as .gz or .zst and in a .zip. What cannot be used is set aside with a reason; the "
    "rest is coded.\n\n"
    "A run into --output or --store that is stopped or killed is taken up again with --resume and gives the same "
    "bytes.\n\n"
    "Exit code: 0 all coded, 1 some set aside or failed, 2 nothing usable."
)

_EXAMPLES = """[bold]Examples[/bold]

  dragoman code report.txt --published 2025-11-17

  dragoman code reports/ "archive/**/*.html" --output events.jsonl --rejected set-aside.jsonl --workers 4

  dragoman code news.csv --field text=body --field published=date --format csv --output events.csv

  curl -s https://example.org/report.html | dragoman code - --format table

  dragoman code reports.jsonl.gz --store account/ --link

  dragoman code big.jsonl.gz --output events.jsonl --workers 8 --dead-letters failed/   (then again with --resume)

  dragoman code --retry failed/ --output more.jsonl

  dragoman code https://example.org/world.xml https://example.net/atom --store account/ --follow --every 15m --link"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("code", help=_HELP, epilog=_EXAMPLES)(code)


def code(
    inputs: Inputs = None,
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
    engine: Engine = "local",
    ray_address: RayAddress = None,
    resume: Resume = False,
    model: Model = None,
    no_pretest: NoPretest = False,
    settings_file: SettingsFile = None,
    rejected: RejectedFile = None,
    dead_letters: DeadLetterFolder = None,
    retry: Retry = None,
    follow: Follow = False,
    every: Every = "15m",
    feed_state: FeedStateFile = None,
    metrics_port: MetricsPort = None,
    allow_private: AllowPrivate = False,
    log_format: LogFormat = "text",
    quiet: Quiet = False,
) -> None:
    job = Job(**locals())
    from dragoman.cli.code_job import do

    raise typer.Exit(do(job))
