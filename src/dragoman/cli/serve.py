"""``dragoman serve``: the workbench over a store, in the browser."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Annotated

import typer

from dragoman.cli.console import errors_as_messages, fail, say

_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_PORTS = range(8808, 8858)
_DEFAULT_STORE = "dragoman-store"

EXAMPLES = """
Examples:

  dragoman serve events/

  dragoman serve events/ --port 9000 --no-open

  dragoman serve events/ --host 0.0.0.0 --token "$(openssl rand -hex 16)"
"""


def free_port(host: str, port: int | None) -> int:
    """The port asked for, else the first free one of ours, else any; ends with a message where it cannot be had."""
    for candidate in [port] if port else [*_PORTS, 0]:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((host, candidate))
            except OSError as error:
                problem = error
                continue
            return int(trial.getsockname()[1])
    fail(f"port {port} of {host} cannot be used: {problem.strerror}")


def user_name() -> str | None:
    """The name of the user as the system knows it; None where it knows none."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return None


def _open_when_ready(address: str) -> None:
    import threading
    import webbrowser

    timer = threading.Timer(0.8, webbrowser.open, [address])
    timer.daemon = True
    timer.start()


def serve(
    store: Annotated[
        Path | None, typer.Argument(help="The store folder (default: $DRAGOMAN_STORE, else dragoman-store).")
    ] = None,
    host: Annotated[
        str, typer.Option(help="Address to listen on. Anything but this machine alone needs --token.")
    ] = "127.0.0.1",
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Port (default: the first free one from 8808).")
    ] = None,
    token: Annotated[
        str | None,
        typer.Option(envvar="DRAGOMAN_TOKEN", help="Secret that every visitor has to know, 16 characters or more."),
    ] = None,
    author: Annotated[
        str | None, typer.Option(help="Who rulings and reviews are by (default: the name of the user).")
    ] = None,
    no_open: Annotated[bool, typer.Option("--no-open", help="Do not open a browser.")] = False,
) -> None:
    """Open the workbench: pages over a store, in the browser, on this machine alone unless told otherwise."""
    with errors_as_messages():
        away = host not in _LOOPBACK
        if away and not token:
            fail(f"listening on {host} lets other machines in; give a --token too")
        if token is not None and len(token) < 16:
            fail("the token is too short: give 16 characters or more")
        path = store or Path(os.environ.get("DRAGOMAN_STORE", _DEFAULT_STORE))
        chosen = free_port(host, port)
        import uvicorn

        from dragoman.web.app import create_app
        from dragoman.web.security import LOOPBACK

        app = create_app(path, token=token, hosts=None if away else LOOPBACK, author=author or user_name())
        shown = f"[{host}]" if ":" in host else host
        address = f"http://{shown}:{chosen}/" + (f"?token={token}" if token else "")
        say(f"The workbench of {path} is at {address}   (Ctrl-C ends it)", "bold")
        if not no_open:
            _open_when_ready(address)
        uvicorn.run(app, host=host, port=chosen, log_level="warning", server_header=False, access_log=False)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("serve", epilog=EXAMPLES)(serve)
