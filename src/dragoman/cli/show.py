"""``dragoman show``: ask for events in the terminal, or see one with its words."""

from __future__ import annotations

import os
import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dragoman.cli.console import errors_as_messages
from dragoman.errors import SettingsError, StoreError

_DEFAULT_STORE = "dragoman-store"
_CODE = re.compile(r"[A-Za-z]{3}")

EXAMPLES = """
Examples:

  dragoman show events/ --country RUS --since 2025-01 --type CONSULT --type AGREE

  dragoman show events/ --dyad RUS-SYR --both-ways --evidence

  dragoman show coded.jsonl --holder TASS --realis POSSIBLE --format csv > doubtful.csv

  dragoman show events/ 3f9a2c41   (one event with its words; the first characters of its id are enough)
  dragoman show events/ --claims --dyad RUS-TUR   (who said what of it; also for one event id)

  dragoman show events/ --claims --holder TASS   (its claims, and how many others confirmed or denied)
"""


class Format(StrEnum):
    """How events are printed."""

    TABLE = "table"
    JSONL = "jsonl"
    CSV = "csv"


def split_words(words: list[str], dyad: str | None) -> tuple[Path, str | None, tuple[str, str] | None]:
    """Positional words are a source (a path that exists), an event id, or the second code of ``--dyad RUS SYR``."""
    default = Path(os.environ.get("DRAGOMAN_STORE", _DEFAULT_STORE))
    codes = re.split(r"[-:,> ]+", dyad.strip()) if dyad else []
    source: Path | None = None
    event: str | None = None
    for word in words:
        if len(codes) == 1 and _CODE.fullmatch(word) and not Path(word).exists():
            codes.append(word)
        elif source is None and (Path(word).exists() or "/" in word or word.endswith(".jsonl")):
            source = Path(word)
        elif event is None:
            event = word
        else:
            raise SettingsError(f"{word!r} is one word too many: give a store or file, and an event id at most")
    if dyad and (len(codes) != 2 or not all(map(_CODE.fullmatch, codes))):
        raise SettingsError(f"dyad is {dyad!r}; it takes two country codes: RUS-SYR")
    if source is None and not default.exists():
        wanted = f"; {event!r} is no such file" if event else ""
        raise StoreError(f"no store or file given{wanted}, and there is no {default} here (or set DRAGOMAN_STORE)")
    return source or default, event, (codes[0], codes[1]) if dyad else None


def show(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[STORE|FILE] [EVENT_ID]",
            help="A store folder or a .jsonl file of coded reports (default: $DRAGOMAN_STORE, else dragoman-store); "
            "with an event's id, or the first characters of it, that event in full.",
        ),
    ] = None,
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
        str | None,
        typer.Option(
            help="Records imported from this coder instead: GDELT, ICEWS, POLECAT, ACLED, UCDP; all: everybody's."
        ),
    ] = None,
    side_by_side: Annotated[
        bool, typer.Option("--side-by-side", help="With --dyad: what each coder has of the pair, month by month.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="The newest this many.")] = 50,
    form: Annotated[Format, typer.Option("--format", help="How to print them.")] = Format.TABLE,
    evidence: Annotated[bool, typer.Option("--evidence", help="Also the words behind each event.")] = False,
    claims: Annotated[
        bool,
        typer.Option(
            "--claims",
            help="The ledger: who said what of these events, when, how firmly, in which words. With --holder the "
            "claims of that holder, and how many others confirmed or denied (counts, no judgement).",
        ),
    ] = False,
) -> None:
    """Show coded events, newest first, or one event with its words, or the claims made about them."""
    with errors_as_messages():
        path, event_id, pair = split_words(words or [], dyad)
        from dragoman.store.query import EventFilter
        from dragoman.store.view import EventSource, print_claims, print_event, print_events

        source = EventSource(path)
        if event_id and not claims:
            print_event(source, event_id, form)
            return
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
        if side_by_side:
            from dragoman.formats.compare import print_side_by_side

            print_side_by_side(path, wanted, form)
        elif claims:
            print_claims(source, wanted, form)
        else:
            print_events(source, wanted, form, evidence)


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("show", epilog=EXAMPLES)(show)
