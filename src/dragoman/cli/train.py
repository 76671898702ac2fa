"""``dragoman train``: annotated texts in, a classifier out (extra ``[train]``)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dragoman.cli.console import errors_as_messages, fail, say

EXAMPLES = """[bold]Examples[/bold]

  dragoman train --data training --output my-model

  dragoman train --data training --texts open-texts --output my-model --epochs 5

  dragoman code reports/ --settings settings.toml   # with classifier = "my-model"

[bold]DIR[/bold] holds corpus/*.txt (training/GUIDE.md describes the format) and standoff/*.jsonl; where the texts
that the latter annotates are published stands in training/README.md."""


def train(
    data: Annotated[Path, typer.Option(help="Annotated texts.", metavar="DIR")],
    output: Annotated[Path, typer.Option(help="Folder for the model.", metavar="DIR")],
    texts: Annotated[Path | None, typer.Option(help="Open texts that standoff/ annotates.", metavar="DIR")] = None,
    base: Annotated[str | None, typer.Option(help="Encoder to start from: a package or a folder.")] = None,
    epochs: Annotated[int, typer.Option(min=1, help="Passes over the texts.")] = 3,
    seed: Annotated[int, typer.Option(help="Seed of all random choices.")] = 1,
    threads: Annotated[int, typer.Option(min=0, help="Threads of PyTorch; 0 for its own choice.")] = 0,
) -> None:
    """Train a classifier from annotated texts; a run that was interrupted goes on from its last epoch."""
    try:
        from dragoman.training.base import SMALL
        from dragoman.training.build import train as run
        from dragoman.training.fit import Options
    except ModuleNotFoundError as error:
        fail(f"training needs PyTorch and transformers ({error.name}): pip install 'dragoman[train]'")
    with errors_as_messages():
        options = Options(epochs=epochs, seed=seed, threads=threads)
        done = run(data, output, texts, base or SMALL, options, say)
        say(f"{done.sentences} sentences of {done.texts} texts; the model is in {output}")
        say(f"bars: {done.calibration.thresholds}, temperatures: {done.calibration.temperatures}")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("train", epilog=EXAMPLES)(train)
