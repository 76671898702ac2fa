"""``dragoman classify``: the type of what passes between a marked source and a marked target."""

from __future__ import annotations

import csv
import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dragoman.cli.console import errors_as_messages, fail

EXAMPLES = """[bold]Examples[/bold]

  dragoman classify rows.tsv --column marked_sentence --format jsonl

  dragoman classify rows.tsv --format tsv > typed.tsv"""


class Format(StrEnum):
    """How rows are printed."""

    JSONL = "jsonl"
    TSV = "tsv"


def classify(
    source: Annotated[Path, typer.Argument(help="Tab-separated rows with a header line.", metavar="INPUT.tsv")],
    column: Annotated[str, typer.Option(help="The column with <s>source</s> and <t>target</t>.")] = "marked_sentence",
    model: Annotated[
        str, typer.Option(help="Classifier of marked pairs, by name or folder.", metavar="NAME")
    ] = "pairs",
    output: Annotated[Format, typer.Option("--format", help="jsonl or tsv.")] = Format.JSONL,
) -> None:
    """Type the relation between <s>source</s> and <t>target</t> in each row of INPUT.tsv (PLV's task)."""
    from dragoman.coding.classify import annotate_marked

    csv.field_size_limit(1 << 24)
    with errors_as_messages():
        try:
            with source.open(encoding="utf-8", errors="replace", newline="") as lines:
                rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
        except OSError as error:
            fail(f"{source} cannot be read: {error.strerror}")
        if not rows or column not in rows[0]:
            fail(f"{source} has no column {column!r}; it has {', '.join(rows[0]) if rows else 'no rows'}")
        writer = csv.writer(sys.stdout, delimiter="\t", lineterminator="\n")
        if output is Format.TSV:
            writer.writerow(("uid", "type", "mode", "confidence"))
        for row in annotate_marked(rows, column, model):
            if output is Format.TSV:
                writer.writerow((row["uid"], row["type"], row["mode"] or "", row["confidence"]))
            else:
                typer.echo(json.dumps(row, ensure_ascii=False))


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("classify", epilog=EXAMPLES)(classify)
