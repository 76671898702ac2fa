"""``dragoman link``: one happening over many reports, with its origins, status and contradictions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dragoman.cli.console import ExitCode, errors_as_messages, fail, say, terminated_like_interrupted

if TYPE_CHECKING:
    from dragoman.linking.blocks import Spread

_HELP = (
    "Link the events of a store: reports of one happening become one story, with the origins behind it, how sure it is, "
    "and where reports contradict each other.\n\n"
    "Only what new reports touch is done anew, and a run that is stopped goes on where it was."
)
_EXAMPLES = """[bold]Examples[/bold]

  dragoman link account/

  dragoman link account/ --same r12/3f9a2c41 r40/77e01b2c --author kim   (a person's word, which linking keeps)

  dragoman show account/ s1f0c2 --why

  dragoman link account/ --engine ray --workers 16 --ray-address 10.0.0.1:6379

  dragoman link --mentions mentions.jsonl   (rows of doc, text, events with start and end)"""

Folder = Annotated[Path | None, typer.Argument(help="The store.", metavar="STORE")]
Mentions = Annotated[
    Path | None,
    typer.Option(
        help="Instead of a store: JSON lines with marked mentions; prints them with clusters.", metavar="FILE"
    ),
]
Full = Annotated[bool, typer.Option("--full", help="Link everything anew; ids of stories stay.")]
Engine = Annotated[
    str,
    typer.Option(help="local: this machine. ray: blocks of events on a Ray cluster (extra \\[ray]); the same stories."),
]
Workers = Annotated[int, typer.Option(help="With --engine ray: how many blocks are worked on at a time.")]
RayAddress = Annotated[
    str | None, typer.Option(help="With --engine ray: host:port, auto, or local (default).", metavar="ADDR")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing.")]
Pair = typer.Option(help="Two events, each as REPORT/EVENT: one happening. Linking keeps to it.", metavar="EVENT EVENT")
Apart = typer.Option(help="Two events that are not one happening.", metavar="EVENT EVENT")
Author = Annotated[str | None, typer.Option(help="Who says so, for --same and --different.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("link", help=_HELP, epilog=_EXAMPLES)(link)


def link(
    store: Folder = None,
    mentions: Mentions = None,
    full: Full = False,
    same: Annotated[tuple[str, str] | None, Pair] = None,
    different: Annotated[tuple[str, str] | None, Apart] = None,
    author: Author = None,
    engine: Engine = "local",
    workers: Workers = 1,
    ray_address: RayAddress = None,
    quiet: Quiet = False,
) -> None:
    if (store is None) == (mentions is None):
        fail("give either a store or --mentions FILE")
    if engine not in ("local", "ray"):
        fail(f"--engine is {engine!r}; allowed: local, ray")
    if engine == "local" and (workers != 1 or ray_address):
        fail("--workers and --ray-address need --engine ray: one process links on one machine")
    if mentions is not None:
        with errors_as_messages():
            print_mentions(mentions)
        return
    assert store is not None
    with errors_as_messages(), terminated_like_interrupted():
        from dragoman.store import Store

        opened = Store.open(store)
        for pair, verdict in ((same, "same"), (different, "different")):
            if pair is not None:
                _rule(opened.folder, pair, verdict, author)
        link_and_say(store, full=full, quiet=quiet, spread=spread_of(engine, workers, ray_address))


def print_mentions(path: Path) -> None:
    """Print the rows of a file with a ``cluster`` on every event; rows that cannot be used are named and left out."""
    import json

    from dragoman.cli.annotate import read_rows
    from dragoman.linking.coref import link_rows

    try:
        rows, faults = read_rows(str(path))
    except OSError as error:
        fail(f"{path} cannot be read: {error.strerror}")
    linked, unusable = link_rows(rows)
    for fault in (*faults, *unusable):
        say(f"set aside, {fault}", "yellow")
    for row in linked:
        typer.echo(json.dumps(row, ensure_ascii=False))
    if faults or unusable:
        raise typer.Exit(ExitCode.SOME_SET_ASIDE if linked else ExitCode.NOTHING_USABLE)


def spread_of(engine: str, workers: int, ray_address: str | None) -> Spread | None:
    """What works through the blocks of linking; None for this process alone. Raises `SettingsError` without a cluster."""
    if engine != "ray":
        return None
    from dragoman.engines.ray import LOCAL
    from dragoman.engines.ray_blocks import ray_spread

    return ray_spread(workers, ray_address or LOCAL)


def link_and_say(store: Path, *, full: bool = False, quiet: bool = False, spread: Spread | None = None) -> None:
    """Link a store and say on standard error what came of it."""
    from dragoman.cli.console import messages
    from dragoman.linking.run import link_store
    from dragoman.store import Store

    opened = Store.open(store)
    if quiet or not messages.is_terminal:
        result = link_store(opened, full=full, spread=spread)
    else:
        with messages.status("linking") as status:
            result = link_store(opened, full=full, step=status.update, spread=spread)
    if not quiet:
        say(
            f"linked {result.reports:,} new or changed reports; the store has {result.stories:,} stories, "
            f"{result.linked:,} of several events, {result.contested:,} contested, from {result.origins:,} origins",
            "green",
        )


def _rule(folder: Path, pair: tuple[str, str], verdict: str, author: str | None) -> None:
    from dragoman.store.journal import Ruling, append

    found = [_event(folder, text) for text in pair]
    if found[0] == found[1]:
        fail("the two events are one and the same")
    (report_a, event_a), (report_b, event_b) = found
    append(
        folder,
        [
            Ruling(
                event_a=event_a, report_a=report_a, event_b=event_b, report_b=report_b, verdict=verdict, author=author
            )
        ],
    )


def _event(folder: Path, text: str) -> tuple[str, str]:
    """The event that REPORT/EVENT, or the first characters of an event's id alone, means."""
    from dragoman.errors import StoreError
    from dragoman.store import Store

    report, _, event = text.rpartition("/")
    with Store.open(folder).connect() as connection:
        rows = connection.execute(
            "SELECT report_id, event_id FROM events WHERE starts_with(event_id, ?) AND (? = '' OR report_id = ?) LIMIT 2",
            [event, report, report],
        ).fetchall()
    if len(rows) != 1:
        raise StoreError(
            f"{text!r} is {'no event' if not rows else 'more than one event'} of the store; give REPORT/EVENT"
        )
    return rows[0]
