"""``dragoman import``: other coders' events into a store, beside Dragoman's own and marked so."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dragoman.cli.console import ExitCode, errors_as_messages, say, shown, terminated_like_interrupted
from dragoman.errors import SettingsError

_LISTED = 5

EXAMPLES = """
Examples:

  dragoman import gdelt 20250304.export.CSV.zip --store events/

  dragoman import icews Events.2018.tab --store events/

  dragoman import polecat ngecEvents.DV.2023.txt --store events/

  dragoman show events/ --dyad RUS-UKR --coder GDELT

  dragoman show events/ --dyad RUS-UKR --side-by-side
"""


def import_files(
    form: Annotated[
        str, typer.Argument(metavar="FORMAT", help="gdelt, gdelt-mentions, icews, polecat, acled or ucdp.")
    ],
    files: Annotated[
        list[Path], typer.Argument(metavar="FILES…", help="The files, plain or packed (.gz, .zst, .zip).")
    ],
    store: Annotated[
        Path, typer.Option(envvar="DRAGOMAN_STORE", help="The store to put them in; made where there is none.")
    ] = Path("dragoman-store"),
) -> None:
    """Read events of GDELT, ICEWS, POLECAT, ACLED or UCDP into a store; bad lines are set aside and counted."""
    with errors_as_messages(), terminated_like_interrupted():
        from dragoman.formats import import_file, importer_named

        importer_named(form)
        for path in files:
            if not path.exists():
                raise SettingsError(f"there is no file {path}")
        bad = 0
        for path in files:
            result = import_file(path, form, store)
            bad += len(result.rejected)
            _report(path, result)
    if bad:
        raise typer.Exit(ExitCode.SOME_SET_ASIDE)


def _report(path: Path, result: object) -> None:
    from dragoman.formats.loading import ImportResult

    assert isinstance(result, ImportResult)
    say(
        f"{path}: {result.lines} lines of {result.coder}: {result.added} added, {result.replaced} replaced, "
        f"{result.unchanged} unchanged"
    )
    if result.repeated:
        say(f"  {result.repeated} repeat the id of another line, which was kept last")
    for reason, count in sorted(result.left_out.items()):
        say(f"  {count} left out: {reason}")
    if result.rejected:
        say(f"  {len(result.rejected)} bad lines set aside, in the store's table rejected:")
    for item in result.rejected[:_LISTED]:
        say(f"    line {item.line}: {shown(item.detail)}")


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("import", epilog=EXAMPLES)(import_files)
