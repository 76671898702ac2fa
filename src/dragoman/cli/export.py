"""``dragoman export``: events or stories in other people's formats."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dragoman.cli.console import ExitCode, errors_as_messages, say
from dragoman.cli.show import split_words
from dragoman.errors import SettingsError

EXAMPLES = """
Examples:

  dragoman export events/ --format gdelt --output events.export.CSV

  dragoman export events/ --format polecat --dyad RUS-SYR --both-ways --since 2025 --output rus-syr.txt

  dragoman export events/ --format gexf --unit story --type SANCTION --output sanctions.gexf

  dragoman export coded.jsonl --format geojson --place Gaza > gaza.geojson

  dragoman export --list
"""


class Unit(StrEnum):
    """What a row is."""

    EVENT = "event"
    STORY = "story"


def _list_formats() -> None:
    from dragoman.formats import FORMATS

    for name, kind in FORMATS.items():
        typer.echo(f"{name:<16}{kind.about}")


def export_events(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[STORE|FILE]",
            help="A store folder or a .jsonl file of coded reports (default: $DRAGOMAN_STORE, else dragoman-store).",
        ),
    ] = None,
    form: Annotated[str | None, typer.Option("--format", help="The format; --list names them.")] = None,
    output: Annotated[Path | None, typer.Option(help="The file to write, whole or not at all; default: print.")] = None,
    unit: Annotated[Unit, typer.Option(help="What a row is: an event, or a story of a linked store.")] = Unit.EVENT,
    actor: Annotated[str | None, typer.Option(help="Part of the name of an actor or recipient.")] = None,
    country: Annotated[
        list[str] | None, typer.Option(help="Country of an actor or recipient (ISO3); repeat it.")
    ] = None,
    dyad: Annotated[str | None, typer.Option(help="Country that acts and country acted on: RUS-SYR.")] = None,
    both_ways: Annotated[bool, typer.Option("--both-ways", help="Take the dyad in either order.")] = False,
    event_type: Annotated[list[str] | None, typer.Option("--type", help="PLOVER type; repeat it.")] = None,
    mode: Annotated[list[str] | None, typer.Option(help="PLOVER mode; repeat it.")] = None,
    since: Annotated[str | None, typer.Option(help="Dated events from this day, month or year on.")] = None,
    until: Annotated[str | None, typer.Option(help="Dated events to this day, month or year.")] = None,
    place: Annotated[str | None, typer.Option(help="Part of the place's name, or its country.")] = None,
    realis: Annotated[list[str] | None, typer.Option(help="ACTUAL, PLANNED, POSSIBLE or NEGATED; repeat it.")] = None,
    holder: Annotated[
        str | None, typer.Option(help="Who vouches for it: part of a name, a country, or AUTHOR.")
    ] = None,
    coder: Annotated[
        str | None, typer.Option(help="Records imported from this coder instead (GDELT, ICEWS …); all: everybody's.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="The newest this many.")] = None,
    list_formats: Annotated[bool, typer.Option("--list", help="Name the formats and end.")] = False,
) -> None:
    """Write events, or the stories of a linked store, in other people's formats."""
    if list_formats:
        _list_formats()
        return
    with errors_as_messages():
        path, event_id, pair = split_words(words or [], dyad)
        from dragoman.formats import FORMATS, export
        from dragoman.store.query import EventFilter

        if form is None:
            raise SettingsError(f"give a format: --format with one of {', '.join(FORMATS)}")
        wanted = EventFilter(
            actor=actor,
            countries=tuple(country or ()),
            dyad=pair,
            both_ways=both_ways,
            types=tuple(event_type or ()),
            modes=tuple(mode or ()),
            since=since,
            until=until,
            place=place,
            realis=tuple(realis or ()),
            holder=holder,
            event_prefix=event_id,
            limit=limit,
            coder=coder,
        )
        done = export(path, form, output or sys.stdout.buffer, wanted, unit.value)
        sys.stdout.flush()
        noun = "story" if unit is Unit.STORY else "event"
        say(f"{done.written} {noun if done.written == 1 else {'event': 'events', 'story': 'stories'}[noun]} written")
        for reason, count in sorted(done.left_out.items()):
            say(f"{count} left out: {reason}")
        if not done.written:
            raise typer.Exit(ExitCode.SOME_SET_ASIDE)


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("export", epilog=EXAMPLES)(export_events)
