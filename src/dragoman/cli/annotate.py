"""``dragoman annotate``: one layer of the coding step on its own."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from dragoman.cli.console import ExitCode, errors_as_messages, fail, say

EXAMPLES = """[bold]Examples[/bold]

  dragoman annotate --layer timexes reports.jsonl > timexes.jsonl

  dragoman annotate --layer actors phrases.jsonl"""


class Layer(StrEnum):
    """The layers (`dragoman.coding.layers`)."""

    ACTORS = "actors"
    ATTRIBUTIONS = "attributions"
    FACTUALITY = "factuality"
    TIMEXES = "timexes"
    TOPONYMS = "toponyms"


def read_rows(path: str) -> tuple[list[dict[str, Any]], list[str]]:
    """JSON lines of a file or of standard input ("-"), and a message for each line that is no object."""
    rows, faults = [], []
    source = sys.stdin if path == "-" else Path(path).open(encoding="utf-8", errors="replace")  # noqa: SIM115
    with source as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                faults.append(f"line {number}: {error}")
                continue
            if isinstance(row, dict):
                rows.append(row)
            else:
                faults.append(f"line {number}: not an object")
    return rows, faults


def annotate(
    source: Annotated[str, typer.Argument(help="JSON lines, or - for standard input.", metavar="INPUT")],
    layer: Annotated[Layer, typer.Option(help="Which layer.")],
) -> None:
    """Annotate each line of INPUT with one layer and print it with its identifying fields."""
    from dragoman.coding.layers import annotate as run

    with errors_as_messages():
        try:
            rows, faults = read_rows(source)
        except OSError as error:
            fail(f"{source} cannot be read: {error.strerror}")
        for fault in faults:
            say(f"set aside, {fault}", "yellow")
        for row in run(layer.value, rows):
            typer.echo(json.dumps(row, ensure_ascii=False))
    if faults:
        raise typer.Exit(ExitCode.SOME_SET_ASIDE if rows else ExitCode.NOTHING_USABLE)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("annotate", epilog=EXAMPLES)(annotate)
