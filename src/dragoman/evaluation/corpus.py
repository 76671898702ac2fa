"""The written corpus as gold: its held-back items, which the shipped classifier has not been trained on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dragoman.errors import EvaluationError
from dragoman.evaluation.common import Row
from dragoman.records import AUTHOR
from dragoman.training.corpus_format import CorpusEvent, Item, read_corpus
from dragoman.training.folds import is_held_back


def _party(item: Item, mark: str) -> dict[str, Any]:
    actor, words = item.actor(mark), " ".join(span.text for span in item.spans(mark))
    return {"text": words, "name": words, "country": actor.country, "sector": actor.sector}


def _event(item: Item, event: CorpusEvent) -> dict[str, Any]:
    holder = event.holder if event.holder == AUTHOR else _party(item, event.holder)["text"]
    return {
        "type": event.type,
        "mode": event.mode,
        "realis": str(event.realis),
        "actors": [_party(item, mark) for mark in event.actors],
        "recipients": [_party(item, mark) for mark in event.recipients],
        "evidence": [span.text for span in item.spans(event.trigger)],
        "attribution": {"holder": holder},
        "salient": True,
    }


def read_held_back(path: Path | str) -> list[Row]:
    """Items held back from training, of a file or a folder of them, in the shape of coded articles.

    The corpus marks the words of dates and places and gives no values, so dates and places are not compared.
    """
    folder = Path(path)
    files = sorted(folder.glob("*.txt")) if folder.is_dir() else [folder]
    if not files:
        raise EvaluationError(f"{path} has no corpus files (*.txt)")
    return [
        {
            "id": item.id,
            "published": item.published,
            "text": item.text,
            "events": [_event(item, event) for event in item.events],
        }
        for item in read_corpus(files)
        if is_held_back(item.path.stem, item.id)
    ]
