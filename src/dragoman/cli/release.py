"""``dragoman release``: a data set that describes itself."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dragoman.cli.console import errors_as_messages, say, terminated_like_interrupted

EXAMPLES = """
Examples:

  dragoman release harbour-talks-1.0 --store events/ --title "Harbour talks" --author "Kari Holm" --license CC-BY-4.0

  frictionless validate harbour-talks-1.0/datapackage.json
"""


def release(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder for the release.")],
    store: Annotated[Path, typer.Option(envvar="DRAGOMAN_STORE", help="The store to release.")] = Path(
        "dragoman-store"
    ),
    title: Annotated[str, typer.Option(help="Title of the data set.")] = "Events coded by Dragoman",
    data_version: Annotated[str, typer.Option("--data-version", help="Version of the data set.")] = "1.0.0",
    author: Annotated[list[str] | None, typer.Option(help="Who made the data set; repeat it.")] = None,
    license_id: Annotated[str | None, typer.Option("--license", help="SPDX id of the data's licence.")] = None,
    date: Annotated[str | None, typer.Option(help="Day of the release; left out where it is not given.")] = None,
    settings: Annotated[
        Path | None, typer.Option(help="TOML file of the settings with which the reports were coded.")
    ] = None,
    with_text: Annotated[
        bool, typer.Option("--with-text", help="The reports' whole texts, too; mind their licences.")
    ] = False,
) -> None:
    """Write a versioned data set: Parquet and CSV, codebook, provenance, citation, Frictionless data package."""
    with errors_as_messages(), terminated_like_interrupted():
        from dragoman.release import ReleaseOptions, make_release
        from dragoman.settings import Settings

        options = ReleaseOptions(
            title=title,
            version=data_version,
            authors=tuple(author or ()),
            license=license_id,
            date=date,
            with_text=with_text,
            settings=Settings.from_toml(settings) if settings else Settings(),
        )
        done = make_release(store, folder, options)
        rows = ", ".join(f"{count} {name}" for name, count in done.rows.items() if count)
        say(f"{done.folder}: {len(done.files)} files; {rows or 'no rows'}")
        if license_id is None:
            say("no licence given (--license): others may not know whether they may use it")


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("release", epilog=EXAMPLES)(release)
