"""``dragoman mcp``: the store as tools for an assistant."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dragoman.cli.console import errors_as_messages

EXAMPLES = """
Examples:

  dragoman mcp events/   (started by the assistant's program, which talks to it over stdin and stdout)
"""


def mcp(store: Annotated[Path, typer.Argument(help="Folder of the store.", metavar="STORE")]) -> None:
    """Serve a store's events, stories, claims and relations as read-only tools (Model Context Protocol, stdio)."""
    from dragoman.store import Store

    with errors_as_messages():
        opened = Store.open(store)
        from dragoman.assistant.server import make_server

        make_server(opened).run("stdio")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("mcp", epilog=EXAMPLES)(mcp)
