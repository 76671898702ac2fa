"""Results of an evaluation as tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from dragoman.evaluation.tasks import Task
from dragoman.render import clean


def _number(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".") if abs(value) >= 100 else f"{value:.3f}"
    return "–" if value is None else clean(str(value))


def _is_table(value: Any) -> bool:
    """Whether a mapping holds rows with (nearly) the same columns."""
    return isinstance(value, Mapping) and len(value) > 1 and all(isinstance(v, Mapping) for v in value.values())


def _grid(rows: Mapping[str, Any]) -> Table:
    columns = list(dict.fromkeys(key for row in rows.values() for key, value in row.items() if not _nested(value)))
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    table.add_column("")
    for column in columns:
        table.add_column(Text(column), justify="right")
    for name, row in rows.items():
        table.add_row(Text(clean(str(name))), *(_number_text(row.get(column, "")) for column in columns))
    return table


def _number_text(value: Any) -> Text:
    if isinstance(value, list):
        return Text(" to ".join(map(_number, value)))
    return Text(_number(value))


def _nested(value: Any) -> bool:
    return isinstance(value, Mapping) or (isinstance(value, list) and any(isinstance(item, Mapping) for item in value))


def _listing(values: Mapping[str, Any]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    table.add_column(justify="right")
    for name, value in values.items():
        table.add_row(Text(clean(str(name))), _number_text(value))
    return table


def _is_score(value: Any) -> bool:
    """Whether a mapping is a row of precision, recall and F1."""
    return isinstance(value, Mapping) and {"p", "r", "f1"} <= {str(key).lower() for key in value}


def _titled(title: str, table: Table) -> Iterator[RenderableType]:
    if title:
        yield Text(f"\n{title}", style="bold underline")
    yield table


def _sections(title: str, result: Mapping[str, Any]) -> Iterator[RenderableType]:
    plain = {name: value for name, value in result.items() if not _nested(value)}
    if plain:
        yield from _titled(title, _listing(plain))
    scores = {name: value for name, value in result.items() if _is_score(value)}
    if scores:
        yield from _titled(title if not plain else f"{title} · scores" if title else "scores", _grid(scores))
    for name, value in result.items():
        if name in scores:
            continue
        path = f"{title} · {name}" if title else name
        if isinstance(value, list) and _nested(value):
            rows = {f"{i}.": row for i, row in enumerate(value[:15], start=1)}
            yield from _titled(path, _grid(rows))
        elif _is_table(value) and not any(_nested(cell) for row in value.values() for cell in row.values()):
            yield from _titled(path, _grid(value))
        elif isinstance(value, Mapping):
            yield from _sections(path, value)


def result_view(task: Task, result: Mapping[str, Any]) -> RenderableType:
    """The whole result in tables, the headline number last so that it stays in sight."""
    headline = Text(f"{task.name}: {'.'.join(task.main)} = {_number(task.headline(dict(result)))}", style="bold")
    return Group(*_sections("", result), Text(""), headline)
