"""The command line. Each module of this package with a function ``register(app)`` adds its command.

Modules import at their top only what the help needs; everything heavy is imported inside the functions, so that
``dragoman --help`` is quick.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
from typing import Annotated

import typer

# The order in the help: the main path first. Commands that are not named here follow by name.
_ORDER = (
    "code",
    "link",
    "relate",
    "show",
    "serve",
    "export",
    "import",
    "annotate",
    "classify",
    "evaluate",
    "train",
    "demo",
)

# Work is spread over processes: more threads in each, for products of small matrices, only wait for one another. Read
# by the libraries as they are loaded, and handed on to the workers.
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

app = typer.Typer(
    name="dragoman",
    help="Reads reports on world affairs and keeps the record: who did what to whom, when, where, according to whom, "
    "and how sure that is.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_show_locals=False,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from dragoman import __version__

        typer.echo(f"dragoman {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and end.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Options that go before a command."""
    for name in _THREADS:
        os.environ.setdefault(name, "1")


def _register_commands() -> None:
    # A command whose name is a word of Python has an underscore after it: ``import_.py``.
    names = {module.name.removesuffix("_"): module.name for module in pkgutil.iter_modules(__path__)}
    for name in sorted(names, key=lambda name: (_ORDER.index(name) if name in _ORDER else len(_ORDER), name)):
        register = getattr(importlib.import_module(f"{__name__}.{names[name]}"), "register", None)
        if register is not None:
            register(app)


_register_commands()
