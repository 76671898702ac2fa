"""``dragoman train``: annotated texts in, a classifier out (extra ``[train]``)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from dragoman.cli.console import errors_as_messages, fail, say

if TYPE_CHECKING:
    from dragoman.training.detectors import Score

EXAMPLES = """[bold]Examples[/bold]

  dragoman train --data training --output my-model

  dragoman train --data training --texts open-texts --output my-model --epochs 8

  dragoman code reports/ --settings settings.toml   # with classifier = "my-model"

  dragoman train --data training --texts open-texts --pairs --output my-pairs   # what classify reads

  dragoman train --types my-types --output my-detector   # types of your own, 20 examples each

  dragoman code reports/ --settings settings.toml   # with detectors = ["my-detector"]

[bold]DIR[/bold] holds corpus/*.txt (training/GUIDE.md describes the format), standoff/*.jsonl and pairs/*.tsv; where the texts
that the latter annotates are published stands in training/README.md. A folder of types holds types.tsv (type,
definition) and examples.tsv (type, example with its trigger in braces; - for what only looks like one)."""


def train(
    output: Annotated[Path, typer.Option(help="Folder for the model.", metavar="DIR")],
    data: Annotated[Path | None, typer.Option(help="Annotated texts.", metavar="DIR")] = None,
    types: Annotated[
        Path | None, typer.Option(help="Types of your own with examples: fit a detector of them.", metavar="DIR")
    ] = None,
    check: Annotated[
        Path | None, typer.Option(help="With --types: other examples to measure it on.", metavar="FILE")
    ] = None,
    texts: Annotated[Path | None, typer.Option(help="Open texts that standoff/ annotates.", metavar="DIR")] = None,
    pairs: Annotated[
        bool, typer.Option("--pairs", help="Train the classifier of marked pairs (dragoman classify) instead.")
    ] = False,
    teacher: Annotated[
        str | None, typer.Option(help="With --pairs: a larger encoder to learn from, a package or a folder.")
    ] = None,
    base: Annotated[str | None, typer.Option(help="Encoder to start from: a package or a folder.")] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Passes over the texts: 5, with --pairs 3.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of all random choices.")] = 1,
    threads: Annotated[int, typer.Option(min=0, help="Threads of PyTorch; 0 for its own choice.")] = 0,
) -> None:
    """Train a classifier from annotated texts; a run that was interrupted goes on from its last epoch.

    With --types, fit a detector of types of your own on the classifier that ships; that takes seconds.
    """
    if (data is None) == (types is None):
        fail("give either --data (a classifier) or --types (a detector of your own types)")
    if data is None:
        assert types is not None
        _detector(types, output, check, seed)
        return
    if pairs:
        _pairs(data, output, texts, base, teacher, epochs, seed, threads)
        return
    try:
        from dragoman.training.base import SMALL
        from dragoman.training.build import train as run
        from dragoman.training.fit import Options
    except ModuleNotFoundError as error:
        _needs(error)
    with errors_as_messages():
        options = Options(epochs=epochs or Options().epochs, seed=seed, threads=threads)
        done = run(data, output, texts, base or SMALL, options, say)
        say(f"{done.sentences} sentences of {done.texts} texts; the model is in {output}")
        say(f"bars: {done.calibration.thresholds}, temperatures: {done.calibration.temperatures}")


def _needs(error: ModuleNotFoundError) -> NoReturn:
    fail(f"training needs PyTorch and transformers ({error.name}): pip install 'dragoman[train]'")


def _pairs(
    data: Path,
    output: Path,
    texts: Path | None,
    base: str | None,
    teacher: str | None,
    epochs: int | None,
    seed: int,
    threads: int,
) -> None:
    try:
        from dragoman.training.base import SMALL
        from dragoman.training.pair_build import train_pairs
        from dragoman.training.pair_fit import PairOptions
    except ModuleNotFoundError as error:
        _needs(error)
    with errors_as_messages():
        options = PairOptions(epochs=epochs or PairOptions().epochs, seed=seed, threads=threads)
        done = train_pairs(data, output, texts, base or SMALL, teacher, options, say)
        say(f"accuracy on the held-back pairs {done['accuracy']}; the model is in {output}")


def _detector(types: Path, output: Path, check: Path | None, seed: int) -> None:
    from dragoman.training.detectors import check_detector, train_detector

    with errors_as_messages():
        for score in train_detector(types, output, seed=seed, report=say):
            say(f"cross-validated  {_score(score)}")
        for score in check_detector(output, check) if check else ():
            say(f"on {check}  {_score(score)}")
        say(f"the detector is in {output}; name it in the settings: detectors = [{str(output)!r}]")


def _score(score: Score) -> str:
    return f"{score.type}: P {score.precision:.3f} R {score.recall:.3f} F1 {score.f1:.3f} ({score.examples} examples)"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("train", epilog=EXAMPLES)(train)
