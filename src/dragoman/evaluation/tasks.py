"""Every layer that can be measured: what it reads, what gold has, how it is scored, and how to run it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from dragoman.errors import EvaluationError
from dragoman.evaluation.actors import score_actors
from dragoman.evaluation.attributions import score_attributions
from dragoman.evaluation.common import Row, read_rows
from dragoman.evaluation.coref import score_coref
from dragoman.evaluation.corpus import read_held_back
from dragoman.evaluation.factuality import score_factuality
from dragoman.evaluation.metrics import score_articles
from dragoman.evaluation.plv import read_plv, score_plv
from dragoman.evaluation.readouts import score_readouts
from dragoman.evaluation.spans import score_timexes, score_toponyms


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to measure.

    `keys` name a row; `inputs` are the fields that the layer may read (gold fields are never shown to it); `gold` those
    that the metric compares. `layer` is the layer's name for `dragoman.coding.layers.annotate`, None where whole
    reports are coded. `main` is the path of the headline number in the result.
    """

    name: str
    help: str
    keys: tuple[str, ...]
    inputs: tuple[str, ...]
    gold: tuple[str, ...]
    score: Callable[[Sequence[Row], Sequence[Row]], dict[str, Any]]
    layer: str | None = None
    read: Callable[[Path | str], list[Row]] = read_rows
    main: tuple[str, ...] = ("main",)

    def read_gold(self, path: Path | str) -> list[Row]:
        """Gold rows; raises `EvaluationError` where the file has none or they lack what the metric needs."""
        rows = self.read(path)
        if not rows:
            raise EvaluationError(f"{path} has no rows")
        for number, row in enumerate(rows, start=1):
            if not any(field in row for field in self.gold) or self.keys[-1] not in row:
                raise EvaluationError(
                    f"{path}: row {number} does not fit {self.name}: it needs {self.keys[-1]} and one of "
                    f"{', '.join(self.gold)}; it has {', '.join(sorted(row))}"
                )
        return rows

    def inputs_of(self, row: Row) -> Row:
        """What the layer may see of a gold row."""
        return {field: row[field] for field in (*self.keys, *self.inputs) if field in row}

    def headline(self, result: dict[str, Any]) -> float | None:
        """The number that sums up a result."""
        value: Any = result
        for step in self.main:
            value = value[step]
        return value if isinstance(value, float | int) else None


TASKS: dict[str, Task] = {
    task.name: task
    for task in (
        Task(
            name="articles",
            help="Whole articles with every event coded.",
            keys=("id",),
            inputs=("title", "published", "text"),
            gold=("events",),
            score=score_articles,
            main=("events", "F1"),
        ),
        Task(
            name="corpus",
            help="The held-back items of the written corpus (a folder of its files).",
            keys=("id",),
            inputs=("published", "text"),
            gold=("events",),
            score=score_articles,
            read=read_held_back,
            main=("events", "F1"),
        ),
        Task(
            name="readouts",
            help="Official readouts of one call or meeting.",
            keys=("id",),
            inputs=("published", "text"),
            gold=("expected",),
            score=score_readouts,
            main=("found",),
        ),
        Task(
            name="plv",
            help="The type of the relation between a marked source and target (PLV, TSV).",
            keys=("uid",),
            inputs=("sentence_id", "marked_sentence"),
            gold=("gold_root",),
            score=score_plv,
            layer="classify",
            read=read_plv,
        ),
        Task(
            name="timexes",
            help="Time expressions and their values.",
            keys=("set", "doc"),
            inputs=("text", "dct"),
            gold=("timexes",),
            score=score_timexes,
            layer="timexes",
        ),
        Task(
            name="toponyms",
            help="Place names and where they lie.",
            keys=("set", "doc"),
            inputs=("text", "published"),
            gold=("toponyms",),
            score=score_toponyms,
            layer="toponyms",
        ),
        Task(
            name="actors",
            help="Country and sector of phrases that name political actors.",
            keys=("id", "text"),
            inputs=("actor_phrase", "context", "date"),
            gold=("country", "code_1", "code_2", "wiki", "actors"),
            score=score_actors,
            layer="actors",
        ),
        Task(
            name="attributions",
            help="Source, cue and content of what is given to somebody.",
            keys=("doc",),
            inputs=("text",),
            gold=("attributions",),
            score=score_attributions,
            layer="attributions",
        ),
        Task(
            name="factuality",
            help="How certain an event mention is: classes (MEANTIME) or a score (UDS).",
            keys=("doc", "id"),
            inputs=("sentence", "trigger_span"),
            gold=("certainty", "polarity", "time", "score"),
            score=score_factuality,
            layer="factuality",
        ),
        Task(
            name="coref",
            help="Which event mentions are the same event, over the whole set.",
            keys=("doc",),
            inputs=("text", "sentences", "events"),
            gold=("events",),
            score=score_coref,
            layer="link",
            main=("main",),
        ),
    )
}


def _without_clusters(row: Row) -> Row:
    events = [{key: value for key, value in event.items() if key != "cluster"} for event in row.get("events") or []]
    return {**row, "events": events} if "events" in row else row


def _coded(rows: Iterable[Row]) -> list[Row]:
    """Whole reports through the coder, as `dragoman code` prints them."""
    import dragoman
    from dragoman.records import Report, to_json_line

    reports = [
        Report(id=str(row["id"]), text=row["text"], title=row.get("title"), published=row.get("published"))
        for row in rows
    ]
    return [msgspec.json.decode(to_json_line(coded)) for coded in dragoman.load().pipe(reports)]


def predict(task: Task, gold: Sequence[Row]) -> list[Row]:
    """Run the coder, or the task's layer, over the inputs of gold rows; the layer never sees the answers."""
    rows = [task.inputs_of(row) for row in gold]
    if task.layer is None:
        return _coded(rows)
    if task.layer == "link":
        from dragoman.linking import coref

        return coref.link_mentions([_without_clusters(row) for row in rows])
    from dragoman.coding.layers import annotate

    return list(annotate(task.layer, rows))
