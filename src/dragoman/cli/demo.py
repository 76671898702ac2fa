"""``dragoman demo``: code the example reports and show what comes of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dragoman.cli.console import errors_as_messages, fail, say

if TYPE_CHECKING:
    from dragoman.records import CodedReport

DEFAULT_OUTPUT = Path("demo-output")

EXAMPLES = """[bold]Examples[/bold]

  dragoman demo

  dragoman demo --output /tmp/first-look"""


def example_folder() -> Path:
    """The example reports: inside the installed package, or in the repository beside the sources."""
    here = Path(__file__).resolve()
    for folder in (here.parents[1] / "examples" / "reports", here.parents[3] / "examples" / "reports"):
        if folder.is_dir():
            return folder
    fail("the example reports are not installed")


def demo(
    output: Annotated[Path, typer.Option(help="Folder for the coded records and the store.")] = DEFAULT_OUTPUT,
) -> None:
    """Code the twelve example reports, link them in a store, and show what was found."""
    from dragoman.cli.link import link_and_say
    from dragoman.engines.local import run
    from dragoman.records import Report, to_json_line
    from dragoman.settings import Settings
    from dragoman.sources import ReadOptions, read
    from dragoman.store import Store

    with errors_as_messages():
        settings = Settings()
        found = read([str(example_folder())], settings, ReadOptions())
        reports = [report for report in found if isinstance(report, Report)]
        coded = list(run(reports, settings, workers=1))
        output.mkdir(parents=True, exist_ok=True)
        records = output / "coded.jsonl"
        records.write_bytes(b"".join(to_json_line(record) for record in coded))
        Store.open(output / "store", create=True).load(coded, reports)
        _show(coded)
        link_and_say(output / "store")
        _next_steps(output, records, coded)


def _show(coded: list[CodedReport]) -> None:
    from dragoman.render import coded_text

    for record in coded:
        typer.echo(coded_text(record))
        typer.echo("")


def _next_steps(output: Path, records: Path, coded: list[CodedReport]) -> None:
    events = [event for record in coded for event in record.events]
    open_claims = sum(event.realis == "POSSIBLE" for event in events)
    say(f"{len(coded)} reports, {len(events)} events, {open_claims} of them only possible.", "bold")
    say(f"The records: {records}   The store: {output / 'store'}")
    say("Next:")
    say(f"  dragoman show {output / 'store'} --dyad SOM KEN --evidence")
    say(f"  dragoman show {output / 'store'} --realis POSSIBLE")
    say(f"  dragoman serve {output / 'store'}   (the same in the browser; one story is disputed)")
    say("  dragoman code YOUR-REPORTS/ --format table")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo", epilog=EXAMPLES)(demo)
