"""The options of ``dragoman code``, one annotated type each, and the record that carries them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

Inputs = Annotated[
    list[str] | None,
    typer.Argument(
        help="Files, folders, patterns, here or in object storage (s3://…), addresses of feeds or pages (https://…), or - for "
        "standard input.",
        metavar="[INPUTS...]",
    ),
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
    str | None, typer.Option(help="text, html, json, jsonl, csv, tsv, parquet, warc or zip, whatever the names say.")
]
OutputFormat = Annotated[
    str | None, typer.Option("--format", help="jsonl, table, csv or parquet. Default: table on a terminal, else jsonl.")
]
Output = Annotated[
    str | None,
    typer.Option(
        help="Write here (a file, or s3://… and the like), whole or not at all. Default: standard output.",
        metavar="FILE",
    ),
]
IntoStore = Annotated[
    Path | None, typer.Option(help="Load into the store in this folder; standard output stays empty.", metavar="DIR")
]
Link = Annotated[bool, typer.Option("--link", help="Then link the events of the store into stories (needs --store).")]
Workers = Annotated[int, typer.Option(help="Processes that code. The output is the same for any number.")]
Engine = Annotated[str, typer.Option(help="local: this machine. ray: a Ray cluster (extra \\[ray]); the same output.")]
RayAddress = Annotated[
    str | None,
    typer.Option(help="Ray cluster for --engine ray: host:port, auto, or local (default).", metavar="ADDR"),
]
Model = Annotated[str | None, typer.Option(help="spaCy pipeline with a parser and NER.", metavar="NAME")]
SettingsFile = Annotated[Path | None, typer.Option("--settings", help="TOML file with settings.", metavar="FILE")]
RejectedFile = Annotated[
    Path | None, typer.Option(help="Write what was set aside here, as JSON lines.", metavar="FILE")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no summary.")]
Resume = Annotated[
    bool, typer.Option("--resume", help="Go on with a run into the same --output or --store that did not end.")
]
DeadLetterFolder = Annotated[
    Path | None, typer.Option("--dead-letters", help="Keep reports that could not be coded here.", metavar="DIR")
]
Retry = Annotated[
    Path | None,
    typer.Option(help="Code the reports of a --dead-letters folder again, in place of INPUTS.", metavar="DIR"),
]
Follow = Annotated[
    bool, typer.Option("--follow", help="INPUTS are feeds: look at them again and again, into --store, until stopped.")
]
Every = Annotated[
    str, typer.Option(help="With --follow: how often a feed is looked at: 15m, 2h; at least a minute.", metavar="TIME")
]
FeedStateFile = Annotated[
    Path | None,
    typer.Option(
        "--feed-state", help="What feeds have given already. Default: feeds.json in the store.", metavar="FILE"
    ),
]
MetricsPort = Annotated[
    int | None,
    typer.Option(help="With --follow: metrics for Prometheus on this port of this machine.", min=1, max=65535),
]
AllowPrivate = Annotated[
    bool, typer.Option("--allow-private", help="Fetch from this machine and private networks too.")
]
NoPretest = Annotated[
    bool,
    typer.Option(
        "--no-pretest", help="Parse every report in full, also those whose words hold out no event (docs/scale.md)."
    ),
]
LogFormat = Annotated[str, typer.Option(help="text for people, json for a line of JSON an event on standard error.")]


@dataclass(kw_only=True)
class Job:
    """What one ``dragoman code`` was asked for."""

    inputs: list[str]
    published: str | None
    title: str | None
    publisher: str | None
    url: str | None
    language: str | None
    field: list[str] | None
    input_format: str | None
    output_format: str | None
    output: str | None
    store: Path | None
    link: bool
    workers: int
    engine: str
    ray_address: str | None
    resume: bool
    model: str | None
    no_pretest: bool
    settings_file: Path | None
    rejected: Path | None
    dead_letters: Path | None
    retry: Path | None
    follow: bool
    every: str
    feed_state: Path | None
    metrics_port: int | None
    allow_private: bool
    log_format: str
    quiet: bool
