"""``dragoman report``: the pages of the workbench as a folder of files to send to somebody."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from dragoman.cli.console import errors_as_messages, say

_DEFAULT_STORE = "dragoman-store"

EXAMPLES = """
Examples:

  dragoman report for-the-desk/ --store events/

  dragoman report small/ --store events/ --most 100
"""


def report(
    folder: Annotated[Path, typer.Argument(help="Folder to write: new, empty, or one that holds an earlier report.")],
    store: Annotated[
        Path | None, typer.Option(help="The store folder (default: $DRAGOMAN_STORE, else dragoman-store).")
    ] = None,
    most: Annotated[int, typer.Option(min=1, help="Write this many reports and stories at most, newest first.")] = 1000,
) -> None:
    """Write the pages of the workbench as static files; open index.html in a browser, no server needed."""
    with errors_as_messages():
        from dragoman.web.data import Workbench
        from dragoman.web.static_site import LIMITS, write_site

        path = store or Path(os.environ.get("DRAGOMAN_STORE", _DEFAULT_STORE))
        limits = {**LIMITS, "report": most, "story": most}
        written = write_site(Workbench(path), folder, limits)
        kinds = ", ".join(f"{count} {kind}" for kind, count in written.pages.items())
        say(f"Wrote {sum(written.pages.values())} pages ({kinds}). Open {folder / 'index.html'}", "bold")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("report", epilog=EXAMPLES)(report)
