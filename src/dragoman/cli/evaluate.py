"""``dragoman evaluate``: measure the coder, or predictions from anywhere, against annotated data."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dragoman.cli.console import errors_as_messages, say

if TYPE_CHECKING:
    from dragoman.evaluation.tasks import Task

EXAMPLES = """[bold]Examples[/bold]

  dragoman evaluate articles gold.jsonl

  dragoman evaluate articles gold.jsonl --predictions coded.jsonl --errors errors.html

  dragoman evaluate timexes gold.jsonl --format json"""


class TaskName(StrEnum):
    """What can be measured (`dragoman.evaluation.tasks.TASKS`)."""

    ARTICLES = "articles"
    CORPUS = "corpus"
    READOUTS = "readouts"
    PLV = "plv"
    TIMEXES = "timexes"
    TOPONYMS = "toponyms"
    ACTORS = "actors"
    ATTRIBUTIONS = "attributions"
    FACTUALITY = "factuality"
    COREF = "coref"


class Format(StrEnum):
    """How a result is printed."""

    TABLE = "table"
    JSON = "json"


def _article_extras(
    gold: list[Any], given: list[Any], samples: int, errors: Path | None, pictures: Path | None
) -> dict[str, Any]:
    from dragoman.atomic import atomic_output
    from dragoman.evaluation.details import article_details
    from dragoman.evaluation.error_pages import error_page
    from dragoman.evaluation.metrics import match_documents

    documents = match_documents(gold, given)
    details = article_details(documents, samples)
    if errors is not None:
        with atomic_output(errors) as file:
            file.write(error_page(documents, details["type_confusion"]).encode("utf-8", "replace"))
        say(f"errors written to {errors}")
    if pictures is not None:
        from dragoman.evaluation.pictures import write_pictures

        say("pictures written to " + ", ".join(map(str, write_pictures(pictures, details))))
    return details


def _print_result(task: Task, result: dict[str, Any], form: Format) -> None:
    import json

    from dragoman.evaluation.result_tables import result_view

    if form is Format.JSON:
        typer.echo(json.dumps(result, indent=1, ensure_ascii=False))
        return
    from rich.console import Console

    console = Console(highlight=False, markup=False)
    console.width = console.width if console.is_terminal else 100
    console.print(result_view(task, result))


def evaluate(
    task: Annotated[TaskName, typer.Argument(help="What to measure.")],
    gold: Annotated[Path, typer.Argument(help="Annotated data: JSON lines (TSV for plv).")],
    predictions: Annotated[
        Path | None, typer.Option(help="JSON lines to measure; left out, the coder is run on the texts of gold.")
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="How to print the result.")] = Format.TABLE,
    errors: Annotated[
        Path | None, typer.Option(help="articles, corpus: write every error in its sentence to this HTML file.")
    ] = None,
    pictures: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="articles, corpus: write pictures of confused types and reliability here."),
    ] = None,
    bootstrap: Annotated[
        int,
        typer.Option(min=0, help="articles, corpus: how often to draw the documents anew for intervals; 0 for none."),
    ] = 1000,
) -> None:
    """Measure the coder, or predictions from anywhere, against annotated data."""
    with errors_as_messages():
        from dragoman.errors import EvaluationError
        from dragoman.evaluation.common import read_rows
        from dragoman.evaluation.tasks import TASKS, predict

        chosen = TASKS[task]
        whole = task in (TaskName.ARTICLES, TaskName.CORPUS)
        if (errors is not None or pictures is not None) and not whole:
            raise EvaluationError("--errors and --pictures are for articles and corpus alone")
        rows = chosen.read_gold(gold)
        given = read_rows(predictions) if predictions else predict(chosen, rows)
        result = chosen.score(rows, given)
        if whole:
            result = {**result, "details": _article_extras(rows, given, bootstrap, errors, pictures)}
        _print_result(chosen, result, form)


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("evaluate", epilog=EXAMPLES)(evaluate)
