"""``dragoman ask``: one question in SQL over a store, read-only and within limits."""

from __future__ import annotations

import csv
import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dragoman.cli.console import errors_as_messages, say

if TYPE_CHECKING:
    from dragoman.store.ask import Answer

EXAMPLES = """
Examples:

  dragoman ask events/ "SELECT type, count(*) AS events FROM events GROUP BY type ORDER BY events DESC"

  dragoman ask events/ "SELECT * FROM claims WHERE stance = 'denies'" --format csv > denials.csv

  dragoman ask events/ --saved "Who denies most often"

  dragoman ask events/   (prints the tables, and the names of the saved questions and the examples)
"""


class Format(StrEnum):
    """How an answer is printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    JSONL = "jsonl"


def ask(
    store: Annotated[Path, typer.Argument(help="Folder of the store.", metavar="STORE")],
    sql: Annotated[str | None, typer.Argument(help="The question: one SELECT.", metavar="[SQL]")] = None,
    saved: Annotated[str | None, typer.Option(help="Ask a saved question, or an example, by its name.")] = None,
    save_as: Annotated[str | None, typer.Option("--save", help="Keep the question under this name.")] = None,
    form: Annotated[Format, typer.Option("--format", help="How to print the answer.")] = Format.TABLE,
    limit: Annotated[int, typer.Option(help="Rows at most.", min=1, max=1_000_000)] = 1000,
    timeout: Annotated[float, typer.Option(help="Seconds at most.", min=0.1, max=3600)] = 30.0,
) -> None:
    """Ask a store a question in SQL: it reads the store's tables and nothing else on the machine."""
    from dragoman.cli.serve import user_name
    from dragoman.errors import SettingsError
    from dragoman.store import Store
    from dragoman.store.ask import Limits, Questions, checked
    from dragoman.store.saved import example_questions, save
    from dragoman.store.saved import saved as kept

    with errors_as_messages():
        opened = Store.open(store)
        if saved is not None:
            if sql is not None:
                raise SettingsError("give a question or --saved, not both")
            names = example_questions() | {name: entry.sql or "" for name, entry in kept(opened.folder).items()}
            if saved not in names:
                raise SettingsError(f"there is no saved question {saved!r}; there are: {', '.join(names)}")
            sql = names[saved]
        if sql is None:
            _print_help(opened.folder)
            return
        if save_as is not None:
            save(opened.folder, save_as, checked(sql), user_name())
        questions = Questions(opened)
        try:
            answer = questions.ask(sql, Limits(rows=limit, seconds=timeout))
        finally:
            questions.close()
        _print(answer, form)
        if answer.more_rows:
            say(f"there are more rows; the first {limit} are shown (--limit)")


def _print_help(folder: Path) -> None:
    from dragoman.store.ask import table_help
    from dragoman.store.saved import example_questions, saved

    for table in table_help():
        typer.echo(f"{table.name}: {table.holds}")
        typer.echo("  " + ", ".join(name for name, _, _ in table.columns))
    typer.echo("\nquestions (--saved NAME): " + "; ".join([*saved(folder), *example_questions()]))


def _print(answer: Answer, form: Format) -> None:
    from dragoman.formats.cells import csv_cell
    from dragoman.render import clean

    if form is Format.JSON:
        typer.echo(json.dumps({"columns": answer.columns, "rows": answer.rows}, ensure_ascii=False, indent=1))
    elif form is Format.JSONL:
        for row in answer.rows:
            typer.echo(json.dumps(dict(zip(answer.columns, row, strict=True)), ensure_ascii=False))
    elif form is Format.CSV:
        rows = csv.writer(sys.stdout, lineterminator="\n")
        rows.writerow(answer.columns)
        rows.writerows([csv_cell(value) for value in row] for row in answer.rows)
    else:
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False)
        for name in answer.columns:
            table.add_column(Text(clean(name)))
        for row in answer.rows:
            table.add_row(*(Text(clean("" if value is None else _words(value))) for value in row))
        Console(width=None if sys.stdout.isatty() else 160, soft_wrap=False).print(table)


def _words(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("ask", epilog=EXAMPLES)(ask)
