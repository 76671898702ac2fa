"""``dragoman reviews``: what reviewers have said of a store's events: precision, agreement, gold data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from dragoman.cli.console import errors_as_messages, say

EXAMPLES = """[bold]Examples[/bold]

  dragoman reviews account/

  dragoman reviews account/ --agreement amira --agreement jonas

  dragoman reviews account/ --gold reviewed.jsonl   # then: dragoman evaluate articles reviewed.jsonl"""


def reviews(
    store: Annotated[Path, typer.Argument(help="Folder of the store.", metavar="STORE")],
    gold: Annotated[
        Path | None, typer.Option(help="Write reports that are reviewed whole here, as gold data.", metavar="FILE")
    ] = None,
    agreement: Annotated[
        list[str] | None, typer.Option(help="Two reviewers to compare: give it twice.", metavar="NAME")
    ] = None,
) -> None:
    """Print how many events were reviewed, the precision of the random sample, and how far two reviewers agree.

    Verdicts are given on the review page of the workbench (dragoman serve).
    """
    from dragoman.cli.console import fail
    from dragoman.store import Store
    from dragoman.store.journal import entries
    from dragoman.store.reviews import agreement as agree
    from dragoman.store.reviews import precision, verdicts

    if agreement and len(agreement) != 2:
        fail("--agreement compares two reviewers: give it twice")
    with errors_as_messages():
        opened = Store.open(store)
        given = verdicts(entries(opened.folder, "reviews"))
        found = precision(given)
        typer.echo(f"reviewed  {len(given)} verdicts of {len({v.author for v in given})} reviewers")
        if found is not None:
            events, right = found.events / found.reviewed, found.right / found.reviewed
            typer.echo(f"sample    {found.reviewed} events drawn at random")
            typer.echo(
                f"  are events            {events:.3f} ({found.events_interval[0]} to {found.events_interval[1]})"
            )
            typer.echo(f"  right in every field  {right:.3f} ({found.right_interval[0]} to {found.right_interval[1]})")
        if agreement:
            for name, value in agree(given, *agreement).items():
                typer.echo(f"{name:9} {'none' if value is None else value}")
        if gold is not None:
            _write(opened, gold)


def _write(store: object, path: Path) -> None:
    from dragoman.evaluation.reviewed import gold_rows

    count = 0
    with path.open("w", encoding="utf-8") as lines:
        for row in gold_rows(store):  # type: ignore[arg-type]
            lines.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    say(f"{count} reports whose events are all reviewed are in {path}")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("reviews", epilog=EXAMPLES)(reviews)
