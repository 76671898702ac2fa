"""``dragoman relate``: relations between states, out of a store or a file of coded reports."""

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

  dragoman relate RUS SYR --by month events/

  dragoman relate RUS SYR --by month --format svg --out rus-syr.svg events/

  dragoman relate TUR SYR --ties --evidence events/

  dragoman relate --changes --since 7d events/

  dragoman relate --turning-points --by week events/

  dragoman relate --network 2025-Q4 --compare 2025-Q3 --format html --out network.html events/
"""


class Format(StrEnum):
    """How a relation is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    SVG = "svg"
    PNG = "png"
    HTML = "html"
    VEGA = "vega"


class By(StrEnum):
    """Lengths of periods."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


def split_words(words: list[str]) -> tuple[list[str], Path]:
    """Words are up to two country codes and a source: a store folder or a file."""
    codes: list[str] = []
    source: Path | None = None
    for word in words:
        parts = (
            word.split("-") if re.fullmatch(r"[A-Za-z]{3}-[A-Za-z]{3}", word) and not Path(word).exists() else [word]
        )
        for part in parts:
            if len(codes) < 2 and _CODE.fullmatch(part) and not Path(part).exists():
                codes.append(part)
            elif source is None and Path(part).exists():
                source = Path(part)
            elif source is None and len(parts) == 1:
                raise StoreError(f"{part!r} is no country code, store or file")
            else:
                raise SettingsError(
                    f"{part!r} is one word too many: give two country codes and a store or file at most"
                )
    default = Path(os.environ.get("DRAGOMAN_STORE", _DEFAULT_STORE))
    if source is None and not default.exists():
        raise StoreError(f"no store or file given, and there is no {default} here (or set DRAGOMAN_STORE)")
    return codes, source or default


def relate(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[A] [B] [STORE|FILE]",
            help="Two country codes (ISO3), and a store folder or a .jsonl file of coded reports "
            "(default: $DRAGOMAN_STORE, else dragoman-store).",
        ),
    ] = None,
    by: Annotated[By, typer.Option(help="Length of the periods.")] = By.MONTH,
    since: Annotated[
        str | None, typer.Option(help="From this day, month or year; with --changes also 7d or 2w back.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="To this day, month or year.")] = None,
    ties: Annotated[bool, typer.Option("--ties", help="States of the pair with beginning and end.")] = False,
    trips: Annotated[
        bool, typer.Option("--trips", help="Trips of leaders and ministers: one row a traveller, host and stay.")
    ] = False,
    changes: Annotated[
        bool, typer.Option("--changes", help="What changed in the last days (--since, 7d), most surprising first.")
    ] = False,
    turning_points: Annotated[
        bool, typer.Option("--turning-points", help="Where the level of a dyad's series changed for good.")
    ] = False,
    network: Annotated[str | None, typer.Option(help="The network of a period: 2025-11, 2025-Q4, 2025.")] = None,
    compare: Annotated[str | None, typer.Option(help="With --network: an earlier period to compare it with.")] = None,
    explode: Annotated[
        bool, typer.Option("--explode", help="Also pairs of states that met only in a meeting of many or of an IGO.")
    ] = False,
    state_only: Annotated[bool, typer.Option("--state-only", help="Only acts of and on organs of a state.")] = False,
    organisations: Annotated[bool, typer.Option("--organisations", help="Organisations are nodes, too.")] = False,
    coder: Annotated[str | None, typer.Option(help="Records imported from this coder instead: GDELT, ICEWS …")] = None,
    form: Annotated[Format, typer.Option("--format", help="How to print it; svg, png, html and vega are charts.")] = (
        Format.TABLE
    ),
    out: Annotated[Path | None, typer.Option(help="Write to this file instead of the screen.")] = None,
    evidence: Annotated[bool, typer.Option("--evidence", help="Also the words behind each line.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most this many lines.")] = 50,
) -> None:
    """Relations between states: dyads over time, ties, what changed, and networks."""
    with errors_as_messages():
        codes, source = split_words(words or [])
        chosen = [name for name, on in _modes(ties, trips, changes, turning_points, network).items() if on]
        if len(chosen) > 1:
            raise SettingsError(f"give one of {', '.join(chosen)}")
        from dragoman.relations.happenings import Counting
        from dragoman.relations.output import Request, print_relation

        print_relation(
            Request(
                source=source,
                codes=tuple(codes),
                what=chosen[0] if chosen else "--by",
                by=by.value,
                since=since,
                until=until,
                period=network,
                compare=compare,
                organisations=organisations,
                counting=Counting(explode=explode, state_only=state_only, coder=coder),
                form=form.value,
                out=out,
                evidence=evidence,
                limit=limit,
            )
        )


def _modes(ties: bool, trips: bool, changes: bool, turning_points: bool, network: str | None) -> dict[str, bool]:
    return {
        "--ties": ties,
        "--trips": trips,
        "--changes": changes,
        "--turning-points": turning_points,
        "--network": network is not None,
    }


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("relate", epilog=EXAMPLES)(relate)
